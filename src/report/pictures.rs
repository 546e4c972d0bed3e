//! The pictures of a report.

use std::{collections::BTreeMap, iter};

use chrono::{Datelike, NaiveDate};

use crate::{
    domain::{Fte, figures::Figures},
    planning::report::{
        Board, Closing, Forgotten, Held, Omitted, Outlook, Report, ScenarioLine, Side, SinglePoint,
        Trends,
        words::{counted, fte, money, several, share},
    },
};

use super::{
    Failed,
    chart::{Bar, Line, Lines, Picture, Span, Stroke, bars, lines},
    palette::{BLUE, Ink, MONEY, MUTED, RECRUITMENT, SKILLED, TRAINING},
    tables,
};

/// The most bars of a picture.
pub const MOST_BARS: usize = 10;

/// From what is needed to who is skilled.
pub fn waterfall(report: &Report) -> Result<Picture, Failed> {
    let figures = &report.totals.figures;
    let mut level = figures.needed;
    let mut down = |label: &str, term: Fte, ink| {
        let from = level;
        level = level - term;
        let span = Span { from: from.to_f64(), to: level.to_f64(), ink, says: String::new() };
        let sign = if term > Fte::ZERO { "−" } else { "+" };
        let amount = fte(if term < Fte::ZERO { -term } else { term });
        let note = if term == Fte::ZERO { amount } else { format!("{sign}{amount}") };
        Bar { label: label.to_owned(), spans: vec![span], note }
    };
    let steps = [
        down("Not funded (money)", figures.unfunded(), MONEY),
        down("Not filled (recruitment)", figures.vacant(), RECRUITMENT),
        down("Below the level (training)", figures.below, TRAINING),
        down("Lapsed (training)", figures.expired, TRAINING),
        down("Never assessed (training)", figures.unassessed(), TRAINING),
    ];
    let plain = |label, fte_of: Fte, ink| Bar::plain(label, fte_of.to_f64(), ink, fte(fte_of));
    let mut all = vec![plain("Needed", figures.needed, BLUE)];
    all.extend(steps);
    all.push(plain("Skilled", figures.skilled, SKILLED));
    bars(&all, 0.0)
}

/// Days as numbers along a chart.
fn along(day: NaiveDate) -> f64 {
    f64::from(day.num_days_from_ce())
}

fn short(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}

/// What is missing, from gap snapshot to gap snapshot.
pub fn trend(trends: &Trends) -> Result<Picture, Failed> {
    let points = trends.days.iter().map(|day| (along(day.as_of), day.shortfall));
    missing(points, trends.days.iter().map(|day| (along(day.as_of), short(day.as_of))))
}

/// One line of what is missing, with its values.
fn missing(
    points: impl Iterator<Item = (f64, Fte)>,
    ticks: impl Iterator<Item = (f64, String)>,
) -> Result<Picture, Failed> {
    lines(&Lines {
        ticks: ticks.collect(),
        lines: vec![Line {
            letter: String::new(),
            points: points.map(|(x, shortfall)| (x, shortfall.to_f64())).collect(),
            ink: BLUE,
            stroke: Stroke::Solid,
        }],
        values: true,
        unit: "FTE missing",
    })
}

/// How the lines of the scenarios are told apart.
pub const SCENARIOS: [(&str, Ink, Stroke, &str); 3] = [
    ("A", BLUE, Stroke::Solid, "solid line, round marks"),
    ("B", MONEY, Stroke::Dashed, "dashed line, square marks"),
    ("C", TRAINING, Stroke::Dotted, "dotted line, triangles"),
];

/// What is missing, in each scenario to the plan's end.
pub fn outlook(outlook: &Outlook) -> Result<Picture, Failed> {
    let now = (along(outlook.as_of), outlook.now.skill_shortfall.to_f64());
    let days = iter::once(outlook.as_of).chain(outlook.periods.iter().copied());
    let line = |(line, (letter, ink, stroke, _)): (&ScenarioLine, _)| {
        let ahead = outlook.periods.iter().zip(&line.totals);
        let ahead = ahead.map(|(end, total)| (along(*end), total.skill_shortfall.to_f64()));
        let letter: &str = letter;
        Line {
            letter: letter.to_owned(),
            points: iter::once(now).chain(ahead).collect(),
            ink,
            stroke,
        }
    };
    lines(&Lines {
        ticks: days.map(|day| (along(day), short(day))).collect(),
        lines: outlook.scenarios.iter().zip(SCENARIOS).map(line).collect(),
        values: false,
        unit: "FTE missing",
    })
}

/// What the bars of the single points are made of.
pub const HELD: [(Held, &str, Ink); 3] = [
    (Held::ByNobody, "held by nobody", MONEY),
    (Held::ByOne, "held by one person alone", RECRUITMENT),
    (Held::ByTooFew, "held by fewer people than they should be", TRAINING),
];

/// What rests on too few, by family of roles.
pub fn single(points: &[SinglePoint]) -> Result<Picture, Failed> {
    let mut families: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for point in points {
        let place = HELD.iter().position(|(held, ..)| *held == point.held).unwrap_or(0);
        families.entry(&point.family).or_default()[place] += 1;
    }
    let mut families: Vec<_> = families.into_iter().collect();
    families.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.iter().sum::<usize>()));
    let bar = |(family, counts): &(&str, [usize; 3])| {
        let mut from = 0.0;
        let span = |(count, (_, _, ink)): (&usize, (Held, &str, Ink))| {
            let to = from + *count as f64;
            let span = Span { from, to, ink, says: counted(*count) };
            from = to;
            span
        };
        Bar {
            label: (*family).to_owned(),
            spans: counts.iter().zip(HELD).map(span).collect(),
            note: counted(counts.iter().sum()),
        }
    };
    bars(&families.iter().take(MOST_BARS).map(bar).collect::<Vec<_>>(), 0.0)
}

/// What the plan forgets: roles by who is in post or was planned for, or else skills by their roles.
pub fn forgotten(forgotten: &Forgotten) -> Result<Picture, Failed> {
    let mut sums: BTreeMap<&str, Fte> = BTreeMap::new();
    let of_roles = !forgotten.roles.is_empty();
    for Omitted { role, in_post, baseline_needed, .. } in &forgotten.roles {
        let sum = sums.entry(role).or_default();
        *sum = *sum + (*in_post).max(*baseline_needed);
    }
    if !of_roles {
        for omitted in &forgotten.skills {
            let sum = sums.entry(&omitted.skill).or_default();
            *sum = *sum + Fte::ONE;
        }
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, sum)| std::cmp::Reverse(*sum));
    let bar = |(title, sum): &(&str, Fte)| {
        let note = match of_roles {
            true => format!("{} FTE", fte(*sum)),
            false => several(sum.to_f64() as usize, "role", "roles"),
        };
        Bar::plain(title, sum.to_f64(), BLUE, note)
    };
    bars(&sums.iter().take(MOST_BARS).map(bar).collect::<Vec<_>>(), 0.0)
}

/// How much of what the board's roles need is there.
pub fn board(board: &Board) -> Result<Picture, Failed> {
    let bar = |label: String, figures: Option<&Figures>, ink| match figures {
        Some(figures) => Bar::plain(
            &label,
            figures.coverage().unwrap_or_default() * 100.0,
            ink,
            share(figures.covered, figures.needed),
        ),
        None => Bar::plain(&label, 0.0, MUTED, "not asked for".to_owned()),
    };
    let mut all = vec![
        bar("Executive directors".to_owned(), board.executive.as_ref(), BLUE),
        bar("Non-executive directors".to_owned(), board.non_executive.as_ref(), BLUE),
    ];
    for profile in board.profiles.iter().take(MOST_BARS / 2) {
        for (side, figures) in Side::ALL.into_iter().zip(&profile.sides) {
            let ink = if side == Side::Leadership { SKILLED } else { TRAINING };
            let label = match board.profiles.len() {
                1 => format!("Digital executive: {}", tables::side(side).to_lowercase()),
                _ => format!("{}: {}", tables::side(side), profile.role),
            };
            all.push(bar(label, figures.as_ref(), ink));
        }
    }
    bars(&all, 100.0)
}

/// What ten budgets would leave missing.
pub fn curve(closing: &Closing) -> Result<Picture, Failed> {
    let pounds = |pence: i64| pence as f64 / 100.0;
    let points = closing.curve.iter().map(|point| (point.budget, point.left));
    let points = iter::once((0, closing.shortfall)).chain(points);
    let ticks = points.clone().map(|(budget, _)| (pounds(budget), money(budget)));
    missing(points.map(|(budget, left)| (pounds(budget), left)), ticks)
}
