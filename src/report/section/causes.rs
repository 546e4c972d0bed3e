//! Why skilled people are missing: money, recruitment or training.

use crate::{
    domain::{Fte, figures::Figures},
    planning::report::{GroupTotals, Report},
    report::{
        chart::{Bar, Picture, Span, bars},
        palette::{BLUE, Ink, MONEY, RECRUITMENT, SKILLED, TRAINING},
        summary::headline,
        table::{Cell, FIGURES, Table, figures},
        text::{family, fte, several},
    },
};

use super::Section;

pub fn section(report: &Report) -> Section {
    let any = report.totals.parts > 0;
    let totals = &report.totals.figures;
    Section {
        id: "causes",
        label: "Causes",
        title: "Why skilled people are missing",
        sentence: if any { sentence(totals) } else { headline(report) },
        notes: notes(report),
        picture: any.then(|| picture(totals)),
        tables: vec![
            waterfall(report).on_page(any),
            roles(&report.roles).on_page(any),
            organisations(&report.organisations).on_page(false),
        ],
        ..Section::default()
    }
}

/// Names the greatest cause first, because its remedy closes most.
fn sentence(figures: &Figures) -> String {
    let training = figures.below + figures.expired + figures.unassessed();
    let (money, recruitment) = (figures.unfunded(), figures.vacant());
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
    let unassessed = figures.unassessed();
    let first = if unassessed > Fte::ZERO && unassessed >= figures.below + figures.expired {
        format!(", beginning with the {} FTE who were never assessed", fte(unassessed))
    } else {
        String::new()
    };
    let sentence = if training >= recruitment && training >= money {
        format!(
            "Training and assessing people who are already in post closes most of it: {}, against {} to \
             recruit and {} to fund{first}.",
            amount(training),
            amount(recruitment),
            amount(money),
        )
    } else if recruitment >= money {
        format!(
            "Filling posts that are already funded closes most of it: {}, against {} to train or assess and \
             {} to fund.",
            amount(recruitment),
            amount(training),
            amount(money),
        )
    } else {
        format!(
            "Money for posts closes most of it: {} are needed and not funded, against {} to recruit and {} \
             to train or assess.",
            amount(money),
            amount(recruitment),
            amount(training),
        )
    };
    sentence + &more
}

fn amount(number: Fte) -> String {
    if number > Fte::ZERO { format!("{} FTE", fte(number)) } else { "none".to_owned() }
}

fn notes(report: &Report) -> Vec<String> {
    let cautions = &report.cautions;
    [
        (
            cautions.without_requirements,
            "no skill is required although the plan has a target for the role",
        ),
        (cautions.not_in_plan, "people are in post in a role that the plan has no target for"),
        (cautions.over_assessed, "more FTE was assessed than is in post"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, what)| format!("In {}, {what}.", several(number, "place", "places")))
    .collect()
}

/// Bars from the needed FTE down to the skilled FTE.
fn picture(figures: &Figures) -> Picture {
    let mut level = figures.needed;
    let mut step = |label: &str, term: Fte, ink: Ink| {
        let from = level;
        level = level - term;
        let span = Span { from: from.to_f64(), to: level.to_f64(), ink, text: String::new() };
        let note = match term.cmp(&Fte::ZERO) {
            std::cmp::Ordering::Greater => format!("−{}", fte(term)),
            std::cmp::Ordering::Equal => fte(term),
            std::cmp::Ordering::Less => format!("+{}", fte(-term)),
        };
        Bar { label: label.to_owned(), spans: vec![span], note }
    };
    let total = |label, amount: Fte, ink| Bar::plain(label, amount.to_f64(), ink, fte(amount));
    let all = [
        total("Needed", figures.needed, BLUE),
        step("Not funded (money)", figures.unfunded(), MONEY),
        step("Not filled (recruitment)", figures.vacant(), RECRUITMENT),
        step("Below the level (training)", figures.below, TRAINING),
        step("Expired (training)", figures.expired, TRAINING),
        step("Never assessed (training)", figures.unassessed(), TRAINING),
        total("Skilled", figures.skilled, SKILLED),
    ];
    bars("Bars from what is needed down to who is skilled, in FTE", &all, 0.0)
}

fn waterfall(report: &Report) -> Table {
    let figures = &report.totals.figures;
    let posts = &report.posts;
    let row = |title: &str, closed_by: &str, amount, of_posts: Option<Fte>| {
        let posts = of_posts.map_or(Cell::Empty, Cell::Fte);
        vec![title.into(), closed_by.into(), Cell::Fte(amount), posts]
    };
    let columns = ["Step", "What closes it", "#Skilled FTE", "#Posts FTE"];
    Table::new("Waterfall", "From what is needed to who is skilled, in FTE", &columns).with([
        row("Needed", "", figures.needed, Some(posts.needed)),
        row("Not funded", "Money", figures.unfunded(), Some(posts.needed - posts.funded)),
        row("Not filled", "Recruitment", figures.vacant(), Some(posts.funded - posts.in_post)),
        row("Below the level", "Training", figures.below, None),
        row("Assessment expired", "Training", figures.expired, None),
        row("Never assessed", "Training", figures.unassessed(), None),
        row("Skilled", "", figures.skilled, None),
    ])
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
