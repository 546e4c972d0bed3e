//! The sheets of the spreadsheet, and what a report is of.

use crate::{
    planning::report::{Report, sentence, words::date},
    report::{
        table::{Cell, Table},
        tables,
    },
};

/// The tables of the spreadsheet: what it is of, and every table with all its rows.
pub fn sheets(report: &Report) -> Vec<Table> {
    let closing = report.closing.iter();
    let mut sheets = vec![
        about(report),
        tables::waterfall(report),
        tables::heat(report),
        tables::skills(report),
        tables::roles(report),
        tables::organisations(report),
        tables::trend(report),
        tables::trend_by_skill(report),
        tables::outlook(&report.outlook),
        tables::single(report),
        tables::forgotten_roles(report),
        tables::forgotten_skills(report),
        tables::profiles(report),
        tables::board(report),
    ];
    sheets.extend(closing.flat_map(|c| [tables::chosen(c), tables::left(c), tables::curve(c)]));
    sheets
}

/// What the report is of, and what it says.
pub fn about(report: &Report) -> Table {
    let said = |what: &str, sentence: String| vec![what.into(), Cell::Text(sentence)];
    let rows = facts(report).into_iter().map(|(what, fact)| said(what, fact));
    let sentences = [
        ("In one sentence", sentence::headline(report)),
        ("Causes", sentence::waterfall(&report.totals.figures)),
        ("Skills", sentence::heat(&report.heat)),
        ("Trend", sentence::trend(&report.trends)),
        ("Outlook", sentence::outlook(&report.outlook)),
        ("Single points", sentence::single(&report.single_points)),
        ("Forgotten", sentence::forgotten(&report.forgotten)),
        ("Board", sentence::board(&report.board)),
        ("Closing", sentence::closing(report.closing.as_ref())),
    ];
    let sentences = sentences.into_iter().map(|(what, sentence)| said(what, sentence));
    Table::new("About", "What this report is of", &["What", "Which"]).with(rows.chain(sentences))
}

/// Where the report comes from, so that it can be checked.
pub fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let about = &report.about;
    let plan = &about.plan;
    let mut facts = vec![
        ("Plan", format!("{} ({})", plan.title, plan.name)),
        ("State", format!("{:?}", plan.state).to_lowercase()),
        ("Owner", about.owner.clone()),
        ("Staffing and assessments as of", date(about.as_of)),
        ("Revision of the registry", about.revision.to_string()),
    ];
    if let Some(period) = about.period {
        facts.insert(3, ("Needs of the period to", date(period)));
    }
    if !about.asked.is_empty() {
        facts.push(("Only of", about.asked.join(", ")));
    }
    if !about.frameworks.is_empty() {
        facts.push(("Skills from", about.frameworks.join(", ")));
    }
    if !report.forgotten.baseline.is_empty() {
        facts.push(("Baseline plan", report.forgotten.baseline.clone()));
    }
    facts
}
