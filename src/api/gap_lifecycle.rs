//! Lifecycle of gaps: RecordGaps and TransitionGap.

use crate::{
    domain::{
        Caller, CommittedAnswer, ExpectedResource, Gap, Reason, Result, Violations,
        gap::{GapState, PeriodEnd, StoredFigures, Transition, Transitions, check_reason},
    },
    registry::{GapCounts, RecordContext, RecordQuery, Registry, TransitionRequest},
};

use super::{
    call::write_options,
    gap_analysis, gap_query, plan_audit, standard, v1,
    wire::{Wire, WireValue, wire_enum},
};

wire_enum! {
    GapState => GapState { Open, Planned, InProgress, Closed, Accepted }
}

impl WireValue<Option<v1::GapFigures>> for StoredFigures {
    fn to_wire(&self) -> Option<v1::GapFigures> {
        self.0.as_ref().map(gap_analysis::figures)
    }

    /// Only the registry sets figures.
    fn from_wire(_: Option<v1::GapFigures>, _field: &str, _: &mut Violations) -> Self {
        Self(None)
    }
}

impl WireValue<String> for PeriodEnd {
    fn to_wire(&self) -> String {
        self.date().to_wire()
    }

    fn from_wire(wire: String, field: &str, violations: &mut Violations) -> Self {
        Option::from_wire(wire, field, violations).into()
    }
}

impl WireValue<Vec<v1::GapTransition>> for Transitions {
    fn to_wire(&self) -> Vec<v1::GapTransition> {
        let transition = |transition: &Transition| v1::GapTransition {
            from: transition.from.to_wire(),
            to: transition.to.to_wire(),
            time: transition.time.to_wire(),
            actor: transition.actor.clone(),
            reason: transition.reason.clone(),
            found_again: transition.found_again,
        };
        self.0.iter().map(transition).collect()
    }

    /// Only the registry sets transitions.
    fn from_wire(_: Vec<v1::GapTransition>, _field: &str, _: &mut Violations) -> Self {
        Self::default()
    }
}

/// Handles TransitionGap.
pub async fn transition(
    registry: &Registry,
    caller: &Caller,
    request: v1::TransitionGapRequest,
) -> Result<CommittedAnswer<v1::Gap>> {
    let mut violations = Violations::default();
    let write_options = write_options(&request, &mut violations);
    let v1::TransitionGapRequest { name, etag, state, reason, .. } = request;
    let name = standard::resource_name::<Gap>("name", &name, &mut violations);
    let to = GapState::from_wire(state, "state", &mut violations);
    let known = (!violations.has("state")).then_some(to);
    check_reason(known, &reason, &mut violations);
    let expected = ExpectedResource { name: standard::read(name, violations)?, etag };
    let request = TransitionRequest { expected, to, reason };
    let done = registry.transition_gap(caller, &write_options, request).await?;
    Ok(done.map(|gap| gap.to_message()))
}

/// Handles RecordGaps.
pub async fn record(
    registry: &Registry,
    caller: &Caller,
    request: v1::RecordGapsRequest,
) -> Result<CommittedAnswer<v1::RecordGapsResponse>> {
    let mut violations = Violations::default();
    let write_options = write_options(&request, &mut violations);
    let query = match request.audit {
        None => {
            let query = gap_query::query(registry, request.query, &mut violations);
            RecordQuery::Analysis(Box::new(query))
        }
        Some(audit) => {
            if request.query.is_some() {
                violations.add("query", Reason::NotAllowed, "must be empty if audit is set");
            }
            let audit = plan_audit::query(registry, "audit", Some(audit), &mut violations);
            RecordQuery::Audit(audit)
        }
    };
    let done = registry.record_gaps(caller, &write_options, query, violations).await?;
    Ok(done.map(|recorded| response(&recorded)))
}

fn response(recorded: &GapCounts) -> v1::RecordGapsResponse {
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let (context, audit_context) = match &recorded.context {
        Some(RecordContext::Analysis(context)) => (Some(gap_analysis::context(context)), None),
        Some(RecordContext::Audit(context)) => (None, Some(plan_audit::context(context))),
        None => (None, None),
    };
    let warnings = match &recorded.context {
        Some(RecordContext::Analysis(context)) => {
            gap_analysis::nothing_selected(&context.nothing_selected)
        }
        _ => Vec::new(),
    };
    v1::RecordGapsResponse {
        context,
        warnings,
        audit_context,
        created_count: count(recorded.created),
        updated_count: count(recorded.updated),
        unchanged_count: count(recorded.unchanged),
        reopened_count: count(recorded.reopened),
        closure_proposed_count: count(recorded.proposed),
        gap_snapshot_count: count(recorded.gap_snapshots),
        revision: recorded.revision.number(),
    }
}
