//! Context of an audit: everything that describes it except its omissions.

use serde::{Deserialize, Serialize};

use crate::domain::Revision;

use super::{AuditInputs, AuditQuery, Omission, OmissionKind};

/// Context of an audit, with every default filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditContext {
    /// Query of the audit, with the baseline plan used.
    pub query: AuditQuery,
    /// Title of the plan.
    pub plan_title: String,
    /// Revision of the plan's last change.
    pub plan_revision: i64,
    /// Revision that everything was read at.
    pub revision: Revision,
    /// Number of roles that the plan omits.
    pub roles: usize,
    /// Number of skills that it omits.
    pub skills: usize,
    /// Number of retired skills that it requires, each once for each role.
    #[serde(default)]
    pub retired: usize,
}

impl AuditContext {
    /// Builds the context of an audit read at `revision`.
    pub fn of(
        query: &AuditQuery,
        inputs: &AuditInputs,
        omissions: &[Omission],
        revision: Revision,
    ) -> Self {
        let count = |kind| omissions.iter().filter(|omission| omission.kind == kind).count();
        Self {
            query: AuditQuery { baseline: inputs.baseline.clone(), ..query.clone() },
            plan_title: inputs.plan.title.clone(),
            plan_revision: inputs.plan.revision,
            revision,
            roles: count(OmissionKind::Role),
            skills: count(OmissionKind::Skill),
            retired: count(OmissionKind::RequiresRetiredSkill),
        }
    }
}
