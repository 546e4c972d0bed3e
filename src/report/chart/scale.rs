//! Scale of a line chart, which starts at 0, and its labels.

use crate::report::text;

use super::drawing::{Drawing, width_of};

/// Minimum pixels left of the lines; wide numbers of the scale need more.
const LEFT: i32 = 58;
const RIGHT: i32 = 46;
const TOP: i32 = 44;
const BOTTOM: i32 = 34;

/// Maps the values of lines to positions in a drawing.
pub struct Scale {
    /// Steps of the vertical axis, each with its number.
    pub steps: Vec<(f64, String)>,
    x: (f64, f64),
    most: f64,
    pub left: i32,
    pub right: i32,
    pub bottom: i32,
}

impl Scale {
    /// A scale with room for every point of these lines.
    pub fn new<'a>(
        points: impl Iterator<Item = &'a (f64, f64)> + Clone,
        drawing: &Drawing,
    ) -> Self {
        let points = || points.clone();
        let x = points().fold((f64::MAX, f64::MIN), |(a, b), (x, _)| (a.min(*x), b.max(*x)));
        let step = step(points().fold(0.0_f64, |most, (_, y)| most.max(*y)));
        let most = points().fold(step, |most, (_, y)| most.max((y / step).ceil() * step));
        let count = (most / step).round() as i32;
        let steps: Vec<(f64, String)> =
            (0..=count).map(|i| f64::from(i) * step).map(|v| (v, number(v, step))).collect();
        let left = steps.iter().map(|(_, number)| width_of(number) + 10).fold(LEFT, i32::max);
        Self {
            steps,
            x: if x.0 < x.1 { x } else { (x.0 - 1.0, x.0 + 1.0) },
            most,
            left,
            right: drawing.width - RIGHT,
            bottom: drawing.height - BOTTOM,
        }
    }

    pub fn at_x(&self, value: f64) -> i32 {
        let part = (value - self.x.0) / (self.x.1 - self.x.0);
        self.left + (part * f64::from(self.right - self.left)).round() as i32
    }

    pub fn at_y(&self, value: f64) -> i32 {
        self.bottom - (value / self.most * f64::from(self.bottom - TOP)).round() as i32
    }
}

/// Step that reaches `most` in about four steps: 1, 2 or 5 times a power of ten.
fn step(most: f64) -> f64 {
    if most <= 0.0 {
        return 1.0;
    }
    let rough = most / 4.0;
    let power = 10_f64.powf(rough.log10().floor());
    let times = [1.0, 2.0, 5.0, 10.0].into_iter().find(|times| times * power >= rough);
    times.unwrap_or(10.0) * power
}

/// A number with as many decimals as the step needs.
pub fn number(value: f64, step: f64) -> String {
    if step >= 1.0 {
        return text::count(value.round() as i64);
    }
    let decimals = (-step.log10()).ceil().clamp(0.0, 5.0) as usize;
    format!("{value:.decimals$}")
}

/// Ticks that fit beside each other: all, or every second, third and so on if that includes the last, or else
/// the first, the last, and those between that fit.
pub fn spaced(ticks: &[(f64, String)], at: impl Fn(f64) -> i32, width: i32) -> Vec<(i32, &String)> {
    let placed: Vec<(i32, &String)> = ticks
        .iter()
        .map(|(x, label)| {
            let half = width_of(label) / 2;
            (at(*x).min(width - half).max(half), label)
        })
        .collect();
    let apart = |one: &(i32, &String), other: &(i32, &String)| {
        other.0 - one.0 >= (width_of(one.1) + width_of(other.1)) / 2 + 12
    };
    let last = placed.len().saturating_sub(1);
    for stride in (1..=last / 2).filter(|stride| last.is_multiple_of(*stride)) {
        let some: Vec<_> = placed.iter().copied().step_by(stride).collect();
        if some.windows(2).all(|two| apart(&two[0], &two[1])) {
            return some;
        }
    }
    let Some((end, before)) = placed.split_last() else { return Vec::new() };
    let mut shown: Vec<(i32, &String)> = Vec::new();
    for tick in before {
        if apart(tick, end) && shown.last().is_none_or(|shown| apart(shown, tick)) {
            shown.push(*tick);
        }
    }
    shown.push(*end);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_have_round_steps() {
        assert_eq!(
            [0.0, 1.0, 3.4, 309.0, 2_250_000.0].map(step),
            [1.0, 0.5, 1.0, 100.0, 1_000_000.0]
        );
        assert_eq!(number(0.5, 0.5), "0.5");
        assert_eq!(number(1_500.0, 500.0), "1,500");
    }

    #[test]
    fn ticks_never_stand_upon_each_other() {
        let ticks: Vec<_> = (0..40).map(|i| (f64::from(i), "31 Mar 2027".to_owned())).collect();
        let mut shown: Vec<i32> =
            spaced(&ticks, |x| 60 + (x * 6.0) as i32, 343).iter().map(|tick| tick.0).collect();
        shown.sort_unstable();
        assert!(
            shown.windows(2).all(|two| two[1] - two[0] >= width_of("31 Mar 2027")),
            "{shown:?}"
        );
        assert!(shown.len() >= 2);
    }
}
