//! Mutual aid as a pure function: finds organisations with a surplus of skilled people near one that is
//! short.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use crate::{
    domain::{Fte, Organisation, organisation::OrganisationKind},
    planning::analysis::{Analysis, AnalysisRow, Dimension, RowKey},
};

/// How near two organisations are, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nearness {
    /// In the same integrated care board.
    SameBoard,
    /// In the same region, but not in the same board.
    SameRegion,
}

/// An organisation with a surplus and a neighbour with a shortfall, in the same role and skill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SurplusOffer {
    /// Row of the organisation with the surplus.
    pub donor: RowKey,
    /// Row of the organisation with the shortfall.
    pub recipient: RowKey,
    /// How near they are.
    pub nearness: Nearness,
    /// FTE that the donor has beyond what it needs.
    pub surplus: Fte,
    /// FTE that the recipient is short of.
    pub shortfall: Fte,
}

impl SurplusOffer {
    /// Maximum FTE that the donor can give the recipient.
    pub fn fte(&self) -> Fte {
        self.surplus.min(self.shortfall)
    }
}

/// Offers between organisations, with the overall surplus and shortfall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurplusReport {
    /// Every pair of a donor and a neighbour that is short: the nearest first, then the most FTE. Each offer
    /// of a donor shows the same surplus.
    pub offers: Vec<SurplusOffer>,
    /// Surplus FTE over all organisations.
    pub surplus: Fte,
    /// Shortfall FTE over all organisations, not reduced by any surplus elsewhere.
    pub shortfall: Fte,
}

/// Finds the offers. The analysis must be of one period, with a row for each organisation, role and skill.
pub fn find(analysis: &Analysis) -> SurplusReport {
    let boards = boards(analysis.catalogue.organisations());
    let mut places: BTreeMap<RowKey, (Vec<&AnalysisRow>, Vec<&AnalysisRow>)> = BTreeMap::new();
    for row in &analysis.rows {
        let (donors, recipients) =
            places.entry(row.key.only(&[Dimension::Role, Dimension::Skill])).or_default();
        match row {
            row if row.figures.surplus > Fte::ZERO => donors.push(row),
            row if row.figures.shortfall > Fte::ZERO => recipients.push(row),
            _ => {}
        }
    }
    let nearness = |donor: &AnalysisRow, recipient: &AnalysisRow| {
        let catalogue = &analysis.catalogue;
        let board =
            |row: &AnalysisRow| boards.get(catalogue.organisation(row.key)?.name.as_str()).copied();
        let region = |row: &AnalysisRow| catalogue.region(row.key).filter(|code| !code.is_empty());
        match (board(donor), board(recipient)) {
            (Some(one), Some(other)) if one == other => Some(Nearness::SameBoard),
            _ => (region(donor)? == region(recipient)?).then_some(Nearness::SameRegion),
        }
    };
    let mut offers = Vec::new();
    for (donors, recipients) in places.values() {
        for donor in donors {
            let near = |recipient: &&AnalysisRow| {
                Some(SurplusOffer {
                    donor: donor.key,
                    recipient: recipient.key,
                    nearness: nearness(donor, recipient)?,
                    surplus: donor.figures.surplus,
                    shortfall: recipient.figures.shortfall,
                })
            };
            offers.extend(recipients.iter().filter_map(near));
        }
    }
    offers.sort_by_key(|o| (o.nearness, std::cmp::Reverse(o.fte()), o.recipient, o.donor));
    SurplusReport {
        offers,
        surplus: analysis.totals.figures.surplus,
        shortfall: analysis.totals.figures.shortfall,
    }
}

/// Integrated care board of each organisation that has one: itself, or its nearest ancestor that is one.
fn boards(organisations: &[Arc<Organisation>]) -> HashMap<&str, &str> {
    let by_name: HashMap<&str, &Organisation> =
        organisations.iter().map(|o| (o.name.as_str(), o.as_ref())).collect();
    let board = |name: &str| {
        // The chain ends: an organisation's parents cannot form a cycle.
        let up = |o: &&Organisation| by_name.get(o.parent.as_str()).copied();
        let mut chain = std::iter::successors(by_name.get(name).copied(), up);
        let board = chain.find(|o| o.kind == OrganisationKind::IntegratedCareBoard)?;
        Some(board.name.as_str())
    };
    by_name.keys().filter_map(|name| Some((*name, board(name)?))).collect()
}

#[cfg(test)]
mod tests {
    use crate::{
        domain::Assessment,
        planning::{
            analysis::{AnalysisInputs, AnalysisQuery, AnalysisRows, analyse},
            example::*,
        },
    };

    use super::*;

    /// Two boards in a region, and a third in another. X1 and X2 belong to the first, Y1 to the second, Z1 to
    /// the third, and W1, in the first region, to none.
    fn aid(needs: &[(&str, f64)], skilled: &[(&str, f64)]) -> (Analysis, SurplusReport) {
        let board =
            |code, region| organisation(code, OrganisationKind::IntegratedCareBoard, region);
        let mut trust_of_none = trust("W1", "");
        trust_of_none.region_code = "R1".into();
        let inputs = AnalysisRows {
            plan: plan("p", "X1"),
            targets: needs
                .iter()
                .map(|(code, needed)| {
                    let name = format!("plans/p/targets/{code}");
                    target(&name, code, "analyst", "2027-03-31", *needed)
                })
                .collect(),
            requirements: vec![requirement("roles/analyst/requirements/s", "s", 3)],
            organisations: vec![
                organisation("R1", OrganisationKind::Region, ""),
                organisation("R2", OrganisationKind::Region, ""),
                board("X", "R1"),
                board("Y", "R1"),
                board("Z", "R2"),
                trust("X1", "X"),
                trust("X2", "X"),
                trust("Y1", "Y"),
                trust("Z1", "Z"),
                trust_of_none,
            ],
            roles: vec![role("analyst", "DATA")],
            skills: vec![skill("s", false)],
            frameworks: Vec::new(),
            staffing: skilled
                .iter()
                .map(|(code, number)| staffing(code, "g", "analyst", 9, *number))
                .collect(),
            assessments: skilled
                .iter()
                .map(|(code, _)| Assessment { headcount: 9, ..assessment(code, "g", "s", 3) })
                .collect(),
        };
        let query = AnalysisQuery::of("plans/p", day("2026-07-01"));
        let analysis = analyse(&AnalysisInputs::of(&inputs, &query), &query);
        let aid = find(&analysis);
        (analysis, aid)
    }

    #[test]
    fn a_surplus_is_offered_to_neighbours_first_in_the_board_then_in_the_region() {
        let needs = [("X1", 1.0), ("X2", 3.0), ("Y1", 5.0), ("Z1", 4.0), ("W1", 2.0)];
        let skilled = [("X1", 3.5), ("X2", 2.0), ("Y1", 1.0), ("Z1", 4.0), ("W1", 2.25)];
        let (analysis, aid) = aid(&needs, &skilled);
        let title = |key| analysis.catalogue.organisation(key).map_or("", |o| o.title.as_str());
        let offers: Vec<_> = (aid.offers.iter())
            .map(|o| (title(o.donor), title(o.recipient), o.nearness, o.fte()))
            .collect();
        use Nearness::{SameBoard, SameRegion};
        assert_eq!(
            offers,
            [
                ("X1", "X2", SameBoard, fte(1.0)),
                ("X1", "Y1", SameRegion, fte(2.5)),
                ("W1", "X2", SameRegion, fte(0.25)),
                ("W1", "Y1", SameRegion, fte(0.25)),
            ]
        );
        assert_eq!((aid.offers[1].surplus, aid.offers[1].shortfall), (fte(2.5), fte(4.0)));
        // 2.5 and 0.25 too many, 1 and 4 too few: neither reduces the other.
        assert_eq!((aid.surplus, aid.shortfall), (fte(2.75), fte(5.0)));
    }

    #[test]
    fn nobody_helps_across_regions() {
        let (_, aid) = aid(&[("X1", 1.0), ("Z1", 2.0)], &[("X1", 3.0), ("Z1", 1.0)]);
        assert!(aid.offers.is_empty());
        assert_eq!((aid.surplus, aid.shortfall), (fte(2.0), fte(1.0)));
    }
}
