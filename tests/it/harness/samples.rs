//! A few resources of each resource type, and what is said of the resource type for the tests that are written once.

use digital_skills_registry::api::v1::{self, *};
use tonic::{Request, Status, transport::Channel};

use super::{
    nouns::{Answer, Asked, Batch, Batches, Import, Listing, Noun, Page, mask, noun},
    world::{World, levels},
};

/// A sum as its decimal text says it.
fn five_decimals(fte: f64) -> f64 {
    format!("{fte:.5}").parse().unwrap()
}

fn none(_: &World) -> String {
    String::new()
}

noun!(Organisation, Organisations, "organisations" {
    const MUTABLE: &'static str = "title";

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

    fn parent(world: &World) -> String {
        none(world)
    }

    fn other_parent(world: &World) -> String {
        none(world)
    }

    fn change(&mut self) {
        self.title.push('.');
    }
});

noun!(Framework, Frameworks, "frameworks" {
    const MUTABLE: &'static str = "title";

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

    fn parent(world: &World) -> String {
        none(world)
    }

    fn other_parent(world: &World) -> String {
        none(world)
    }

    fn change(&mut self) {
        self.title.push('.');
    }
});

noun!(Skill, Skills, "skills" in parent {
    const MUTABLE: &'static str = "title";

    fn nth(world: &World, n: usize) -> Self {
        Self {
            title: format!("Skill {n}"),
            description: "What it is.\nAnd more.".into(),
            category: "Data".into(),
            external_uri: format!("https://example.org/skills/{n}"),
            alternative_labels: vec!["Another".into(), "Other".into()],
            broader_skill: world.skill.clone(),
            core: true,
            state: SkillState::Retired as i32,
            replaced_by: world.skill.clone(),
            alignments: vec![SkillAlignment {
                skill: world.other_skill.clone(),
                kind: SkillAlignmentKind::Close as i32,
            }],
            ..Self::default()
        }
    }

    fn parent(world: &World) -> String {
        world.framework.clone()
    }

    fn other_parent(world: &World) -> String {
        world.other_framework.clone()
    }

    fn change(&mut self) {
        self.title.push('.');
    }
});

noun!(Role, Roles, "roles" {
    const MUTABLE: &'static str = "title";

    fn nth(_: &World, n: usize) -> Self {
        Self {
            title: format!("Role {n}"),
            family: "DATA".into(),
            group: "Analysts".into(),
            seniority: 2,
            afc_band_from: AfcBand::AfcBand6 as i32,
            afc_band_to: AfcBand::AfcBand8a as i32,
            codes: vec![format!("esr:{n}"), "soc2020:3544".into()],
            description: "What it is.".into(),
            ..Self::default()
        }
    }

    fn parent(world: &World) -> String {
        none(world)
    }

    fn other_parent(world: &World) -> String {
        none(world)
    }

    fn change(&mut self) {
        self.title.push('.');
    }
});

noun!(Requirement, Requirements, "requirements" in parent {
    const MUTABLE: &'static str = "minimum_level";
    const IMMUTABLE: &'static [&'static str] = &["skill", "role", "family"];
    const KEY: &'static [&'static str] = &["parent", "role", "family", "skill"];

    fn nth(world: &World, n: usize) -> Self {
        Self {
            skill: world.skill.clone(),
            minimum_level: 2,
            importance: Importance::Desirable as i32,
            weight: 2.5,
            minimum_holders: 2,
            needed_from_date: "2027-04-01".into(),
            family: format!("FAMILY_{n}"),
            ..Self::default()
        }
    }

    fn parent(world: &World) -> String {
        world.plan.clone()
    }

    fn other_parent(world: &World) -> String {
        world.other_plan.clone()
    }

    fn change(&mut self) {
        // 2 and 3 in turn.
        self.minimum_level = 5 - self.minimum_level;
    }

    fn change_identity(&mut self, world: &World) {
        self.skill = world.other_skill.clone();
        self.role = world.role.clone();
        self.family = String::new();
    }
});

noun!(Plan, Plans, "plans" {
    const MUTABLE: &'static str = "title";
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

    fn parent(world: &World) -> String {
        none(world)
    }

    fn other_parent(world: &World) -> String {
        none(world)
    }

    fn change(&mut self) {
        self.title.push('.');
    }

    fn change_identity(&mut self, world: &World) {
        self.owner = world.other_trust.clone();
    }
});

noun!(Target, Targets, "targets" in parent {
    const MUTABLE: &'static str = "needed_fte";
    const IMMUTABLE: &'static [&'static str] = &["organisation", "role", "period_end_date"];
    const KEY: &'static [&'static str] = &["parent", "organisation", "role", "period_end_date"];

    fn nth(world: &World, n: usize) -> Self {
        let day = chrono::NaiveDate::from_ymd_opt(2027, 3, 31).unwrap();
        let end = day + chrono::Days::new(n as u64);
        Self {
            organisation: world.trust.clone(),
            role: world.role.clone(),
            period_end_date: end.to_string(),
            needed_fte: 6.00001,
            funded_fte: 5.5,
            ..Self::default()
        }
    }

    fn parent(world: &World) -> String {
        world.plan.clone()
    }

    fn other_parent(world: &World) -> String {
        world.other_plan.clone()
    }

    fn change(&mut self) {
        self.needed_fte = five_decimals(self.needed_fte + 1.0);
    }

    fn change_identity(&mut self, world: &World) {
        self.organisation = world.other_trust.clone();
        self.role = world.other_role.clone();
        self.period_end_date = "2080-03-31".into();
    }
});

noun!(Staffing, Staffing, "staffing" in parent {
    const MUTABLE: &'static str = "fte";
    const IMMUTABLE: &'static [&'static str] = &["subject"];

    fn nth(world: &World, n: usize) -> Self {
        Self {
            subject: format!("p-{n}"),
            role: world.role.clone(),
            headcount: 1,
            fte: 0.6,
            start_date: "2024-02-29".into(),
            end_date: "2030-01-01".into(),
            source: "ESR".into(),
            ..Self::default()
        }
    }

    fn parent(world: &World) -> String {
        world.trust.clone()
    }

    fn other_parent(world: &World) -> String {
        world.other_trust.clone()
    }

    fn change(&mut self) {
        self.fte = five_decimals(self.fte + 0.05);
    }

    fn change_identity(&mut self, _: &World) {
        self.subject.push('x');
    }
});

noun!(Assessment, Assessments, "assessments" in parent {
    const MUTABLE: &'static str = "level";
    const IMMUTABLE: &'static [&'static str] = &["subject", "skill"];

    fn nth(world: &World, n: usize) -> Self {
        Self {
            subject: format!("p-{n}"),
            skill: world.skill.clone(),
            level: Some(2),
            headcount: 1,
            fte: Some(0.6),
            assessed_date: "2026-01-15".into(),
            valid_until_date: "2028-01-14".into(),
            source: AssessmentSource::Self_ as i32,
            assessor: "a-1".into(),
            evidence_uri: "https://example.org/evidence".into(),
            ..Self::default()
        }
    }

    fn parent(world: &World) -> String {
        world.trust.clone()
    }

    fn other_parent(world: &World) -> String {
        world.other_trust.clone()
    }

    fn change(&mut self) {
        // 2 and 3 in turn.
        self.level = Some(5 - self.level.unwrap_or(3));
    }

    fn change_identity(&mut self, world: &World) {
        self.subject.push('x');
        self.skill = world.other_skill.clone();
    }
});

noun!(Gap, Gaps, "gaps" in parent {
    const MUTABLE: &'static str = "note";
    const IMMUTABLE: &'static [&'static str] =
        &["organisation", "role", "skill", "period_end_date", "kind"];
    const KEY: &'static [&'static str] =
        &["parent", "organisation", "role", "skill", "period_end_date", "kind"];

    fn nth(world: &World, n: usize) -> Self {
        let day = chrono::NaiveDate::from_ymd_opt(2027, 3, 31).unwrap();
        let end = day + chrono::Days::new(n as u64);
        Self {
            organisation: world.trust.clone(),
            role: world.role.clone(),
            skill: world.skill.clone(),
            period_end_date: end.to_string(),
            kind: GapKind::Reported as i32,
            owner: "cio@trust".into(),
            note: "Nobody can do it.".into(),
            due_date: "2027-01-31".into(),
            ..Self::default()
        }
    }

    fn parent(world: &World) -> String {
        world.plan.clone()
    }

    fn other_parent(world: &World) -> String {
        world.other_plan.clone()
    }

    fn change(&mut self) {
        self.note.push('.');
    }

    fn change_identity(&mut self, world: &World) {
        self.organisation = world.other_trust.clone();
        self.role = world.other_role.clone();
        self.skill = world.other_skill.clone();
        self.period_end_date = "2080-03-31".into();
        self.kind = GapKind::Shortfall as i32;
    }
});

noun!(Movement, Movements, "movements" in parent {
    const MUTABLE: &'static str = "leaver_fte";
    const IMMUTABLE: &'static [&'static str] = &["role", "first_date", "last_date"];
    const KEY: &'static [&'static str] = &["parent", "role", "first_date", "last_date"];

    fn nth(world: &World, n: usize) -> Self {
        let day = chrono::NaiveDate::from_ymd_opt(2025, 10, 1).unwrap();
        let first = day + chrono::Days::new(n as u64);
        Self {
            role: world.role.clone(),
            first_date: first.to_string(),
            last_date: (first + chrono::Days::new(30)).to_string(),
            opening_headcount: 1_726,
            opening_fte: 1_532.303_87,
            joiner_headcount: 27,
            joiner_fte: 21.75,
            leaver_headcount: 21,
            leaver_fte: 18.375,
            source: "ESR".into(),
            ..Self::default()
        }
    }

    fn parent(world: &World) -> String {
        world.trust.clone()
    }

    fn other_parent(world: &World) -> String {
        world.other_trust.clone()
    }

    fn change(&mut self) {
        self.leaver_fte = five_decimals(self.leaver_fte + 0.05);
    }

    fn change_identity(&mut self, world: &World) {
        self.role = world.other_role.clone();
        self.first_date = "2024-10-01".into();
        self.last_date = "2024-10-31".into();
    }
});

noun!(ClosureOption, ClosureOptions, "closureOptions" {
    const MUTABLE: &'static str = "cost_per_head_pence";

    fn nth(world: &World, n: usize) -> Self {
        Self {
            title: format!("Course {n}"),
            kind: ClosureOptionKind::Train as i32,
            organisation: world.trust.clone(),
            family: "DATA".into(),
            skill: world.skill.clone(),
            from_level: 1,
            to_level: 3,
            cost_per_head_pence: 218_132,
            fte_per_head: 0.8,
            success_probability: 0.85,
            capacity_per_period: 20,
            lead_time_days: 90,
            description: "Five days.".into(),
            ..Self::default()
        }
    }

    fn parent(world: &World) -> String {
        none(world)
    }

    fn other_parent(world: &World) -> String {
        none(world)
    }

    fn change(&mut self) {
        self.cost_per_head_pence += 100;
    }
});

noun!(GapSnapshot, GapSnapshots, "gapSnapshots" in parent {
    const MUTABLE: &'static str = "skilled_fte";
    const IMMUTABLE: &'static [&'static str] =
        &["organisation", "skill", "period_end_date", "as_of_date"];
    const KEY: &'static [&'static str] =
        &["parent", "organisation", "skill", "period_end_date", "as_of_date"];

    fn nth(world: &World, n: usize) -> Self {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 31).unwrap();
        let day = day + chrono::Days::new(n as u64);
        Self {
            organisation: world.trust.clone(),
            skill: world.skill.clone(),
            period_end_date: "2027-03-31".into(),
            as_of_date: day.to_string(),
            needed_fte: 60.00001,
            skilled_fte: 2.5,
            shortfall_fte: 59.0,
            ..Self::default()
        }
    }

    fn parent(world: &World) -> String {
        world.plan.clone()
    }

    fn other_parent(world: &World) -> String {
        world.other_plan.clone()
    }

    fn change(&mut self) {
        self.skilled_fte = five_decimals(self.skilled_fte + 0.05);
    }

    fn change_identity(&mut self, world: &World) {
        self.organisation = world.other_trust.clone();
        self.skill = world.other_skill.clone();
        self.period_end_date = "2080-03-31".into();
        self.as_of_date = "2080-03-31".into();
    }
});
