//! Answers in pages: every page shows the revision of the first, whatever is written meanwhile.

use std::fmt::Debug;

use change_service_client::ChangeServiceClient;
use digital_skills_registry::api::v1::*;
use plan_service_client::PlanServiceClient;
use tonic::{Code, Status, transport::Channel};

use crate::{
    both,
    feed::compact,
    harness::{Server, example::client, failure, fixture::Fixture, world::levels},
};

/// Methods that answer in pages, except for the Lists of resources.
const ALL: [Method; 8] = [
    Method::AnalyseGaps,
    Method::ProjectGaps,
    Method::AuditPlan,
    Method::CompareOrganisations,
    Method::FindSurplus,
    Method::ListGapTrends,
    Method::ListChanges,
    Method::ListRevisions,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    AnalyseGaps,
    ProjectGaps,
    AuditPlan,
    CompareOrganisations,
    FindSurplus,
    ListGapTrends,
    ListChanges,
    ListRevisions,
}

/// A page of an answer.
#[derive(Debug)]
struct Page {
    rows: Vec<String>,
    /// Parts that every page repeats: the revision, the query, totals.
    context: String,
    next: String,
}

fn page(rows: &[impl Debug], context: &impl Debug, next: String) -> Page {
    let rows = rows.iter().map(|row| format!("{row:?}")).collect();
    Page { rows, context: format!("{context:?}"), next }
}

impl Method {
    async fn page(self, server: &Server, size: i32, page_token: String) -> Result<Page, Status> {
        match self {
            Self::ListChanges | Self::ListRevisions => {
                self.page_of_changes(server, size, page_token).await
            }
            Self::AuditPlan => {
                let query = PlanAuditQuery {
                    plan: PLAN.into(),
                    as_of_date: DAY.into(),
                    ..Default::default()
                };
                let request = AuditPlanRequest { query: Some(query), page_size: size, page_token };
                let mut plans = PlanServiceClient::new(server.channel.clone());
                let answer = plans.audit_plan(request).await?.into_inner();
                Ok(page(&answer.omissions, &answer.context, answer.next_page_token))
            }
            Self::ListGapTrends => {
                let request = ListGapTrendsRequest {
                    plan: PLAN.into(),
                    page_size: size,
                    page_token,
                    organisations: vec!["organisations/QXX".into()],
                    include_descendants: true,
                    skills: (0..3).map(skill).collect(),
                    ..Default::default()
                };
                let answer = client(server).list_gap_trends(request).await?.into_inner();
                Ok(page(&answer.trends, &answer.read_revision, answer.next_page_token))
            }
            _ => self.page_of_gaps(server, size, page_token).await,
        }
    }

    async fn page_of_gaps(
        self,
        server: &Server,
        page_size: i32,
        page_token: String,
    ) -> Result<Page, Status> {
        let query = GapQuery { plan: PLAN.into(), as_of_date: DAY.into(), ..Default::default() };
        let of_skills = GapQuery { skills: vec![skill(1), skill(2)], ..query.clone() };
        let mut gaps = client(server);
        Ok(match self {
            Self::AnalyseGaps => {
                let query = Some(query);
                let request =
                    AnalyseGapsRequest { query, page_size, page_token, ..Default::default() };
                let answer = gaps.analyse_gaps(request).await?.into_inner();
                let context = (answer.context, answer.totals, answer.warnings);
                page(&answer.rows, &context, answer.next_page_token)
            }
            Self::ProjectGaps => {
                let query = Some(query);
                let request =
                    ProjectGapsRequest { query, page_size, page_token, ..Default::default() };
                let answer = gaps.project_gaps(request).await?.into_inner();
                page(&answer.rows, &(answer.context, answer.totals), answer.next_page_token)
            }
            Self::CompareOrganisations => {
                let query = Some(of_skills);
                let request = CompareOrganisationsRequest { query, page_size, page_token };
                let answer = gaps.compare_organisations(request).await?.into_inner();
                let context = (answer.context, answer.spread, answer.skills);
                page(&answer.organisations, &context, answer.next_page_token)
            }
            _ => {
                let query = Some(of_skills);
                let request = FindSurplusRequest { query, page_size, page_token };
                let answer = gaps.find_surplus(request).await?.into_inner();
                let context = (answer.context, answer.surplus_fte, answer.shortfall_fte);
                page(&answer.offers, &context, answer.next_page_token)
            }
        })
    }

    async fn page_of_changes(
        self,
        server: &Server,
        page_size: i32,
        page_token: String,
    ) -> Result<Page, Status> {
        let mut feed = ChangeServiceClient::new(server.channel.clone());
        if self == Self::ListRevisions {
            let name = "roles/analyst".to_owned();
            let request = ListRevisionsRequest { name, page_size, page_token, min_revision: 0 };
            let answer = feed.list_revisions(request).await?.into_inner();
            return Ok(page(&answer.changes, &answer.read_revision, answer.next_page_token));
        }
        let request = ListChangesRequest { page_size, page_token, ..Default::default() };
        let answer = feed.list_changes(request).await?.into_inner();
        let changes: Vec<_> = answer.revisions.into_iter().flat_map(|it| it.changes).collect();
        Ok(page(&changes, &(answer.read_revision, answer.read_token), answer.next_page_token))
    }
}

const PLAN: &str = "plans/p";
const DAY: &str = "2026-07-01";
const BOARD: [(&str, f64, f64); 4] =
    [("RA1", 5.0, 1.0), ("RA2", 5.0, 2.0), ("RA3", 1.0, 4.0), ("RA4", 1.0, 3.0)];

fn skill(n: usize) -> String {
    format!("frameworks/scale/skills/s{n}")
}

/// A plan of a board with four trusts: two with too few analysts and two with too many, and each with people in a
/// role that the plan omits.
async fn create(server: &Server) {
    let channel = &server.channel;
    organise(channel).await;
    let framework = Framework { title: "Scale".into(), levels: levels(4), ..Default::default() };
    Framework::create(channel, "", "scale", Some(framework)).await.unwrap();
    for n in 0..3 {
        let skill = Skill { title: format!("S{n}"), core: Some(n == 0), ..Default::default() };
        Skill::create(channel, "frameworks/scale", &format!("s{n}"), Some(skill)).await.unwrap();
    }
    for id in ["analyst", "engineer", "tester"] {
        let role = Role { title: id.into(), family: "DATA".into(), ..Default::default() };
        Role::create(channel, "", id, Some(role)).await.unwrap();
    }
    for n in 1..3 {
        let row = Requirement { skill: skill(n), minimum_level: Some(2), ..Default::default() };
        Requirement::create(channel, "roles/analyst", &format!("s{n}"), Some(row)).await.unwrap();
    }
    let plan = Plan {
        title: "Plan".into(),
        owner: "organisations/QXX".into(),
        first_period_end_date: "2027-03-31".into(),
        last_period_end_date: "2028-03-31".into(),
        ..Default::default()
    };
    Plan::create(channel, "", "p", Some(plan)).await.unwrap();
    for (code, needed, in_post) in BOARD {
        target(channel, code, needed).await;
        employ(channel, code, "analyst", in_post).await;
        employ(channel, code, "tester", 1.0).await;
        for n in 1..3 {
            assess(channel, code, n).await;
        }
    }
    for n in 1..3 {
        record(channel, n).await;
    }
    retitle(channel, "Analyst").await;
}

async fn organise(channel: &Channel) {
    let trusts = BOARD.iter().map(|(code, ..)| (*code, OrganisationKind::Trust, "QXX"));
    for (code, kind, parent) in
        [("QXX", OrganisationKind::IntegratedCareBoard, "")].into_iter().chain(trusts)
    {
        let parent = if parent.is_empty() { "".into() } else { format!("organisations/{parent}") };
        let row =
            Organisation { title: code.into(), kind: kind as i32, parent, ..Default::default() };
        Organisation::create(channel, "", code, Some(row)).await.unwrap();
    }
}

async fn target(channel: &Channel, code: &str, needed_fte: f64) {
    let row = Target {
        organisation: format!("organisations/{code}"),
        role: "roles/analyst".into(),
        period_end_date: "2027-03-31".into(),
        needed_fte: Some(needed_fte),
        funded_fte: Some(needed_fte),
        ..Default::default()
    };
    Target::create(channel, PLAN, &code.to_lowercase(), Some(row)).await.unwrap();
}

async fn employ(channel: &Channel, code: &str, role: &str, fte: f64) {
    let row = Staffing {
        subject: format!("group-of-{role}"),
        role: format!("roles/{role}"),
        headcount: Some(10),
        fte: Some(fte),
        start_date: "2024-01-01".into(),
        ..Default::default()
    };
    Staffing::create(channel, &format!("organisations/{code}"), role, Some(row)).await.unwrap();
}

async fn assess(channel: &Channel, code: &str, n: usize) {
    let row = Assessment {
        subject: "group-of-analyst".into(),
        skill: skill(n),
        level: Some(3),
        headcount: Some(10),
        fte: Some(1.0 + n as f64),
        assessed_date: "2026-01-01".into(),
        source: AssessmentSource::Test as i32,
        ..Default::default()
    };
    let parent = format!("organisations/{code}");
    Assessment::create(channel, &parent, &format!("a{n}"), Some(row)).await.unwrap();
}

/// Records a gap snapshot of a skill.
async fn record(channel: &Channel, n: usize) {
    let row = GapSnapshot {
        organisation: "organisations/RA1".into(),
        skill: skill(n),
        period_end_date: "2027-03-31".into(),
        as_of_date: "2026-06-01".into(),
        needed_fte: Some(5.0),
        skilled_fte: Some(1.0),
        shortfall_fte: Some(4.0),
        ..Default::default()
    };
    GapSnapshot::create(channel, PLAN, &format!("s{n}"), Some(row)).await.unwrap();
}

async fn retitle(channel: &Channel, title: &str) {
    let row = Role { name: "roles/analyst".into(), title: title.into(), ..Default::default() };
    Role::update(channel, row, Some(&["title"]), false).await.unwrap();
}

/// Moves, removes and adds rows of every answer; the next call reverses this.
async fn disturb(channel: &Channel, back: bool) {
    let (fte, title) = if back { (3.0, "Analyst") } else { (9.0, "Another") };
    retitle(channel, title).await;
    let row = Staffing {
        name: "organisations/RA4/staffing/analyst".into(),
        fte: Some(fte),
        ..Default::default()
    };
    Staffing::update(channel, row, Some(&["fte"]), false).await.unwrap();
    let row = Organisation {
        name: "organisations/RA2".into(),
        title: title.into(),
        ..Default::default()
    };
    Organisation::update(channel, row, Some(&["title"]), false).await.unwrap();
    let first =
        ["plans/p/targets/ra1", "organisations/RA1/staffing/tester", "plans/p/gapSnapshots/s1"];
    let second = ["organisations/RA2/staffing/engineer", "plans/p/gapSnapshots/s0"];
    let absent: &[&str] = if back { &second } else { &first };
    for name in absent {
        match name {
            name if name.contains("/targets/") => Target::delete(channel, name, "", false).await,
            name if name.contains("/staffing/") => Staffing::delete(channel, name, "", false).await,
            name => GapSnapshot::delete(channel, name, "", false).await,
        }
        .unwrap();
    }
    if back {
        target(channel, "RA1", 5.0).await;
        employ(channel, "RA1", "tester", 1.0).await;
        record(channel, 1).await;
    } else {
        employ(channel, "RA2", "engineer", 2.0).await;
        record(channel, 0).await;
    }
}

both!(pages_joined_are_the_answer_at_the_revision_of_the_first_page);
async fn pages_joined_are_the_answer_at_the_revision_of_the_first_page(server: &Server) {
    create(server).await;
    for (n, method) in ALL.into_iter().enumerate() {
        let whole = method.page(server, 1_000, String::new()).await.unwrap();
        assert!(whole.rows.len() > 1 && whole.next.is_empty(), "{method:?} {whole:?}");
        let first = method.page(server, 1, String::new()).await.unwrap();
        let (mut rows, mut next) = (first.rows, first.next);
        disturb(&server.channel, n % 2 == 1).await;
        while !next.is_empty() {
            let page = method.page(server, 3, next).await.unwrap();
            assert_eq!(page.context, whole.context, "{method:?}");
            rows.extend(page.rows);
            next = page.next;
        }
        assert_eq!(rows, whole.rows, "{method:?}");
        let now = method.page(server, 1_000, String::new()).await.unwrap();
        assert_ne!((now.rows, now.context), (whole.rows, whole.context), "{method:?}");
    }
}

both!(a_page_of_a_revision_that_is_compacted_is_refused);
async fn a_page_of_a_revision_that_is_compacted_is_refused(server: &Server) {
    create(server).await;
    // The history of a resource before a revision does not need the state at that revision.
    let methods = ALL.into_iter().filter(|method| *method != Method::ListRevisions);
    let mut nexts = Vec::new();
    for method in methods {
        let first = method.page(server, 1, String::new()).await.unwrap();
        nexts.push((method, first.next));
    }
    disturb(&server.channel, false).await;
    compact(server).await;
    for (method, next) in nexts {
        let refused = failure(method.page(server, 1, next).await, Code::OutOfRange);
        assert_eq!(refused.reason, "REVISION_COMPACTED", "{method:?}");
    }
}
