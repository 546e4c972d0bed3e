//! Change of the shortfall from gap snapshot to gap snapshot.

use std::cmp::Ordering;

use crate::{
    planning::report::{Report, SkillDay, Trend, TrendDay},
    report::{
        chart::{Line, Lines, Picture, along, lines},
        table::Table,
        text::{date, fte, short_date},
    },
};

use super::Section;

pub fn section(report: &Report) -> Section {
    let trend = &report.trend;
    Section {
        id: "trend",
        label: "Trend",
        title: "How it has been changing",
        sentence: sentence(trend),
        picture: (trend.days.len() > 1).then(|| picture(trend)),
        tables: vec![days(trend), by_skill(trend).on_page(false)],
        ..Section::default()
    }
}

/// Says whether the shortfall rises or falls.
fn sentence(trend: &Trend) -> String {
    let (first, last) = match trend.days.as_slice() {
        [] => {
            return "Nothing has been recorded yet, so no trend can be shown: call RecordGaps after each \
                    analysis, such as every month, and the next report has one."
                .to_owned();
        }
        [only] => {
            return format!(
                "One gap snapshot exists, of {}, with {} FTE missing: a second one, made with RecordGaps on \
                 another day, shows where it is going.",
                date(only.as_of),
                fte(only.shortfall),
            );
        }
        [first, .., last] => (first, last),
    };
    let (before, after) = (first.shortfall, last.shortfall);
    let days = format!("{} and {}", date(first.as_of), date(last.as_of));
    let (from, to) = (fte(before), fte(after));
    let change = match after.cmp(&before) {
        Ordering::Less => format!("fell by {} FTE, from {from} to {to}", fte(before - after)),
        Ordering::Greater => format!("rose by {} FTE, from {from} to {to}", fte(after - before)),
        Ordering::Equal => format!("stayed at {to} FTE"),
    };
    let care = if trend.comparable() {
        ""
    } else {
        " The two cover different skills, organisations or periods: compare them with care."
    };
    format!("Between {days} the shortfall {change}.{care}")
}

fn picture(trend: &Trend) -> Picture {
    let points = |day: &TrendDay| (along(day.as_of), day.shortfall.to_f64());
    let ticks = |day: &TrendDay| (along(day.as_of), short_date(day.as_of));
    let chart = Lines {
        ticks: trend.days.iter().map(ticks).collect(),
        lines: vec![Line::plain(trend.days.iter().map(points).collect())],
        values: true,
        unit: "FTE missing",
    };
    lines("A line of the FTE missing on each day of a gap snapshot", &chart)
}

fn days(trend: &Trend) -> Table {
    let columns = [
        "Day",
        "Against the period to",
        "#Needed",
        "#Skilled",
        "#Missing",
        "#Skills",
        "#Organisations",
    ];
    let row = |day: &TrendDay| {
        vec![
            day.as_of.into(),
            day.period_end.into(),
            day.needed.into(),
            day.skilled.into(),
            day.shortfall.into(),
            day.skills.into(),
            day.organisations.into(),
        ]
    };
    Table::new("Trend", "What was recorded, in FTE", &columns).with(trend.days.iter().map(row))
}

fn by_skill(trend: &Trend) -> Table {
    let columns = [
        "Skill",
        "Day",
        "Against the period to",
        "#Needed",
        "#Skilled",
        "#Missing",
        "#Organisations",
    ];
    let row = |SkillDay { skill, point }: &SkillDay| {
        vec![
            skill.into(),
            point.as_of.into(),
            point.period_end.into(),
            point.needed.into(),
            point.skilled.into(),
            point.shortfall.into(),
            point.organisations.into(),
        ]
    };
    Table::new("Trend by skill", "What was recorded of each skill, in FTE", &columns)
        .with(trend.skills.iter().map(row))
}
