//! The change row: who changed what, when and into what.

use sea_orm::{DeriveActiveEnum, entity::prelude::*};

/// What was done to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Verb {
    /// It is new.
    #[sea_orm(string_value = "CREATED")]
    Created,
    /// It changed.
    #[sea_orm(string_value = "UPDATED")]
    Updated,
    /// It is gone.
    #[sea_orm(string_value = "DELETED")]
    Deleted,
}

/// A change of one record in one revision.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "change")]
pub struct Model {
    /// The revision that the change belongs to; all changes of a revision were committed together.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i64,
    /// The resource name; each name stands once in a revision.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The table of the record.
    pub noun: String,
    pub verb: Verb,
    /// The subject of the caller.
    pub actor: String,
    pub time: DateTimeUtc,
    /// The record after the change, as JSON; for a deletion its last state.
    pub resource: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
