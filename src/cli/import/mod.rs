//! `import`: imports public data files through the service.

mod decoding;
mod distinct;
mod dry_run;
mod esco;
mod esco_concept;
mod esco_links;
mod gdad;
mod gdad_skill;
mod ods;
mod organisations;
mod report;
mod session;
mod source;
mod titles;
mod upload;
mod workforce;

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, ValueEnum};

use super::{
    Failure,
    client::{self, Endpoint},
    complain, show,
};

pub use report::{RejectedRow, Report};
pub use source::SourcedRow;
pub use upload::Upload;

use session::Session;

/// Options of `import`.
#[derive(Debug, Args)]
pub struct Import {
    /// Kind of the files.
    #[arg(value_enum)]
    pub source: Source,
    /// Files to import.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// The registry to call.
    #[command(flatten)]
    pub endpoint: Endpoint,
    /// For gdad and esco: id of the framework. Default: the name of the source.
    #[arg(long)]
    pub framework: Option<String>,
    /// For gdad and esco: the publisher's version of the framework. Default: the version that the
    /// framework has.
    #[arg(long)]
    pub edition: Option<String>,
    /// For gdad and esco: publish the framework after the import.
    #[arg(long)]
    pub publish: bool,
    /// Validate every row and say what would be written, without writing anything.
    #[arg(long)]
    pub dry_run: bool,
    /// The principal as which the rows are written.
    #[arg(long, default_value = "skills-registry-import")]
    pub caller: String,
    /// File to write every rejected row to, a line each. Of many of one sort only the first are
    /// printed.
    #[arg(long, value_name = "FILE")]
    pub rejected: Option<PathBuf>,
}

/// Public data sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Source {
    /// NHS trusts and care trusts of the Organisation Data Service: etr.csv, ect.csv.
    Ods,
    /// The Government Digital and Data Profession Capability Framework: roles.csv, skills.csv.
    Gdad,
    /// ESCO: skills, such as digitalSkillsCollection_en.csv or skills_en.csv, and their relations,
    /// broaderRelationsSkillPillar_en.csv.
    Esco,
    /// NHS workforce statistics, turnover benchmarking: staff in post, joiners and leavers by
    /// organisation and staff group, one file a month.
    Workforce,
}

pub async fn run(options: Import) -> Result<ExitCode, Failure> {
    // Before anything is written: a file that cannot be written would lose the rejected rows.
    let file = options.rejected.as_deref().map(RejectedFile::create).transpose()?;
    let channel = client::connect(&options.endpoint).await?;
    let mut session = Session::begin(channel, &options);
    let end = match options.source {
        Source::Ods => ods::import(&mut session).await,
        Source::Gdad => gdad::import(&mut session).await,
        Source::Esco => esco::import(&mut session).await,
        Source::Workforce => workforce::import(&mut session).await,
    };
    // What was written before it broke off stays written, so it is told in any case.
    let report = session.report;
    if end.is_ok() || !report.is_empty() {
        show(report.summary().as_bytes())?;
    }
    for line in report.rejections().into_iter().chain(report.notes()) {
        complain(line);
    }
    if let Some(file) = file {
        file.write(report.rejected())?;
    }
    end?;
    Ok(match report.rejected().is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The file of `--rejected`.
struct RejectedFile<'a> {
    path: &'a Path,
    file: File,
}

impl<'a> RejectedFile<'a> {
    fn create(path: &'a Path) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|error| cannot_write(path, &error))?;
        Ok(Self { path, file })
    }

    fn write(mut self, rejected: &[RejectedRow]) -> Result<(), Failure> {
        let lines: String = rejected.iter().map(|row| format!("{row}\n")).collect();
        self.file.write_all(lines.as_bytes()).map_err(|error| cannot_write(self.path, &error))
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    format!("cannot write {}: {error}", path.display()).into()
}
