//! Records the gaps that an analysis or an audit finds.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize, Serializer};

use crate::{
    domain::{
        Actor, AsOf, Caller, CommittedAnswer, Error, GapSnapshot, Plan, Reason, RelatedRows,
        Resource, Result, Revision, Right, Violations, WriteOptions, name, natural_key,
        resource::HasName,
    },
    planning::{
        analysis::{self, AnalysisContext},
        audit::{self, AuditContext},
        gap_findings::{self, GapFindings},
    },
    store::{RecordChange, Transaction},
};

use super::{Registry, read, write};

/// Maximum number of gaps recorded by one call.
const MAX_RECORDED: usize = 100_000;

/// Query whose gaps are to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordQuery {
    /// Records the gaps that an analysis finds.
    Analysis(Box<analysis::AnalysisQuery>),
    /// Records the gaps that an audit finds.
    Audit(audit::AuditQuery),
}

/// Context of the analysis or audit whose gaps were recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordContext {
    /// Context of an analysis.
    Analysis(Box<AnalysisContext>),
    /// Context of an audit.
    Audit(AuditContext),
}

/// Result of recording the gaps of an analysis or audit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapCounts {
    /// Number of gaps created.
    pub created: usize,
    /// Number of gaps updated.
    pub updated: usize,
    /// Number of gaps that stayed as they were.
    pub unchanged: usize,
    /// Number of the updated gaps that were reopened.
    #[serde(default)]
    pub reopened: usize,
    /// Number of the updated gaps that were proposed for closing.
    #[serde(default)]
    pub proposed: usize,
    /// Number of gap snapshots changed.
    #[serde(default)]
    pub gap_snapshots: usize,
    /// Revision written; 0 if nothing changed.
    pub revision: Revision,
    /// Context of the analysis or audit, stored with the answer so that a repeated request gets what the first one
    /// got. Older programs stored it in another form, which is not read: a request stored by them gets the context
    /// of the new analysis.
    #[serde(default)]
    pub context: Option<RecordContext>,
    #[serde(skip_deserializing)]
    told: Undecodable,
}

/// Value of the field in which older programs look for an encoded context. They cannot decode this byte, and then
/// answer with the context of a new analysis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Undecodable;

impl Serialize for Undecodable {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        [0_u8].serialize(serializer)
    }
}

impl RecordQuery {
    /// Validates that the gaps of the query can be recorded.
    fn check(&self, violations: &mut Violations) {
        match self {
            Self::Analysis(query) => gap_findings::check_analysis(query, violations),
            Self::Audit(query) => gap_findings::check_audit(query, violations),
        }
    }
}

impl Registry {
    /// Records the findings of an analysis or audit, in one transaction and revision. `violations` are those found
    /// when the request was read.
    pub async fn record_gaps(
        &self,
        caller: &Caller,
        write_options: &WriteOptions,
        query: RecordQuery,
        mut violations: Violations,
    ) -> Result<CommittedAnswer<GapCounts>> {
        query.check(&mut violations);
        violations.into_result()?;
        let (findings, context) = match query {
            RecordQuery::Analysis(query) => self.findings_of_analysis(caller, *query).await?,
            RecordQuery::Audit(query) => self.findings_of_audit(caller, query).await?,
        };
        let (found, now) = (context.clone(), self.now());
        let done =
            self.transact(caller, Right::Write, write_options, move |transaction, caller| {
                let (findings, context) = (findings.clone(), Some(context.clone()));
                Box::pin(async move {
                    let counts =
                        record(transaction, findings, Actor { caller: &caller, now }).await?;
                    Ok(GapCounts { revision: transaction.written_revision(), context, ..counts })
                })
            });
        Ok(done.await?.map(|recorded| {
            let context = recorded.context.or(Some(found));
            GapCounts { context, ..recorded }
        }))
    }

    async fn findings_of_analysis(
        &self,
        caller: &Caller,
        query: analysis::AnalysisQuery,
    ) -> Result<(GapFindings, RecordContext)> {
        // Gaps that are recorded already are updated whatever their severity.
        let whole = analysis::AnalysisQuery { minimum_severity: None, ..query.clone() };
        let (mut analysis, plan, revision) =
            self.analyse_gaps(caller, &whole, AsOf::Latest).await?;
        let findings = GapFindings::of_analysis(&whole, query.minimum_severity, &analysis);
        analysis.rows.retain(|row| {
            query.minimum_severity.is_none_or(|least| row.figures.severity() >= Some(least))
        });
        require_few("query", analysis.rows.len())?;
        let context = AnalysisContext::of(&query, &analysis, &plan, revision);
        Ok((findings, RecordContext::Analysis(Box::new(context))))
    }

    async fn findings_of_audit(
        &self,
        caller: &Caller,
        query: audit::AuditQuery,
    ) -> Result<(GapFindings, RecordContext)> {
        let audited = self.audit_plan(caller, &query, AsOf::Latest).await?;
        require_few("audit", audited.omissions.len())?;
        let findings = GapFindings::of_audit(&query.plan, query.as_of, &audited.omissions);
        Ok((findings, RecordContext::Audit(audited.context(&query))))
    }
}

/// Fails if the query of the request field `field` finds more gaps than one call records.
fn require_few(field: &str, gaps: usize) -> Result<()> {
    if gaps > MAX_RECORDED {
        let description = "must match at most 100,000 gaps";
        return Err(Error::Invalid(Violations::one(field, Reason::TooLong, description)));
    }
    Ok(())
}

/// Records the findings of a survey.
async fn record(
    transaction: &mut Transaction,
    mut findings: GapFindings,
    actor: Actor<'_>,
) -> Result<GapCounts> {
    // Resources may have been deleted since the analysis read them; their gaps are left out.
    let mut related = RelatedRows::default();
    let names: HashSet<String> = findings.names().chain([&findings.plan]).cloned().collect();
    write::load_rows(transaction, &mut related, names).await?;
    if related.get::<Plan>(&findings.plan).is_none() {
        return Ok(GapCounts::default());
    }
    findings.retain(|name| related.has(name));
    let known = read::known_gaps(transaction, &findings.plan, findings.kinds).await?;
    let (steps, counts) = findings.steps(known, actor);
    let change = |(before, after): gap_findings::GapChange| match before {
        Some(before) => RecordChange::Replace(before, after),
        None => RecordChange::Insert(named(after, &findings.plan)),
    };
    transaction.apply(steps.into_iter().map(change).collect()).await?;
    Ok(GapCounts {
        created: counts.created,
        updated: counts.updated,
        unchanged: counts.unchanged,
        reopened: counts.reopened,
        proposed: counts.proposed,
        gap_snapshots: keep_gap_snapshots(transaction, findings).await?,
        ..GapCounts::default()
    })
}

/// Replaces the gap snapshots of the day by those of the survey, as far as the survey looked. Returns the
/// number of changes.
async fn keep_gap_snapshots(transaction: &mut Transaction, findings: GapFindings) -> Result<usize> {
    let known = read::known_gap_snapshots(transaction, &findings.plan, findings.as_of).await?;
    let mut known: HashMap<String, GapSnapshot> =
        known.into_iter().map(|row| (natural_key::text(&natural_key::of(&row)), row)).collect();
    let mut changes = Vec::new();
    for gap_snapshot in &findings.gap_snapshots {
        let before = known.remove(&natural_key::text(&natural_key::of(gap_snapshot)));
        let Some(before) = before else {
            changes.push(RecordChange::Insert(named(gap_snapshot.clone(), &findings.plan)));
            continue;
        };
        let GapSnapshot { needed_fte, skilled_fte, shortfall_fte, kind, .. } = *gap_snapshot;
        let after = GapSnapshot { needed_fte, skilled_fte, shortfall_fte, kind, ..before.clone() };
        if after != before {
            changes.push(RecordChange::Replace(before, after));
        }
    }
    let gone = known.into_values().filter(|gap_snapshot| findings.replaces(gap_snapshot));
    changes.extend(gone.map(RecordChange::Remove));
    let count = changes.len();
    transaction.apply(changes).await?;
    Ok(count)
}

/// Gives a new row a generated name under the plan.
fn named<N: Resource + HasName>(mut row: N, plan: &str) -> N {
    let id = uuid::Uuid::now_v7().to_string();
    row.set_name(name::child(Some(plan), N::TYPE, &id));
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_older_program_kept_is_read_without_its_context() {
        let kept = r#"{"created":2,"updated":0,"unchanged":1,"revision":7,"told":[10,2,8,1]}"#;
        let recorded: GapCounts = serde_json::from_str(kept).unwrap();
        let expected = GapCounts {
            created: 2,
            unchanged: 1,
            revision: Revision::new(7),
            ..GapCounts::default()
        };
        assert_eq!(recorded, expected);
    }

    #[test]
    fn an_older_program_finds_bytes_that_it_cannot_decode() {
        let kept = serde_json::to_value(GapCounts::default()).unwrap();
        assert_eq!(kept["told"], serde_json::json!([0]));
    }
}
