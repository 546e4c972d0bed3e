//! Reads gap queries, and turns analyses into messages.

use chrono::NaiveDate;

use crate::{
    domain::{
        Framework, Organisation, Plan, Reason, Revision, Role, Skill, Violations,
        figures::{Figures, Severity},
        order_by,
    },
    planning::analysis::{
        Analysis, AnalysisContext, AnalysisQuery, AnalysisRow, Dimension, Periods, RequiredSkill,
        RowOrder, SortColumn, Totals, Warning, WarningKind,
    },
    registry::Registry,
};

use super::{
    page::Pin,
    standard, v1,
    wire::{self, Wire, WireValue, wire_enum},
};

wire_enum! {
    Severity => GapSeverity { Met, Low, Medium, High, Critical }
}

wire_enum! {
    Dimension => GapDimension { Organisation, Region, Role, Family, Skill, Category, Period }
}

wire_enum! {
    WarningKind => GapWarningKind {
        RoleWithoutRequirements, RoleNotInPlan, OverAssessed, GroupSplitIncomplete,
        RequirementOfRetiredSkill
    }
}

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

/// An analysis with its query, plan and revision.
pub struct AnalysisAnswer {
    pub query: AnalysisQuery,
    pub analysis: Analysis,
    pub plan: Plan,
    pub revision: Revision,
}

impl AnalysisAnswer {
    /// Revision and day that every page of the analysis shows.
    pub fn pin(&self) -> Pin {
        Pin { revision: self.revision, day: Some(self.query.as_of) }
    }

    /// Context of the response: the plan, the revision, and the query with every default filled in.
    pub fn context(&self) -> v1::GapContext {
        context(&AnalysisContext::of(&self.query, &self.analysis, &self.plan, self.revision))
    }

    /// Turns a row into a message.
    pub fn row(&self, row: &AnalysisRow) -> v1::GapRow {
        let catalogue = &self.analysis.catalogue;
        let organisation = catalogue.organisation(row.key);
        let (role, skill) = (catalogue.role(row.key), catalogue.skill(row.key));
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        v1::GapRow {
            organisation: text(organisation.map(|row| row.name.as_str())),
            organisation_title: text(organisation.map(|row| row.title.as_str())),
            region_code: text(catalogue.region(row.key)),
            role: text(role.map(|row| row.name.as_str())),
            role_title: text(role.map(|row| row.title.as_str())),
            family: text(catalogue.family(row.key)),
            skill: text(skill.map(|row| row.name.as_str())),
            skill_title: text(skill.map(|row| row.title.as_str())),
            category: text(catalogue.category(row.key)),
            period_end_date: catalogue.period(row.key).to_wire(),
            figures: Some(figures(&row.figures)),
            requirement: row.required.as_deref().map(requirement),
            totals: row.totals.as_ref().map(|sum| totals(sum, false)),
            warnings: row.warnings.iter().map(WireValue::to_wire).collect(),
        }
    }

    /// Turns the first `most` warnings into messages.
    pub fn warnings(&self, most: usize) -> Vec<v1::GapWarning> {
        let catalogue = &self.analysis.catalogue;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let warning = |warning: &Warning| v1::GapWarning {
            kind: warning.kind.to_wire(),
            organisation: catalogue
                .organisation(warning.key)
                .map(|o| o.name.clone())
                .unwrap_or_default(),
            role: catalogue.role(warning.key).map(|r| r.name.clone()).unwrap_or_default(),
            skill: catalogue.skill(warning.key).map(|s| s.name.clone()).unwrap_or_default(),
            fte: warning.fte.to_wire(),
            replacement: match warning.kind {
                WarningKind::RequirementOfRetiredSkill => text(catalogue.replacement(warning.key)),
                _ => String::new(),
            },
        };
        self.analysis.warnings.iter().take(most).map(warning).collect()
    }
}

/// Turns a context into a message.
pub fn context(context: &AnalysisContext) -> v1::GapContext {
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    v1::GapContext {
        plan: Some(context.plan.to_message()),
        read_revision: context.revision.number(),
        query: Some(echo(&context.query, &context.periods)),
        row_count: count(context.rows),
        warning_count: count(context.warnings),
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

/// Turns figures into a message.
pub fn figures(figures: &Figures) -> v1::GapFigures {
    v1::GapFigures {
        needed_fte: figures.needed.to_wire(),
        funded_fte: figures.funded.to_wire(),
        in_post_fte: figures.in_post.to_wire(),
        skilled_fte: figures.skilled.to_wire(),
        unfunded_fte: figures.unfunded().to_wire(),
        vacant_fte: figures.vacant().to_wire(),
        below_fte: figures.below.to_wire(),
        expired_fte: figures.expired.to_wire(),
        unassessed_fte: figures.unassessed().to_wire(),
        shortfall_fte: figures.shortfall.to_wire(),
        unfunded_shortfall_fte: figures.causes.unfunded.to_wire(),
        vacant_shortfall_fte: figures.causes.vacant.to_wire(),
        below_shortfall_fte: figures.causes.below.to_wire(),
        expired_shortfall_fte: figures.causes.expired.to_wire(),
        unassessed_shortfall_fte: figures.causes.unassessed.to_wire(),
        surplus_fte: figures.surplus.to_wire(),
        coverage: figures.coverage(),
        coverage_upper_bound: figures.coverage_upper_bound(),
        severity: figures.severity().map_or(0, |severity| severity.to_wire()),
        priority: figures.priority.to_f64(),
        holders: figures.holders,
        single_point_of_failure: figures.single_point_of_failure,
    }
}

/// Turns totals into a message; `with_figures` includes their sums.
pub fn totals(totals: &Totals, with_figures: bool) -> v1::GapTotals {
    let [met, low, medium, high, critical] = totals.severities;
    v1::GapTotals {
        figures: with_figures.then(|| figures(&totals.figures)),
        weighted_coverage: totals.weighted_coverage(),
        part_count: totals.parts,
        single_point_of_failure_count: totals.single_points_of_failure,
        met_count: met,
        low_count: low,
        medium_count: medium,
        high_count: high,
        critical_count: critical,
    }
}

fn requirement(required: &RequiredSkill) -> v1::GapRequirement {
    v1::GapRequirement {
        minimum_level: required.minimum_level,
        importance: required.importance.to_wire(),
        weight: required.weight.to_wire(),
        minimum_holders: required.minimum_holders,
        requirements: required.requirements.clone(),
    }
}
