//! How a board report looks: one HTML file with everything in it, or a spreadsheet. What it says, the
//! domain has worked out; here it gets its pictures, tables and form.

mod chart;
mod html;
mod palette;
mod pictures;
mod sections;
mod table;
mod tables;
mod xlsx;

use crate::{domain::name, planning::report::Report};

/// What file a report is.
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
    /// What it can be called.
    pub name: String,
    /// The revision that everything in it was read at.
    pub revision: i64,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Why there is no file: a fault of ours, never of the report.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The page could not be put together.
    #[error("the page could not be put together")]
    Page(#[from] minijinja::Error),
    /// A picture could not be drawn.
    #[error("a picture could not be drawn: {0}")]
    Picture(String),
    /// The spreadsheet could not be written.
    #[error("the spreadsheet could not be written")]
    Sheet(#[from] rust_xlsxwriter::XlsxError),
}

/// Makes a file of a report. The same report gives the same bytes.
pub fn render(report: &Report, format: Format) -> Result<File, Failed> {
    let (content_type, ending, bytes) = match format {
        Format::Html => ("text/html; charset=utf-8", "html", html::page(report)?.into_bytes()),
        Format::Xlsx => (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "xlsx",
            xlsx::workbook(report)?,
        ),
    };
    let about = &report.about;
    Ok(File {
        content_type,
        name: format!("{}-{}.{ending}", name::id_of(&about.plan.name), about.as_of),
        revision: about.revision,
        bytes,
    })
}

#[cfg(test)]
mod tests;
