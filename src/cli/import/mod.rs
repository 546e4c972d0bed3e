//! `import`: public data files, loaded through the service.

mod esco;
mod gdad;
mod ods;
mod organisations;
mod source;
mod upload;
mod workforce;

use std::process::ExitCode;

use tonic::transport::Channel;

use crate::{
    api::v1::{self, framework_service_client::FrameworkServiceClient},
    config::{Import, Source},
};

use super::{Failure, client};

pub use source::Sourced;
pub use upload::{Importable, Report, upload};

/// Who the importer says it is.
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
    print!("{}", report.summary());
    for rejected in report.rejected() {
        eprintln!("{rejected}");
    }
    Ok(match report.rejected().is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Loads the rows of a noun.
async fn load<M: Importable>(
    channel: &Channel,
    parent: &str,
    rows: Vec<Sourced<M>>,
    report: &mut Report,
) -> Result<(), Failure> {
    upload(channel, SUBJECT, parent, rows, report).await
}

/// Publishes a framework that is a draft.
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
        frameworks.publish_framework(publish).await.map_err(client::explain)?;
    }
    Ok(())
}
