//! What an audit was made of, without its omissions.

use serde::{Deserialize, Serialize};

use crate::domain::{Revision, gap::GapKind};

use super::{Inputs, Omission, Query};

/// What an audit measured, with every option as it was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditContext {
    /// What was asked, with the baseline plan that was used.
    pub query: Query,
    /// The title of the plan.
    pub plan_title: String,
    /// The revision of the plan's last change.
    pub plan_revision: i64,
    /// The revision that everything was read at.
    pub revision: Revision,
    /// Number of roles that the plan forgets.
    pub roles: usize,
    /// Number of skills that it forgets.
    pub skills: usize,
}

impl AuditContext {
    /// Returns the context of an audit that was read at a revision.
    pub fn of(query: &Query, inputs: &Inputs, omissions: &[Omission], revision: Revision) -> Self {
        let roles = omissions.iter().filter(|omission| omission.kind == GapKind::OmittedRole);
        let roles = roles.count();
        Self {
            query: Query { baseline: inputs.baseline.clone(), ..query.clone() },
            plan_title: inputs.plan.title.clone(),
            plan_revision: inputs.plan.revision,
            revision,
            roles,
            skills: omissions.len() - roles,
        }
    }
}
