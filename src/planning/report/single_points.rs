//! Single points of failure: skills of roles with nobody, one person, or too few people who hold them.

use crate::{domain::Fte, planning::analysis::Analysis};

use super::sums;

/// How many people hold a skill of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holders {
    Nobody,
    OnePerson,
    /// More than one, but fewer than the requirement asks for.
    TooFew,
}

/// A skill of a role in an organisation with too few holders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinglePoint {
    pub held_by: Holders,
    /// Title of the organisation.
    pub organisation: String,
    /// Title of the role.
    pub role: String,
    /// Family of the role, as recorded.
    pub family: String,
    /// Title of the skill.
    pub skill: String,
    /// FTE needed.
    pub needed: Fte,
    /// FTE skilled.
    pub skilled: Fte,
    /// Number of people who hold the skill.
    pub holders: i32,
    /// Number of people who should hold it.
    pub minimum_holders: i32,
}

/// Single points of failure of an analysis: the fewest holders first, then the most needed FTE.
pub fn single_points(analysis: &Analysis) -> Vec<SinglePoint> {
    let catalogue = &analysis.catalogue;
    let single =
        analysis.rows.iter().filter(|row| row.figures.single_point_of_failure == Some(true));
    let mut points: Vec<SinglePoint> = single
        .map(|row| {
            let holders = row.figures.holders.unwrap_or_default();
            let [organisation, role, skill] = sums::titles(catalogue, row.key);
            SinglePoint {
                held_by: match holders {
                    ..=0 => Holders::Nobody,
                    1 => Holders::OnePerson,
                    _ => Holders::TooFew,
                },
                organisation,
                role,
                family: catalogue.family(row.key).unwrap_or_default().to_owned(),
                skill,
                needed: row.figures.needed,
                skilled: row.figures.skilled,
                holders,
                minimum_holders: row.required.as_ref().map_or(0, |r| r.minimum_holders),
            }
        })
        .collect();
    points.sort_by(|a, b| {
        let rank = |point: &SinglePoint| (point.holders, -point.needed);
        let text = |point: &SinglePoint| {
            (point.organisation.clone(), point.role.clone(), point.skill.clone())
        };
        rank(a).cmp(&rank(b)).then_with(|| text(a).cmp(&text(b)))
    });
    points
}
