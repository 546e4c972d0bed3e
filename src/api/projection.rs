//! Projections on the wire.

use chrono::NaiveDate;
use prost::Message;

use crate::{
    domain::{
        Caller, Fte, Organisation, Plan, Ratio, Reason, Result, Revision, Role, Skill, Violations,
    },
    planning::{
        analysis::Catalogue,
        projection::{
            Ask, Assumption, Basis, Given, Outcome, Projection, Row, Scenario, SkillOutcome, Total,
        },
    },
};

use super::{
    Api, gap_analysis,
    page::{Pin, Window},
    standard::{done, one_name},
    v1,
    wire::{Travels, Wire, wire_enum},
};

/// The most scenarios of a request, and the most assumptions of a scenario.
const MOST_SCENARIOS: usize = 10;
const MOST_ASSUMPTIONS: usize = 200;

/// The most bytes of the rows of a page, so that an answer stays under 4 MiB.
const MOST_BYTES: usize = 3 * 1_024 * 1_024;

/// The scenario that assumes nothing.
const RECORDED: &str = "recorded";

wire_enum! {
    Basis => LeaverRateBasis { Request, Role, Family, Organisation, Nothing }
}

impl Api {
    pub(super) async fn projected(
        &self,
        caller: &Caller,
        request: v1::ProjectGapsRequest,
    ) -> Result<v1::ProjectGapsResponse> {
        let mut violations = Violations::default();
        let window = Window::read(&request, &mut violations);
        let mut query = gap_analysis::query(request.query, &mut violations);
        query.as_of = window.day(query.as_of);
        gap_analysis::refuse_order(&query, &mut violations);
        if query.minimum_severity.is_some() {
            violations.add("query.minimum_severity", Reason::NotAllowed, "must be empty here");
        }
        let scenarios = scenarios(request.scenarios, &mut violations);
        done(violations)?;
        self.registry.recognise(caller, window.given()).await?;
        let ask = Ask { query, scenarios, rows: window.rows() };
        let as_of = window.as_of();
        let (projection, plan, revision) =
            self.registry.project(caller, ask.clone(), as_of).await?;
        let pin = Pin { revision, day: Some(ask.query.as_of) };
        let projected = Projected { ask, projection, plan, revision };
        let rows = projected.rows();
        let end = window.rows().start + rows.len();
        let head = self.registry.head(caller).await?;
        let next_page_token = window.next(end, projected.projection.row_count, pin, &head);
        Ok(v1::ProjectGapsResponse {
            context: Some(projected.context()),
            rows,
            totals: projected.totals(),
            next_page_token,
        })
    }
}

fn scenarios(wire: Vec<v1::ProjectionScenario>, violations: &mut Violations) -> Vec<Scenario> {
    if wire.is_empty() {
        return vec![Scenario { scenario: RECORDED.to_owned(), assumptions: Vec::new() }];
    }
    violations.items("scenarios", &wire, MOST_SCENARIOS);
    let mut scenarios: Vec<Scenario> = Vec::new();
    for (i, scenario) in wire.into_iter().take(MOST_SCENARIOS).enumerate() {
        let field = format!("scenarios[{i}].scenario");
        violations.required(&field, scenario.scenario.trim());
        violations.line(&field, &scenario.scenario, 64);
        if scenarios.iter().any(|other| other.scenario == scenario.scenario) {
            violations.add(&field, Reason::Duplicate, "stands twice");
        }
        let field = format!("scenarios[{i}].assumptions");
        let assumptions = assumptions(scenario.assumptions, &field, violations);
        scenarios.push(Scenario { scenario: scenario.scenario, assumptions });
    }
    scenarios
}

/// Reads the assumptions of a field.
pub fn assumptions(
    wire: Vec<v1::ProjectionAssumption>,
    field: &str,
    violations: &mut Violations,
) -> Vec<Assumption> {
    violations.items(field, &wire, MOST_ASSUMPTIONS);
    let some = wire.into_iter().take(MOST_ASSUMPTIONS).enumerate();
    some.map(|(i, wire)| assumption(wire, &format!("{field}[{i}]"), violations)).collect()
}

fn assumption(
    wire: v1::ProjectionAssumption,
    path: &str,
    violations: &mut Violations,
) -> Assumption {
    let at = |field: &str| format!("{path}.{field}");
    let name = |field: &str,
                text: &str,
                read: fn(&str, &str, &mut Violations) -> String,
                v: &mut Violations| {
        if text.is_empty() { String::new() } else { read(&at(field), text, v) }
    };
    let organisation =
        name("organisation", &wire.organisation, one_name::<Organisation>, violations);
    let role = name("role", &wire.role, one_name::<Role>, violations);
    let skill = name("skill", &wire.skill, one_name::<Skill>, violations);
    violations.line(&at("family"), &wire.family, 64);
    let period =
        Option::<NaiveDate>::from_wire(wire.period_end_date, &at("period_end_date"), violations);
    let (part, factor) = (Ratio::ZERO..=Ratio::ONE, Ratio::ZERO..=Ratio::whole(100));
    let fte = Fte::ZERO..=Fte::MOST;
    let of_skill = !skill.is_empty();
    let all = |field: &str| (at(field), of_skill);
    let skills = |field: &str| (at(field), false);
    let v = violations;
    let given = Given {
        leaver_rate: figure(all("leaver_rate"), wire.leaver_rate, &part, v),
        joiners: figure(all("joiner_fte"), wire.joiner_fte, &fte, v),
        retirements: figure(all("retirement_fte"), wire.retirement_fte, &fte, v),
        trained: figure(skills("trained_fte"), wire.trained_fte, &fte, v),
        training_success: figure(skills("training_success"), wire.training_success, &part, v),
        joiner_skilled: figure(skills("joiner_skilled_share"), wire.joiner_skilled_share, &part, v),
        funded_factor: figure(all("funded_factor"), wire.funded_factor, &factor, v),
        joiner_factor: figure(all("joiner_factor"), wire.joiner_factor, &factor, v),
        training_factor: figure(skills("training_factor"), wire.training_factor, &factor, v),
    };
    Assumption { organisation, role, family: wire.family, skill, period, given }
}

/// Reads a figure that an assumption may give, from a range. One that is not of one skill must be left out of the
/// assumptions for one.
fn figure<T: Travels<f64> + PartialOrd + Copy + std::fmt::Display>(
    (field, left_out): (String, bool),
    wire: Option<f64>,
    range: &std::ops::RangeInclusive<T>,
    violations: &mut Violations,
) -> Option<T> {
    let number = wire.map(|wire| T::from_wire(wire, &field, violations));
    if let Some(number) = number.filter(|_| !violations.has(&field)) {
        violations.range(&field, number, range.clone());
    }
    if number.is_some() && left_out {
        let description = "must be left out where skill is given: it is not of one skill";
        violations.add(&field, Reason::NotAllowed, description);
    }
    number
}

/// A projection with what it was made of.
struct Projected {
    ask: Ask,
    projection: Projection,
    plan: Plan,
    revision: Revision,
}

impl Projected {
    fn context(&self) -> v1::ProjectionContext {
        let Projection { periods, row_count, .. } = &self.projection;
        let query = v1::GapQuery {
            // Rows have an order of their own.
            order_by: String::new(),
            ..gap_analysis::echo(&self.ask.query, periods)
        };
        v1::ProjectionContext {
            plan: Some(self.plan.to_message()),
            read_revision: self.revision.number(),
            query: Some(query),
            scenarios: self.ask.scenarios.iter().map(echo).collect(),
            row_count: i32::try_from(*row_count).unwrap_or(i32::MAX),
        }
    }

    /// The rows that fit in an answer; at least one, where there is one.
    fn rows(&self) -> Vec<v1::ProjectionRow> {
        let mut bytes = 0;
        let mut rows = Vec::with_capacity(self.projection.rows.len());
        for row in &self.projection.rows {
            let row = self.row(row);
            bytes += row.encoded_len();
            if bytes > MOST_BYTES && !rows.is_empty() {
                break;
            }
            rows.push(row);
        }
        rows
    }

    fn row(&self, row: &Row) -> v1::ProjectionRow {
        let catalogue = &self.projection.catalogue;
        let organisation = catalogue.organisation(row.key);
        let role = catalogue.role(row.key);
        let outcomes = self.ask.scenarios.iter().zip(&row.outcomes);
        v1::ProjectionRow {
            organisation: organisation.map(|row| row.name.clone()).unwrap_or_default(),
            organisation_title: organisation.map(|row| row.title.clone()).unwrap_or_default(),
            role: role.map(|row| row.name.clone()).unwrap_or_default(),
            role_title: role.map(|row| row.title.clone()).unwrap_or_default(),
            family: role.map(|row| row.family.clone()).unwrap_or_default(),
            period_end_date: catalogue.period(row.key).to_wire(),
            needed_fte: row.needed.to_wire(),
            outcomes: outcomes
                .map(|(scenario, outcome)| self::outcome(catalogue, scenario, row, outcome))
                .collect(),
        }
    }

    fn totals(&self) -> Vec<v1::ProjectionTotal> {
        let total = |((scenario, end), total): (&(usize, NaiveDate), &Total)| v1::ProjectionTotal {
            scenario: self.ask.scenarios.get(*scenario).map_or("", |s| &s.scenario).to_owned(),
            period_end_date: end.to_string(),
            needed_fte: total.needed.to_wire(),
            funded_fte: total.funded.to_wire(),
            in_post_fte: total.in_post.to_wire(),
            shortfall_fte: total.shortfall.to_wire(),
            skill_needed_fte: total.skill_needed.to_wire(),
            skilled_fte: total.skilled.to_wire(),
            skill_shortfall_fte: total.skill_shortfall.to_wire(),
            skill_leaving_fte: total.leaving.to_wire(),
            skill_trained_fte: total.trained.to_wire(),
            skill_hired_fte: total.hired.to_wire(),
            skill_expiring_fte: total.expiring.to_wire(),
        };
        self.projection.totals.iter().map(total).collect()
    }
}

fn outcome(
    catalogue: &Catalogue,
    scenario: &Scenario,
    row: &Row,
    outcome: &Outcome,
) -> v1::ProjectionOutcome {
    let Outcome { funded, turnover, stock, skills } = outcome;
    let (first, last) = turnover.dates.unzip();
    v1::ProjectionOutcome {
        scenario: scenario.scenario.clone(),
        opening_fte: stock.opening.to_wire(),
        retiring_fte: stock.retiring.to_wire(),
        leaver_rate: turnover.leaver_rate.to_wire(),
        leaver_rate_basis: turnover.basis.to_wire(),
        basis_first_date: first.to_wire(),
        basis_last_date: last.to_wire(),
        leaving_fte: stock.leaving.to_wire(),
        joining_fte: stock.joining.to_wire(),
        in_post_fte: stock.closing.to_wire(),
        funded_fte: funded.to_wire(),
        gap_fte: row.needed.map(|needed| needed - stock.closing).to_wire(),
        skills: skills.iter().map(|skill| self::skill(catalogue, row, skill)).collect(),
    }
}

fn skill(catalogue: &Catalogue, row: &Row, outcome: &SkillOutcome) -> v1::ProjectionSkill {
    let SkillOutcome { key, required, stock } = outcome;
    let skill = catalogue.skill(*key);
    v1::ProjectionSkill {
        skill: skill.map(|row| row.name.clone()).unwrap_or_default(),
        skill_title: skill.map(|row| row.title.clone()).unwrap_or_default(),
        minimum_level: required.minimum_level,
        weight: required.weight.to_wire(),
        opening_fte: stock.opening.to_wire(),
        leaving_fte: stock.leaving.to_wire(),
        trained_fte: stock.trained.to_wire(),
        hired_fte: stock.hired.to_wire(),
        expiring_fte: stock.expiring.to_wire(),
        skilled_fte: stock.closing.to_wire(),
        shortfall_fte: row.needed.map(|needed| (needed - stock.closing).or_zero()).to_wire(),
    }
}

/// A scenario as it was used.
fn echo(scenario: &Scenario) -> v1::ProjectionScenario {
    let assumption = |assumption: &Assumption| {
        let Assumption { organisation, role, family, skill, period, given } = assumption;
        v1::ProjectionAssumption {
            organisation: organisation.clone(),
            role: role.clone(),
            family: family.clone(),
            skill: skill.clone(),
            period_end_date: period.to_wire(),
            leaver_rate: given.leaver_rate.to_wire(),
            joiner_fte: given.joiners.to_wire(),
            retirement_fte: given.retirements.to_wire(),
            trained_fte: given.trained.to_wire(),
            training_success: given.training_success.to_wire(),
            joiner_skilled_share: given.joiner_skilled.to_wire(),
            funded_factor: given.funded_factor.to_wire(),
            joiner_factor: given.joiner_factor.to_wire(),
            training_factor: given.training_factor.to_wire(),
        }
    };
    v1::ProjectionScenario {
        scenario: scenario.scenario.clone(),
        assumptions: scenario.assumptions.iter().map(assumption).collect(),
    }
}
