//! Establishment: the targets of a plan for one organisation, in columns.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::Fte;

use super::{TargetRecord, people::NameIndex};

/// Targets of one plan for one organisation.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Establishment {
    /// Names of the roles that have targets.
    roles: Vec<String>,
    /// Ordered by role and period.
    targets: Vec<EstablishmentTarget>,
}

/// One target, with its role as an index.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct EstablishmentTarget {
    /// Index into the roles of the establishment.
    pub(super) role: u32,
    pub period_end_date: NaiveDate,
    pub needed: Fte,
    pub funded: Fte,
}

/// Builds an [`Establishment`] from targets in any order.
#[derive(Debug, Default)]
pub struct EstablishmentBuilder {
    roles: NameIndex,
    targets: Vec<EstablishmentTarget>,
}

impl EstablishmentBuilder {
    /// Adds a target.
    pub fn target(&mut self, record: &TargetRecord<'_>) {
        self.targets.push(EstablishmentTarget {
            role: self.roles.number(record.role),
            period_end_date: record.period_end_date,
            needed: record.needed,
            funded: record.funded,
        });
    }

    /// Sorts the targets and returns the establishment.
    pub fn build(mut self) -> Establishment {
        self.targets.sort_by_key(|target| (target.role, target.period_end_date));
        self.targets.shrink_to_fit();
        Establishment { roles: self.roles.list, targets: self.targets }
    }
}

impl Establishment {
    /// Groups the targets by role, with the name of the role.
    pub(super) fn by_role(&self) -> impl Iterator<Item = (&str, &[EstablishmentTarget])> {
        let of_role = self.targets.chunk_by(|a, b| a.role == b.role);
        of_role.map(|list| (self.roles[list[0].role as usize].as_str(), list))
    }

    /// Approximate size in memory, in bytes.
    pub fn bytes(&self) -> usize {
        let texts = self.roles.iter().map(|name| name.len() + 24);
        size_of::<Self>() + texts.sum::<usize>() + size_of_val(&self.targets[..])
    }
}
