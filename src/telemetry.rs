//! Logs, traces and measures.
//!
//! Logs go to standard error: readable on a terminal, JSON otherwise; `RUST_LOG` says how much.
//! Traces and measures leave by OTLP where `OTEL_EXPORTER_OTLP_ENDPOINT` is set.

use std::{env, io::IsTerminal, time::Duration};

use opentelemetry::{global, trace::TracerProvider};
use opentelemetry_otlp::{MetricExporter, SpanExporter};
use opentelemetry_sdk::{
    Resource, metrics::SdkMeterProvider, propagation::TraceContextPropagator,
    trace::SdkTracerProvider,
};
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

/// Keeps what has not left yet; [`Telemetry::close`] sends it off.
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
    measures: Option<SdkMeterProvider>,
}

/// Begins. `default` says how much is logged where `RUST_LOG` does not. Must run within the runtime.
pub fn begin(default: &str) -> Result<Telemetry, Box<dyn std::error::Error + Send + Sync>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let log = match std::io::stderr().is_terminal() {
        true => log.with_target(false).boxed(),
        false => log.json().flatten_event(true).boxed(),
    };
    let endpoint = env::var_os("OTEL_EXPORTER_OTLP_ENDPOINT").is_some_and(|url| !url.is_empty());
    let (traces, measures) = match endpoint {
        true => (Some(traces()?), Some(measures()?)),
        false => (None, None),
    };
    let spans = traces.as_ref().map(|traces| {
        let tracer = traces.tracer("skills-registry");
        // Only the spans of calls leave, whatever is logged.
        let calls = tracing_subscriber::filter::filter_fn(|metadata| {
            metadata.target().starts_with(env!("CARGO_CRATE_NAME")) && metadata.is_span()
        });
        tracing_opentelemetry::layer().with_tracer(tracer).with_filter(calls)
    });
    global::set_text_map_propagator(TraceContextPropagator::new());
    if let Some(measures) = &measures {
        global::set_meter_provider(measures.clone());
    }
    tracing_subscriber::registry().with(spans).with(log.with_filter(filter)).try_init()?;
    Ok(Telemetry { traces, measures })
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
    /// Sends off what has not left yet, for at most a few seconds.
    pub async fn close(self) {
        let close = tokio::task::spawn_blocking(move || {
            // A collector that is away must not keep the service from ending.
            let most = Duration::from_secs(3);
            let traces = self.traces.map(|traces| traces.shutdown_with_timeout(most));
            let measures = self.measures.map(|measures| measures.shutdown_with_timeout(most));
            for result in [traces, measures].into_iter().flatten() {
                if let Err(error) = result {
                    tracing::warn!(%error, "telemetry was not sent");
                }
            }
        });
        if let Err(error) = close.await {
            tracing::warn!(%error, "telemetry was not closed");
        }
    }
}
