//! The published contract, as printed by the program and returned by reflection.

use digital_skills_registry::{
    api::{DESCRIPTOR_SET, DESCRIPTORS},
    server::docs,
};
use prost::Message;
use prost_types::FileDescriptorSet;
use tonic::{Request, client::Grpc};
use tonic_prost::ProstCodec;
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, ServerReflectionResponse, server_reflection_request::MessageRequest,
    server_reflection_response::MessageResponse,
};

use crate::{
    both,
    harness::{
        Server,
        binary::{Run, program},
    },
};

#[test]
fn the_program_writes_the_contract() {
    let run = |arguments: &[&str]| program().args(arguments).output().unwrap();
    let out = run(&["descriptor"]);
    assert!(out.status.success());
    assert_eq!(out.stdout, DESCRIPTOR_SET);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("contract.binpb");
    let written = run(&["descriptor", "--output", file.to_str().unwrap()]);
    assert!(written.status.success() && written.stdout.is_empty());
    let set = FileDescriptorSet::decode(std::fs::read(&file).unwrap().as_slice()).unwrap();
    let commented = |file: &&prost_types::FileDescriptorProto| file.source_code_info.is_some();
    let ours = set.file.iter().filter(|file| file.package() == "digitalskills.v1");
    assert!(ours.filter(commented).count() >= 12);
    let nowhere = folder.path().join("no/such/folder");
    let failed = Run::of(&run(&["descriptor", "--output", nowhere.to_str().unwrap()]));
    assert_eq!(failed.code, Some(1));
    assert!(failed.err.contains("cannot write"), "{}", failed.err);
    let printed = Run::of(&run(&["openapi"]));
    assert_eq!((printed.code, printed.out), (Some(0), docs::openapi().unwrap()));
}

/// A terminal is made by `script`, whose arguments are others on other systems.
#[test]
#[cfg(target_os = "linux")]
fn a_descriptor_set_is_not_written_to_a_terminal() {
    let command = format!("{} descriptor", program().get_program().to_str().unwrap());
    let Ok(out) =
        std::process::Command::new("script").args(["-qec", &command, "/dev/null"]).output()
    else {
        return crate::harness::skip("there is no `script`");
    };
    let run = Run::of(&out);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.contains("--output"), "{run:?}");
}

both!(reflection_knows_the_details_of_errors);
async fn reflection_knows_the_details_of_errors(server: &Server) {
    for detail in ["ErrorInfo", "BadRequest", "PreconditionFailure", "ResourceInfo", "RetryInfo"] {
        let name = format!("google.rpc.{detail}");
        let request = MessageRequest::FileContainingSymbol(name.clone());
        let found = reflect(server, "v1", request).await;
        assert!(matches!(found, MessageResponse::FileDescriptorResponse(_)), "{name}");
    }
}

/// Asks the reflection service of a version. All versions have the same messages.
async fn reflect(server: &Server, version: &str, request: MessageRequest) -> MessageResponse {
    let request = ServerReflectionRequest { host: String::new(), message_request: Some(request) };
    let path = format!("/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo");
    let codec = ProstCodec::<ServerReflectionRequest, ServerReflectionResponse>::default();
    let mut client = Grpc::new(server.channel.clone());
    client.ready().await.unwrap();
    let requests = Request::new(tokio_stream::iter([request]));
    let answers = client.streaming(requests, path.parse().unwrap(), codec).await;
    let answer = answers.unwrap().into_inner().message().await.unwrap().unwrap();
    answer.message_response.unwrap()
}

both!(reflection_lists_every_service_of_the_contract_and_that_of_health);
async fn reflection_lists_every_service_of_the_contract_and_that_of_health(server: &Server) {
    let services = DESCRIPTORS.services().map(|service| service.full_name().to_owned());
    let services: Vec<_> = services.chain(["grpc.health.v1.Health".to_owned()]).collect();
    for version in ["v1", "v1alpha"] {
        let request = MessageRequest::ListServices(String::new());
        let answer = reflect(server, version, request).await;
        let MessageResponse::ListServicesResponse(list) = answer else { panic!("{answer:?}") };
        let names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
        for service in &services {
            assert!(names.contains(service), "{version} does not list {service}: {names:?}");
        }
    }
}

both!(the_descriptor_set_has_the_files_of_reflection);
async fn the_descriptor_set_has_the_files_of_reflection(server: &Server) {
    let set = FileDescriptorSet::decode(DESCRIPTOR_SET).unwrap();
    for file in &set.file {
        let request = MessageRequest::FileByFilename(file.name().to_owned());
        let answer = reflect(server, "v1", request).await;
        let MessageResponse::FileDescriptorResponse(answer) = answer else { panic!("{answer:?}") };
        assert_eq!(answer.file_descriptor_proto, [file.encode_to_vec()], "{}", file.name());
    }
}
