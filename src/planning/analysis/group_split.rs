//! Split of a group over levels: how much of the group's FTE each of its assessments covers.

use crate::domain::{Apportionment, Fte};

use super::{
    day_rows::DayRows,
    skill_position::{CountedAssessment, Post},
};

/// Assessments of a group in a skill, as they count in one role of the group. The group is worked out as a
/// whole, and each of its roles has a part in proportion to its FTE.
pub(super) struct GroupSplit<'a> {
    post: &'a Post,
    /// Ordered: shares are rounded cumulatively.
    rows: DayRows<'a>,
    /// FTE that the rows say they cover; it may be more than the group has in post.
    assessed: Fte,
    heads: i64,
}

impl<'a> GroupSplit<'a> {
    pub fn of(post: &'a Post, rows: DayRows<'a>) -> Self {
        let mut shares = by_headcount(post);
        let assessed = rows.iter().map(|row| own_or_share(row, &mut shares)).sum();
        let heads = rows.iter().map(|row| i64::from(row.headcount)).sum();
        Self { post, rows, assessed, heads }
    }

    /// Calls `see` with each assessment and the FTE that it covers in the role. If the rows cover more than
    /// the group has in post, each counts with its part of what there is.
    pub fn each(&self, mut see: impl FnMut(&CountedAssessment, Fte)) {
        let group = &self.post.whole;
        let mut shares = by_headcount(self.post);
        let mut reduced = self.is_excessive().then(|| among(group.fte, self.assessed));
        let mut in_role = group.several_roles.then(|| among(self.post.fte, group.fte));
        for row in self.rows.iter() {
            let mut fte = own_or_share(row, &mut shares);
            for parts in [&mut reduced, &mut in_role].into_iter().flatten() {
                fte = parts.part(fte.count().into());
            }
            see(row, fte);
        }
    }

    /// FTE that the rows cover beyond what the group has in post, as far as it falls on the role.
    pub fn excess(&self) -> Fte {
        self.in_role((self.assessed - self.post.whole.fte).or_zero())
    }

    /// FTE in the role that the rows leave unassessed although an older assessment of the group is still valid:
    /// they cover fewer people than the group has in post.
    pub fn missing(&self) -> Fte {
        match self.heads < self.post.whole.headcount && self.rows.is_older_valid() {
            true => self.in_role((self.post.whole.fte - self.assessed).or_zero()),
            false => Fte::ZERO,
        }
    }

    /// Number of people in the role among this many skilled heads of the rows, rounded down.
    pub fn holders(&self, skilled: i64) -> i64 {
        let group = &self.post.whole;
        let holders = match self.heads > group.headcount {
            true => part_of(skilled, group.headcount, self.heads),
            false => skilled,
        };
        match group.several_roles {
            true => part_of(holders, self.post.fte.count(), group.fte.count()),
            false => holders,
        }
    }

    fn is_excessive(&self) -> bool {
        self.assessed > self.post.whole.fte
    }

    fn in_role(&self, fte: Fte) -> Fte {
        match self.post.whole.several_roles {
            true => among(self.post.fte, self.post.whole.fte).part(fte.count().into()),
            false => fte,
        }
    }
}

/// Shares out the group's FTE by headcount.
fn by_headcount(post: &Post) -> Apportionment {
    Apportionment::new(post.whole.fte, post.whole.headcount.into())
}

fn among(whole: Fte, sum: Fte) -> Apportionment {
    Apportionment::new(whole, sum.count().into())
}

/// FTE of a row: its own, or its share by headcount.
fn own_or_share(row: &CountedAssessment, shares: &mut Apportionment) -> Fte {
    row.fte().unwrap_or_else(|| shares.part(row.headcount.into()))
}

/// `number` × `part` ÷ `whole`, rounded down; 0 if the whole is 0.
fn part_of(number: i64, part: i64, whole: i64) -> i64 {
    let product = i128::from(number) * i128::from(part);
    i64::try_from(product / i128::from(whole.max(1))).unwrap_or(i64::MAX)
}
