use super::{super::example::*, *};

/// A trust with a plan for nurses and analysts. Its baseline plan also had a coder and a tester, and required
/// modelling of every analyst.
fn inputs() -> AuditInputs {
    let plan = plan("p", "RX1");
    let family = Requirement {
        family: "DATA".into(),
        ..requirement("plans/base/requirements/modelling", "modelling", 2)
    };
    let late = Requirement {
        needed_from_date: Some(day("2029-04-01")),
        ..requirement("roles/nurse/requirements/records", "records", 2)
    };
    AuditInputs {
        plan,
        baseline: "plans/base".into(),
        planned: planned(&[
            target("plans/p/targets/n", "RX1", "nurse", "2027-03-31", 10.0),
            target("plans/p/targets/n2", "RX1", "nurse", "2029-03-31", 10.0),
            target("plans/p/targets/a", "RX1", "analyst", "2027-03-31", 2.0),
            target("plans/p/targets/z", "RX1", "zeroed", "2027-03-31", 0.0),
        ]),
        baseline_targets: vec![
            target("plans/base/targets/c2", "RX1", "coder", "2027-03-31", 3.5),
            target("plans/base/targets/c1", "RX1", "coder", "2026-03-31", 3.0),
            target("plans/base/targets/t", "RX1", "tester", "2027-03-31", 0.0),
            target("plans/base/targets/z", "RX1", "zeroed", "2027-03-31", 1.0),
            target("plans/base/targets/p", "RX1", "porter", "2027-03-31", 5.0),
        ],
        requirements: vec![
            requirement("roles/analyst/requirements/analysis", "analysis", 3),
            requirement("roles/analyst/requirements/records", "records", 1),
            requirement("roles/zeroed/requirements/records", "records", 1),
            family,
            late,
        ],
        organisations: vec![trust("RX1", ""), trust("RX2", "RX1")],
        roles: vec![
            role("nurse", "FRONTLINE"),
            role("analyst", "DATA"),
            role("coder", "INFORMATICS"),
            role("tester", "QUALITY_ASSURANCE_TESTING"),
            role("zeroed", "CYBER"),
            role("porter", "CORPORATE"),
            role("odd", "UNHEARD_OF"),
        ],
        skills: vec![skill("records", true), skill("modelling", false)],
        retired: Vec::new(),
        posts: posts(&[
            staffing("RX1", "a", "coder", 1, 0.6),
            staffing("RX1", "b", "coder", 1, 1.0),
            staffing("RX1", "c", "nurse", 9, 8.25),
            staffing("RX2", "d", "nurse", 20, 18.0),
            staffing("RX2", "e", "analyst", 1, 0.8),
            staffing("RX1", "f", "porter", 4, 4.0),
            staffing("RX1", "g", "odd", 1, 1.0),
        ]),
    }
}

#[test]
fn what_a_plan_forgets_is_found_with_the_evidence() {
    let found = audit(&inputs());
    let what: Vec<_> = found
        .iter()
        .map(|o| (o.kind, o.organisation.as_str(), o.role.as_str(), o.skill.as_str()))
        .collect();
    let (records, modelling) = ("frameworks/f/skills/records", "frameworks/f/skills/modelling");
    assert_eq!(
        what,
        [
            // In post and in the baseline plan; in post at another organisation below the owner.
            (OmissionKind::Role, "organisations/RX1", "roles/coder", ""),
            (OmissionKind::Role, "organisations/RX2", "roles/analyst", ""),
            (OmissionKind::Skill, "organisations/RX1", "roles/analyst", modelling),
            // Nurses must have the skill only after the plan's last period.
            (OmissionKind::Skill, "organisations/RX1", "roles/nurse", records),
        ]
    );
    let [coder, analyst, modelling, records] = &found[..] else { panic!() };
    assert_eq!(
        coder.in_post,
        [InPost { organisation: "organisations/RX1".into(), fte: fte(1.6), headcount: 2 }]
    );
    let needed = |t: &BaselineTarget| (t.name.clone(), t.period_end, t.needed);
    assert_eq!(
        coder.baseline_targets.iter().map(needed).collect::<Vec<_>>(),
        [
            ("plans/base/targets/c1".into(), day("2026-03-31"), fte(3.0)),
            ("plans/base/targets/c2".into(), day("2027-03-31"), fte(3.5)),
        ]
    );
    assert!(analyst.baseline_targets.is_empty());
    assert_eq!(modelling.baseline_requirements, ["plans/base/requirements/modelling"]);
    assert!(!modelling.core && records.core && records.baseline_requirements.is_empty());
    let posts: Vec<_> = records.in_post.iter().map(|p| (&p.organisation[14..], p.fte)).collect();
    assert_eq!(posts, [("RX2", fte(18.0)), ("RX1", fte(8.25))]);
}

#[test]
fn without_a_baseline_plan_people_and_catalogue_speak() {
    let alone = AuditInputs { baseline: String::new(), baseline_targets: Vec::new(), ..inputs() };
    let found = audit(&alone);
    let what: Vec<_> = found.iter().map(|o| (o.role.as_str(), o.skill.as_str())).collect();
    assert_eq!(
        what,
        [
            ("roles/coder", ""),
            ("roles/analyst", ""),
            ("roles/nurse", "frameworks/f/skills/records"),
        ]
    );
}

#[test]
fn what_the_plan_requires_itself_is_not_forgotten() {
    let mut inputs = inputs();
    let own = Requirement {
        role: "roles/analyst".into(),
        ..requirement("plans/p/requirements/modelling", "modelling", 1)
    };
    let nurses = Requirement {
        family: "FRONTLINE".into(),
        needed_from_date: Some(day("2029-03-31")),
        ..requirement("plans/p/requirements/records", "records", 1)
    };
    inputs.requirements.extend([own, nurses]);
    assert!(audit(&inputs).iter().all(|omission| omission.skill.is_empty()));
}

#[test]
fn the_organisations_of_both_plans_and_below_the_owner_are_looked_at() {
    let AuditInputs { plan, planned: of_plan, mut baseline_targets, mut organisations, .. } =
        inputs();
    organisations.push(trust("RX3", ""));
    organisations.push(trust("RX4", ""));
    baseline_targets.push(target("plans/base/targets/x", "RX4", "coder", "2027-03-31", 1.0));
    let scope = scope(&plan, &of_plan, &planned(&baseline_targets), &organisations);
    assert_eq!(scope, ["organisations/RX1", "organisations/RX2", "organisations/RX4"]);
}

#[test]
fn a_retired_skill_that_is_required_is_found_with_what_replaces_it() {
    let mut inputs = inputs();
    let replacement = "frameworks/f/skills/new".to_owned();
    inputs.retired = vec![RetiredSkill { skill: skill("analysis", false), replacement }];
    let found = audit(&inputs);
    let [.., last] = &found[..] else { panic!() };
    assert_eq!(last.kind, OmissionKind::RequiresRetiredSkill);
    assert_eq!(
        (last.role.as_str(), last.replacement.as_str()),
        ("roles/analyst", "frameworks/f/skills/new")
    );
    assert_eq!(last.requirements, ["roles/analyst/requirements/analysis"]);
    assert_eq!(found.len(), audit(&self::inputs()).len() + 1);
}
