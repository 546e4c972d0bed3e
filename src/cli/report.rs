//! `report`: writes the board report of a plan to a file.

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
    /// Plan to report on: plans/ID or the id alone.
    pub plan: String,
    /// The registry to call.
    #[command(flatten)]
    pub endpoint: Endpoint,
    /// Format of the file. Default: by the extension of --output (.html, .htm or .xlsx), otherwise html.
    #[arg(long, value_enum)]
    pub format: Option<ReportFile>,
    /// File to write; `-` is standard output. Default: PLAN-DATE.html or PLAN-DATE.xlsx in the
    /// current folder.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Only this organisation, given by its ODS code. Repeatable. Default: all of the plan.
    #[arg(long = "organisation", value_name = "ODS")]
    pub organisations: Vec<String>,
    /// Include all organisations below those given.
    #[arg(long)]
    pub descendants: bool,
    /// Day for which staffing and assessments are counted: YYYY-MM-DD. Default: today in Europe/London.
    #[arg(long)]
    pub as_of: Option<String>,
    /// Period whose needs are counted: its last day, YYYY-MM-DD. Default: the earliest period that
    /// has not ended.
    #[arg(long, value_name = "DATE")]
    pub period: Option<String>,
    /// Budget in pounds for closing gaps. Default: 100,000.
    #[arg(long, value_name = "POUNDS")]
    pub budget: Option<i64>,
    /// Share of those in post who leave in a year, 0 to 1. Default: from recorded movements.
    #[arg(long, value_name = "RATE")]
    pub leaver_rate: Option<f64>,
    /// FTE that joins each role of each organisation in a period. Default: from recorded movements.
    #[arg(long, value_name = "FTE")]
    pub joiner_fte: Option<f64>,
    /// FTE trained in each skill of each role of each organisation in a period.
    #[arg(long, value_name = "FTE")]
    pub trained_fte: Option<f64>,
}

/// Formats of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFile {
    /// One page for people to read.
    Html,
    /// A spreadsheet for planners, with every row.
    Xlsx,
}

pub async fn run(options: Report) -> Result<ExitCode, Failure> {
    let format = match options.format {
        Some(format) => format,
        None => called(options.output.as_deref())?,
    };
    let mut gaps = GapServiceClient::new(client::connect(&options.endpoint).await?);
    let answer = gaps.render_report(request(&options, format)).await.map_err(client::explain)?;
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
    let done = format!("{} ({} bytes, of revision {revision})\n", path.display(), file.len());
    show(done.as_bytes())
}

/// Returns the format for a file name: no program could open an HTML page named .pdf.
fn called(path: Option<&Path>) -> Result<ReportFile, Failure> {
    let extension = path.and_then(Path::extension);
    let extension = extension.map(|text| text.to_string_lossy().to_ascii_lowercase());
    match extension.as_deref() {
        None | Some("html" | "htm") => Ok(ReportFile::Html),
        Some("xlsx") => Ok(ReportFile::Xlsx),
        Some(other) => Err(format!(
            "a report is written as .html or .xlsx, not as .{other}: change --output, or say which \
             with --format"
        )
        .into()),
    }
}

fn request(options: &Report, format: ReportFile) -> v1::RenderReportRequest {
    let assumption = v1::ProjectionAssumption {
        leaver_rate: options.leaver_rate,
        joiner_fte: options.joiner_fte,
        trained_fte: options.trained_fte,
        ..v1::ProjectionAssumption::default()
    };
    let assumes = assumption != v1::ProjectionAssumption::default();
    v1::RenderReportRequest {
        plan: named("plans", &options.plan),
        format: match format {
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
