//! The board's own digital capability: its executive and non-executive roles, and whether the digital
//! executives must have both leadership and technology skills.

use std::collections::BTreeSet;

use crate::{
    domain::{Fte, Role, figures::Figures, skill},
    planning::analysis::{
        Analysis, AnalysisInputs, Dimension, EstablishmentTarget, RowKey, Totals,
    },
};

use super::sums;

const EXECUTIVE: &str = "BOARD_EXECUTIVE";
const NON_EXECUTIVE: &str = "BOARD_NON_EXECUTIVE";

/// Words in the title of an executive role that make it a digital one.
const DIGITAL: [&str; 5] = ["digital", "information", "informatics", "technology", "data"];

/// Words in a skill's category (or title, if it has no category) that make it a leadership skill.
const LEADING: [&str; 13] = [
    "leader",
    "leading",
    "leadership",
    "strategy",
    "strategic",
    "management",
    "governance",
    "assurance",
    "assuring",
    "people",
    "stakeholder",
    "influencing",
    "change",
];

/// Side of a digital executive's work that a skill belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Leading people and change.
    Leadership,
    /// Everything else: digital, data and technology.
    Technology,
}

impl Side {
    /// Both sides, in order.
    pub const ALL: [Self; 2] = [Self::Leadership, Self::Technology];

    /// Side of a skill, by its category, or by its title if it has none.
    pub fn of(skill: &skill::Model) -> Self {
        let text = match skill.category.as_str() {
            "" => &skill.title,
            category => category,
        };
        match has_word(text, &LEADING) {
            true => Self::Leadership,
            false => Self::Technology,
        }
    }
}

/// The board's own capability.
#[derive(Clone, Debug, Default)]
pub struct Board {
    /// Figures over all required skills of executives; `None` if no skill is required of them.
    pub executive: Option<Figures>,
    /// Figures over all required skills of non-executives; `None` if no skill is required of them.
    pub non_executive: Option<Figures>,
    /// Each required skill of each board role.
    pub skills: Vec<BoardSkill>,
    /// Digital executives that the plan has a target for in the period.
    pub profiles: Vec<Profile>,
    /// Titles of board roles with a target but without requirements.
    pub without_requirements: Vec<String>,
}

/// A required skill of a board role.
#[derive(Clone, Debug)]
pub struct BoardSkill {
    /// Title of the role.
    pub role: String,
    /// Whether the role is non-executive.
    pub non_executive: bool,
    /// Title of the skill.
    pub skill: String,
    pub side: Side,
    pub figures: Figures,
}

/// A digital executive as leader and technologist.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Title of the role.
    pub role: String,
    /// FTE needed.
    pub needed: Fte,
    /// FTE in post.
    pub in_post: Fte,
    /// Figures of the required skills of each side, in the order of [`Side::ALL`]; `None` if none is
    /// required.
    pub sides: [Option<Figures>; 2],
}

/// Describes the board's own capability from an analysis and its inputs.
pub fn board(columns: &AnalysisInputs, analysis: &Analysis) -> Board {
    let planned = planned(columns, analysis);
    let mut board = Board { profiles: profiles(&planned, analysis), ..Board::default() };
    let (mut executive, mut non_executive) = (Totals::default(), Totals::default());
    for row in &analysis.rows {
        match analysis.catalogue.family(row.key) {
            Some(EXECUTIVE) => executive.add(row),
            Some(NON_EXECUTIVE) => non_executive.add(row),
            _ => {}
        }
    }
    board.executive = (executive.parts > 0).then_some(executive.figures);
    board.non_executive = (non_executive.parts > 0).then_some(non_executive.figures);
    for (key, totals) in sums::by(analysis, &[Dimension::Role, Dimension::Skill]) {
        let (role, skill) = (analysis.catalogue.role(key), analysis.catalogue.skill(key));
        if let (Some(role), Some(skill)) = (role.filter(|role| is_board(role)), skill) {
            board.skills.push(BoardSkill {
                role: role.title.clone(),
                non_executive: role.family == NON_EXECUTIVE,
                skill: skill.title.clone(),
                side: Side::of(skill),
                figures: totals.figures,
            });
        }
    }
    let unasked = |role: &&&Role| {
        is_board(role) && !analysis.rows.iter().any(|row| of_role(analysis, row.key, role))
    };
    board.without_requirements =
        planned.iter().filter(unasked).map(|role| role.title.clone()).collect();
    board.without_requirements.sort_unstable();
    board
}

fn profiles(planned: &[&Role], analysis: &Analysis) -> Vec<Profile> {
    let digital = |role: &&Role| role.family == EXECUTIVE && has_word(&role.title, &DIGITAL);
    let mut roles: Vec<&Role> = planned.iter().copied().filter(digital).collect();
    roles.sort_by(|a, b| a.title.cmp(&b.title).then_with(|| a.name.cmp(&b.name)));
    roles.into_iter().map(|role| profile(analysis, role)).collect()
}

fn profile(analysis: &Analysis, role: &Role) -> Profile {
    let rows = || analysis.rows.iter().filter(|row| of_role(analysis, row.key, role));
    let posts = sums::posts(rows());
    let side = |side: Side| {
        let mut totals = Totals::default();
        for row in rows() {
            let skill = analysis.catalogue.skill(row.key);
            if skill.is_some_and(|skill| Side::of(skill) == side) {
                totals.add(row);
            }
        }
        (totals.parts > 0).then_some(totals.figures)
    };
    Profile {
        role: role.title.clone(),
        needed: posts.needed,
        in_post: posts.in_post,
        sides: Side::ALL.map(side),
    }
}

fn of_role(analysis: &Analysis, key: RowKey, role: &Role) -> bool {
    analysis.catalogue.role(key).is_some_and(|other| other.name == role.name)
}

fn is_board(role: &Role) -> bool {
    role.family == EXECUTIVE || role.family == NON_EXECUTIVE
}

/// Roles with a target above 0 in the organisations and periods of the analysis.
fn planned<'a>(columns: &AnalysisInputs, analysis: &'a Analysis) -> Vec<&'a Role> {
    let catalogue = &analysis.catalogue;
    let here = |target: &EstablishmentTarget| {
        target.needed > Fte::ZERO && analysis.periods.contains(&target.period_end_date)
    };
    let of_all = columns.in_scope.iter().flat_map(|part| catalogue.targets(&part.establishment));
    let wanted = of_all.filter(|(_, targets)| targets.iter().any(here)).map(|(role, _)| role);
    let places: BTreeSet<u32> = wanted.collect();
    places.iter().map(|place| &*catalogue.roles()[*place as usize]).collect()
}

fn has_word(text: &str, words: &[&str]) -> bool {
    let text = text.to_lowercase();
    text.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word))
}

#[cfg(test)]
mod tests {
    use crate::planning::example;

    use super::*;

    #[test]
    fn a_skill_is_of_leadership_by_its_category_or_else_its_title() {
        let side = |category: &str, title: &str| {
            Side::of(&skill::Model {
                category: category.into(),
                title: title.into(),
                ..example::skill("s", false)
            })
        };
        assert_eq!(side("Leadership", "Cyber"), Side::Leadership);
        assert_eq!(side("Cyber", "Leading the response"), Side::Technology);
        assert_eq!(side("", "Strategic thinking"), Side::Leadership);
        assert_eq!(side("", "Programming"), Side::Technology);
    }
}
