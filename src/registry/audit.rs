//! Plan audits: all that one looks at is read in one snapshot, and then it is pure.

use crate::{
    domain::{Caller, Result, Revision, Right},
    planning::audit::{self, Inputs, Omission, Query},
};

use super::{Registry, blocking::blocking, read};

/// What an audit found, and what it looked at.
pub struct Audited {
    /// All that was looked at.
    pub inputs: Inputs,
    /// What the plan forgets.
    pub omissions: Vec<Omission>,
    /// The revision that everything was read at.
    pub revision: Revision,
}

impl Registry {
    /// Audits a plan.
    pub async fn audit(&self, caller: &Caller, query: &Query) -> Result<Audited> {
        caller.require(Right::Read)?;
        let snapshot = self.store.snapshot().await?;
        let inputs = read::audit_inputs(&snapshot, query).await?;
        let revision = snapshot.revision();
        drop(snapshot);
        blocking(move || {
            let omissions = audit::audit(&inputs);
            Audited { inputs, omissions, revision }
        })
        .await
    }
}
