//! What the next pound closes: what is chosen within the budget, and what is left.

use crate::{
    domain::{ClosureOption, Fte},
    planning::closure::{Cause, Point, Recommendation},
};

use super::sums;

/// What a budget closes.
#[derive(Clone, Debug)]
pub struct Closing {
    /// What is chosen, the greatest gain first.
    pub chosen: Vec<Chosen>,
    /// What is left of each gap that an option could close, the most first.
    pub left: Vec<Left>,
    /// The choice in sum.
    pub point: Point,
    /// What is missing before anything is chosen.
    pub shortfall: Fte,
    /// Whether no better choice exists.
    pub proven: bool,
    /// Whether a time limit ended the search.
    pub late: bool,
    /// What the next £10,000 would gain.
    pub next: Fte,
    /// What other budgets would leave.
    pub curve: Vec<Point>,
    /// How many options there are.
    pub options: usize,
    /// How many of them fall on no gap.
    pub unusable: usize,
}

/// An option chosen for a gap.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The title of the option.
    pub option: String,
    /// The title of the organisation.
    pub organisation: String,
    /// The title of the role.
    pub role: String,
    /// The title of the skill.
    pub skill: String,
    /// What it closes.
    pub cause: Cause,
    /// How many heads.
    pub heads: i64,
    /// In pence.
    pub cost: i64,
    /// The FTE expected to be gained.
    pub gained: Fte,
    /// Why, in a sentence.
    pub reason: String,
}

/// What is left of a gap.
#[derive(Clone, Debug)]
pub struct Left {
    /// The title of the organisation.
    pub organisation: String,
    /// The title of the role.
    pub role: String,
    /// The title of the skill.
    pub skill: String,
    /// What is missing.
    pub shortfall: Fte,
    /// What is expected to be gained.
    pub gained: Fte,
    /// What is missing then.
    pub left: Fte,
    /// The title of the option whose gain is cheapest.
    pub cheapest: String,
    /// Pence for an FTE gained by it.
    pub price: i64,
}

/// What is recommended, with titles.
pub fn of(recommendation: &Recommendation, options: &[ClosureOption]) -> Closing {
    let Recommendation {
        analysis, choices, gaps, point, proven, late, next, curve, unusable, ..
    } = recommendation;
    let place = |row: usize| sums::titles(&analysis.catalogue, analysis.rows[row].key);
    let chosen = choices.iter().map(|choice| {
        let [organisation, role, skill] = place(choice.row);
        Chosen {
            option: options[choice.option].title.clone(),
            organisation,
            role,
            skill,
            cause: choice.cause,
            heads: choice.heads,
            cost: choice.cost,
            gained: choice.gained,
            reason: choice.reason.clone(),
        }
    });
    let left = gaps.iter().map(|gap| {
        let [organisation, role, skill] = place(gap.row);
        let (cheapest, price) = gap.cheapest;
        Left {
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
    Closing {
        chosen: chosen.collect(),
        left: left.collect(),
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
