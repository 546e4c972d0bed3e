//! The change row: who changed what, when and into what. The rows are chained: each has a hash over
//! itself and the hash of the row before, so that none can be changed, left out or put in unnoticed.

use sea_orm::{DeriveActiveEnum, entity::prelude::*};
use sha2::{Digest, Sha256};

/// What was done to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
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

/// On whose behalf something is written, and by which call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The subject of the caller.
    pub actor: String,
    /// The caller's own id of the request; empty where it gave none.
    pub request_id: String,
    /// The method called, such as `digitalskills.v1.RoleService/CreateRole`.
    pub method: String,
    /// The address that the call came from; empty where it is not known.
    pub peer: String,
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
    pub resource_type: String,
    /// What was done.
    pub verb: Verb,
    /// The subject of the caller.
    pub actor: String,
    /// When.
    pub time: DateTimeUtc,
    /// The record after the change, as JSON; for a deletion its last state.
    pub resource: String,
    /// The caller's own id of the request.
    pub request_id: String,
    /// The method called.
    pub method: String,
    /// The address that the call came from.
    pub peer: String,
    /// The columns that an update changed, separated by commas.
    pub changed_fields: String,
    /// SHA-256, in hexadecimal, over the hash of the row before (by revision and name) and this row.
    pub hash: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The hash that the row must have after a row of hash `previous`. Every part is preceded by its
    /// length, so that no two rows have the same text.
    pub fn link(&self, previous: &str) -> String {
        let (revision, time) =
            (self.revision.to_string(), self.time.timestamp_micros().to_string());
        let parts: [&str; 12] = [
            previous,
            &revision,
            &self.name,
            &self.resource_type,
            &self.verb.to_value(),
            &self.actor,
            &time,
            &self.request_id,
            &self.method,
            &self.peer,
            &self.changed_fields,
            &self.resource,
        ];
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// About how many bytes the row has.
    pub fn size(&self) -> usize {
        self.name.len() + self.resource.len() + self.actor.len() + self.changed_fields.len() + 256
    }
}

/// The state of the chain: one row. It is locked from the moment that a transaction takes its
/// revision until its commit.
pub(super) mod counter {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "revision")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        /// The newest revision.
        pub revision: i64,
        /// The hash of its last change row.
        pub hash: String,
        /// When it was written, in microseconds of Unix time. The next is not earlier.
        pub time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What is no longer there of the change rows: one row.
pub(super) mod retention {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "retention")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        /// What happened up to this revision can no longer be told; 0 where all can.
        pub compacted: i64,
        /// The hash of the last change row of that revision: what comes after is chained to it.
        pub hash: String,
        /// How far the time has come by which things are forgotten, in microseconds of Unix time.
        pub clock: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
