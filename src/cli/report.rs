//! `report`: the board report of a plan, as a file.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, ValueEnum};

use crate::api::v1::{self, ReportFormat, gap_service_client::GapServiceClient};

use super::{
    Failure,
    client::{self, Endpoint, named},
    show,
};

/// Options of `report`.
#[derive(Debug, Args)]
pub struct Report {
    /// The plan: plans/ID, or its id alone.
    pub plan: String,
    /// Where the registry is.
    #[command(flatten)]
    pub endpoint: Endpoint,
    /// What file to write. Without it: what the file is called, and otherwise html.
    #[arg(long, value_enum)]
    pub format: Option<ReportFile>,
    /// The file to write; `-` is the standard output. Without it: PLAN-DATE.html or .xlsx here.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Only this organisation: its ODS code. Can be given several times.
    #[arg(long = "organisation", value_name = "ODS")]
    pub organisations: Vec<String>,
    /// With each organisation, all below it.
    #[arg(long)]
    pub descendants: bool,
    /// The day whose staffing and assessments count: YYYY-MM-DD.
    #[arg(long)]
    pub as_of: Option<String>,
    /// The period whose needs count: YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    pub period: Option<String>,
    /// How many pounds may be spent on closing gaps: 100,000 where it is not given.
    #[arg(long, value_name = "POUNDS")]
    pub budget: Option<i64>,
    /// Which part of those in post leaves in a year, 0 to 1. Without it: from recorded movements.
    #[arg(long, value_name = "RATE")]
    pub leaver_rate: Option<f64>,
    /// The FTE that joins each role of each organisation in a period. Without it: from recorded movements.
    #[arg(long, value_name = "FTE")]
    pub joiner_fte: Option<f64>,
    /// The FTE that is trained in each skill of each role of each organisation in a period.
    #[arg(long, value_name = "FTE")]
    pub trained_fte: Option<f64>,
}

/// What file a report is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFile {
    /// For people to read: one page with everything in it.
    Html,
    /// For planners: a spreadsheet with every row.
    Xlsx,
}

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
