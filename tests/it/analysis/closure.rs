//! Closing gaps under a budget.

use digital_skills_registry::api::v1::*;
use tonic::{Code, Status};

use crate::{
    both,
    harness::{
        Server,
        example::{Example, client},
        failure,
        fixture::Fixture,
    },
};

fn option(example: &Example, title: &str, kind: ClosureOptionKind) -> ClosureOption {
    ClosureOption {
        title: title.into(),
        kind: kind as i32,
        skill: example.skills[0].clone(),
        ..ClosureOption::default()
    }
}

async fn offer(server: &Server, id: &str, option: ClosureOption) -> ClosureOption {
    ClosureOption::create(&server.channel, "", id, Some(option)).await.unwrap()
}

/// Assess D for £50, recertify C for £346.26, train B for £2,181.32, hire for £3,000.
async fn options(server: &Server, example: &Example) {
    use ClosureOptionKind::{Assess, Recertify, Recruit, Train};
    for (id, kind, cost_per_head_pence, fte_per_head, success_probability) in [
        ("assess", Assess, 5_000, 0.6, 0.5),
        ("recertify", Recertify, 34_626, 1.0, 0.95),
        ("train", Train, 218_132, 0.8, 0.85),
        ("hire", Recruit, 300_000, 1.0, 0.8),
    ] {
        let option = ClosureOption {
            cost_per_head_pence: Some(cost_per_head_pence),
            fte_per_head: Some(fte_per_head),
            success_probability: Some(success_probability),
            capacity_per_period: Some(1),
            ..option(example, id, kind)
        };
        offer(server, id, option).await;
    }
}

async fn recommend(
    server: &Server,
    query: GapQuery,
    budget_pence: i64,
) -> Result<RecommendClosuresResponse, Status> {
    let request = RecommendClosuresRequest { query: Some(query), budget_pence };
    Ok(client(server).recommend_closures(request).await?.into_inner())
}

fn chosen(answer: &RecommendClosuresResponse) -> Vec<&str> {
    let mut chosen: Vec<_> =
        answer.choices.iter().map(|choice| choice.option.rsplit('/').next().unwrap()).collect();
    chosen.sort_unstable();
    chosen
}

both!(the_worked_examples_budgets_come_out_to_the_penny);
async fn the_worked_examples_budgets_come_out_to_the_penny(server: &Server) {
    let example = Example::create(server).await;
    options(server, &example).await;
    let before = server.revision().await;
    for (budget, options, cost, gained) in [
        (300_000, &["assess", "recertify", "train"][..], 257_758, 1.93),
        (400_000, &["assess", "hire", "recertify"][..], 339_626, 2.05),
        (600_000, &["assess", "hire", "recertify", "train"][..], 557_758, 2.73),
    ] {
        let answer = recommend(server, example.query(), budget).await.unwrap();
        assert_eq!(chosen(&answer), options);
        let summary = answer.summary.as_ref().unwrap();
        assert_eq!((summary.budget_pence, summary.cost_pence), (budget, cost));
        assert_eq!(summary.gained_fte, gained);
        // S1 has the weight 3.
        let three = format!("{:.5}", 3.0 * gained);
        assert_eq!(format!("{:.5}", summary.gained_weighted_fte), three);
        assert_eq!(summary.bound_weighted_fte, summary.gained_weighted_fte);
        assert!(summary.proven_optimal && !summary.time_limited);
        assert_eq!(summary.optimality_gap, 0.0);
        // S1 lacks 5.0 and S2 3.6, of each 1.0 for want of funded posts.
        assert_eq!((summary.shortfall_fte, summary.unfunded_fte), (8.6, 2.0));
        assert_eq!(format!("{:.5}", summary.shortfall_left_fte), format!("{:.5}", 8.6 - gained));
        let again = recommend(server, example.query(), budget).await.unwrap();
        assert_eq!(answer, again);
    }
    assert_eq!(server.revision().await, before);
}

both!(every_choice_says_why);
async fn every_choice_says_why(server: &Server) {
    let example = Example::create(server).await;
    options(server, &example).await;
    let answer = recommend(server, example.query(), 300_000).await.unwrap();
    let choice = |option: &str| {
        let name = format!("closureOptions/{option}");
        answer.choices.iter().find(|choice| choice.option == name).unwrap()
    };
    let assess = choice("assess");
    assert_eq!(
        (assess.kind(), assess.cause()),
        (ClosureOptionKind::Assess, ClosureCause::Unassessed)
    );
    assert_eq!(
        (assess.headcount, assess.cost_pence, assess.pence_per_gained_fte),
        (1, 5_000, 16_667)
    );
    assert_eq!((assess.cause_fte, assess.closed_fte, assess.gained_fte), (0.6, 0.6, 0.3));
    assert_eq!(assess.gained_weighted_fte, 0.9);
    assert_eq!(
        (assess.organisation.as_str(), assess.role.as_str()),
        (example.organisation.as_str(), example.role.as_str())
    );
    assert_eq!(assess.skill, example.skills[0]);
    assert_eq!(
        assess.reason,
        "assess for 1 person at £50.00, because 0.60 FTE in post were never assessed: it is expected to \
         gain 0.30 skilled FTE, at £166.67 per FTE."
    );
    assert_eq!(
        (choice("recertify").cause(), choice("recertify").cause_fte),
        (ClosureCause::Expired, 1.0)
    );
    assert_eq!((choice("train").cause(), choice("train").cause_fte), (ClosureCause::Below, 0.8));
    // The greatest gain first.
    let gains: Vec<_> = answer.choices.iter().map(|choice| choice.gained_weighted_fte).collect();
    assert!(gains.is_sorted_by(|a, b| a >= b), "{gains:?}");
    // What is left, and that assessing is cheapest.
    let [gap] = &answer.gaps[..] else { panic!("{:?}", answer.gaps) };
    assert_eq!((gap.shortfall_fte, gap.gained_fte, gap.shortfall_left_fte), (5.0, 1.93, 3.07));
    assert_eq!((gap.skill_title.as_str(), gap.weight), ("S1", 3.0));
    assert_eq!(
        (gap.cheapest_option.as_str(), gap.cheapest_pence_per_gained_fte),
        ("closureOptions/assess", 16_667)
    );
    assert!(gap.assess_first);
    // £3,422.42 more buys the hire too.
    let summary = answer.summary.unwrap();
    assert_eq!((summary.next_gained_fte, summary.next_gained_weighted_fte), (0.8, 2.4));
    let curve: Vec<_> = answer
        .curve
        .iter()
        .map(|point| (point.budget_pence, point.cost_pence, point.gained_fte))
        .collect();
    assert_eq!(
        curve,
        [
            (60_000, 39_626, 1.25),
            (120_000, 39_626, 1.25),
            (180_000, 39_626, 1.25),
            (240_000, 39_626, 1.25),
            (300_000, 257_758, 1.93),
            (360_000, 339_626, 2.05),
            (420_000, 339_626, 2.05),
            (480_000, 339_626, 2.05),
            (540_000, 339_626, 2.05),
            (600_000, 557_758, 2.73),
        ]
    );
    assert_eq!(answer.curve[4].shortfall_left_fte, 6.67);
    assert!(answer.unusable_options.is_empty());
}

both!(options_are_used_where_they_can_be);
async fn options_are_used_where_they_can_be(server: &Server) {
    use ClosureOptionKind::{Recertify, Recruit, Share, Train};
    let example = Example::create(server).await;
    let other = Organisation {
        title: "Other".into(),
        kind: OrganisationKind::Trust as i32,
        ..Default::default()
    };
    let other = Organisation::create(&server.channel, "", "RX2", Some(other)).await.unwrap().name;
    let train = |change: fn(&mut ClosureOption)| {
        let mut option =
            ClosureOption { cost_per_head_pence: Some(100), ..option(&example, "Course", Train) };
        change(&mut option);
        option
    };
    offer(server, "elsewhere", ClosureOption { organisation: other, ..train(|_| {}) }).await;
    offer(server, "other-family", train(|o| o.family = "CYBER".into())).await;
    offer(server, "too-late", train(|o| o.lead_time_days = Some(274))).await;
    offer(server, "too-low", train(|o| o.to_level = Some(2))).await;
    offer(
        server,
        "too-demanding",
        train(|o| {
            o.from_level = Some(3);
            o.to_level = Some(4)
        }),
    )
    .await;
    offer(server, "share", ClosureOption { ..option(&example, "Share", Share) }).await;
    let missing = vec![ClosureOptionRelation {
        option: "closureOptions/too-late".into(),
        kind: ClosureOptionRelationKind::Requires as i32,
    }];
    offer(
        server,
        "waits",
        ClosureOption { relations: missing, ..option(&example, "Waits", Recertify) },
    )
    .await;
    let good = offer(
        server,
        "good",
        train(|o| {
            o.from_level = Some(2);
            o.to_level = Some(3);
            o.lead_time_days = Some(273)
        }),
    )
    .await;
    let answer = recommend(server, example.query(), 1_000_000).await.unwrap();
    assert_eq!(chosen(&answer), ["good"]);
    assert_eq!((answer.choices[0].headcount, answer.choices[0].closed_fte), (1, 0.8));
    let unusable: Vec<_> = answer
        .unusable_options
        .iter()
        .map(|option| (option.option.as_str(), option.reason()))
        .collect();
    use UnusableReason::*;
    assert_eq!(
        unusable,
        [
            ("closureOptions/elsewhere", NothingToClose),
            ("closureOptions/other-family", NothingToClose),
            ("closureOptions/share", NothingToClose),
            ("closureOptions/too-demanding", NothingToClose),
            ("closureOptions/too-late", TooLate),
            ("closureOptions/too-low", LevelTooLow),
            ("closureOptions/waits", RequiredOptionUnusable),
        ]
    );
    // A post is filled once, whatever the skill: 1.6 FTE are vacant, for two skills.
    ClosureOption::delete(&server.channel, &good.name, "", false).await.unwrap();
    for skill in &example.skills {
        let hire = ClosureOption {
            skill: skill.clone(),
            cost_per_head_pence: Some(100),
            ..option(&example, "Hire", Recruit)
        };
        offer(server, "", hire).await;
    }
    let answer = recommend(server, example.query(), 1_000_000).await.unwrap();
    let hired: f64 = answer.choices.iter().map(|choice| choice.closed_fte).sum();
    assert_eq!(hired, 1.6);
}

both!(surplus_elsewhere_is_shared_and_excluded_options_are_not_used_together);
async fn surplus_elsewhere_is_shared_and_excluded_options_are_not_used_together(server: &Server) {
    let example = Example::create(server).await;
    let trust = Organisation {
        title: "Other".into(),
        kind: OrganisationKind::Trust as i32,
        ..Default::default()
    };
    let trust = Organisation::create(&server.channel, "", "RX2", Some(trust)).await.unwrap().name;
    let target = Target {
        organisation: trust.clone(),
        needed_fte: Some(0.5),
        ..example.target("2027-03-31", 0.5, 0.5)
    };
    Target::create(&server.channel, &example.plan, "", Some(target)).await.unwrap();
    let other = Example {
        organisation: trust.clone(),
        plan: example.plan.clone(),
        role: example.role.clone(),
        skills: example.skills.clone(),
    };
    other.employ(&server.channel).await;
    // There 1.0 FTE are skilled and 0.5 needed.
    let share = ClosureOption {
        cost_per_head_pence: Some(1_000),
        ..option(&example, "Share", ClosureOptionKind::Share)
    };
    offer(server, "share", share.clone()).await;
    let answer = recommend(server, example.query(), 1_000_000).await.unwrap();
    let [choice] = &answer.choices[..] else { panic!("{:?}", answer.choices) };
    assert_eq!(
        (choice.cause(), choice.organisation.as_str()),
        (ClosureCause::Short, example.organisation.as_str())
    );
    assert_eq!((choice.headcount, choice.closed_fte, choice.cause_fte), (1, 0.5, 5.0));
    let excludes = ClosureOptionRelation {
        option: "closureOptions/share".into(),
        kind: ClosureOptionRelationKind::Excludes as i32,
    };
    let hire = ClosureOption {
        relations: vec![excludes],
        cost_per_head_pence: Some(1_000),
        ..option(&example, "Hire", ClosureOptionKind::Recruit)
    };
    offer(server, "hire", hire).await;
    let answer = recommend(server, example.query(), 1_000_000).await.unwrap();
    assert_eq!(chosen(&answer), ["hire"]);
}

both!(what_is_wrong_with_a_budget_is_told_at_once);
async fn what_is_wrong_with_a_budget_is_told_at_once(server: &Server) {
    let example = Example::create(server).await;
    let query = GapQuery {
        period_end_dates: vec!["-".into()],
        group_by: vec![GapDimension::Skill as i32],
        order_by: "priority".into(),
        ..example.query()
    };
    let failure1 = failure(recommend(server, query, -1).await, Code::InvalidArgument);
    for (field, reason) in [
        ("query.period_end_dates", "TOO_LONG"),
        ("query.group_by", "NOT_ALLOWED"),
        ("query.order_by", "NOT_ALLOWED"),
        ("budget_pence", "OUT_OF_RANGE"),
    ] {
        assert!(failure1.violates(field, reason), "{field}: {failure1:?}");
    }
    let none = GapQuery { plan: "plans/none".into(), ..example.query() };
    assert_eq!(
        failure(recommend(server, none, 1).await, Code::NotFound).fact("resource"),
        "plans/none"
    );
    // Without options, and without money, there is nothing to choose.
    let answer = recommend(server, example.query(), 0).await.unwrap();
    assert!(answer.choices.is_empty() && answer.gaps.is_empty());
    let summary = answer.summary.unwrap();
    assert_eq!((summary.cost_pence, summary.gained_fte, summary.shortfall_left_fte), (0, 0.0, 8.6));
    assert!(summary.proven_optimal);
    options(server, &example).await;
    let answer = recommend(server, example.query(), 0).await.unwrap();
    assert!(answer.choices.is_empty());
    // Where there is no budget, the curve goes up to all that can be done.
    assert_eq!((answer.curve[9].budget_pence, answer.curve[9].gained_fte), (557_758, 2.73));
}
