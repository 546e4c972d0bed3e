//! How much is read at once, of rows whose sizes are known only when they have been read.

use std::io;

use serde::Serialize;

/// The rows of the first read.
const FIRST: usize = 16;

/// The most rows of a read.
const MOST: usize = 1_000;

/// The rows whose size is measured, of each read.
const MEASURED: usize = 8;

/// How many rows to read next so that they take about so many bytes, by what those before took.
pub(super) struct Pace {
    rows: usize,
    bytes: usize,
}

impl Pace {
    /// Reads of about so many bytes.
    pub fn new(bytes: usize) -> Self {
        Self { rows: FIRST, bytes }
    }

    /// How many rows to read next.
    pub fn rows(&self) -> u64 {
        self.rows as u64
    }

    /// Learns from rows that were read.
    pub fn learn<R: Serialize>(&mut self, rows: &[R]) {
        let step = (rows.len() / MEASURED).max(1);
        let measured = rows.iter().step_by(step);
        let sizes: Vec<usize> = measured.map(size).collect();
        self.learn_size(sizes.len(), sizes.iter().sum());
    }

    /// Learns that so many rows took so many bytes.
    pub fn learn_size(&mut self, rows: usize, bytes: usize) {
        if let Some(size) = bytes.checked_div(rows) {
            self.rows = (self.bytes / size.max(1)).clamp(1, MOST);
        }
    }
}

/// How many bytes a row has as JSON, which is about what it takes in memory and in a message.
fn size(row: &impl Serialize) -> usize {
    let mut count = Count(0);
    // Counting cannot fail; what cannot be written as JSON is not kept by the store.
    let _ = serde_json::to_writer(&mut count, row);
    count.0
}

struct Count(usize);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_rows_are_read_as_take_the_bytes() {
        let mut pace = Pace::new(10_000);
        assert_eq!(pace.rows(), 16);
        pace.learn(&["x".repeat(98), "x".repeat(98)]);
        assert_eq!(pace.rows(), 100);
        pace.learn(&["x".repeat(50_000)]);
        assert_eq!(pace.rows(), 1);
        pace.learn::<String>(&[]);
        assert_eq!(pace.rows(), 1);
        pace.learn(&["x"]);
        assert_eq!(pace.rows(), 1_000);
    }
}
