//! The targets of a plan for one organisation, in columns.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::Fte;

use super::{Catalogue, TargetRecord, people::Names};

/// The targets of one plan for one organisation.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Establishment {
    /// The roles that there are targets for.
    roles: Vec<String>,
    /// By role and period.
    targets: Vec<Wanted>,
}

/// A target.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Wanted {
    /// Its place among the roles of the establishment.
    pub(super) role: u32,
    pub period_end_date: NaiveDate,
    pub needed: Fte,
    pub funded: Fte,
}

/// Takes the targets, in any order.
#[derive(Debug, Default)]
pub struct EstablishmentBuilder {
    roles: Names,
    targets: Vec<Wanted>,
}

impl EstablishmentBuilder {
    /// Takes a target.
    pub fn target(&mut self, record: &TargetRecord<'_>) {
        self.targets.push(Wanted {
            role: self.roles.number(record.role),
            period_end_date: record.period_end_date,
            needed: record.needed,
            funded: record.funded,
        });
    }

    /// All that was taken, in its order.
    pub fn build(mut self) -> Establishment {
        self.targets.sort_by_key(|target| (target.role, target.period_end_date));
        self.targets.shrink_to_fit();
        Establishment { roles: self.roles.list, targets: self.targets }
    }
}

impl Establishment {
    /// The targets of each role, with the place of the role in the catalogue, in its order.
    pub(crate) fn by_role(&self, catalogue: &Catalogue) -> Vec<(u32, &[Wanted])> {
        let roles: Vec<Option<u32>> =
            self.roles.iter().map(|name| catalogue.role_place(name)).collect();
        let of_role = self.targets.chunk_by(|a, b| a.role == b.role);
        let of_role = of_role.filter_map(|list| Some((roles[list[0].role as usize]?, list)));
        let mut of_role: Vec<_> = of_role.collect();
        of_role.sort_unstable_by_key(|(role, _)| *role);
        of_role
    }

    /// About how many bytes it takes.
    pub fn bytes(&self) -> usize {
        let texts = self.roles.iter().map(|name| name.len() + 24);
        size_of::<Self>() + texts.sum::<usize>() + size_of_val(&self.targets[..])
    }
}
