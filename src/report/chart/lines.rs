//! Lines over time or money, distinguished by stroke, marks and a letter at the end.

use chrono::{Datelike, NaiveDate};

use crate::report::palette::{BLUE, Ink, MUTED, RULE, TEXT};

use super::{
    drawing::{Anchor, Drawing, Picture, Size, width_of},
    scale::{Scale, number, spaced},
};

/// Stroke and marks of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// Solid, with round marks.
    Solid,
    /// Long dashes, with square marks.
    Dashed,
    /// Short dashes, with triangles.
    Dotted,
}

/// A line of a chart.
#[derive(Clone, Debug)]
pub struct Line {
    /// Letter at its end; empty for none.
    pub letter: &'static str,
    /// Points from left to right.
    pub points: Vec<(f64, f64)>,
    pub ink: Ink,
    pub stroke: Stroke,
}

impl Line {
    /// A line of a chart that has no other.
    pub fn plain(points: Vec<(f64, f64)>) -> Self {
        Self { letter: "", points, ink: BLUE, stroke: Stroke::Solid }
    }
}

/// Position of a day on a horizontal scale.
pub fn along(day: NaiveDate) -> f64 {
    f64::from(day.num_days_from_ce())
}

/// Lines on one scale, which starts at 0.
#[derive(Clone, Debug)]
pub struct Lines {
    /// Labels below the chart, with their positions on the scale.
    pub ticks: Vec<(f64, String)>,
    pub lines: Vec<Line>,
    /// Whether to write values at the ends of a line, and at points far enough from them.
    pub values: bool,
    /// Unit of the scale.
    pub unit: &'static str,
}

/// Draws lines.
pub fn lines(description: &'static str, chart: &Lines) -> Picture {
    Picture::draw(description, |size| {
        let height = match size {
            Size::Wide => 320,
            Size::Narrow => 280,
        };
        let mut drawing = Drawing::new(size.width(), height);
        let scale = Scale::new(chart.lines.iter().flat_map(|line| &line.points), &drawing);
        draw_axes(&mut drawing, chart, &scale);
        for line in &chart.lines {
            let points: Vec<(i32, i32)> =
                line.points.iter().map(|(x, y)| (scale.at_x(*x), scale.at_y(*y))).collect();
            draw_line(&mut drawing, line, &points);
            if chart.values {
                draw_values(&mut drawing, line, &points, scale.bottom);
            }
        }
        draw_letters(&mut drawing, chart, &scale);
        drawing
    })
}

fn draw_axes(drawing: &mut Drawing, chart: &Lines, scale: &Scale) {
    drawing.text(chart.unit, (0, 10), Anchor::Start, MUTED, false);
    for (value, number) in &scale.steps {
        let (y, ink) = (scale.at_y(*value), if *value == 0.0 { MUTED } else { RULE });
        drawing.path(&[(scale.left, y), (scale.right, y)], ink, 1, "");
        drawing.text(number, (scale.left - 8, y), Anchor::End, MUTED, false);
    }
    for (x, label) in spaced(&chart.ticks, |x| scale.at_x(x), drawing.width) {
        drawing.text(label, (x, scale.bottom + 18), Anchor::Middle, MUTED, false);
    }
}

fn draw_line(drawing: &mut Drawing, line: &Line, points: &[(i32, i32)]) {
    let dashes = match line.stroke {
        Stroke::Solid => "",
        Stroke::Dashed => "12 7",
        Stroke::Dotted => "3 6",
    };
    drawing.path(points, line.ink, 3, dashes);
    for (x, y) in points.iter().copied() {
        match line.stroke {
            Stroke::Solid => drawing.circle((x, y), 5, line.ink),
            Stroke::Dashed => drawing.rectangle([x - 5, x + 5], [y - 5, y + 5], line.ink, 1.0),
            Stroke::Dotted => {
                drawing.polygon(&[(x, y - 7), (x + 6, y + 4), (x - 6, y + 4)], line.ink);
            }
        }
    }
}

/// Writes the values at both ends of a line and at points far enough from those already written, on the free
/// side of the line. The first value starts at its point, clear of the numbers of the scale.
fn draw_values(drawing: &mut Drawing, line: &Line, points: &[(i32, i32)], floor: i32) {
    let mut from = i32::MIN;
    let last = points.last().map_or(0, |point| point.0);
    for (i, ((x, y), (_, value))) in points.iter().zip(&line.points).enumerate() {
        let text = number(*value, if *value < 100.0 { 0.1 } else { 1.0 });
        let room = width_of(&text) / 2 + 6;
        let is_first = i == 0;
        let is_end = is_first || i + 1 == points.len();
        if is_end || (x - room >= from && x + 2 * room <= last - room) {
            let is_below = if is_first { rises(points) } else { is_in_a_bend(points, i) };
            let y = if is_below && y + 26 < floor { y + 16 } else { y - 14 };
            let (x, anchor) = if is_first { (x - 4, Anchor::Start) } else { (*x, Anchor::Middle) };
            drawing.text(&text, (x, y), anchor, TEXT, true);
            from = if is_first { x + 2 * room } else { x + room };
        }
    }
}

/// Whether the line rises from its first point, so that there is room below it.
fn rises(points: &[(i32, i32)]) -> bool {
    matches!(points, [first, second, ..] if first.1 > second.1 + 6)
}

/// Whether the line bends upwards at a point, so that there is room below it.
fn is_in_a_bend(points: &[(i32, i32)], i: usize) -> bool {
    let beside = i.checked_sub(1).and_then(|before| points.get(before)).zip(points.get(i + 1));
    beside.is_some_and(|((_, before), (_, after))| 2 * points[i].1 > before + after + 12)
}

/// Writes the letters at the ends of lines; lines that end at the same point share a place.
fn draw_letters(drawing: &mut Drawing, chart: &Lines, scale: &Scale) {
    let mut ends: Vec<(i32, i32, String, Ink)> = Vec::new();
    for line in chart.lines.iter().filter(|line| !line.letter.is_empty()) {
        let Some((x, y)) = line.points.last() else { continue };
        let (x, y) = (scale.at_x(*x), scale.at_y(*y));
        match ends.iter_mut().find(|end| (end.1 - y).abs() <= 2) {
            Some(end) => {
                end.2.push_str(line.letter);
                end.3 = TEXT;
            }
            None => ends.push((x, y, line.letter.to_owned(), line.ink)),
        }
    }
    ends.sort_by_key(|end| end.1);
    let mut least = i32::MIN;
    for (x, y, letters, ink) in ends {
        let y = y.max(least);
        drawing.text(&letters, (x + 11, y), Anchor::Start, ink, true);
        least = y + 16;
    }
}

#[cfg(test)]
mod tests {
    use crate::report::chart::Shape;

    use super::*;

    #[test]
    fn the_numbers_of_a_scale_are_never_cut_off() {
        let line = Line {
            letter: "A",
            points: vec![(0.0, 5e5), (1.0, 6_072_919.0)],
            ink: TEXT,
            stroke: Stroke::Solid,
        };
        let chart = Lines { ticks: Vec::new(), lines: vec![line], values: false, unit: "FTE" };
        let picture = lines("", &chart);
        for drawing in [picture.wide, picture.narrow] {
            let numbers: Vec<(i32, String)> = (drawing.shapes.into_iter())
                .filter_map(|shape| match shape {
                    Shape::Text { x, anchor: Anchor::End, text, .. } => Some((x, text)),
                    _ => None,
                })
                .collect();
            assert_eq!(numbers.last().unwrap().1, "8,000,000");
            for (right, number) in numbers {
                assert!(right >= width_of(&number), "{number} ends at {right}");
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
    fn the_first_value_never_stands_on_a_number_of_the_scale() {
        for (values, is_below) in [([533.0, 532.0], false), ([100.0, 500.0], true)] {
            let points = (0..).map(f64::from).zip(values).collect();
            let lines_shown = vec![Line::plain(points)];
            let chart = Lines { ticks: Vec::new(), lines: lines_shown, values: true, unit: "FTE" };
            let drawing = lines("", &chart).narrow;
            let point = drawing.shapes.iter().find_map(|shape| match shape {
                Shape::Circle { x, y, .. } => Some((*x, *y)),
                _ => None,
            });
            let value = drawing.shapes.iter().find_map(|shape| match shape {
                Shape::Text { x, y, anchor: Anchor::Start, bold: true, .. } => Some((*x, *y)),
                _ => None,
            });
            let (point, value) = (point.unwrap(), value.unwrap());
            // Numbers of the scale end 8 pixels left of the first point.
            assert!(value.0 > point.0 - 8, "{value:?} {point:?}");
            assert_eq!(value.1 > point.1, is_below, "{value:?} {point:?}");
        }
    }
}
