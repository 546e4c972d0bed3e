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
mod records;
mod required;
mod rules;
mod scope;
mod skill_position;
mod workforce;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Fte, Role,
    assessment::AssessmentSource,
    figures::{Figures, Severity},
    requirement::Importance,
};

pub use catalogue::Catalogue;
pub use context::AnalysisContext;
pub use establishment::{Establishment, EstablishmentBuilder};
pub use extent::AnalysisExtent;
pub use figures::Totals;
pub use inputs::{AnalysisInputs, AnalysisRows, OrganisationData};
pub use key::{Dimension, RowKey};
pub use order::{RowOrder, SortColumn};
pub use people::{People, PeopleBuilder};
pub use records::{AssessmentRecord, StaffingRecord, TargetRecord};
pub use required::RequiredSkill;
pub use rules::QueryPart;
pub use scope::{named, organisations_of, scope, with_descendants};

pub(super) use establishment::EstablishmentTarget;
pub(super) use required::Requirements;
pub(super) use workforce::{Workforce, WorkforceIndex};

use figures::CoverageWeight;
use organisation_analyser::{GroupSum, PartialResult, QueryContext};

/// What to analyse, and how to present it. An empty list does not restrict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalysisQuery {
    /// Resource name of the plan.
    pub plan: String,
    /// Organisations to look at; empty for every organisation of the plan.
    pub organisations: Vec<String>,
    /// Whether to include the descendants of those organisations.
    pub include_descendants: bool,
    /// Roles to look at; empty for all.
    pub roles: Vec<String>,
    /// Families of roles to look at; empty for all.
    pub families: Vec<String>,
    /// Skills to look at; empty for all.
    pub skills: Vec<String>,
    /// Frameworks whose skills to look at; empty for all.
    pub frameworks: Vec<String>,
    /// Periods to look at.
    pub periods: Periods,
    /// Leaves out cells of less than this severity.
    pub minimum_severity: Option<Severity>,
    /// Leaves out requirements of another importance.
    pub importance: Option<Importance>,
    /// Day whose staffing and assessments count.
    pub as_of: NaiveDate,
    /// Sources whose assessments count; empty for all.
    #[serde(default)]
    pub assessment_sources: Vec<AssessmentSource>,
    /// Dimensions to sum rows by; empty for one row per cell.
    pub group_by: Vec<Dimension>,
    /// Sort order of rows; empty for priority, descending.
    pub order_by: Vec<RowOrder>,
}

/// Selection among the periods of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Periods {
    /// The earliest period that ends on or after the day of the analysis, else the last; every period if rows
    /// are summed by period.
    Current,
    /// Every period.
    Every,
    /// The periods that end on these days.
    Ending(Vec<NaiveDate>),
}

/// Result of a gap analysis.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Resolves the keys of rows and warnings.
    pub catalogue: Catalogue,
    /// Last days of the periods analysed.
    pub periods: Vec<NaiveDate>,
    /// Rows in the order asked for.
    pub rows: Vec<AnalysisRow>,
    /// Sum over all rows.
    pub totals: Totals,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What is wrong.
    pub kind: WarningKind,
    /// Organisation, role and, if the warning concerns one, skill.
    pub key: RowKey,
    /// FTE concerned: needed, in post, or assessed in excess of those in post, by kind.
    pub fte: Fte,
}

/// Number of organisations computed before their cells are summed and dropped.
const AT_ONCE: usize = 64;

/// Analyses the gaps of a plan. The inputs must be those that were read for the query.
pub fn analyse(inputs: &AnalysisInputs, query: &AnalysisQuery) -> Analysis {
    let catalogue = Catalogue::of(inputs);
    let context = QueryContext::of(inputs, query, &catalogue);
    let mut warnings = Warnings::default();
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
    let totals = match query.group_by.is_empty() {
        true => rows.iter().collect(),
        false => {
            let (grouped, totals) = sums.into_rows();
            rows = grouped;
            totals
        }
    };
    let rows = order::sort(rows, &query.order_by);
    let periods = context.periods;
    Analysis { catalogue, periods, rows, totals, warnings: warnings.into_list() }
}

/// Sums by group key, and the sum of all.
#[derive(Default)]
struct GroupSums {
    places: HashMap<RowKey, usize>,
    groups: Vec<GroupSum>,
    totals: Totals,
}

impl GroupSums {
    fn add(&mut self, groups: Vec<GroupSum>, weighings: &[(u32, CoverageWeight)]) {
        let place = |group: GroupSum| {
            self.totals.merge(&group.totals);
            let place = *self.places.entry(group.key).or_insert(self.groups.len());
            match self.groups.get_mut(place) {
                Some(known) => {
                    known.totals.merge(&group.totals);
                    known.warnings.extend(group.warnings);
                }
                None => self.groups.push(group),
            }
            place
        };
        let places: Vec<usize> = groups.into_iter().map(place).collect();
        for (group, weighing) in weighings {
            self.totals.weigh(*weighing);
            self.groups[places[*group as usize]].totals.weigh(*weighing);
        }
    }

    fn into_rows(self) -> (Vec<AnalysisRow>, Totals) {
        let row = |group: GroupSum| AnalysisRow {
            key: group.key,
            figures: group.totals.figures.clone(),
            required: None,
            totals: Some(Box::new(group.totals)),
            warnings: group.warnings,
        };
        (self.groups.into_iter().map(row).collect(), self.totals)
    }
}

impl AnalysisQuery {
    /// Query for all cells of a plan in its current period, as of a day.
    pub fn of(plan: impl Into<String>, as_of: NaiveDate) -> Self {
        Self {
            plan: plan.into(),
            organisations: Vec::new(),
            include_descendants: false,
            roles: Vec::new(),
            families: Vec::new(),
            skills: Vec::new(),
            frameworks: Vec::new(),
            periods: Periods::Current,
            minimum_severity: None,
            importance: None,
            as_of,
            assessment_sources: Vec::new(),
            group_by: Vec::new(),
            order_by: Vec::new(),
        }
    }

    pub(super) fn wants(&self, skill: &str, required: &RequiredSkill) -> bool {
        let framework = crate::domain::name::parent_of(skill).unwrap_or_default();
        let listed =
            |list: &[String], name: &str| list.is_empty() || list.iter().any(|n| n == name);
        listed(&self.skills, skill)
            && listed(&self.frameworks, framework)
            && self.importance.is_none_or(|importance| importance == required.importance)
    }

    pub(super) fn wants_role(&self, role: &Role) -> bool {
        (self.roles.is_empty() || self.roles.contains(&role.name))
            && (self.families.is_empty() || self.families.contains(&role.family))
    }
}

/// Warnings, one per kind and key, each with the largest FTE reported.
#[derive(Default)]
struct Warnings(BTreeMap<(WarningKind, RowKey), Fte>);

impl Warnings {
    fn add(&mut self, Warning { kind, key, fte }: Warning) {
        let most = self.0.entry((kind, key)).or_default();
        *most = fte.max(*most);
    }

    fn into_list(self) -> Vec<Warning> {
        let warning = |((kind, key), fte)| Warning { kind, key, fte };
        self.0.into_iter().map(warning).collect()
    }
}
