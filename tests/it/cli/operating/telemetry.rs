//! Traces and measures, sent to a real OTLP receiver.

use std::time::Duration;

use digital_skills_registry::api::v1::{GetRoleRequest, role_service_client::RoleServiceClient};
use opentelemetry_proto::tonic::{
    collector::{
        metrics::v1::{
            ExportMetricsServiceRequest, ExportMetricsServiceResponse,
            metrics_service_server::{MetricsService, MetricsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    common::v1::{KeyValue, any_value::Value},
    metrics::v1::metric::Data,
    trace::v1::Span,
};
use tokio::sync::mpsc;
use tonic::{Code, Request, Response, Status, transport::Server};

use crate::harness::{
    Db, TestDatabase,
    binary::{ServeProcess, program},
};

/// Passes on what it receives.
#[derive(Clone)]
struct Collector {
    traces: mpsc::UnboundedSender<ExportTraceServiceRequest>,
    metrics: mpsc::UnboundedSender<ExportMetricsServiceRequest>,
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let _ = self.traces.send(request.into_inner());
        Ok(Response::new(Default::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let _ = self.metrics.send(request.into_inner());
        Ok(Response::new(Default::default()))
    }
}

fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> &'a str {
    let attribute = attributes.iter().find(|attribute| attribute.key == key);
    let value = attribute.and_then(|attribute| attribute.value.as_ref()?.value.as_ref());
    match value {
        Some(Value::StringValue(text)) => text,
        _ => "",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_leave_as_spans_of_the_callers_trace_and_as_measures() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (traces, mut received_traces) = mpsc::unbounded_channel();
    let (metrics, mut received_metrics) = mpsc::unbounded_channel();
    let collector = Collector { traces, metrics };
    let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
    tokio::spawn(
        Server::builder()
            .add_service(TraceServiceServer::new(collector.clone()))
            .add_service(MetricsServiceServer::new(collector))
            .serve_with_incoming(incoming),
    );

    let database = TestDatabase::create(Db::Sqlite).await.unwrap();
    let mut command = program();
    command
        .args(["serve", "--drain-seconds", "1", "--database-url", &database.url])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
    let mut serving = ServeProcess::start(command);
    let channel = crate::harness::connect(serving.address.parse().unwrap()).await;
    let mut roles = RoleServiceClient::new(channel);
    let mut request =
        Request::new(GetRoleRequest { name: "roles/none".into(), ..Default::default() });
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = "00f067aa0ba902b7";
    let context = format!("00-{trace}-{parent}-01").parse().unwrap();
    request.metadata_mut().insert("traceparent", context);
    assert_eq!(roles.get_role(request).await.unwrap_err().code(), Code::NotFound);
    drop(roles);
    // What has not left yet leaves at the end.
    serving.signal("-TERM");
    assert_eq!(serving.wait(Duration::from_secs(20)).0, Some(0));

    let spans: Vec<Span> = std::iter::from_fn(|| received_traces.try_recv().ok())
        .flat_map(|request| request.resource_spans)
        .inspect(|spans| {
            let resource = spans.resource.as_ref().unwrap();
            assert_eq!(attribute(&resource.attributes, "service.name"), "skills-registry");
        })
        .flat_map(|spans| spans.scope_spans)
        .flat_map(|spans| spans.spans)
        .collect();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let span = spans.iter().find(|span| hex(&span.trace_id) == trace);
    let span = span.unwrap_or_else(|| panic!("no span of the caller's trace: {spans:?}"));
    assert_eq!(hex(&span.parent_span_id), parent);
    assert_eq!(span.name, "digitalskills.v1.RoleService/GetRole");
    assert_eq!(attribute(&span.attributes, "rpc.method"), "digitalskills.v1.RoleService/GetRole");
    assert_eq!(attribute(&span.attributes, "rpc.response.status_code"), "NOT_FOUND");

    let metrics = std::iter::from_fn(|| received_metrics.try_recv().ok())
        .flat_map(|request| request.resource_metrics)
        .flat_map(|metrics| metrics.scope_metrics)
        .flat_map(|metrics| metrics.metrics);
    let duration = metrics.filter(|metric| metric.name == "rpc.server.call.duration").last();
    let duration = duration.expect("calls are measured");
    assert_eq!(duration.unit, "s");
    let Some(Data::Histogram(histogram)) = duration.data else { panic!() };
    let point = histogram.data_points.iter().find(|point| {
        attribute(&point.attributes, "rpc.method") == "digitalskills.v1.RoleService/GetRole"
    });
    let point = point.expect("the call is measured");
    assert_eq!(point.count, 1);
    assert_eq!(attribute(&point.attributes, "rpc.response.status_code"), "NOT_FOUND");
}
