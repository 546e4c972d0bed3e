//! The organisations of the lines, with their boards and their regions.

use std::collections::BTreeMap;

use crate::{api::v1, cli::Failure};

use super::Months;
use crate::cli::import::{
    SourcedRow,
    organisations::{self as names, code, parents_first},
    session::Session,
    source::{Line, one_line},
    titles::{have_same_words, is_in_capitals, preferred},
};

/// An organisation as the newest line says, and the day of that line.
struct DatedRow {
    day: String,
    /// Whether the line is about the organisation itself, not about one below it.
    own: bool,
    sourced: SourcedRow<v1::Organisation>,
}

/// The organisations that the files name.
#[derive(Default)]
pub struct NamedOrganisations(BTreeMap<String, DatedRow>);

impl NamedOrganisations {
    /// Adds the organisation of a line, with its board and its region.
    pub fn add(&mut self, line: &Line, day: &str) {
        let region = line.get("NHSE_REGION_CODE");
        let board = line.get("ICS_CODE");
        let organisation = |code: &str, title: &str, kind: v1::OrganisationKind, parent: &str| {
            let row = v1::Organisation {
                name: names::name(code),
                title: one_line(&line.get(title)),
                kind: kind as i32,
                parent: names::name(parent),
                region_code: region.clone(),
                ..v1::Organisation::default()
            };
            SourcedRow { fields: vec!["title", "parent", "region_code"], ..line.sourced(row) }
        };
        let (kind, parent) = match line.get("BENCHMARK_GROUP").as_str() {
            "Integrated Care Board" => (v1::OrganisationKind::IntegratedCareBoard, &region),
            "Care Trust" => (v1::OrganisationKind::CareTrust, &board),
            _ => (v1::OrganisationKind::Trust, &board),
        };
        let board_kind = v1::OrganisationKind::IntegratedCareBoard;
        let own = organisation(&line.get("REPORTING_ORG_CODE"), "REPORTING_ORG_NAME", kind, parent);
        self.keep(own, day, true);
        let board = organisation(&board, "ICS_NAME", board_kind, &region);
        self.keep(board, day, false);
        let region = organisation(&region, "NHSE_REGION_NAME", v1::OrganisationKind::Region, "");
        self.keep(region, day, false);
    }

    /// Keeps a row if it is newer than the one of the same organisation, or as new and its own.
    fn keep(&mut self, sourced: SourcedRow<v1::Organisation>, day: &str, own: bool) {
        let name = sourced.row.name.clone();
        let newest = self.0.get(&name).map(|known| (known.own, known.day.as_str()));
        if !name.is_empty() && newest.is_none_or(|newest| newest < (own, day)) {
            let day = day.to_owned();
            self.0.insert(name, DatedRow { day, own, sourced });
        }
    }

    /// Returns the organisations that the registry does not have, and what newer files say of the
    /// others. What the Organisation Data Service says of its organisations stays, but for titles
    /// in capitals, which get their small letters from here.
    pub async fn rows(
        self,
        session: &Session<'_>,
        months: &Months,
    ) -> Result<Vec<SourcedRow<v1::Organisation>>, Failure> {
        let known = names::known(session).await?;
        let mut rows = Vec::new();
        for (name, DatedRow { day, own, mut sourced }) in self.0 {
            let Some(known) = known.get(&name) else {
                rows.push(sourced);
                continue;
            };
            // A line of an organisation's own says more than those of the organisations below it.
            let own_day = months.newest_day(&name);
            let newest = if own { own_day } else { months.newest_of_all() };
            let is_newest =
                (own || own_day.is_none()) && newest.is_none_or(|newest| newest <= day.as_str());
            let only_a_code = known.title == code(&name);
            // Only the Organisation Data Service knows when an organisation opened.
            if !known.open_date.is_empty() {
                let same = have_same_words(&known.title, &sourced.row.title);
                let better = same && (is_newest || is_in_capitals(&known.title));
                if !better && !only_a_code {
                    continue;
                }
                sourced.fields = vec!["title"];
            } else if !is_newest && !only_a_code {
                continue;
            }
            sourced.row.title = preferred(&known.title, &sourced.row.title).to_owned();
            if differs(known, &sourced) {
                rows.push(sourced);
            }
        }
        parents_first(&mut rows);
        Ok(rows)
    }
}

fn differs(known: &v1::Organisation, sourced: &SourcedRow<v1::Organisation>) -> bool {
    let SourcedRow { row, fields, .. } = sourced;
    row.title != known.title
        || (fields.contains(&"parent")
            && (&row.parent, &row.region_code) != (&known.parent, &known.region_code))
}
