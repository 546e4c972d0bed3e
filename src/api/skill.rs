//! Skills on the wire.

use crate::domain::{
    Violations,
    skill::{Alignment, Alignments, SkillAlignmentKind, SkillState},
};

use super::{
    service::service,
    v1,
    wire::{Travels, wire, wire_enum},
};

wire_enum! {
    SkillState => SkillState { Active, Retired } unspecified Active
}

wire_enum! {
    SkillAlignmentKind => SkillAlignmentKind { Exact, Close, Broad, Narrow, Related }
}

wire! {
    Skill in parent {
        title, description, category, external_uri, alternative_labels, broader_skill, core, state,
        replaced_by, alignments,
    }
    output {}
}

service!(Skill, Skills in parent {});

impl Travels<Vec<v1::SkillAlignment>> for Alignments {
    fn to_wire(&self) -> Vec<v1::SkillAlignment> {
        let alignment = |alignment: &Alignment| {
            let Alignment { skill, kind } = alignment;
            v1::SkillAlignment { skill: skill.clone(), kind: kind.to_wire() }
        };
        self.0.iter().map(alignment).collect()
    }

    fn from_wire(wire: Vec<v1::SkillAlignment>, field: &str, violations: &mut Violations) -> Self {
        let alignment = |(i, alignment)| {
            let v1::SkillAlignment { skill, kind } = alignment;
            let kind = Travels::from_wire(kind, &format!("{field}[{i}].kind"), violations);
            Alignment { skill, kind }
        };
        Self(wire.into_iter().enumerate().map(alignment).collect())
    }
}
