//! Gaps from state to state on the wire: how they are recorded, and how callers take them on.

use prost::Message;

use crate::{
    domain::{
        AsOf, Caller, Error, ExpectedResource, Gap, Reason, Result, Violations, Writing, Written,
        gap::{Figures, GapState, PeriodEnd, Transition, Transitions},
    },
    planning::{analysis, survey::Survey},
    registry::{Recorded, Registry, TransitionRequest},
};

use super::{
    call::writing,
    gap_analysis::{self, Analysed},
    plan_audit, standard, v1,
    wire::{Travels, Wire, wire_enum},
};

/// The most gaps that are recorded at once.
const MOST_RECORDED: usize = 100_000;

wire_enum! {
    GapState => GapState { Open, Planned, InProgress, Closed, Accepted }
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

impl Travels<Vec<v1::GapTransition>> for Transitions {
    fn to_wire(&self) -> Vec<v1::GapTransition> {
        let transition = |transition: &Transition| v1::GapTransition {
            from: transition.from.to_wire(),
            to: transition.to.to_wire(),
            time: transition.time.to_wire(),
            caller: transition.caller.clone(),
            reason: transition.reason.clone(),
            found_again: transition.found_again,
        };
        self.0.iter().map(transition).collect()
    }

    /// Transitions are kept by the registry only.
    fn from_wire(_: Vec<v1::GapTransition>, _field: &str, _: &mut Violations) -> Self {
        Self::default()
    }
}

/// TransitionGap.
pub async fn transition(
    registry: &Registry,
    caller: &Caller,
    request: v1::TransitionGapRequest,
) -> Result<Written<v1::Gap>> {
    let mut violations = Violations::default();
    let writing = writing(&request, &mut violations);
    let v1::TransitionGapRequest { name, etag, state, reason, .. } = request;
    let name = standard::resource_name::<Gap>("name", &name, &mut violations);
    let to = GapState::from_wire(state, "state", &mut violations);
    violations.line("reason", &reason, 1_000);
    if !violations.has("state") && to.wants_reason() {
        violations.required("reason", reason.trim());
    }
    let expected = ExpectedResource { name: standard::read(name, violations)?, etag };
    let request = TransitionRequest { expected, to, reason };
    let done = registry.transition_gap(caller, &writing, request).await?;
    Ok(done.map(|gap| gap.to_message()))
}

/// RecordGaps.
pub async fn record(
    registry: &Registry,
    caller: &Caller,
    request: v1::RecordGapsRequest,
) -> Result<Written<v1::RecordGapsResponse>> {
    let mut violations = Violations::default();
    let writing = writing(&request, &mut violations);
    match request.audit {
        None => record_analysis(registry, caller, &writing, request.query, violations).await,
        Some(audit) => {
            if request.query.is_some() {
                violations.add("query", Reason::NotAllowed, "must be empty where audit is given");
            }
            record_audit(registry, caller, &writing, audit, violations).await
        }
    }
}

async fn record_analysis(
    registry: &Registry,
    caller: &Caller,
    writing: &Writing,
    query: Option<v1::GapQuery>,
    mut violations: Violations,
) -> Result<Written<v1::RecordGapsResponse>> {
    let query = gap_analysis::query(query, &mut violations);
    for (field, empty) in [
        ("query.group_by", query.group_by.is_empty()),
        ("query.order_by", query.order_by.is_empty()),
    ] {
        if !empty {
            violations.add(field, Reason::NotAllowed, "must be empty where gaps are recorded");
        }
    }
    standard::done(violations)?;
    // Gaps that are kept are looked at whatever their severity.
    let whole = analysis::Query { minimum_severity: None, ..query.clone() };
    let (mut analysis, plan, revision) = registry.analyse(caller, &whole, AsOf::Latest).await?;
    let survey = Survey::of_analysis(&whole, query.minimum_severity, &analysis);
    let severe = |row: &analysis::Row| {
        query.minimum_severity.is_none_or(|least| row.figures.severity() >= least)
    };
    analysis.rows.retain(severe);
    if analysis.rows.len() > MOST_RECORDED {
        let description = "would record more than 100,000 gaps";
        return Err(Error::Invalid(Violations::one("query", Reason::TooLong, description)));
    }
    // A request that comes again is told what it was told, not what would be found now.
    let context = Analysed { query, analysis, plan, revision }.context();
    let done = registry.record_gaps(caller, writing, survey, context.encode_to_vec()).await?;
    Ok(done.map(|recorded| {
        let told = v1::GapContext::decode(recorded.told.as_slice());
        let context = Some(told.unwrap_or(context));
        v1::RecordGapsResponse { context, ..counts(&recorded) }
    }))
}

async fn record_audit(
    registry: &Registry,
    caller: &Caller,
    writing: &Writing,
    audit: v1::PlanAuditQuery,
    mut violations: Violations,
) -> Result<Written<v1::RecordGapsResponse>> {
    let query = plan_audit::query("audit", Some(audit), &mut violations);
    if !query.baseline.is_empty() {
        // What one baseline plan shows and another does not would seem to come and go.
        let description = "must be empty where gaps are recorded: the plan's own is used";
        violations.add("audit.baseline_plan", Reason::NotAllowed, description);
    }
    standard::done(violations)?;
    let audited = registry.audit(caller, &query, AsOf::Latest).await?;
    if audited.omissions.len() > MOST_RECORDED {
        let description = "would record more than 100,000 gaps";
        return Err(Error::Invalid(Violations::one("audit", Reason::TooLong, description)));
    }
    let survey = Survey::of_audit(&query.plan, query.as_of, &audited.omissions);
    let context = plan_audit::context(&audited, &query);
    let done = registry.record_gaps(caller, writing, survey, context.encode_to_vec()).await?;
    Ok(done.map(|recorded| {
        let told = v1::PlanAuditContext::decode(recorded.told.as_slice());
        let audit_context = Some(told.unwrap_or(context));
        v1::RecordGapsResponse { audit_context, ..counts(&recorded) }
    }))
}

fn counts(recorded: &Recorded) -> v1::RecordGapsResponse {
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    v1::RecordGapsResponse {
        created_count: count(recorded.created),
        updated_count: count(recorded.updated),
        unchanged_count: count(recorded.unchanged),
        reopened_count: count(recorded.reopened),
        closure_proposed_count: count(recorded.proposed),
        gap_snapshot_count: count(recorded.gap_snapshots),
        revision: recorded.revision.number(),
        ..v1::RecordGapsResponse::default()
    }
}
