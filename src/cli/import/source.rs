//! Reads CSV files by their headings and keeps the line of each row.

use std::{fs, io::Cursor, path::Path};

use csv::{Reader, ReaderBuilder, StringRecord};

use crate::{cli::Failure, domain::text};

/// A row and its origin.
#[derive(Clone, Debug)]
pub struct SourcedRow<T> {
    /// `file:line`.
    pub origin: String,
    pub row: T,
}

/// The rows of a CSV file.
pub struct Rows {
    file: String,
    headings: Option<Vec<String>>,
    reader: Reader<Cursor<String>>,
}

/// A line of a CSV file.
pub struct Line {
    /// `file:line`.
    pub origin: String,
    record: StringRecord,
    headings: Option<Vec<String>>,
}

impl Rows {
    /// Opens a file whose first line holds the headings; every one of `wanted` must be among them.
    pub fn with_headings(path: &Path, wanted: &[&str]) -> Result<Self, Failure> {
        let mut rows = Self::open(path, true)?;
        let headings = rows.reader.headers().cloned().map_err(|error| rows.fails(&error))?;
        let headings: Vec<String> = headings.iter().map(clean).collect();
        for column in wanted {
            if !headings.iter().any(|heading| heading == column) {
                return Err(format!("{}: there is no column {column:?}", rows.file).into());
            }
        }
        rows.headings = Some(headings);
        Ok(rows)
    }

    /// Opens a file without headings.
    pub fn without_headings(path: &Path) -> Result<Self, Failure> {
        Self::open(path, false)
    }

    fn open(path: &Path, headings: bool) -> Result<Self, Failure> {
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let text =
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        // The reader counts only `\n`, so `\r\n` is replaced.
        let text = Cursor::new(text.trim_start_matches('\u{feff}').replace("\r\n", "\n"));
        let reader = ReaderBuilder::new().has_headers(headings).flexible(true).from_reader(text);
        Ok(Self { file, headings: None, reader })
    }

    fn fails(&self, error: &csv::Error) -> Failure {
        format!("{}: {error}", self.file).into()
    }

    /// Reads every line.
    pub fn lines(mut self) -> Result<Vec<Line>, Failure> {
        let mut lines = Vec::new();
        let mut record = StringRecord::new();
        loop {
            match self.reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return Ok(lines),
                Err(error) => return Err(self.fails(&error)),
            }
            let line = record.position().map_or(0, csv::Position::line);
            lines.push(Line {
                origin: format!("{}:{line}", self.file),
                record: record.clone(),
                headings: self.headings.clone(),
            });
        }
    }
}

impl Line {
    /// Returns the cleaned cell under a heading; empty if there is none.
    pub fn get(&self, heading: &str) -> String {
        let headings = self.headings.as_deref().unwrap_or_default();
        let place = headings.iter().position(|other| other == heading);
        place.map_or_else(String::new, |place| self.at(place))
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.record.len()
    }

    /// Returns the cleaned cell at an index from 0; empty if there is none.
    pub fn at(&self, place: usize) -> String {
        self.record.get(place).map(clean).unwrap_or_default()
    }
}

/// Trims a text, replaces no-break spaces and line separators by plain ones, and drops direction
/// overrides. A text that shows nothing becomes empty.
pub fn clean(text: &str) -> String {
    let plain = |c: char| match c {
        '\u{a0}' | '\u{202f}' => Some(' '),
        c if text::separates_lines(c) => Some('\n'),
        c => Some(c).filter(|c| !text::overrides_direction(*c)),
    };
    let plain: String = text.chars().filter_map(plain).collect();
    if text::is_visible(&plain) { plain.trim().to_owned() } else { String::new() }
}

/// Joins a text into one line.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Makes an identifier from a text: its letters and digits in lower case, with `-` between words.
/// The same text always gives the same identifier.
pub fn slug(text: &str) -> String {
    let plain =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' });
    let plain: String = plain.collect();
    let slug = plain.split_whitespace().collect::<Vec<_>>().join("-");
    slug.chars().take(100).collect::<String>().trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_stable_identifiers() {
        assert_eq!(slug("Agile working (content design)"), "agile-working-content-design");
        assert_eq!(slug(" IT\u{a0}operations "), "it-operations");
        assert_eq!(slug("Support to ST&T staff"), "support-to-st-t-staff");
    }

    #[test]
    fn cells_are_cleaned_of_what_cannot_be_seen() {
        assert_eq!(clean(" a\u{a0}b \n c\u{a0}"), "a b \n c");
        assert_eq!(clean("\u{202e}a\u{2028}b\u{202c}"), "a\nb");
        assert_eq!(clean("\u{200b}"), "");
        assert_eq!(one_line("a\n b"), "a b");
    }
}
