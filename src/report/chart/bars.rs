//! Bars that lie: each with a label, what it is made of, and what it says.

use plotters::{prelude::*, style::text_anchor::HPos};

use crate::report::{
    Failed,
    palette::{Ink, MUTED, PAGE, RULE, TEXT},
};

use super::{Area, Picture, Size, both, cut, failed, width_of, write};

/// A bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What it is of.
    pub label: String,
    /// What it is made of.
    pub spans: Vec<Span>,
    /// What it says, in a few characters.
    pub note: String,
}

/// A part of a bar.
#[derive(Clone, Debug)]
pub struct Span {
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Its colour.
    pub ink: Ink,
    /// What stands in it where it is wide enough.
    pub says: String,
}

impl Bar {
    /// A bar of one part from 0.
    pub fn plain(label: &str, length: f64, ink: Ink, note: String) -> Self {
        let span = Span { from: 0.0, to: length, ink, says: String::new() };
        Self { label: label.to_owned(), spans: vec![span], note }
    }
}

/// What is around and between the bars, in pixels.
struct Room {
    top: i32,
    step: i32,
    height: i32,
    left: i32,
    right: i32,
}

impl Room {
    fn of(size: Size, notes: i32) -> Self {
        match size {
            Size::Wide => {
                Self { top: 6, step: 36, height: 24, left: 236, right: size.width() - notes - 12 }
            }
            Size::Narrow => {
                Self { top: 24, step: 50, height: 20, left: 1, right: size.width() - 1 }
            }
        }
    }
}

/// Draws bars on one scale, which reaches from the least to the most of them, and to `whole` at least.
pub fn bars(bars: &[Bar], whole: f64) -> Result<Picture, Failed> {
    // They are bold, and so a little wider.
    let notes = bars.iter().map(|bar| width_of(&bar.note) * 11 / 10).max().unwrap_or(0);
    let rows = i32::try_from(bars.len()).unwrap_or(i32::MAX / 100);
    let height = |size| {
        let room = Room::of(size, notes);
        // Below the last bar there is nothing but a little air.
        room.top + rows.saturating_mul(room.step) - (room.step - room.height) + 6
    };
    both(height, |area, size| {
        let room = Room::of(size, notes);
        let ends = bars.iter().flat_map(|bar| &bar.spans).flat_map(|span| [span.from, span.to]);
        let (least, most) =
            ends.fold((0.0_f64, whole), |(least, most), end| (least.min(end), most.max(end)));
        let scale = f64::from(room.right - room.left) / (most - least).max(f64::MIN_POSITIVE);
        let at = |value: f64| room.left + ((value - least) * scale).round() as i32;
        for (row, bar) in (0..).zip(bars) {
            let top = room.top + row * room.step;
            label(area, size, &room, bar, top)?;
            let ground = [(at(least), top), (at(most), top + room.height)];
            area.draw(&Rectangle::new(ground, RULE.drawn().mix(0.45).filled())).map_err(failed)?;
            for span in &bar.spans {
                part(area, span, (at(span.from), at(span.to)), (top, top + room.height))?;
            }
        }
        let zero = [(at(0.0), room.top - 2), (at(0.0), room.top + rows * room.step)];
        let line = PathElement::new(zero.to_vec(), MUTED.drawn().stroke_width(1));
        if least < 0.0 { area.draw(&line).map_err(failed) } else { Ok(()) }
    })
}

fn label(area: &Area<'_>, size: Size, room: &Room, bar: &Bar, top: i32) -> Result<(), Failed> {
    let middle = top + room.height / 2;
    match size {
        Size::Wide => {
            let label = cut(&bar.label, room.left - 12);
            write(area, &label, (0, middle), HPos::Left, TEXT, false)?;
            write(area, &bar.note, (size.width(), middle), HPos::Right, TEXT, true)
        }
        Size::Narrow => {
            let label = cut(&bar.label, size.width() - width_of(&bar.note) - 12);
            write(area, &label, (1, top - 11), HPos::Left, TEXT, false)?;
            write(area, &bar.note, (size.width() - 1, top - 11), HPos::Right, TEXT, true)
        }
    }
}

fn part(
    area: &Area<'_>,
    span: &Span,
    (from, to): (i32, i32),
    (top, bottom): (i32, i32),
) -> Result<(), Failed> {
    let (left, right) = (from.min(to), from.max(to));
    if span.from == span.to {
        return Ok(());
    }
    // What there is can be seen, however little it is.
    let right = right.max(left + 2);
    let shape = Rectangle::new([(left, top), (right, bottom)], span.ink.drawn().filled());
    area.draw(&shape).map_err(failed)?;
    // Neighbours are told apart by more than their colour.
    let edge = PathElement::new(vec![(right, top), (right, bottom)], PAGE.drawn().stroke_width(2));
    area.draw(&edge).map_err(failed)?;
    if !span.says.is_empty() && width_of(&span.says) + 6 <= right - left {
        let middle = ((left + right) / 2, (top + bottom) / 2);
        write(area, &span.says, middle, HPos::Center, PAGE, true)?;
    }
    Ok(())
}
