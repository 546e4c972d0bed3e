//! Flows of a period, in this order: retirements, leavers, joiners.
//!
//! Every product is rounded to the nearest hundred-thousandth of an FTE, halves upwards, as soon as it is
//! made: the leavers of each whole year, and those of the rest of the period.

use crate::domain::{Fte, Ratio};

use super::Span;

/// Retained stock: what is left after a span in which the share `leaver_rate` leaves each year, and in
/// proportion in a part of a year.
pub fn retained_stock(stock: Fte, leaver_rate: Ratio, span: Span) -> Fte {
    let stays = Ratio::ONE - leaver_rate;
    let whole = (0..span.whole_years()).fold(stock, |stock, _| stock.times(stays));
    let (days, of) = span.rest();
    let leaving = i128::from(leaver_rate.count()) * days;
    let year = i128::from(Ratio::ONE.count()) * of;
    whole.scaled(year - leaving, year)
}

/// Stock of people in one period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeopleStock {
    /// FTE at the start.
    pub opening: Fte,
    /// FTE retiring, at most the opening FTE.
    pub retiring: Fte,
    /// FTE leaving.
    pub leaving: Fte,
    /// FTE joining.
    pub joining: Fte,
    /// FTE at the end.
    pub closing: Fte,
}

impl PeopleStock {
    /// S′ = (S − retirements)·(1 − leaver rate) + joiners. `most` caps the closing FTE if joiners need a
    /// funded post.
    pub fn after(
        opening: Fte,
        retirements: Fte,
        leaver_rate: Ratio,
        span: Span,
        joiners: Fte,
        most: Option<Fte>,
    ) -> Self {
        let retiring = retirements.min(opening);
        let staying = retained_stock(opening - retiring, leaver_rate, span);
        let room = most.map_or(joiners, |most| (most - staying).or_zero());
        let joining = joiners.min(room);
        Self {
            opening,
            retiring,
            leaving: opening - retiring - staying,
            joining,
            closing: staying + joining,
        }
    }
}

/// Stock of skilled people in one period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SkilledStock {
    /// FTE at the start.
    pub opening: Fte,
    /// FTE leaving.
    pub leaving: Fte,
    /// FTE that becomes skilled by training.
    pub trained: Fte,
    /// Skilled FTE among the joiners.
    pub hired: Fte,
    /// FTE whose assessment expires.
    pub expiring: Fte,
    /// FTE at the end: at least 0, at most the FTE in post.
    pub closing: Fte,
}

impl SkilledStock {
    /// K′ = K·(1 − leaver rate) + trained·p + hired·p − expiring.
    pub fn after(
        opening: Fte,
        leaver_rate: Ratio,
        span: Span,
        (trained, hired): (Fte, Fte),
        expiring: Fte,
        in_post: Fte,
    ) -> Self {
        let staying = retained_stock(opening, leaver_rate, span);
        let closing = staying + trained + hired - expiring;
        Self {
            opening,
            leaving: opening - staying,
            trained,
            hired,
            expiring,
            closing: closing.or_zero().min(in_post),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use proptest::prelude::*;

    use crate::planning::example::{fte, ratio};

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_worked_example_comes_out_to_the_last_digit() {
        let rate = ratio(0.101);
        let first = Span::after(day("2026-03-31"), day("2027-03-31"));
        let one = PeopleStock::after(fte(3.4), Fte::ZERO, rate, first, fte(1.0), None);
        assert_eq!((one.leaving, one.closing), (fte(0.3434), fte(4.0566)));
        let second = Span::after(day("2027-03-31"), day("2028-03-31"));
        let two = PeopleStock::after(one.closing, fte(0.6), rate, second, Fte::ZERO, None);
        // 3.4566 × 0.899 = 3.1074834
        assert_eq!((two.retiring, two.closing), (fte(0.6), fte(3.10748)));
        // 2.8925 to four places.
        assert_eq!(fte(6.0) - two.closing, fte(2.89252));
    }

    #[test]
    fn a_part_of_a_year_loses_its_part_of_the_leavers() {
        let quarter = Span::after(day("2026-12-31"), day("2027-03-14"));
        // 73 days of 365 are a fifth.
        assert_eq!(retained_stock(fte(10.0), ratio(0.1), quarter), fte(9.8));
        let years = Span::after(day("2026-12-31"), day("2029-03-14"));
        assert_eq!(retained_stock(fte(10.0), ratio(0.1), years), fte(7.938));
    }

    #[test]
    fn skilled_people_leave_and_lapse_and_are_trained_and_hired() {
        let year = Span::after(day("2026-03-31"), day("2027-03-31"));
        let flows = (fte(0.68), fte(0.8));
        let stock = SkilledStock::after(fte(2.0), ratio(0.101), year, flows, fte(0.5), fte(9.0));
        assert_eq!((stock.leaving, stock.closing), (fte(0.202), fte(2.778)));
        let few = SkilledStock::after(fte(2.0), ratio(0.101), year, flows, fte(0.5), fte(1.5));
        assert_eq!(few.closing, fte(1.5));
        let none = SkilledStock::after(fte(0.2), ratio(0.0), year, flows, fte(5.0), fte(9.0));
        assert_eq!(none.closing, Fte::ZERO);
    }

    #[test]
    fn joiners_wait_for_a_funded_post() {
        let year = Span::after(day("2026-03-31"), day("2027-03-31"));
        let stock =
            |most| PeopleStock::after(fte(3.0), Fte::ZERO, Ratio::ZERO, year, fte(2.0), most);
        assert_eq!(stock(Some(fte(4.5))).joining, fte(1.5));
        assert_eq!(
            stock(Some(fte(2.0))),
            PeopleStock { joining: Fte::ZERO, closing: fte(3.0), ..stock(None) }
        );
        assert_eq!(stock(None).closing, fte(5.0));
    }

    proptest! {
        #[test]
        fn a_stock_adds_up_and_is_never_negative(
            opening in 0..100_000_000i64, retiring in 0..100_000_000i64, rate in 0..=100_000i64,
            joining in 0..100_000_000i64, days in 0..4_000u64,
        ) {
            let [opening, retiring, joining] = [opening, retiring, joining].map(Fte::parts);
            let rate = Ratio::parts(rate);
            let from = day("2026-03-31");
            let span = Span::after(from, from + chrono::Days::new(days));
            let stock = PeopleStock::after(opening, retiring, rate, span, joining, None);
            prop_assert_eq!(stock.opening - stock.retiring - stock.leaving + stock.joining, stock.closing);
            for flow in [stock.retiring, stock.leaving, stock.joining, stock.closing] {
                prop_assert!(flow >= Fte::ZERO);
            }
        }
    }
}
