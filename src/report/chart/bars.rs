//! Horizontal bars, each with a label, its parts, and a note.

use crate::report::palette::{Ink, MUTED, PAGE, RULE, TEXT};

use super::drawing::{Anchor, Drawing, Picture, Size, cut, width_of};

/// A bar with its label and note.
#[derive(Clone, Debug)]
pub struct Bar {
    pub label: String,
    pub spans: Vec<Span>,
    /// Value of the bar, in a few characters.
    pub note: String,
}

/// A coloured part of a bar.
#[derive(Clone, Debug)]
pub struct Span {
    /// Start on the scale.
    pub from: f64,
    /// End on the scale.
    pub to: f64,
    pub ink: Ink,
    /// Text inside the part, shown only if it fits.
    pub text: String,
}

impl Bar {
    /// A bar of one part that starts at 0.
    pub fn plain(label: &str, length: f64, ink: Ink, note: String) -> Self {
        let span = Span { from: 0.0, to: length, ink, text: String::new() };
        Self { label: label.to_owned(), spans: vec![span], note }
    }
}

/// Space around and between bars, in pixels.
struct Layout {
    size: Size,
    top: i32,
    step: i32,
    height: i32,
    left: i32,
    right: i32,
}

impl Layout {
    fn new(size: Size, notes: i32) -> Self {
        let width = size.width();
        match size {
            Size::Wide => {
                Self { size, top: 6, step: 36, height: 24, left: 236, right: width - notes - 12 }
            }
            Size::Narrow => Self { size, top: 24, step: 50, height: 20, left: 1, right: width - 1 },
        }
    }

    /// Height of a drawing of this number of bars, with some space below the last.
    fn total(&self, bars: i32) -> i32 {
        self.top + bars.saturating_mul(self.step) - (self.step - self.height) + 6
    }
}

/// Draws bars on one scale, which spans all of them and reaches at least to `whole`.
pub fn bars(description: &'static str, bars: &[Bar], whole: f64) -> Picture {
    // Notes are bold, and therefore a little wider.
    let notes = bars.iter().map(|bar| width_of(&bar.note) * 11 / 10).max().unwrap_or(0);
    let ends = bars.iter().flat_map(|bar| &bar.spans).flat_map(|span| [span.from, span.to]);
    let (least, most) =
        ends.fold((0.0_f64, whole), |(least, most), end| (least.min(end), most.max(end)));
    let count = i32::try_from(bars.len()).unwrap_or(i32::MAX / 100);
    Picture::draw(description, |size| {
        let layout = Layout::new(size, notes);
        let mut drawing = Drawing::new(size.width(), layout.total(count));
        let scale = f64::from(layout.right - layout.left) / (most - least).max(f64::MIN_POSITIVE);
        let at = |value: f64| layout.left + ((value - least) * scale).round() as i32;
        for (row, bar) in (0..).zip(bars) {
            let top = layout.top + row * layout.step;
            let rows = [top, top + layout.height];
            draw_label(&mut drawing, &layout, bar, top);
            drawing.rectangle([at(least), at(most)], rows, RULE, 0.45);
            for span in bar.spans.iter().filter(|span| span.from != span.to) {
                draw_span(&mut drawing, span, [at(span.from), at(span.to)], rows);
            }
        }
        if least < 0.0 {
            let zero = [(at(0.0), layout.top - 2), (at(0.0), layout.top + count * layout.step)];
            drawing.path(&zero, MUTED, 1, "");
        }
        drawing
    })
}

fn draw_label(drawing: &mut Drawing, layout: &Layout, bar: &Bar, top: i32) {
    let (left, right, middle, room) = match layout.size {
        Size::Wide => (0, drawing.width, top + layout.height / 2, layout.left - 12),
        Size::Narrow => (1, drawing.width - 1, top - 11, drawing.width - width_of(&bar.note) - 12),
    };
    drawing.text(&cut(&bar.label, room), (left, middle), Anchor::Start, TEXT, false);
    drawing.text(&bar.note, (right, middle), Anchor::End, TEXT, true);
}

fn draw_span(drawing: &mut Drawing, span: &Span, [from, to]: [i32; 2], rows: [i32; 2]) {
    let left = from.min(to);
    // Even the smallest value stays visible.
    let right = from.max(to).max(left + 2);
    drawing.rectangle([left, right], rows, span.ink, 1.0);
    // An edge separates neighbours for readers who cannot distinguish their colours.
    drawing.path(&[(right, rows[0]), (right, rows[1])], PAGE, 2, "");
    if !span.text.is_empty() && width_of(&span.text) + 6 <= right - left {
        let middle = ((left + right) / 2, (rows[0] + rows[1]) / 2);
        drawing.text(&span.text, middle, Anchor::Middle, PAGE, true);
    }
}
