//! Projection of a plan as a pure function: who will be in post and who of them skilled, period by period, as
//! people retire, leave, join and are trained, and as assessments expire.

mod assumption;
mod flow;
mod rules;
mod span;
mod track;
mod turnover;

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use chrono::NaiveDate;

use crate::{
    domain::{Fte, Movement, Role},
    planning::analysis::{
        self, AnalysisInputs, AnalysisQuery, Catalogue, EstablishmentTarget, Periods,
        RequiredSkill, Requirements, RowKey, Workforce,
    },
};

pub use assumption::{AssumedFigures, Assumption, Scenario};
pub use flow::{PeopleStock, SkilledStock};
pub use rules::{MAX_ASSUMPTIONS, MAX_SCENARIOS, check_assumptions, check_query, check_scenarios};
pub use span::Span;
pub use turnover::{Basis, Turnover};

use assumption::AssumptionScope;
use track::Tracks;
use turnover::Turnovers;

/// What to project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectionQuery {
    /// Organisations, roles and skills to project, the day to start from, and the periods to report.
    pub query: AnalysisQuery,
    /// Scenarios; at least one.
    pub scenarios: Vec<Scenario>,
    /// Range of rows to return.
    pub rows: Range<usize>,
}

/// Result of a projection.
#[derive(Clone, Debug)]
pub struct Projection {
    /// Resolves the keys of rows.
    pub catalogue: Catalogue,
    /// Last days of the periods reported, in order.
    pub periods: Vec<NaiveDate>,
    /// Rows of the range asked for, ordered by organisation, role and period.
    pub rows: Vec<ProjectionRow>,
    /// Number of rows in all.
    pub row_count: usize,
    /// Names by which the query selects no target of the plan; an empty one stands for all of it.
    pub nothing_selected: Vec<String>,
    /// Sums over all rows, by index of the scenario and last day of the period.
    pub totals: BTreeMap<(usize, NaiveDate), ProjectionTotal>,
}

/// A role in an organisation at the end of a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectionRow {
    /// Identifies organisation, role and period.
    pub key: RowKey,
    /// N, in FTE; `None` if the plan has no target here for the period.
    pub needed: Option<Fte>,
    /// Outcome in each scenario, in their order.
    pub outcomes: Vec<ScenarioOutcome>,
}

impl ProjectionRow {
    /// FTE needed beyond a stock: N − stock, below 0 where there is more. `None` without a target.
    pub fn beyond(&self, stock: Fte) -> Option<Fte> {
        self.needed.map(|needed| needed - stock)
    }
}

/// Outcome of a role in one scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioOutcome {
    /// F under the scenario's assumptions, in FTE; `None` without a target.
    pub funded: Option<Fte>,
    /// Turnover rates used, with their source.
    pub turnover: Turnover,
    /// Stock of people.
    pub stock: PeopleStock,
    /// Stock of skilled people for each required skill.
    pub skills: Vec<SkillOutcome>,
}

/// Outcome of one required skill in one scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkillOutcome {
    /// Identifies organisation, role, skill and period.
    pub key: RowKey,
    /// The requirement.
    pub required: RequiredSkill,
    /// Stock of skilled people.
    pub stock: SkilledStock,
}

/// Sums over one scenario and period, in FTE. Primes mark values at the end of the period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProjectionTotal {
    /// ΣN
    pub needed: Fte,
    /// ΣF
    pub funded: Fte,
    /// ΣS′, including roles without a target.
    pub in_post: Fte,
    /// Σ max(0, N − S′)
    pub shortfall: Fte,
    /// ΣN over required skills.
    pub skill_needed: Fte,
    /// ΣK′
    pub skilled: Fte,
    /// Σ max(0, N − K′)
    pub skill_shortfall: Fte,
    /// Skilled FTE that leaves, over required skills of roles with a target.
    pub leaving: Fte,
    /// FTE that becomes skilled by training, over the same.
    pub trained: Fte,
    /// Skilled FTE among joiners, over the same.
    pub hired: Fte,
    /// FTE whose assessment expires, over the same.
    pub expiring: Fte,
}

impl ProjectionTotal {
    fn add(&mut self, needed: Option<Fte>, outcome: &ScenarioOutcome) {
        let closing = outcome.stock.closing;
        self.in_post = self.in_post + closing;
        self.funded = self.funded + outcome.funded.unwrap_or_default();
        let Some(needed) = needed else { return };
        self.needed = self.needed + needed;
        self.shortfall = self.shortfall + (needed - closing).or_zero();
        for skill in &outcome.skills {
            let SkilledStock { opening: _, leaving, trained, hired, expiring, closing } =
                skill.stock;
            for (sum, term) in [
                (&mut self.skill_needed, needed),
                (&mut self.skilled, closing),
                (&mut self.skill_shortfall, (needed - closing).or_zero()),
                (&mut self.leaving, leaving),
                (&mut self.trained, trained),
                (&mut self.hired, hired),
                (&mut self.expiring, expiring),
            ] {
                *sum = *sum + term;
            }
        }
    }
}

/// Projects from the day of the query to the last period of the plan. The inputs must be those of the query.
pub fn project(
    inputs: &AnalysisInputs,
    movements: &[Movement],
    projection_query: &ProjectionQuery,
) -> Projection {
    let query = &projection_query.query;
    let catalogue = Catalogue::of(inputs);
    let ahead: Vec<NaiveDate> =
        inputs.periods.iter().copied().filter(|end| *end > query.as_of).collect();
    let is_wanted = |end: &NaiveDate| match &query.periods {
        Periods::Ending(ends) => ends.contains(end),
        Periods::Current | Periods::Every => true,
    };
    let context = ProjectionContext {
        projection_query,
        requirements: Requirements::of(inputs),
        turnovers: Turnovers::of(movements, &inputs.roles, query.as_of),
        periods: &ahead,
        catalogue: &catalogue,
    };
    let (mut rows, mut row_count, mut totals) = (Vec::new(), 0, BTreeMap::new());
    let mut known = HashMap::new();
    for part in &inputs.in_scope {
        let organisation =
            (part.organisation.as_str(), &Workforce::of(&part.people, &catalogue, query));
        for (place, targets) in catalogue.targets(&part.establishment) {
            let role = &catalogue.roles()[place as usize];
            if !query.wants_role(role) {
                continue;
            }
            let required = known.entry(place).or_insert_with(|| context.required(role));
            for (end, row) in context.place(organisation, (role, place), targets, required) {
                if !is_wanted(&end) {
                    continue;
                }
                for (scenario, outcome) in row.outcomes.iter().enumerate() {
                    let total: &mut ProjectionTotal = totals.entry((scenario, end)).or_default();
                    total.add(row.needed, outcome);
                }
                if projection_query.rows.contains(&row_count) {
                    rows.push(row);
                }
                row_count += 1;
            }
        }
    }
    let periods: Vec<NaiveDate> = ahead.iter().copied().filter(is_wanted).collect();
    let nothing_selected = analysis::nothing_selected(inputs, query, &periods);
    Projection { catalogue, periods, rows, row_count, nothing_selected, totals }
}

/// Skills required of a role, by period.
type RequiredByPeriod = Vec<Vec<(String, RequiredSkill)>>;

/// Context shared by all rows of a projection.
struct ProjectionContext<'a> {
    projection_query: &'a ProjectionQuery,
    requirements: Requirements<'a>,
    turnovers: Turnovers<'a>,
    periods: &'a [NaiveDate],
    catalogue: &'a Catalogue,
}

impl ProjectionContext<'_> {
    /// Requirements of a role in each period ahead.
    fn required(&self, role: &Role) -> RequiredByPeriod {
        let query = &self.projection_query.query;
        let of = |period: &NaiveDate| {
            let required = self.requirements.in_period(role, *period).into_iter();
            let wanted =
                required.filter(|(skill, required)| query.wants(skill, required.importance));
            wanted.map(|(skill, required)| (skill.to_owned(), required)).collect()
        };
        self.periods.iter().map(of).collect()
    }

    /// Rows of a role in an organisation, period by period.
    fn place(
        &self,
        (organisation, workforce): (&str, &Workforce<'_>),
        (role, place): (&Role, u32),
        targets: &[EstablishmentTarget],
        required: &RequiredByPeriod,
    ) -> Vec<(NaiveDate, ProjectionRow)> {
        let recorded = self.turnovers.of_role(organisation, &role.name);
        let as_of = self.projection_query.query.as_of;
        let tracks = Tracks::of(workforce, self.catalogue, place, required);
        let opening = workforce.in_post(place);
        let mut state: Vec<(Fte, Tracks)> =
            self.projection_query.scenarios.iter().map(|_| (opening, tracks.clone())).collect();
        let number = self.catalogue.organisation_index(organisation);
        let (mut rows, mut from) = (Vec::new(), as_of);
        for (end, required) in self.periods.iter().copied().zip(required) {
            let target = targets.iter().find(|target| target.period_end_date == end);
            let key = self.catalogue.key(number, place, None, self.catalogue.period_index(end));
            let place = AssumptionScope {
                organisation,
                role: &role.name,
                family: &role.family,
                period: end,
            };
            let step = PeriodStep { place, key, target, recorded, from, required };
            let scenarios = self.projection_query.scenarios.iter().zip(&mut state);
            let outcomes = scenarios.map(|(scenario, state)| self.step(scenario, &step, state));
            let row = ProjectionRow {
                outcomes: outcomes.collect(),
                key,
                needed: target.map(|target| target.needed),
            };
            rows.push((end, row));
            from = end;
        }
        rows
    }

    /// Advances the stocks of a scenario to the end of a period.
    fn step(
        &self,
        scenario: &Scenario,
        step: &PeriodStep<'_>,
        (in_post, tracks): &mut (Fte, Tracks),
    ) -> ScenarioOutcome {
        let PeriodStep { place, key, target, recorded, from, required } = *step;
        let span = Span::after(from, place.period);
        let given = scenario.given(place, None);
        let turnover = match given.leaver_rate {
            Some(leaver_rate) => {
                Turnover { leaver_rate, basis: Basis::Request, dates: None, ..recorded }
            }
            None => recorded,
        };
        let funded = target.map(|target| given.funded(target.funded));
        let (years, of) = span.in_years();
        let usual = in_post.times(recorded.joiner_rate).scaled(years, of);
        let stock = PeopleStock::after(
            *in_post,
            given.retirements.unwrap_or_default(),
            turnover.leaver_rate,
            span,
            given.joining(usual),
            funded.filter(|_| given.funded_factor.is_some()),
        );
        *in_post = stock.closing;
        tracks.advance(
            |skill| scenario.given(place, Some(skill)),
            &turnover,
            span,
            place.period,
            &stock,
        );
        let skills = required.iter().filter_map(|(skill, required)| {
            Some(SkillOutcome {
                key: self.catalogue.with_skill(key, skill),
                required: required.clone(),
                stock: tracks.stock(skill, required.lowest_rank)?,
            })
        });
        ScenarioOutcome { funded, turnover, stock, skills: skills.collect() }
    }
}

/// One period of a role in an organisation.
#[derive(Clone, Copy)]
struct PeriodStep<'a> {
    place: AssumptionScope<'a>,
    key: RowKey,
    target: Option<&'a EstablishmentTarget>,
    recorded: Turnover,
    /// Day at whose end the period begins.
    from: NaiveDate,
    required: &'a [(String, RequiredSkill)],
}
