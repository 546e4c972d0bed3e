//! Numbers and flags: a field that is not set differs from one that is set to 0 or false.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, Value};
use tonic::Code;

use super::{bad_input, bare, comment, every_type};
use crate::harness::{Server, failure, fixture::Fixture, world::World};

/// Numbers and flags that callers set.
fn numbers<N: Fixture>() -> Vec<FieldDescriptor> {
    let kinds = [Kind::Bool, Kind::Double, Kind::Int32, Kind::Int64];
    let numbers = bad_input::fields::<N>().into_iter();
    let numbers: Vec<_> = numbers.filter(|field| kinds.contains(&field.kind())).collect();
    for field in &numbers {
        assert!(field.supports_presence(), "{} is not optional", field.full_name());
    }
    numbers
}

/// A number or flag as a value of a field.
pub(super) fn number(field: &FieldDescriptor, number: i32) -> Value {
    match field.kind() {
        Kind::Bool => Value::Bool(number != 0),
        Kind::Double => Value::F64(number.into()),
        Kind::Int64 => Value::I64(number.into()),
        _ => Value::I32(number),
    }
}

fn must_be_above_zero<N: Fixture>(field: &FieldDescriptor) -> bool {
    N::ABOVE_ZERO.contains(&field.name())
}

fn is_required<N: Fixture>(field: &FieldDescriptor) -> bool {
    comment::<N>(field.name()).unwrap().starts_with("Required")
}

/// Default of a field that is not set, as documented in the proto; `None` if it has no default.
fn default<N: Fixture>(field: &FieldDescriptor) -> Option<Value> {
    let comment = comment::<N>(field.name()).unwrap();
    let zero = comment.contains(" 0, or not set: ") || comment.contains("If not set: 0.");
    if zero || comment.contains("If not set: false.") {
        return Some(number(field, 0));
    }
    comment.contains("If not set: 1.").then(|| number(field, 1))
}

/// Sets every number and flag that is not set to its default, as documented in the proto.
pub(super) fn set_defaults<N: Fixture>(message: &mut DynamicMessage) {
    for field in numbers::<N>() {
        if let (false, Some(value)) = (message.has_field(&field), default::<N>(&field)) {
            message.set_field(&field, value);
        }
    }
}

/// A resource without its numbers and flags, except for the required ones.
fn without_numbers<N: Fixture>(resource: &N) -> DynamicMessage {
    let mut message = resource.dynamic();
    for field in numbers::<N>().iter().filter(|field| !is_required::<N>(field)) {
        message.clear_field(field);
    }
    message
}

every_type!(a_number_left_out_of_a_create_has_its_default);
async fn a_number_left_out_of_a_create_has_its_default<N: Fixture>(server: &Server, world: &World) {
    let mut expected = without_numbers(&N::nth(world, 1));
    let sent = N::of_dynamic(&expected);
    let made = N::create(&server.channel, &N::parent(world), &N::id(1), Some(sent)).await.unwrap();
    set_defaults::<N>(&mut expected);
    assert_eq!(bare(&made), N::of_dynamic(&expected));
    assert_eq!(N::get(&server.channel, made.name()).await.unwrap(), made);
}

every_type!(a_zero_in_an_update_without_a_mask_sets_zero);
async fn a_zero_in_an_update_without_a_mask_sets_zero<N: Fixture>(server: &Server, world: &World) {
    let made = N::made(&server.channel, world, 1).await;
    let mut expected = made.dynamic();
    let mut sent = DynamicMessage::new(N::descriptor());
    sent.set_field_by_name("name", Value::String(made.name().to_owned()));
    for field in numbers::<N>().iter().filter(|field| !must_be_above_zero::<N>(field)) {
        assert_ne!(*made.dynamic().get_field(field), number(field, 0), "{}", field.full_name());
        for message in [&mut sent, &mut expected] {
            message.set_field(field, number(field, 0));
        }
    }
    let updated = N::update(&server.channel, N::of_dynamic(&sent), None, false).await.unwrap();
    assert_eq!(bare(&updated), bare(&N::of_dynamic(&expected)));
    assert_eq!(N::get(&server.channel, made.name()).await.unwrap(), updated);
}

every_type!(a_number_left_out_of_an_update_keeps_its_value_unless_the_mask_names_it);
async fn a_number_left_out_of_an_update_keeps_its_value_unless_the_mask_names_it<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let made = N::made(&server.channel, world, 1).await;
    let mut expected = without_numbers(&made);
    let sent = N::of_dynamic(&expected);
    let kept = N::update(&server.channel, sent.clone(), None, false).await.unwrap();
    assert_eq!(kept, made);
    let fields = numbers::<N>();
    let cleared = fields.iter().filter(|field| !is_required::<N>(field));
    let mask: Vec<_> = cleared.map(|field| field.name()).collect();
    if mask.is_empty() {
        return;
    }
    let updated = N::update(&server.channel, sent, Some(&mask), false).await.unwrap();
    set_defaults::<N>(&mut expected);
    assert_eq!(bare(&updated), bare(&N::of_dynamic(&expected)));
}

every_type!(a_zero_that_is_no_value_is_invalid_and_not_the_default);
async fn a_zero_that_is_no_value_is_invalid_and_not_the_default<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let mut fields = numbers::<N>();
    fields.retain(must_be_above_zero::<N>);
    for field in &fields {
        let reasons = bad_input::reasons::<N>(server, world, field, number(field, 0)).await;
        assert_eq!(reasons, ["OUT_OF_RANGE"], "{}", field.full_name());
    }
    let made = N::made(&server.channel, world, 1).await;
    for field in &fields {
        let mut sent = DynamicMessage::new(N::descriptor());
        sent.set_field_by_name("name", Value::String(made.name().to_owned()));
        sent.set_field(field, number(field, 0));
        for mask in [None, Some(&[field.name()][..])] {
            let row = N::of_dynamic(&sent);
            let updated = N::update(&server.channel, row, mask, false).await;
            let path = format!("{}.{}", N::SINGULAR, field.name());
            assert!(failure(updated, Code::InvalidArgument).violates(&path, "OUT_OF_RANGE"));
        }
    }
    assert_eq!(N::get(&server.channel, made.name()).await.unwrap(), made);
}
