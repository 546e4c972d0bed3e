//! Derives from an analysis or an audit which recorded gaps to create, update, reopen or propose for closing.

mod rules;

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use crate::{
    domain::{
        Actor, Fte, GapSnapshot,
        figures::Severity,
        gap::{GapKind, GapState, Model, PeriodEnd, StoredFigures, Transitions},
        gap_snapshot::GapSnapshotKind,
        natural_key,
    },
    planning::{
        analysis::{Analysis, AnalysisExtent, AnalysisQuery, AnalysisRow},
        audit::Omission,
    },
};

pub use rules::{check_analysis, check_audit};

/// Gaps that an analysis or an audit found in a plan.
#[derive(Clone, Debug)]
pub struct GapFindings {
    /// Resource name of the plan.
    pub plan: String,
    /// Day of the analysis or audit.
    pub as_of: NaiveDate,
    /// Kinds of gaps that were looked for.
    pub kinds: &'static [GapKind],
    /// Gaps found, not yet named.
    found: Vec<FoundGap>,
    /// What was looked at; `None` means the whole plan.
    extent: Option<AnalysisExtent>,
    /// Shortfall by skill and organisation, not yet named; empty unless all roles were looked at.
    pub gap_snapshots: Vec<GapSnapshot>,
}

#[derive(Clone, Debug)]
struct FoundGap {
    gap: Model,
    /// Whether there is a shortfall; false if what was looked at is met.
    short: bool,
    /// Whether to record it if it is not recorded yet.
    wanted: bool,
}

/// Number of gaps by what happened to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FindingCounts {
    /// Newly recorded.
    pub created: usize,
    /// Changed in any way.
    pub updated: usize,
    /// Unchanged.
    pub unchanged: usize,
    /// Of the updated: reopened.
    pub reopened: usize,
    /// Of the updated: proposed for closing.
    pub proposed: usize,
}

/// A gap before and after; the first is `None` for a new gap.
pub type GapChange = (Option<Model>, Model);

impl GapFindings {
    /// Takes the gaps from an analysis, whose query must not sum rows or set a minimum severity. New gaps
    /// below the severity `least` are not recorded.
    pub fn of_analysis(
        query: &AnalysisQuery,
        least: Option<Severity>,
        analysis: &Analysis,
    ) -> Self {
        let catalogue = &analysis.catalogue;
        let found = |row: &AnalysisRow| {
            let period = catalogue.period(row.key);
            let place = [
                catalogue.organisation(row.key)?.name.clone(),
                catalogue.role(row.key)?.name.clone(),
                catalogue.skill(row.key)?.name.clone(),
            ];
            let figures = StoredFigures(Some(row.figures.clone()));
            Some(FoundGap {
                gap: new(
                    query.plan.clone(),
                    place,
                    period,
                    GapKind::Shortfall,
                    figures,
                    query.as_of,
                ),
                short: row.figures.shortfall > Fte::ZERO,
                wanted: least.is_none_or(|least| row.figures.severity() >= Some(least)),
            })
        };
        let extent = AnalysisExtent::of(query, analysis);
        let found: Vec<FoundGap> = analysis.rows.iter().filter_map(found).collect();
        Self {
            plan: query.plan.clone(),
            as_of: query.as_of,
            kinds: &[GapKind::Shortfall],
            gap_snapshots: if extent.is_whole() {
                gap_snapshots(&found, query)
            } else {
                Vec::new()
            },
            found,
            extent: Some(extent),
        }
    }

    /// Takes the omissions that an audit of a plan against its own baseline plan found.
    pub fn of_audit(plan: &str, as_of: NaiveDate, omissions: &[Omission]) -> Self {
        let found = |omission: &Omission| {
            let Omission { kind, organisation, role, skill, .. } = omission;
            let place = [organisation, role, skill].map(String::clone);
            let kind = kind.gap_kind()?;
            let gap = new(plan.to_owned(), place, None, kind, StoredFigures(None), as_of);
            Some(FoundGap { gap, short: true, wanted: true })
        };
        Self {
            plan: plan.to_owned(),
            as_of,
            kinds: &[GapKind::OmittedRole, GapKind::OmittedSkill],
            found: omissions.iter().filter_map(found).collect(),
            extent: None,
            gap_snapshots: Vec::new(),
        }
    }

    /// Drops every finding that names a resource for which `exists` returns false.
    pub fn retain(&mut self, exists: impl Fn(&str) -> bool) {
        let exists = |name: &String| name.is_empty() || exists(name);
        self.found.retain(|FoundGap { gap, .. }| {
            [&gap.organisation, &gap.role, &gap.skill].into_iter().all(exists)
        });
        self.gap_snapshots.retain(|row| [&row.organisation, &row.skill].into_iter().all(exists));
    }

    /// Every resource name that the gaps refer to, with repetitions.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        let gaps = self.found.iter().flat_map(|FoundGap { gap, .. }| {
            [&gap.parent, &gap.organisation, &gap.role, &gap.skill]
        });
        gaps.filter(|name| !name.is_empty())
    }

    /// Compares with the recorded gaps: `known` must be all those of the plan of these kinds. Returns the
    /// gaps to write, and counts.
    pub fn steps(&self, known: Vec<Model>, actor: Actor<'_>) -> (Vec<GapChange>, FindingCounts) {
        let mut known: HashMap<String, Model> =
            known.into_iter().map(|gap| (natural_key::text(&natural_key::of(&gap)), gap)).collect();
        let mut counts = FindingCounts::default();
        let mut steps = Vec::new();
        for FoundGap { gap, short, wanted } in &self.found {
            let before = known.remove(&natural_key::text(&natural_key::of(gap)));
            let after = match (&before, short) {
                (Some(before), true) => {
                    before.clone().found(gap.figures.clone(), self.as_of, actor)
                }
                (Some(before), false) => before.clone().not_found(gap.figures.clone(), self.as_of),
                (None, true) if *wanted => gap.clone(),
                (None, _) => continue,
            };
            counts.add(&mut steps, before, after);
        }
        let mut missing: Vec<Model> =
            known.into_values().filter(|gap| self.looked_for(gap)).collect();
        missing.sort_by(|a, b| a.name.cmp(&b.name));
        for before in missing {
            let after = before.clone().not_found(StoredFigures(None), self.as_of);
            counts.add(&mut steps, Some(before), after);
        }
        (steps, counts)
    }

    fn looked_for(&self, gap: &Model) -> bool {
        self.extent.as_ref().is_none_or(|extent| {
            extent.holds(&gap.organisation, &gap.role, &gap.skill, gap.period_end_date.date())
        })
    }

    /// Whether this survey looked at what a gap snapshot of the same day records. If so, and the survey does
    /// not contain it, it is out of date.
    pub fn replaces(&self, gap_snapshot: &GapSnapshot) -> bool {
        let GapSnapshot { organisation, skill, period_end_date, kind, .. } = gap_snapshot;
        let extent = self.extent.as_ref().filter(|extent| extent.is_whole());
        *kind == GapSnapshotKind::Analysed
            && extent.is_some_and(|e| e.holds_skill(organisation, skill, Some(*period_end_date)))
    }
}

impl FindingCounts {
    fn add(&mut self, steps: &mut Vec<GapChange>, before: Option<Model>, after: Model) {
        match &before {
            None => self.created += 1,
            Some(before) if *before == after => {
                self.unchanged += 1;
                return;
            }
            Some(before) => {
                self.updated += 1;
                self.reopened += usize::from(after.reopen_count > before.reopen_count);
                let proposed = before.closure_proposed_date.is_none();
                self.proposed += usize::from(proposed && after.closure_proposed_date.is_some());
            }
        }
        steps.push((before, after));
    }
}

/// A newly found gap, not yet named.
fn new(
    plan: String,
    [organisation, role, skill]: [String; 3],
    period: Option<NaiveDate>,
    kind: GapKind,
    figures: StoredFigures,
    as_of: NaiveDate,
) -> Model {
    Model {
        name: String::new(),
        parent: plan,
        revision: 0,
        create_time: Default::default(),
        update_time: Default::default(),
        organisation,
        role,
        skill,
        period_end_date: PeriodEnd::from(period),
        kind,
        figures,
        state: GapState::Open,
        owner: String::new(),
        note: String::new(),
        due_date: None,
        first_seen_date: Some(as_of),
        last_seen_date: Some(as_of),
        closure_proposed_date: None,
        closure_figures: StoredFigures(None),
        reopen_count: 0,
        reopened_date: None,
        transitions: Transitions::default(),
    }
}

/// Sums the shortfalls over roles.
fn gap_snapshots(found: &[FoundGap], query: &AnalysisQuery) -> Vec<GapSnapshot> {
    let mut sums: BTreeMap<_, [Fte; 3]> = BTreeMap::new();
    for FoundGap { gap, .. } in found {
        if let (Some(period), StoredFigures(Some(figures))) =
            (gap.period_end_date.date(), &gap.figures)
        {
            let sum = sums.entry((&gap.organisation, &gap.skill, period)).or_default();
            let terms = [figures.needed, figures.skilled, figures.shortfall];
            *sum = std::array::from_fn(|term| sum[term] + terms[term]);
        }
    }
    let gap_snapshot =
        |((organisation, skill, period_end_date), [needed, skilled, shortfall]): (
            (&String, &String, NaiveDate),
            [Fte; 3],
        )| GapSnapshot {
            name: String::new(),
            parent: query.plan.clone(),
            revision: 0,
            create_time: Default::default(),
            update_time: Default::default(),
            organisation: organisation.clone(),
            skill: skill.clone(),
            period_end_date,
            as_of_date: query.as_of,
            needed_fte: needed,
            skilled_fte: skilled,
            shortfall_fte: shortfall,
            kind: GapSnapshotKind::Analysed,
        };
    sums.into_iter().map(gap_snapshot).collect()
}
