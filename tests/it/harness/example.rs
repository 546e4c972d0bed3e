//! The worked example of the gap analysis: one organisation, role and period, two skills and four people.

use digital_skills_registry::api::v1::*;
use gap_service_client::GapServiceClient;
use tonic::{Status, transport::Channel};

use super::{Server, fixture::Fixture, world::levels};

/// The worked example: one organisation, role and period, two skills and four people.
pub struct Example {
    pub plan: String,
    pub organisation: String,
    pub role: String,
    pub skills: [String; 2],
}

impl Example {
    pub async fn create(server: &Server) -> Self {
        let channel = &server.channel;
        let organisation = Organisation {
            title: "Trust".into(),
            kind: OrganisationKind::Trust as i32,
            region_code: "Y56".into(),
            ..Organisation::default()
        };
        let organisation =
            Organisation::create(channel, "", "RX1", Some(organisation)).await.unwrap().name;
        let framework =
            Framework { title: "Scale".into(), levels: levels(4), ..Framework::default() };
        let framework =
            Framework::create(channel, "", "scale", Some(framework)).await.unwrap().name;
        let skill = |title: &str, category: &str| Skill {
            title: title.into(),
            category: category.into(),
            ..Skill::default()
        };
        let s1 =
            Skill::create(channel, &framework, "s1", Some(skill("S1", "Data"))).await.unwrap().name;
        let s2 = Skill::create(channel, &framework, "s2", Some(skill("S2", "Cyber")))
            .await
            .unwrap()
            .name;
        let role = Role { title: "Analyst".into(), family: "DATA".into(), ..Role::default() };
        let role = Role::create(channel, "", "analyst", Some(role)).await.unwrap().name;
        let example = Self { plan: "plans/p".into(), organisation, role, skills: [s1, s2] };
        example.require(channel).await;
        example.employ(channel).await;
        example
    }

    pub async fn require(&self, channel: &Channel) {
        for (id, skill, minimum_level, weight, minimum_holders) in
            [("s1", &self.skills[0], 3, 3.0, 2), ("s2", &self.skills[1], 2, 1.0, 1)]
        {
            let requirement = Requirement {
                skill: skill.clone(),
                minimum_level: Some(minimum_level),
                weight: Some(weight),
                minimum_holders: Some(minimum_holders),
                ..Requirement::default()
            };
            Requirement::create(channel, &self.role, id, Some(requirement)).await.unwrap();
        }
        let plan = Plan {
            title: "Plan".into(),
            owner: self.organisation.clone(),
            first_period_end_date: "2027-03-31".into(),
            last_period_end_date: "2029-03-31".into(),
            ..Plan::default()
        };
        Plan::create(channel, "", "p", Some(plan)).await.unwrap();
        Target::create(channel, &self.plan, "2027", Some(self.target("2027-03-31", 6.0, 5.0)))
            .await
            .unwrap();
    }

    pub fn target(&self, period: &str, needed_fte: f64, funded_fte: f64) -> Target {
        Target {
            organisation: self.organisation.clone(),
            role: self.role.clone(),
            period_end_date: period.into(),
            needed_fte: Some(needed_fte),
            funded_fte: Some(funded_fte),
            ..Target::default()
        }
    }

    pub async fn employ(&self, channel: &Channel) {
        for (person, fte, s1, s2) in [
            ("a", 1.0, Some((4, "")), Some((1, ""))),
            ("b", 0.8, Some((2, "")), Some((3, ""))),
            ("c", 1.0, Some((3, "2026-06-30")), Some((2, ""))),
            ("d", 0.6, None, Some((2, ""))),
        ] {
            let staffing = Staffing {
                subject: person.into(),
                role: self.role.clone(),
                headcount: Some(1),
                fte: Some(fte),
                start_date: "2024-01-01".into(),
                ..Staffing::default()
            };
            Staffing::create(channel, &self.organisation, person, Some(staffing)).await.unwrap();
            for (skill, held) in self.skills.iter().zip([s1, s2]) {
                let Some((level, until)) = held else { continue };
                self.assess(channel, person, skill, level, "2025-06-30", until).await;
            }
        }
    }

    pub async fn assess(
        &self,
        channel: &Channel,
        subject: &str,
        skill: &str,
        level: i32,
        on: &str,
        until: &str,
    ) -> Assessment {
        let assessment = Assessment {
            subject: subject.into(),
            skill: skill.into(),
            level: Some(level),
            assessed_date: on.into(),
            valid_until_date: until.into(),
            source: AssessmentSource::Test as i32,
            ..Assessment::default()
        };
        Assessment::create(channel, &self.organisation, "", Some(assessment)).await.unwrap()
    }

    pub fn query(&self) -> GapQuery {
        GapQuery { plan: self.plan.clone(), as_of_date: "2026-07-01".into(), ..GapQuery::default() }
    }
}

pub fn client(server: &Server) -> GapServiceClient<Channel> {
    GapServiceClient::new(server.channel.clone())
}

pub async fn analyse(server: &Server, query: GapQuery) -> Result<AnalyseGapsResponse, Status> {
    let request = AnalyseGapsRequest { query: Some(query), ..AnalyseGapsRequest::default() };
    Ok(client(server).analyse_gaps(request).await?.into_inner())
}

pub async fn stream(server: &Server, query: GapQuery) -> Result<Vec<StreamGapsResponse>, Status> {
    let request = StreamGapsRequest { query: Some(query), ..Default::default() };
    let mut answers = client(server).stream_gaps(request).await?.into_inner();
    let mut all = Vec::new();
    while let Some(answer) = answers.message().await? {
        all.push(answer);
    }
    Ok(all)
}

/// Changes the state of a gap, as a caller.
pub async fn transition(
    server: &Server,
    caller: &str,
    request: TransitionGapRequest,
) -> Result<Gap, Status> {
    let mut request = tonic::Request::new(request);
    request.metadata_mut().insert("registry-caller", caller.parse().unwrap());
    Ok(client(server).transition_gap(request).await?.into_inner())
}

/// Trends of skills.
pub async fn trends(
    server: &Server,
    request: ListGapTrendsRequest,
) -> Result<ListGapTrendsResponse, Status> {
    Ok(client(server).list_gap_trends(request).await?.into_inner())
}

pub async fn record(server: &Server, query: GapQuery) -> Result<RecordGapsResponse, Status> {
    let request = RecordGapsRequest { query: Some(query), ..Default::default() };
    Ok(client(server).record_gaps(request).await?.into_inner())
}
