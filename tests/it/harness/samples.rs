//! Sample resources of the types under test.

use digital_skills_registry::{
    api::{
        DESCRIPTORS, client::Importable, request::ResourceRequest, standard_fields::StandardFields,
    },
    domain::{ResourceType, name_form},
};
use prost_reflect::{DynamicMessage, MessageDescriptor, Value};

use super::{client::Resource, world::World};

/// Row of the resource type of a message.
pub type RowOf<N> = <<N as Importable>::Request as ResourceRequest>::Resource;

/// A resource type with sample resources. A test that needs a resource sets the fields that matter to it, and takes
/// the others from a sample: `Target { needed_fte: 2.0, ..Target::nth(&world, 1) }`.
pub trait Samples: Resource + Importable + StandardFields {
    /// A field that can change.
    const MUTABLE: &'static str = "title";
    /// Numbers that must be above 0.
    const ABOVE_ZERO: &'static [&'static str] = &[];

    /// Name of the resource type, such as `Skill`.
    const TITLE: &'static str = Self::TYPE.title();
    /// Name of the request field that holds a resource.
    const SINGULAR: &'static str = Self::TYPE.singular();
    /// Collection segment of its names.
    const COLLECTION: &'static str = Self::TYPE.collection();
    /// Whether its resources have a parent.
    const CHILD: bool = !Self::TYPE.parents().is_empty();

    /// The `n`th sample resource, without a name. Samples can all exist together.
    fn nth(world: &World, n: usize) -> Self;

    /// Sets every immutable field to another valid value.
    fn change_identity(&mut self, _world: &World) {}

    /// Id of the `n`th sample.
    fn id(n: usize) -> String {
        format!("n{n:05}")
    }

    /// Parent of the samples.
    fn parent(world: &World) -> String {
        world.parents(Self::TYPE)[0].clone()
    }

    /// Another possible parent.
    fn other_parent(world: &World) -> String {
        world.parents(Self::TYPE)[1].clone()
    }

    /// Changes the field [`Samples::MUTABLE`].
    fn change(&mut self) {
        let value = match self.dynamic().get_field_by_name(Self::MUTABLE).as_deref() {
            Some(Value::String(text)) => Value::String(format!("{text}.")),
            Some(Value::F64(fte)) => Value::F64(five_decimals(fte + 0.05)),
            Some(Value::I64(pence)) => Value::I64(pence + 100),
            // A level, which alternates between 2 and 3.
            Some(Value::I32(level)) => Value::I32(5 - level),
            other => panic!("{} {} is {other:?}", Self::TITLE, Self::MUTABLE),
        };
        self.set(Self::MUTABLE, value);
    }

    /// Name of the `n`th sample.
    fn nth_name(world: &World, n: usize) -> String {
        match Self::parent(world).as_str() {
            "" => format!("{}/{}", Self::COLLECTION, Self::id(n)),
            parent => format!("{parent}/{}/{}", Self::COLLECTION, Self::id(n)),
        }
    }

    /// The `n`th sample with its name, as a row to import.
    fn row(world: &World, n: usize) -> Self {
        let mut row = Self::nth(world, n);
        row.set_name(&Self::nth_name(world, n));
        row
    }

    /// Descriptor of the message.
    fn descriptor() -> MessageDescriptor {
        DESCRIPTORS.get_message_by_name(&format!("digitalskills.v1.{}", Self::TITLE)).unwrap()
    }

    /// Converts the resource to a dynamic message.
    fn dynamic(&self) -> DynamicMessage {
        DynamicMessage::decode(Self::descriptor(), self.encode_to_vec().as_slice()).unwrap()
    }

    /// Converts a dynamic message to the resource.
    fn of_dynamic(message: &DynamicMessage) -> Self {
        message.transcode_to().unwrap()
    }

    /// Sets a field.
    fn set(&mut self, field: &str, value: Value) {
        let mut message = self.dynamic();
        message.set_field_by_name(field, value);
        *self = Self::of_dynamic(&message);
    }

    /// Sets the name.
    fn set_name(&mut self, name: &str) {
        self.set("name", Value::String(name.to_owned()));
    }

    /// Sets the etag.
    fn set_etag(&mut self, etag: &str) {
        self.set("etag", Value::String(etag.to_owned()));
    }
}

/// Names that resources of a type could have, one for each type of parent. None of them exists.
pub fn unused_names(kind: ResourceType) -> Vec<String> {
    let part = |part: &str| match part {
        "{organisation}" => "NONE9".to_owned(),
        part if part.starts_with('{') => "none".to_owned(),
        part => part.to_owned(),
    };
    let name = |pattern: &String| pattern.split('/').map(part).collect::<Vec<_>>().join("/");
    name_form::patterns(kind).iter().map(name).collect()
}

/// Rounds to five decimals.
fn five_decimals(fte: f64) -> f64 {
    format!("{fte:.5}").parse().unwrap()
}

/// The date `days` days after a date.
pub fn days_after(year: i32, month: u32, day: u32, days: usize) -> String {
    let day = chrono::NaiveDate::from_ymd_opt(year, month, day).unwrap();
    (day + chrono::Days::new(days as u64)).to_string()
}
