//! Logs, traces and metrics.
//!
//! Logs go to standard error: text on a terminal, JSON otherwise; `RUST_LOG` sets the level. A
//! reader that does not keep up blocks nothing, and a fault that recurs is logged once a second.
//! Traces and metrics are sent by OTLP if `OTEL_EXPORTER_OTLP_ENDPOINT` is set.

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

/// Error at the start of telemetry.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The log of this process, once it has started.
static LOG: OnceLock<Arc<Log>> = OnceLock::new();

/// Holds the exporters of traces and metrics; [`Telemetry::close`] sends what they still buffer.
pub struct Telemetry {
    providers: Mutex<Providers>,
}

#[derive(Default)]
struct Providers {
    traces: Option<SdkTracerProvider>,
    measures: Option<SdkMeterProvider>,
}

/// Starts telemetry. `default` is the log filter if `RUST_LOG` is not set. Must run within the
/// runtime.
pub fn begin(default: &str) -> Result<Telemetry, Failure> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    // The span of a call says which call a fault belongs to, so it exists at every log level.
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
        // Only the spans of calls are exported, whatever is logged.
        tracing_opentelemetry::layer().with_tracer(tracer).with_filter(filter_fn(is_call))
    });
    global::set_text_map_propagator(TraceContextPropagator::new());
    if let Some(measures) = &measures {
        global::set_meter_provider(measures.clone());
    }
    tracing_subscriber::registry().with(spans).with(lines).try_init()?;
    // A process has one subscriber, so this is the first call that succeeds.
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

/// Writes the rest of the log within the time limit. Later lines are lost: call it at the end of
/// the process.
pub fn flush(most: Duration) {
    if let Some(log) = LOG.get() {
        log.end(most);
    }
}

/// Writes an error that occurred before the log had started, in the format of the log.
pub fn log_before_start(phrase: &str, error: &dyn std::fmt::Display) {
    let mut fields = Fields::default();
    fields.set("error", error.to_string().trim_end().into());
    let line = Line { fields, ..Line::now(Level::ERROR, phrase) };
    // If standard error fails, there is nowhere else to report it.
    let _ = io::stderr().write_all(&line.bytes(form()));
}

fn resource() -> Resource {
    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES in the environment take precedence.
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
    /// Sends what has not been sent, within the time limit. Only the first call does anything.
    pub async fn close(&self, most: Duration) {
        let Providers { traces, measures } =
            std::mem::take(&mut *self.providers.lock().unwrap_or_else(PoisonError::into_inner));
        let shut = |result| {
            if let Err(error) = result {
                let error: opentelemetry_sdk::error::OTelSdkError = error;
                tracing::warn!(%error, "telemetry export failed");
            }
        };
        // Both at the same time: a collector that does not answer must not delay the end of the
        // service.
        let traces = tokio::task::spawn_blocking(move || {
            traces.into_iter().for_each(|traces| shut(traces.shutdown_with_timeout(most)));
        });
        let measures = tokio::task::spawn_blocking(move || {
            measures.into_iter().for_each(|measures| shut(measures.shutdown_with_timeout(most)));
        });
        let both = async { tokio::join!(traces, measures) };
        if tokio::time::timeout(most, both).await.is_err() {
            tracing::warn!("telemetry export timed out");
        }
    }
}
