//! Writes the nation as CSV files, one for each resource type, with field names as headings.

use std::{fs, path::Path};

use crate::{
    api::v1::{Assessment, Importance, Organisation, Requirement, Role, Skill, Staffing, Target},
    cli::Failure,
};

use super::{nation::Nation, people};

/// A row of a CSV file.
trait TableRow {
    const FILE: &'static str;
    const HEADINGS: &'static [&'static str];

    fn cells(self) -> Vec<String>;
}

/// Declares for each resource type the fields of its file, and how each is written.
macro_rules! tabled {
    ($($Resource:ident in $file:literal { $($field:ident $(: $write:expr)?),+ })+) => { $(
        impl TableRow for $Resource {
            const FILE: &'static str = $file;
            const HEADINGS: &'static [&'static str] = &[$(stringify!($field)),+];

            fn cells(self) -> Vec<String> {
                vec![$(written!(self.$field $(, $write)?)),+]
            }
        }
    )+ };
}

macro_rules! written {
    ($value:expr) => {
        $value.to_string()
    };
    ($value:expr, $write:expr) => {
        $write($value)
    };
}

tabled! {
    Organisation in "organisations.csv" { name, title, parent, region_code }
    Skill in "skills.csv" { name, title, category }
    Role in "roles.csv" { name, title, family }
    Requirement in "requirements.csv" {
        name, skill, minimum_level: or_empty, importance: importance, weight: or_empty,
        minimum_holders: or_empty
    }
    Target in "targets.csv" {
        name, organisation, role, period_end_date, needed_fte: or_empty, funded_fte: or_empty
    }
    Staffing in "staffing.csv" {
        name, subject, role, headcount: or_empty, fte: or_empty, start_date, end_date
    }
    Assessment in "assessments.csv" {
        name, subject, skill, level: or_empty, headcount: or_empty, fte: or_empty,
        assessed_date, valid_until_date
    }
}

fn or_empty<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn importance(value: i32) -> String {
    let value = Importance::try_from(value).unwrap_or_default();
    value.as_str_name().trim_start_matches("IMPORTANCE_").to_owned()
}

/// Writes the files into a folder, which is created if it does not exist.
pub fn write(nation: &Nation, folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder)?;
    table(folder, nation.organisations().into_iter())?;
    table(folder, nation.skills().into_iter())?;
    table(folder, nation.roles().into_iter())?;
    table(folder, nation.requirements().into_iter())?;
    let organisations = 0..nation.size().organisations;
    table(folder, organisations.flat_map(|n| nation.targets(n)))?;
    table(folder, people(nation).flatten().map(|n| nation.staffing(n)))?;
    table(folder, people(nation).flatten().flat_map(|n| nation.assessments(n)))
}

fn table<T: TableRow>(folder: &Path, rows: impl Iterator<Item = T>) -> Result<(), Failure> {
    let mut file = csv::Writer::from_path(folder.join(T::FILE))?;
    file.write_record(T::HEADINGS)?;
    for row in rows {
        file.write_record(row.cells())?;
    }
    Ok(file.flush()?)
}
