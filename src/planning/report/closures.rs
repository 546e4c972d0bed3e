//! Effect of a budget: the options chosen and the gaps that remain.

use crate::{
    domain::{ClosureOption, Fte},
    planning::closure::{ChosenClosure, CurvePoint, Recommendation},
};

use super::sums;

/// Effect of a budget.
#[derive(Clone, Debug)]
pub struct ClosurePlan {
    /// Chosen options, the greatest gain first.
    pub chosen: Vec<ChosenOption>,
    /// Each gap that an option could close, the greatest shortfall first.
    pub remaining: Vec<RemainingGap>,
    /// Cost and gain of everything chosen.
    pub point: CurvePoint,
    /// FTE missing before anything is chosen.
    pub shortfall: Fte,
    /// Whether the choice is proven optimal.
    pub proven: bool,
    /// Whether a time limit ended the search.
    pub late: bool,
    /// FTE that a further £10,000 would gain.
    pub next: Fte,
    /// Cost and effect of ten budgets.
    pub curve: Vec<CurvePoint>,
    /// Number of options recorded.
    pub options: usize,
    /// Number of options that fit no gap.
    pub unusable: usize,
}

/// An option chosen for a gap; the first four fields are titles.
#[derive(Clone, Debug)]
pub struct ChosenOption {
    pub option: String,
    pub organisation: String,
    pub role: String,
    pub skill: String,
    pub choice: ChosenClosure,
}

/// A gap that an option could close, after the choice; the first three fields are titles.
#[derive(Clone, Debug)]
pub struct RemainingGap {
    pub organisation: String,
    pub role: String,
    pub skill: String,
    /// FTE missing before the choice.
    pub shortfall: Fte,
    /// FTE expected to be gained.
    pub gained: Fte,
    /// FTE missing after the choice.
    pub left: Fte,
    /// Title of the option with the lowest cost per FTE gained.
    pub cheapest: String,
    /// That cost, in pence.
    pub price: i64,
}

/// Adds titles to a recommendation.
pub fn closure_plan(recommendation: &Recommendation, options: &[ClosureOption]) -> ClosurePlan {
    let Recommendation {
        analysis, choices, gaps, point, proven, late, next, curve, unusable, ..
    } = recommendation;
    let titles = |row: usize| sums::titles(&analysis.catalogue, analysis.rows[row].key);
    let chosen = choices.iter().map(|choice| {
        let [organisation, role, skill] = titles(choice.row);
        let option = options[choice.option].title.clone();
        ChosenOption { option, organisation, role, skill, choice: choice.clone() }
    });
    let remaining = gaps.iter().map(|gap| {
        let [organisation, role, skill] = titles(gap.row);
        let (cheapest, price) = gap.cheapest;
        RemainingGap {
            organisation,
            role,
            skill,
            shortfall: analysis.rows[gap.row].figures.shortfall,
            gained: gap.gained,
            left: gap.left,
            cheapest: options[cheapest].title.clone(),
            price,
        }
    });
    ClosurePlan {
        chosen: chosen.collect(),
        remaining: remaining.collect(),
        point: *point,
        shortfall: analysis.totals.figures.shortfall,
        proven: *proven,
        late: *late,
        next: next.0,
        curve: curve.clone(),
        options: options.len(),
        unusable: unusable.len(),
    }
}
