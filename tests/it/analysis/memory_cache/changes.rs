//! After every change, and during changes: an analysis shows the state of its revision.

use digital_skills_registry::{api::v1::*, store::Store};
use prost::Message;
use tokio::task::JoinSet;

use super::{answer, asked, every_period};
use crate::{
    both,
    harness::{self, Server, example::Example, fixture::Fixture},
};

both!(whatever_changes_the_next_analysis_shows_it);
async fn whatever_changes_the_next_analysis_shows_it(server: &Server) {
    let (channel, example) = (&server.channel, Example::create(server).await);
    let mut answers = vec![answer(server, &example, 0).await];
    let mut seen = async |what: &str| {
        let now = answer(server, &example, 0).await;
        let before = answers.last().unwrap();
        assert_ne!(
            (&now.rows, &now.totals, &now.warnings),
            (&before.rows, &before.totals, &before.warnings),
            "{what}"
        );
        answers.push(now);
    };
    let organisation = Organisation::get(channel, &example.organisation).await.unwrap();
    let organisation = Organisation { title: "Another".into(), ..organisation };
    Organisation::update(channel, organisation, None, false).await.unwrap();
    seen("an organisation").await;
    let role = Role::get(channel, &example.role).await.unwrap();
    Role::update(channel, Role { family: "CYBER".into(), ..role }, None, false).await.unwrap();
    seen("a role").await;
    let skill = Skill::get(channel, &example.skills[0]).await.unwrap();
    Skill::update(channel, Skill { category: "Other".into(), ..skill }, None, false).await.unwrap();
    seen("a skill").await;
    let requirement = Requirement::get(channel, "roles/analyst/requirements/s1").await.unwrap();
    Requirement::update(
        channel,
        Requirement { minimum_level: Some(2), ..requirement },
        None,
        false,
    )
    .await
    .unwrap();
    seen("a requirement of a role").await;
    let requirement = Requirement {
        skill: example.skills[1].clone(),
        family: "CYBER".into(),
        minimum_level: Some(4),
        ..Default::default()
    };
    Requirement::create(channel, &example.plan, "more", Some(requirement)).await.unwrap();
    seen("a requirement of the plan").await;
    Target::create(channel, &example.plan, "2028", Some(example.target("2028-03-31", 7.0, 7.0)))
        .await
        .unwrap();
    seen("a target").await;
    Target::delete(channel, "plans/p/targets/2027", "", false).await.unwrap();
    seen("a target that is gone").await;
    let below = Organisation {
        title: "Below".into(),
        kind: OrganisationKind::Trust as i32,
        parent: example.organisation.clone(),
        ..Default::default()
    };
    let below = Organisation::create(channel, "", "RX2", Some(below)).await.unwrap().name;
    let elsewhere = Staffing {
        subject: "e".into(),
        role: example.role.clone(),
        headcount: Some(1),
        fte: Some(1.0),
        start_date: "2024-01-01".into(),
        ..Default::default()
    };
    let elsewhere = Staffing::create(channel, &below, "e", Some(elsewhere)).await.unwrap();
    seen("somebody in an organisation below").await;
    Target::create(
        channel,
        &example.plan,
        "below",
        Some(Target { organisation: below, ..example.target("2028-03-31", 2.0, 1.0) }),
    )
    .await
    .unwrap();
    seen("a target for it").await;
    Staffing::delete(channel, &elsewhere.name, "", false).await.unwrap();
    seen("somebody who is gone").await;
    let assessment = example.assess(channel, "d", &example.skills[0], 4, "2026-01-01", "").await;
    seen("an assessment").await;
    Assessment::update(channel, Assessment { level: Some(0), ..assessment.clone() }, None, false)
        .await
        .unwrap();
    seen("another level").await;
    Assessment::delete(channel, &assessment.name, "", false).await.unwrap();
    seen("an assessment that is gone").await;
    let plan = Plan::get(channel, &example.plan).await.unwrap();
    Plan::update(channel, Plan { title: "Another".into(), ..plan }, None, false).await.unwrap();
    assert_eq!(answer(server, &example, 0).await.context.unwrap().plan.unwrap().title, "Another");
    // What has not changed since comes of the cache, and all else of the rows of then; of an instance that
    // has just been started, everything comes of the rows. Both say the same, byte for byte.
    let store = Store::open(&server.database.url).await.unwrap();
    let (address, stop, serving) = harness::serve(store.clone()).await;
    for channel in [server.channel.clone(), harness::connect(address).await] {
        for then in &answers {
            let at = then.context.as_ref().unwrap().read_revision;
            let again = asked(&channel, every_period(&example), at).await.unwrap();
            assert_eq!(again.encode_to_vec(), then.encode_to_vec(), "at {at}");
        }
    }
    let _ = stop.send(());
    serving.await.unwrap();
    store.close().await;
}

both!(what_is_said_while_others_write_is_what_was_at_the_revision_said);
async fn what_is_said_while_others_write_is_what_was_at_the_revision_said(server: &Server) {
    let store = Store::open(&server.database.url).await.unwrap();
    let (address, stop, serving) = harness::serve(store.clone()).await;
    let channels = [server.channel.clone(), harness::connect(address).await];
    let example = Example::create(server).await;
    let assessed =
        example.assess(&server.channel, "d", &example.skills[0], 4, "2026-01-01", "").await;
    let (mut write_options, mut reading) = (JoinSet::new(), JoinSet::new());
    for (n, channel) in channels.iter().cloned().enumerate() {
        let (assessed, target) = (assessed.clone(), example.target("2028-03-31", 1.0, 1.0));
        write_options.spawn(async move {
            for i in 0..20 {
                match n {
                    0 => drop(
                        Assessment::update(
                            &channel,
                            Assessment {
                                level: Some(i % 4 + 1),
                                etag: String::new(),
                                ..assessed.clone()
                            },
                            None,
                            false,
                        )
                        .await
                        .unwrap(),
                    ),
                    _ if i % 2 == 0 => drop(
                        Target::create(&channel, "plans/p", "2028", Some(target.clone()))
                            .await
                            .unwrap(),
                    ),
                    _ => Target::delete(&channel, "plans/p/targets/2028", "", false).await.unwrap(),
                }
            }
        });
    }
    let done = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    for n in 0..4 {
        let (channel, query, done) =
            (channels[n % 2].clone(), every_period(&example), done.clone());
        reading.spawn(async move {
            let mut answers = Vec::new();
            while !done.load(std::sync::atomic::Ordering::SeqCst) {
                answers.push(asked(&channel, query.clone(), 0).await.unwrap());
            }
            answers
        });
    }
    write_options.join_all().await;
    done.store(true, std::sync::atomic::Ordering::SeqCst);
    let answers = reading.join_all().await.concat();
    example.assess(&server.channel, "d", &example.skills[1], 4, "2026-01-01", "").await;
    let mut said = std::collections::BTreeMap::<i64, Vec<_>>::new();
    for answer in answers {
        let at = answer.context.as_ref().unwrap().read_revision;
        said.entry(at).or_default().push(answer);
    }
    assert!(said.len() > 1);
    for (at, said) in said {
        let then = answer(server, &example, at).await;
        for said in said {
            assert_eq!(said, then, "at {at}");
        }
    }
    let _ = stop.send(());
    serving.await.unwrap();
    store.close().await;
}
