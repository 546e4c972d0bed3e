//! Board reports on the wire.

use chrono::{NaiveDate, Utc};
use tokio_stream::Stream;
use tonic::Status;

use crate::{
    domain::{
        Caller, Organisation, Plan, Violations,
        analysis::{Periods, Query},
        projection::Assumption,
        report::Ask,
    },
    report::{self, File, Format},
};

use super::{
    Api,
    gap_analysis::names,
    projection::{MOST_ASSUMPTIONS, assumption},
    standard, status, v1,
    wire::{self, Travels, wire_enum},
};

/// How many bytes a message has at most.
const CHUNK: usize = 64 * 1_024;

/// The most pence of a budget.
const MOST_PENCE: i64 = 1_000_000_000_000_000;

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
            tracing::error!(error = status::chain(&failed), "a report could not be rendered");
            status::internal()
        })
    }
}

fn ask(request: v1::RenderReportRequest, violations: &mut Violations) -> Ask {
    let v = violations;
    let period = Option::<NaiveDate>::from_wire(request.period_end_date, "period_end_date", v);
    let budget = request.budget_pence.unwrap_or(USUAL_PENCE);
    let query = Query {
        plan: standard::one_name::<Plan>("plan", &request.plan, v),
        organisations: names::<Organisation>("organisations", &request.organisations, 1_000, v),
        include_descendants: request.include_descendants,
        as_of: Option::<NaiveDate>::from_wire(request.as_of_date, "as_of_date", v)
            .unwrap_or_else(|| Utc::now().date_naive()),
        periods: period.map_or(Periods::Current, |period| Periods::Ending(vec![period])),
        roles: Vec::new(),
        families: Vec::new(),
        skills: Vec::new(),
        frameworks: Vec::new(),
        minimum_severity: None,
        importance: None,
        group_by: Vec::new(),
        order_by: Vec::new(),
    };
    v.range("budget_pence", budget, 0..=MOST_PENCE);
    Ask { query, budget, assumptions: assumptions(request.assumptions, v) }
}

fn assumptions(
    wire: Vec<v1::ProjectionAssumption>,
    violations: &mut Violations,
) -> Vec<Assumption> {
    violations.items("assumptions", &wire, MOST_ASSUMPTIONS);
    let some = wire.into_iter().take(MOST_ASSUMPTIONS).enumerate();
    some.map(|(i, wire)| assumption(wire, &format!("assumptions[{i}]"), violations)).collect()
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
