//! Logs panics like any other fault.

use std::panic::{self, PanicHookInfo};

/// Makes every panic a line of the log from now on.
pub fn log() {
    panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current();
        let thread = thread.name().unwrap_or_default();
        tracing::error!(location, thread, error = words(panic), "panic");
    }));
}

/// Returns the text of a panic if it is a literal in the program. A formatted text may contain what
/// a caller sent and is not logged.
fn words<'p>(panic: &'p PanicHookInfo<'_>) -> &'p str {
    panic.payload().downcast_ref::<&'static str>().copied().unwrap_or_default()
}
