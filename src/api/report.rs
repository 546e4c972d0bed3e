//! Board reports on the wire.

use chrono::{NaiveDate, Utc};
use tokio_stream::Stream;
use tonic::Status;

use crate::{
    domain::{Caller, Organisation, Plan, Violations},
    planning::{
        analysis::{Periods, Query},
        report::Ask,
    },
    report::{self, File, Format},
};

use super::{
    Api,
    closure::MOST_PENCE,
    gap_analysis::names,
    projection::assumptions,
    standard, status, v1,
    wire::{self, Travels, wire_enum},
};

/// How many bytes a message has at most.
const CHUNK: usize = 64 * 1_024;

/// What may be spent where the request does not say: £100,000.
const USUAL_PENCE: i64 = 10_000_000;

wire_enum! {
    Format => ReportFormat { Html, Xlsx }
}

impl Api {
    /// Renders a report.
    pub(super) async fn rendered(
        &self,
        caller: &Caller,
        request: v1::RenderReportRequest,
    ) -> Result<File, Status> {
        let mut violations = Violations::default();
        let format = wire::optional(request.format, "format", &mut violations);
        let format = format.unwrap_or(Format::Html);
        let min_revision = request.min_revision;
        let ask = ask(request, &mut violations);
        let registry = &self.registry;
        let reached = standard::reached(registry, caller, min_revision, violations).await;
        reached.map_err(status::of)?;
        let made = registry.report(caller, ask, move |made| report::render(made, format)).await;
        made.map_err(status::of)?.map_err(|failed| {
            tracing::error!(error = status::chain(&failed), "report not rendered");
            status::internal()
        })
    }
}

fn ask(request: v1::RenderReportRequest, violations: &mut Violations) -> Ask {
    let v = violations;
    let period = Option::<NaiveDate>::from_wire(request.period_end_date, "period_end_date", v);
    let budget = request.budget_pence.unwrap_or(USUAL_PENCE);
    let as_of = Option::<NaiveDate>::from_wire(request.as_of_date, "as_of_date", v)
        .unwrap_or_else(|| Utc::now().date_naive());
    let query = Query {
        organisations: names::<Organisation>("organisations", &request.organisations, 1_000, v),
        include_descendants: request.include_descendants,
        periods: period.map_or(Periods::Current, |period| Periods::Ending(vec![period])),
        ..Query::of(standard::one_name::<Plan>("plan", &request.plan, v), as_of)
    };
    v.range("budget_pence", budget, 0..=MOST_PENCE);
    Ask { query, budget, assumptions: assumptions(request.assumptions, "assumptions", v) }
}

/// The messages that a file is sent in.
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
                read_revision: revision,
                size_bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
                data,
            },
            _ => v1::RenderReportResponse { data, ..Default::default() },
        }
    };
    tokio_stream::iter((0..parts).map(part))
}
