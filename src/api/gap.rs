//! Gaps on the wire, and the methods that find them.

use prost::Message;
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status};

use crate::domain::{
    Caller, Error, Reason, Result, Violations,
    gap::{Figures, GapKind, GapState, PeriodEnd},
};

use super::{
    Api,
    gap_analysis::{self, Analysed},
    page,
    service::{Answer, answer, ask, open, service},
    status, v1,
    wire::{Travels, wire, wire_enum},
};

/// The most warnings that an answer has.
const MOST_WARNINGS: usize = 1_000;

/// How many rows a message of StreamGaps has.
const CHUNK: usize = 500;

/// The most gaps that are recorded at once.
const MOST_RECORDED: usize = 100_000;

wire_enum! {
    GapKind => GapKind { Reported, Shortfall, OmittedRole, OmittedSkill }
}

wire_enum! {
    GapState => GapState { Open, Planned, InProgress, Closed, Accepted }
}

wire! {
    Gap in parent { organisation, role, skill, period_end_date, kind, owner, note, due_date }
    output { figures, state, first_seen_date, last_seen_date }
}

impl Travels<Option<v1::GapFigures>> for Figures {
    fn to_wire(&self) -> Option<v1::GapFigures> {
        self.0.as_ref().map(gap_analysis::figures)
    }

    /// Figures are set by the registry only.
    fn from_wire(_: Option<v1::GapFigures>, _field: &str, _: &mut Violations) -> Self {
        Self(None)
    }
}

impl Travels<String> for PeriodEnd {
    fn to_wire(&self) -> String {
        self.date().to_wire()
    }

    fn from_wire(wire: String, field: &str, violations: &mut Violations) -> Self {
        Option::from_wire(wire, field, violations).into()
    }
}

service!(Gap, Gaps in parent {
    async fn analyse_gaps(
        &self,
        request: Request<v1::AnalyseGapsRequest>,
    ) -> Answer<v1::AnalyseGapsResponse> {
        let (caller, request) = open(request)?;
        answer(self.page_of_gaps(&caller, request).await)
    }

    type StreamGapsStream = GapStream;

    async fn stream_gaps(
        &self,
        request: Request<v1::StreamGapsRequest>,
    ) -> Answer<Self::StreamGapsStream> {
        let (caller, request) = open(request)?;
        let mut violations = Violations::default();
        let query = gap_analysis::query(request.query, &mut violations);
        let analysed = self.analysed(&caller, query, violations).await.map_err(status::of)?;
        let closing = self.closing.clone();
        let messages = messages(analysed).map(move |message| match closing.is_cancelled() {
            false => Ok(message),
            true => Err(status::closing()),
        });
        Ok(Response::new(Box::pin(messages)))
    }

    async fn record_gaps(
        &self,
        request: Request<v1::RecordGapsRequest>,
    ) -> Answer<v1::RecordGapsResponse> {
        let (caller, request) = open(request)?;
        answer(self.recorded(&caller, request).await)
    }

    async fn project_gaps(
        &self,
        request: Request<v1::ProjectGapsRequest>,
    ) -> Answer<v1::ProjectGapsResponse> {
        let (caller, request) = open(request)?;
        answer(self.projected(&caller, request).await)
    }

    async fn recommend_closures(
        &self,
        request: Request<v1::RecommendClosuresRequest>,
    ) -> Answer<v1::RecommendClosuresResponse> {
        let (caller, request) = open(request)?;
        answer(self.recommended(&caller, request).await)
    }
});

/// The messages of StreamGaps.
pub type GapStream =
    std::pin::Pin<Box<dyn Stream<Item = Result<v1::StreamGapsResponse, Status>> + Send>>;

impl Api {
    async fn page_of_gaps(
        &self,
        caller: &Caller,
        request: v1::AnalyseGapsRequest,
    ) -> Result<v1::AnalyseGapsResponse> {
        let mut violations = Violations::default();
        let size = page::size(request.page_size, &mut violations);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let arguments = format!("{:?}", request.query);
        let after = page::after(&["gaps", &arguments], &request.page_token, &mut violations);
        let start: usize = after.and_then(|after| after.parse().ok()).unwrap_or(0);
        let query = gap_analysis::query(request.query, &mut violations);
        let analysed = self.analysed(caller, query, violations).await?;
        let rows = &analysed.analysis.rows;
        let end = rows.len().min(start.saturating_add(size));
        let page = rows.get(start..end).unwrap_or_default();
        let next = end < rows.len();
        Ok(v1::AnalyseGapsResponse {
            context: Some(analysed.context()),
            rows: page.iter().map(|row| analysed.row(row)).collect(),
            totals: Some(gap_analysis::totals(&analysed.analysis.totals, true)),
            warnings: analysed.warnings(MOST_WARNINGS),
            next_page_token: match next {
                true => page::token(&["gaps", &arguments], &end.to_string()),
                false => String::new(),
            },
        })
    }

    async fn recorded(
        &self,
        caller: &Caller,
        request: v1::RecordGapsRequest,
    ) -> Result<v1::RecordGapsResponse> {
        let mut violations = Violations::default();
        let ask = ask(&request, request.validate_only, &request.request_id);
        let writing = ask.writing(&mut violations);
        let query = gap_analysis::query(request.query, &mut violations);
        for (field, empty) in [
            ("query.group_by", query.group_by.is_empty()),
            ("query.order_by", query.order_by.is_empty()),
        ] {
            if !empty {
                violations.add(field, Reason::NotAllowed, "must be empty where gaps are recorded");
            }
        }
        let analysed = self.analysed(caller, query, violations).await?;
        if analysed.analysis.rows.len() > MOST_RECORDED {
            let description = "would record more than 100,000 gaps";
            let violations = Violations::one("query", Reason::TooLong, description);
            return Err(Error::Invalid(violations));
        }
        let (query, analysis) = (&analysed.query, &analysed.analysis);
        // A request that comes again is told what it was told, not what would be found now.
        let told = analysed.context().encode_to_vec();
        let recorded = self.registry.record_gaps(caller, &writing, query, analysis, told).await?;
        let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        let context = v1::GapContext::decode(recorded.told.as_slice());
        Ok(v1::RecordGapsResponse {
            context: Some(context.unwrap_or_else(|_| analysed.context())),
            created_count: count(recorded.created),
            updated_count: count(recorded.updated),
            unchanged_count: count(recorded.unchanged),
            revision: recorded.revision,
        })
    }

    /// Analyses, unless there is any violation.
    async fn analysed(
        &self,
        caller: &Caller,
        query: crate::domain::analysis::Query,
        violations: Violations,
    ) -> Result<Analysed> {
        super::standard::done(violations)?;
        let (analysis, plan, revision) = self.registry.analyse(caller, &query).await?;
        Ok(Analysed { query, analysis, plan, revision })
    }
}

/// The first message with what is said once, and then the rows.
fn messages(analysed: Analysed) -> impl Stream<Item = v1::StreamGapsResponse> + Send {
    let first = v1::StreamGapsResponse {
        context: Some(analysed.context()),
        totals: Some(gap_analysis::totals(&analysed.analysis.totals, true)),
        warnings: analysed.warnings(MOST_WARNINGS),
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
