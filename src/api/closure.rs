//! Recommendations on how to close gaps.

use crate::{
    domain::{Caller, Result, Violations},
    planning::{
        analysis::AnalysisRow,
        closure::{
            self, Cause, ChosenClosure, CurvePoint, Recommendation, UnclosedGap, UnusableReason,
        },
    },
    registry::ClosureRecommendation,
    report::text::closure_reason,
};

use super::{
    Api,
    gap_analysis::AnalysisAnswer,
    gap_query, v1,
    wire::{WireValue, wire_enum},
};

/// Maximum number of gaps, and of unusable options, in a response.
const MAX_LISTED: usize = 1_000;

wire_enum! {
    Cause => ClosureCause { Unassessed, Expired, Below, Vacant, Short }
}

wire_enum! {
    UnusableReason => UnusableReason { NothingToClose, TooLate, LevelTooLow, RequiredOptionUnusable }
}

impl Api {
    pub(super) async fn recommend(
        &self,
        caller: &Caller,
        request: v1::RecommendClosuresRequest,
    ) -> Result<v1::RecommendClosuresResponse> {
        let mut violations = Violations::default();
        let query = gap_query::query(&self.registry, request.query, &mut violations);
        closure::check_query(&query, &mut violations);
        closure::check_budget(request.budget_pence, &mut violations);
        violations.into_result()?;
        let recommended =
            self.registry.recommend_closures(caller, &query, request.budget_pence).await?;
        let ClosureRecommendation { recommendation, options, plan, revision } = recommended;
        let analysis = recommendation.analysis.clone();
        let analysed = AnalysisAnswer { query, analysis, plan, revision };
        let names: Vec<&str> = options.iter().map(|option| option.name.as_str()).collect();
        let titled = |choice: &ChosenClosure| {
            let option = &options[choice.option];
            v1::ClosureChoice {
                option: option.name.clone(),
                option_title: option.title.clone(),
                kind: option.kind.to_wire(),
                reason: closure_reason(&option.title, choice),
                ..self::choice(&analysed, choice)
            }
        };
        let gaps = recommendation.gaps.iter().take(MAX_LISTED);
        Ok(v1::RecommendClosuresResponse {
            context: Some(analysed.context()),
            summary: Some(summary(&recommendation)),
            choices: recommendation.choices.iter().map(titled).collect(),
            gaps: gaps.map(|left| gap(&analysed, &names, left)).collect(),
            curve: recommendation.curve.iter().map(point).collect(),
            warnings: analysed.warnings(),
            unusable_options: recommendation
                .unusable
                .iter()
                .take(MAX_LISTED)
                .map(|(option, why)| v1::UnusableOption {
                    option: names[*option].to_owned(),
                    reason: why.to_wire(),
                })
                .collect(),
        })
    }
}

fn summary(recommendation: &Recommendation) -> v1::ClosureSummary {
    let Recommendation { analysis, point, bound, proven, late, next, .. } = recommendation;
    let weighted = point.weighted.to_wire();
    let all = &analysis.totals.figures;
    v1::ClosureSummary {
        budget_pence: point.budget,
        cost_pence: point.cost,
        gained_fte: point.gained.to_wire(),
        gained_weighted_fte: weighted,
        // Rounding can lift it above the bound by a hundred-thousandth.
        bound_weighted_fte: if *proven { weighted } else { bound.max(weighted) },
        optimality_gap: point.gap,
        proven_optimal: *proven,
        time_limited: *late,
        shortfall_fte: all.shortfall.to_wire(),
        shortfall_left_fte: point.left.to_wire(),
        unfunded_fte: all.causes.unfunded.to_wire(),
        next_gained_fte: next.0.to_wire(),
        next_gained_weighted_fte: next.1.to_wire(),
    }
}

/// A row as a message, for the names in its key.
fn place(analysed: &AnalysisAnswer, row: usize) -> v1::GapRow {
    analysed.row(&analysed.analysis.rows[row])
}

fn choice(analysed: &AnalysisAnswer, choice: &ChosenClosure) -> v1::ClosureChoice {
    let v1::GapRow { organisation, role, skill, .. } = place(analysed, choice.row);
    v1::ClosureChoice {
        organisation,
        role,
        skill,
        headcount: i32::try_from(choice.headcount).unwrap_or(i32::MAX),
        cost_pence: choice.cost,
        closed_fte: choice.closed.to_wire(),
        gained_fte: choice.gained.to_wire(),
        gained_weighted_fte: choice.weighted.to_wire(),
        cause: choice.cause.to_wire(),
        cause_fte: choice.cause_fte.to_wire(),
        pence_per_gained_fte: choice.price,
        ..v1::ClosureChoice::default()
    }
}

fn gap(analysed: &AnalysisAnswer, names: &[&str], left: &UnclosedGap) -> v1::ClosureGap {
    let row: &AnalysisRow = &analysed.analysis.rows[left.row];
    let named = place(analysed, left.row);
    let (cheapest, price) = left.cheapest;
    v1::ClosureGap {
        organisation: named.organisation,
        organisation_title: named.organisation_title,
        role: named.role,
        role_title: named.role_title,
        skill: named.skill,
        skill_title: named.skill_title,
        weight: row.required.as_ref().map_or(1.0, |required| required.weight.to_wire()),
        shortfall_fte: row.figures.shortfall.to_wire(),
        gained_fte: left.gained.to_wire(),
        shortfall_left_fte: left.left.to_wire(),
        cheapest_option: names[cheapest].to_owned(),
        cheapest_pence_per_gained_fte: price,
        assess_first: left.assess_first,
    }
}

fn point(point: &CurvePoint) -> v1::ClosurePoint {
    v1::ClosurePoint {
        budget_pence: point.budget,
        cost_pence: point.cost,
        gained_fte: point.gained.to_wire(),
        gained_weighted_fte: point.weighted.to_wire(),
        shortfall_left_fte: point.left.to_wire(),
        optimality_gap: point.gap,
    }
}
