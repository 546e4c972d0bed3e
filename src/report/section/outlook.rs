//! The gap until the plan ends, in each scenario.

use std::iter;

use crate::{
    domain::Fte,
    planning::report::{Drivers, Outlook, Report, ScenarioKind, ScenarioLine},
    report::{
        chart::{LegendEntry, Line, Lines, Picture, Stroke, along, lines},
        palette::{BLUE, Ink, MONEY, TRAINING},
        table::{Cell, Table},
        text::{date, fte, list, short_date},
    },
};

use super::Section;

/// Look of a scenario's line: letter, colour, stroke, and the stroke in words.
type Look = (&'static str, Ink, Stroke, &'static str);

pub fn section(report: &Report) -> Section {
    let outlook = &report.outlook;
    let any = !outlook.periods.is_empty();
    Section {
        id: "outlook",
        label: "Outlook",
        title: "Where it is going",
        sentence: sentence(outlook),
        notes: if any { notes(outlook) } else { Vec::new() },
        picture: any.then(|| picture(outlook)),
        tables: vec![scenarios(outlook).on_page(any)],
        ..Section::default()
    }
}

/// Says how much is missing when the plan ends.
fn sentence(outlook: &Outlook) -> String {
    let Some(end) = outlook.periods.last() else {
        return format!(
            "The plan has no period that ends after {}, so there is nothing to project.",
            date(outlook.as_of)
        );
    };
    let missing = |line: &ScenarioLine| line.totals.last().map(|total| total.skill_shortfall);
    let missing: Vec<Fte> = outlook.scenarios.iter().filter_map(missing).collect();
    let as_it_is = missing.first().copied().unwrap_or_default();
    let begin = format!(
        "By {} {} skilled FTE will be missing if nothing changes ({} are today)",
        date(*end),
        fte(as_it_is),
        fte(outlook.now.skill_shortfall),
    );
    match missing.get(1..).unwrap_or_default() {
        [cut] if *cut != as_it_is => {
            format!("{begin}, and {} if funding is cut by 30 %.", fte(*cut))
        }
        [cut, doubled] if *cut == as_it_is && *doubled == as_it_is => format!(
            "{begin}, and neither a cut of funding by 30 % nor twice the training changes that."
        ),
        [cut, doubled] => format!(
            "{begin}, {} if funding is cut by 30 %, and {} if training is doubled.",
            fte(*cut),
            fte(*doubled),
        ),
        _ => format!("{begin}."),
    }
}

fn notes(outlook: &Outlook) -> Vec<String> {
    let leavers = (!outlook.leavers_known).then_some(
        "The outlook assumes that nobody leaves or joins, because no movements are recorded: record them, or \
         ask for the report with a leaver rate."
    );
    let training = (!outlook.training_known).then_some(
        "The outlook assumes that nobody is trained, because the request gives no planned training: ask \
         for the report with a trained FTE."
    );
    let unknown = leavers.into_iter().chain(training).map(str::to_owned);
    drivers(outlook).into_iter().chain(funding_cut(outlook)).chain(unknown).collect()
}

/// Says what changes the gap.
fn drivers(outlook: &Outlook) -> Option<String> {
    let Drivers { needed, expiring, leaving, trained, hired } = outlook.drivers();
    let phrases: Vec<String> = [
        (needed, "FTE more are needed"),
        (-needed, "FTE fewer are needed"),
        (expiring, "FTE expire unless they are assessed again"),
        (leaving, "FTE of skilled people leave"),
        (trained, "FTE are trained"),
        (hired, "FTE of joiners are skilled"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > Fte::ZERO)
    .map(|(number, what)| format!("{} {what}", fte(number)))
    .collect();
    (!phrases.is_empty()).then(|| format!("Until then {}.", list(&phrases, phrases.len())))
}

/// Says how a funding cut changes the FTE in post.
fn funding_cut(outlook: &Outlook) -> Option<String> {
    let in_post = |kind| {
        let line = outlook.scenarios.iter().find(|line| line.kind == kind)?;
        line.totals.last().map(|total| total.in_post)
    };
    let as_it_is = in_post(ScenarioKind::AsItIs)?;
    let cut = in_post(ScenarioKind::FundingCut).filter(|cut| *cut < as_it_is)?;
    Some(format!(
        "A cut of funding by 30 % leaves posts empty: {} FTE are in post then, and {} without it.",
        fte(cut),
        fte(as_it_is),
    ))
}

fn title(kind: ScenarioKind) -> &'static str {
    match kind {
        ScenarioKind::AsItIs => "No change",
        ScenarioKind::FundingCut => "Funding cut by 30 %",
        ScenarioKind::TrainingDoubled => "Training doubled",
    }
}

fn look(kind: ScenarioKind) -> Look {
    match kind {
        ScenarioKind::AsItIs => ("A", BLUE, Stroke::Solid, "solid line, round marks"),
        ScenarioKind::FundingCut => ("B", MONEY, Stroke::Dashed, "dashed line, square marks"),
        ScenarioKind::TrainingDoubled => ("C", TRAINING, Stroke::Dotted, "dotted line, triangles"),
    }
}

fn picture(outlook: &Outlook) -> Picture {
    let now = (along(outlook.as_of), outlook.now.skill_shortfall.to_f64());
    let days = iter::once(outlook.as_of).chain(outlook.periods.iter().copied());
    let line = |line: &ScenarioLine| {
        let (letter, ink, stroke, _) = look(line.kind);
        let ahead = outlook.periods.iter().zip(&line.totals);
        let ahead = ahead.map(|(end, total)| (along(*end), total.skill_shortfall.to_f64()));
        Line { letter, points: iter::once(now).chain(ahead).collect(), ink, stroke }
    };
    let chart = Lines {
        ticks: days.map(|day| (along(day), short_date(day))).collect(),
        lines: outlook.scenarios.iter().map(line).collect(),
        values: false,
        unit: "FTE missing",
    };
    let description = "Lines of the FTE missing to the end of the plan, one for each scenario";
    lines(description, &chart).with_legend(outlook.scenarios.iter().map(|line| {
        let (letter, ink, _, stroke) = look(line.kind);
        LegendEntry { ink: ink.name, letter, text: format!("{} ({stroke})", title(line.kind)) }
    }))
}

fn scenarios(outlook: &Outlook) -> Table {
    let columns = [
        "Scenario",
        "Day",
        "#Needed",
        "#Skilled",
        "#Missing",
        "#Skilled leave",
        "#Expire",
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
    let now = now.into_iter().chain(iter::repeat_n(Cell::Empty, 6)).collect();
    let rows = outlook.scenarios.iter().flat_map(|line| {
        outlook.periods.iter().zip(&line.totals).map(|(end, total)| {
            vec![
                title(line.kind).into(),
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
    Table::new("Outlook", "The outlook in each scenario, in FTE", &columns)
        .with(iter::once(now).chain(rows))
}
