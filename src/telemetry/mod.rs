//! Logs, traces and measures.
//!
//! Logs go to standard error: readable on a terminal, JSON otherwise; `RUST_LOG` says how much. One who
//! does not read them stops nothing, and the same fault is one line a second.
//! Traces and measures leave by OTLP where `OTEL_EXPORTER_OTLP_ENDPOINT` is set.

mod layer;
mod limiter;
mod line;
mod output;
mod panics;

use std::{
    env,
    io::{self, IsTerminal, Write},
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use opentelemetry::{global, trace::TracerProvider};
use opentelemetry_otlp::{MetricExporter, SpanExporter};
use opentelemetry_sdk::{
    Resource, metrics::SdkMeterProvider, propagation::TraceContextPropagator,
    trace::SdkTracerProvider,
};
use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, LevelFilter, filter_fn},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use layer::{Log, LogLayer};
use line::{Fields, Form, Line};
use output::Output;

/// What goes wrong at the beginning.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The log of this process, once there is one.
static LOG: OnceLock<Arc<Log>> = OnceLock::new();

/// Keeps what has not left yet; [`Telemetry::close`] sends it off.
pub struct Telemetry {
    providers: Mutex<Providers>,
}

#[derive(Default)]
struct Providers {
    traces: Option<SdkTracerProvider>,
    measures: Option<SdkMeterProvider>,
}

/// Begins. `default` says how much is logged where `RUST_LOG` does not. Must run within the runtime.
pub fn begin(default: &str) -> Result<Telemetry, Failure> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    // The span of a call says which call a fault belongs to: it is there at every level of the log.
    let calls = filter_fn(is_call).with_max_level_hint(LevelFilter::INFO);
    let log = Log::begin(Output::new(form(), io::stderr()))?;
    let lines = LogLayer(log.clone()).with_filter(filter.or(calls));
    let endpoint = env::var_os("OTEL_EXPORTER_OTLP_ENDPOINT").is_some_and(|url| !url.is_empty());
    let (traces, measures) = match endpoint {
        true => (Some(traces()?), Some(measures()?)),
        false => (None, None),
    };
    let spans = traces.as_ref().map(|traces| {
        let tracer = traces.tracer("skills-registry");
        // Only the spans of calls leave, whatever is logged.
        tracing_opentelemetry::layer().with_tracer(tracer).with_filter(filter_fn(is_call))
    });
    global::set_text_map_propagator(TraceContextPropagator::new());
    if let Some(measures) = &measures {
        global::set_meter_provider(measures.clone());
    }
    tracing_subscriber::registry().with(spans).with(lines).try_init()?;
    // A process has one subscriber, so this is the first.
    let _ = LOG.set(log);
    panics::log();
    Ok(Telemetry { providers: Mutex::new(Providers { traces, measures }) })
}

fn is_call(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with(env!("CARGO_CRATE_NAME")) && metadata.is_span()
}

fn form() -> Form {
    if io::stderr().is_terminal() { Form::Text } else { Form::Json }
}

/// Writes what is left of the log, for at most so long. Lines after it are lost: for the end of the process.
pub fn flush(most: Duration) {
    if let Some(log) = LOG.get() {
        log.end(most);
    }
}

/// Says what went wrong before there was a log, in the form of the log.
pub fn tell(phrase: &str, error: &dyn std::fmt::Display) {
    let mut fields = Fields::default();
    fields.set("error", error.to_string().trim_end().into());
    let line = Line { fields, ..Line::now(Level::ERROR, phrase) };
    // There is nowhere else to say that it cannot be said.
    let _ = io::stderr().write_all(&line.bytes(form()));
}

fn resource() -> Resource {
    // The environment comes last and wins: OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES.
    let builder = Resource::builder();
    match env::var_os("OTEL_SERVICE_NAME") {
        Some(_) => builder.build(),
        None => builder.with_service_name("skills-registry").build(),
    }
}

fn traces() -> Result<SdkTracerProvider, opentelemetry_otlp::ExporterBuildError> {
    let exporter = SpanExporter::builder().with_tonic().build()?;
    Ok(SdkTracerProvider::builder().with_resource(resource()).with_batch_exporter(exporter).build())
}

fn measures() -> Result<SdkMeterProvider, opentelemetry_otlp::ExporterBuildError> {
    let exporter = MetricExporter::builder().with_tonic().build()?;
    Ok(SdkMeterProvider::builder()
        .with_resource(resource())
        .with_periodic_exporter(exporter)
        .build())
}

impl Telemetry {
    /// Sends off what has not left yet, for at most so long. Only the first call does anything.
    pub async fn close(&self, most: Duration) {
        let Providers { traces, measures } =
            std::mem::take(&mut *self.providers.lock().unwrap_or_else(PoisonError::into_inner));
        let shut = |result| {
            if let Err(error) = result {
                let error: opentelemetry_sdk::error::OTelSdkError = error;
                tracing::warn!(%error, "telemetry not sent");
            }
        };
        // At the same time, for a collector that is away must not keep the service from ending.
        let traces = tokio::task::spawn_blocking(move || {
            traces.into_iter().for_each(|traces| shut(traces.shutdown_with_timeout(most)));
        });
        let measures = tokio::task::spawn_blocking(move || {
            measures.into_iter().for_each(|measures| shut(measures.shutdown_with_timeout(most)));
        });
        let both = async { tokio::join!(traces, measures) };
        if tokio::time::timeout(most, both).await.is_err() {
            tracing::warn!("telemetry not sent in time");
        }
    }
}
