//! What a query selects of the plan: the names by which it selects nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;

use crate::domain::{Organisation, Role, name};

use super::{AnalysisInputs, AnalysisQuery, Requirements};

/// Names in the query that by themselves select no target of the plan, sorted; an empty name stands for the query
/// as a whole, in these periods. Importance and severity select nothing.
pub(in crate::planning) fn nothing_selected(
    inputs: &AnalysisInputs,
    query: &AnalysisQuery,
    periods: &[NaiveDate],
) -> Vec<String> {
    let mut targets = Targets::of(inputs);
    let (organisations, planned) = (planned_organisations(inputs, query), &inputs.planned_roles);
    let roles: HashSet<&str> = planned.iter().map(|(role, _)| role.as_str()).collect();
    let families: HashSet<&str> = roles.iter().filter_map(|role| targets.family(role)).collect();
    let skills: HashSet<&str> = match query.skills.is_empty() && query.frameworks.is_empty() {
        true => HashSet::new(),
        false => {
            planned.iter().flat_map(|(role, end)| targets.skills(role, *end).clone()).collect()
        }
    };
    let frameworks: HashSet<&str> =
        skills.iter().filter_map(|name| name::parent_of(name)).collect();
    let lists = [
        (&query.organisations, &organisations),
        (&query.roles, &roles),
        (&query.families, &families),
        (&query.skills, &skills),
        (&query.frameworks, &frameworks),
    ];
    let named = lists.into_iter().flat_map(|(names, planned)| {
        names.iter().filter(move |name| !planned.contains(name.as_str())).cloned()
    });
    let mut found: Vec<String> = named.collect();
    if !targets.any(inputs, query, periods) {
        found.push(String::new());
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Organisations in scope with a target and, if the query includes descendants, those above them.
fn planned_organisations<'a>(
    inputs: &'a AnalysisInputs,
    query: &AnalysisQuery,
) -> HashSet<&'a str> {
    let by_name: HashMap<&str, &Organisation> =
        inputs.organisations.iter().map(|row| (row.name.as_str(), row.as_ref())).collect();
    let planned =
        inputs.in_scope.iter().filter(|data| data.establishment.by_role().next().is_some());
    let mut found: HashSet<&str> = HashSet::new();
    for data in planned {
        let mut next = Some(data.organisation.as_str());
        // Who is above an organisation that is known already is known as well.
        while let Some(name) = next.filter(|name| found.insert(*name)) {
            let parent = by_name.get(name).map(|row| row.parent.as_str());
            next = parent.filter(|name| query.include_descendants && !name.is_empty());
        }
    }
    found
}

/// Looks up the roles of targets, and the skills that they require.
struct Targets<'a> {
    roles: HashMap<&'a str, &'a Role>,
    requirements: Requirements<'a>,
    skills: HashMap<(&'a str, NaiveDate), HashSet<&'a str>>,
}

impl<'a> Targets<'a> {
    fn of(inputs: &'a AnalysisInputs) -> Self {
        Self {
            roles: inputs.roles.iter().map(|row| (row.name.as_str(), row.as_ref())).collect(),
            requirements: Requirements::of(inputs),
            skills: HashMap::new(),
        }
    }

    fn family(&self, role: &str) -> Option<&'a str> {
        self.roles.get(role).map(|role| role.family.as_str())
    }

    /// Skills that a role requires in a period.
    fn skills(&mut self, role: &'a str, period: NaiveDate) -> &HashSet<&'a str> {
        let (roles, requirements) = (&self.roles, &self.requirements);
        self.skills.entry((role, period)).or_insert_with(|| {
            let required = roles.get(role).map(|role| requirements.in_period(role, period));
            required.into_iter().flat_map(BTreeMap::into_keys).collect()
        })
    }

    /// Whether the query selects any target in scope in these periods.
    fn any(
        &mut self,
        inputs: &'a AnalysisInputs,
        query: &AnalysisQuery,
        periods: &[NaiveDate],
    ) -> bool {
        let any_skill = query.skills.is_empty() && query.frameworks.is_empty();
        for (role, targets) in inputs.in_scope.iter().flat_map(|data| data.establishment.by_role())
        {
            if !self.roles.get(role).is_some_and(|role| query.wants_role(role)) {
                continue;
            }
            let ends = targets.iter().map(|target| target.period_end_date);
            for end in ends.filter(|end| periods.contains(end)) {
                if any_skill || self.skills(role, end).iter().any(|skill| query.names_skill(skill))
                {
                    return true;
                }
            }
        }
        false
    }
}
