//! What the caches of analysis inputs hold, and which changes make it stale.

use std::sync::Arc;

use crate::domain::{Kind, name, name_form};

/// Identifies a cached part of what analyses look at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum CacheKey {
    /// All organisations.
    Organisations,
    /// All roles.
    Roles,
    /// All skills.
    Skills,
    /// The requirements of all roles.
    RoleRequirements,
    /// A plan with its own requirements.
    Plan(Arc<str>),
    /// The period ends that a plan has targets for.
    Periods(Arc<str>),
    /// The organisations that a plan has targets for.
    PlannedOrganisations(Arc<str>),
    /// Of one organisation.
    Block(BlockKey),
}

/// Identifies a block: the part of one organisation, which is built from many records.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum BlockKey {
    /// The targets of a plan for an organisation.
    Establishment { plan: Arc<str>, organisation: Arc<str> },
    /// The staffing and assessments of an organisation.
    People { organisation: Arc<str> },
}

/// Records whose change makes cache entries stale.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Dependency {
    /// All organisations.
    Organisations,
    /// All roles.
    Roles,
    /// All skills.
    Skills,
    /// The requirements of all roles.
    RoleRequirements,
    /// A plan and its own requirements.
    Plan(Arc<str>),
    /// The targets of a plan: a target does not say by its name of which organisation it is.
    Targets(Arc<str>),
    /// The staffing and assessments of an organisation.
    People(Arc<str>),
}

impl CacheKey {
    /// The records that the entry is made of.
    pub fn dependency(&self) -> Dependency {
        match self {
            Self::Organisations => Dependency::Organisations,
            Self::Roles => Dependency::Roles,
            Self::Skills => Dependency::Skills,
            Self::RoleRequirements => Dependency::RoleRequirements,
            Self::Plan(plan) => Dependency::Plan(plan.clone()),
            Self::Periods(plan)
            | Self::PlannedOrganisations(plan)
            | Self::Block(BlockKey::Establishment { plan, .. }) => {
                Dependency::Targets(plan.clone())
            }
            Self::Block(BlockKey::People { organisation }) => {
                Dependency::People(organisation.clone())
            }
        }
    }
}

impl BlockKey {
    /// The key of the block in the database.
    pub fn stored(&self) -> String {
        match self {
            Self::Establishment { plan, organisation } => format!("targets {plan} {organisation}"),
            Self::People { organisation } => format!("people {organisation}"),
        }
    }
}

impl Dependency {
    /// The key of the only entry that is made of these records; none where there are several.
    pub fn only_key(&self) -> Option<CacheKey> {
        Some(match self {
            Self::Organisations => CacheKey::Organisations,
            Self::Roles => CacheKey::Roles,
            Self::Skills => CacheKey::Skills,
            Self::RoleRequirements => CacheKey::RoleRequirements,
            Self::Plan(plan) => CacheKey::Plan(plan.clone()),
            Self::People(organisation) => {
                CacheKey::Block(BlockKey::People { organisation: organisation.clone() })
            }
            Self::Targets(_) => return None,
        })
    }
}

/// What a change of a resource does to the caches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// No analysis looks at it.
    Nothing,
    /// The entries that are made of these records are stale.
    Stale(Dependency),
    /// The name is of no resource type that is known here: all entries may be stale.
    Unknown,
}

/// What a change of the resource of that name does to the caches.
pub(super) fn effect_of_change(name: &str) -> Effect {
    let Ok((kind, name)) = name_form::parse(Kind::ALL, name) else { return Effect::Unknown };
    let parent = || Arc::from(name::parent_of(&name).unwrap_or_default());
    let is_of_plan = || name_form::parse(&[Kind::Plan], &parent()).is_ok();
    Effect::Stale(match kind {
        Kind::Organisation => Dependency::Organisations,
        Kind::Role => Dependency::Roles,
        Kind::Skill => Dependency::Skills,
        Kind::Plan => Dependency::Plan(Arc::from(name)),
        Kind::Requirement if is_of_plan() => Dependency::Plan(parent()),
        Kind::Requirement => Dependency::RoleRequirements,
        Kind::Target => Dependency::Targets(parent()),
        Kind::Staffing | Kind::Assessment => Dependency::People(parent()),
        Kind::Framework | Kind::Gap | Kind::GapSnapshot | Kind::Movement | Kind::ClosureOption => {
            return Effect::Nothing;
        }
    })
}
