//! The cells of an analysis: one for each organisation, role, required skill and period end.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    num::NonZero,
    sync::Arc,
    thread,
};

use chrono::NaiveDate;

use crate::domain::{Fte, Role, figures::Figures};

use super::{
    AnalysisInputs, AnalysisQuery, AnalysisRow, Catalogue, EstablishmentTarget, OrganisationData,
    RequiredSkill, RowKey, Totals, Warning, WarningKind, Workforce, figures::CoverageWeight,
    required::Requirements, skill_position::SkillPosition,
};

/// Minimum number of organisations per thread; for fewer, starting a thread costs more than it saves.
const MIN_PER_THREAD: usize = 8;

/// Context shared by all organisations of an analysis.
pub(super) struct QueryContext<'a> {
    query: &'a AnalysisQuery,
    catalogue: &'a Catalogue,
    /// Last days of the periods analysed, in order.
    pub periods: Vec<NaiveDate>,
    period_indexs: Vec<Option<u32>>,
    /// By role index; `None` if the query leaves the role out.
    roles: Vec<Option<RoleContext>>,
}

/// What is required of one role.
struct RoleContext {
    /// For each period, whether the role has any requirement, including those that the query leaves out.
    any: Vec<bool>,
    /// Required skills that the query includes, ordered by skill index.
    skills: Vec<SkillContext>,
}

struct SkillContext {
    skill: u32,
    /// For each period, the requirement in force, if any.
    required: Vec<Option<Arc<RequiredSkill>>>,
}

impl<'a> QueryContext<'a> {
    /// `periods` are the last days of the periods to analyse, in order.
    pub fn of(
        inputs: &AnalysisInputs,
        query: &'a AnalysisQuery,
        catalogue: &'a Catalogue,
        periods: Vec<NaiveDate>,
    ) -> Self {
        let requirements = Requirements::of(inputs);
        let context = |role: &Arc<Role>| {
            query.wants_role(role).then(|| {
                let by_period = periods.iter().map(|period| requirements.in_period(role, *period));
                RoleContext::of(by_period, query, catalogue)
            })
        };
        Self {
            query,
            catalogue,
            period_indexs: periods.iter().map(|period| catalogue.period_index(*period)).collect(),
            roles: catalogue.roles().iter().map(context).collect(),
            periods,
        }
    }

    fn role(&self, place: u32) -> Option<&RoleContext> {
        self.roles.get(place as usize)?.as_ref()
    }
}

impl RoleContext {
    fn of<'r>(
        by_period: impl Iterator<Item = BTreeMap<&'r str, RequiredSkill>>,
        query: &AnalysisQuery,
        catalogue: &Catalogue,
    ) -> Self {
        let (mut any, mut skills) = (Vec::new(), BTreeMap::new());
        for (period, required) in by_period.enumerate() {
            any.push(!required.is_empty());
            for (skill, required) in required {
                let Some(place) = catalogue.skill_index(skill) else { continue };
                if query.wants(skill, required.importance) {
                    let by_period: &mut Vec<_> = skills.entry(place).or_default();
                    by_period.resize(period, None);
                    by_period.push(Some(Arc::new(required)));
                }
            }
        }
        for by_period in skills.values_mut() {
            by_period.resize(any.len(), None);
        }
        let context = |(skill, required)| SkillContext { skill, required };
        Self { any, skills: skills.into_iter().map(context).collect() }
    }
}

/// Results of one organisation. The totals of groups do not include their weighted coverage yet.
#[derive(Default)]
pub(super) struct PartialResult {
    /// One row per cell, ordered by key; empty if the query sums rows.
    pub rows: Vec<AnalysisRow>,
    /// One sum per group; empty if the query does not sum rows.
    pub groups: Vec<GroupSum>,
    /// For each cell, in key order: the index of its group, and its contribution to the weighted coverage.
    pub coverage_weights: Vec<(u32, CoverageWeight)>,
    pub warnings: Vec<Warning>,
}

/// Sum of the cells that share a group key.
pub(super) struct GroupSum {
    pub key: RowKey,
    pub totals: Totals,
    pub warnings: BTreeSet<WarningKind>,
}

/// Computes the cells of each organisation, in the given order, on several threads if there are enough of
/// them.
pub(super) fn of_all(
    context: &QueryContext<'_>,
    organisations: &[OrganisationData],
) -> Vec<PartialResult> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.min(organisations.len() / MIN_PER_THREAD);
    if threads <= 1 {
        return organisations
            .iter()
            .map(|data| OrganisationAnalyser::of(context, data).cells(data))
            .collect();
    }
    // Each thread takes every n-th organisation, which spreads the large ones.
    let find = |first: usize| {
        let mine = organisations.iter().skip(first).step_by(threads);
        mine.map(|data| OrganisationAnalyser::of(context, data).cells(data)).collect::<Vec<_>>()
    };
    let found: Vec<Vec<PartialResult>> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|first| scope.spawn(move || find(first))).collect();
        let mut found = vec![find(0)];
        for other in others {
            // A panic in a thread is a panic of the whole analysis.
            found.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        found
    });
    let mut found: Vec<_> = found.into_iter().map(Vec::into_iter).collect();
    (0..organisations.len()).filter_map(|n| found[n % threads].next()).collect()
}

/// Computes the cells of one organisation.
struct OrganisationAnalyser<'a> {
    context: &'a QueryContext<'a>,
    organisation: u32,
    workforce: Workforce<'a>,
    found: PartialResult,
    /// Index of each key among the groups found.
    groups: HashMap<RowKey, u32>,
    /// Group found last: cells of one group often follow each other.
    last: Option<(RowKey, u32)>,
}

impl<'a> OrganisationAnalyser<'a> {
    fn of(context: &'a QueryContext<'a>, data: &'a OrganisationData) -> Self {
        Self {
            context,
            organisation: context.catalogue.organisation_index(&data.organisation),
            workforce: Workforce::of(&data.people, context.catalogue, context.query),
            found: PartialResult::default(),
            groups: HashMap::new(),
            last: None,
        }
    }

    fn cells(mut self, data: &OrganisationData) -> PartialResult {
        let targets = self.context.catalogue.targets(&data.establishment);
        for (role, targets) in &targets {
            if let Some(context) = self.context.role(*role) {
                self.role(*role, context, targets);
            }
        }
        let is_planned = |role: &u32| targets.binary_search_by_key(role, |(role, _)| *role).is_ok();
        let roles: Vec<u32> = self.workforce.roles().filter(|role| !is_planned(role)).collect();
        for role in roles {
            if self.context.role(role).is_some() {
                let fte = self.workforce.in_post(role);
                self.warn(WarningKind::RoleNotInPlan, role, None, fte);
            }
        }
        self.found
    }

    fn role(&mut self, role: u32, context: &'a RoleContext, targets: &[EstablishmentTarget]) {
        let in_period = |period: &NaiveDate| targets.iter().find(|t| t.period_end_date == *period);
        let targets: Vec<Option<&EstablishmentTarget>> =
            self.context.periods.iter().map(in_period).collect();
        for (target, any) in targets.iter().zip(&context.any) {
            if let (Some(target), false) = (target, any) {
                self.warn(WarningKind::RoleWithoutRequirements, role, None, target.needed);
            }
        }
        for SkillContext { skill, required } in &context.skills {
            // Most requirements are the same in all periods, so the position of the period before can be
            // reused.
            let mut known: Option<(i32, SkillPosition)> = None;
            for (period, (target, required)) in targets.iter().zip(required).enumerate() {
                let (Some(target), Some(required)) = (target, required) else { continue };
                let least = required.lowest_rank;
                let position = match known {
                    Some((level, position)) if level == least => position,
                    _ => self.workforce.position(self.workforce.posts(role), *skill, least),
                };
                known = Some((least, position));
                let period = self.context.period_indexs[period];
                let figures = Figures::of(target, &position, required);
                self.cell((role, *skill, period), figures, &position, required);
            }
        }
    }

    fn cell(
        &mut self,
        (role, skill, period): (u32, u32, Option<u32>),
        figures: Figures,
        position: &SkillPosition,
        required: &Arc<RequiredSkill>,
    ) {
        let query = self.context.query;
        if query.minimum_severity.is_some_and(|least| figures.severity() < Some(least)) {
            return;
        }
        let key = self.context.catalogue.key(self.organisation, role, Some(skill), period);
        let doubts = [
            (WarningKind::OverAssessed, Some(position.excess).filter(|fte| *fte > Fte::ZERO)),
            (
                WarningKind::GroupSplitIncomplete,
                Some(position.missing).filter(|fte| *fte > Fte::ZERO),
            ),
            (
                WarningKind::RequirementOfRetiredSkill,
                self.context.catalogue.replacement(key).map(|_| figures.needed),
            ),
        ];
        let mut warnings = BTreeSet::new();
        for (kind, fte) in doubts.into_iter().filter_map(|(kind, fte)| Some((kind, fte?))) {
            self.warn(kind, role, Some(skill), fte);
            warnings.insert(kind);
        }
        if query.group_by.is_empty() {
            let required = Some(required.clone());
            self.found.rows.push(AnalysisRow { key, figures, required, totals: None, warnings });
            return;
        }
        let group = self.group(key.only(&query.group_by));
        let sum = &mut self.found.groups[group as usize];
        sum.totals.count(&figures);
        sum.warnings.extend(warnings);
        if let Some(weighing) = CoverageWeight::of(required, &figures) {
            self.found.coverage_weights.push((group, weighing));
        }
    }

    fn group(&mut self, key: RowKey) -> u32 {
        if let Some((last, group)) = self.last
            && last == key
        {
            return group;
        }
        let groups = &mut self.found.groups;
        let group = *self.groups.entry(key).or_insert_with(|| {
            groups.push(GroupSum { key, totals: Totals::default(), warnings: BTreeSet::new() });
            u32::try_from(groups.len() - 1).unwrap_or(u32::MAX)
        });
        self.last = Some((key, group));
        group
    }

    fn warn(&mut self, kind: WarningKind, role: u32, skill: Option<u32>, fte: Fte) {
        let key = self.context.catalogue.key(self.organisation, role, skill, None);
        self.found.warnings.push(Warning { kind, key, fte, name: String::new() });
    }
}
