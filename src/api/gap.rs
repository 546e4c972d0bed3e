//! The service and messages of gaps, and the methods that analyse them.

use std::pin::Pin;

use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

use crate::domain::{AsOf, Caller, Position, Result, Violations, gap::GapKind};

use super::{
    Api,
    answers::Answers,
    call::{Answer, answer, open, written},
    comparison,
    gap_analysis::AnalysisAnswer,
    gap_lifecycle, gap_query, gap_trend,
    page::PageWindow,
    report, standard, status, transport, v1,
    wire::{wire, wire_enum},
};

/// Maximum number of rows in a message of StreamGaps.
const CHUNK: usize = 500;

wire_enum! {
    GapKind => GapKind { Reported, Shortfall, OmittedRole, OmittedSkill }
}

wire! {
    Gap in parent { organisation, role, skill, period_end_date, kind, owner, note, due_date }
    output {
        figures, state, first_seen_date, last_seen_date, closure_proposed_date, closure_figures, reopen_count,
        reopened_date, transitions,
    }
}

#[tonic::async_trait]
impl v1::gap_service_server::GapService for Api {
    async fn get_gap(&self, request: Request<v1::GetGapRequest>) -> Answer<v1::Gap> {
        self.get(request).await
    }

    async fn batch_get_gaps(
        &self,
        request: Request<v1::BatchGetGapsRequest>,
    ) -> Answer<v1::BatchGetGapsResponse> {
        self.batch_get(request).await
    }

    async fn list_gaps(
        &self,
        request: Request<v1::ListGapsRequest>,
    ) -> Answer<v1::ListGapsResponse> {
        self.list(request).await
    }

    type ExportGapsStream = Answers<v1::ExportGapsResponse>;

    async fn export_gaps(
        &self,
        request: Request<v1::ExportGapsRequest>,
    ) -> Answer<Self::ExportGapsStream> {
        self.export(request).await
    }

    async fn create_gap(&self, request: Request<v1::CreateGapRequest>) -> Answer<v1::Gap> {
        self.create(request).await
    }

    async fn update_gap(&self, request: Request<v1::UpdateGapRequest>) -> Answer<v1::Gap> {
        self.update(request).await
    }

    async fn delete_gap(&self, request: Request<v1::DeleteGapRequest>) -> Answer<()> {
        self.delete(request).await
    }

    async fn batch_create_gaps(
        &self,
        request: Request<v1::BatchCreateGapsRequest>,
    ) -> Answer<v1::BatchCreateGapsResponse> {
        self.batch_create(request).await
    }

    async fn batch_update_gaps(
        &self,
        request: Request<v1::BatchUpdateGapsRequest>,
    ) -> Answer<v1::BatchUpdateGapsResponse> {
        self.batch_update(request).await
    }

    async fn batch_delete_gaps(&self, request: Request<v1::BatchDeleteGapsRequest>) -> Answer<()> {
        self.batch_delete(request).await
    }

    type ImportGapsStream = Answers<v1::ImportGapsResponse>;

    async fn import_gaps(
        &self,
        request: Request<Streaming<v1::ImportGapsRequest>>,
    ) -> Answer<Self::ImportGapsStream> {
        self.import(request).await
    }

    async fn analyse_gaps(
        &self,
        request: Request<v1::AnalyseGapsRequest>,
    ) -> Answer<v1::AnalyseGapsResponse> {
        let (caller, request) = open(request)?;
        answer(self.page_of_gaps(&caller, request).await)
    }

    type StreamGapsStream = Messages<v1::StreamGapsResponse>;

    async fn stream_gaps(
        &self,
        request: Request<v1::StreamGapsRequest>,
    ) -> Answer<Self::StreamGapsStream> {
        let (caller, request) = open(request)?;
        let mut violations = Violations::default();
        let query = gap_query::query(&self.registry, request.query, &mut violations);
        let as_of = standard::as_of("at_revision", request.at_revision, &mut violations);
        let seen = PageContext { as_of, min: request.min_revision, given: None };
        let analysed = self.analyse(&caller, query, seen, violations).await;
        let analysed = analysed.map_err(status::of)?;
        Ok(Response::new(self.until_closing(messages(analysed))))
    }

    async fn record_gaps(
        &self,
        request: Request<v1::RecordGapsRequest>,
    ) -> Answer<v1::RecordGapsResponse> {
        let (caller, request) = open(request)?;
        written(gap_lifecycle::record(&self.registry, &caller, request).await)
    }

    async fn transition_gap(&self, request: Request<v1::TransitionGapRequest>) -> Answer<v1::Gap> {
        let (caller, request) = open(request)?;
        written(gap_lifecycle::transition(&self.registry, &caller, request).await)
    }

    async fn list_gap_trends(
        &self,
        request: Request<v1::ListGapTrendsRequest>,
    ) -> Answer<v1::ListGapTrendsResponse> {
        let (caller, request) = open(request)?;
        answer(gap_trend::page(&self.registry, &caller, request).await)
    }

    async fn compare_organisations(
        &self,
        request: Request<v1::CompareOrganisationsRequest>,
    ) -> Answer<v1::CompareOrganisationsResponse> {
        let (caller, request) = open(request)?;
        answer(comparison::compare(&self.registry, &caller, request).await)
    }

    async fn find_surplus(
        &self,
        request: Request<v1::FindSurplusRequest>,
    ) -> Answer<v1::FindSurplusResponse> {
        let (caller, request) = open(request)?;
        answer(comparison::find_surplus(&self.registry, &caller, request).await)
    }

    async fn project_gaps(
        &self,
        request: Request<v1::ProjectGapsRequest>,
    ) -> Answer<v1::ProjectGapsResponse> {
        let (caller, request) = open(request)?;
        answer(self.project(&caller, request).await)
    }

    async fn recommend_closures(
        &self,
        request: Request<v1::RecommendClosuresRequest>,
    ) -> Answer<v1::RecommendClosuresResponse> {
        let (caller, request) = open(request)?;
        answer(self.recommend(&caller, request).await)
    }

    type RenderReportStream = Messages<v1::RenderReportResponse>;

    async fn render_report(
        &self,
        request: Request<v1::RenderReportRequest>,
    ) -> Answer<Self::RenderReportStream> {
        let (caller, request) = open(request)?;
        let file = self.render(&caller, request).await?;
        Ok(Response::new(self.until_closing(report::messages(file))))
    }
}

/// A stream of messages that are all ready.
pub type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Api {
    /// Streams messages until the service shuts down.
    fn until_closing<T>(&self, messages: impl Stream<Item = T> + Send + 'static) -> Messages<T> {
        let closing = self.closing.clone();
        Box::pin(messages.map(move |message| match closing.is_cancelled() {
            false => Ok(message),
            true => Err(transport::closing()),
        }))
    }

    async fn page_of_gaps(
        &self,
        caller: &Caller,
        request: v1::AnalyseGapsRequest,
    ) -> Result<v1::AnalyseGapsResponse> {
        let mut violations = Violations::default();
        let window = PageWindow::read(&request, &mut violations);
        let mut query = gap_query::query(&self.registry, request.query, &mut violations);
        query.as_of = window.day(query.as_of);
        let as_of = match window.as_of() {
            AsOf::Latest => standard::as_of("at_revision", request.at_revision, &mut violations),
            of_first => of_first,
        };
        let given = window.given().cloned();
        let seen = PageContext { as_of, min: request.min_revision, given };
        let analysed = self.analyse(caller, query, seen, violations).await?;
        let head = self.registry.head(caller).await?;
        let rows = &analysed.analysis.rows;
        let (page, next_page_token) = window.of(rows, analysed.pin(), &head);
        Ok(v1::AnalyseGapsResponse {
            context: Some(analysed.context()),
            rows: page.iter().map(|row| analysed.row(row)).collect(),
            totals: analysed.totals(),
            period_totals: analysed.period_totals(),
            warnings: analysed.warnings(),
            next_page_token,
        })
    }

    /// Runs the analysis, unless the request has violations.
    async fn analyse(
        &self,
        caller: &Caller,
        query: crate::planning::analysis::AnalysisQuery,
        seen: PageContext,
        violations: Violations,
    ) -> Result<AnalysisAnswer> {
        standard::reached(&self.registry, caller, seen.min, violations).await?;
        self.registry.recognise(caller, seen.given.as_ref()).await?;
        let (analysis, plan, revision) =
            self.registry.analyse_gaps(caller, &query, seen.as_of).await?;
        Ok(AnalysisAnswer { query, analysis, plan, revision })
    }
}

/// State of the registry that a request asks for.
#[derive(Clone, Default)]
struct PageContext {
    as_of: AsOf,
    /// Revision that the state must include; 0 for any.
    min: i64,
    /// Position in the page token; `None` on the first page.
    given: Option<Position>,
}

/// Splits an analysis into messages: first context, totals and warnings, then the rows.
fn messages(analysed: AnalysisAnswer) -> impl Stream<Item = v1::StreamGapsResponse> + Send {
    let first = v1::StreamGapsResponse {
        context: Some(analysed.context()),
        totals: analysed.totals(),
        period_totals: analysed.period_totals(),
        warnings: analysed.warnings(),
        rows: Vec::new(),
    };
    let starts = (0..analysed.analysis.rows.len()).step_by(CHUNK);
    let rows = starts.map(move |start| {
        let rows = analysed.analysis.rows[start..].iter().take(CHUNK);
        v1::StreamGapsResponse {
            rows: rows.map(|row| analysed.row(row)).collect(),
            ..v1::StreamGapsResponse::default()
        }
    });
    tokio_stream::iter(std::iter::once(first).chain(rows))
}
