//! What a resource type is to the registry, and the macros that spare each resource type the same lines.

use sea_orm::{FromJsonQueryResult, IdenStatic, Iterable};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::store::{Column, Record};

use super::{Actor, Around, Field, ForbiddenRows, Kind, Reference, Result, Violations};

/// A resource type: a record with rules.
pub trait Noun: Record + Named {
    /// Which resource type it is.
    const KIND: Kind;
    /// The collection in its names, such as `skills`.
    const COLLECTION: &'static str = Self::KIND.collection();
    /// The resource type as a field of requests, such as `skill`.
    const SINGULAR: &'static str = Self::KIND.singular();
    /// The resource types that its names can lie under; none where they are at the top.
    const PARENTS: &'static [Kind] = &[];
    /// The columns that hold names of other resources. The parent is not among them.
    const REFERENCES: &'static [Reference<Self>] = &[];
    /// The columns that are unique together, beside the name: its natural key.
    const KEY: &'static [Column<Self>] = &[];
    /// The columns that cannot change after creation.
    const IMMUTABLE: &'static [Column<Self>] = &[];
    /// The columns that only the registry sets, beside the standard ones.
    const OUTPUT_ONLY: &'static [Column<Self>] = &[];
    /// The columns that lists can be filtered by, beside the name and the time of the last change. The
    /// resource type's table has an index for each.
    const FIELDS: &'static [Field<Self>] = &[];
    /// The columns of long text and JSON lists, which a read that does not want them leaves unread.
    const LONG: &'static [Column<Self>] = &[];
    /// Whether the name of a deleted resource is kept for that same resource.
    const KEEPS_NAMES: bool = false;

    /// Sets what the registry sets when a row is new.
    fn begin(&mut self, _actor: Actor<'_>) {}

    /// Checks the values alone.
    fn check(&self, violations: &mut Violations);

    /// Checks the values against other rows: those that this one refers to, and its parent. A rule
    /// of values adds to `violations`, a rule of state fails.
    fn judge(
        _change: Change<'_, Self>,
        _around: &Around,
        _violations: &mut Violations,
    ) -> Result<()> {
        Ok(())
    }

    /// The rows of other types that must not exist for an update to be allowed.
    fn forbidden_rows(_before: &Self, _after: &Self) -> Vec<ForbiddenRows> {
        Vec::new()
    }

    /// Whether this is the resource of the same name that was deleted; asked where names are kept.
    fn is_again(&self, _former: &Self) -> bool {
        true
    }

    /// The column of that name.
    fn column(field: &str) -> Option<Column<Self>> {
        Column::<Self>::iter().find(|column| column.as_str() == field)
    }
}

/// A change of a row, as the rules see it.
#[derive(Debug)]
pub enum Change<'a, N> {
    /// It is new.
    Create(&'a N),
    /// It changes from the first to the second.
    Update(&'a N, &'a N),
    /// It goes.
    Delete(&'a N),
}

impl<'a, N> Change<'a, N> {
    /// The row after the change; the last there was where it goes.
    pub fn row(&self) -> &'a N {
        match self {
            Self::Create(row) | Self::Update(_, row) | Self::Delete(row) => row,
        }
    }
}

/// What the `record!` macro writes for each resource type.
pub trait Named {
    /// Gives a row its name, and its parent where it has one.
    fn set_name(&mut self, name: String);
}

/// The etag of a resource; empty where it was never written. Its revision alone would not do: where a
/// backup was put back, the same revision may be given to another change. No two histories write the same
/// resource in the same revision and the same microsecond.
pub fn etag<R: Record>(row: &R) -> String {
    let revision = row.revision().number();
    if revision == 0 {
        return String::new();
    }
    let [created, updated] = row.times().map(|time| time.timestamp_micros());
    let mut hash = Sha256::new();
    hash.update(row.name());
    for number in [revision, created, updated] {
        hash.update(number.to_be_bytes());
    }
    let digits = hash.finalize();
    let [a, b, c, d] = [digits[0], digits[1], digits[2], digits[3]];
    format!("{revision:x}-{a:02x}{b:02x}{c:02x}{d:02x}")
}

/// A list of texts, kept as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Texts(pub Vec<String>);

/// Writes, after a resource type's `Model`, what sea-orm and the store want of every row. With `parent`, the
/// row has a parent.
macro_rules! record {
    ($($parent:ident)?) => {
        #[derive(Copy, Clone, Debug, sea_orm::EnumIter, sea_orm::DeriveRelation)]
        pub enum Relation {}

        impl sea_orm::ActiveModelBehavior for ActiveModel {}

        impl $crate::store::Record for Model {
            fn name(&self) -> &str {
                &self.name
            }

            fn revision(&self) -> $crate::store::Revision {
                $crate::store::Revision::new(self.revision)
            }

            fn times(&self) -> [chrono::DateTime<chrono::Utc>; 2] {
                [self.create_time, self.update_time]
            }

            fn stamp(
                &mut self,
                revision: $crate::store::Revision,
                now: chrono::DateTime<chrono::Utc>,
                created: bool,
            ) {
                self.revision = revision.number();
                self.update_time = now;
                if created {
                    self.create_time = now;
                }
            }
        }

        impl $crate::domain::noun::Named for Model {
            fn set_name(&mut self, name: String) {
                $(self.$parent = $crate::domain::name::parent_of(&name).unwrap_or_default().to_owned();)?
                self.name = name;
            }
        }
    };
}
pub(super) use record;

/// Writes an enum that is kept as text, in capitals.
macro_rules! term {
    ($(#[$doc:meta])* pub enum $Name:ident { $($body:tt)* }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            sea_orm::EnumIter, sea_orm::DeriveActiveEnum, serde::Serialize, serde::Deserialize,
        )]
        #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $Name { $($body)* }
    };
}
pub(super) use term;
