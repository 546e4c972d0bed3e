//! Effect of the budget on the gaps.

use std::iter;

use crate::{
    domain::Fte,
    planning::{
        closure::{Cause, CurvePoint},
        report::{ChosenOption, ClosurePlan, RemainingGap, Report},
    },
    report::{
        chart::{Line, Lines, Picture, lines},
        table::{Cell, Table},
        text::{closure_reason, fte, money, several},
    },
};

use super::Section;

pub fn section(report: &Report) -> Section {
    let plan = report.closures.as_ref();
    let recorded = plan.filter(|plan| plan.options > 0);
    let tables = |plan: &ClosurePlan| {
        [chosen(&plan.chosen), remaining(&plan.remaining), curve(&plan.curve)]
            .map(|table| table.on_page(recorded.is_some()))
    };
    Section {
        id: "closing",
        label: "Closing",
        title: "What the next pound closes",
        sentence: sentence(plan),
        notes: recorded.map(notes).unwrap_or_default(),
        picture: recorded.filter(|plan| !plan.remaining.is_empty()).map(picture),
        tables: plan.into_iter().flat_map(tables).collect(),
        ..Section::default()
    }
}

/// Says what the budget closes, and what a further £10,000 would.
fn sentence(plan: Option<&ClosurePlan>) -> String {
    let Some(plan) = plan else {
        return "There are too many ways to close the gaps of so many organisations to compare them: ask for \
                the report of fewer organisations."
            .to_owned();
    };
    let point = &plan.point;
    if plan.shortfall == Fte::ZERO {
        return "Nothing is missing, so no money is needed to close a gap.".to_owned();
    }
    if plan.options == 0 {
        return "No way to close a gap is recorded: record options, such as a course, an assessment or a \
                recruitment campaign, each with its cost and what it brings."
            .to_owned();
    }
    let next = match plan.next {
        Fte::ZERO => "the next £10,000 would gain nothing more".to_owned(),
        next => format!("the next £10,000 would gain {} more", fte(next)),
    };
    if plan.chosen.is_empty() {
        return format!("Nothing can be closed for {}; {next}.", money(point.budget));
    }
    format!(
        "Of {}, {} well spent on {} gains {} skilled FTE and leaves {} of {} missing; {next}.",
        money(point.budget),
        money(point.cost),
        several(plan.chosen.len(), "measure", "measures"),
        fte(point.gained),
        fte(point.left),
        fte(plan.shortfall),
    )
}

/// Says how close to the optimum the choice is.
fn notes(plan: &ClosurePlan) -> Vec<String> {
    let certainty = if plan.proven {
        "No better choice exists within this budget; this is proven.".to_owned()
    } else {
        format!(
            "The choice is at most {:.1} % below the best possible one.",
            plan.point.gap * 100.0
        )
    };
    let late = plan.late.then(|| {
        "A time limit ended the search for it, or for one of the other budgets.".to_owned()
    });
    let unusable = (plan.unusable > 0).then(|| {
        format!(
            "Of {} that are recorded, {} no gap here.",
            several(plan.options, "measure", "measures"),
            several(plan.unusable, "fits", "fit"),
        )
    });
    iter::once(certainty).chain(late).chain(unusable).collect()
}

fn picture(plan: &ClosurePlan) -> Picture {
    let pounds = |pence: i64| pence as f64 / 100.0;
    let points = plan.curve.iter().map(|point| (point.budget, point.left));
    let points = iter::once((0, plan.shortfall)).chain(points);
    let ticks = points.clone().map(|(budget, _)| (pounds(budget), money(budget))).collect();
    let line = Line::plain(points.map(|(budget, left)| (pounds(budget), left.to_f64())).collect());
    let chart = Lines { ticks, lines: vec![line], values: true, unit: "FTE missing" };
    lines("A line of the FTE that each budget would leave missing", &chart)
}

fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Unassessed => "Never assessed",
        Cause::Expired => "Assessment expired",
        Cause::Below => "Below the level",
        Cause::Vacant => "Not filled",
        Cause::Short => "Short here, spare elsewhere",
    }
}

fn chosen(chosen: &[ChosenOption]) -> Table {
    let columns = [
        "Measure",
        "Organisation",
        "Role",
        "Skill",
        "Cause",
        "#People",
        "#Cost",
        "#FTE gained",
        "Why",
    ];
    let row = |chosen: &ChosenOption| {
        let choice = &chosen.choice;
        vec![
            (&chosen.option).into(),
            (&chosen.organisation).into(),
            (&chosen.role).into(),
            (&chosen.skill).into(),
            cause(choice.cause).into(),
            Cell::Count(choice.headcount),
            Cell::Pence(choice.cost),
            choice.gained.into(),
            Cell::Text(closure_reason(&chosen.option, choice)),
        ]
    };
    Table::new("Chosen", "What is worth doing within the budget", &columns)
        .with(chosen.iter().map(row))
}

fn remaining(gaps: &[RemainingGap]) -> Table {
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
    let row = |gap: &RemainingGap| {
        vec![
            (&gap.skill).into(),
            (&gap.role).into(),
            (&gap.organisation).into(),
            gap.shortfall.into(),
            gap.gained.into(),
            gap.left.into(),
            (&gap.cheapest).into(),
            Cell::Pence(gap.price),
        ]
    };
    Table::new("Left", "What remains of each gap that a measure could close, in FTE", &columns)
        .with(gaps.iter().map(row))
}

fn curve(points: &[CurvePoint]) -> Table {
    let columns = ["#Budget", "#Spent", "#FTE gained", "#FTE left missing"];
    let row = |point: &CurvePoint| {
        let money = [point.budget, point.cost].map(Cell::Pence);
        money.into_iter().chain([point.gained.into(), point.left.into()]).collect()
    };
    Table::new("Curve", "What ten budgets would close, in FTE", &columns)
        .with(points.iter().map(row))
}
