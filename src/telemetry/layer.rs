//! Turns events into log lines: adds the fields of the enclosing spans, and rate-limits faults.

use std::{
    borrow::Cow,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use chrono::Utc;
use tracing::{Event, Level, Metadata, Subscriber, callsite, span};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

use super::{
    limiter::{Limiter, PERIOD, Verdict},
    line::{Fields, Line},
    output::Output,
};

/// Maximum number of kinds of faults told apart at a time; beyond it, faults are told apart by call
/// site only.
const MAX_KINDS: usize = 1_000;

/// Call site and phrase of an event.
type EventKind = (callsite::Identifier, String);

/// The log of the process.
pub struct Log {
    output: Output,
    faults: Limiter<EventKind, Line>,
}

impl Log {
    /// Starts a log, with a thread that writes held faults that no further one follows.
    pub fn begin(output: Output) -> std::io::Result<Arc<Self>> {
        let log = Arc::new(Self { output, faults: Limiter::new() });
        let watched: Weak<Self> = Arc::downgrade(&log);
        std::thread::Builder::new().name("log faults".to_owned()).spawn(move || {
            while let Some(log) = watched.upgrade() {
                log.write_delayed(false);
                drop(log);
                std::thread::sleep(PERIOD);
            }
        })?;
        Ok(log)
    }

    /// Writes what is left, within the time limit. Later lines are lost.
    pub fn end(&self, most: Duration) {
        self.write_delayed(true);
        self.output.flush(most);
    }

    fn write_delayed(&self, all: bool) {
        for (line, repeated) in self.faults.due(Instant::now(), all) {
            self.output.write(&Line { repeated, ..line });
        }
    }

    /// Returns the kind of a fault; `None` for an event below WARN.
    fn kind(&self, metadata: &Metadata<'_>, message: &str) -> Option<EventKind> {
        // The smaller a level, the more severe.
        let is_fault = *metadata.level() <= Level::WARN;
        let message = if self.faults.len() < MAX_KINDS { message } else { "" };
        is_fault.then(|| (metadata.callsite(), message.to_owned()))
    }
}

/// The log as a tracing layer.
pub struct LogLayer(pub Arc<Log>);

impl<S> Layer<S> for LogLayer
where
    S: Subscriber + for<'l> LookupSpan<'l>,
{
    fn on_new_span(&self, values: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        values.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let log = &self.0;
        let metadata = event.metadata();
        let mut own = Fields::default();
        event.record(&mut own);
        let mut message = own.take_message();
        if message.is_empty() {
            message = metadata.name().to_owned();
        }
        let line = |message, repeated| {
            let mut fields = Fields::default();
            for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
                if let Some(of_span) = span.extensions().get::<Fields>() {
                    fields.extend(of_span);
                }
            }
            fields.extend(&own);
            let target = Cow::Owned(metadata.target().to_owned());
            Line { time: Utc::now(), level: *metadata.level(), target, message, fields, repeated }
        };
        let Some(kind) = log.kind(metadata, &message) else {
            return log.output.write(&line(message, 0));
        };
        match log.faults.decide(kind.clone(), Instant::now()) {
            Verdict::Write(repeated) => log.output.write(&line(message, repeated)),
            Verdict::Hold => log.faults.hold(&kind, line(message, 0)),
            Verdict::Drop => {}
        }
    }
}
