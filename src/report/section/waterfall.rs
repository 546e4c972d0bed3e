//! From what is needed to who is skilled, in signed steps that add up.

use std::cmp::Ordering;

use crate::{
    domain::{Fte, figures::Figures},
    planning::report::Report,
    report::{
        chart::{Bar, Picture, Span, bars},
        palette::{BLUE, Ink, SKILLED},
        table::{Cell, Table},
        text::fte,
    },
};

use super::{Section, causes::CAUSES};

pub fn section(report: &Report) -> Section {
    let any = report.totals.parts > 0;
    let figures = &report.totals.figures;
    Section {
        id: "waterfall",
        label: "Waterfall",
        title: "From what is needed to who is skilled",
        sentence: if any { sentence(figures) } else { "No skill is required yet.".to_owned() },
        picture: any.then(|| picture(figures)),
        tables: vec![table(report).on_page(any)],
        ..Section::default()
    }
}

fn sentence(figures: &Figures) -> String {
    format!(
        "{} skilled FTE are needed and {} are skilled, all places added up: a step in which one place has more \
         than it needs hides what another lacks, so the steps do not say why people are missing.",
        fte(figures.needed),
        fte(figures.skilled)
    )
}

/// Bars from the needed FTE down to the skilled FTE.
fn picture(figures: &Figures) -> Picture {
    let mut level = figures.needed;
    let mut step = |((label, _, ink), term): ((&str, &str, Ink), Fte)| {
        let from = level;
        level = level - term;
        let span = Span { from: from.to_f64(), to: level.to_f64(), ink, text: String::new() };
        let note = match term.cmp(&Fte::ZERO) {
            Ordering::Greater => format!("−{}", fte(term)),
            Ordering::Equal => fte(term),
            Ordering::Less => format!("+{}", fte(-term)),
        };
        Bar { label: label.to_owned(), spans: vec![span], note }
    };
    let total = |label, amount: Fte, ink| Bar::plain(label, amount.to_f64(), ink, fte(amount));
    let mut all = vec![total("Needed", figures.needed, BLUE)];
    all.extend(CAUSES.into_iter().zip(figures.waterfall()).map(&mut step));
    all.push(total("Skilled", figures.skilled, SKILLED));
    bars("Bars from what is needed down to who is skilled, in FTE", &all, 0.0)
}

fn table(report: &Report) -> Table {
    let figures = &report.totals.figures;
    let posts = &report.posts;
    let of_posts = [posts.needed - posts.funded, posts.funded - posts.in_post].map(Cell::Fte);
    let of_posts = of_posts.into_iter().chain(std::iter::repeat(Cell::Empty));
    let steps = CAUSES.into_iter().zip(figures.waterfall()).zip(of_posts);
    let steps = steps.map(|(((title, ..), term), posts)| vec![title.into(), term.into(), posts]);
    let needed = vec!["Needed".into(), figures.needed.into(), posts.needed.into()];
    let skilled = vec!["Skilled".into(), figures.skilled.into(), Cell::Empty];
    let columns = ["Step", "#Skilled FTE", "#Posts FTE"];
    Table::new("Waterfall", "From what is needed to who is skilled, in FTE", &columns)
        .with([needed].into_iter().chain(steps).chain([skilled]))
}
