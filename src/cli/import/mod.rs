//! `import`: imports public data files through the service.

mod esco;
mod gdad;
mod ods;
mod organisations;
mod source;
mod upload;
mod workforce;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};
use tonic::transport::Channel;

use crate::api::{
    client::Importable,
    v1::{self, framework_service_client::FrameworkServiceClient},
};

use super::{
    Failure,
    client::{self, Endpoint},
    complain, show,
};

pub use source::SourcedRow;
pub use upload::{Report, upload};

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
    /// For gdad and esco: the publisher's version of the framework.
    #[arg(long, default_value = "")]
    pub edition: String,
    /// For gdad and esco: publish the framework after the import.
    #[arg(long)]
    pub publish: bool,
}

/// Public data sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Source {
    /// NHS trusts and care trusts of the Organisation Data Service: etr.csv, ect.csv.
    Ods,
    /// The Government Digital and Data Profession Capability Framework: roles.csv, skills.csv.
    Gdad,
    /// A skills collection of ESCO, such as digitalSkillsCollection_en.csv.
    Esco,
    /// NHS workforce statistics, turnover benchmarking: staff in post, joiners and leavers by
    /// organisation and staff group.
    Workforce,
}

/// The subject under which the importer writes.
const SUBJECT: &str = "skills-registry-import";

pub async fn run(options: Import) -> Result<ExitCode, Failure> {
    let channel = client::connect(&options.endpoint).await?;
    let mut report = Report::with_progress();
    match options.source {
        Source::Ods => ods::import(&channel, &options, &mut report).await?,
        Source::Gdad => gdad::import(&channel, &options, &mut report).await?,
        Source::Esco => esco::import(&channel, &options, &mut report).await?,
        Source::Workforce => workforce::import(&channel, &options, &mut report).await?,
    }
    show(report.summary().as_bytes())?;
    for rejected in report.rejected() {
        complain(rejected);
    }
    Ok(match report.rejected().is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Imports rows of one resource type.
async fn load<M: Importable>(
    channel: &Channel,
    parent: &str,
    rows: Vec<SourcedRow<M>>,
    report: &mut Report,
) -> Result<(), Failure> {
    upload(channel, SUBJECT, parent, rows, report).await
}

/// Publishes a framework if it is a draft.
async fn publish(channel: &Channel, name: &str) -> Result<(), Failure> {
    let mut frameworks = FrameworkServiceClient::new(channel.clone());
    let get = v1::GetFrameworkRequest { name: name.to_owned(), ..Default::default() };
    let framework = frameworks.get_framework(get).await.map_err(client::explain)?.into_inner();
    if framework.state() == v1::FrameworkState::Draft {
        let publish = v1::PublishFrameworkRequest {
            name: framework.name,
            etag: framework.etag,
            ..Default::default()
        };
        let published = frameworks.publish_framework(publish).await.map_err(client::explain)?;
        if published.into_inner().warnings().any(|kind| kind == v1::FrameworkWarning::NoLevels) {
            complain(format_args!(
                "warning: {name} is published without levels, and can no longer be given any"
            ));
        }
    }
    Ok(())
}
