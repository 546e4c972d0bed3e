//! What an analysis or an audit says of the gaps of a plan, and what becomes of those that are kept.

mod rules;

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use crate::{
    domain::{
        Actor, Fte, GapSnapshot,
        figures::Severity,
        gap::{Figures, GapKind, GapState, Model, PeriodEnd, Transitions},
        gap_snapshot::GapSnapshotKind,
        natural_key,
    },
    planning::{
        analysis::{Analysis, Extent, Query, Row},
        audit::Omission,
    },
};

pub use rules::{check_analysis, check_audit};

/// What an analysis or an audit says of the gaps of a plan.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The plan.
    pub plan: String,
    /// The day that it is of.
    pub as_of: NaiveDate,
    /// The kinds of gaps that it looked for.
    pub kinds: &'static [GapKind],
    /// The gaps that it found, without names.
    found: Vec<Found>,
    /// What it looked at; none where it was all of the plan.
    extent: Option<Extent>,
    /// How much is short of each skill in each organisation, without names; only where it looked at
    /// all roles.
    pub gap_snapshots: Vec<GapSnapshot>,
}

#[derive(Clone, Debug)]
struct Found {
    gap: Model,
    /// Whether there is a gap, or what was looked at is met.
    short: bool,
    /// Whether it is to be kept where it is not yet.
    wanted: bool,
}

/// How many gaps became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// New.
    pub created: usize,
    /// Changed in any way.
    pub updated: usize,
    /// Left as they were.
    pub unchanged: usize,
    /// Of those changed: opened again.
    pub reopened: usize,
    /// Of those changed: proposed for closing.
    pub proposed: usize,
}

/// A gap as it is and as it shall be; the first is none where it is new.
pub type Step = (Option<Model>, Model);

impl Survey {
    /// What an analysis says whose rows are neither summed nor narrowed by severity. Gaps of less than
    /// `least` are not to be kept anew.
    pub fn of_analysis(query: &Query, least: Option<Severity>, analysis: &Analysis) -> Self {
        let catalogue = &analysis.catalogue;
        let found = |row: &Row| {
            let period = catalogue.period(row.key);
            let place = [
                catalogue.organisation(row.key)?.name.clone(),
                catalogue.role(row.key)?.name.clone(),
                catalogue.skill(row.key)?.name.clone(),
            ];
            let figures = Figures(Some(row.figures.clone()));
            Some(Found {
                gap: new(
                    query.plan.clone(),
                    place,
                    period,
                    GapKind::Shortfall,
                    figures,
                    query.as_of,
                ),
                short: row.figures.shortfall > Fte::ZERO,
                wanted: least.is_none_or(|least| row.figures.severity() >= least),
            })
        };
        let extent = Extent::of(query, analysis);
        let found: Vec<Found> = analysis.rows.iter().filter_map(found).collect();
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

    /// What an audit of a plan against its own baseline plan says.
    pub fn of_audit(plan: &str, as_of: NaiveDate, omissions: &[Omission]) -> Self {
        let found = |omission: &Omission| {
            let Omission { kind, organisation, role, skill, .. } = omission;
            let place = [organisation, role, skill].map(String::clone);
            let gap = new(plan.to_owned(), place, None, *kind, Figures(None), as_of);
            Found { gap, short: true, wanted: true }
        };
        Self {
            plan: plan.to_owned(),
            as_of,
            kinds: &[GapKind::OmittedRole, GapKind::OmittedSkill],
            found: omissions.iter().map(found).collect(),
            extent: None,
            gap_snapshots: Vec::new(),
        }
    }

    /// Keeps only what names what `exists`.
    pub fn retain(&mut self, exists: impl Fn(&str) -> bool) {
        let exists = |name: &String| name.is_empty() || exists(name);
        self.found.retain(|Found { gap, .. }| {
            [&gap.organisation, &gap.role, &gap.skill].into_iter().all(exists)
        });
        self.gap_snapshots.retain(|row| [&row.organisation, &row.skill].into_iter().all(exists));
    }

    /// Every name that what was found names.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        let gaps = self
            .found
            .iter()
            .flat_map(|Found { gap, .. }| [&gap.parent, &gap.organisation, &gap.role, &gap.skill]);
        gaps.filter(|name| !name.is_empty())
    }

    /// What becomes of the gaps that are kept: `known` are those of the plan of these kinds.
    pub fn steps(&self, known: Vec<Model>, actor: Actor<'_>) -> (Vec<Step>, Counts) {
        let mut known: HashMap<String, Model> =
            known.into_iter().map(|gap| (natural_key::text(&natural_key::of(&gap)), gap)).collect();
        let mut counts = Counts::default();
        let mut steps = Vec::new();
        for Found { gap, short, wanted } in &self.found {
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
            let after = before.clone().not_found(Figures(None), self.as_of);
            counts.add(&mut steps, Some(before), after);
        }
        (steps, counts)
    }

    fn looked_for(&self, gap: &Model) -> bool {
        self.extent.as_ref().is_none_or(|extent| {
            extent.holds(&gap.organisation, &gap.role, &gap.skill, gap.period_end_date.date())
        })
    }

    /// Whether a gap snapshot of the same day that is not among the new ones is of what was looked at, so
    /// that it is not true any more.
    pub fn replaces(&self, gap_snapshot: &GapSnapshot) -> bool {
        let GapSnapshot { organisation, skill, period_end_date, kind, .. } = gap_snapshot;
        let extent = self.extent.as_ref().filter(|extent| extent.is_whole());
        *kind == GapSnapshotKind::Analysed
            && extent.is_some_and(|e| e.holds_skill(organisation, skill, Some(*period_end_date)))
    }
}

impl Counts {
    fn add(&mut self, steps: &mut Vec<Step>, before: Option<Model>, after: Model) {
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

/// A gap as it is when it is found first, without a name.
fn new(
    plan: String,
    [organisation, role, skill]: [String; 3],
    period: Option<NaiveDate>,
    kind: GapKind,
    figures: Figures,
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
        closure_figures: Figures(None),
        reopen_count: 0,
        reopened_date: None,
        transitions: Transitions::default(),
    }
}

/// The sums over roles.
fn gap_snapshots(found: &[Found], query: &Query) -> Vec<GapSnapshot> {
    let mut sums: BTreeMap<_, [Fte; 3]> = BTreeMap::new();
    for Found { gap, .. } in found {
        if let (Some(period), Figures(Some(figures))) = (gap.period_end_date.date(), &gap.figures) {
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
