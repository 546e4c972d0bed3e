//! Names that are known to be of a resource type.

use std::marker::PhantomData;

use super::{
    Noun, name,
    name_form::{self, Malformed},
};

/// The name of a resource of a type, in its canonical form. It is checked once, where it is read.
#[derive(Clone, Debug)]
pub struct ResourceName<N> {
    text: String,
    resource: PhantomData<fn() -> N>,
}

impl<N: Noun> ResourceName<N> {
    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        name_form::parse(&[N::KIND], text).map(|(_, text)| Self { text, resource: PhantomData })
    }

    /// The name of the resource with that id under a parent, if it has one; both in canonical form.
    pub fn child(parent: Option<&str>, id: &str) -> Self {
        Self { text: name::child(parent, N::KIND, id), resource: PhantomData }
    }
}

impl<N> ResourceName<N> {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<N> From<ResourceName<N>> for String {
    fn from(name: ResourceName<N>) -> Self {
        name.text
    }
}

/// A resource, and the state that its caller knows it in.
#[derive(Clone, Debug)]
pub struct ExpectedResource<N> {
    /// Its name.
    pub name: ResourceName<N>,
    /// The etag that it must have; empty for any.
    pub etag: String,
}
