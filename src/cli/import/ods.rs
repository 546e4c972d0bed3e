//! Imports NHS trusts and care trusts of the Organisation Data Service, from files of 27 columns
//! without headings.

use tonic::transport::Channel;

use crate::{
    api::v1,
    cli::{Failure, import::Import},
};

use super::{
    Report, SourcedRow, load,
    organisations::{self, OrganisationNames, make_missing},
    source::{Line, Rows, one_line},
};

/// Number of columns of a line.
const COLUMNS: usize = 27;

pub async fn import(
    channel: &Channel,
    options: &Import,
    report: &mut Report,
) -> Result<(), Failure> {
    let (mut parents, mut trusts) = (OrganisationNames::new(), Vec::new());
    for path in &options.files {
        for line in Rows::without_headings(path)?.lines()? {
            match trust(&line) {
                Ok(row) => {
                    add_parents(&line, &mut parents);
                    let origin = line.origin;
                    trusts.push(SourcedRow { origin, row });
                }
                Err(reasons) => {
                    report.reject("Organisation", &line.origin, line.at(0), reasons);
                }
            }
        }
    }
    make_missing(channel, parents, report).await?;
    load(channel, "", trusts, report).await
}

/// Reads a trust. Column 1 is the code, 2 the name, 3 the region, 4 the integrated care board, 11
/// and 12 the dates on which it opened and closed, 14 the sub-type.
fn trust(line: &Line) -> Result<v1::Organisation, String> {
    if line.len() != COLUMNS {
        return Err(format!("has {} columns where {COLUMNS} are expected", line.len()));
    }
    let (region, board) = (line.at(2), line.at(3));
    let parent = if board.is_empty() { &region } else { &board };
    let kind = match line.at(13).as_str() {
        "T" => v1::OrganisationKind::CareTrust,
        _ => v1::OrganisationKind::Trust,
    };
    Ok(v1::Organisation {
        name: organisations::name(&line.at(0)),
        title: one_line(&line.at(1)),
        kind: kind as i32,
        parent: organisations::name(parent),
        open_date: date(&line.at(10))?,
        close_date: date(&line.at(11))?,
        region_code: region,
        ..v1::Organisation::default()
    })
}

/// Adds the region and the integrated care board, of which the file has only the codes.
fn add_parents(line: &Line, parents: &mut OrganisationNames) {
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
        let origin = line.origin.clone();
        if !code.is_empty() {
            parents.entry(row.name.clone()).or_insert(SourcedRow { origin, row });
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
