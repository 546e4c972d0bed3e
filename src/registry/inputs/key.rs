//! Keys of the caches of analysis inputs, and the changes that make entries stale.

use std::sync::Arc;

use crate::domain::{ResourceType, name, name_form};

/// Identifies one cached part of the analysis inputs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum CacheKey {
    /// All organisations.
    Organisations,
    /// All roles.
    Roles,
    /// All skills.
    Skills,
    /// All frameworks.
    Frameworks,
    /// Requirements of all roles.
    RoleRequirements,
    /// A plan with its own requirements.
    Plan(Arc<str>),
    /// Last days of the periods that a plan has targets for.
    Periods(Arc<str>),
    /// Names of the organisations that a plan has targets for.
    PlannedOrganisations(Arc<str>),
    /// Roles that a plan has targets for, with the periods of these.
    PlannedRoles(Arc<str>),
    /// Data of one organisation.
    Block(BlockKey),
}

/// Identifies a block: data of one organisation that is built from many records.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum BlockKey {
    /// Targets of a plan for an organisation.
    Establishment { plan: Arc<str>, organisation: Arc<str> },
    /// Staffing and assessments of an organisation.
    People { organisation: Arc<str> },
}

/// Records whose change makes cache entries stale.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum InputDependency {
    /// All organisations.
    Organisations,
    /// All roles.
    Roles,
    /// All skills.
    Skills,
    /// All frameworks.
    Frameworks,
    /// Requirements of all roles.
    RoleRequirements,
    /// A plan and its own requirements.
    Plan(Arc<str>),
    /// Targets of a plan. They are not split by organisation, because a target's name does not contain it.
    Targets(Arc<str>),
    /// Staffing and assessments of an organisation.
    People(Arc<str>),
}

impl CacheKey {
    /// Records that the entry is built from.
    pub fn dependency(&self) -> InputDependency {
        match self {
            Self::Organisations => InputDependency::Organisations,
            Self::Roles => InputDependency::Roles,
            Self::Skills => InputDependency::Skills,
            Self::Frameworks => InputDependency::Frameworks,
            Self::RoleRequirements => InputDependency::RoleRequirements,
            Self::Plan(plan) => InputDependency::Plan(plan.clone()),
            Self::Periods(plan)
            | Self::PlannedOrganisations(plan)
            | Self::PlannedRoles(plan)
            | Self::Block(BlockKey::Establishment { plan, .. }) => {
                InputDependency::Targets(plan.clone())
            }
            Self::Block(BlockKey::People { organisation }) => {
                InputDependency::People(organisation.clone())
            }
        }
    }
}

impl BlockKey {
    /// Key of the block in the database.
    pub fn stored(&self) -> String {
        match self {
            Self::Establishment { plan, organisation } => format!("targets {plan} {organisation}"),
            Self::People { organisation } => format!("people {organisation}"),
        }
    }
}

impl InputDependency {
    /// Key of the only entry built from these records; `None` if several are.
    pub fn only_key(&self) -> Option<CacheKey> {
        Some(match self {
            Self::Organisations => CacheKey::Organisations,
            Self::Roles => CacheKey::Roles,
            Self::Skills => CacheKey::Skills,
            Self::Frameworks => CacheKey::Frameworks,
            Self::RoleRequirements => CacheKey::RoleRequirements,
            Self::Plan(plan) => CacheKey::Plan(plan.clone()),
            Self::People(organisation) => {
                CacheKey::Block(BlockKey::People { organisation: organisation.clone() })
            }
            Self::Targets(_) => return None,
        })
    }
}

/// Effect of a change on the caches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ChangeEffect {
    /// None: no analysis reads the resource.
    Nothing,
    /// Entries built from these records are stale.
    Stale(InputDependency),
    /// The resource type is unknown to this program, so any entry may be stale.
    Unknown,
}

/// Effect of a change of the resource of this name.
pub(super) fn effect_of_change(name: &str) -> ChangeEffect {
    let Ok((kind, name)) = name_form::parse(ResourceType::ALL, name) else {
        return ChangeEffect::Unknown;
    };
    let parent = || Arc::from(name::parent_of(&name).unwrap_or_default());
    let is_of_plan = || name_form::parse(&[ResourceType::Plan], &parent()).is_ok();
    ChangeEffect::Stale(match kind {
        ResourceType::Organisation => InputDependency::Organisations,
        ResourceType::Role => InputDependency::Roles,
        ResourceType::Skill => InputDependency::Skills,
        ResourceType::Framework => InputDependency::Frameworks,
        ResourceType::Plan => InputDependency::Plan(Arc::from(name)),
        ResourceType::Requirement if is_of_plan() => InputDependency::Plan(parent()),
        ResourceType::Requirement => InputDependency::RoleRequirements,
        ResourceType::Target => InputDependency::Targets(parent()),
        ResourceType::Staffing | ResourceType::Assessment => InputDependency::People(parent()),
        // An analysis reads no other types.
        _ => return ChangeEffect::Nothing,
    })
}
