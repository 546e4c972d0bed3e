//! Charts, drawn from a few shapes that a template renders as SVG.

mod bars;
mod drawing;
mod lines;
mod scale;

pub use bars::{Bar, Span, bars};
pub use drawing::{LegendEntry, Picture};
pub use lines::{Line, Lines, Stroke, along, lines};

#[cfg(test)]
pub use drawing::Shape;
