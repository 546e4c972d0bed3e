//! Writes log lines to standard error on a thread of its own, so that a reader that does not keep
//! up blocks nothing. Lines that find no room are lost and counted; the count is logged once lines
//! go through again.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, OnceLock, PoisonError, mpsc},
    time::{Duration, Instant},
};

use tracing::Level;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

use super::line::{Fields, Form, Line};

/// Maximum number of lines that wait to be written. A line has about 300 bytes.
const MAX_QUEUED_LINES: usize = 8_192;

/// Minimum interval between two lines about lost lines.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// Accepts lines without blocking.
pub struct Output {
    /// The format of lines.
    pub form: Form,
    lines: NonBlocking,
    guard: Mutex<Option<WorkerGuard>>,
}

impl Output {
    /// Creates an output that writes to `target`.
    pub fn new(form: Form, target: impl Write + Send + 'static) -> Self {
        let lost = Arc::new(OnceLock::new());
        let told = LossReporter { target, form, lost: lost.clone(), told: 0, last: None };
        let (lines, guard) = NonBlockingBuilder::default()
            .lossy(true)
            .buffered_lines_limit(MAX_QUEUED_LINES)
            .thread_name("log")
            .finish(told);
        // Nothing else sets it.
        let _ = lost.set(lines.error_counter());
        Self { form, lines, guard: Mutex::new(Some(guard)) }
    }

    /// Queues a line, or loses it if the queue is full.
    pub fn write(&self, line: &Line) {
        // A lossy writer never fails.
        let _ = self.lines.clone().write_all(&line.bytes(self.form));
    }

    /// Waits until the queued lines are written, within the time limit; later lines are lost.
    pub fn flush(&self, most: Duration) {
        let guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (done, end) = mpsc::channel();
        // Dropping the guard can wait without limit, and in some cases writes to standard output.
        std::thread::spawn(move || {
            drop(guard);
            let _ = done.send(());
        });
        let _ = end.recv_timeout(most);
    }
}

/// Writes lines, and among them the number of lost ones.
struct LossReporter<W> {
    target: W,
    form: Form,
    lost: Arc<OnceLock<ErrorCounter>>,
    /// Number of lost lines reported so far.
    told: usize,
    /// When lost lines were last reported.
    last: Option<Instant>,
}

impl<W: Write> LossReporter<W> {
    fn tell_lost(&mut self) -> io::Result<()> {
        let lost = self.lost.get().map_or(0, ErrorCounter::dropped_lines);
        if lost == self.told {
            return Ok(());
        }
        let mut fields = Fields::default();
        fields.set("count", (lost - self.told).into());
        let line = Line { fields, ..Line::now(Level::WARN, "log lines lost") };
        self.target.write_all(&line.bytes(self.form))?;
        (self.told, self.last) = (lost, Some(Instant::now()));
        Ok(())
    }
}

impl<W: Write> Write for LossReporter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Lines arrive whole; they are written whole, so that no others come in between.
        self.target.write_all(bytes)?;
        if self.last.is_none_or(|last| last.elapsed() >= REPORT_INTERVAL) {
            self.tell_lost()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tell_lost()?;
        self.target.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pipe that is read when the test says so.
    struct Pipe {
        gate: mpsc::Receiver<()>,
        open: bool,
        read: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if !std::mem::replace(&mut self.open, true) {
                let _ = self.gate.recv();
            }
            self.read.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lost_lines_are_counted_and_told_when_lines_go_through_again() {
        let (open, gate) = mpsc::channel();
        let read = Arc::new(Mutex::new(Vec::new()));
        let output = Output::new(Form::Json, Pipe { gate, open: false, read: read.clone() });
        let all = MAX_QUEUED_LINES + 1_000;
        for _ in 0..all {
            output.write(&Line::now(Level::INFO, "x"));
        }
        open.send(()).unwrap();
        output.flush(Duration::from_secs(30));
        let read = String::from_utf8(read.lock().unwrap().clone()).unwrap();
        let lines =
            read.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let (lost, written): (Vec<_>, Vec<_>) =
            lines.partition(|line| line["message"] == "log lines lost");
        let lost: u64 = lost.iter().map(|line| line["count"].as_u64().unwrap()).sum();
        assert!(lost > 0);
        assert_eq!(written.len() as u64 + lost, all as u64);
    }

    #[test]
    fn a_pipe_that_nobody_reads_does_not_hold_the_end_up() {
        let (_open, gate) = mpsc::channel();
        let output = Output::new(Form::Json, Pipe { gate, open: false, read: Arc::default() });
        for _ in 0..2 * MAX_QUEUED_LINES {
            output.write(&Line::now(Level::INFO, "x"));
        }
        let (done, end) = mpsc::channel();
        std::thread::spawn(move || {
            output.flush(Duration::from_millis(50));
            done.send(()).unwrap();
        });
        end.recv_timeout(Duration::from_secs(30)).unwrap();
    }
}
