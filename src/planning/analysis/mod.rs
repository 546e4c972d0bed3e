//! Gap analysis as a pure function.
//!
//! For each organisation, role, required skill and period end of a plan, it computes the FTE that is needed
//! (N), funded (F), in post (S) and skilled (K), and why K falls short of N: money (N − F), recruitment (F −
//! S) or training (below the level, expired, unassessed). The terms are signed and exact, and they add up.

mod catalogue;
mod context;
mod day_rows;
mod establishment;
mod extent;
mod figures;
mod group_split;
mod inputs;
mod key;
mod order;
mod organisation_analyser;
mod people;
mod query;
mod records;
mod required;
mod rules;
mod scope;
mod selection;
mod skill_position;
mod workforce;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use chrono::NaiveDate;

use crate::domain::{Fte, figures::Figures};

pub use catalogue::Catalogue;
pub use context::AnalysisContext;
pub use establishment::{Establishment, EstablishmentBuilder};
pub use extent::AnalysisExtent;
pub use figures::Totals;
pub use inputs::{AnalysisInputs, AnalysisRows, OrganisationData};
pub use key::{Dimension, RowKey};
pub use order::{RowOrder, SortColumn};
pub use people::{People, PeopleBuilder};
pub use query::{AnalysisQuery, Periods};
pub use records::{AssessmentRecord, StaffingRecord, TargetRecord};
pub use required::RequiredSkill;
pub use rules::QueryPart;
pub use scope::{named, organisations_of, scope, with_descendants};

pub(super) use selection::nothing_selected;

pub(super) use establishment::EstablishmentTarget;
pub(super) use required::Requirements;
pub(super) use workforce::{Workforce, WorkforceIndex};

use figures::CoverageWeight;
use organisation_analyser::{GroupSum, PartialResult, QueryContext};

/// Result of a gap analysis.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Resolves the keys of rows and warnings.
    pub catalogue: Catalogue,
    /// Last days of the periods analysed.
    pub periods: Vec<NaiveDate>,
    /// Rows in the order asked for.
    pub rows: Vec<AnalysisRow>,
    /// Sum over all rows. Over several periods it counts a post once for each: see `period_totals`.
    pub totals: Totals,
    /// Sums over the rows of each period; empty unless several periods are analysed.
    pub period_totals: BTreeMap<NaiveDate, Totals>,
    /// What the plan or the records leave out.
    pub warnings: Vec<Warning>,
}

/// One cell (a required skill of a role in an organisation at a period end), or a sum of cells.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalysisRow {
    /// Identifies the cell or the group.
    pub key: RowKey,
    /// Figures of the cell, or their sums.
    pub figures: Figures,
    /// The requirement; `None` in a sum.
    pub required: Option<Arc<RequiredSkill>>,
    /// Totals behind a sum; `None` in a cell.
    pub totals: Option<Box<Totals>>,
    /// Kinds of warnings that concern the cell, or one of the cells of the sum, in order.
    pub warnings: BTreeSet<WarningKind>,
}

/// Kind of a warning, in the order in which warnings are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WarningKind {
    /// A name in the query, or the query as a whole, selects no target of the plan.
    NothingSelected,
    /// A target for a role without requirements.
    RoleWithoutRequirements,
    /// People in post in a role without a target.
    RoleNotInPlan,
    /// More FTE of groups assessed than in post.
    OverAssessed,
    /// The newest split of a group leaves people out whom an older one covered.
    GroupSplitIncomplete,
    /// A requirement of a skill that is retired.
    RequirementOfRetiredSkill,
}

/// A caution for readers of an analysis: something that the plan or the records leave out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What is wrong.
    pub kind: WarningKind,
    /// Organisation, role and, if the warning concerns one, skill.
    pub key: RowKey,
    /// FTE concerned: needed, in post, or assessed in excess of those in post, by kind.
    pub fte: Fte,
    /// The name that selects nothing; empty for the query as a whole and in warnings of other kinds.
    pub name: String,
}

/// Number of organisations computed before their cells are summed and dropped.
const AT_ONCE: usize = 64;

/// Analyses the gaps of a plan. The inputs must be those that were read for the query.
pub fn analyse(inputs: &AnalysisInputs, query: &AnalysisQuery) -> Analysis {
    let catalogue = Catalogue::of(inputs);
    let periods = scope::periods(inputs.periods.clone(), query);
    // A stock is not summed over time.
    let query = &AnalysisQuery { group_by: query.grouping(periods.len()), ..query.clone() };
    let context = QueryContext::of(inputs, query, &catalogue, periods);
    let mut warnings = Warnings::default();
    for name in nothing_selected(inputs, query, &context.periods) {
        let kind = WarningKind::NothingSelected;
        warnings.add(Warning { kind, key: RowKey::UNSET, fte: Fte::ZERO, name });
    }
    let (mut rows, mut sums) = (Vec::new(), GroupSums::default());
    // In chunks: the cells of all organisations together take as much memory as the inputs.
    for cells in inputs
        .in_scope
        .chunks(AT_ONCE)
        .flat_map(|some| organisation_analyser::of_all(&context, some))
    {
        let PartialResult { rows: some, groups, coverage_weights: weighings, warnings: warned } =
            cells;
        rows.extend(some);
        sums.add(groups, &weighings);
        for warning in warned {
            warnings.add(warning);
        }
    }
    let several = context.periods.len() > 1;
    let (rows, totals, period_totals) = match query.group_by.is_empty() {
        true => {
            let of_period = rows.iter().filter(|_| several);
            let period_totals = totals_by_period(&catalogue, of_period);
            let totals = rows.iter().collect();
            (rows, totals, period_totals)
        }
        false => sums.into_rows(&catalogue, several),
    };
    let rows = order::sort(rows, &query.order_by);
    let periods = context.periods;
    let warnings = warnings.into_list();
    Analysis { catalogue, periods, rows, totals, period_totals, warnings }
}

/// Sums over cells, by the last day of their period.
fn totals_by_period<'a>(
    catalogue: &Catalogue,
    cells: impl Iterator<Item = &'a AnalysisRow>,
) -> BTreeMap<NaiveDate, Totals> {
    let mut sums: BTreeMap<NaiveDate, Totals> = BTreeMap::new();
    for cell in cells {
        if let Some(period) = catalogue.period(cell.key) {
            sums.entry(period).or_default().add(cell);
        }
    }
    sums
}

/// Sums by group key and by period, and the sum of all.
#[derive(Default)]
struct GroupSums {
    places: HashMap<RowKey, usize>,
    groups: Vec<GroupSum>,
    /// By the key of nothing but the period; there are few.
    periods: Vec<(RowKey, Totals)>,
    totals: Totals,
}

impl GroupSums {
    fn add(&mut self, groups: Vec<GroupSum>, weighings: &[(u32, CoverageWeight)]) {
        let place = |group: GroupSum| {
            self.totals.merge(&group.totals);
            let period = group.key.only(&[Dimension::Period]);
            let known = self.periods.iter().position(|(key, _)| *key == period);
            let period = known.unwrap_or_else(|| {
                self.periods.push((period, Totals::default()));
                self.periods.len() - 1
            });
            self.periods[period].1.merge(&group.totals);
            let place = *self.places.entry(group.key).or_insert(self.groups.len());
            match self.groups.get_mut(place) {
                Some(known) => {
                    known.totals.merge(&group.totals);
                    known.warnings.extend(group.warnings);
                }
                None => self.groups.push(group),
            }
            (place, period)
        };
        let places: Vec<(usize, usize)> = groups.into_iter().map(place).collect();
        for (group, weighing) in weighings {
            let (group, period) = places[*group as usize];
            self.totals.weigh(*weighing);
            self.groups[group].totals.weigh(*weighing);
            self.periods[period].1.weigh(*weighing);
        }
    }

    /// Rows of the groups, the sum of all and, of several periods, that of each.
    fn into_rows(
        self,
        catalogue: &Catalogue,
        several: bool,
    ) -> (Vec<AnalysisRow>, Totals, BTreeMap<NaiveDate, Totals>) {
        let of_period = self.periods.into_iter().filter(|_| several);
        let of_period = of_period.filter_map(|(key, sum)| Some((catalogue.period(key)?, sum)));
        let rows = self.groups.into_iter().map(GroupSum::into_row);
        (rows.collect(), self.totals, of_period.collect())
    }
}

impl GroupSum {
    fn into_row(self) -> AnalysisRow {
        AnalysisRow {
            key: self.key,
            figures: self.totals.figures.clone(),
            required: None,
            totals: Some(Box::new(self.totals)),
            warnings: self.warnings,
        }
    }
}

/// Warnings, one per kind, key and name, each with the largest FTE reported.
#[derive(Default)]
struct Warnings(BTreeMap<(WarningKind, RowKey, String), Fte>);

impl Warnings {
    fn add(&mut self, Warning { kind, key, fte, name }: Warning) {
        let most = self.0.entry((kind, key, name)).or_default();
        *most = fte.max(*most);
    }

    fn into_list(self) -> Vec<Warning> {
        let warning = |((kind, key, name), fte)| Warning { kind, key, fte, name };
        self.0.into_iter().map(warning).collect()
    }
}
