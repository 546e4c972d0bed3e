//! Options on the wire.

use crate::domain::{
    Violations,
    closure_option::{ClosureOptionKind, Dependencies, Dependency, DependencyKind},
};

use super::{
    service::service,
    v1,
    wire::{Travels, wire, wire_enum},
};

wire_enum! {
    ClosureOptionKind => ClosureOptionKind { Assess, Recertify, Train, Recruit, Share }
}

wire_enum! {
    DependencyKind => ClosureOptionRelationKind { Excludes, Requires }
}

wire! {
    ClosureOption {
        title, kind, organisation, role, family, skill, from_level, to_level, cost_per_head_pence,
        fte_per_head, success_probability, capacity_per_period, lead_time_days, relations,
        description,
    }
    output {}
}

service!(ClosureOption, ClosureOptions {});

impl Travels<Vec<v1::ClosureOptionRelation>> for Dependencies {
    fn to_wire(&self) -> Vec<v1::ClosureOptionRelation> {
        let relation = |relation: &Dependency| {
            let Dependency { option, kind } = relation;
            v1::ClosureOptionRelation { option: option.clone(), kind: kind.to_wire() }
        };
        self.0.iter().map(relation).collect()
    }

    fn from_wire(
        wire: Vec<v1::ClosureOptionRelation>,
        field: &str,
        violations: &mut Violations,
    ) -> Self {
        let relation = |(i, relation)| {
            let v1::ClosureOptionRelation { option, kind } = relation;
            let kind = Travels::from_wire(kind, &format!("{field}[{i}].kind"), violations);
            Dependency { option, kind }
        };
        Self(wire.into_iter().enumerate().map(relation).collect())
    }
}
