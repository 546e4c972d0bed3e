//! Exact numbers with five decimals: FTE, which must add up, and the ratios that multiply it.

use std::{
    fmt,
    iter::Sum,
    ops::{Add, Neg, Sub},
};

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// Largest number accepted, in hundred-thousandths: ten million, far more than any workforce, and far below
/// where a double loses the fifth decimal.
const MAX: i64 = 10_000_000 * 100_000;

/// Why a floating-point number is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FteError {
    /// NaN or infinite.
    #[error("must be a finite number")]
    NotFinite,
    /// Below 0 or above the maximum.
    #[error("must be from 0 to 10,000,000")]
    OutOfRange,
    /// More than five decimals.
    #[error("must have at most five decimals")]
    TooPrecise,
}

/// Defines a number with five decimals, stored as a count of hundred-thousandths.
macro_rules! exact {
    ($(#[$doc:meta])* $Name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize,
            Deserialize, DeriveValueType,
        )]
        #[serde(transparent)]
        pub struct $Name(i64);

        impl $Name {
            /// 0.
            pub const ZERO: Self = Self(0);
            /// 1.
            pub const ONE: Self = Self::whole(1);
            /// Largest number accepted from a caller.
            pub const MAX: Self = Self(MAX);

            /// A number of this many hundred-thousandths.
            pub const fn parts(parts: i64) -> Self {
                Self(parts)
            }

            /// A whole number.
            pub const fn whole(number: i64) -> Self {
                Self(number * 100_000)
            }

            /// The number as a count of hundred-thousandths.
            pub const fn count(self) -> i64 {
                self.0
            }

            /// Reads a double exactly, with the decimals of its shortest decimal form, which is what the
            /// sender wrote.
            pub fn read(value: f64) -> Result<Self, FteError> {
                hundred_thousandths(value).map(Self)
            }

            /// Nearest double; reading it returns the same number.
            pub fn to_f64(self) -> f64 {
                self.0 as f64 / 100_000.0
            }
        }

        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.to_f64())
            }
        }

        impl Sub for $Name {
            type Output = Self;

            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
    };
}

exact! {
    /// Full-time equivalents. NHS workforce data carries them as decimal(15,5); 1.0 is 37.5 hours a week.
    Fte
}

exact! {
    /// Multiplies FTE: a weight, a probability, a yearly rate, a share or a factor.
    Ratio
}

fn hundred_thousandths(value: f64) -> Result<i64, FteError> {
    if !value.is_finite() {
        return Err(FteError::NotFinite);
    }
    if !(0.0..=Fte::MAX.to_f64()).contains(&value) {
        return Err(FteError::OutOfRange);
    }
    let text = value.abs().to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    if decimals.len() > 5 {
        return Err(FteError::TooPrecise);
    }
    let digits = format!("{whole}{decimals:0<5}");
    digits.parse().map_err(|_| FteError::OutOfRange)
}

impl Fte {
    /// The greater of this and 0.
    pub fn or_zero(self) -> Self {
        self.max(Self::ZERO)
    }

    /// This × `numerator` ÷ `denominator`, rounded to the nearest hundred-thousandth, halves away from zero.
    /// `denominator` must be greater than 0.
    pub fn scaled(self, numerator: i128, denominator: i128) -> Self {
        let product = i128::from(self.0).saturating_mul(numerator);
        let half = denominator / 2 * product.signum();
        let rounded = product.saturating_add(half) / denominator.max(1);
        let bound = if product < 0 { i64::MIN } else { i64::MAX };
        Self(i64::try_from(rounded).unwrap_or(bound))
    }

    /// This × a ratio, rounded as by [`Fte::scaled`].
    pub fn times(self, ratio: Ratio) -> Self {
        self.scaled(ratio.0.into(), 100_000)
    }
}

/// Shares out FTE in proportion to weights. Parts are rounded cumulatively, so that together they are the whole
/// once the weights add up to their sum.
#[derive(Clone, Copy, Debug)]
pub struct Apportionment {
    whole: Fte,
    sum: i128,
    reached: i128,
    given: Fte,
}

impl Apportionment {
    /// Begins to share out `whole` among weights of this sum.
    pub fn new(whole: Fte, sum: i128) -> Self {
        Self { whole, sum: sum.max(1), reached: 0, given: Fte::ZERO }
    }

    /// The part of the next weight.
    pub fn part(&mut self, weight: i128) -> Fte {
        self.reached += weight;
        let due = self.whole.scaled(self.reached, self.sum);
        let part = due - self.given;
        self.given = due;
        part
    }
}

impl Add for Fte {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Neg for Fte {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Fte {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_double_is_read_by_the_decimals_it_was_written_with() {
        assert_eq!(Fte::read(1_330_538.840_46), Ok(Fte(133_053_884_046)));
        assert_eq!(Fte::read(0.3), Ok(Fte(30_000)));
        assert_eq!(Fte::read(-0.0), Ok(Fte::ZERO));
        assert_eq!(Fte::read(0.00001), Ok(Fte(1)));
        assert_eq!(Fte::read(0.1 + 0.2), Err(FteError::TooPrecise));
        assert_eq!(Fte::read(0.000001), Err(FteError::TooPrecise));
        assert_eq!(Fte::read(-1.0), Err(FteError::OutOfRange));
        assert_eq!(Fte::read(10_000_000.000_01), Err(FteError::OutOfRange));
        assert_eq!(Fte::read(f64::NAN), Err(FteError::NotFinite));
        assert_eq!(Fte::read(f64::INFINITY), Err(FteError::NotFinite));
    }

    #[test]
    fn a_product_is_rounded_to_the_nearest_hundred_thousandth() {
        let times = |a: i64, b: i64| Fte(a).times(Ratio(b)).count();
        assert_eq!(times(345_660, 89_900), 310_748);
        assert_eq!(times(340_000, 89_900), 305_660);
        assert_eq!((times(1, 50_000), times(-1, 50_000)), (1, -1));
        assert_eq!((times(1, 49_999), times(3, 50_000)), (0, 2));
        assert_eq!(Fte(100_000).scaled(1, 3).count(), 33_333);
        assert_eq!(Fte(200_000).scaled(1, 3).count(), 66_667);
    }

    #[test]
    fn parts_are_rounded_so_that_they_add_up() {
        let parts = |whole: i64, weights: [i128; 3]| {
            let mut whole = Apportionment::new(Fte(whole), weights.iter().sum());
            weights.map(|weight| whole.part(weight).count())
        };
        assert_eq!(parts(100, [1, 1, 1]), [33, 34, 33]);
        assert_eq!(parts(1, [1, 1, 2]), [0, 1, 0]);
        assert_eq!(parts(7, [0, 0, 0]), [0, 0, 0]);
    }

    proptest! {
        #[test]
        fn every_number_survives_the_wire(parts in 0..=Fte::MAX.count()) {
            prop_assert_eq!(Fte::read(Fte(parts).to_f64()), Ok(Fte(parts)));
            prop_assert_eq!(Ratio::read(Ratio(parts).to_f64()), Ok(Ratio(parts)));
        }
    }
}
