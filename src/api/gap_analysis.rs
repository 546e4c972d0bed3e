//! Turns analyses into messages.

use chrono::NaiveDate;

use crate::{
    domain::{
        Plan, Revision,
        figures::{Figures, Severity},
    },
    planning::analysis::{
        Analysis, AnalysisContext, AnalysisQuery, AnalysisRow, Dimension, RequiredSkill, Totals,
        Warning, WarningKind,
    },
};

use super::{
    gap_query,
    page::Pin,
    v1,
    wire::{Wire, WireValue, wire_enum},
};

wire_enum! {
    Severity => GapSeverity { Met, Low, Medium, High, Critical }
}

wire_enum! {
    Dimension => GapDimension { Organisation, Region, Role, Family, Skill, Category, Period }
}

wire_enum! {
    WarningKind => GapWarningKind {
        NothingSelected, RoleWithoutRequirements, RoleNotInPlan, OverAssessed, GroupSplitIncomplete,
        RequirementOfRetiredSkill
    }
}

/// Maximum number of warnings in a response.
const MAX_WARNINGS: usize = 1_000;

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

    /// Totals over all rows; `None` over several periods, of which each has its own.
    pub fn totals(&self) -> Option<v1::GapTotals> {
        let several = self.analysis.periods.len() > 1;
        (!several).then(|| totals(&self.analysis.totals, true))
    }

    /// Totals over the rows of each period; empty unless several periods are analysed.
    pub fn period_totals(&self) -> Vec<v1::GapPeriodTotals> {
        let of_period = |(period, sum): (&NaiveDate, &Totals)| v1::GapPeriodTotals {
            period_end_date: period.to_string(),
            totals: Some(totals(sum, true)),
        };
        self.analysis.period_totals.iter().map(of_period).collect()
    }

    /// Turns the first warnings into messages.
    pub fn warnings(&self) -> Vec<v1::GapWarning> {
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
            name: warning.name.clone(),
            replacement: match warning.kind {
                WarningKind::RequirementOfRetiredSkill => text(catalogue.replacement(warning.key)),
                _ => String::new(),
            },
        };
        self.analysis.warnings.iter().take(MAX_WARNINGS).map(warning).collect()
    }
}

/// Turns names by which a query selects nothing into warnings.
pub fn nothing_selected(names: &[String]) -> Vec<v1::GapWarning> {
    let warning = |name: &String| v1::GapWarning {
        kind: WarningKind::NothingSelected.to_wire(),
        name: name.clone(),
        ..v1::GapWarning::default()
    };
    names.iter().take(MAX_WARNINGS).map(warning).collect()
}

/// Turns a context into a message.
pub fn context(context: &AnalysisContext) -> v1::GapContext {
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    v1::GapContext {
        plan: Some(context.plan.to_message()),
        read_revision: context.revision.number(),
        query: Some(gap_query::echo(&context.query, &context.periods)),
        row_count: count(context.rows),
        warning_count: count(context.warnings),
    }
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
