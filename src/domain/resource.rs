//! What the registry needs to know of a resource type, and the macros that write what all types share.

use chrono::NaiveDate;
use sea_orm::{FromJsonQueryResult, IdenStatic, Iterable};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::store::{Column, Record};

use super::{
    Actor, Field, ForbiddenRows, Reference, RelatedRows, ResourceType, Result, Violations,
};

/// A resource type: a record with rules.
pub trait Resource: Record + HasName {
    /// Its resource type.
    const TYPE: ResourceType;
    /// Collection segment of its names, such as `skills`.
    const COLLECTION: &'static str = Self::TYPE.collection();
    /// Name of the request field that holds such a resource, such as `skill`.
    const SINGULAR: &'static str = Self::TYPE.singular();
    /// Resource types that can be its parent; empty for a top-level type.
    const PARENTS: &'static [ResourceType] = &[];
    /// Columns that hold names of other resources, except the parent.
    const REFERENCES: &'static [Reference<Self>] = &[];
    /// Columns of the natural key: together unique, in addition to the name.
    const NATURAL_KEY: &'static [Column<Self>] = &[];
    /// Columns that cannot change after creation.
    const IMMUTABLE: &'static [Column<Self>] = &[];
    /// Columns that only the registry sets, in addition to the standard ones.
    const OUTPUT_ONLY: &'static [Column<Self>] = &[];
    /// Columns that lists can be filtered by, in addition to the name and the time of the last change. Its
    /// table has an index for each.
    const FIELDS: &'static [Field<Self>] = &[];
    /// Columns of long text and JSON lists, which reads skip unless they need them.
    const LONG_COLUMNS: &'static [Column<Self>] = &[];
    /// Whether the name of a deleted resource stays reserved for that resource.
    const RETAINS_NAMES: bool = false;

    /// Sets the output-only fields of a new row.
    fn on_create(&mut self, _actor: Actor<'_>) {}

    /// Validates the values alone.
    fn validate(&self, violations: &mut Violations);

    /// Validates the values against the day in London on which they are written.
    fn validate_on(&self, _today: NaiveDate, _violations: &mut Violations) {}

    /// Validates the values against related rows: those referred to, and the parent. A rule about values adds
    /// to `violations`; a rule about state returns an error.
    fn validate_against(
        _change: RowChange<'_, Self>,
        _related: &RelatedRows,
        _violations: &mut Violations,
    ) -> Result<()> {
        Ok(())
    }

    /// Rows of other resource types that must not exist for an update to be allowed.
    fn forbidden_rows(_before: &Self, _after: &Self) -> Vec<ForbiddenRows> {
        Vec::new()
    }

    /// Whether this may reuse the name of the deleted resource `former`. Called only if names are reserved.
    fn may_reuse_name(&self, _former: &Self) -> bool {
        true
    }

    /// Column of this name.
    fn column(field: &str) -> Option<Column<Self>> {
        Column::<Self>::iter().find(|column| column.as_str() == field)
    }
}

/// A change of a row, as rules see it.
#[derive(Debug)]
pub enum RowChange<'a, N> {
    /// The row is created.
    Create(&'a N),
    /// The row changes from the first to the second.
    Update(&'a N, &'a N),
    /// The row is deleted.
    Delete(&'a N),
}

impl<'a, N> RowChange<'a, N> {
    /// The row after the change; for a deletion, its last state.
    pub fn row(&self) -> &'a N {
        match self {
            Self::Create(row) | Self::Update(_, row) | Self::Delete(row) => row,
        }
    }
}

/// Implemented for each resource type by the `record!` macro.
pub trait HasName {
    /// Sets the name of a row, and its parent if the type has one.
    fn set_name(&mut self, name: String);
}

/// Etag of a resource; empty if it was never written. The revision alone is not enough: after a restore, the
/// same revision can belong to another change. No two histories write the same resource with the same
/// revision in the same microsecond.
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

/// A list of texts, stored as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct TextList(pub Vec<String>);

/// Implements what sea-orm and the store need of every row, after a resource type's `Model`. With `parent`,
/// the row has a parent. After a semicolon stand the text columns that are also kept folded.
macro_rules! record {
    ($($parent:ident)? $(; $($folded:ident),+)?) => {
        #[derive(Copy, Clone, Debug, sea_orm::EnumIter, sea_orm::DeriveRelation)]
        pub enum Relation {}

        impl sea_orm::ActiveModelBehavior for ActiveModel {}

        impl $crate::store::Record for Model {
            $(
                const FOLDED: &'static [&'static str] = &[$(stringify!($folded)),+];

                fn folded(&self) -> Vec<String> {
                    vec![$($crate::domain::text::fold(&self.$folded)),+]
                }
            )?

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

        impl $crate::domain::resource::HasName for Model {
            fn set_name(&mut self, name: String) {
                $(self.$parent = $crate::domain::name::parent_of(&name).unwrap_or_default().to_owned();)?
                self.name = name;
            }
        }
    };
}
pub(super) use record;

/// Defines an enum that is stored as text in capitals.
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
