//! Resource names of a known type.

use std::marker::PhantomData;

use super::{
    Resource, name,
    name_form::{self, NameError},
};

/// Name of a resource of type `N`, in canonical form. It is validated once, when it is parsed.
#[derive(Clone, Debug)]
pub struct ResourceName<N> {
    text: String,
    resource: PhantomData<fn() -> N>,
}

impl<N: Resource> ResourceName<N> {
    /// Parses a name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        name_form::parse(&[N::TYPE], text).map(|(_, text)| Self { text, resource: PhantomData })
    }

    /// Name of the resource with this id, under this parent if its type has one. Both must be in canonical form.
    pub fn child(parent: Option<&str>, id: &str) -> Self {
        Self { text: name::child(parent, N::TYPE, id), resource: PhantomData }
    }
}

impl<N> ResourceName<N> {
    /// Text of the name.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<N> From<ResourceName<N>> for String {
    fn from(name: ResourceName<N>) -> Self {
        name.text
    }
}

/// A resource that a request changes, with the state that the caller expects it in.
#[derive(Clone, Debug)]
pub struct ExpectedResource<N> {
    /// Resource name.
    pub name: ResourceName<N>,
    /// Etag that the resource must have; empty for any.
    pub etag: String,
}
