//! Single points of failure: skills of roles with too few holders.

use std::{cmp::Reverse, collections::BTreeMap};

use crate::{
    planning::report::{Holders, Report, SinglePoint},
    report::{
        chart::{Bar, LegendEntry, Picture, Span, bars},
        palette::{Ink, MONEY, RECRUITMENT, TRAINING},
        table::Table,
        text::{counted, family, list, several},
    },
};

use super::{MAX_BARS, Section};

/// For each kind of holders: its colour, and the words for one such skill and for several.
const HOLDERS: [(Holders, Ink, [&str; 2]); 3] = [
    (Holders::Nobody, MONEY, ["held by nobody", "held by nobody"]),
    (Holders::OnePerson, RECRUITMENT, ["held by one person alone", "held by one person alone"]),
    (
        Holders::TooFew,
        TRAINING,
        ["held by fewer people than it should be", "held by fewer people than they should be"],
    ),
];

pub fn section(report: &Report) -> Section {
    let points = &report.single_points;
    Section {
        id: "single",
        label: "Single points",
        title: "What rests on one person",
        sentence: sentence(points),
        picture: (!points.is_empty()).then(|| picture(points)),
        tables: vec![table(points)],
        ..Section::default()
    }
}

/// Counts the points by their holders, and names the first.
fn sentence(points: &[SinglePoint]) -> String {
    let Some(first) = points.first() else {
        return "No required skill rests on a single person.".to_owned();
    };
    let count = |held_by| points.iter().filter(|point| point.held_by == held_by).count();
    let parts: Vec<String> = HOLDERS
        .into_iter()
        .map(|(held_by, _, words)| (count(held_by), words))
        .filter(|(number, _)| *number > 0)
        .map(|(number, [one, more])| several(number, &format!("is {one}"), &format!("are {more}")))
        .collect();
    format!(
        "{} could fail with one absence: {}; begin with {} ({}).",
        several(points.len(), "skill of a role", "skills of roles"),
        list(&parts, 3),
        first.skill,
        first.role,
    )
}

/// Bars by family of roles, the most points first.
fn picture(points: &[SinglePoint]) -> Picture {
    let mut families: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    for point in points {
        let part = HOLDERS.iter().position(|(held_by, ..)| *held_by == point.held_by).unwrap_or(0);
        families.entry(family(&point.family)).or_default()[part] += 1;
    }
    let mut families: Vec<_> = families.into_iter().collect();
    families.sort_by_key(|(_, counts)| Reverse(counts.iter().sum::<usize>()));
    let bar = |(label, counts): (String, [usize; 3])| {
        let mut from = 0.0;
        let span = |(count, (_, ink, _)): (usize, (Holders, Ink, _))| {
            let to = from + count as f64;
            let span = Span { from, to, ink, text: counted(count) };
            from = to;
            span
        };
        let spans = counts.into_iter().zip(HOLDERS).map(span).collect();
        Bar { label, spans, note: counted(counts.iter().sum()) }
    };
    let bars_shown: Vec<Bar> = families.into_iter().take(MAX_BARS).map(bar).collect();
    let description = "Bars of how many skills of roles rest on too few people, by family of roles";
    let found = |held_by: Holders| points.iter().any(|point| point.held_by == held_by);
    let legend =
        HOLDERS.into_iter().filter(|(held_by, ..)| found(*held_by)).map(|(_, ink, [_, more])| {
            LegendEntry { ink: ink.name, letter: "", text: format!("Skills {more}") }
        });
    bars(description, &bars_shown, 0.0).with_legend(legend)
}

fn table(points: &[SinglePoint]) -> Table {
    let columns = [
        "Skill",
        "Role",
        "Organisation",
        "#People who hold it",
        "#People who should",
        "#Needed FTE",
        "#Skilled FTE",
    ];
    let row = |point: &SinglePoint| {
        vec![
            (&point.skill).into(),
            (&point.role).into(),
            (&point.organisation).into(),
            point.holders.into(),
            point.minimum_holders.into(),
            point.needed.into(),
            point.skilled.into(),
        ]
    };
    Table::new("Single points", "Skills of roles that rest on too few people", &columns)
        .with(points.iter().map(row))
}
