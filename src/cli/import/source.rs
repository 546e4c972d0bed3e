//! Reads CSV files by their headings and keeps the line of each row.

use std::{fs, io::Cursor, path::Path, sync::Arc};

use csv::{Reader, ReaderBuilder, StringRecord};

use crate::{cli::Failure, domain::text};

use super::decoding;

/// A row and its origin.
#[derive(Clone, Debug)]
pub struct SourcedRow<T> {
    /// `file:line`.
    pub origin: String,
    pub row: T,
    /// Fields that change if the row exists already; a new row gets all that are set. Empty: all.
    pub fields: Vec<&'static str>,
}

impl<T> SourcedRow<T> {
    /// A row that says all of what it describes.
    pub fn whole(origin: impl Into<String>, row: T) -> Self {
        Self { origin: origin.into(), row, fields: Vec::new() }
    }
}

/// The rows of a CSV file.
pub struct Rows {
    file: String,
    headings: Arc<[String]>,
    reader: Reader<Cursor<String>>,
}

/// A line of a CSV file.
pub struct Line {
    /// `file:line`.
    pub origin: String,
    record: StringRecord,
    headings: Arc<[String]>,
}

impl Rows {
    /// Opens a file whose first line holds the headings; every one of `wanted` must be among them.
    pub fn with_headings(path: &Path, wanted: &[&str]) -> Result<Self, Failure> {
        let mut rows = Self::open(path, true)?;
        let headings = rows.reader.headers().cloned().map_err(|error| rows.fails(&error))?;
        rows.headings = headings.iter().map(clean).collect();
        rows.require(wanted)?;
        Ok(rows)
    }

    /// Opens a file without headings, whose lines have `columns` cells.
    pub fn without_headings(path: &Path, columns: usize) -> Result<Self, Failure> {
        let mut rows = Self::open(path, false)?;
        // The reader takes this record for headings, yet reads it as a line too.
        let first = rows.reader.headers().map_err(|e| format!("{}: {e}", rows.file))?;
        if first.len() != columns
            && let Some(hint) = other_separator(&first.iter().collect::<Vec<_>>().join(","))
        {
            return Err(format!("{}: {hint}", rows.file).into());
        }
        Ok(rows)
    }

    fn open(path: &Path, headings: bool) -> Result<Self, Failure> {
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let text = decoding::decode(&bytes)
            .map_err(|error| format!("{file}:{}: {}", error.line, error.description))?;
        // Programs that save UTF-16 separate its columns by tabs.
        let first = text.lines().next().unwrap_or_default();
        let tabs = first.matches('\t').count() > first.matches(',').count();
        let separator = if tabs { b'\t' } else { b',' };
        let reader = ReaderBuilder::new()
            .has_headers(headings)
            .flexible(true)
            .delimiter(separator)
            .from_reader(Cursor::new(text));
        Ok(Self { file, headings: Arc::default(), reader })
    }

    /// Fails unless the file has these columns.
    pub fn require(&self, wanted: &[&str]) -> Result<(), Failure> {
        let missing: Vec<&str> = wanted.iter().copied().filter(|name| !self.has(name)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let mut text = format!("{}: there is no column {}", self.file, quoted(&missing));
        text.push_str(&format!("; found {}", quoted(&self.headings)));
        if let Some(hint) = other_separator(&self.headings.join(",")) {
            text.push_str(&format!("; {hint}"));
        }
        Err(text.into())
    }

    /// Whether the file has a column.
    pub fn has(&self, heading: &str) -> bool {
        self.headings.iter().any(|other| other == heading)
    }

    fn fails(&self, error: &csv::Error) -> Failure {
        format!("{}: {error}", self.file).into()
    }

    /// Reads every line that is not blank.
    pub fn lines(mut self) -> Result<Vec<Line>, Failure> {
        let mut lines = Vec::new();
        let mut record = StringRecord::new();
        loop {
            match self.reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return Ok(lines),
                Err(error) => return Err(self.fails(&error)),
            }
            if record.iter().all(|cell| clean(cell).is_empty()) {
                continue;
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

/// The cells of a list for a message.
fn quoted(cells: &[impl AsRef<str>]) -> String {
    cells.iter().map(|cell| format!("{:?}", cell.as_ref())).collect::<Vec<_>>().join(", ")
}

/// What to do about a line without commas that another sign seems to separate.
fn other_separator(line: &str) -> Option<String> {
    let count = |sign: char| line.matches(sign).count();
    let sign = [';', '|'].into_iter().max_by_key(|sign| count(*sign))?;
    (count(sign) > count(',')).then(|| {
        format!(
            "the separator seems to be {:?}: save the file with commas between its columns",
            sign.to_string()
        )
    })
}

impl Line {
    /// Whether the file has a column.
    pub fn has(&self, heading: &str) -> bool {
        self.headings.iter().any(|other| other == heading)
    }

    /// Returns the cleaned cell under a heading; empty if there is none.
    pub fn get(&self, heading: &str) -> String {
        let place = self.headings.iter().position(|other| other == heading);
        place.map_or_else(String::new, |place| self.at(place))
    }

    /// Returns the cleaned cell under a heading, if the file has that column.
    pub fn find(&self, heading: &str) -> Option<String> {
        self.has(heading).then(|| self.get(heading))
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.record.len()
    }

    /// Returns the cleaned cell at an index from 0; empty if there is none.
    pub fn at(&self, place: usize) -> String {
        self.record.get(place).map(clean).unwrap_or_default()
    }

    /// A row that this line alone describes.
    pub fn sourced<T>(&self, row: T) -> SourcedRow<T> {
        SourcedRow::whole(self.origin.clone(), row)
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
/// The same text always gives the same identifier; texts that differ in signs only give one.
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
