//! The rules of plans, and their way to approval.

use digital_skills_registry::api::v1::{
    ApprovePlanRequest, Gap, Plan, PlanState, Requirement, RevisePlanRequest, SubmitPlanRequest,
    Target, WithdrawPlanRequest, plan_service_client::PlanServiceClient,
};
use tonic::{Code, Request, Status};

use crate::{
    both,
    harness::{Server, failure, fixture::Fixture, samples::Samples, world::World},
};

/// Calls that take a plan on its way, on behalf of somebody.
struct Way<'a>(&'a Server, &'static str);

impl Way<'_> {
    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("registry-caller", self.1.parse().unwrap());
        request
    }

    fn client(&self) -> PlanServiceClient<tonic::transport::Channel> {
        PlanServiceClient::new(self.0.channel.clone())
    }

    async fn submit(&self, name: &str) -> Result<Plan, Status> {
        let message = SubmitPlanRequest { name: name.to_owned(), ..Default::default() };
        Ok(self.client().submit_plan(self.request(message)).await?.into_inner())
    }

    async fn approve(&self, name: &str) -> Result<Plan, Status> {
        let message = ApprovePlanRequest { name: name.to_owned(), ..Default::default() };
        Ok(self.client().approve_plan(self.request(message)).await?.into_inner())
    }

    async fn withdraw(&self, name: &str) -> Result<Plan, Status> {
        let message = WithdrawPlanRequest { name: name.to_owned(), ..Default::default() };
        Ok(self.client().withdraw_plan(self.request(message)).await?.into_inner())
    }

    async fn revise(&self, name: &str, id: &str) -> Result<Plan, Status> {
        let message = RevisePlanRequest {
            name: name.to_owned(),
            etag: String::new(),
            plan_id: id.to_owned(),
            ..Default::default()
        };
        Ok(self.client().revise_plan(self.request(message)).await?.into_inner())
    }

    /// Creates a plan of the trust with a target, over these periods.
    async fn draft(&self, world: &World, id: &str, first: &str, last: &str) -> Plan {
        let plan = Plan {
            title: "Plan".into(),
            owner: world.trust.clone(),
            first_period_end_date: first.into(),
            last_period_end_date: last.into(),
            ..Plan::default()
        };
        let message = digital_skills_registry::api::v1::CreatePlanRequest {
            plan_id: id.to_owned(),
            plan: Some(plan),
            ..Default::default()
        };
        let plan = self.client().create_plan(self.request(message)).await.unwrap().into_inner();
        let target = Target { period_end_date: last.into(), ..Target::nth(world, 0) };
        Target::create(&self.0.channel, &plan.name, "t", Some(target)).await.unwrap();
        plan
    }
}

both!(a_plan_is_approved_by_somebody_other_than_its_author);
async fn a_plan_is_approved_by_somebody_other_than_its_author(server: &Server) {
    let world = World::create(server).await;
    let (author, director) = (Way(server, "author"), Way(server, "director"));
    let plan = author.draft(&world, "p", "2027-03-31", "2028-03-31").await;
    assert_eq!(
        (plan.state(), plan.author.as_str(), plan.approver.as_str()),
        (PlanState::Draft, "author", "")
    );
    let early = director.approve(&plan.name).await;
    assert_eq!(failure(early, Code::FailedPrecondition).reason, "PLAN_STATE");
    let submitted = author.submit(&plan.name).await.unwrap();
    assert_eq!(submitted.state(), PlanState::Submitted);
    let own = author.approve(&plan.name).await;
    assert_eq!(failure(own, Code::FailedPrecondition).reason, "APPROVER_IS_AUTHOR");
    let approved = director.approve(&plan.name).await.unwrap();
    assert_eq!((approved.state(), approved.approver.as_str()), (PlanState::Approved, "director"));
    let again = author.submit(&plan.name).await;
    assert_eq!(failure(again, Code::FailedPrecondition).reason, "PLAN_STATE");
}

both!(a_plan_without_targets_is_not_submitted);
async fn a_plan_without_targets_is_not_submitted(server: &Server) {
    let world = World::create(server).await;
    let empty = Way(server, "author").submit(&world.plan).await;
    assert_eq!(failure(empty, Code::FailedPrecondition).reason, "PLAN_EMPTY");
}

both!(a_submitted_plan_its_targets_and_its_requirements_do_not_change);
async fn a_submitted_plan_its_targets_and_its_requirements_do_not_change(server: &Server) {
    let world = World::create(server).await;
    let author = Way(server, "author");
    let plan = author.draft(&world, "p", "2027-03-31", "2028-03-31").await;
    let target = format!("{}/targets/t", plan.name);
    let requirement =
        Requirement::create(&server.channel, &plan.name, "r", Some(Requirement::nth(&world, 1)));
    let requirement = requirement.await.unwrap();
    author.submit(&plan.name).await.unwrap();
    let revision = server.revision().await;
    let frozen = |failed: crate::harness::Failure| {
        assert_eq!(failed.reason, "PLAN_FROZEN");
        assert_eq!(failed.fact("resource"), plan.name);
    };
    let code = Code::FailedPrecondition;
    let renamed = Plan { name: plan.name.clone(), title: "Renamed".into(), ..Plan::default() };
    frozen(failure(Plan::update(&server.channel, renamed, None, false).await, code));
    frozen(failure(Plan::delete(&server.channel, &plan.name, "", false).await, code));
    let more = Target { name: target.clone(), needed_fte: Some(99.0), ..Target::default() };
    frozen(failure(Target::update(&server.channel, more, None, false).await, code));
    frozen(failure(Target::delete(&server.channel, &target, "", false).await, code));
    let other = Target::nth(&world, 3);
    frozen(failure(Target::create(&server.channel, &plan.name, "u", Some(other)).await, code));
    let weighty = Requirement { weight: Some(9.0), ..requirement.clone() };
    frozen(failure(Requirement::update(&server.channel, weighty, None, false).await, code));
    frozen(failure(Requirement::delete(&server.channel, &requirement.name, "", false).await, code));
    let other = Requirement::nth(&world, 2);
    frozen(failure(Requirement::create(&server.channel, &plan.name, "s", Some(other)).await, code));
    assert_eq!(server.revision().await, revision);
    // Its gaps do: they are what is done about it.
    Gap::create(&server.channel, &plan.name, "", Some(Gap::nth(&world, 1))).await.unwrap();
}

both!(two_approved_plans_of_an_owner_do_not_overlap);
async fn two_approved_plans_of_an_owner_do_not_overlap(server: &Server) {
    let world = World::create(server).await;
    let (author, director) = (Way(server, "author"), Way(server, "director"));
    let first = author.draft(&world, "a", "2027-03-31", "2028-03-31").await;
    let second = author.draft(&world, "b", "2028-03-31", "2029-03-31").await;
    let third = author.draft(&world, "c", "2029-03-31", "2030-03-31").await;
    for plan in [&first, &second, &third] {
        author.submit(&plan.name).await.unwrap();
    }
    director.approve(&first.name).await.unwrap();
    let refused = failure(director.approve(&second.name).await, Code::FailedPrecondition);
    assert_eq!(
        (refused.reason.as_str(), refused.fact("resource")),
        ("PLAN_OVERLAPS", first.name.as_str())
    );
    director.approve(&third.name).await.unwrap();
    // Withdrawn, it stands in nobody's way.
    director.withdraw(&first.name).await.unwrap();
    director.withdraw(&third.name).await.unwrap();
    director.approve(&second.name).await.unwrap();
}

both!(of_overlapping_plans_approved_at_once_one_is);
async fn of_overlapping_plans_approved_at_once_one_is(server: &Server) {
    let world = World::create(server).await;
    let author = Way(server, "author");
    for id in ["a", "b", "c", "d"] {
        let plan = author.draft(&world, id, "2027-03-31", "2028-03-31").await;
        author.submit(&plan.name).await.unwrap();
    }
    let approve = |id| async move { Way(server, "director").approve(&format!("plans/{id}")).await };
    let (a, b, c, d) = tokio::join!(approve("a"), approve("b"), approve("c"), approve("d"));
    let approved = [a, b, c, d].into_iter().filter(Result::is_ok).count();
    assert_eq!(approved, 1);
}

both!(a_revision_is_a_draft_with_everything_in_it_that_supersedes);
async fn a_revision_is_a_draft_with_everything_in_it_that_supersedes(server: &Server) {
    let world = World::create(server).await;
    let (author, director) = (Way(server, "author"), Way(server, "director"));
    let old = author.draft(&world, "old", "2027-03-31", "2028-03-31").await;
    let requirement = Requirement::nth(&world, 1);
    Requirement::create(&server.channel, &old.name, "r", Some(requirement)).await.unwrap();
    let early = director.revise(&old.name, "new").await;
    assert_eq!(failure(early, Code::FailedPrecondition).reason, "PLAN_STATE");
    author.submit(&old.name).await.unwrap();
    director.approve(&old.name).await.unwrap();
    let taken = director.revise(&old.name, "old").await;
    assert_eq!(failure(taken, Code::AlreadyExists).reason, "NAME_TAKEN");
    let malformed = director.revise(&old.name, "Not good").await;
    assert!(failure(malformed, Code::InvalidArgument).violates("plan_id", "MALFORMED"));

    let new = director.revise(&old.name, "new").await.unwrap();
    assert_eq!(new.name, "plans/new");
    assert_eq!(
        (new.state(), new.author.as_str(), new.approver.as_str()),
        (PlanState::Draft, "director", "")
    );
    assert_eq!(new.supersedes, old.name);
    assert_eq!(new.title, old.title);
    let target = Target::get(&server.channel, "plans/new/targets/t").await.unwrap();
    let original = Target::get(&server.channel, "plans/old/targets/t").await.unwrap();
    assert_eq!((&target.role, target.needed_fte), (&original.role, original.needed_fte));
    let requirement = Requirement::get(&server.channel, "plans/new/requirements/r").await.unwrap();
    // All in one revision.
    assert_eq!([target.revision, requirement.revision], [new.revision; 2]);

    let more = Target { needed_fte: Some(7.0), ..target };
    Target::update(&server.channel, more, None, false).await.unwrap();
    director.submit(&new.name).await.unwrap();
    let approved = author.approve(&new.name).await.unwrap();
    let superseded = Plan::get(&server.channel, &old.name).await.unwrap();
    assert_eq!(superseded.state(), PlanState::Superseded);
    assert_eq!(superseded.revision, approved.revision);
    let unnamed = director.revise(&old.name, "").await.unwrap();
    assert!(unnamed.name.len() > 40);
}

both!(a_withdrawn_plan_can_be_revised_and_nothing_else);
async fn a_withdrawn_plan_can_be_revised_and_nothing_else(server: &Server) {
    let world = World::create(server).await;
    let author = Way(server, "author");
    let plan = author.draft(&world, "p", "2027-03-31", "2028-03-31").await;
    let early = author.withdraw(&plan.name).await;
    assert_eq!(failure(early, Code::FailedPrecondition).reason, "PLAN_STATE");
    author.submit(&plan.name).await.unwrap();
    assert_eq!(author.withdraw(&plan.name).await.unwrap().state(), PlanState::Withdrawn);
    failure(author.submit(&plan.name).await, Code::FailedPrecondition);
    failure(author.withdraw(&plan.name).await, Code::FailedPrecondition);
    author.revise(&plan.name, "q").await.unwrap();
}

both!(a_plan_keeps_room_for_its_targets);
async fn a_plan_keeps_room_for_its_targets(server: &Server) {
    let world = World::create(server).await;
    let plan = Way(server, "author").draft(&world, "p", "2027-03-31", "2029-03-31").await;
    let shorter = Plan {
        name: plan.name.clone(),
        last_period_end_date: "2028-03-31".into(),
        ..Plan::default()
    };
    let refused = failure(
        Plan::update(&server.channel, shorter, None, false).await,
        Code::FailedPrecondition,
    );
    assert_eq!(refused.reason, "TARGET_OUTSIDE_PLAN");
    assert_eq!(refused.fact("resource"), format!("{}/targets/t", plan.name));
    let outside = Target { period_end_date: "2030-03-31".into(), ..Target::nth(&world, 1) };
    let made = Target::create(&server.channel, &plan.name, "u", Some(outside)).await;
    assert!(
        failure(made, Code::InvalidArgument).violates("target.period_end_date", "OUT_OF_RANGE")
    );
    let backwards = Plan { last_period_end_date: "2026-03-31".into(), ..plan };
    let updated = Plan::update(&server.channel, backwards, None, false).await;
    assert!(
        failure(updated, Code::InvalidArgument)
            .violates("plan.last_period_end_date", "OUT_OF_RANGE")
    );
}

both!(a_plan_supersedes_a_plan_of_the_same_owner_and_never_itself);
async fn a_plan_supersedes_a_plan_of_the_same_owner_and_never_itself(server: &Server) {
    let world = World::create(server).await;
    let other = Plan { owner: world.other_trust.clone(), ..Plan::nth(&world, 1) };
    let made = Plan::create(&server.channel, "", "p", Some(other)).await;
    assert!(
        failure(made, Code::InvalidArgument).violates("plan.supersedes", "REFERENCE_NOT_ALLOWED")
    );
    let own = Plan {
        name: world.plan.clone(),
        supersedes: world.plan.clone(),
        baseline_plan: world.plan.clone(),
        ..Plan::default()
    };
    let failed =
        failure(Plan::update(&server.channel, own, None, false).await, Code::InvalidArgument);
    assert!(failed.violates("plan.supersedes", "LOOP"));
    assert!(failed.violates("plan.baseline_plan", "REFERENCE_NOT_ALLOWED"));
}

/// Sample resources, for the tests that are written once for all types.
mod samples {
    use digital_skills_registry::api::v1::Plan;

    use crate::harness::{samples::Samples, world::World};

    impl Samples for Plan {
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
}
