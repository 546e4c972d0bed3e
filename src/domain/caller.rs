//! Who calls.

use chrono::{DateTime, NaiveDate, Utc};

use crate::store::Origin;

use super::{Error, Result, Right, Writing, day::day_in_london};

/// Who makes a call. Rules that need an identity take it from here, never from a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    subject: String,
    rights: Vec<Right>,
    call: Call,
}

/// The call that somebody makes: what the change rows say of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// The method, such as `digitalskills.v1.RoleService/CreateRole`.
    pub method: String,
    /// The address that it comes from; empty where it is not known.
    pub peer: String,
}

impl Caller {
    /// A caller with these rights; `subject` is an opaque reference to who it is.
    pub fn new(subject: impl Into<String>, rights: Vec<Right>) -> Self {
        Self { subject: subject.into(), rights, call: Call::default() }
    }

    /// The same, making a call.
    pub fn calling(self, call: Call) -> Self {
        Self { call, ..self }
    }

    /// The local operator, with every right: whoever calls until callers are authenticated.
    pub fn operator(subject: impl Into<String>) -> Self {
        Self::new(subject, vec![Right::Read, Right::Write, Right::Approve])
    }

    /// Who it is.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What is told of a write of this caller.
    pub fn origin(&self, writing: &Writing) -> Origin {
        let Call { method, peer } = self.call.clone();
        let request = writing.request.as_ref();
        let request_id = request.map_or_else(String::new, |request| request.id.clone());
        Origin { actor: self.subject.clone(), request_id, method, peer }
    }

    /// Fails unless the caller has the right. Called before anything is looked up, so that nobody
    /// learns what exists from a refusal.
    pub fn require(&self, right: Right) -> Result<()> {
        if self.rights.contains(&right) { Ok(()) } else { Err(Error::Forbidden(right)) }
    }
}

/// A caller at one moment, which the registry takes from its clock once for each call.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// The caller.
    pub caller: &'a Caller,
    /// The moment.
    pub now: DateTime<Utc>,
}

impl Actor<'_> {
    /// Returns the day in London.
    pub fn today(&self) -> NaiveDate {
        day_in_london(self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_not_given_is_refused() {
        let reader = Caller::new("reader", vec![Right::Read]);
        assert!(reader.require(Right::Read).is_ok());
        assert!(matches!(reader.require(Right::Write), Err(Error::Forbidden(Right::Write))));
    }
}
