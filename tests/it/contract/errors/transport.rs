//! Reasons that lie between a caller and the registry: the form of a call, its way, and its limits.

use std::time::Duration;

use digital_skills_registry::{
    api::v1::*,
    registry::{Registry, RegistryLimits},
};
use prost::Message;
use tonic::{Request, Status};

use super::SeenReasons;
use crate::{
    feed::OpenWatch,
    harness::{self, Server, client::Batch, fixture::Fixture},
    limits, protocols,
};

/// What goes wrong on the way.
pub(super) async fn of_transport(server: &Server, seen: &mut SeenReasons) {
    let mut grpc = tonic::client::Grpc::new(server.channel.clone());
    grpc.ready().await.unwrap();
    let nothing = http::uri::PathAndQuery::from_static("/digitalskills.v1.RoleService/BurnRole");
    let codec = tonic_prost::ProstCodec::<GetRoleRequest, Role>::default();
    let request = Request::new(GetRoleRequest::default());
    seen.note("METHOD_UNKNOWN", grpc.unary(request, nothing, codec).await);
    grpc.ready().await.unwrap();
    // A string is sent where the method wants a message with other types.
    let list = http::uri::PathAndQuery::from_static("/digitalskills.v1.RoleService/ListRoles");
    let codec = tonic_prost::ProstCodec::<RoleFamily, ListRolesResponse>::default();
    let wrong = RoleFamily { title: "2".into(), ..RoleFamily::default() };
    seen.note("MESSAGE_UNDECODABLE", grpc.unary(Request::new(wrong), list, codec).await);
    let large = Role { title: "x".repeat(5 << 20), ..Role::default() };
    seen.note("MESSAGE_TOO_LARGE", Role::create(&server.channel, "", "large", Some(large)).await);
    let snappy = past_the_client(server, "grpc-encoding", "snappy").await;
    seen.note("COMPRESSION_UNKNOWN", snappy);
}

/// A call with a header that no client would send, or after which it would give up by itself.
pub(super) async fn past_the_client(
    server: &Server,
    header: &str,
    value: &str,
) -> Result<(), Status> {
    let socket = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let (mut client, connection) = h2::client::handshake(socket).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = http::Request::post(format!(
        "http://{}/digitalskills.v1.RoleService/CreateRole",
        server.address
    ));
    let request = request
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header(header, value)
        .body(())
        .unwrap();
    let (answer, mut body) = client.send_request(request, false).unwrap();
    let role = Role { title: "Late".into(), ..Role::default() };
    let message = CreateRoleRequest { role: Some(role), ..Default::default() }.encode_to_vec();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    // The server may refuse the header and close the stream before this is sent.
    body.send_data([&[0], &length[..], &message].concat().into(), true).ok();
    let answer = answer.await.unwrap();
    connection.abort();
    Err(Status::from_header_map(answer.headers()).unwrap())
}

/// An export that nobody reads.
pub(super) async fn of_waiting(server: &Server, seen: &mut SeenReasons) {
    let parent = "frameworks/long";
    let framework = Framework { title: "Long".into(), ..Framework::default() };
    Framework::create(&server.channel, "", "long", Some(framework)).await.unwrap();
    let skill = |n: usize| Skill {
        name: format!("{parent}/skills/s{n:04}"),
        title: "S".into(),
        description: "x".repeat(10_000),
        ..Skill::default()
    };
    for chunk in 0..5 {
        let rows = (chunk * 300..(chunk + 1) * 300).map(skill).collect();
        Skill::import_all(&server.channel, vec![Batch::of(parent, rows)]).await.unwrap();
    }
    let limits = RegistryLimits {
        send_timeout: Duration::from_millis(300),
        max_watches: 1,
        max_waiting: 0,
        ..RegistryLimits::default()
    };
    let registry = Registry::with_limits(server.store.clone(), limits);
    let (address, stop, serving) = harness::serve_with(registry).await;
    let mut client =
        skill_service_client::SkillServiceClient::new(harness::connect_narrow(address).await);
    let request = ExportSkillsRequest { parent: parent.into(), ..Default::default() };
    let mut answers = client.export_skills(request).await.unwrap().into_inner();
    let narrow = harness::connect_narrow(address).await;
    let mut watching = OpenWatch::after(&narrow, 0).await;
    let other = OpenWatch::open(&narrow, WatchChangesRequest::default()).await;
    seen.note("TOO_MANY_WATCHES", other.map(|_| ()));
    let ahead = server.revision().await + 1;
    seen.note("OVERLOADED", Role::get_as(&narrow, "roles/a", 0, ahead).await);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let end = loop {
        match answers.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the export should not end well"),
            Err(status) => break status,
        }
    };
    seen.note("CALLER_STALLED", Err::<(), _>(end));
    let end = loop {
        match watching.event().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the watch should not end well"),
            Err(status) => break status,
        }
    };
    seen.note("WATCH_BEHIND", Err::<(), _>(end));
    let _ = stop.send(());
    serving.await.unwrap();
}

/// A call that is not of a form that its method takes.
pub(super) async fn of_form(server: &Server, seen: &mut SeenReasons) {
    let url = format!("http://{}/digitalskills.v1.RoleService/GetRole", server.address);
    let answer = reqwest::get(url).await.unwrap().json().await.unwrap();
    seen.note("FORM_UNKNOWN", Err::<(), _>(protocols::as_status(&answer)));
}

/// A request that does not arrive, and one for which there is no room.
pub(super) async fn of_limits(server: &Server, seen: &mut SeenReasons) {
    seen.note("REQUEST_STALLED", Err::<(), _>(limits::stalled_request(server).await));
    seen.note("OVERLOADED", Err::<(), _>(limits::request_without_room(server).await));
}
