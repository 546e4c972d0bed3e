//! Change rows: who changed which record, when, and to what. The rows form a hash chain: each row
//! holds a hash of itself and of the hash of the row before, so that a row that is altered, removed
//! or inserted is detected.

use sea_orm::{DeriveActiveEnum, entity::prelude::*};
use sha2::{Digest, Sha256};

use super::revision::Revision;

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Verb {
    /// The record is new.
    #[sea_orm(string_value = "CREATED")]
    Created,
    /// The record was replaced by a newer state.
    #[sea_orm(string_value = "UPDATED")]
    Updated,
    /// The record was deleted.
    #[sea_orm(string_value = "DELETED")]
    Deleted,
}

/// Who makes a write, and with which call. Recorded in every change row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Principal that made the change.
    pub actor: String,
    /// Request id that the caller chose; empty if it gave none.
    pub request_id: String,
    /// gRPC method, such as `digitalskills.v1.RoleService/CreateRole`.
    pub method: String,
    /// Address that the call came from; empty if unknown.
    pub peer: String,
}

/// One change of one record.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "change")]
pub struct Model {
    /// Revision of the change. All changes of a revision were committed together.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: Revision,
    /// Resource name. A revision holds at most one change of each name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// Table of the record.
    pub resource_type: String,
    /// What happened to the record.
    pub verb: Verb,
    /// Principal that made the change.
    pub actor: String,
    /// Time of the revision, in microseconds.
    pub time: DateTimeUtc,
    /// The record after the change, as JSON; for a deletion its last state.
    pub resource: String,
    /// Request id that the caller chose; empty if it gave none.
    pub request_id: String,
    /// gRPC method of the call.
    pub method: String,
    /// Address that the call came from; empty if unknown.
    pub peer: String,
    /// The columns that an update changed, separated by commas; empty for other changes.
    pub changed_fields: String,
    /// SHA-256, in hexadecimal, of the previous row's hash (in order of revision and name) and this
    /// row.
    pub hash: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Computes the hash of this row, given the hash of the row before. Each part is preceded by
    /// its length, so that two different rows never hash the same bytes.
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

    /// Approximate size of the row in bytes.
    pub fn size(&self) -> usize {
        self.name.len() + self.resource.len() + self.actor.len() + self.changed_fields.len() + 256
    }
}

/// The head of the chain, in one row. A transaction locks it from the moment that it takes its
/// revision until its commit.
pub(super) mod counter {
    use sea_orm::entity::prelude::*;

    use super::Revision;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "revision")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        /// Newest revision.
        pub revision: Revision,
        /// Hash of the newest revision's last change row.
        pub hash: String,
        /// Time of the newest revision, in microseconds of Unix time. It never decreases.
        pub time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// How far the change rows have been compacted, in one row.
pub(super) mod retention {
    use sea_orm::entity::prelude::*;

    use super::Revision;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "retention")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        /// Revision up to which change rows were removed; 0 if none were.
        pub compacted: Revision,
        /// Hash of the last change row of that revision. The first row after it is chained to this
        /// hash.
        pub hash: String,
        /// State of the retention clock, in microseconds of Unix time.
        pub clock: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
