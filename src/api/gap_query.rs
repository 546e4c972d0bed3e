//! Reads gap queries, and turns them back into messages.

use chrono::NaiveDate;

use crate::{
    domain::{Framework, Organisation, Plan, Reason, Role, Skill, Violations},
    planning::analysis::{AnalysisQuery, Periods, RowOrder, SortColumn},
    registry::{Registry, listing::order_by},
};

use super::{
    standard, v1,
    wire::{self, Wire, WireValue},
};

/// Value of `period_end_dates` that means every period.
const EVERY: &str = "-";

/// Reads a query; adds what is wrong with it to `violations`.
pub fn query(
    registry: &Registry,
    wire: Option<v1::GapQuery>,
    violations: &mut Violations,
) -> AnalysisQuery {
    if wire.is_none() {
        violations.add("query", Reason::Required, "must not be empty");
    }
    let wire = wire.unwrap_or_default();
    let v = violations;
    let most = AnalysisQuery::MAX_NAMES;
    let query = AnalysisQuery {
        plan: standard::one_name::<Plan>("query.plan", &wire.plan, v),
        organisations: names::<Organisation>("query.organisations", &wire.organisations, most, v),
        include_descendants: wire.include_descendants,
        roles: names::<Role>("query.roles", &wire.roles, most, v),
        families: wire.families,
        skills: names::<Skill>("query.skills", &wire.skills, most, v),
        frameworks: names::<Framework>(
            "query.frameworks",
            &wire.frameworks,
            AnalysisQuery::MAX_FRAMEWORKS,
            v,
        ),
        periods: periods(wire.period_end_dates, v),
        minimum_severity: wire::optional(wire.minimum_severity, "query.minimum_severity", v),
        importance: wire::optional(wire.importance, "query.importance", v),
        as_of: registry.day_or_today(WireValue::from_wire(wire.as_of_date, "query.as_of_date", v)),
        assessment_sources: values("query.assessment_sources", &wire.assessment_sources, v),
        group_by: values("query.group_by", &wire.group_by, v),
        order_by: order(&wire.order_by, v),
    };
    query.check(v);
    query
}

/// Reads a list of resource names, of which only the first `most` are read.
pub fn names<N: Wire>(
    field: &str,
    texts: &[String],
    most: usize,
    violations: &mut Violations,
) -> Vec<String> {
    violations.items(field, texts, most);
    let read = |(i, text): (usize, &String)| {
        standard::one_name::<N>(&format!("{field}[{i}]"), text, violations)
    };
    texts.iter().take(most).enumerate().map(read).collect()
}

fn periods(dates: Vec<String>, violations: &mut Violations) -> Periods {
    if dates.is_empty() {
        return Periods::Current;
    }
    if dates == [EVERY] {
        return Periods::Every;
    }
    violations.items("query.period_end_dates", &dates, AnalysisQuery::MAX_NAMES);
    let read = |(i, date)| {
        let field = format!("query.period_end_dates[{i}]");
        NaiveDate::from_wire(date, &field, violations)
    };
    Periods::Ending(
        dates.into_iter().take(AnalysisQuery::MAX_NAMES).enumerate().map(read).collect(),
    )
}

/// Reads a list of enum values.
fn values<T: WireValue<i32>>(field: &str, wire: &[i32], violations: &mut Violations) -> Vec<T> {
    let read =
        |(i, value): (usize, &i32)| T::from_wire(*value, &format!("{field}[{i}]"), violations);
    wire.iter().take(AnalysisQuery::MAX_PARTS).enumerate().map(read).collect()
}

/// Parses `order_by`.
fn order(text: &str, violations: &mut Violations) -> Vec<RowOrder> {
    let fields: Vec<&str> = SortColumn::NAMES.iter().map(|(name, _)| *name).collect();
    let find = |field: &str| {
        SortColumn::NAMES.iter().find(|(name, _)| *name == field).map(|(_, sort)| *sort)
    };
    match order_by::parse(text, AnalysisQuery::MAX_PARTS, &fields, find) {
        Ok(terms) => {
            terms.into_iter().map(|(sort, descending)| RowOrder { sort, descending }).collect()
        }
        Err(description) => {
            violations.add("query.order_by", Reason::Malformed, description);
            Vec::new()
        }
    }
}

/// Turns a query into a message, with these periods.
pub fn echo(query: &AnalysisQuery, periods: &[NaiveDate]) -> v1::GapQuery {
    let AnalysisQuery {
        plan,
        organisations,
        include_descendants,
        roles,
        families,
        skills,
        frameworks,
        periods: _,
        minimum_severity,
        importance,
        as_of,
        assessment_sources,
        group_by,
        order_by,
    } = query;
    v1::GapQuery {
        plan: plan.clone(),
        organisations: organisations.clone(),
        include_descendants: *include_descendants,
        roles: roles.clone(),
        families: families.clone(),
        skills: skills.clone(),
        frameworks: frameworks.clone(),
        period_end_dates: periods.iter().map(NaiveDate::to_string).collect(),
        minimum_severity: minimum_severity.map_or(0, |severity| severity.to_wire()),
        importance: importance.map_or(0, |importance| importance.to_wire()),
        as_of_date: as_of.to_string(),
        assessment_sources: assessment_sources.iter().map(WireValue::to_wire).collect(),
        group_by: group_by.iter().map(WireValue::to_wire).collect(),
        order_by: echo_order(order_by),
    }
}

fn echo_order(order: &[RowOrder]) -> String {
    if order.is_empty() {
        return "priority desc".to_owned();
    }
    let part = |order: &RowOrder| {
        let known = SortColumn::NAMES.iter().find(|(_, sort)| *sort == order.sort);
        let name = known.map_or("", |(name, _)| name);
        format!("{name}{}", if order.descending { " desc" } else { "" })
    };
    order.iter().map(part).collect::<Vec<_>>().join(", ")
}
