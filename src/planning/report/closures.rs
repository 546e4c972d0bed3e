//! What the next pound closes: the options chosen within the budget, and the gaps that remain.

use crate::{
    domain::{ClosureOption, Fte},
    planning::closure::{Choice, Point, Recommendation},
};

use super::sums;

/// What a budget closes.
#[derive(Clone, Debug)]
pub struct ClosurePlan {
    /// The greatest gain first.
    pub chosen: Vec<ChosenOption>,
    /// Each gap that an option could close, the most missing first.
    pub remaining: Vec<RemainingGap>,
    /// Cost and gain of everything chosen.
    pub point: Point,
    /// FTE missing before anything is chosen.
    pub shortfall: Fte,
    /// Whether it is proven that no better choice exists.
    pub proven: bool,
    /// Whether a time limit ended the search.
    pub late: bool,
    /// FTE that the next £10,000 would gain.
    pub next: Fte,
    /// What ten budgets would leave.
    pub curve: Vec<Point>,
    /// How many options are recorded.
    pub options: usize,
    /// How many of them fall on no gap.
    pub unusable: usize,
}

/// An option chosen for a gap; the first four are titles.
#[derive(Clone, Debug)]
pub struct ChosenOption {
    pub option: String,
    pub organisation: String,
    pub role: String,
    pub skill: String,
    pub choice: Choice,
}

/// A gap that an option could close, after the choice; the first three are titles.
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
    /// Title of the option whose gain is cheapest.
    pub cheapest: String,
    /// Pence for an FTE gained by it.
    pub price: i64,
}

/// A recommendation with titles.
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
