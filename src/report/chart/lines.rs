//! Lines over time or money, told apart by their stroke, their marks and a letter at their end.

use plotters::{element::DashedPathElement, prelude::*, style::text_anchor::HPos};

use crate::{
    planning::report::words,
    report::{
        Failed,
        palette::{Ink, MUTED, RULE, TEXT},
    },
};

use super::{Area, Picture, Size, both, failed, width_of, write};

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// Without a break.
    Solid,
    /// Long strokes.
    Dashed,
    /// Short ones.
    Dotted,
}

/// A line.
#[derive(Clone, Debug)]
pub struct Line {
    /// What stands at its end.
    pub letter: String,
    /// Its points, from left to right.
    pub points: Vec<(f64, f64)>,
    /// Its colour.
    pub ink: Ink,
    /// How it is drawn.
    pub stroke: Stroke,
}

/// Lines on the same scale, which begins at 0.
#[derive(Clone, Debug)]
pub struct Lines {
    /// Where on the way something stands below, and what.
    pub ticks: Vec<(f64, String)>,
    /// The lines.
    pub lines: Vec<Line>,
    /// Whether the ends of a line, and points far enough from them, tell their value.
    pub values: bool,
    /// What the scale is of.
    pub unit: &'static str,
}

/// At least so much is left of the lines; more where numbers of the scale need it.
const LEFT: i32 = 58;
const RIGHT: i32 = 46;
const TOP: i32 = 44;
const BOTTOM: i32 = 34;

fn height(size: Size) -> i32 {
    match size {
        Size::Wide => 320,
        Size::Narrow => 280,
    }
}

/// Draws lines.
pub fn lines(chart: &Lines) -> Result<Picture, Failed> {
    both(height, |area, size| draw(area, size, chart))
}

fn draw(area: &Area<'_>, size: Size, chart: &Lines) -> Result<(), Failed> {
    let points = || chart.lines.iter().flat_map(|line| &line.points);
    let x = points().fold((f64::MAX, f64::MIN), |(a, b), (x, _)| (a.min(*x), b.max(*x)));
    let x = if x.0 < x.1 { x } else { (x.0 - 1.0, x.0 + 1.0) };
    let step = step(points().fold(0.0_f64, |most, (_, y)| most.max(*y)));
    let most = points().fold(step, |most, (_, y)| most.max((y / step).ceil() * step));
    let (width, height) = (size.width(), height(size));
    let steps = (most / step).round() as i32;
    let scale: Vec<(f64, String)> =
        (0..=steps).map(|i| f64::from(i) * step).map(|v| (v, number(v, step))).collect();
    let left = scale.iter().map(|(_, number)| width_of(number) + 10).fold(LEFT, i32::max);
    let at_x =
        |v: f64| left + ((v - x.0) / (x.1 - x.0) * f64::from(width - left - RIGHT)).round() as i32;
    let at_y =
        |v: f64| height - BOTTOM - (v / most * f64::from(height - TOP - BOTTOM)).round() as i32;

    write(area, chart.unit, (0, 10), HPos::Left, MUTED, false)?;
    for (value, number) in &scale {
        let (y, ink) = (at_y(*value), if *value == 0.0 { MUTED } else { RULE });
        let line =
            PathElement::new(vec![(left, y), (width - RIGHT, y)], ink.drawn().stroke_width(1));
        area.draw(&line).map_err(failed)?;
        write(area, number, (left - 8, y), HPos::Right, MUTED, false)?;
    }
    for (x, label) in spaced(&chart.ticks, at_x, width) {
        write(area, label, (x, height - BOTTOM + 18), HPos::Center, MUTED, false)?;
    }
    for line in &chart.lines {
        let drawn: Vec<(i32, i32)> =
            line.points.iter().map(|(x, y)| (at_x(*x), at_y(*y))).collect();
        stroke(area, line, &drawn)?;
        if chart.values {
            values(area, line, &drawn, height - BOTTOM)?;
        }
    }
    letters(area, chart, at_x, at_y)
}

/// A step of 1, 2 or 5 times a power of ten that leads to the most in some four of them.
fn step(most: f64) -> f64 {
    if most <= 0.0 {
        return 1.0;
    }
    let rough = most / 4.0;
    let power = 10_f64.powf(rough.log10().floor());
    let times = [1.0, 2.0, 5.0, 10.0].into_iter().find(|times| times * power >= rough);
    times.unwrap_or(10.0) * power
}

fn number(value: f64, step: f64) -> String {
    if step >= 1.0 {
        return words::count(value.round() as i64);
    }
    let decimals = (-step.log10()).ceil().clamp(0.0, 5.0) as usize;
    format!("{value:.decimals$}")
}

/// The ticks that have room beside each other: every one, every second and so on, as far as that reaches
/// the last; else the first and the last, and of the others those that fit.
fn spaced(ticks: &[(f64, String)], at: impl Fn(f64) -> i32, width: i32) -> Vec<(i32, &String)> {
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

fn stroke(area: &Area<'_>, line: &Line, points: &[(i32, i32)]) -> Result<(), Failed> {
    let style = line.ink.drawn().stroke_width(3);
    match line.stroke {
        Stroke::Solid => area.draw(&PathElement::new(points.to_vec(), style)).map_err(failed)?,
        broken => {
            let (length, gap) = if broken == Stroke::Dashed { (12, 7) } else { (3, 6) };
            let path = DashedPathElement::new(points.to_vec(), length, gap, style);
            area.draw(&path).map_err(failed)?;
        }
    }
    for point in points {
        let mark = line.ink.drawn().filled();
        match line.stroke {
            Stroke::Solid => area.draw(&Circle::new(*point, 5, mark)),
            Stroke::Dashed => {
                let (x, y) = *point;
                area.draw(&Rectangle::new([(x - 5, y - 5), (x + 5, y + 5)], mark))
            }
            Stroke::Dotted => area.draw(&TriangleMarker::new(*point, 7, mark)),
        }
        .map_err(failed)?;
    }
    Ok(())
}

/// What a line is at its ends and at points far enough from what is told already, on the side of it that
/// the line leaves free.
fn values(area: &Area<'_>, line: &Line, drawn: &[(i32, i32)], floor: i32) -> Result<(), Failed> {
    let mut from = i32::MIN;
    let last = drawn.last().map_or(0, |point| point.0);
    for (i, ((x, y), (_, value))) in drawn.iter().zip(&line.points).enumerate() {
        let text = number(*value, if *value < 100.0 { 0.1 } else { 1.0 });
        let room = width_of(&text) / 2 + 6;
        let ends = i == 0 || i + 1 == drawn.len();
        if ends || (x - room >= from && x + 2 * room <= last - room) {
            let y = if is_in_a_bend(drawn, i) && y + 26 < floor { y + 16 } else { y - 14 };
            write(area, &text, (*x, y), HPos::Center, TEXT, true)?;
            from = x + room;
        }
    }
    Ok(())
}

/// Whether the line bends upwards at a point, so that there is room below it.
fn is_in_a_bend(drawn: &[(i32, i32)], i: usize) -> bool {
    let beside = i.checked_sub(1).and_then(|before| drawn.get(before)).zip(drawn.get(i + 1));
    beside.is_some_and(|((_, before), (_, after))| 2 * drawn[i].1 > before + after + 12)
}

/// The letters at the ends of lines; those of lines that end together stand together.
fn letters(
    area: &Area<'_>,
    chart: &Lines,
    at_x: impl Fn(f64) -> i32,
    at_y: impl Fn(f64) -> i32,
) -> Result<(), Failed> {
    let mut ends: Vec<(i32, i32, String, Ink)> = Vec::new();
    for line in chart.lines.iter().filter(|line| !line.letter.is_empty()) {
        let Some((x, y)) = line.points.last() else { continue };
        let (x, y) = (at_x(*x), at_y(*y));
        match ends.iter_mut().find(|end| (end.1 - y).abs() <= 2) {
            Some(end) => {
                end.2.push_str(&line.letter);
                end.3 = TEXT;
            }
            None => ends.push((x, y, line.letter.clone(), line.ink)),
        }
    }
    ends.sort_by_key(|end| end.1);
    let mut least = i32::MIN;
    for (x, y, letters, ink) in ends {
        let y = y.max(least);
        write(area, &letters, (x + 11, y), HPos::Left, ink, true)?;
        least = y + 16;
    }
    Ok(())
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
    fn the_numbers_of_a_scale_are_never_cut_off() {
        let line = Line {
            letter: "A".into(),
            points: vec![(0.0, 5e5), (1.0, 6_072_919.0)],
            ink: TEXT,
            stroke: Stroke::Solid,
        };
        let chart = Lines { ticks: Vec::new(), lines: vec![line], values: false, unit: "FTE" };
        let picture = lines(&chart).unwrap();
        for svg in [picture.wide, picture.narrow] {
            let numbers: Vec<(i32, &str)> = (svg.split("<text ").skip(1))
                .filter(|text| text.contains("text-anchor=\"end\""))
                .map(|text| {
                    let x = text.split("x=\"").nth(1).unwrap().split('"').next().unwrap();
                    let says = text.split('>').nth(1).unwrap().split('<').next().unwrap();
                    (x.parse().unwrap(), says.trim())
                })
                .collect();
            assert_eq!(numbers.last().unwrap().1, "8,000,000");
            for (right, says) in numbers {
                assert!(right >= width_of(says), "{says} ends at {right}");
            }
        }
    }

    #[test]
    fn a_number_stands_where_the_line_does_not() {
        // Pixels grow downwards.
        let falls_and_goes_on = [(0, 100), (100, 250), (200, 255), (300, 260)];
        assert!(is_in_a_bend(&falls_and_goes_on, 1));
        assert!([0, 2, 3].iter().all(|i| !is_in_a_bend(&falls_and_goes_on, *i)));
        let peak = [(0, 200), (100, 100), (200, 200)];
        assert!((0..3).all(|i| !is_in_a_bend(&peak, i)));
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
