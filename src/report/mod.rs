//! How a board report reads and looks: one HTML page with everything in it, or a spreadsheet.
//!
//! The facts come from [`crate::planning::report`]. Each section makes its sentence, picture and tables of them, and
//! a format writes the sections down.

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

/// The format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people to read.
    Html,
    /// For planners to work with.
    Xlsx,
}

/// A report as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its media type.
    pub content_type: &'static str,
    /// A name for it, such as `plan-2026-11-27.html`.
    pub name: String,
    /// The revision that everything in it was read at.
    pub revision: Revision,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Why a report was not rendered: always a fault of the program, never of the report.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template failed.
    #[error("the page could not be put together")]
    Page(#[from] minijinja::Error),
    /// A sheet could not be written.
    #[error("the spreadsheet could not be written")]
    Spreadsheet(#[from] rust_xlsxwriter::XlsxError),
}

/// Makes a file of a report. The same report gives the same bytes.
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
