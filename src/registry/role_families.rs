//! Families of roles.

use std::collections::BTreeMap;

use crate::domain::{Caller, Result, Revision, Right, role};

use super::{Registry, read};

/// A family of roles with the number of its roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleFamilyCount {
    /// Identifier, as in the `family` field of a role.
    pub family: String,
    /// Details of the family; `None` if the registry does not know it.
    pub known: Option<role::RoleFamily>,
    /// Number of roles in it.
    pub roles: i64,
}

impl Registry {
    /// Families that the registry knows and any others in use, ordered by identifier, with the revision that
    /// they were read at.
    pub async fn role_families(&self, caller: &Caller) -> Result<(Vec<RoleFamilyCount>, Revision)> {
        caller.require(Right::Read)?;
        let snapshot = self.store.snapshot().await?;
        let known = role::FAMILIES.iter().map(|known| {
            let family = known.family.to_owned();
            (family.clone(), RoleFamilyCount { family, known: Some(*known), roles: 0 })
        });
        let mut families: BTreeMap<String, RoleFamilyCount> = known.collect();
        for (family, roles) in read::role_counts(&snapshot).await? {
            // A role may have no family.
            if !family.is_empty() {
                let count = RoleFamilyCount { family: family.clone(), known: None, roles: 0 };
                families.entry(family).or_insert(count).roles = roles;
            }
        }
        Ok((families.into_values().collect(), snapshot.revision()))
    }
}
