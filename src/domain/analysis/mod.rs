//! The gap analysis: pure, values in and values out.
//!
//! For a plan, an organisation, a role, a period end and a required skill it says who is needed
//! (N), funded (F), in post (S) and skilled (K), and why K falls short of N: money (N − F),
//! recruitment (F − S) or training (below the level, expired, unassessed). The terms are signed,
//! exact, and add up.

mod catalogue;
mod extent;
mod figures;
mod order;
mod required;
mod scope;
mod standing;

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::{
    Assessment, Fte, Organisation, Plan, Requirement, Role, Skill, Staffing, Target,
    requirement::Importance,
};

pub use catalogue::{Catalogue, Dimension, Key, with_descendants};
pub use extent::Extent;
pub use figures::{Figures, Severity, Totals};
pub use order::{Order, Sort};
pub use required::Required;
pub use scope::{organisations_of, scope};

pub(super) use required::of as required_of;
pub(super) use scope::Scope;
pub(super) use standing::{Standings, is_valid};

/// What to compare, and how to show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The plan.
    pub plan: String,
    /// Only these organisations; empty for all.
    pub organisations: Vec<String>,
    /// With each of them, all below it.
    pub include_descendants: bool,
    /// Only these roles; empty for all.
    pub roles: Vec<String>,
    /// Only roles of these families; empty for all.
    pub families: Vec<String>,
    /// Only these skills; empty for all.
    pub skills: Vec<String>,
    /// Only skills of these frameworks; empty for all.
    pub frameworks: Vec<String>,
    /// Which periods.
    pub periods: Periods,
    /// Only parts of at least this severity.
    pub minimum_severity: Option<Severity>,
    /// Only requirements of this importance.
    pub importance: Option<Importance>,
    /// The day whose staffing and assessments count.
    pub as_of: NaiveDate,
    /// What rows are summed by; empty for none.
    pub group_by: Vec<Dimension>,
    /// How rows are ordered; empty for priority, descending.
    pub order_by: Vec<Order>,
}

/// Which periods of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Periods {
    /// The earliest that ends on or after the day of the analysis, else the last; every period
    /// where rows are summed by period.
    Current,
    /// Every period.
    Every,
    /// Those that end on these days.
    Ending(Vec<NaiveDate>),
}

/// All that an analysis looks at.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The plan.
    pub plan: Plan,
    /// All of the plan.
    pub targets: Vec<Target>,
    /// Those of the plan, and of every role that has a target.
    pub requirements: Vec<Requirement>,
    /// All there are.
    pub organisations: Vec<Organisation>,
    /// Those with a target or with people in post.
    pub roles: Vec<Role>,
    /// Those that are required.
    pub skills: Vec<Skill>,
    /// Those in post on the day, in the organisations in scope.
    pub staffing: Vec<Staffing>,
    /// Those of the required skills up to the day, in the organisations in scope.
    pub assessments: Vec<Assessment>,
}

/// The outcome.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// What the keys of rows and warnings stand for.
    pub catalogue: Catalogue,
    /// The periods analysed.
    pub periods: Vec<NaiveDate>,
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// The sum over all rows.
    pub totals: Totals,
    /// What the plan or the records leave out.
    pub warnings: Vec<Warning>,
}

/// A required skill of a role in an organisation at a period end, or a sum of such.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is of.
    pub key: Key,
    /// What was found.
    pub figures: Figures,
    /// What is required; none in a sum.
    pub required: Option<Required>,
    /// What a sum is made of.
    pub totals: Option<Totals>,
    /// Whether more FTE was assessed than is in post.
    pub over_assessed: bool,
}

/// What to mind in reading an analysis, in the order in which warnings are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WarningKind {
    /// A target for a role of which nothing is required.
    RoleWithoutRequirements,
    /// People in post in a role without a target.
    RoleNotInPlan,
    /// More FTE assessed than in post.
    OverAssessed,
}

/// Something that the plan or the records leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is.
    pub kind: WarningKind,
    /// The organisation, the role and, where it is of one, the skill.
    pub key: Key,
    /// How much: needed, in post, or assessed beyond those in post.
    pub fte: Fte,
}

/// Analyses.
pub fn analyse(inputs: &Inputs, query: &Query) -> Analysis {
    let catalogue = Catalogue::of(inputs);
    let scope = Scope::of(inputs, query);
    let targets = scope.targets(inputs, query, &catalogue);
    let standings = Standings::of(inputs, query.as_of);

    let mut warnings = Warnings::default();
    let mut parts = Vec::new();
    let mut known = HashMap::new();
    for target in &targets {
        let required =
            known.entry((target.role.as_str(), target.period_end_date)).or_insert_with(|| {
                required::of(inputs, &catalogue, &target.role, target.period_end_date)
            });
        if required.is_empty() {
            let key = catalogue.key(&target.organisation, &target.role, None, None);
            warnings.add(WarningKind::RoleWithoutRequirements, key, target.needed_fte);
        }
        for (skill, required) in required {
            if !query.wants(skill, required) {
                continue;
            }
            let standing = standings.of_role(target, skill, required.minimum_level);
            let figures = Figures::of(target, &standing, required);
            if query.minimum_severity.is_some_and(|least| figures.severity() < least) {
                continue;
            }
            let period = Some(target.period_end_date);
            let over_assessed = figures.unassessed() < Fte::ZERO;
            if over_assessed {
                let key = catalogue.key(&target.organisation, &target.role, Some(skill), None);
                warnings.add(WarningKind::OverAssessed, key, -figures.unassessed());
            }
            parts.push(Row {
                key: catalogue.key(&target.organisation, &target.role, Some(skill), period),
                figures,
                required: Some(required.clone()),
                totals: None,
                over_assessed,
            });
        }
    }
    scope.forgotten(inputs, query, &catalogue, &mut warnings);
    finish(catalogue, scope.periods, parts, warnings, query)
}

/// Sums, orders and totals the parts.
fn finish(
    catalogue: Catalogue,
    periods: Vec<NaiveDate>,
    mut parts: Vec<Row>,
    warnings: Warnings,
    query: &Query,
) -> Analysis {
    parts.sort_by_key(|row| row.key);
    let totals = parts.iter().collect();
    let mut rows = match query.group_by.is_empty() {
        true => parts,
        false => sums(&parts, &query.group_by),
    };
    order::sort(&mut rows, &query.order_by);
    Analysis { catalogue, periods, rows, totals, warnings: warnings.into_list() }
}

/// Sums rows by dimensions, ordered by their key.
fn sums(parts: &[Row], group_by: &[Dimension]) -> Vec<Row> {
    let mut groups: BTreeMap<Key, (Totals, bool)> = BTreeMap::new();
    for part in parts {
        let (totals, over_assessed) = groups.entry(part.key.only(group_by)).or_default();
        totals.add(part);
        *over_assessed |= part.over_assessed;
    }
    let row = |(key, (totals, over_assessed)): (Key, (Totals, bool))| Row {
        key,
        figures: totals.figures.clone(),
        required: None,
        totals: Some(totals),
        over_assessed,
    };
    groups.into_iter().map(row).collect()
}

impl Query {
    pub(super) fn wants(&self, skill: &str, required: &Required) -> bool {
        let framework = super::name::parent_of(skill).unwrap_or_default();
        let listed =
            |list: &[String], name: &str| list.is_empty() || list.iter().any(|n| n == name);
        listed(&self.skills, skill)
            && listed(&self.frameworks, framework)
            && self.importance.is_none_or(|importance| importance == required.importance)
    }

    fn wants_role(&self, role: &str, catalogue: &Catalogue) -> bool {
        let family = catalogue.family_of(role);
        (self.roles.is_empty() || self.roles.iter().any(|name| name == role))
            && (self.families.is_empty() || self.families.iter().any(|name| name == family))
    }
}

/// Warnings, each place once, with the most FTE it was warned of.
#[derive(Default)]
struct Warnings(BTreeMap<(WarningKind, Key), Fte>);

impl Warnings {
    fn add(&mut self, kind: WarningKind, key: Key, fte: Fte) {
        let most = self.0.entry((kind, key)).or_default();
        *most = fte.max(*most);
    }

    fn into_list(self) -> Vec<Warning> {
        let warning = |((kind, key), fte)| Warning { kind, key, fte };
        self.0.into_iter().map(warning).collect()
    }
}
