//! Sample resources of each type, with a value in every field, for the tests that are written once for all types.

use digital_skills_registry::api::v1::{self, *};

use super::{Samples, days_after};
use crate::harness::world::{World, levels};

impl Samples for v1::Organisation {
    fn id(n: usize) -> String {
        format!("N{n:05}")
    }

    fn nth(world: &World, n: usize) -> Self {
        Self {
            title: format!("Trust {n}"),
            kind: OrganisationKind::Trust as i32,
            parent: world.board.clone(),
            region_code: "Y99".into(),
            open_date: "2011-04-01".into(),
            close_date: "2031-03-31".into(),
            successor: world.trust.clone(),
            ..Self::default()
        }
    }
}

impl Samples for v1::Framework {
    fn nth(world: &World, n: usize) -> Self {
        Self {
            title: format!("Framework {n}"),
            version: "1".into(),
            publisher: "Publisher".into(),
            licence: "OGL-UK-3.0".into(),
            levels: levels(3),
            supersedes: world.framework.clone(),
            ..Self::default()
        }
    }
}

impl Samples for v1::Skill {
    fn nth(world: &World, n: usize) -> Self {
        Self {
            title: format!("Skill {n}"),
            description: "What it is.\nAnd more.".into(),
            category: "Data".into(),
            external_uri: format!("https://example.org/skills/{n}"),
            alternative_labels: vec!["Another".into(), "Other".into()],
            broader_skill: world.skill.clone(),
            core: Some(true),
            state: SkillState::Retired as i32,
            replaced_by: world.skill.clone(),
            alignments: vec![SkillAlignment {
                skill: world.other_skill.clone(),
                kind: SkillAlignmentKind::Close as i32,
            }],
            ..Self::default()
        }
    }
}

impl Samples for v1::Role {
    fn nth(_: &World, n: usize) -> Self {
        Self {
            title: format!("Role {n}"),
            family: "DATA".into(),
            group: "Analysts".into(),
            seniority: Some(2),
            afc_band_from: AfcBand::AfcBand6 as i32,
            afc_band_to: AfcBand::AfcBand8a as i32,
            codes: vec![format!("esr:{n}"), "soc2020:3544".into()],
            description: "What it is.".into(),
            ..Self::default()
        }
    }
}

impl Samples for v1::Requirement {
    const MUTABLE: &'static str = "minimum_level";
    const IMMUTABLE: &'static [&'static str] = &["skill", "role", "family"];
    const KEY: &'static [&'static str] = &["parent", "role", "family", "skill"];

    fn nth(world: &World, n: usize) -> Self {
        Self {
            skill: world.skill.clone(),
            minimum_level: Some(2),
            importance: Importance::Desirable as i32,
            weight: Some(2.5),
            minimum_holders: Some(2),
            needed_from_date: "2027-04-01".into(),
            family: format!("FAMILY_{n}"),
            ..Self::default()
        }
    }

    fn change_identity(&mut self, world: &World) {
        self.skill = world.other_skill.clone();
        self.role = world.role.clone();
        self.family = String::new();
    }
}

impl Samples for v1::Plan {
    const IMMUTABLE: &'static [&'static str] = &["owner"];

    fn nth(world: &World, n: usize) -> Self {
        Self {
            title: format!("Plan {n}"),
            owner: world.trust.clone(),
            first_period_end_date: "2027-03-31".into(),
            last_period_end_date: "2029-03-31".into(),
            supersedes: world.plan.clone(),
            baseline_plan: world.other_plan.clone(),
            ..Self::default()
        }
    }

    fn change_identity(&mut self, world: &World) {
        self.owner = world.other_trust.clone();
    }
}

impl Samples for v1::Target {
    const MUTABLE: &'static str = "needed_fte";
    const IMMUTABLE: &'static [&'static str] = &["organisation", "role", "period_end_date"];
    const KEY: &'static [&'static str] = &["parent", "organisation", "role", "period_end_date"];

    fn nth(world: &World, n: usize) -> Self {
        Self {
            organisation: world.trust.clone(),
            role: world.role.clone(),
            period_end_date: days_after(2027, 3, 31, n),
            needed_fte: Some(6.00001),
            funded_fte: Some(5.5),
            ..Self::default()
        }
    }

    fn change_identity(&mut self, world: &World) {
        self.organisation = world.other_trust.clone();
        self.role = world.other_role.clone();
        self.period_end_date = "2080-03-31".into();
    }
}

impl Samples for v1::Staffing {
    const MUTABLE: &'static str = "fte";
    const IMMUTABLE: &'static [&'static str] = &["subject"];

    fn nth(world: &World, n: usize) -> Self {
        Self {
            subject: format!("p-{n}"),
            role: world.role.clone(),
            headcount: Some(1),
            fte: Some(0.6),
            start_date: "2024-02-29".into(),
            end_date: "2030-01-01".into(),
            source: "ESR".into(),
            ..Self::default()
        }
    }

    fn change_identity(&mut self, _: &World) {
        self.subject.push('x');
    }
}

impl Samples for v1::Assessment {
    const MUTABLE: &'static str = "level";
    const IMMUTABLE: &'static [&'static str] = &["subject", "skill"];

    fn nth(world: &World, n: usize) -> Self {
        Self {
            subject: format!("p-{n}"),
            skill: world.skill.clone(),
            level: Some(2),
            headcount: Some(1),
            fte: Some(0.6),
            assessed_date: "2026-01-15".into(),
            valid_until_date: "2028-01-14".into(),
            source: AssessmentSource::Self_ as i32,
            assessor: "a-1".into(),
            evidence_uri: "https://example.org/evidence".into(),
            ..Self::default()
        }
    }

    fn change_identity(&mut self, world: &World) {
        self.subject.push('x');
        self.skill = world.other_skill.clone();
    }
}

impl Samples for v1::Gap {
    const MUTABLE: &'static str = "note";
    const IMMUTABLE: &'static [&'static str] =
        &["organisation", "role", "skill", "period_end_date", "kind"];
    const KEY: &'static [&'static str] =
        &["parent", "organisation", "role", "skill", "period_end_date", "kind"];

    fn nth(world: &World, n: usize) -> Self {
        Self {
            organisation: world.trust.clone(),
            role: world.role.clone(),
            skill: world.skill.clone(),
            period_end_date: days_after(2027, 3, 31, n),
            kind: GapKind::Reported as i32,
            owner: "cio@trust".into(),
            note: "Nobody can do it.".into(),
            due_date: "2027-01-31".into(),
            ..Self::default()
        }
    }

    fn change_identity(&mut self, world: &World) {
        self.organisation = world.other_trust.clone();
        self.role = world.other_role.clone();
        self.skill = world.other_skill.clone();
        self.period_end_date = "2080-03-31".into();
        self.kind = GapKind::Shortfall as i32;
    }
}

impl Samples for v1::Movement {
    const MUTABLE: &'static str = "leaver_fte";
    const IMMUTABLE: &'static [&'static str] = &["role", "first_date", "last_date"];
    const KEY: &'static [&'static str] = &["parent", "role", "first_date", "last_date"];

    fn nth(world: &World, n: usize) -> Self {
        Self {
            role: world.role.clone(),
            first_date: days_after(2025, 10, 1, n),
            last_date: days_after(2025, 10, 1, n + 30),
            opening_headcount: Some(1_726),
            opening_fte: Some(1_532.303_87),
            joiner_headcount: Some(27),
            joiner_fte: Some(21.75),
            leaver_headcount: Some(21),
            leaver_fte: Some(18.375),
            source: "ESR".into(),
            ..Self::default()
        }
    }

    fn change_identity(&mut self, world: &World) {
        self.role = world.other_role.clone();
        self.first_date = "2024-10-01".into();
        self.last_date = "2024-10-31".into();
    }
}

impl Samples for v1::ClosureOption {
    const MUTABLE: &'static str = "cost_per_head_pence";

    fn nth(world: &World, n: usize) -> Self {
        Self {
            title: format!("Course {n}"),
            kind: ClosureOptionKind::Train as i32,
            organisation: world.trust.clone(),
            family: "DATA".into(),
            skill: world.skill.clone(),
            from_level: Some(1),
            to_level: Some(3),
            cost_per_head_pence: Some(218_132),
            fte_per_head: Some(0.8),
            success_probability: Some(0.85),
            capacity_per_period: Some(20),
            lead_time_days: Some(90),
            description: "Five days.".into(),
            ..Self::default()
        }
    }
}

impl Samples for v1::GapSnapshot {
    const MUTABLE: &'static str = "skilled_fte";
    const IMMUTABLE: &'static [&'static str] =
        &["organisation", "skill", "period_end_date", "as_of_date"];
    const KEY: &'static [&'static str] =
        &["parent", "organisation", "skill", "period_end_date", "as_of_date"];

    fn nth(world: &World, n: usize) -> Self {
        Self {
            organisation: world.trust.clone(),
            skill: world.skill.clone(),
            period_end_date: "2027-03-31".into(),
            as_of_date: days_after(2026, 3, 31, n),
            needed_fte: Some(60.00001),
            skilled_fte: Some(2.5),
            shortfall_fte: Some(59.0),
            ..Self::default()
        }
    }

    fn change_identity(&mut self, world: &World) {
        self.organisation = world.other_trust.clone();
        self.skill = world.other_skill.clone();
        self.period_end_date = "2080-03-31".into();
        self.as_of_date = "2080-03-31".into();
    }
}
