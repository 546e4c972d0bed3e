//! Why skilled people are missing: money, recruitment or training.

use crate::{
    domain::{
        Fte,
        figures::{Figures, ShortfallCauses},
    },
    planning::report::{GroupTotals, Report},
    report::{
        chart::{Bar, Picture, Span, bars},
        palette::{BLUE, Ink, MONEY, RECRUITMENT, TRAINING},
        summary::headline,
        table::{Cell, FIGURES, Table, figures},
        text::{family, fte, list, several},
    },
};

use super::Section;

/// For each cause, in the order of [`ShortfallCauses::parts`] and of the waterfall: its name, what closes it, and its colour.
pub(super) const CAUSES: [(&str, &str, Ink); 5] = [
    ("Not funded", "Money", MONEY),
    ("Not filled", "Recruitment", RECRUITMENT),
    ("Below the level", "Training", TRAINING),
    ("Assessment expired", "Training", TRAINING),
    ("Never assessed", "Training", TRAINING),
];

pub fn section(report: &Report) -> Section {
    let any = report.totals.parts > 0;
    let totals = &report.totals.figures;
    Section {
        id: "causes",
        label: "Causes",
        title: "Why skilled people are missing",
        sentence: if any { sentence(totals) } else { headline(report) },
        notes: notes(report),
        picture: (totals.shortfall > Fte::ZERO).then(|| picture(totals)),
        tables: vec![
            causes(report).on_page(any),
            roles(&report.roles).on_page(any),
            organisations(&report.organisations).on_page(false),
        ],
        ..Section::default()
    }
}

/// Names the greatest cause first, because its remedy closes most.
fn sentence(figures: &Figures) -> String {
    let more = match figures.surplus {
        Fte::ZERO => String::new(),
        surplus => format!(
            " Elsewhere {} FTE more are skilled than needed, which does not reduce the gap.",
            fte(surplus)
        ),
    };
    if figures.shortfall == Fte::ZERO {
        return format!(
            "Nothing is missing: no money, no recruitment and no training is needed.{more}"
        );
    }
    let causes = &figures.causes;
    let money = (causes.unfunded, "to fund");
    let recruitment = (causes.vacant, "to recruit");
    let training = (causes.training(), "to train or assess");
    let (remedy, greatest, others) = if training.0 >= recruitment.0 && training.0 >= money.0 {
        let remedy = "Training and assessing people who are already in post closes";
        (remedy, training.0, [recruitment, money])
    } else if recruitment.0 >= money.0 {
        ("Filling posts that are already funded closes", recruitment.0, [training, money])
    } else {
        ("Money for posts closes", money.0, [recruitment, training])
    };
    let [second, third] = others;
    let part = match greatest {
        all if all == figures.shortfall => "all of it",
        most if most + most > figures.shortfall => "most of it",
        largest if largest > second.0 && largest > third.0 => "the largest part of it",
        _ => "as much of it as anything else does",
    };
    let against = match greatest {
        all if all == figures.shortfall => String::new(),
        _ => format!(
            ", against {} {} and {} {}",
            amount(second.0),
            second.1,
            amount(third.0),
            third.1
        ),
    };
    let first = if greatest == training.0 { first(causes) } else { String::new() };
    format!("{remedy} {part}: {}{against}{first}.{more}", amount(greatest))
}

/// Where training and assessing begin, if most of it is assessing; else empty.
fn first(causes: &ShortfallCauses) -> String {
    let unassessed = causes.unassessed;
    match unassessed > Fte::ZERO && unassessed >= causes.below + causes.expired {
        true => format!(
            ", beginning with the {} FTE that are missing because people were never assessed",
            fte(unassessed)
        ),
        false => String::new(),
    }
}

fn amount(number: Fte) -> String {
    if number > Fte::ZERO { format!("{} FTE", fte(number)) } else { "none".to_owned() }
}

fn notes(report: &Report) -> Vec<String> {
    let cautions = &report.cautions;
    let without_target = match cautions.without_target.as_slice() {
        [] => None,
        titles => Some(format!("The plan has no target in {}.", list(titles, 3))),
    };
    let places = [
        (
            cautions.without_requirements,
            "no skill is required although the plan has a target for the role",
        ),
        (cautions.not_in_plan, "people are in post in a role that the plan has no target for"),
        (cautions.over_assessed, "more of a group was assessed than is in post"),
        (cautions.split_incomplete, "the newest assessments of a group leave people out"),
        (cautions.retired_skill, "a skill is required that is retired"),
    ];
    let places = places.into_iter().filter(|(number, _)| *number > 0);
    let places =
        places.map(|(number, what)| format!("In {}, {what}.", several(number, "place", "places")));
    without_target.into_iter().chain(places).collect()
}

/// Bars of what is missing, and below it one for each cause, which together are as long.
fn picture(figures: &Figures) -> Picture {
    let mut level = figures.shortfall;
    let missing = Bar::plain("Missing", level.to_f64(), BLUE, fte(level));
    let mut all = vec![missing];
    for ((label, remedy, ink), part) in CAUSES.into_iter().zip(figures.causes.parts()) {
        let from = level;
        level = level - part;
        let span = Span { from: from.to_f64(), to: level.to_f64(), ink, text: String::new() };
        let label = format!("{label} ({})", remedy.to_lowercase());
        all.push(Bar { label, spans: vec![span], note: fte(part) });
    }
    bars("Bars of what is missing, and of what it is due to, in FTE", &all, 0.0)
}

fn causes(report: &Report) -> Table {
    let figures = &report.totals.figures;
    let posts = [report.posts.unfunded, report.posts.vacant].map(Cell::Fte);
    let posts = posts.into_iter().chain(std::iter::repeat(Cell::Empty));
    let row = |(((cause, remedy, _), part), posts): (((&str, &str, Ink), Fte), Cell)| {
        vec![cause.into(), remedy.into(), part.into(), posts]
    };
    let all = vec!["Missing".into(), Cell::Empty, figures.shortfall.into(), Cell::Empty];
    let columns = ["Due to", "What closes it", "#Missing FTE", "#Posts FTE"];
    Table::new("Causes", "What is missing, by what it is due to, in FTE", &columns)
        .with(CAUSES.into_iter().zip(figures.causes.parts()).zip(posts).map(row).chain([all]))
}

fn roles(roles: &[GroupTotals]) -> Table {
    let columns: Vec<&str> = ["Role", "Family"].into_iter().chain(FIGURES).collect();
    let row = |role: &GroupTotals| group(&role.title, family(&role.detail), role);
    Table::new("Roles", "Roles by what is missing, in FTE", &columns).with(roles.iter().map(row))
}

fn organisations(organisations: &[GroupTotals]) -> Table {
    let columns: Vec<&str> = ["Organisation", "Code"].into_iter().chain(FIGURES).collect();
    let row = |row: &GroupTotals| group(&row.title, row.detail.clone(), row);
    Table::new("Organisations", "Organisations by what is missing, in FTE", &columns)
        .with(organisations.iter().map(row))
}

fn group(title: &String, detail: String, group: &GroupTotals) -> Vec<Cell> {
    let key = [title.into(), Cell::Text(detail)];
    key.into_iter().chain(figures(&group.totals.figures)).collect()
}
