//! gRPC's own compression, by negotiation.

use digital_skills_registry::api::v1::{role_service_client::RoleServiceClient, *};
use http_body_util::{BodyExt, Full};
use prost::{Message, bytes::Bytes};
use tonic::{Code, Status, body::Body, codec::CompressionEncoding};
use tower::{Service, ServiceExt};

use super::{full, gunzip, gzip, open, seal};
use crate::{
    both,
    harness::{Server, failure, fixture::Fixture},
};

/// Calls a method with one frame; gives the headers, the frames, and how it ended.
async fn call(
    server: &Server,
    method: &str,
    headers: &[(&'static str, &'static str)],
    frame: Vec<u8>,
) -> (http::HeaderMap, Vec<(u8, Vec<u8>)>, Result<(), Status>) {
    let mut request = http::Request::post(format!("http://{}/{}", server.address, full(method)))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::new(Full::new(Bytes::from(frame)))).unwrap();
    let mut channel = server.connect().await;
    let answer = channel.ready().await.unwrap().call(request).await.unwrap();
    let headers = answer.headers().clone();
    let body = answer.into_body().collect().await.unwrap();
    let trailers = body.trailers().cloned().unwrap_or_else(|| headers.clone());
    let status = Status::from_header_map(&trailers).unwrap();
    let ended = if status.code() == Code::Ok { Ok(()) } else { Err(status) };
    (headers, open(&body.to_bytes()), ended)
}

async fn many(server: &Server) {
    for i in 0..40 {
        let row =
            Role { title: "Many".into(), description: "describes ".repeat(20), ..Role::default() };
        Role::create(&server.channel, "", &format!("many-{i}"), Some(row)).await.unwrap();
    }
}

both!(a_large_answer_is_compressed_and_a_small_one_is_not);
async fn a_large_answer_is_compressed_and_a_small_one_is_not(server: &Server) {
    many(server).await;
    let list = || seal(0, &ListRolesRequest::default().encode_to_vec());
    let (headers, plain, _) = call(server, "RoleService/ListRoles", &[], list()).await;
    assert!(headers.get("grpc-encoding").is_none());
    assert_eq!(plain[0].0, 0);
    for encoding in ["gzip", "zstd"] {
        let accept = [("grpc-accept-encoding", encoding)];
        let (headers, packed, _) = call(server, "RoleService/ListRoles", &accept, list()).await;
        assert_eq!(headers["grpc-encoding"], encoding);
        let (flags, message) = &packed[0];
        assert_eq!(*flags, 1);
        assert!(message.len() * 4 < plain[0].1.len(), "{} of {}", message.len(), plain[0].1.len());
        let message = if encoding == "gzip" {
            gunzip(message)
        } else {
            zstd::decode_all(&message[..]).unwrap()
        };
        assert_eq!(message, plain[0].1);

        let get = seal(
            0,
            &GetRoleRequest { name: "roles/many-1".into(), ..Default::default() }.encode_to_vec(),
        );
        let (_, small, _) = call(server, "RoleService/GetRole", &accept, get).await;
        assert_eq!(small[0].0, 0);
        Role::decode(&small[0].1[..]).unwrap();
    }
}

both!(a_request_can_be_compressed);
async fn a_request_can_be_compressed(server: &Server) {
    for encoding in [CompressionEncoding::Gzip, CompressionEncoding::Zstd] {
        let mut client = RoleServiceClient::new(server.connect().await)
            .send_compressed(encoding)
            .accept_compressed(encoding);
        let role = Role {
            title: "Packed".into(),
            description: "describes ".repeat(500),
            ..Role::default()
        };
        let made = client.create_role(CreateRoleRequest {
            role: Some(role.clone()),
            ..CreateRoleRequest::default()
        });
        assert_eq!(made.await.unwrap().into_inner().description, role.description);
    }
}

both!(what_is_not_compressed_as_it_says_is_refused);
async fn what_is_not_compressed_as_it_says_is_refused(server: &Server) {
    let encoding = [("grpc-encoding", "gzip")];
    let (_, _, ended) = call(server, "RoleService/GetRole", &encoding, seal(1, b"plain")).await;
    assert_eq!(failure(ended, Code::InvalidArgument).reason, "MESSAGE_UNDECODABLE");
    // A small message can hide a large one.
    let bomb = seal(1, &gzip(&vec![0; 64 << 20]));
    assert!(bomb.len() < 1 << 20);
    let (_, _, ended) = call(server, "RoleService/GetRole", &encoding, bomb).await;
    assert_eq!(failure(ended, Code::ResourceExhausted).reason, "MESSAGE_TOO_LARGE");
    let (_, _, ended) =
        call(server, "RoleService/GetRole", &[("grpc-encoding", "br")], seal(1, b"")).await;
    assert_eq!(ended.unwrap_err().code(), Code::Unimplemented);
}
