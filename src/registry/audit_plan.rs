//! Plan audits: reads all inputs in one snapshot, then runs the pure audit.

use crate::{
    domain::{AsOf, Caller, Result, Revision, Right},
    planning::audit::{self, AuditContext, AuditInputs, AuditQuery, Omission},
};

use super::{
    Registry,
    blocking::blocking,
    read::{self, View},
};

/// Result of a plan audit, with its inputs.
pub struct PlanAudit {
    /// Inputs of the audit.
    pub inputs: AuditInputs,
    /// Roles and skills that the plan omits.
    pub omissions: Vec<Omission>,
    /// Revision that everything was read at.
    pub revision: Revision,
}

impl PlanAudit {
    /// Builds the context of the audit, which ran with this query.
    pub fn context(&self, query: &AuditQuery) -> AuditContext {
        AuditContext::of(query, &self.inputs, &self.omissions, self.revision)
    }
}

impl Registry {
    /// Audits a plan in a state of the registry. Fails if the plan or its baseline does not exist.
    pub async fn audit_plan(
        &self,
        caller: &Caller,
        query: &AuditQuery,
        as_of: AsOf,
    ) -> Result<PlanAudit> {
        caller.require(Right::Read)?;
        let view = View::open(&self.store, as_of).await?;
        let inputs = read::audit_inputs(&view, query).await?;
        let revision = view.revision();
        drop(view);
        blocking(move || {
            let omissions = audit::audit(&inputs);
            PlanAudit { inputs, omissions, revision }
        })
        .await
    }
}
