//! What the resources of each type under test are like.

mod resources;

use digital_skills_registry::api::{
    DESCRIPTORS, client::Importable, standard_fields::StandardFields,
};
use prost_reflect::{DynamicMessage, MessageDescriptor, Value};

use super::{client::Resource, world::World};

/// A resource type with a few resources of it. A test that wants one says what matters to it, and takes the rest of
/// a sample: `Target { needed_fte: 2.0, ..Target::nth(&world, 1) }`.
pub trait Samples: Resource + Importable + StandardFields {
    /// A field that can change.
    const MUTABLE: &'static str = "title";
    /// The fields that cannot change after creation.
    const IMMUTABLE: &'static [&'static str] = &[];
    /// The fields that are unique together, if any.
    const KEY: &'static [&'static str] = &[];

    /// The resource type, such as `Skill`.
    const NOUN: &'static str = Self::KIND.title();
    /// The field of the resource in requests.
    const SINGULAR: &'static str = Self::KIND.singular();
    /// Its collection in names.
    const COLLECTION: &'static str = Self::KIND.collection();
    /// Whether its names lie under a parent.
    const CHILD: bool = !Self::KIND.parents().is_empty();

    /// The `n`th of some resources that can all exist together, without a name.
    fn nth(world: &World, n: usize) -> Self;

    /// Gives every immutable field another value that is good.
    fn change_identity(&mut self, _world: &World) {}

    /// The id of the `n`th.
    fn id(n: usize) -> String {
        format!("n{n:05}")
    }

    /// The parent that they lie under.
    fn parent(world: &World) -> String {
        world.parents(Self::KIND)[0].clone()
    }

    /// Another parent that they could lie under.
    fn other_parent(world: &World) -> String {
        world.parents(Self::KIND)[1].clone()
    }

    /// Changes the field [`Samples::MUTABLE`].
    fn change(&mut self) {
        let value = match self.dynamic().get_field_by_name(Self::MUTABLE).as_deref() {
            Some(Value::String(text)) => Value::String(format!("{text}.")),
            Some(Value::F64(fte)) => Value::F64(five_decimals(fte + 0.05)),
            Some(Value::I64(pence)) => Value::I64(pence + 100),
            // A level: 2 and 3 in turn.
            Some(Value::I32(level)) => Value::I32(5 - level),
            other => panic!("{} {} is {other:?}", Self::NOUN, Self::MUTABLE),
        };
        self.set(Self::MUTABLE, value);
    }

    /// The name of the `n`th.
    fn nth_name(world: &World, n: usize) -> String {
        match Self::parent(world).as_str() {
            "" => format!("{}/{}", Self::COLLECTION, Self::id(n)),
            parent => format!("{parent}/{}/{}", Self::COLLECTION, Self::id(n)),
        }
    }

    /// The `n`th with its name, as a row to import.
    fn row(world: &World, n: usize) -> Self {
        let mut row = Self::nth(world, n);
        row.set_name(&Self::nth_name(world, n));
        row
    }

    /// The message's descriptor.
    fn descriptor() -> MessageDescriptor {
        DESCRIPTORS.get_message_by_name(&format!("digitalskills.v1.{}", Self::NOUN)).unwrap()
    }

    /// The resource with its fields by name.
    fn dynamic(&self) -> DynamicMessage {
        DynamicMessage::decode(Self::descriptor(), self.encode_to_vec().as_slice()).unwrap()
    }

    /// The resource of such fields.
    fn of_dynamic(message: &DynamicMessage) -> Self {
        message.transcode_to().unwrap()
    }

    /// Sets a field.
    fn set(&mut self, field: &str, value: Value) {
        let mut message = self.dynamic();
        message.set_field_by_name(field, value);
        *self = Self::of_dynamic(&message);
    }

    /// Gives it a name.
    fn set_name(&mut self, name: &str) {
        self.set("name", Value::String(name.to_owned()));
    }

    /// Gives it an etag.
    fn set_etag(&mut self, etag: &str) {
        self.set("etag", Value::String(etag.to_owned()));
    }
}

/// A sum as its decimal text says it.
fn five_decimals(fte: f64) -> f64 {
    format!("{fte:.5}").parse().unwrap()
}

/// So many days after a day.
fn days_after(year: i32, month: u32, day: u32, days: usize) -> String {
    let day = chrono::NaiveDate::from_ymd_opt(year, month, day).unwrap();
    (day + chrono::Days::new(days as u64)).to_string()
}
