//! Sort order of rows.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::{AnalysisRow, Dimension};

/// Sort key of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortColumn {
    /// A dimension of the key.
    Key(Dimension),
    /// Weight × shortfall.
    Priority,
    /// Severity of the shortfall.
    Severity,
    /// Shortfall in FTE.
    Shortfall,
    /// Surplus in FTE.
    Surplus,
    /// FTE needed.
    Needed,
    /// FTE funded.
    Funded,
    /// FTE in post.
    InPost,
    /// FTE skilled.
    Skilled,
    /// FTE needed but not funded.
    Unfunded,
    /// FTE funded but not filled.
    Vacant,
    /// FTE below the minimum level.
    Below,
    /// FTE whose assessment has expired.
    Expired,
    /// FTE without an assessment.
    Unassessed,
    /// Share of the needed FTE that is covered.
    Coverage,
    /// Part of the shortfall that is due to posts not funded.
    UnfundedShortfall,
    /// Part of the shortfall that is due to vacant posts.
    VacantShortfall,
    /// Part of the shortfall that is due to people below the minimum level.
    BelowShortfall,
    /// Part of the shortfall that is due to expired assessments.
    ExpiredShortfall,
    /// Part of the shortfall that is due to people who were never assessed.
    UnassessedShortfall,
}

impl SortColumn {
    /// Each sort key by its name in `order_by`.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("organisation", Self::Key(Dimension::Organisation)),
        ("region", Self::Key(Dimension::Region)),
        ("role", Self::Key(Dimension::Role)),
        ("family", Self::Key(Dimension::Family)),
        ("skill", Self::Key(Dimension::Skill)),
        ("category", Self::Key(Dimension::Category)),
        ("period_end_date", Self::Key(Dimension::Period)),
        ("priority", Self::Priority),
        ("severity", Self::Severity),
        ("shortfall_fte", Self::Shortfall),
        ("surplus_fte", Self::Surplus),
        ("needed_fte", Self::Needed),
        ("funded_fte", Self::Funded),
        ("in_post_fte", Self::InPost),
        ("skilled_fte", Self::Skilled),
        ("unfunded_fte", Self::Unfunded),
        ("vacant_fte", Self::Vacant),
        ("below_fte", Self::Below),
        ("expired_fte", Self::Expired),
        ("unassessed_fte", Self::Unassessed),
        ("coverage", Self::Coverage),
        ("unfunded_shortfall_fte", Self::UnfundedShortfall),
        ("vacant_shortfall_fte", Self::VacantShortfall),
        ("below_shortfall_fte", Self::BelowShortfall),
        ("expired_shortfall_fte", Self::ExpiredShortfall),
        ("unassessed_shortfall_fte", Self::UnassessedShortfall),
    ];

    fn compare(self, a: &AnalysisRow, b: &AnalysisRow) -> Ordering {
        let (x, y) = (&a.figures, &b.figures);
        match self {
            Self::Key(dimension) => a.key.place(dimension).cmp(&b.key.place(dimension)),
            Self::Priority => x.priority.cmp(&y.priority),
            Self::Severity => x.severity().cmp(&y.severity()),
            Self::Shortfall => x.shortfall.cmp(&y.shortfall),
            Self::Surplus => x.surplus.cmp(&y.surplus),
            Self::Needed => x.needed.cmp(&y.needed),
            Self::Funded => x.funded.cmp(&y.funded),
            Self::InPost => x.in_post.cmp(&y.in_post),
            Self::Skilled => x.skilled.cmp(&y.skilled),
            Self::Unfunded => x.unfunded().cmp(&y.unfunded()),
            Self::Vacant => x.vacant().cmp(&y.vacant()),
            Self::Below => x.below.cmp(&y.below),
            Self::Expired => x.expired.cmp(&y.expired),
            Self::Unassessed => x.unassessed().cmp(&y.unassessed()),
            Self::UnfundedShortfall => x.causes.unfunded.cmp(&y.causes.unfunded),
            Self::VacantShortfall => x.causes.vacant.cmp(&y.causes.vacant),
            Self::BelowShortfall => x.causes.below.cmp(&y.causes.below),
            Self::ExpiredShortfall => x.causes.expired.cmp(&y.causes.expired),
            Self::UnassessedShortfall => x.causes.unassessed.cmp(&y.causes.unassessed),
            // Where nothing is needed there is no coverage; such rows sort below 0.
            Self::Coverage => x.coverage().unwrap_or(-1.0).total_cmp(&y.coverage().unwrap_or(-1.0)),
        }
    }
}

/// Sort key with a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowOrder {
    /// The sort key.
    pub sort: SortColumn,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// Order for a query without `order_by`: priority, descending.
pub const DEFAULT: RowOrder = RowOrder { sort: SortColumn::Priority, descending: true };

/// Sorts rows by these orders, ties by their key.
pub(super) fn sort(rows: Vec<AnalysisRow>, by: &[RowOrder]) -> Vec<AnalysisRow> {
    let by = match by {
        [] => &[DEFAULT],
        by => by,
    };
    // Rows are large: sort their indices, then move each row once.
    let mut places: Vec<usize> = (0..rows.len()).collect();
    places.sort_unstable_by(|a, b| {
        let (a, b) = (&rows[*a], &rows[*b]);
        let compare = |order: &RowOrder| match order.descending {
            true => order.sort.compare(b, a),
            false => order.sort.compare(a, b),
        };
        let first = by.iter().map(compare).find(|ordering| ordering.is_ne());
        first.unwrap_or_else(|| a.key.cmp(&b.key))
    });
    let mut rows: Vec<Option<AnalysisRow>> = rows.into_iter().map(Some).collect();
    places.into_iter().filter_map(|place| rows[place].take()).collect()
}
