//! The tables of a report, each with all its rows.

use crate::domain::{
    analysis::Figures,
    closure::Cause,
    report::{Closing, Omitted, Outlook, Profile, Report, Side, Sum},
};

use super::table::{Cell, Column, Table};

/// The terms of the waterfall: what each is called, and how much it is.
pub fn waterfall(report: &Report) -> Table {
    let figures = &report.totals.figures;
    let posts = &report.posts;
    let line = |title: &str, what: &str, fte, of_posts: Option<_>| {
        vec![title.into(), what.into(), Cell::Fte(fte), of_posts.map_or(Cell::Nothing, Cell::Fte)]
    };
    let columns = ["Step", "What closes it", "#Skilled FTE", "#Posts FTE"];
    Table::new("Waterfall", "From what is needed to who is skilled, in FTE", &columns).with([
        line("Needed", "", figures.needed, Some(posts.needed)),
        line("Not funded", "Money", figures.unfunded(), Some(posts.needed - posts.funded)),
        line("Not filled", "Recruitment", figures.vacant(), Some(posts.funded - posts.in_post)),
        line("Below the level", "Training", figures.below, None),
        line("Assessment lapsed", "Training", figures.expired, None),
        line("Never assessed", "Training", figures.unassessed(), None),
        line("Skilled", "", figures.skilled, None),
    ])
}

const FIGURES: [&str; 10] = [
    "#Needed",
    "#Skilled",
    "#Not funded",
    "#Not filled",
    "#Below the level",
    "#Lapsed",
    "#Never assessed",
    "#Missing",
    "#More than needed",
    "#Coverage",
];

fn figures(figures: &Figures) -> [Cell; 10] {
    [
        figures.needed.into(),
        figures.skilled.into(),
        figures.unfunded().into(),
        figures.vacant().into(),
        figures.below.into(),
        figures.expired.into(),
        figures.unassessed().into(),
        figures.shortfall.into(),
        figures.surplus.into(),
        Cell::Share(figures.covered, figures.needed),
    ]
}

/// Each skill with its figures.
pub fn skills(report: &Report) -> Table {
    let columns: Vec<&str> = ["Skill", "Id"].into_iter().chain(FIGURES).collect();
    let row = |line: &crate::domain::report::SkillLine| {
        let key = [Cell::from(&line.title), Cell::from(&line.id)];
        key.into_iter().chain(figures(&line.figures)).collect()
    };
    Table::new("Skills", "Skills by what is missing of them, in FTE", &columns)
        .with(report.heat.skills.iter().map(row))
}

/// Skill by family of roles.
pub fn heat(report: &Report) -> Table {
    let mut table = Table::new(
        "Skill by family",
        "How much of what is needed is there, by skill and family of roles",
        &["Skill", "#All families"],
    );
    let families = report.heat.families.iter();
    table.columns.extend(families.map(|title| Column { title: title.clone(), number: true }));
    let share = |cell: &Option<Figures>| match cell {
        Some(figures) => Cell::Share(figures.covered, figures.needed),
        None => Cell::Nothing,
    };
    table.with(report.heat.skills.iter().map(|line| {
        let all = Cell::Share(line.figures.covered, line.figures.needed);
        let key = [Cell::from(&line.title), all];
        key.into_iter().chain(line.cells.iter().map(share)).collect()
    }))
}

fn sums(sheet: &'static str, caption: &str, key: [&str; 2], sums: &[Sum]) -> Table {
    let columns: Vec<&str> = key.into_iter().chain(FIGURES).collect();
    Table::new(sheet, caption, &columns).with(sums.iter().map(|sum| {
        let key = [Cell::from(&sum.title), Cell::from(&sum.detail)];
        key.into_iter().chain(figures(&sum.totals.figures)).collect()
    }))
}

/// Each role with its figures.
pub fn roles(report: &Report) -> Table {
    sums("Roles", "Roles by what is missing, in FTE", ["Role", "Family"], &report.roles)
}

/// Each organisation with its figures.
pub fn organisations(report: &Report) -> Table {
    let caption = "Organisations by what is missing, in FTE";
    sums("Organisations", caption, ["Organisation", "Code"], &report.organisations)
}

/// Each recording.
pub fn trend(report: &Report) -> Table {
    let columns = [
        "Day",
        "Against the period to",
        "#Needed",
        "#Skilled",
        "#Missing",
        "#Skills",
        "#Organisations",
    ];
    Table::new("Trend", "What was recorded, in FTE", &columns).with(report.trends.days.iter().map(
        |day| {
            vec![
                day.as_of.into(),
                day.period_end.into(),
                day.needed.into(),
                day.skilled.into(),
                day.shortfall.into(),
                day.skills.into(),
                day.organisations.into(),
            ]
        },
    ))
}

/// Each recording of each skill.
pub fn trend_by_skill(report: &Report) -> Table {
    let columns = [
        "Skill",
        "Day",
        "Against the period to",
        "#Needed",
        "#Skilled",
        "#Missing",
        "#Organisations",
    ];
    Table::new("Trend by skill", "What was recorded of each skill, in FTE", &columns).with(
        report.trends.skills.iter().map(|day| {
            vec![
                (&day.skill).into(),
                day.point.as_of.into(),
                day.point.period_end.into(),
                day.point.needed.into(),
                day.point.skilled.into(),
                day.point.shortfall.into(),
                day.point.organisations.into(),
            ]
        }),
    )
}

/// The scenarios side by side.
pub fn outlook(outlook: &Outlook) -> Table {
    let columns = ["Scenario", "Day", "#Needed", "#Skilled", "#Missing", "#In post", "#Funded"];
    let now = vec![
        "Today".into(),
        outlook.as_of.into(),
        outlook.now.skill_needed.into(),
        outlook.now.skilled.into(),
        outlook.now.skill_shortfall.into(),
        Cell::Nothing,
        Cell::Nothing,
    ];
    let rows = outlook.scenarios.iter().flat_map(|line| {
        outlook.periods.iter().zip(&line.totals).map(|(end, total)| {
            vec![
                (&line.title).into(),
                (*end).into(),
                total.skill_needed.into(),
                total.skilled.into(),
                total.skill_shortfall.into(),
                total.in_post.into(),
                total.funded.into(),
            ]
        })
    });
    Table::new("Outlook", "What becomes of it in each scenario, in FTE", &columns)
        .with(std::iter::once(now).chain(rows))
}

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
                Cell::Share(figures.covered, figures.needed),
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
                Cell::Share(figures.covered, figures.needed),
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
