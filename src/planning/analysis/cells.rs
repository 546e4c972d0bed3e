//! The parts of an analysis: a required skill of a role in an organisation at a period end, each.

use std::{
    collections::{BTreeMap, HashMap},
    num::NonZero,
    sync::Arc,
    thread,
};

use chrono::NaiveDate;

use crate::domain::{Fte, Role, figures::Figures};

use super::{
    AnalysisInputs, Catalogue, Key, OrganisationData, Query, Required, Row, Totals, Wanted,
    Warning, WarningKind, Workforce, figures::Weighing, required::Requirements, scope,
    skill_position::SkillPosition,
};

/// How many organisations are worth a thread.
const WORTH: usize = 8;

/// What is the same for all organisations.
pub(super) struct Ground<'a> {
    query: &'a Query,
    catalogue: &'a Catalogue,
    /// The periods analysed, in order.
    pub periods: Vec<NaiveDate>,
    period_places: Vec<Option<u32>>,
    /// By the place of the role; none where the role is not asked for.
    roles: Vec<Option<RoleGround>>,
}

/// What is required of a role.
struct RoleGround {
    /// For each period whether anything is, asked for or not.
    any: Vec<bool>,
    /// What is asked for, by the place of the skill.
    skills: Vec<SkillGround>,
}

struct SkillGround {
    skill: u32,
    /// For each period what is required, if it is.
    required: Vec<Option<Arc<Required>>>,
}

impl<'a> Ground<'a> {
    pub fn of(inputs: &AnalysisInputs, query: &'a Query, catalogue: &'a Catalogue) -> Self {
        let periods = scope::periods(inputs.periods.clone(), query);
        let requirements = Requirements::of(inputs);
        let ground = |role: &Arc<Role>| {
            query.wants_role(role).then(|| {
                let by_period = periods.iter().map(|period| requirements.in_period(role, *period));
                RoleGround::of(by_period, query, catalogue)
            })
        };
        Self {
            query,
            catalogue,
            period_places: periods.iter().map(|period| catalogue.period_place(*period)).collect(),
            roles: catalogue.roles().iter().map(ground).collect(),
            periods,
        }
    }

    fn role(&self, place: u32) -> Option<&RoleGround> {
        self.roles.get(place as usize)?.as_ref()
    }
}

impl RoleGround {
    fn of<'r>(
        by_period: impl Iterator<Item = BTreeMap<&'r str, Required>>,
        query: &Query,
        catalogue: &Catalogue,
    ) -> Self {
        let (mut any, mut skills) = (Vec::new(), BTreeMap::new());
        for (period, required) in by_period.enumerate() {
            any.push(!required.is_empty());
            for (skill, required) in required {
                let Some(place) = catalogue.skill_place(skill) else { continue };
                if query.wants(skill, &required) {
                    let by_period: &mut Vec<_> = skills.entry(place).or_default();
                    by_period.resize(period, None);
                    by_period.push(Some(Arc::new(required)));
                }
            }
        }
        for by_period in skills.values_mut() {
            by_period.resize(any.len(), None);
        }
        let ground = |(skill, required)| SkillGround { skill, required };
        Self { any, skills: skills.into_iter().map(ground).collect() }
    }
}

/// What was found in an organisation. The sums of groups lack their weighted coverage.
#[derive(Default)]
pub(super) struct Cells {
    /// In the order of their keys; none where rows are summed.
    pub rows: Vec<Row>,
    /// None where they are not.
    pub groups: Vec<Group>,
    /// For each part, in the order of their keys, its group and what it adds to the weighted coverage.
    pub weighings: Vec<(u32, Weighing)>,
    pub warnings: Vec<Warning>,
}

/// A sum.
pub(super) struct Group {
    pub key: Key,
    pub totals: Totals,
    pub over_assessed: bool,
}

/// What is found in each organisation, in their order.
pub(super) fn of_all(ground: &Ground<'_>, organisations: &[OrganisationData]) -> Vec<Cells> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.min(organisations.len() / WORTH);
    if threads <= 1 {
        return organisations.iter().map(|data| Finder::of(ground, data).cells(data)).collect();
    }
    // Each thread takes every n-th organisation, so that the large ones are spread.
    let find = |first: usize| {
        let mine = organisations.iter().skip(first).step_by(threads);
        mine.map(|data| Finder::of(ground, data).cells(data)).collect::<Vec<_>>()
    };
    let found: Vec<Vec<Cells>> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|first| scope.spawn(move || find(first))).collect();
        let mut found = vec![find(0)];
        for other in others {
            // A panic is one of this analysis: it goes on as one.
            found.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        found
    });
    let mut found: Vec<_> = found.into_iter().map(Vec::into_iter).collect();
    (0..organisations.len()).filter_map(|n| found[n % threads].next()).collect()
}

/// Finds the parts of an organisation.
struct Finder<'a> {
    ground: &'a Ground<'a>,
    organisation: u32,
    workforce: Workforce<'a>,
    found: Cells,
    /// By key: the place among the groups found.
    groups: HashMap<Key, u32>,
    /// The group found last: parts of one group often follow each other.
    last: Option<(Key, u32)>,
}

impl<'a> Finder<'a> {
    fn of(ground: &'a Ground<'a>, data: &'a OrganisationData) -> Self {
        Self {
            ground,
            organisation: ground.catalogue.organisation_place(&data.organisation),
            workforce: Workforce::of(&data.people, ground.catalogue, ground.query.as_of),
            found: Cells::default(),
            groups: HashMap::new(),
            last: None,
        }
    }

    fn cells(mut self, data: &OrganisationData) -> Cells {
        let targets = self.ground.catalogue.targets(&data.establishment);
        for (role, targets) in &targets {
            if let Some(ground) = self.ground.role(*role) {
                self.role(*role, ground, targets);
            }
        }
        let is_planned = |role: &u32| targets.binary_search_by_key(role, |(role, _)| *role).is_ok();
        let roles: Vec<u32> = self.workforce.roles().filter(|role| !is_planned(role)).collect();
        for role in roles {
            if self.ground.role(role).is_some() {
                let fte = self.workforce.in_post(role);
                self.warn(WarningKind::RoleNotInPlan, role, None, fte);
            }
        }
        self.found
    }

    fn role(&mut self, role: u32, ground: &'a RoleGround, targets: &[Wanted]) {
        let in_period = |period: &NaiveDate| targets.iter().find(|t| t.period_end_date == *period);
        let targets: Vec<Option<&Wanted>> = self.ground.periods.iter().map(in_period).collect();
        for (target, any) in targets.iter().zip(&ground.any) {
            if let (Some(target), false) = (target, any) {
                self.warn(WarningKind::RoleWithoutRequirements, role, None, target.needed);
            }
        }
        for SkillGround { skill, required } in &ground.skills {
            // What is required is mostly the same in all periods.
            let mut known: Option<(i32, SkillPosition)> = None;
            for (period, (target, required)) in targets.iter().zip(required).enumerate() {
                let (Some(target), Some(required)) = (target, required) else { continue };
                let least = required.minimum_level;
                let position = match known {
                    Some((level, position)) if level == least => position,
                    _ => self.workforce.position(self.workforce.posts(role), *skill, least),
                };
                known = Some((least, position));
                let period = self.ground.period_places[period];
                let figures = Figures::of(target, &position, required);
                self.cell((role, *skill, period), figures, required);
            }
        }
    }

    fn cell(
        &mut self,
        (role, skill, period): (u32, u32, Option<u32>),
        figures: Figures,
        required: &Arc<Required>,
    ) {
        let query = self.ground.query;
        if query.minimum_severity.is_some_and(|least| figures.severity() < least) {
            return;
        }
        let over_assessed = figures.unassessed() < Fte::ZERO;
        if over_assessed {
            self.warn(WarningKind::OverAssessed, role, Some(skill), -figures.unassessed());
        }
        let key = self.ground.catalogue.key(self.organisation, role, Some(skill), period);
        if query.group_by.is_empty() {
            let required = Some(required.clone());
            self.found.rows.push(Row { key, figures, required, totals: None, over_assessed });
            return;
        }
        let group = self.group(key.only(&query.group_by));
        let sum = &mut self.found.groups[group as usize];
        sum.totals.count(&figures);
        sum.over_assessed |= over_assessed;
        if let Some(weighing) = Weighing::of(required, &figures) {
            self.found.weighings.push((group, weighing));
        }
    }

    fn group(&mut self, key: Key) -> u32 {
        if let Some((last, group)) = self.last
            && last == key
        {
            return group;
        }
        let groups = &mut self.found.groups;
        let group = *self.groups.entry(key).or_insert_with(|| {
            groups.push(Group { key, totals: Totals::default(), over_assessed: false });
            u32::try_from(groups.len() - 1).unwrap_or(u32::MAX)
        });
        self.last = Some((key, group));
        group
    }

    fn warn(&mut self, kind: WarningKind, role: u32, skill: Option<u32>, fte: Fte) {
        let key = self.ground.catalogue.key(self.organisation, role, skill, None);
        self.found.warnings.push(Warning { kind, key, fte });
    }
}
