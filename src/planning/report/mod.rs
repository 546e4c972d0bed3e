//! The facts of a board report: what the gap analysis, the plan audit, the gap snapshots, the projection and
//! the closure plan say of one plan at one revision. Numbers and titles only; `crate::report` renders them.

#![allow(missing_docs, reason = "a field without a comment is what its name says")]

mod board;
mod closures;
mod omissions;
mod outlook;
mod single_points;
mod skills;
mod sources;
mod sums;
mod trend;

use std::collections::HashSet;

use chrono::NaiveDate;

use crate::{
    domain::{Plan, Revision, name},
    planning::{
        analysis::{self, Analysis, AnalysisQuery, Totals, Warning, WarningKind},
        closure::{self, ClosureError},
    },
};

pub use board::{Board, BoardSkill, Profile, Side};
pub use closures::{ChosenOption, ClosurePlan, RemainingGap};
pub use omissions::{BaselineNeed, OmissionLine, Omissions};
pub use outlook::{Drivers, Outlook, ScenarioKind, ScenarioLine};
pub use single_points::{Holders, SinglePoint};
pub use skills::{SkillLine, SkillMap};
pub use sources::{ReportQuery, Sources};
pub use sums::{GroupTotals, Posts};
pub use trend::{SkillDay, Trend, TrendDay};

/// The caller went away before the report was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportCancelled;

/// Plan, organisations and day that a report describes.
#[derive(Clone, Debug)]
pub struct About {
    pub plan: Plan,
    /// Title of the organisation that owns the plan.
    pub owner: String,
    /// Titles of the organisations asked for; empty for the whole plan.
    pub asked: Vec<String>,
    /// Day whose staffing and assessments count.
    pub as_of: NaiveDate,
    /// Last day of the period whose needs count; `None` if the plan has no target.
    pub period: Option<NaiveDate>,
    /// Revision that everything was read at.
    pub revision: Revision,
    /// Titles of the frameworks of the required skills.
    pub frameworks: Vec<String>,
    /// Title of the baseline plan that omissions are measured against; empty if there is none.
    pub baseline: String,
}

/// Number of places (a role in an organisation) that need care in reading the report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cautions {
    /// Places with a target for a role without requirements.
    pub without_requirements: usize,
    /// Places with people in post in a role without a target.
    pub not_in_plan: usize,
    /// Places where more FTE was assessed than is in post.
    pub over_assessed: usize,
    /// Places where the newest split of a group leaves people out.
    pub split_incomplete: usize,
    /// Places where a retired skill is required.
    pub retired_skill: usize,
    /// Titles of the organisations asked for in which the plan has no target.
    pub without_target: Vec<String>,
}

/// Facts of a report, in the order of its sections.
#[derive(Clone, Debug)]
pub struct Report {
    pub about: About,
    pub posts: Posts,
    /// Totals over all required skills.
    pub totals: Totals,
    pub cautions: Cautions,
    /// By role, the greatest shortfall first.
    pub roles: Vec<GroupTotals>,
    /// By organisation, the greatest shortfall first.
    pub organisations: Vec<GroupTotals>,
    pub skills: SkillMap,
    pub trend: Trend,
    pub outlook: Outlook,
    /// Ordered by holders, the fewest first.
    pub single_points: Vec<SinglePoint>,
    pub omissions: Omissions,
    pub board: Board,
    /// `None` if there are too many options and gaps to choose among.
    pub closures: Option<ClosurePlan>,
}

/// Collects the facts of a report. `cancelled` returns true once the caller has gone away.
pub fn report(
    sources: &Sources,
    query: &ReportQuery,
    cancelled: &dyn Fn() -> bool,
) -> Result<Report, ReportCancelled> {
    let Sources { columns, options, .. } = sources;
    let recommended = closure::recommend(columns, &query.query, options, query.budget, cancelled);
    let analysis_alone;
    let (analysis, recommendation) = match &recommended {
        Ok(recommendation) => (&recommendation.analysis, Some(recommendation)),
        Err(ClosureError::Stopped) => return Err(ReportCancelled),
        Err(ClosureError::TooMany) => {
            analysis_alone = analysis::analyse(columns, &query.query);
            (&analysis_alone, None)
        }
    };
    let outlook = outlook::outlook(sources, query, &analysis.totals);
    if cancelled() {
        return Err(ReportCancelled);
    }
    Ok(Report {
        about: about(sources, &query.query, analysis),
        posts: sums::posts(analysis.rows.iter()),
        totals: analysis.totals.clone(),
        cautions: cautions(sources, &analysis.warnings),
        roles: sums::by_role(analysis),
        organisations: sums::by_organisation(analysis),
        skills: skills::skill_map(analysis),
        trend: trend::trend(sources, &query.query),
        outlook,
        single_points: single_points::single_points(analysis),
        omissions: omissions::omissions(sources, &query.query),
        board: board::board(columns, analysis),
        closures: recommendation.map(|chosen| closures::closure_plan(chosen, options)),
    })
}

fn about(sources: &Sources, query: &AnalysisQuery, analysis: &Analysis) -> About {
    let plan = Plan::clone(&sources.columns.plan);
    let title = |name: &String| title(sources, name);
    let skills = analysis.rows.iter().filter_map(|row| analysis.catalogue.skill(row.key));
    let of: HashSet<&str> = skills.filter_map(|skill| name::parent_of(&skill.name)).collect();
    let required = sources.frameworks.iter().filter(|row| of.contains(row.name.as_str()));
    let mut frameworks: Vec<String> = required.map(|row| row.title.clone()).collect();
    frameworks.sort_unstable();
    About {
        owner: title(&plan.owner),
        asked: query.organisations.iter().map(title).collect(),
        as_of: query.as_of,
        period: analysis.periods.last().copied(),
        revision: sources.revision,
        frameworks,
        baseline: sources.baseline.as_ref().map_or_else(String::new, |plan| plan.title.clone()),
        plan,
    }
}

/// Title of an organisation.
fn title(sources: &Sources, name: &str) -> String {
    let known = sources.columns.organisations.iter().find(|row| row.name == name);
    known.map_or_else(|| name.to_owned(), |row| row.title.clone())
}

fn cautions(sources: &Sources, warnings: &[Warning]) -> Cautions {
    let nothing = |warning: &&Warning| {
        warning.kind == WarningKind::NothingSelected && !warning.name.is_empty()
    };
    let without_target = warnings.iter().filter(nothing);
    let count = |kind| warnings.iter().filter(|warning| warning.kind == kind).count();
    Cautions {
        without_requirements: count(WarningKind::RoleWithoutRequirements),
        not_in_plan: count(WarningKind::RoleNotInPlan),
        over_assessed: count(WarningKind::OverAssessed),
        split_incomplete: count(WarningKind::GroupSplitIncomplete),
        retired_skill: count(WarningKind::RequirementOfRetiredSkill),
        without_target: without_target.map(|warning| title(sources, &warning.name)).collect(),
    }
}

#[cfg(test)]
pub(crate) mod example;
#[cfg(test)]
mod tests;
