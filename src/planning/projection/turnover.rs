//! Turnover rates from recorded movements.

use std::{borrow::Borrow, collections::HashMap};

use chrono::{Months, NaiveDate};

use crate::domain::{Fte, Movement, Ratio, Role};

use super::Span;

/// Source of a turnover rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// The request sets it.
    Request,
    /// Movements of the role in the organisation.
    Role,
    /// Movements of roles of the same family in the organisation.
    Family,
    /// All movements of the organisation.
    Organisation,
    /// No movements are recorded; the rate is 0.
    Nothing,
}

/// Yearly rates of leaving and joining.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turnover {
    /// Share of those in post who leave in a year; at most 1.
    pub leaver_rate: Ratio,
    /// Joiners in a year, as a share of those in post at the start.
    pub joiner_rate: Ratio,
    /// Source of the rates.
    pub basis: Basis,
    /// First and last day of the movements used.
    pub dates: Option<(NaiveDate, NaiveDate)>,
}

impl Turnover {
    /// Rates of 0, for organisations without movements.
    pub const UNKNOWN: Self = Self {
        leaver_rate: Ratio::ZERO,
        joiner_rate: Ratio::ZERO,
        basis: Basis::Nothing,
        dates: None,
    };
}

/// Movements that ended by a day, by organisation.
pub struct Turnovers<'a> {
    movements: HashMap<&'a str, Vec<&'a Movement>>,
    families: HashMap<&'a str, &'a str>,
}

impl<'a> Turnovers<'a> {
    /// Selects the movements that ended by the day. `roles` gives the families of the roles they refer to.
    pub fn of(movements: &'a [Movement], roles: &'a [impl Borrow<Role>], as_of: NaiveDate) -> Self {
        let mut by_organisation: HashMap<_, Vec<_>> = HashMap::new();
        for movement in movements.iter().filter(|movement| movement.last_date <= as_of) {
            by_organisation.entry(movement.parent.as_str()).or_default().push(movement);
        }
        let families = roles.iter().map(Borrow::borrow);
        let families = families.map(|role| (role.name.as_str(), role.family.as_str()));
        Self { movements: by_organisation, families: families.collect() }
    }

    /// Turnover of a role in an organisation: from movements of the role, else of its family, else of the
    /// organisation.
    pub fn of_role(&self, organisation: &str, role: &str) -> Turnover {
        let movements = self.movements.get(organisation).map_or(&[][..], Vec::as_slice);
        let family = |role: &str| self.families.get(role).copied().unwrap_or_default();
        let own = family(role);
        let of_role = |movement: &&Movement| movement.role == role;
        let of_family = |movement: &&Movement| !own.is_empty() && family(&movement.role) == own;
        // A movement of all staff together already includes those of each role.
        let whole = movements.iter().any(|movement| movement.role.is_empty());
        let of_all = |movement: &&Movement| movement.role.is_empty() == whole;
        rates(movements.iter().copied().filter(of_role), Basis::Role)
            .or_else(|| rates(movements.iter().copied().filter(of_family), Basis::Family))
            .or_else(|| rates(movements.iter().copied().filter(of_all), Basis::Organisation))
            .unwrap_or(Turnover::UNKNOWN)
    }
}

/// FTE × years is computed in millionths, so that parts of a year are not lost.
const FINE: i128 = 1_000_000;

/// Leavers and joiners in the twelve months to the newest movement, divided by the FTE-years in post. `None`
/// if nobody was in post.
fn rates<'a>(movements: impl Iterator<Item = &'a Movement>, basis: Basis) -> Option<Turnover> {
    let mut movements: Vec<&Movement> = movements.collect();
    let last = movements.iter().map(|movement| movement.last_date).max()?;
    let year_before = last.checked_sub_months(Months::new(12))?;
    movements.retain(|movement| movement.last_date > year_before);
    let first = movements.iter().map(|movement| movement.first_date).min()?;
    let exposure: i128 = movements.iter().map(|movement| exposure(movement)).sum();
    if exposure <= 0 {
        return None;
    }
    let sum = |of: fn(&Movement) -> Fte| movements.iter().map(|movement| of(movement)).sum::<Fte>();
    let rate = |fte: Fte| {
        let rate = fte.scaled(i128::from(Ratio::ONE.count()) * FINE, exposure);
        Ratio::parts(rate.count())
    };
    Some(Turnover {
        leaver_rate: rate(sum(|movement| movement.leaver_fte)).min(Ratio::ONE),
        joiner_rate: rate(sum(|movement| movement.joiner_fte)),
        basis,
        dates: Some((first, last)),
    })
}

/// FTE × years in post.
fn exposure(movement: &Movement) -> i128 {
    let before = movement.first_date.pred_opt().unwrap_or(movement.first_date);
    let (years, of) = Span::after(before, movement.last_date).in_years();
    i128::from(movement.opening_fte.count()) * years * FINE / of
}

#[cfg(test)]
mod tests {
    use super::*;

    fn movement(
        role: &str,
        first: &str,
        last: &str,
        opening: f64,
        joiners: f64,
        leavers: f64,
    ) -> Movement {
        let fte = |value| Fte::read(value).unwrap();
        Movement {
            name: String::new(),
            parent: "organisations/RX1".into(),
            revision: 0,
            create_time: Default::default(),
            update_time: Default::default(),
            role: role.into(),
            first_date: first.parse().unwrap(),
            last_date: last.parse().unwrap(),
            opening_headcount: 0,
            opening_fte: fte(opening),
            joiner_headcount: 0,
            joiner_fte: fte(joiners),
            leaver_headcount: 0,
            leaver_fte: fte(leavers),
            source: String::new(),
        }
    }

    fn role(name: &str, family: &str) -> Role {
        Role {
            name: name.into(),
            revision: 0,
            create_time: Default::default(),
            update_time: Default::default(),
            title: String::new(),
            family: family.into(),
            group: String::new(),
            seniority: 0,
            afc_band_from: None,
            afc_band_to: None,
            codes: Default::default(),
            description: String::new(),
        }
    }

    fn turnover(movements: &[Movement], as_of: &str) -> Turnover {
        let roles = [role("roles/a", "DATA"), role("roles/b", "DATA"), role("roles/c", "CYBER")];
        Turnovers::of(movements, &roles, as_of.parse().unwrap())
            .of_role("organisations/RX1", "roles/a")
    }

    fn of(turnover: Turnover) -> (f64, f64, Basis) {
        (turnover.leaver_rate.to_f64(), turnover.joiner_rate.to_f64(), turnover.basis)
    }

    #[test]
    fn a_month_is_made_a_year() {
        let month = movement("roles/a", "2025-10-01", "2025-10-31", 100.0, 2.0, 1.0);
        // 1 of 100 leaves in 31 of 365 days.
        assert_eq!(
            of(turnover(std::slice::from_ref(&month), "2026-11-23")),
            (0.11774, 0.23548, Basis::Role)
        );
        // A movement that has not ended does not count yet.
        assert_eq!(turnover(&[month], "2025-10-30"), Turnover::UNKNOWN);
    }

    #[test]
    fn the_last_twelve_months_count() {
        let months = [
            movement("roles/a", "2023-04-01", "2024-03-31", 100.0, 0.0, 90.0),
            movement("roles/a", "2024-04-01", "2024-09-30", 100.0, 0.0, 4.0),
            movement("roles/a", "2024-10-01", "2025-03-31", 100.0, 0.0, 6.1),
        ];
        let found = turnover(&months, "2025-03-31");
        assert_eq!(found.leaver_rate, Ratio::parts(10_100));
        let dates = ("2024-04-01".parse().unwrap(), "2025-03-31".parse().unwrap());
        assert_eq!(found.dates, Some(dates));
    }

    #[test]
    fn the_nearest_movements_count() {
        let year =
            |role: &str, leavers| movement(role, "2024-04-01", "2025-03-31", 10.0, 0.0, leavers);
        let (own, family, other, whole) =
            (year("roles/a", 1.0), year("roles/b", 2.0), year("roles/c", 3.0), year("", 4.0));
        let all = [own.clone(), family.clone(), other.clone(), whole.clone()];
        assert_eq!(of(turnover(&all, "2026-01-01")), (0.1, 0.0, Basis::Role));
        assert_eq!(of(turnover(&all[1..], "2026-01-01")), (0.2, 0.0, Basis::Family));
        assert_eq!(of(turnover(&all[2..], "2026-01-01")), (0.4, 0.0, Basis::Organisation));
        assert_eq!(of(turnover(&all[2..3], "2026-01-01")), (0.3, 0.0, Basis::Organisation));
        // Without anyone in post there is no rate.
        let empty = movement("roles/a", "2024-04-01", "2025-03-31", 0.0, 1.0, 1.0);
        assert_eq!(of(turnover(&[empty, whole], "2026-01-01")), (0.4, 0.0, Basis::Organisation));
    }

    #[test]
    fn nobody_leaves_twice() {
        let month = movement("roles/a", "2025-10-01", "2025-10-31", 2.0, 0.0, 1.0);
        assert_eq!(turnover(&[month], "2026-01-01").leaver_rate, Ratio::ONE);
    }
}
