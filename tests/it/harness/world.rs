//! A few resources that others can refer to.

use digital_skills_registry::{api::v1::*, domain::ResourceType};

use super::{Server, fixture::Fixture};

/// Names of existing resources.
#[derive(Clone, Debug)]
pub struct World {
    pub board: String,
    pub trust: String,
    pub other_trust: String,
    /// A draft with four levels.
    pub framework: String,
    /// A draft with two levels.
    pub other_framework: String,
    /// A skill of `framework`.
    pub skill: String,
    /// A skill of `other_framework`.
    pub other_skill: String,
    pub role: String,
    pub other_role: String,
    /// A draft plan of the trust from 2027-03-31 to 2100-03-31.
    pub plan: String,
    /// Another draft plan.
    pub other_plan: String,
}

/// This number of levels.
pub fn levels(count: i32) -> Vec<FrameworkLevel> {
    let level = |rank| FrameworkLevel {
        rank,
        id: format!("level-{rank}"),
        title: format!("Level {rank}"),
        description: String::new(),
    };
    (1..=count).map(level).collect()
}

impl World {
    /// Two possible parents for resources of a type; empty if it has none.
    pub fn parents(&self, kind: ResourceType) -> [String; 2] {
        match kind.parents().last() {
            None => [String::new(), String::new()],
            Some(ResourceType::Organisation) => [self.trust.clone(), self.other_trust.clone()],
            Some(ResourceType::Framework) => [self.framework.clone(), self.other_framework.clone()],
            Some(ResourceType::Plan) => [self.plan.clone(), self.other_plan.clone()],
            Some(other) => panic!("no two of {other:?} exist: the sample must name its parents"),
        }
    }

    /// Creates the resources.
    pub async fn create(server: &Server) -> Self {
        let channel = &server.channel;
        let organisation = |title: &str, kind: OrganisationKind, parent: &str| Organisation {
            title: title.to_owned(),
            kind: kind as i32,
            parent: parent.to_owned(),
            ..Organisation::default()
        };
        let board = organisation("Board", OrganisationKind::IntegratedCareBoard, "");
        let board = Organisation::create(channel, "", "WORLD1", Some(board)).await.unwrap().name;
        let trust = organisation("Trust", OrganisationKind::Trust, &board);
        let trust = Organisation::create(channel, "", "WORLD2", Some(trust)).await.unwrap().name;
        let other_trust = organisation("Other trust", OrganisationKind::CareTrust, &board);
        let other_trust = Organisation::create(channel, "", "WORLD3", Some(other_trust));
        let other_trust = other_trust.await.unwrap().name;

        let framework = |title: &str, count| Framework {
            title: title.to_owned(),
            levels: levels(count),
            ..Framework::default()
        };
        let four = framework("Four levels", 4);
        let four = Framework::create(channel, "", "world-four", Some(four)).await.unwrap().name;
        let two = framework("Two levels", 2);
        let two = Framework::create(channel, "", "world-two", Some(two)).await.unwrap().name;
        let skill = |title: &str| Skill { title: title.to_owned(), ..Skill::default() };
        let one = Skill::create(channel, &four, "world-skill", Some(skill("Skill"))).await;
        let other = Skill::create(channel, &two, "world-other", Some(skill("Other skill"))).await;
        let role = |title: &str, family: &str| Role {
            title: title.to_owned(),
            family: family.to_owned(),
            ..Role::default()
        };
        let analyst =
            Role::create(channel, "", "world-analyst", Some(role("Analyst", "DATA"))).await;
        let nurse =
            Role::create(channel, "", "world-nurse", Some(role("Nurse", "FRONTLINE"))).await;
        let plan = |title: &str| Plan {
            title: title.to_owned(),
            owner: trust.clone(),
            first_period_end_date: "2027-03-31".into(),
            last_period_end_date: "2100-03-31".into(),
            ..Plan::default()
        };
        let plan_one = Plan::create(channel, "", "world-plan", Some(plan("Plan"))).await;
        let plan_two = Plan::create(channel, "", "world-other", Some(plan("Other plan"))).await;
        Self {
            board,
            other_trust,
            framework: four,
            other_framework: two,
            skill: one.unwrap().name,
            other_skill: other.unwrap().name,
            role: analyst.unwrap().name,
            other_role: nurse.unwrap().name,
            plan: plan_one.unwrap().name,
            other_plan: plan_two.unwrap().name,
            trust,
        }
    }
}
