//! Imports NHS trusts and care trusts of the Organisation Data Service, from files of 27 columns
//! without headings.

use crate::{api::v1, cli::Failure};

use super::{
    SourcedRow,
    distinct::DistinctRows,
    organisations::{self, Organisations},
    session::Session,
    source::{Line, Rows, one_line},
    titles::preferred,
};

/// Number of columns of a line.
const COLUMNS: usize = 27;

pub async fn import(session: &mut Session<'_>) -> Result<(), Failure> {
    let mut parents = Organisations::new();
    let mut trusts = DistinctRows::default();
    for path in &session.options.files {
        for line in Rows::without_headings(path, COLUMNS)?.lines()? {
            match trust(&line) {
                Ok(row) => {
                    add_parents(&line, &mut parents);
                    trusts.add(row);
                }
                Err(reasons) => {
                    session.report.reject("Organisation", &line.origin, line.at(0), reasons);
                }
            }
        }
    }
    let known = organisations::known(session).await?;
    let mut trusts = trusts.take(&mut session.report);
    for SourcedRow { row, .. } in &mut trusts {
        if let Some(known) = known.get(&row.name) {
            row.title = preferred(&known.title, &row.title).to_owned();
        }
    }
    let missing = parents.into_iter().filter(|(name, _)| !known.contains_key(name));
    let mut missing: Vec<_> = missing.map(|(_, parent)| parent).collect();
    organisations::parents_first(&mut missing);
    session.load("", missing).await?;
    session.load("", trusts).await
}

/// Reads a trust. Column 1 is the code, 2 the name, 3 the region, 4 the integrated care board, 11
/// and 12 the dates on which it opened and closed, 14 the sub-type. A line without a region, a
/// board or a sub-type does not say that there is none.
fn trust(line: &Line) -> Result<SourcedRow<v1::Organisation>, String> {
    if line.len() != COLUMNS {
        return Err(format!("has {} columns where {COLUMNS} are expected", line.len()));
    }
    let (region, board) = (line.at(2), line.at(3));
    let parent = if board.is_empty() { &region } else { &board };
    let mut fields = vec!["title", "open_date", "close_date"];
    if !region.is_empty() {
        fields.push("region_code");
    }
    if !parent.is_empty() {
        fields.push("parent");
    }
    let kind = match line.at(13).as_str() {
        "T" => {
            fields.push("kind");
            v1::OrganisationKind::CareTrust
        }
        _ => v1::OrganisationKind::Trust,
    };
    let row = v1::Organisation {
        name: organisations::name(&line.at(0)),
        title: one_line(&line.at(1)),
        kind: kind as i32,
        parent: organisations::name(parent),
        open_date: date(&line.at(10))?,
        close_date: date(&line.at(11))?,
        region_code: region,
        ..v1::Organisation::default()
    };
    Ok(SourcedRow { fields, ..line.sourced(row) })
}

/// Adds the region and the integrated care board, of which the file has only the codes.
fn add_parents(line: &Line, parents: &mut Organisations) {
    let (region, board) = (line.at(2), line.at(3));
    let mut add = |code: &str, kind: v1::OrganisationKind, parent: String| {
        let row = v1::Organisation {
            name: organisations::name(code),
            title: code.to_owned(),
            kind: kind as i32,
            parent,
            region_code: region.clone(),
            ..v1::Organisation::default()
        };
        if !code.is_empty() {
            parents.entry(row.name.clone()).or_insert_with(|| line.sourced(row));
        }
    };
    add(&region, v1::OrganisationKind::Region, String::new());
    add(&board, v1::OrganisationKind::IntegratedCareBoard, organisations::name(&region));
}

/// Converts `yyyymmdd` to `YYYY-MM-DD`.
fn date(text: &str) -> Result<String, String> {
    match (text.len(), text.is_ascii()) {
        (0, _) => Ok(String::new()),
        (8, true) => Ok(format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..])),
        _ => Err(format!("{text:?} is not a date of the form yyyymmdd")),
    }
}
