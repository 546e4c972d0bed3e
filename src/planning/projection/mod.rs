//! The projection of a plan: who will be in post and who of them skilled, period by period, as people
//! retire, leave, join, are trained, and as assessments lapse. Pure: values in, values out.

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
        AnalysisInputs, Catalogue, Key, Periods, Query, Required, Requirements, Wanted, Workforce,
    },
};

pub use assumption::{Assumption, Given, Scenario};
pub use flow::{SkilledStock, Stock};
pub use rules::{MAX_ASSUMPTIONS, MAX_SCENARIOS, check_assumptions, check_query, check_scenarios};
pub use span::Span;
pub use turnover::{Basis, Turnover};

use assumption::Place;
use track::Tracks;
use turnover::Turnovers;

/// What to project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Where, of which skills, from which day on, and of which periods to tell.
    pub query: Query,
    /// What is assumed; at least one.
    pub scenarios: Vec<Scenario>,
    /// Which rows to tell.
    pub rows: Range<usize>,
}

/// The outcome.
#[derive(Clone, Debug)]
pub struct Projection {
    /// What the keys of rows stand for.
    pub catalogue: Catalogue,
    /// The periods told of, in order.
    pub periods: Vec<NaiveDate>,
    /// The rows asked for, in the order of organisation, role and period.
    pub rows: Vec<Row>,
    /// How many rows there are.
    pub row_count: usize,
    /// The sums over all rows, by scenario (in their order) and period.
    pub totals: BTreeMap<(usize, NaiveDate), Total>,
}

/// A role in an organisation at the end of a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is of.
    pub key: Key,
    /// N; none where the plan has no target here for the period.
    pub needed: Option<Fte>,
    /// What becomes of it, a scenario each, in their order.
    pub outcomes: Vec<Outcome>,
}

/// What becomes of a role in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// F, as the scenario has it.
    pub funded: Option<Fte>,
    /// Which part leaves in a year, and why that is so.
    pub turnover: Turnover,
    /// The stock of people.
    pub stock: Stock,
    /// The stock of skilled people, for each skill required.
    pub skills: Vec<SkillOutcome>,
}

/// What becomes of a skill of a role in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkillOutcome {
    /// What it is of, with the skill.
    pub key: Key,
    /// What is required.
    pub required: Required,
    /// The stock of skilled people.
    pub stock: SkilledStock,
}

/// The sums of a scenario and a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// ΣN
    pub needed: Fte,
    /// ΣF
    pub funded: Fte,
    /// ΣS′, also where there is no target.
    pub in_post: Fte,
    /// Σ max(0, N − S′)
    pub shortfall: Fte,
    /// ΣN over required skills.
    pub skill_needed: Fte,
    /// ΣK′
    pub skilled: Fte,
    /// Σ max(0, N − K′)
    pub skill_shortfall: Fte,
    /// Of those skilled, who leaves, over required skills where there is a target.
    pub leaving: Fte,
    /// Who becomes skilled by training, likewise.
    pub trained: Fte,
    /// Who of those who join is skilled, likewise.
    pub hired: Fte,
    /// Whose assessment lapses, likewise.
    pub expiring: Fte,
}

impl Total {
    fn add(&mut self, needed: Option<Fte>, outcome: &Outcome) {
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

/// Projects from the day of the query to the last period of the plan.
pub fn project(inputs: &AnalysisInputs, movements: &[Movement], ask: &Ask) -> Projection {
    let query = &ask.query;
    let catalogue = Catalogue::of(inputs);
    let ahead: Vec<NaiveDate> =
        inputs.periods.iter().copied().filter(|end| *end > query.as_of).collect();
    let told = |end: &NaiveDate| match &query.periods {
        Periods::Ending(ends) => ends.contains(end),
        Periods::Current | Periods::Every => true,
    };
    let ground = Ground {
        ask,
        requirements: Requirements::of(inputs),
        turnovers: Turnovers::of(movements, &inputs.roles, query.as_of),
        periods: &ahead,
        catalogue: &catalogue,
    };
    let (mut rows, mut row_count, mut totals) = (Vec::new(), 0, BTreeMap::new());
    let mut known = HashMap::new();
    for part in &inputs.in_scope {
        let organisation =
            (part.organisation.as_str(), &Workforce::of(&part.people, &catalogue, query.as_of));
        for (place, targets) in catalogue.targets(&part.establishment) {
            let role = &catalogue.roles()[place as usize];
            if !query.wants_role(role) {
                continue;
            }
            let required = known.entry(place).or_insert_with(|| ground.required(role));
            for (end, row) in ground.place(organisation, (role, place), targets, required) {
                if !told(&end) {
                    continue;
                }
                for (scenario, outcome) in row.outcomes.iter().enumerate() {
                    let total: &mut Total = totals.entry((scenario, end)).or_default();
                    total.add(row.needed, outcome);
                }
                if ask.rows.contains(&row_count) {
                    rows.push(row);
                }
                row_count += 1;
            }
        }
    }
    let periods = ahead.iter().copied().filter(told).collect();
    Projection { catalogue, periods, rows, row_count, totals }
}

/// The skills required of a role, by period.
type RequiredByPeriod = Vec<Vec<(String, Required)>>;

/// What every place is projected from.
struct Ground<'a> {
    ask: &'a Ask,
    requirements: Requirements<'a>,
    turnovers: Turnovers<'a>,
    periods: &'a [NaiveDate],
    catalogue: &'a Catalogue,
}

impl Ground<'_> {
    /// What is required of a role in each period ahead.
    fn required(&self, role: &Role) -> RequiredByPeriod {
        let query = &self.ask.query;
        let of = |period: &NaiveDate| {
            let required = self.requirements.in_period(role, *period).into_iter();
            let wanted = required.filter(|(skill, required)| query.wants(skill, required));
            wanted.map(|(skill, required)| (skill.to_owned(), required)).collect()
        };
        self.periods.iter().map(of).collect()
    }

    /// The rows of a role in an organisation, period by period.
    fn place(
        &self,
        (organisation, workforce): (&str, &Workforce<'_>),
        (role, place): (&Role, u32),
        targets: &[Wanted],
        required: &RequiredByPeriod,
    ) -> Vec<(NaiveDate, Row)> {
        let recorded = self.turnovers.of_role(organisation, &role.name);
        let as_of = self.ask.query.as_of;
        let tracks = Tracks::of(workforce, self.catalogue, place, required);
        let opening = workforce.in_post(place);
        let mut state: Vec<(Fte, Tracks)> =
            self.ask.scenarios.iter().map(|_| (opening, tracks.clone())).collect();
        let number = self.catalogue.organisation_place(organisation);
        let (mut rows, mut from) = (Vec::new(), as_of);
        for (end, required) in self.periods.iter().copied().zip(required) {
            let target = targets.iter().find(|target| target.period_end_date == end);
            let key = self.catalogue.key(number, place, None, self.catalogue.period_place(end));
            let place = Place { organisation, role: &role.name, family: &role.family, period: end };
            let step = Step { place, key, target, recorded, from, required };
            let scenarios = self.ask.scenarios.iter().zip(&mut state);
            let outcomes = scenarios.map(|(scenario, state)| self.step(scenario, &step, state));
            let row = Row {
                outcomes: outcomes.collect(),
                key,
                needed: target.map(|target| target.needed),
            };
            rows.push((end, row));
            from = end;
        }
        rows
    }

    /// Takes the stocks of a scenario to the end of a period.
    fn step(
        &self,
        scenario: &Scenario,
        step: &Step<'_>,
        (in_post, tracks): &mut (Fte, Tracks),
    ) -> Outcome {
        let Step { place, key, target, recorded, from, required } = *step;
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
        let stock = Stock::after(
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
                stock: tracks.stock(skill, required.minimum_level)?,
            })
        });
        Outcome { funded, turnover, stock, skills: skills.collect() }
    }
}

/// A period of a place.
#[derive(Clone, Copy)]
struct Step<'a> {
    place: Place<'a>,
    key: Key,
    target: Option<&'a Wanted>,
    recorded: Turnover,
    /// The day at whose end it begins.
    from: NaiveDate,
    required: &'a [(String, Required)],
}
