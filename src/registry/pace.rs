//! Adapts the number of rows read at once to their size, which is known only after reading.

use std::io;

use serde::Serialize;

/// Number of rows of the first read.
const FIRST: usize = 16;

/// Maximum number of rows of a read.
const MAX: usize = 1_000;

/// Number of rows of each read whose size is measured.
const MEASURED: usize = 8;

/// Chooses the number of rows to read next from the size of those read before, aiming at a number of bytes.
pub(super) struct Pace {
    rows: usize,
    bytes: usize,
}

impl Pace {
    /// Aims at this number of bytes per read.
    pub fn new(bytes: usize) -> Self {
        Self { rows: FIRST, bytes }
    }

    /// Number of rows to read next.
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

    /// Learns that this number of rows took this number of bytes.
    pub fn learn_size(&mut self, rows: usize, bytes: usize) {
        if let Some(size) = bytes.checked_div(rows) {
            self.rows = (self.bytes / size.max(1)).clamp(1, MAX);
        }
    }
}

/// Size of a row as JSON, which is close to its size in memory and in a message.
fn size(row: &impl Serialize) -> usize {
    let mut count = ByteCounter(0);
    // Counting cannot fail; a row that is no valid JSON is never stored.
    let _ = serde_json::to_writer(&mut count, row);
    count.0
}

struct ByteCounter(usize);

impl io::Write for ByteCounter {
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
