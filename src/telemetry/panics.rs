//! A panic is a line of the log like any other.

use std::panic::{self, PanicHookInfo};

/// Lets every panic be a line of the log from now on.
pub fn log() {
    panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current();
        let thread = thread.name().unwrap_or_default();
        tracing::error!(location, thread, error = words(panic), "panic");
    }));
}

/// The words of a panic that stand in the program. Those that were put together while it ran may hold what
/// a caller sent: they are not told.
fn words<'p>(panic: &'p PanicHookInfo<'_>) -> &'p str {
    panic.payload().downcast_ref::<&'static str>().copied().unwrap_or_default()
}
