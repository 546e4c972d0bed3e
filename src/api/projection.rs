//! Projections.

use chrono::NaiveDate;
use prost::Message;

use crate::{
    domain::{Caller, Fte, Organisation, Plan, Result, Revision, Role, Skill, Violations},
    planning::{
        analysis::Catalogue,
        projection::{
            self, AssumedFigures, Assumption, Basis, MAX_ASSUMPTIONS, MAX_SCENARIOS, Projection,
            ProjectionQuery, ProjectionRow, ProjectionTotal, Scenario, ScenarioOutcome,
            SkillOutcome,
        },
    },
};

use super::{
    Api, gap_analysis, gap_query,
    page::{MAX_PAGE_BYTES, PageWindow, Pin},
    standard::one_name,
    v1,
    wire::{Wire, WireValue, wire_enum},
};

wire_enum! {
    Basis => LeaverRateBasis { Request, Role, Family, Organisation, Nothing }
}

impl Api {
    pub(super) async fn project(
        &self,
        caller: &Caller,
        request: v1::ProjectGapsRequest,
    ) -> Result<v1::ProjectGapsResponse> {
        let mut violations = Violations::default();
        let window = PageWindow::read(&request, &mut violations);
        let mut query = gap_query::query(&self.registry, request.query, &mut violations);
        query.as_of = window.day(query.as_of);
        projection::check_query(&query, &mut violations);
        let scenarios = scenarios(request.scenarios, &mut violations);
        violations.into_result()?;
        self.registry.recognise(caller, window.given()).await?;
        let projection_query = ProjectionQuery { query, scenarios, rows: window.rows() };
        let as_of = window.as_of();
        let (projection, plan, revision) =
            self.registry.project_gaps(caller, projection_query.clone(), as_of).await?;
        let pin = Pin { revision, day: Some(projection_query.query.as_of) };
        let projected = ProjectionAnswer { projection_query, projection, plan, revision };
        let rows = projected.rows();
        let end = window.rows().start + rows.len();
        let head = self.registry.head(caller).await?;
        let next_page_token = window.next(end, projected.projection.row_count, pin, &head);
        Ok(v1::ProjectGapsResponse {
            context: Some(projected.context()),
            rows,
            totals: projected.totals(),
            warnings: gap_analysis::nothing_selected(&projected.projection.nothing_selected),
            next_page_token,
        })
    }
}

fn scenarios(wire: Vec<v1::ProjectionScenario>, violations: &mut Violations) -> Vec<Scenario> {
    if wire.is_empty() {
        return vec![Scenario::recorded()];
    }
    violations.items("scenarios", &wire, MAX_SCENARIOS);
    let read = |(i, wire): (usize, v1::ProjectionScenario)| {
        let field = format!("scenarios[{i}].assumptions");
        let assumptions = self::assumptions(wire.assumptions, &field, violations);
        Scenario { scenario: wire.scenario, assumptions }
    };
    let scenarios: Vec<Scenario> =
        wire.into_iter().take(MAX_SCENARIOS).enumerate().map(read).collect();
    projection::check_scenarios(&scenarios, violations);
    scenarios
}

/// Reads the assumptions of a field.
pub fn assumptions(
    wire: Vec<v1::ProjectionAssumption>,
    field: &str,
    violations: &mut Violations,
) -> Vec<Assumption> {
    violations.items(field, &wire, MAX_ASSUMPTIONS);
    let some = wire.into_iter().take(MAX_ASSUMPTIONS).enumerate();
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
    let v = violations;
    Assumption {
        organisation: name("organisation", &wire.organisation, one_name::<Organisation>, v),
        role: name("role", &wire.role, one_name::<Role>, v),
        family: wire.family,
        skill: name("skill", &wire.skill, one_name::<Skill>, v),
        period: WireValue::from_wire(wire.period_end_date, &at("period_end_date"), v),
        given: AssumedFigures {
            leaver_rate: WireValue::from_wire(wire.leaver_rate, &at("leaver_rate"), v),
            joiners: WireValue::from_wire(wire.joiner_fte, &at("joiner_fte"), v),
            retirements: WireValue::from_wire(wire.retirement_fte, &at("retirement_fte"), v),
            trained: WireValue::from_wire(wire.trained_fte, &at("trained_fte"), v),
            training_success: WireValue::from_wire(
                wire.training_success,
                &at("training_success"),
                v,
            ),
            joiner_skilled: WireValue::from_wire(
                wire.joiner_skilled_share,
                &at("joiner_skilled_share"),
                v,
            ),
            funded_factor: WireValue::from_wire(wire.funded_factor, &at("funded_factor"), v),
            joiner_factor: WireValue::from_wire(wire.joiner_factor, &at("joiner_factor"), v),
            training_factor: WireValue::from_wire(wire.training_factor, &at("training_factor"), v),
        },
    }
}

/// A projection with its query, plan and revision.
struct ProjectionAnswer {
    projection_query: ProjectionQuery,
    projection: Projection,
    plan: Plan,
    revision: Revision,
}

impl ProjectionAnswer {
    fn context(&self) -> v1::ProjectionContext {
        let Projection { periods, row_count, .. } = &self.projection;
        let query = v1::GapQuery {
            // The order of rows is fixed.
            order_by: String::new(),
            ..gap_query::echo(&self.projection_query.query, periods)
        };
        v1::ProjectionContext {
            plan: Some(self.plan.to_message()),
            read_revision: self.revision.number(),
            query: Some(query),
            scenarios: self.projection_query.scenarios.iter().map(echo).collect(),
            row_count: i32::try_from(*row_count).unwrap_or(i32::MAX),
        }
    }

    /// Rows that fit in a response, but at least one if there is any.
    fn rows(&self) -> Vec<v1::ProjectionRow> {
        let mut bytes = 0;
        let mut rows = Vec::with_capacity(self.projection.rows.len());
        for row in &self.projection.rows {
            let row = self.row(row);
            bytes += row.encoded_len();
            if bytes > MAX_PAGE_BYTES && !rows.is_empty() {
                break;
            }
            rows.push(row);
        }
        rows
    }

    fn row(&self, row: &ProjectionRow) -> v1::ProjectionRow {
        let catalogue = &self.projection.catalogue;
        let organisation = catalogue.organisation(row.key);
        let role = catalogue.role(row.key);
        let outcomes = self.projection_query.scenarios.iter().zip(&row.outcomes);
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
        let total = |((scenario, end), total): (&(usize, NaiveDate), &ProjectionTotal)| {
            v1::ProjectionTotal {
                scenario: self
                    .projection_query
                    .scenarios
                    .get(*scenario)
                    .map_or("", |s| &s.scenario)
                    .to_owned(),
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
            }
        };
        self.projection.totals.iter().map(total).collect()
    }
}

fn outcome(
    catalogue: &Catalogue,
    scenario: &Scenario,
    row: &ProjectionRow,
    outcome: &ScenarioOutcome,
) -> v1::ProjectionOutcome {
    let ScenarioOutcome { funded, turnover, stock, skills } = outcome;
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
        gap_fte: row.beyond(stock.closing).to_wire(),
        skills: skills.iter().map(|skill| self::skill(catalogue, row, skill)).collect(),
    }
}

fn skill(
    catalogue: &Catalogue,
    row: &ProjectionRow,
    outcome: &SkillOutcome,
) -> v1::ProjectionSkill {
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
        shortfall_fte: row.beyond(stock.closing).map(Fte::or_zero).to_wire(),
    }
}

/// Turns a scenario into a message.
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
