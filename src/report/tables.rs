//! The tables of a report, each with all its rows.

mod findings;

use std::iter;

use crate::{
    domain::figures::Figures,
    planning::report::{Outlook, Report, SkillLine, Sum},
};

pub use findings::{
    board, chosen, curve, forgotten_roles, forgotten_skills, left, profiles, side, single,
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
        Cell::coverage(figures),
    ]
}

/// Each skill with its figures.
pub fn skills(report: &Report) -> Table {
    let columns: Vec<&str> = ["Skill"].into_iter().chain(FIGURES).chain(["Id"]).collect();
    let row = |line: &SkillLine| {
        let (title, id) = (Cell::from(&line.title), Cell::from(&line.id));
        [title].into_iter().chain(figures(&line.figures)).chain([id]).collect()
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
    let share = |cell: &Option<Figures>| cell.as_ref().map_or(Cell::Nothing, Cell::coverage);
    table.with(report.heat.skills.iter().map(|line| {
        let key = [Cell::from(&line.title), Cell::coverage(&line.figures)];
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

/// Each gap snapshot.
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

/// Each gap snapshot of each skill.
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
    let columns = [
        "Scenario",
        "Day",
        "#Needed",
        "#Skilled",
        "#Missing",
        "#Skilled leave",
        "#Lapse",
        "#Are trained",
        "#Join skilled",
        "#In post",
        "#Funded",
    ];
    let now = [
        "Today".into(),
        outlook.as_of.into(),
        outlook.now.skill_needed.into(),
        outlook.now.skilled.into(),
        outlook.now.skill_shortfall.into(),
    ];
    let now = now.into_iter().chain(iter::repeat_n(Cell::Nothing, 6)).collect();
    let rows = outlook.scenarios.iter().flat_map(|line| {
        outlook.periods.iter().zip(&line.totals).map(|(end, total)| {
            vec![
                (&line.title).into(),
                (*end).into(),
                total.skill_needed.into(),
                total.skilled.into(),
                total.skill_shortfall.into(),
                total.leaving.into(),
                total.expiring.into(),
                total.trained.into(),
                total.hired.into(),
                total.in_post.into(),
                total.funded.into(),
            ]
        })
    });
    Table::new("Outlook", "What becomes of it in each scenario, in FTE", &columns)
        .with(iter::once(now).chain(rows))
}
