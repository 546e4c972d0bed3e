//! Plan audits: all that one looks at is read in one snapshot, and then it is pure.

use crate::{
    domain::{AsOf, Caller, Result, Revision, Right},
    planning::audit::{self, AuditContext, Inputs, Omission, Query},
};

use super::{
    Registry,
    blocking::blocking,
    read::{self, View},
};

/// What an audit found, and what it looked at.
pub struct Audited {
    /// All that was looked at.
    pub inputs: Inputs,
    /// What the plan forgets.
    pub omissions: Vec<Omission>,
    /// The revision that everything was read at.
    pub revision: Revision,
}

impl Audited {
    /// Returns what the audit of a query was made of.
    pub fn context(&self, query: &Query) -> AuditContext {
        AuditContext::of(query, &self.inputs, &self.omissions, self.revision)
    }
}

impl Registry {
    /// Audits a plan in a state of the registry.
    pub async fn audit(&self, caller: &Caller, query: &Query, as_of: AsOf) -> Result<Audited> {
        caller.require(Right::Read)?;
        let view = View::open(&self.store, as_of).await?;
        let inputs = read::audit_inputs(&view, query).await?;
        let revision = view.revision();
        drop(view);
        blocking(move || {
            let omissions = audit::audit(&inputs);
            Audited { inputs, omissions, revision }
        })
        .await
    }
}
