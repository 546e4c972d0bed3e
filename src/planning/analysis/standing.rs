//! How the people in post stand in a skill.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::Fte;

use super::people::{AssessmentRecord, People, number};

/// How those in post in a role stand in a skill, against a minimum level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    pub in_post: Fte,
    pub skilled: Fte,
    pub below: Fte,
    pub expired: Fte,
    /// How many people are skilled.
    pub holders: i32,
}

/// A subject in a role: a person (with one post or more) or a group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Post {
    pub subject: u32,
    pub fte: Fte,
    pub headcount: i64,
    pub person: bool,
}

/// An assessment, in as few bytes as it can be: a nation has millions.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Assessed {
    /// Its own FTE; less than nothing where it has none.
    fte: Fte,
    pub(super) day: i32,
    valid_until: i32,
    headcount: i32,
    /// Ranks are small; one that were not would be above every minimum all the same.
    level: i16,
    /// Whether it was recorded last of those of its subject, skill and day.
    pub(super) last: bool,
}

impl Assessed {
    pub(super) fn of(record: &AssessmentRecord<'_>) -> Self {
        Self {
            fte: record.fte.unwrap_or(NO_FTE),
            day: number(record.assessed_date),
            valid_until: record.valid_until_date.map_or(i32::MAX, number),
            headcount: record.headcount,
            level: i16::try_from(record.level).unwrap_or(i16::MAX),
            last: false,
        }
    }

    /// The rank.
    pub fn level(&self) -> i32 {
        i32::from(self.level)
    }

    /// The last day on which it is valid; none where it is for ever.
    pub fn valid_until_date(&self) -> Option<NaiveDate> {
        NaiveDate::from_num_days_from_ce_opt(self.valid_until)
            .filter(|_| self.valid_until != i32::MAX)
    }

    pub(super) fn is_valid(&self, day: i32) -> bool {
        day <= self.valid_until
    }

    fn fte(&self) -> Option<Fte> {
        (self.fte != NO_FTE).then_some(self.fte)
    }
}

/// Stands for no FTE: none is less than 0.
const NO_FTE: Fte = Fte::parts(-1);

impl Standing {
    /// Counts an assessment, against the minimum level.
    pub fn add(
        &mut self,
        assessed: &Assessed,
        fte: Fte,
        headcount: i32,
        minimum_level: i32,
        day: i32,
    ) {
        if !assessed.is_valid(day) {
            self.expired = self.expired + fte;
        } else if assessed.level() < minimum_level {
            self.below = self.below + fte;
        } else {
            self.skilled = self.skilled + fte;
            self.holders = self.holders.saturating_add(headcount);
        }
    }
}

/// Every assessment of those in these posts in a skill that is current on a day, with the FTE and the
/// headcount that it is of. The skill is the place among the skills of the people; none where nobody has
/// been assessed in it.
pub(super) fn each(
    people: &People,
    posts: &[Post],
    skill: Option<u32>,
    day: i32,
    mut see: impl FnMut(&Assessed, Fte, i32),
) {
    let Some(skill) = skill else { return };
    for post in posts {
        let current = people.current(post.subject, skill, day);
        match post.person {
            true => {
                if let Some(assessed) = current.iter().find(|assessed| assessed.last) {
                    see(assessed, post.fte, 1);
                }
            }
            false => {
                let mut share = Share::default();
                for assessed in current {
                    see(assessed, share.of(post, assessed), assessed.headcount);
                }
            }
        }
    }
}

/// The FTE of each assessment of a group: its own, or else its share of the group's by headcount. The
/// shares are rounded running on, so that those of the whole group add up to its FTE.
#[derive(Default)]
struct Share {
    heads: i128,
    given: i64,
}

impl Share {
    fn of(&mut self, post: &Post, assessed: &Assessed) -> Fte {
        assessed.fte().unwrap_or_else(|| {
            self.heads += i128::from(assessed.headcount);
            let headcount = i128::from(post.headcount.max(1));
            let so_far = i128::from(post.fte.count()) * self.heads + headcount / 2;
            let so_far = i64::try_from(so_far / headcount).unwrap_or(i64::MAX);
            let share = so_far - self.given;
            self.given = so_far;
            Fte::parts(share)
        })
    }
}
