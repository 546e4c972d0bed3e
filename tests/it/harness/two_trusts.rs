//! Two trusts of one board with one plan, for figures that differ from place to place.

use digital_skills_registry::api::v1::*;
use tonic::transport::Channel;

use super::{Server, fixture::Fixture, world::levels};

/// Two trusts of a board, each without targets and staff at first. The role requires the first skill at level 2.
pub struct TwoTrusts {
    channel: Channel,
    pub plan: String,
    /// RAA and RBB.
    pub trusts: [String; 2],
    pub role: String,
    pub skills: [String; 2],
}

impl TwoTrusts {
    /// The day of every query.
    pub const DAY: &'static str = "2026-11-27";

    pub async fn create(server: &Server) -> Self {
        let channel = &server.channel;
        let organisation = async |code: &str, kind: OrganisationKind, parent: &str| {
            let organisation = Organisation {
                title: code.into(),
                kind: kind as i32,
                parent: parent.into(),
                ..Organisation::default()
            };
            Organisation::create(channel, "", code, Some(organisation)).await.unwrap().name
        };
        let region = organisation("Y1X", OrganisationKind::Region, "").await;
        let board = organisation("QAA", OrganisationKind::IntegratedCareBoard, &region).await;
        let trusts = [
            organisation("RAA", OrganisationKind::Trust, &board).await,
            organisation("RBB", OrganisationKind::Trust, &board).await,
        ];
        let framework = Framework { title: "f".into(), levels: levels(4), ..Framework::default() };
        let framework = Framework::create(channel, "", "f", Some(framework)).await.unwrap().name;
        let skill = async |id: &str| {
            let skill = Skill { title: id.into(), ..Skill::default() };
            Skill::create(channel, &framework, id, Some(skill)).await.unwrap().name
        };
        let skills = [skill("s1").await, skill("s2").await];
        let role = Role { title: "ro".into(), family: "DATA".into(), ..Role::default() };
        let role = Role::create(channel, "", "ro", Some(role)).await.unwrap().name;
        let plan = Plan {
            title: "p".into(),
            owner: board,
            first_period_end_date: "2027-03-31".into(),
            last_period_end_date: "2027-03-31".into(),
            ..Plan::default()
        };
        let plan = Plan::create(channel, "", "p", Some(plan)).await.unwrap().name;
        let world = Self { channel: channel.clone(), plan, trusts, role, skills };
        world.require(&world.skills[0], 2).await;
        world
    }

    /// Makes the role require a skill.
    pub async fn require(&self, skill: &str, minimum_level: i32) {
        let requirement = Requirement {
            skill: skill.into(),
            minimum_level: Some(minimum_level),
            ..Requirement::default()
        };
        Requirement::create(&self.channel, &self.role, "", Some(requirement)).await.unwrap();
    }

    /// Sets what a trust needs and has money for in the role.
    pub async fn target(&self, trust: usize, needed_fte: f64, funded_fte: f64) {
        let target = Target {
            organisation: self.trusts[trust].clone(),
            role: self.role.clone(),
            period_end_date: "2027-03-31".into(),
            needed_fte: Some(needed_fte),
            funded_fte: Some(funded_fte),
            ..Target::default()
        };
        Target::create(&self.channel, &self.plan, "", Some(target)).await.unwrap();
    }

    /// Puts a person, or a group with a headcount above 1, in post in the role.
    pub async fn employ(&self, trust: usize, subject: &str, headcount: i32, fte: f64) {
        let staffing = Staffing {
            subject: subject.into(),
            role: self.role.clone(),
            headcount: Some(headcount),
            fte: Some(fte),
            start_date: "2024-01-01".into(),
            ..Staffing::default()
        };
        Staffing::create(&self.channel, &self.trusts[trust], "", Some(staffing)).await.unwrap();
    }

    /// Assesses a subject, or a part of a group, on 1 January 2025 in the first skill.
    pub async fn assess(
        &self,
        trust: usize,
        subject: &str,
        level: i32,
        headcount: i32,
    ) -> Assessment {
        let assessment = Assessment {
            subject: subject.into(),
            skill: self.skills[0].clone(),
            level: Some(level),
            headcount: Some(headcount),
            assessed_date: "2025-01-01".into(),
            source: AssessmentSource::Test as i32,
            ..Assessment::default()
        };
        self.record(trust, assessment).await
    }

    /// Records an assessment.
    pub async fn record(&self, trust: usize, assessment: Assessment) -> Assessment {
        let parent = &self.trusts[trust];
        Assessment::create(&self.channel, parent, "", Some(assessment)).await.unwrap()
    }

    /// Puts persons of 1.0 FTE in post, assessed at a level if there is one.
    pub async fn employ_persons(&self, trust: usize, count: usize, level: Option<i32>) {
        for n in 0..count {
            let subject = format!("person-{n}");
            self.employ(trust, &subject, 1, 1.0).await;
            if let Some(level) = level {
                self.assess(trust, &subject, level, 1).await;
            }
        }
    }

    pub fn query(&self) -> GapQuery {
        GapQuery { plan: self.plan.clone(), as_of_date: Self::DAY.into(), ..GapQuery::default() }
    }

    pub fn report(&self) -> RenderReportRequest {
        RenderReportRequest {
            plan: self.plan.clone(),
            as_of_date: Self::DAY.into(),
            ..RenderReportRequest::default()
        }
    }
}
