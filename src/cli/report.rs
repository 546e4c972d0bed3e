//! `report`: the board report of a plan, as a file.

use std::{path::Path, process::ExitCode};

use crate::{
    api::v1::{self, ReportFormat, gap_service_client::GapServiceClient},
    config::{Report, ReportFile},
};

use super::{
    Failure,
    client::{self, named},
    show,
};

pub async fn run(options: Report) -> Result<ExitCode, Failure> {
    let mut gaps = GapServiceClient::new(client::connect(&options.endpoint).await?);
    let answer = gaps.render_report(request(&options)).await.map_err(client::explain)?;
    let mut parts = answer.into_inner();
    let (mut told, mut file) = (None, Vec::new());
    while let Some(part) = parts.message().await.map_err(client::explain)? {
        file.extend_from_slice(&part.data);
        told.get_or_insert((part.file_name, part.read_revision));
    }
    let (name, revision) = told.ok_or("the registry sent no report")?;
    if options.output.as_deref().is_some_and(|path| path.as_os_str() == "-") {
        return show(&file);
    }
    let path = options.output.unwrap_or_else(|| name.into());
    std::fs::write(&path, &file).map_err(|why| format!("{}: {why}", path.display()))?;
    println!("{} ({} bytes, of revision {revision})", path.display(), file.len());
    Ok(ExitCode::SUCCESS)
}

/// What a file of this name should be: a spreadsheet that holds a page could not be opened.
fn called(path: Option<&Path>) -> ReportFile {
    match path.and_then(Path::extension) {
        Some(extension) if extension.eq_ignore_ascii_case("xlsx") => ReportFile::Xlsx,
        _ => ReportFile::Html,
    }
}

fn request(options: &Report) -> v1::RenderReportRequest {
    let assumption = v1::ProjectionAssumption {
        leaver_rate: options.leaver_rate,
        joiner_fte: options.joiner_fte,
        trained_fte: options.trained_fte,
        ..v1::ProjectionAssumption::default()
    };
    let assumes = assumption != v1::ProjectionAssumption::default();
    v1::RenderReportRequest {
        plan: named("plans", &options.plan),
        format: match options.format.unwrap_or_else(|| called(options.output.as_deref())) {
            ReportFile::Html => ReportFormat::Html,
            ReportFile::Xlsx => ReportFormat::Xlsx,
        } as i32,
        organisations: options.organisations.iter().map(|id| named("organisations", id)).collect(),
        include_descendants: options.descendants,
        as_of_date: options.as_of.clone().unwrap_or_default(),
        period_end_date: options.period.clone().unwrap_or_default(),
        budget_pence: options.budget.map(|pounds| pounds.saturating_mul(100)),
        assumptions: assumes.then_some(assumption).into_iter().collect(),
        min_revision: 0,
    }
}
