//! The board report: what the analysis, the audit, the gap snapshots, the projection and the choice within
//! a budget say of one plan at one revision, put together so that it can be shown. Pure: values in,
//! values out. How it looks is not said here.

mod board;
mod closing;
mod forgotten;
mod heat;
mod outlook;
pub mod sentence;
mod single;
mod sums;
mod trends;
pub mod words;

use std::collections::HashSet;

use chrono::NaiveDate;

use crate::{
    domain::{ClosureOption, Framework, GapSnapshot, Movement, Plan, Skill, name},
    planning::{
        analysis::{self, Analysis, Columns, Query, Totals, Warning, WarningKind},
        audit,
        closure::{self, Failed},
        projection::Assumption,
    },
};

pub use board::{Board, Profile, Side, Standing};
pub use closing::{Chosen, Closing, Left};
pub use forgotten::{Forgotten, Omitted};
pub use heat::{Heat, SkillLine};
pub use outlook::{Moves, Outlook, ScenarioLine};
pub use single::{Held, SinglePoint};
pub use sums::{Posts, Sum};
pub use trends::{Day, SkillDay, Trends};

/// What a report is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The plan, where, of which day, and of which period.
    pub query: Query,
    /// What may be spent on closing gaps, in pence.
    pub budget: i64,
    /// What every scenario of the projection assumes.
    pub assumptions: Vec<Assumption>,
}

/// All that a report is made of.
#[derive(Debug)]
pub struct Sources {
    /// What an analysis looks at.
    pub columns: Columns,
    /// Those that are over on the day.
    pub movements: Vec<Movement>,
    /// The ways to close gaps, ordered by name.
    pub options: Vec<ClosureOption>,
    /// What an audit looks at.
    pub audit: audit::Inputs,
    /// Those of the plan, in the organisations asked for.
    pub gap_snapshots: Vec<GapSnapshot>,
    /// The skills that gap snapshots are of.
    pub recorded_skills: Vec<Skill>,
    /// Where skills are from.
    pub frameworks: Vec<Framework>,
    /// The plan that the audit measures against.
    pub baseline: Option<Plan>,
    /// What all of it was read at.
    pub revision: i64,
}

/// Nobody waits for the report any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// What the report is of.
#[derive(Clone, Debug)]
pub struct About {
    /// The plan.
    pub plan: Plan,
    /// The title of the organisation that owns it.
    pub owner: String,
    /// The organisations asked for, by title; empty for all of the plan.
    pub asked: Vec<String>,
    /// The day whose staffing and assessments count.
    pub as_of: NaiveDate,
    /// The period; none where the plan has no target.
    pub period: Option<NaiveDate>,
    /// The revision that everything was read at.
    pub revision: i64,
    /// The titles of the frameworks that the required skills are from.
    pub frameworks: Vec<String>,
}

/// What to mind in reading the report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cautions {
    /// How many places have a target for a role of which nothing is required.
    pub without_requirements: usize,
    /// How many places have people in post in a role without a target.
    pub not_in_plan: usize,
    /// In how many places more was assessed than is in post.
    pub over_assessed: usize,
}

/// What a report says.
#[derive(Clone, Debug)]
pub struct Report {
    /// What it is of.
    pub about: About,
    /// The posts themselves, each once.
    pub posts: Posts,
    /// All required skills together.
    pub totals: Totals,
    /// What to mind.
    pub cautions: Cautions,
    /// Skill by family of roles.
    pub heat: Heat,
    /// By role, the greatest shortfall first.
    pub roles: Vec<Sum>,
    /// By organisation, the greatest shortfall first.
    pub organisations: Vec<Sum>,
    /// From gap snapshot to gap snapshot.
    pub trends: Trends,
    /// To the plan's end.
    pub outlook: Outlook,
    /// What rests on too few, the fewest first.
    pub single_points: Vec<SinglePoint>,
    /// What the plan forgets.
    pub forgotten: Forgotten,
    /// The board's own capability.
    pub board: Board,
    /// What the budget closes; none where there are too many ways to choose among.
    pub closing: Option<Closing>,
}

/// Makes a report. `stopped` says when nobody waits for it any more.
pub fn report(sources: &Sources, ask: &Ask, stopped: &dyn Fn() -> bool) -> Result<Report, Stopped> {
    let Sources { columns, options, .. } = sources;
    let chosen = closure::recommend(columns, &ask.query, options, ask.budget, stopped);
    let alone;
    let (analysis, chosen) = match &chosen {
        Ok(chosen) => (&chosen.analysis, Some(chosen)),
        Err(Failed::Stopped) => return Err(Stopped),
        Err(Failed::TooMany) => {
            alone = analysis::analyse(columns, &ask.query);
            (&alone, None)
        }
    };
    let outlook = outlook::of(sources, ask, &analysis.totals);
    if stopped() {
        return Err(Stopped);
    }
    Ok(Report {
        about: about(sources, ask, analysis),
        posts: sums::posts(analysis.rows.iter()),
        totals: analysis.totals.clone(),
        cautions: cautions(&analysis.warnings),
        heat: heat::of(analysis),
        roles: sums::by_role(analysis),
        organisations: sums::by_organisation(analysis),
        trends: trends::of(sources, &ask.query),
        outlook,
        single_points: single::of(analysis),
        forgotten: forgotten::of(sources, &ask.query),
        board: board::of(columns, analysis),
        closing: chosen.map(|chosen| closing::of(chosen, options)),
    })
}

fn about(sources: &Sources, ask: &Ask, analysis: &Analysis) -> About {
    let plan = Plan::clone(&sources.columns.plan);
    let title = |name: &String| {
        let known = sources.columns.organisations.iter().find(|row| row.name == *name);
        known.map_or_else(|| name.clone(), |row| row.title.clone())
    };
    let skills = analysis.rows.iter().filter_map(|row| analysis.catalogue.skill(row.key));
    let of: HashSet<&str> = skills.filter_map(|skill| name::parent_of(&skill.name)).collect();
    let required = sources.frameworks.iter().filter(|row| of.contains(row.name.as_str()));
    let mut frameworks: Vec<String> = required.map(|row| row.title.clone()).collect();
    frameworks.sort_unstable();
    About {
        owner: title(&plan.owner),
        asked: ask.query.organisations.iter().map(title).collect(),
        as_of: ask.query.as_of,
        period: analysis.periods.last().copied(),
        revision: sources.revision,
        frameworks,
        plan,
    }
}

fn cautions(warnings: &[Warning]) -> Cautions {
    let count = |kind| warnings.iter().filter(|warning| warning.kind == kind).count();
    Cautions {
        without_requirements: count(WarningKind::RoleWithoutRequirements),
        not_in_plan: count(WarningKind::RoleNotInPlan),
        over_assessed: count(WarningKind::OverAssessed),
    }
}

#[cfg(test)]
pub(crate) mod tests;
