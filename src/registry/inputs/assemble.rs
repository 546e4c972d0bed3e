//! Assembles the inputs of an analysis.

use std::{collections::BTreeSet, sync::Arc};

use futures_util::TryFutureExt;

use crate::{
    domain::{Framework, Organisation, Resource, Result, Role, Skill},
    planning::analysis::{AnalysisInputs, AnalysisQuery, scope},
    registry::read::{self, InputRows, View},
    store::Store,
};

use super::{
    entry::PlanData, key::CacheKey, memory::MemoryCache, organisations::organisation_data,
    persisted::PersistedCache, reader::Reader,
};

/// Maximum size of the memory cache, in bytes: the data of a nation with fifty thousand digital staff takes a
/// quarter of it.
const MAX_BYTES: u64 = 512 << 20;

/// Caches of analysis inputs.
pub(in crate::registry) struct InputCaches {
    store: Store,
    memory: MemoryCache,
    persisted: PersistedCache,
}

impl InputCaches {
    /// Creates empty caches for a store.
    pub fn new(store: Store) -> Self {
        let persisted = PersistedCache::new(store.clone());
        Self { store, memory: MemoryCache::new(MAX_BYTES), persisted }
    }

    /// Assembles the inputs of an analysis for a state of the registry.
    pub async fn assemble(&self, view: &View, query: &AnalysisQuery) -> Result<AnalysisInputs> {
        let reader = &Reader::open(&self.memory, view).await?;
        let plan: Arc<str> = Arc::from(query.plan.as_str());
        let key = CacheKey::Plan(plan.clone());
        let data = reader.entry(key, |rows| rows.plan(plan.clone()).map_ok(PlanData::from)).await?;
        let organisations =
            reader.entry(CacheKey::Organisations, InputRows::all::<Organisation>).await?;
        let roles = reader.entry(CacheKey::Roles, InputRows::all::<Role>).await?;
        let skills = reader.entry(CacheKey::Skills, InputRows::all::<Skill>).await?;
        require(&organisations, &query.organisations)?;
        require(&roles, &query.roles)?;
        require(&skills, &query.skills)?;
        let frameworks = reader.entry(CacheKey::Frameworks, InputRows::all::<Framework>).await?;
        require(&frameworks, &query.frameworks)?;
        let role_requirements =
            reader.entry(CacheKey::RoleRequirements, InputRows::role_requirements).await?;
        let key = CacheKey::Periods(plan.clone());
        let periods = reader.entry(key, |rows| rows.periods(plan.clone())).await?;
        let names_roles = [&query.roles, &query.families, &query.skills, &query.frameworks];
        let planned_roles = if names_roles.iter().all(|names| names.is_empty()) {
            Arc::default()
        } else {
            let key = CacheKey::PlannedRoles(plan.clone());
            reader.entry(key, |rows| rows.planned_roles(plan.clone())).await?
        };
        let planned: Arc<BTreeSet<String>> = if query.organisations.is_empty() {
            let key = CacheKey::PlannedOrganisations(plan.clone());
            reader.entry(key, |rows| rows.planned_organisations(plan.clone())).await?
        } else {
            Arc::default()
        };
        let scope = scope(&data.plan, planned.iter(), &organisations, query);
        let caches = (&self.persisted, &self.store);
        Ok(AnalysisInputs {
            plan: data.plan.clone(),
            periods: periods.to_vec(),
            planned_roles,
            role_requirements,
            plan_requirements: data.requirements.clone(),
            organisations: organisations.to_vec(),
            roles: roles.to_vec(),
            skills: skills.to_vec(),
            frameworks: frameworks.to_vec(),
            in_scope: organisation_data(reader, caches, &plan, scope).await?,
        })
    }
}

/// Fails for the first name that is not among the resources, which must be ordered by name.
fn require<N: Resource>(rows: &[Arc<N>], names: &[String]) -> Result<()> {
    let is_there = |name: &str| rows.binary_search_by(|row| row.name().cmp(name)).is_ok();
    match names.iter().find(|name| !is_there(name)) {
        Some(name) => Err(read::not_found::<N>(name)),
        None => Ok(()),
    }
}
