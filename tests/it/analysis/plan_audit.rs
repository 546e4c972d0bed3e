//! What a plan forgets, over the wire.

use std::collections::BTreeSet;

use digital_skills_registry::{api::v1::*, domain::role};
use plan_service_client::PlanServiceClient;
use prost_reflect::DynamicMessage;
use tonic::{Code, Status};

use crate::{
    both,
    harness::{Server, binary::run, failure, fixture::Fixture, load},
};

const SAMPLE: &str = include_str!("../../../src/cli/sample.json");
const PLAN: &str = "plans/sample-digital-2026";

/// The sample's resources of a resource type.
fn sample<N: Fixture>() -> Vec<N> {
    let all: serde_json::Value = serde_json::from_str(SAMPLE).unwrap();
    let rows = all[N::TITLE].as_array().unwrap().clone();
    let read = |row| N::of_dynamic(&DynamicMessage::deserialize(N::descriptor(), row).unwrap());
    rows.into_iter().map(read).collect()
}

/// Loads the sample, and a plan made from it with its digital roles struck out, which is measured
/// against it.
async fn load_and_strike(server: &Server) -> String {
    load(server, "", sample::<Organisation>()).await;
    load(server, "", sample::<Framework>()).await;
    load(server, "frameworks/-", sample::<Skill>()).await;
    load(server, "", sample::<Role>()).await;
    load(server, "organisations/-", sample::<Staffing>()).await;
    load(server, "", sample::<Plan>()).await;
    load(server, "-", sample::<Requirement>()).await;
    load(server, "plans/-", sample::<Target>()).await;
    let struck = "plans/struck";
    let plan = Plan { baseline_plan: PLAN.into(), ..sample::<Plan>().remove(0) };
    load(server, "", vec![Plan { name: struck.into(), ..plan }]).await;
    let frontline = |role: &str| ["roles/ward-nurse", "roles/ward-manager"].contains(&role);
    let targets = sample::<Target>().into_iter().filter(|target| frontline(&target.role));
    let targets = targets.map(|t| Target { name: t.name.replace(PLAN, struck), ..t }).collect();
    load::<Target>(server, struck, targets).await;
    let own = sample::<Requirement>().into_iter().filter(|r| r.name.starts_with(PLAN));
    let own = own.map(|r| Requirement { name: r.name.replace(PLAN, struck), ..r }).collect();
    load::<Requirement>(server, struck, own).await;
    struck.to_owned()
}

fn query(plan: &str) -> PlanAuditQuery {
    PlanAuditQuery {
        plan: plan.into(),
        as_of_date: "2026-07-01".into(),
        ..PlanAuditQuery::default()
    }
}

async fn audit(server: &Server, query: PlanAuditQuery) -> Result<AuditPlanResponse, Status> {
    let request = AuditPlanRequest { query: Some(query), page_size: 1_000, ..Default::default() };
    let answer = PlanServiceClient::new(server.channel.clone()).audit_plan(request).await?;
    Ok(answer.into_inner())
}

/// What is forgotten: roles, or roles and skills.
fn forgotten(answer: &AuditPlanResponse, kind: OmissionKind) -> BTreeSet<(String, String)> {
    let omissions = answer.omissions.iter().filter(|omission| omission.kind() == kind);
    omissions.map(|omission| (omission.role.clone(), omission.skill.clone())).collect()
}

both!(a_plan_with_its_digital_roles_struck_out_has_forgotten_exactly_those);
async fn a_plan_with_its_digital_roles_struck_out_has_forgotten_exactly_those(server: &Server) {
    let struck = load_and_strike(server).await;
    let found = audit(server, query(&struck)).await.unwrap();
    let digital: BTreeSet<_> = sample::<Role>()
        .into_iter()
        .filter(|role| role::is_digital(&role.family))
        .map(|role| (role.name, String::new()))
        .collect();
    assert_eq!(digital.len(), 12);
    assert_eq!(forgotten(&found, OmissionKind::Role), digital);
    // Of these, the sample's own plan has forgotten one.
    let before = audit(server, query(PLAN)).await.unwrap();
    let desk = ("roles/service-desk-analyst".to_owned(), String::new());
    assert_eq!(forgotten(&before, OmissionKind::Role), BTreeSet::from([desk]));
    // Nobody asks ward managers for anything, and everyone needs the two core skills.
    let core = ["data-security", "electronic-records"].map(|skill| {
        ("roles/ward-manager".to_owned(), format!("frameworks/sample-digital/skills/{skill}"))
    });
    assert_eq!(forgotten(&found, OmissionKind::Skill), BTreeSet::from(core.clone()));
    assert!(forgotten(&before, OmissionKind::Skill).is_superset(&BTreeSet::from(core)));
}

both!(an_omission_comes_with_its_evidence);
async fn an_omission_comes_with_its_evidence(server: &Server) {
    let struck = load_and_strike(server).await;
    let found = audit(server, query(&struck)).await.unwrap();
    let of = |role: &str| found.omissions.iter().find(|omission| omission.role == role).unwrap();
    let trust = "organisations/SAMPLENHS";
    let title = "Sample Coast University Hospitals NHS Trust";
    let target = |year: i32, needed_fte| BaselineTarget {
        target: format!("{PLAN}/targets/data-analyst.{year}"),
        period_end_date: format!("{year}-03-31"),
        needed_fte,
    };
    assert_eq!(
        *of("roles/data-analyst"),
        PlanOmission {
            kind: OmissionKind::Role as i32,
            organisation: trust.into(),
            organisation_title: title.into(),
            role: "roles/data-analyst".into(),
            role_title: "Data analyst".into(),
            family: "DATA".into(),
            in_post: vec![RoleInPost {
                organisation: trust.into(),
                organisation_title: title.into(),
                fte: 5.0,
                headcount: 6,
            }],
            in_post_organisation_count: 1,
            in_post_fte: 5.0,
            in_post_headcount: 6,
            baseline_targets: vec![target(2027, 8.0), target(2028, 9.0), target(2029, 10.0)],
            ..PlanOmission::default()
        }
    );
    let desk = of("roles/service-desk-analyst");
    assert!(desk.baseline_targets.is_empty());
    assert_eq!((desk.in_post_fte, desk.in_post_headcount), (3.8, 4));
    let manager = of("roles/ward-manager");
    assert_eq!(manager.kind(), OmissionKind::Skill);
    assert_eq!(manager.skill_title, "Data security and protection");
    assert!(manager.core && manager.baseline_requirements.is_empty());
    assert_eq!((manager.in_post_fte, manager.in_post_headcount), (23.2, 24));
    assert_eq!(
        found.context.unwrap(),
        PlanAuditContext {
            query: Some(PlanAuditQuery { baseline_plan: PLAN.into(), ..query(&struck) }),
            plan_title: "Digital workforce plan 2026/27 to 2028/29".into(),
            plan_revision: Plan::get(&server.channel, &struck).await.unwrap().revision,
            read_revision: server.revision().await,
            omission_count: 14,
            omitted_role_count: 12,
            omitted_skill_count: 2,
            retired_skill_count: 0,
        }
    );
}

both!(what_the_baseline_plan_requires_is_missed);
async fn what_the_baseline_plan_requires_is_missed(server: &Server) {
    let struck = load_and_strike(server).await;
    let skill = "frameworks/sample-digital/skills/pathway-design";
    let name = format!("{struck}/requirements/nurse-pathways");
    Requirement::delete(&server.channel, &name, "", false).await.unwrap();
    let found = audit(server, query(&struck)).await.unwrap();
    let nurse = found.omissions.iter().find(|o| o.role == "roles/ward-nurse").unwrap();
    assert_eq!((nurse.skill.as_str(), nurse.core), (skill, false));
    assert_eq!(nurse.baseline_requirements, [format!("{PLAN}/requirements/nurse-pathways")]);
    // A retired skill cannot be required any more.
    let retired =
        Skill { name: skill.into(), state: SkillState::Retired as i32, ..Skill::default() };
    Skill::update(&server.channel, retired, None, false).await.unwrap();
    let found = audit(server, query(&struck)).await.unwrap();
    assert!(found.omissions.iter().all(|omission| omission.role != "roles/ward-nurse"));
}

both!(the_day_and_the_baseline_plan_can_be_chosen);
async fn the_day_and_the_baseline_plan_can_be_chosen(server: &Server) {
    let struck = load_and_strike(server).await;
    // Before anybody was in post, only the baseline plan speaks.
    let early = PlanAuditQuery { as_of_date: "2010-01-01".into(), ..query(&struck) };
    let early = audit(server, early).await.unwrap();
    assert_eq!(early.context.unwrap().omitted_role_count, 11);
    assert!(early.omissions.iter().all(|omission| omission.in_post.is_empty()));
    // Measured the other way round, the sample's plan has forgotten nothing that the other has.
    let other = PlanAuditQuery { baseline_plan: struck.clone(), ..query(PLAN) };
    let other = audit(server, other).await.unwrap();
    assert_eq!(other.context.unwrap().query.unwrap().baseline_plan, struck);
    assert!(
        other
            .omissions
            .iter()
            .all(|o| o.baseline_targets.is_empty() && o.baseline_requirements.is_empty())
    );
}

both!(an_audit_is_given_in_pages);
async fn an_audit_is_given_in_pages(server: &Server) {
    let struck = load_and_strike(server).await;
    let whole = audit(server, query(&struck)).await.unwrap();
    let (mut omissions, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = AuditPlanRequest { query: Some(query(&struck)), page_size: 4, page_token };
        let mut plans = PlanServiceClient::new(server.channel.clone());
        let page = plans.audit_plan(request).await.unwrap().into_inner();
        assert!(page.omissions.len() <= 4);
        assert_eq!(page.context, whole.context);
        omissions.extend(page.omissions);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(omissions, whole.omissions);
}

both!(an_audit_is_shown_as_a_table);
async fn an_audit_is_shown_as_a_table(server: &Server) {
    load_and_strike(server).await;
    let shown = run(server, &["audit-plan", "struck", "--as-of", "2026-07-01"]).await;
    assert_eq!(shown.code, Some(0), "{shown:?}");
    let heading = format!(
        "Digital workforce plan 2026/27 to 2028/29 (plans/struck), against {PLAN}, as of 2026-07-01: \
         12 roles and 2 skills forgotten"
    );
    assert_eq!(shown.out.lines().next().unwrap(), heading);
    for word in ["Clinical coder", "everyone", "23.20 FTE", "INFORMATICS"] {
        assert!(shown.out.contains(word), "{word}: {}", shown.out);
    }
    let against =
        run(server, &["audit-plan", PLAN, "--baseline", "struck", "--as-of", "2026-07-01"]).await;
    assert!(against.out.contains("against plans/struck"), "{against:?}");
    let missing = run(server, &["audit-plan", "nothing"]).await;
    assert_eq!(missing.code, Some(1));
    assert!(missing.err.contains("NotFound: plans/nothing does not exist"), "{}", missing.err);
}

both!(an_audit_of_what_is_not_there_or_not_a_plan_fails);
async fn an_audit_of_what_is_not_there_or_not_a_plan_fails(server: &Server) {
    let struck = load_and_strike(server).await;
    let missing = audit(server, query("plans/none")).await;
    assert_eq!(failure(missing, Code::NotFound).fact("resource"), "plans/none");
    let missing = PlanAuditQuery { baseline_plan: "plans/none".into(), ..query(&struck) };
    assert_eq!(
        failure(audit(server, missing).await, Code::NotFound).fact("resource"),
        "plans/none"
    );
    let itself = PlanAuditQuery { baseline_plan: struck.clone(), ..query(&struck) };
    let itself = failure(audit(server, itself).await, Code::InvalidArgument);
    assert!(itself.violates("query.baseline_plan", "REFERENCE_NOT_ALLOWED"));
    let bad = PlanAuditQuery {
        plan: "roles/x".into(),
        baseline_plan: "x".into(),
        as_of_date: "now".into(),
    };
    let bad = failure(audit(server, bad).await, Code::InvalidArgument);
    for field in ["plan", "baseline_plan", "as_of_date"] {
        assert!(bad.violates(&format!("query.{field}"), "MALFORMED"), "{bad:?}");
    }
    let nothing = AuditPlanRequest { page_size: -1, page_token: "x".into(), ..Default::default() };
    let nothing = PlanServiceClient::new(server.channel.clone()).audit_plan(nothing).await;
    let nothing = failure(nothing, Code::InvalidArgument);
    for (field, reason) in
        [("query", "REQUIRED"), ("page_size", "OUT_OF_RANGE"), ("page_token", "MALFORMED")]
    {
        assert!(nothing.violates(field, reason), "{nothing:?}");
    }
}
