//! Shapes and texts of every chart. A chart is drawn twice, wide for screens and paper and narrow for phones,
//! so that its text never shrinks until it is illegible.

use serde::Serialize;

use crate::report::palette::Ink;

/// A chart with everything that a reader needs to understand it.
#[derive(Clone, Debug, Serialize)]
pub struct Picture {
    /// What the chart shows, for readers who cannot see it.
    pub description: &'static str,
    /// Drawing for screens and paper.
    pub wide: Drawing,
    /// Drawing for phones.
    pub narrow: Drawing,
    pub legend: Vec<LegendEntry>,
}

/// Meaning of a colour or letter in a picture.
#[derive(Clone, Debug, Serialize)]
pub struct LegendEntry {
    /// Name of the colour in the style sheet.
    pub ink: &'static str,
    /// Letter in the picture; empty if it uses only the colour.
    pub letter: &'static str,
    pub text: String,
}

/// Shapes on a sheet; later ones cover earlier ones. Lengths are in pixels, and y grows downwards.
#[derive(Clone, Debug, Serialize)]
pub struct Drawing {
    pub width: i32,
    pub height: i32,
    pub text_size: i32,
    pub shapes: Vec<Shape>,
}

/// Element of a drawing; `chart.svg` has a branch for each.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "shape", rename_all = "snake_case")]
pub enum Shape {
    /// Filled rectangle.
    Rectangle { x: i32, y: i32, width: i32, height: i32, fill: Ink, opacity: f64 },
    /// Line through points.
    Path { points: String, stroke: Ink, width: i32, dashes: &'static str },
    /// Filled circle.
    Circle { x: i32, y: i32, radius: i32, fill: Ink },
    /// Filled polygon.
    Polygon { points: String, fill: Ink },
    /// Line of text, with `y` at the middle of its height.
    Text { x: i32, y: i32, anchor: Anchor, fill: Ink, bold: bool, text: String },
}

/// Part of a text that is at its `x`, named as in SVG.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// Width that a chart is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    Wide,
    Narrow,
}

impl Size {
    pub fn width(self) -> i32 {
        match self {
            Self::Wide => 760,
            Self::Narrow => 343,
        }
    }
}

/// Size of text in pixels, at the original size of the chart.
const TEXT_SIZE: i32 = 13;

/// Estimated width of a character relative to its size, rather too large than too small.
const CHARACTER: f64 = 0.56;

impl Picture {
    /// Draws a chart in both sizes.
    pub fn draw(description: &'static str, drawing: impl Fn(Size) -> Drawing) -> Self {
        let [wide, narrow] = [Size::Wide, Size::Narrow].map(drawing);
        Self { description, wide, narrow, legend: Vec::new() }
    }

    /// Adds a legend.
    pub fn with_legend(self, legend: impl IntoIterator<Item = LegendEntry>) -> Self {
        Self { legend: legend.into_iter().collect(), ..self }
    }
}

impl Drawing {
    pub fn new(width: i32, height: i32) -> Self {
        Self { width, height, text_size: TEXT_SIZE, shapes: Vec::new() }
    }

    /// Fills the rectangle between two columns and two rows of pixels.
    pub fn rectangle(&mut self, x: [i32; 2], y: [i32; 2], fill: Ink, opacity: f64) {
        let (width, height) = (x[1] - x[0], y[1] - y[0]);
        let shape = Shape::Rectangle { x: x[0], y: y[0], width, height, fill, opacity };
        self.shapes.push(shape);
    }

    /// Draws a line through points. `dashes` lists the lengths of strokes and gaps; empty for a solid line.
    pub fn path(&mut self, points: &[(i32, i32)], stroke: Ink, width: i32, dashes: &'static str) {
        self.shapes.push(Shape::Path { points: written(points), stroke, width, dashes });
    }

    pub fn circle(&mut self, (x, y): (i32, i32), radius: i32, fill: Ink) {
        self.shapes.push(Shape::Circle { x, y, radius, fill });
    }

    pub fn polygon(&mut self, points: &[(i32, i32)], fill: Ink) {
        self.shapes.push(Shape::Polygon { points: written(points), fill });
    }

    /// Writes a text anchored at a point.
    pub fn text(&mut self, text: &str, (x, y): (i32, i32), anchor: Anchor, fill: Ink, bold: bool) {
        self.shapes.push(Shape::Text { x, y, anchor, fill, bold, text: text.to_owned() });
    }
}

/// Formats points for SVG.
fn written(points: &[(i32, i32)]) -> String {
    let points: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
    points.join(" ")
}

/// Estimated width of a text in pixels.
pub fn width_of(text: &str) -> i32 {
    (text.chars().count() as f64 * f64::from(TEXT_SIZE) * CHARACTER).ceil() as i32
}

/// The text, shortened with an ellipsis if it does not fit.
pub fn cut(text: &str, pixels: i32) -> String {
    if width_of(text) <= pixels {
        return text.to_owned();
    }
    let fits = (f64::from(pixels) / (f64::from(TEXT_SIZE) * CHARACTER)) as usize;
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
