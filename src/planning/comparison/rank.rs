//! Ranks and percentiles of coverages, compared exactly.

use std::cmp::Ordering;

use crate::domain::Fte;

/// Rank of an organisation among the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoverageRank {
    /// 1 for the best covered. Organisations of equal coverage share a rank, and the next rank is higher by
    /// their number.
    pub rank: usize,
    /// Percentage of organisations with a lower coverage, counting those of equal coverage half.
    pub percentile: f64,
}

/// Ranks coverages, each given as covered and needed FTE. Where nothing is needed there is no coverage and no
/// rank.
pub fn coverage_ranks(coverages: &[(Fte, Fte)]) -> Vec<Option<CoverageRank>> {
    let mut order: Vec<usize> =
        (0..coverages.len()).filter(|i| coverages[*i].1 > Fte::ZERO).collect();
    order.sort_by(|a, b| compare(coverages[*b], coverages[*a]));
    let count = order.len();
    let mut ranks = vec![None; coverages.len()];
    let mut start = 0;
    for tie in order.chunk_by(|a, b| compare(coverages[*a], coverages[*b]).is_eq()) {
        let worse = count - start - tie.len();
        let percentile = (2 * worse + tie.len()) as f64 * 100.0 / (2 * count) as f64;
        for index in tie {
            ranks[*index] = Some(CoverageRank { rank: start + 1, percentile });
        }
        start += tie.len();
    }
    ranks
}

/// Compares two quotients exactly.
fn compare((a, whole_a): (Fte, Fte), (b, whole_b): (Fte, Fte)) -> Ordering {
    let product = |x: Fte, y: Fte| i128::from(x.count()) * i128::from(y.count());
    product(a, whole_b).cmp(&product(b, whole_a))
}
