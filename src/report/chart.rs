//! Charts as SVG, each drawn twice: wide for screens and paper, narrow for phones, so that the text in it
//! is never shrunk until nobody can read it.

mod bars;
mod lines;

use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};
use serde::Serialize;

use super::{Failed, palette::Ink};

pub use bars::{Bar, Span, bars};
pub use lines::{Line, Lines, Stroke, lines};

/// A chart in both sizes.
#[derive(Clone, Debug, Serialize)]
pub struct Picture {
    /// For screens and paper.
    pub wide: String,
    /// For phones.
    pub narrow: String,
}

/// How large a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    Wide,
    Narrow,
}

impl Size {
    fn width(self) -> i32 {
        match self {
            Self::Wide => 760,
            Self::Narrow => 343,
        }
    }
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// How large text is, in pixels where a chart is shown as large as it is drawn.
const TEXT_SIZE: f64 = 13.0;

/// How wide a character is, in parts of its size: rather too wide than too narrow.
const CHARACTER: f64 = 0.56;

fn failed(error: impl std::fmt::Display) -> Failed {
    Failed::Picture(error.to_string())
}

/// Draws a chart in both sizes.
fn both(
    height: impl Fn(Size) -> i32,
    draw: impl Fn(&Area<'_>, Size) -> Result<(), Failed>,
) -> Result<Picture, Failed> {
    let one = |size: Size| {
        let mut svg = String::new();
        let pixels = |side: i32| u32::try_from(side).unwrap_or(1);
        let area = SVGBackend::with_string(&mut svg, (pixels(size.width()), pixels(height(size))));
        let area = area.into_drawing_area();
        draw(&area, size)?;
        area.present().map_err(failed)?;
        drop(area);
        Ok::<_, Failed>(svg)
    };
    Ok(Picture { wide: one(Size::Wide)?, narrow: one(Size::Narrow)? })
}

/// Writes text at a place that its side and middle are at.
fn write(
    area: &Area<'_>,
    text: &str,
    (x, y): (i32, i32),
    side: HPos,
    ink: Ink,
    bold: bool,
) -> Result<(), Failed> {
    let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
    // The library draws a text of size 1.24 as large as others draw one of size 1.
    let font = FontDesc::new(FontFamily::SansSerif, TEXT_SIZE * 1.24, style);
    let colour = ink.drawn();
    let style = TextStyle::from(font).color(&colour).pos(Pos::new(side, VPos::Center));
    area.draw_text(text, &style, (x, y)).map_err(failed)
}

/// How many pixels a text takes, about.
fn width_of(text: &str) -> i32 {
    (text.chars().count() as f64 * TEXT_SIZE * CHARACTER).ceil() as i32
}

/// The text, or as much of it as fits.
fn cut(text: &str, pixels: i32) -> String {
    if width_of(text) <= pixels {
        return text.to_owned();
    }
    let fits = (f64::from(pixels) / (TEXT_SIZE * CHARACTER)) as usize;
    let start: String = text.chars().take(fits.saturating_sub(1)).collect();
    format!("{}…", start.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_labels_are_cut_where_there_is_no_more_room() {
        assert_eq!(cut("short", 100), "short");
        assert_eq!(cut("a very long label", 60), "a very…");
    }
}
