//! Board reports.

use chrono::NaiveDate;
use tokio_stream::Stream;
use tonic::Status;

use crate::{
    domain::{Caller, Organisation, Plan, Violations},
    planning::{
        analysis::{AnalysisQuery, Periods},
        report::ReportQuery,
    },
    registry::Registry,
    report::{self, File, Format},
};

use super::{
    Api,
    gap_query::names,
    projection::assumptions,
    standard, status, transport, v1,
    wire::{self, WireValue, wire_enum},
};

/// Maximum size of a message in bytes.
const CHUNK: usize = 64 * 1_024;

wire_enum! {
    Format => ReportFormat { Html, Xlsx }
}

impl Api {
    /// Makes a report and renders it as a file.
    pub(super) async fn render(
        &self,
        caller: &Caller,
        request: v1::RenderReportRequest,
    ) -> Result<File, Status> {
        let mut violations = Violations::default();
        let format = wire::optional(request.format, "format", &mut violations);
        let format = format.unwrap_or(Format::Html);
        let min_revision = request.min_revision;
        let registry = &self.registry;
        let query = report_query(registry, request, &mut violations);
        let reached = standard::reached(registry, caller, min_revision, violations).await;
        reached.map_err(status::of)?;
        let report = registry.report(caller, query).await.map_err(status::of)?;
        let rendered = registry
            .compute(async { Ok(()) }, move |(), _| report::render(&report, format))
            .await
            .map_err(status::of)?;
        rendered.map_err(|error| {
            tracing::error!(error = status::chain(&error), "report rendering failed");
            transport::internal()
        })
    }
}

fn report_query(
    registry: &Registry,
    request: v1::RenderReportRequest,
    violations: &mut Violations,
) -> ReportQuery {
    let v = violations;
    let period = Option::<NaiveDate>::from_wire(request.period_end_date, "period_end_date", v);
    let budget = request.budget_pence.unwrap_or(ReportQuery::USUAL_BUDGET);
    let as_of = registry.day_or_today(WireValue::from_wire(request.as_of_date, "as_of_date", v));
    let query = AnalysisQuery {
        organisations: names::<Organisation>(
            "organisations",
            &request.organisations,
            AnalysisQuery::MAX_NAMES,
            v,
        ),
        include_descendants: request.include_descendants,
        periods: period.map_or(Periods::Current, |period| Periods::Ending(vec![period])),
        ..AnalysisQuery::of(standard::one_name::<Plan>("plan", &request.plan, v), as_of)
    };
    let assumptions = assumptions(request.assumptions, "assumptions", v);
    let query = ReportQuery { query, budget, assumptions };
    query.check(v);
    query
}

/// Splits a file into the messages of the response.
pub fn messages(file: File) -> impl Stream<Item = v1::RenderReportResponse> + Send {
    let File { content_type, name, revision, bytes } = file;
    let parts = bytes.len().div_ceil(CHUNK).max(1);
    let part = move |i: usize| {
        let end = bytes.len().min((i + 1) * CHUNK);
        let data = bytes[i * CHUNK..end].to_vec();
        match i {
            0 => v1::RenderReportResponse {
                content_type: content_type.to_owned(),
                file_name: name.clone(),
                read_revision: revision.number(),
                size_bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
                data,
            },
            _ => v1::RenderReportResponse { data, ..Default::default() },
        }
    };
    tokio_stream::iter((0..parts).map(part))
}
