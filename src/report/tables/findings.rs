//! The tables of what is found beside the gap itself, and of what can be done.

use crate::{
    planning::{
        closure::Cause,
        report::{Closing, Omitted, Profile, Report, Side},
    },
    report::table::{Cell, Table},
};

/// What rests on too few.
pub fn single(report: &Report) -> Table {
    let columns = [
        "Skill",
        "Role",
        "Organisation",
        "#People who hold it",
        "#People who should",
        "#Needed FTE",
        "#Skilled FTE",
    ];
    Table::new("Single points", "Skills of roles that rest on too few people", &columns).with(
        report.single_points.iter().map(|point| {
            vec![
                (&point.skill).into(),
                (&point.role).into(),
                (&point.organisation).into(),
                point.holders.into(),
                point.minimum_holders.into(),
                point.needed.into(),
                point.skilled.into(),
            ]
        }),
    )
}

/// The roles that the plan forgets.
pub fn forgotten_roles(report: &Report) -> Table {
    let columns =
        ["Role", "Family", "Organisation", "#In post FTE", "#Baseline plan FTE", "Evidence"];
    Table::new("Forgotten roles", "Digital roles without a target in the plan", &columns).with(
        report.forgotten.roles.iter().map(|omitted| {
            let key = [&omitted.role, &omitted.family, &omitted.organisation].map(Cell::from);
            let Omitted { in_post, baseline_needed, evidence, .. } = omitted;
            let rest = [(*in_post).into(), (*baseline_needed).into(), evidence.into()];
            key.into_iter().chain(rest).collect()
        }),
    )
}

/// The skills that the plan forgets.
pub fn forgotten_skills(report: &Report) -> Table {
    let columns = ["Skill", "Role", "Family", "#In post FTE", "Evidence"];
    Table::new("Forgotten skills", "Skills that the plan's roles do not require", &columns).with(
        report.forgotten.skills.iter().map(|omitted| {
            let key = [&omitted.skill, &omitted.role, &omitted.family].map(Cell::from);
            let rest = [omitted.in_post.into(), (&omitted.evidence).into()];
            key.into_iter().chain(rest).collect()
        }),
    )
}

/// What a side of a profile is called.
pub fn side(side: Side) -> &'static str {
    match side {
        Side::Leadership => "Leadership",
        Side::Technology => "Technology",
    }
}

/// The skills of the board's roles.
pub fn board(report: &Report) -> Table {
    let columns =
        ["Role", "Of the board", "Skill", "Of", "#Needed", "#Skilled", "#Missing", "#Coverage"];
    Table::new("Board", "What the board's own roles require, in FTE", &columns).with(
        report.board.standings.iter().map(|standing| {
            let figures = &standing.figures;
            vec![
                (&standing.role).into(),
                if standing.non_executive { "Non-executive" } else { "Executive" }.into(),
                (&standing.skill).into(),
                side(standing.side).into(),
                figures.needed.into(),
                figures.skilled.into(),
                figures.shortfall.into(),
                Cell::coverage(figures),
            ]
        }),
    )
}

/// The double profile of each executive for digital.
pub fn profiles(report: &Report) -> Table {
    let columns = ["Role", "Side", "#Needed", "#Skilled", "#Coverage"];
    let rows = |profile: &Profile| {
        let role = profile.role.clone();
        let sides = Side::ALL.into_iter().zip(profile.sides.clone());
        sides.map(move |(of, figures)| match figures {
            Some(figures) => vec![
                (&role).into(),
                side(of).into(),
                figures.needed.into(),
                figures.skilled.into(),
                Cell::coverage(&figures),
            ],
            None => {
                let nothing = [Cell::Nothing, Cell::Nothing, Cell::Nothing];
                [(&role).into(), side(of).into()].into_iter().chain(nothing).collect()
            }
        })
    };
    Table::new("Double profile", "The executive for digital: leader and technologist", &columns)
        .with(report.board.profiles.iter().flat_map(rows))
}

fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Unassessed => "Never assessed",
        Cause::Expired => "Assessment lapsed",
        Cause::Below => "Below the level",
        Cause::Vacant => "Not filled",
        Cause::Short => "Short here, spare elsewhere",
    }
}

/// What is chosen within the budget.
pub fn chosen(closing: &Closing) -> Table {
    let columns = [
        "Measure",
        "Organisation",
        "Role",
        "Skill",
        "Cause",
        "#Heads",
        "#Cost",
        "#FTE gained",
        "Why",
    ];
    Table::new("Chosen", "What is worth doing within the budget", &columns).with(
        closing.chosen.iter().map(|chosen| {
            vec![
                (&chosen.option).into(),
                (&chosen.organisation).into(),
                (&chosen.role).into(),
                (&chosen.skill).into(),
                cause(chosen.cause).into(),
                Cell::Count(chosen.heads),
                Cell::Pence(chosen.cost),
                chosen.gained.into(),
                (&chosen.reason).into(),
            ]
        }),
    )
}

/// What is left after it.
pub fn left(closing: &Closing) -> Table {
    let columns = [
        "Skill",
        "Role",
        "Organisation",
        "#Missing",
        "#FTE gained",
        "#Left",
        "Cheapest measure",
        "#Cost of an FTE",
    ];
    Table::new("Left", "What is then left of each gap that a measure could close, in FTE", &columns)
        .with(closing.left.iter().map(|left| {
            vec![
                (&left.skill).into(),
                (&left.role).into(),
                (&left.organisation).into(),
                left.shortfall.into(),
                left.gained.into(),
                left.left.into(),
                (&left.cheapest).into(),
                Cell::Pence(left.price),
            ]
        }))
}

/// What ten budgets would leave.
pub fn curve(closing: &Closing) -> Table {
    let columns = ["#Budget", "#Spent", "#FTE gained", "#FTE left missing"];
    Table::new("Curve", "What ten budgets would close, in FTE", &columns).with(
        closing.curve.iter().map(|point| {
            let money = [point.budget, point.cost].map(Cell::Pence);
            money.into_iter().chain([point.gained.into(), point.left.into()]).collect()
        }),
    )
}
