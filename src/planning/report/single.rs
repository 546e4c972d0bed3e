//! What rests on too few: skills of roles that nobody, one person, or fewer than should hold.

use crate::{domain::Fte, planning::analysis::Analysis};

use super::{sums, words};

/// How many hold a skill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    /// Nobody.
    ByNobody,
    /// One person.
    ByOne,
    /// More than one, and fewer than the requirement asks for.
    ByTooFew,
}

/// A skill of a role in an organisation that rests on too few.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinglePoint {
    /// How many hold it.
    pub held: Held,
    /// The title of the organisation.
    pub organisation: String,
    /// The title of the role.
    pub role: String,
    /// What its family is called.
    pub family: String,
    /// The title of the skill.
    pub skill: String,
    /// How many FTE are needed.
    pub needed: Fte,
    /// How many FTE are skilled.
    pub skilled: Fte,
    /// How many people hold it.
    pub holders: i32,
    /// How many should.
    pub minimum_holders: i32,
}

/// The single points of failure of an analysis: the fewest holders first, then the most needed.
pub fn of(analysis: &Analysis) -> Vec<SinglePoint> {
    let catalogue = &analysis.catalogue;
    let single =
        analysis.rows.iter().filter(|row| row.figures.single_point_of_failure == Some(true));
    let mut points: Vec<SinglePoint> = single
        .map(|row| {
            let holders = row.figures.holders.unwrap_or_default();
            let [organisation, role, skill] = sums::titles(catalogue, row.key);
            SinglePoint {
                held: match holders {
                    ..=0 => Held::ByNobody,
                    1 => Held::ByOne,
                    _ => Held::ByTooFew,
                },
                organisation,
                role,
                family: words::family(catalogue.family(row.key).unwrap_or_default()),
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
