//! Calls that end in the middle of a message, as bytes on the wire.

use std::time::Duration;

use digital_skills_registry::{
    api::v1::{Role, role_service_client::RoleServiceClient},
    registry::{Registry, RegistryLimits},
};
use http_body_util::{BodyExt, Full};
use prost::{Message, bytes::Bytes};
use tonic::{Code, Status, body::Body};
use tower::{Service, ServiceExt};

use crate::{
    both,
    harness::{self, Server, failure, fixture::Fixture},
};

/// A message as it goes over the wire, cut off after so many bytes.
fn frame(message: &impl Message, most: usize) -> Vec<u8> {
    let bytes = message.encode_to_vec();
    let mut frame = vec![0];
    frame.extend(u32::try_from(bytes.len()).unwrap().to_be_bytes());
    frame.extend(bytes);
    frame.truncate(most);
    frame
}

/// Sends bytes as the body of a call; gives what was answered, and how it ended.
async fn call(server: &Server, method: &str, body: Vec<u8>) -> (Bytes, Result<(), Status>) {
    let request =
        http::Request::post(format!("http://{}/digitalskills.v1.{method}", server.address))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(Body::new(Full::new(Bytes::from(body))))
            .unwrap();
    let mut channel = server.connect().await;
    let answer = channel.ready().await.unwrap().call(request).await.unwrap();
    let headers = answer.headers().clone();
    let body = answer.into_body().collect().await.unwrap();
    let trailers = body.trailers().cloned().unwrap_or(headers);
    let status = Status::from_header_map(&trailers).expect("every call ends with a status");
    let result = if status.code() == Code::Ok { Ok(()) } else { Err(status) };
    (body.to_bytes(), result)
}

fn role(id: &str) -> Role {
    Role { name: format!("roles/{id}"), title: id.into(), ..Role::default() }
}

both!(a_stream_that_ends_within_a_row_keeps_the_batches_before_it);
async fn a_stream_that_ends_within_a_row_keeps_the_batches_before_it(server: &Server) {
    use digital_skills_registry::api::v1::ImportRolesRequest;
    let batch = |id| ImportRolesRequest { roles: vec![role(id)], ..ImportRolesRequest::default() };
    let whole = frame(&batch("whole"), usize::MAX);
    // Cut within the row, within the length, and after the first byte.
    for most in [20, 5, 3, 1] {
        let body = [whole.clone(), frame(&batch("cut"), most)].concat();
        let (answers, ended) = call(server, "RoleService/ImportRoles", body).await;
        assert_eq!(failure(ended, Code::InvalidArgument).reason, "MESSAGE_UNDECODABLE", "{most}");
        assert!(!answers.is_empty());
        Role::get(&server.channel, "roles/whole").await.unwrap();
        failure(Role::get(&server.channel, "roles/cut").await, Code::NotFound);
        assert_eq!(server.revision().await, 1);
    }
    let (_, ended) = call(server, "RoleService/ImportRoles", whole).await;
    ended.unwrap();
}

both!(a_cancelled_import_deletes_nothing);
async fn a_cancelled_import_deletes_nothing(server: &Server) {
    use digital_skills_registry::api::v1::{AbsentRows, ImportRolesRequest};
    for id in ["a", "b", "c"] {
        Role::create(&server.channel, "", id, Some(role(id))).await.unwrap();
    }
    for _ in 0..10 {
        let request = http::Request::post(format!(
            "http://{}/digitalskills.v1.RoleService/ImportRoles",
            server.address
        ))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .unwrap();
        let socket = tokio::net::TcpStream::connect(server.address).await.unwrap();
        let (client, connection) = h2::client::handshake(socket).await.unwrap();
        let connection = tokio::spawn(connection);
        let (answer, mut stream) =
            client.ready().await.unwrap().send_request(request, false).unwrap();
        // Would delete all others, had it ended well.
        let batch = ImportRolesRequest {
            roles: vec![role("a")],
            absent_rows: AbsentRows::Delete as i32,
            ..ImportRolesRequest::default()
        };
        stream.send_data(Bytes::from(frame(&batch, usize::MAX)), false).unwrap();
        let mut body = answer.await.unwrap().into_body();
        assert!(!body.data().await.unwrap().unwrap().is_empty());
        // What a client sends when its caller cancels the call.
        stream.send_reset(h2::Reason::CANCEL);
        drop((body, stream));
        connection.abort();
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(server.revision().await, 3);
}

both!(an_import_whose_caller_does_not_read_on_is_ended);
async fn an_import_whose_caller_does_not_read_on_is_ended(server: &Server) {
    use digital_skills_registry::api::v1::ImportRolesRequest;
    let limits =
        RegistryLimits { send_timeout: Duration::from_millis(200), ..RegistryLimits::default() };
    let registry = Registry::with_limits(server.store.clone(), limits);
    let (address, stop, serving) = harness::serve_with(registry).await;
    let mut client = RoleServiceClient::new(harness::connect_narrow(address).await);
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let requests = tokio_stream::wrappers::ReceiverStream::new(receiver);
    let mut answers = client.import_roles(requests).await.unwrap().into_inner();
    // Each answer reports a thousand roles without a title.
    let batch = ImportRolesRequest {
        roles: vec![Role { name: "roles/r".into(), ..Role::default() }; 1_000],
        validate_only: true,
        ..ImportRolesRequest::default()
    };
    let taken =
        async || tokio::time::timeout(Duration::from_secs(2), sender.send(batch.clone())).await;
    while let Ok(Ok(())) = taken().await {}
    drop(sender);
    let end = loop {
        match answers.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the import should not end well"),
            Err(status) => break status,
        }
    };
    assert_eq!(failure(Err::<(), _>(end), Code::Aborted).reason, "CALLER_STALLED");
    let _ = stop.send(());
    serving.await.unwrap();
}

both!(a_request_that_ends_within_its_message_is_invalid);
async fn a_request_that_ends_within_its_message_is_invalid(server: &Server) {
    use digital_skills_registry::api::v1::CreateRoleRequest;
    let request =
        CreateRoleRequest { role_id: "cut".into(), role: Some(role("cut")), ..Default::default() };
    for most in [0, 1, 4, 10] {
        let (_, ended) = call(server, "RoleService/CreateRole", frame(&request, most)).await;
        assert_eq!(failure(ended, Code::InvalidArgument).reason, "MESSAGE_UNDECODABLE", "{most}");
    }
    assert_eq!(server.revision().await, 0);
}

both!(a_method_that_does_not_exist_is_unimplemented);
async fn a_method_that_does_not_exist_is_unimplemented(server: &Server) {
    let (_, ended) = call(server, "RoleService/Nothing", Vec::new()).await;
    assert_eq!(ended.unwrap_err().code(), Code::Unimplemented);
    let mut client = RoleServiceClient::new(server.connect().await);
    let families = digital_skills_registry::api::v1::ListRoleFamiliesRequest {};
    client.list_role_families(families).await.unwrap();
}
