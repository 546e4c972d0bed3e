//! Callers.

use chrono::{DateTime, NaiveDate, Utc};

use crate::store::Origin;

use super::{Error, Result, Right, WriteOptions, day::day_in_london};

/// Who makes a call. Rules that need an identity take it from here, never from a request field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    principal: String,
    rights: Vec<Right>,
    call: Call,
}

/// A call as change rows record it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Full name of the method, such as `digitalskills.v1.RoleService/CreateRole`.
    pub method: String,
    /// Address that the call comes from; empty if unknown.
    pub peer: String,
}

impl Caller {
    /// A caller with these rights; `principal` is an opaque reference to its identity.
    pub fn new(principal: impl Into<String>, rights: Vec<Right>) -> Self {
        Self { principal: principal.into(), rights, call: Call::default() }
    }

    /// Adds the call that the caller makes.
    pub fn calling(self, call: Call) -> Self {
        Self { call, ..self }
    }

    /// The local operator, who has every right. Callers are not authenticated yet, so everyone is the
    /// operator.
    pub fn operator(principal: impl Into<String>) -> Self {
        Self::new(principal, vec![Right::Read, Right::Write, Right::Approve])
    }

    /// Opaque reference to the caller's identity.
    pub fn principal(&self) -> &str {
        &self.principal
    }

    /// Origin of a write by this caller, for its change rows.
    pub fn origin(&self, write_options: &WriteOptions) -> Origin {
        let Call { method, peer } = self.call.clone();
        let request = write_options.request.as_ref();
        let request_id = request.map_or_else(String::new, |request| request.id.clone());
        Origin { actor: self.principal.clone(), request_id, method, peer }
    }

    /// Fails unless the caller has the right. Must be called before any look-up, so that an error does not
    /// reveal which resources exist.
    pub fn require(&self, right: Right) -> Result<()> {
        if self.rights.contains(&right) { Ok(()) } else { Err(Error::Forbidden(right)) }
    }
}

/// Who acts, and when. The registry reads its clock once for each call.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// Who acts.
    pub caller: &'a Caller,
    /// Time of the action.
    pub now: DateTime<Utc>,
}

impl Actor<'_> {
    /// Returns the day of the action in London.
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
