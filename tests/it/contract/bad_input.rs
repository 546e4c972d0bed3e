//! Bad input of every kind: each gets its proper code, says which field, and leaves nothing behind.

use digital_skills_registry::domain::Resource;
use prost_reflect::{Cardinality, FieldDescriptor, Kind, Value};
use sea_orm::IdenStatic;
use tonic::{Code, client::Grpc, codec::Codec};

use super::{every_type, is_set_by_callers};
use crate::harness::{
    Server,
    client::{
        Batch,
        Method::{OfMany, OfOne},
    },
    failure,
    fixture::Fixture,
    samples::{RowOf, unused_names},
    world::World,
};

/// Fields that callers set, of a message.
pub(super) fn fields<N: Fixture>() -> Vec<FieldDescriptor> {
    let message = N::descriptor();
    message.fields().filter(|field| is_set_by_callers::<N>(field.name())).collect()
}

/// Creates a resource with one value in it, and gives the reasons that the field is violated for.
pub(super) async fn reasons<N: Fixture>(
    server: &Server,
    world: &World,
    field: &FieldDescriptor,
    value: Value,
) -> Vec<String> {
    let mut message = N::nth(world, 1).dynamic();
    message.set_field(field, value);
    let revision = server.revision().await;
    let row = N::of_dynamic(&message);
    let made = N::create(&server.channel, &N::parent(world), &N::id(1), Some(row.clone())).await;
    let failure = failure(made, Code::InvalidArgument);
    let path = format!("{}.{}", N::SINGULAR, field.name());
    let told = failure.violations().into_iter().filter(|(at, _)| at.starts_with(&path));
    let reasons: Vec<String> = told.map(|(_, reason)| reason).collect();

    // The same as a row of an import.
    let mut row = row;
    row.set_name(&N::nth_name(world, 1));
    let batch = Batch::of(&N::parent(world), vec![row]);
    let answers = N::import_all(&server.channel, vec![batch]).await.unwrap();
    let error = answers[0].outcomes[0].error.clone().unwrap();
    let told = error.violations.iter().filter(|v| v.field.starts_with(field.name()));
    assert_eq!(told.map(|v| v.reason.clone()).collect::<Vec<_>>(), reasons, "{path}");
    assert_eq!(server.revision().await, revision);
    reasons
}

/// A text field, or a list of texts, with one text.
fn text(field: &FieldDescriptor, text: &str) -> Value {
    let value = Value::String(text.to_owned());
    match field.cardinality() {
        Cardinality::Repeated => Value::List(vec![value]),
        _ => value,
    }
}

every_type!(a_text_with_a_zero_byte_or_of_three_megabytes_is_invalid);
async fn a_text_with_a_zero_byte_or_of_three_megabytes_is_invalid<N: Fixture>(
    server: &Server,
    world: &World,
) {
    for field in fields::<N>().iter().filter(|field| field.kind() == Kind::String) {
        for bad in ["a\0b", &"x".repeat(3_000_000)] {
            let reasons = reasons::<N>(server, world, field, text(field, bad)).await;
            assert!(!reasons.is_empty(), "{}: {}", field.full_name(), bad.len());
        }
    }
}

every_type!(an_unknown_enum_value_is_invalid);
async fn an_unknown_enum_value_is_invalid<N: Fixture>(server: &Server, world: &World) {
    for field in fields::<N>() {
        if !matches!(field.kind(), Kind::Enum(_)) {
            continue;
        }
        for bad in [99, -1] {
            let reasons = reasons::<N>(server, world, &field, Value::EnumNumber(bad)).await;
            assert_eq!(reasons, ["UNKNOWN_VALUE"], "{}", field.full_name());
        }
    }
}

every_type!(a_number_that_is_not_exact_is_invalid);
async fn a_number_that_is_not_exact_is_invalid<N: Fixture>(server: &Server, world: &World) {
    let bad = [
        (f64::NAN, "MALFORMED"),
        (f64::INFINITY, "MALFORMED"),
        (f64::NEG_INFINITY, "MALFORMED"),
        (-0.5, "OUT_OF_RANGE"),
        (1e12, "OUT_OF_RANGE"),
        (0.123_456, "TOO_LONG"),
        (0.1 + 0.2, "TOO_LONG"),
    ];
    for field in fields::<N>().iter().filter(|field| field.kind() == Kind::Double) {
        for (number, reason) in bad {
            let reasons = reasons::<N>(server, world, field, Value::F64(number)).await;
            assert_eq!(reasons, [reason], "{} {number}", field.full_name());
        }
    }
}

every_type!(a_number_out_of_range_is_invalid);
async fn a_number_out_of_range_is_invalid<N: Fixture>(server: &Server, world: &World) {
    for field in fields::<N>().iter().filter(|field| field.kind() == Kind::Int32) {
        for number in [-1, i32::MIN, i32::MAX] {
            let reasons = reasons::<N>(server, world, field, Value::I32(number)).await;
            assert!(!reasons.is_empty(), "{} {number}", field.full_name());
        }
    }
}

every_type!(a_date_that_is_none_is_invalid);
async fn a_date_that_is_none_is_invalid<N: Fixture>(server: &Server, world: &World) {
    for field in fields::<N>().iter().filter(|field| field.name().ends_with("_date")) {
        let bad = ["2027-02-29", "20270331", "31/03/2027", "2027-3-31", "+12027-03-31", "today"];
        for date in bad {
            let reasons = reasons::<N>(server, world, field, Value::String(date.into())).await;
            assert_eq!(reasons, ["MALFORMED"], "{} {date}", field.full_name());
        }
    }
}

every_type!(a_reference_to_nothing_or_to_another_resource_type_is_invalid);
async fn a_reference_to_nothing_or_to_another_resource_type_is_invalid<N: Fixture>(
    server: &Server,
    world: &World,
) {
    for reference in RowOf::<N>::REFERENCES.iter().filter(|reference| reference.key.is_none()) {
        let field = N::descriptor().get_field_by_name(reference.column.as_str()).unwrap();
        let good = N::nth(world, 1).dynamic();
        let good = good.get_field(&field).as_str().unwrap_or_default().to_owned();
        let mut nothing = unused_names(reference.kinds[0]).remove(0);
        // Where the sample refers to a child, its parent exists.
        if let (Some((collection, _)), Some((_, id))) =
            (good.rsplit_once('/'), nothing.rsplit_once('/'))
        {
            nothing = format!("{collection}/{id}");
        }
        let nothing = reasons::<N>(server, world, &field, Value::String(nothing));
        assert!(nothing.await.contains(&"REFERENCE_NOT_FOUND".to_owned()), "{}", field.full_name());
        for bad in ["nonsense", "closureOptions/a", &world.trust.replace("organisations", "orgs")] {
            let reasons = reasons::<N>(server, world, &field, Value::String(bad.into())).await;
            assert!(reasons.contains(&"MALFORMED".to_owned()), "{} {bad}", field.full_name());
        }
    }
}

every_type!(a_message_that_cannot_be_decoded_is_invalid);
async fn a_message_that_cannot_be_decoded_is_invalid<N: Fixture>(server: &Server, world: &World) {
    let revision = server.revision().await;
    // A name of two bytes that are not UTF-8; one longer than the message; one that is a number.
    for name in [&[0x0a, 2, 0xff, 0xfe][..], &[0x0a, 200, 1, b'a'], &[0x08, 1]] {
        let answer = raw(server, &OfOne("Get").path(N::TYPE), name).await;
        assert_eq!(failure(answer, Code::InvalidArgument).reason, "MESSAGE_UNDECODABLE");
        // Field 4 is the rows, the first of which has that name.
        let row = [&[0x22, name.len() as u8][..], name].concat();
        let answer = raw(server, &OfMany("Import").path(N::TYPE), &row).await;
        assert_eq!(failure(answer, Code::InvalidArgument).reason, "MESSAGE_UNDECODABLE");
    }
    let large = vec![0; (4 << 20) + 1];
    let answer = raw(server, &OfOne("Get").path(N::TYPE), &large).await;
    assert_eq!(failure(answer, Code::ResourceExhausted).reason, "MESSAGE_TOO_LARGE");
    let answer = raw(server, &OfMany("Import").path(N::TYPE), &large).await;
    assert_eq!(failure(answer, Code::ResourceExhausted).reason, "MESSAGE_TOO_LARGE");
    assert_eq!(server.revision().await, revision);
    let _ = world;
}

/// Sends bytes as the message of a call.
async fn raw(server: &Server, path: &str, bytes: &[u8]) -> Result<Vec<u8>, tonic::Status> {
    let mut client = Grpc::new(server.channel.clone());
    client.ready().await.unwrap();
    let request = tonic::Request::new(tokio_stream::iter(vec![bytes.to_vec()]));
    let path = path.parse().unwrap();
    let answer = client.streaming(request, path, Bytes).await?;
    let mut answers = answer.into_inner();
    let mut last = Vec::new();
    while let Some(message) = answers.message().await? {
        last = message;
    }
    Ok(last)
}

/// A codec that changes nothing.
struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl tonic::codec::Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = tonic::Status;

    fn encode(
        &mut self,
        item: Vec<u8>,
        buffer: &mut tonic::codec::EncodeBuf<'_>,
    ) -> Result<(), tonic::Status> {
        use prost::bytes::BufMut;
        buffer.put_slice(&item);
        Ok(())
    }
}

impl tonic::codec::Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = tonic::Status;

    fn decode(
        &mut self,
        buffer: &mut tonic::codec::DecodeBuf<'_>,
    ) -> Result<Option<Vec<u8>>, tonic::Status> {
        use prost::bytes::Buf;
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        Ok(Some(bytes.to_vec()))
    }
}
