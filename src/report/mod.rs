//! Renders a board report as one self-contained HTML page or as a spreadsheet.
//!
//! The facts come from [`crate::planning::report`]. Each section turns them into a sentence, a picture and
//! tables, and a format writes the sections to a file.

mod chart;
mod format;
mod heat_map;
mod palette;
mod section;
mod summary;
mod table;
pub mod text;

use crate::{
    domain::{Revision, name},
    planning::report::Report,
};

/// File format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// HTML page, for readers.
    Html,
    /// Spreadsheet, for planners.
    Xlsx,
}

/// A report as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Media type.
    pub content_type: &'static str,
    /// Suggested file name, such as `plan-2026-11-27.html`.
    pub name: String,
    /// Revision that everything in it was read at.
    pub revision: Revision,
    /// Content.
    pub bytes: Vec<u8>,
}

/// Why rendering failed: always a fault of the program, never of the report.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template failed.
    #[error("rendering the page failed")]
    Page(#[from] minijinja::Error),
    /// A sheet could not be written.
    #[error("writing the spreadsheet failed")]
    Spreadsheet(#[from] rust_xlsxwriter::XlsxError),
}

/// Renders a report as a file. Equal reports give equal bytes.
pub fn render(report: &Report, format: Format) -> Result<File, RenderError> {
    let sections = section::sections(report);
    let (content_type, extension, bytes) = match format {
        Format::Html => {
            let page = format::html::page(report, &sections)?;
            ("text/html; charset=utf-8", "html", page.into_bytes())
        }
        Format::Xlsx => (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "xlsx",
            format::xlsx::workbook(report, &sections)?,
        ),
    };
    let about = &report.about;
    Ok(File {
        content_type,
        name: format!("{}-{}.{extension}", name::id_of(&about.plan.name), about.as_of),
        revision: about.revision,
        bytes,
    })
}

#[cfg(test)]
mod tests;
