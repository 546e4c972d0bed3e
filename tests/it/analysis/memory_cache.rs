//! The memory cache of analysis inputs: an analysis never shows anything but the state of its revision,
//! whether that comes of the cache or of the rows.

use digital_skills_registry::{
    api::v1::*,
    domain::{self, assessment::Column},
    store::Store,
};
use gap_service_client::GapServiceClient;
use prost::Message;
use sea_orm::{ColumnTrait, Condition};
use tokio::task::JoinSet;
use tonic::{Code, Status, transport::Channel};

use crate::{
    both,
    harness::{
        self, Server,
        client::{Batch, WriteCall},
        example::Example,
        fixture::Fixture,
    },
};

/// Analyses at a revision, the newest for 0; every resource type that an analysis looks at shows in the answer.
async fn answer(server: &Server, example: &Example, at_revision: i64) -> AnalyseGapsResponse {
    asked(&server.channel, every_period(example), at_revision).await.unwrap()
}

fn every_period(example: &Example) -> GapQuery {
    GapQuery { period_end_dates: vec!["-".into()], ..example.query() }
}

async fn asked(
    channel: &Channel,
    query: GapQuery,
    at_revision: i64,
) -> Result<AnalyseGapsResponse, Status> {
    let request = AnalyseGapsRequest {
        query: Some(query),
        page_size: 1_000,
        at_revision,
        ..Default::default()
    };
    Ok(GapServiceClient::new(channel.clone()).analyse_gaps(request).await?.into_inner())
}

/// Two instances on one database, and what both of them have said.
struct Instances {
    channels: [Channel; 2],
    example: Example,
    answers: Vec<AnalyseGapsResponse>,
    /// Whose turn it is to write.
    turn: usize,
}

impl Instances {
    /// The next one to write; the other hears of it from the database only.
    fn next(&mut self) -> Channel {
        self.turn += 1;
        self.channels[self.turn % 2].clone()
    }

    /// Both say the same, and something else than before.
    async fn differ(&mut self, what: &str) {
        let [one, other] = &self.channels;
        let now = asked(one, every_period(&self.example), 0).await.unwrap();
        let others = asked(other, every_period(&self.example), 0).await.unwrap();
        assert_eq!(now, others, "{what}");
        if let Some(before) = self.answers.last() {
            let shown = |answer: &AnalyseGapsResponse| {
                let plan = answer.context.as_ref().unwrap().plan.clone();
                (answer.rows.clone(), answer.totals, answer.warnings.clone(), plan)
            };
            assert_ne!(shown(&now), shown(before), "{what}");
        }
        self.answers.push(now);
    }

    /// Changes a resource that the analysis shows: by an import, in a batch and alone.
    async fn change<N: Fixture>(&mut self, parent: &str, name: &str, edit: impl Fn(&mut N, usize)) {
        for (n, how) in ["by an import", "in a batch", "alone"].into_iter().enumerate() {
            let channel = self.next();
            let mut row = N::get(&channel, name).await.unwrap();
            edit(&mut row, n);
            match n {
                0 => {
                    drop(N::import_all(&channel, vec![Batch::of(parent, vec![row])]).await.unwrap())
                }
                1 => drop(
                    N::batch_update(&channel, parent, vec![row], false, WriteCall::default())
                        .await
                        .unwrap(),
                ),
                _ => drop(N::update(&channel, row, None, false).await.unwrap()),
            }
            self.differ(&format!("{name} changed {how}")).await;
        }
    }

    /// Creates and deletes a resource that the analysis shows, each alone, in a batch and by an import.
    async fn come_and_go<N: Fixture>(&mut self, parent: &str, id: &str, row: N) {
        let name = match parent {
            "" => format!("{}/{id}", N::COLLECTION),
            parent => format!("{parent}/{}/{id}", N::COLLECTION),
        };
        for (n, how) in ["by an import", "in a batch", "alone"].into_iter().enumerate() {
            let (channel, row) = (self.next(), row.clone());
            match n {
                0 => {
                    let mut named = row;
                    named.set_name(&name);
                    drop(
                        N::import_all(&channel, vec![Batch::of(parent, vec![named])])
                            .await
                            .unwrap(),
                    );
                }
                1 => {
                    let rows = vec![(id.to_owned(), row)];
                    drop(
                        N::batch_create(&channel, parent, rows, WriteCall::default())
                            .await
                            .unwrap(),
                    );
                }
                _ => drop(N::create(&channel, parent, id, Some(row)).await.unwrap()),
            }
            self.differ(&format!("{name} came {how}")).await;
            let channel = self.next();
            match n {
                0 => N::delete(&channel, &name, "", false).await.unwrap(),
                _ => {
                    let names = vec![(name.clone(), String::new())];
                    N::batch_delete(&channel, parent, names, WriteCall::default()).await.unwrap();
                }
            }
            self.differ(&format!("{name} went")).await;
        }
    }

    /// Both find nothing where a query names what is not there, and something where it is.
    async fn found(&self, query: GapQuery, there: bool) {
        for channel in &self.channels {
            let answer = asked(channel, query.clone(), 0).await;
            assert_eq!(
                answer.as_ref().err().map(Status::code),
                (!there).then_some(Code::NotFound),
                "{query:?}"
            );
        }
    }

    /// Creates and deletes what the analysis shows only where it is named.
    async fn come_and_go_named<N: Fixture>(
        &mut self,
        parent: &str,
        id: &str,
        row: N,
        query: GapQuery,
    ) {
        for _ in 0..2 {
            self.found(query.clone(), false).await;
            let rows = vec![(id.to_owned(), row.clone())];
            let row =
                N::batch_create(&self.next(), parent, rows, WriteCall::default()).await.unwrap();
            self.found(query.clone(), true).await;
            N::delete(&self.next(), row[0].name(), "", false).await.unwrap();
        }
        self.found(query, false).await;
    }
}

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

both!(whoever_changes_it_and_however_both_instances_show_it);
/// The one that writes has a cache, and so has the one that hears of it from the database.
async fn whoever_changes_it_and_however_both_instances_show_it(server: &Server) {
    let store = Store::open(&server.database.url).await.unwrap();
    let (address, stop, serving) = harness::serve(store.clone()).await;
    let channels = [server.channel.clone(), harness::connect(address).await];
    let example = Example::create(server).await;
    let (plan, role, organisation) =
        (example.plan.clone(), example.role.clone(), example.organisation.clone());
    let [s1, s2] = example.skills.clone();
    let assessed = example.assess(&server.channel, "d", &s1, 4, "2026-01-01", "").await.name;
    let (target, query) = (example.target("2029-03-31", 7.0, 7.0), example.query());
    let mut instances = Instances { channels, example, answers: Vec::new(), turn: 0 };
    instances.differ("at first").await;

    instances
        .change("", &organisation, |o: &mut Organisation, n| o.title = format!("Trust {n}"))
        .await;
    instances
        .change("", &role, |r: &mut Role, n| r.family = ["CYBER", "DATA", "CYBER"][n].into())
        .await;
    instances
        .change("frameworks/scale", &s1, |s: &mut Skill, n| s.category = format!("Category {n}"))
        .await;
    instances
        .change(&role, "roles/analyst/requirements/s1", |r: &mut Requirement, n| {
            r.minimum_level = Some([1, 2, 3][n])
        })
        .await;
    instances.change("", &plan, |p: &mut Plan, n| p.title = format!("Plan {n}")).await;
    instances
        .change(&plan, "plans/p/targets/2027", |t: &mut Target, n| {
            t.needed_fte = Some(t.needed_fte() + n as f64 + 1.0)
        })
        .await;
    instances
        .change(&organisation, "organisations/RX1/staffing/a", |s: &mut Staffing, n| {
            s.fte = Some([0.2, 0.3, 0.4][n])
        })
        .await;
    instances
        .change(&organisation, &assessed, |a: &mut Assessment, n| a.level = Some([1, 3, 2][n]))
        .await;

    let requirement = Requirement {
        skill: s2.clone(),
        family: "CYBER".into(),
        minimum_level: Some(4),
        ..Default::default()
    };
    instances.come_and_go(&plan, "more", requirement).await;
    let s3 = Skill { title: "S3".into(), ..Default::default() };
    let s3 =
        Skill::create(&instances.next(), "frameworks/scale", "s3", Some(s3)).await.unwrap().name;
    let requirement =
        Requirement { skill: s3.clone(), minimum_level: Some(1), ..Default::default() };
    instances.come_and_go(&role, "s3", requirement).await;
    instances.come_and_go(&plan, "2029", target).await;
    let staffing = Staffing {
        subject: "e".into(),
        role: role.clone(),
        headcount: Some(1),
        fte: Some(1.0),
        start_date: "2024-01-01".into(),
        ..Default::default()
    };
    instances.come_and_go(&organisation, "e", staffing).await;
    let assessment = Assessment {
        subject: "d".into(),
        skill: s2,
        level: Some(1),
        assessed_date: "2026-02-01".into(),
        source: AssessmentSource::Test as i32,
        ..Default::default()
    };
    instances.come_and_go(&organisation, "later", assessment).await;

    let trust = Organisation {
        title: "Other".into(),
        kind: OrganisationKind::Trust as i32,
        ..Default::default()
    };
    let named = GapQuery { organisations: vec!["organisations/RX9".into()], ..query.clone() };
    instances.come_and_go_named("", "RX9", trust, named).await;
    let named = GapQuery { roles: vec!["roles/other".into()], ..query.clone() };
    instances
        .come_and_go_named("", "other", Role { title: "Other".into(), ..Default::default() }, named)
        .await;
    let named = GapQuery { skills: vec!["frameworks/scale/skills/s4".into()], ..query.clone() };
    instances
        .come_and_go_named(
            "frameworks/scale",
            "s4",
            Skill { title: "S4".into(), ..Default::default() },
            named,
        )
        .await;
    let named = GapQuery { plan: "plans/q".into(), ..query };
    let plan = Plan {
        title: "Other".into(),
        owner: organisation.clone(),
        first_period_end_date: "2040-03-31".into(),
        last_period_end_date: "2041-03-31".into(),
        ..Default::default()
    };
    instances.come_and_go_named("", "q", plan, named).await;

    let none = Batch::<Assessment> {
        absent_rows: AbsentRows::Delete as i32,
        ..Batch::of(&organisation, Vec::new())
    };
    Assessment::import_all(&instances.next(), vec![none]).await.unwrap();
    instances.differ("no assessment is left").await;
    Target::delete(&instances.next(), "plans/p/targets/2027", "", false).await.unwrap();
    instances.differ("no target is left").await;
    // What has changed since is built from the rows of then: it says the same, byte for byte.
    let newest = instances.answers.pop();
    assert!(newest.unwrap().rows.is_empty());
    for (n, then) in instances.answers.iter().enumerate() {
        let at = then.context.as_ref().unwrap().read_revision;
        let again =
            asked(&instances.channels[n % 2], every_period(&instances.example), at).await.unwrap();
        assert_eq!(again.encode_to_vec(), then.encode_to_vec(), "at {at}");
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

both!(shares_are_rounded_in_the_order_of_names_now_as_in_the_past);
/// Of a group without FTE on its assessments, the names decide whose share is rounded up.
async fn shares_are_rounded_in_the_order_of_names_now_as_in_the_past(server: &Server) {
    let (channel, example) = (&server.channel, Example::create(server).await);
    let group = Staffing {
        subject: "ward".into(),
        role: example.role.clone(),
        headcount: Some(3),
        fte: Some(1.0),
        start_date: "2024-01-01".into(),
        ..Default::default()
    };
    Staffing::create(channel, &example.organisation, "ward", Some(group)).await.unwrap();
    for (id, valid_until) in [("b", ""), ("c", "2026-01-31"), ("a", "2026-02-28")] {
        let assessment = Assessment {
            subject: "ward".into(),
            skill: example.skills[0].clone(),
            level: Some(4),
            headcount: Some(1),
            assessed_date: "2026-01-01".into(),
            valid_until_date: valid_until.into(),
            source: AssessmentSource::Test as i32,
            ..Default::default()
        };
        Assessment::create(channel, &example.organisation, id, Some(assessment)).await.unwrap();
    }
    let now = answer(server, &example, 0).await;
    let figures =
        now.rows.iter().find(|row| row.skill == example.skills[0]).unwrap().figures.unwrap();
    // A third each: a 0.33333, b 0.33334 and c 0.33333.
    assert_eq!((figures.skilled_fte, figures.expired_fte), (1.33334, 1.66666));
    example.assess(channel, "d", &example.skills[0], 4, "2026-01-01", "").await;
    let then = answer(server, &example, now.context.as_ref().unwrap().read_revision).await;
    assert_eq!(then.encode_to_vec(), now.encode_to_vec());
}

both!(of_one_day_the_last_recorded_counts_now_as_in_the_past);
/// Of a person, the assessment that was recorded last of those of one day counts, whatever its level.
async fn of_one_day_the_last_recorded_counts_now_as_in_the_past(server: &Server) {
    let (channel, example) = (&server.channel, Example::create(server).await);
    let skill = &example.skills[0];
    let skilled = |answer: &AnalyseGapsResponse| {
        answer.rows.iter().find(|row| row.skill == *skill).unwrap().figures.unwrap().skilled_fte
    };
    // a is skilled already; d is 0.6.
    for (day, level, expected) in [
        ("2026-01-01", 4, 1.6),
        ("2026-01-01", 0, 1.0),
        ("2026-01-02", 0, 1.0),
        ("2026-01-02", 4, 1.6),
        ("2026-01-02", 1, 1.0),
    ] {
        example.assess(channel, "d", skill, level, day, "").await;
        let now = answer(server, &example, 0).await;
        assert_eq!(skilled(&now), expected, "{level} on {day}");
        // Of the past it is read row by row.
        let at = now.context.as_ref().unwrap().read_revision;
        Role::create(
            channel,
            "",
            &format!("other-{at}"),
            Some(Role { title: "Other".into(), ..Role::default() }),
        )
        .await
        .unwrap();
        assert_eq!(answer(server, &example, at).await.encode_to_vec(), now.encode_to_vec());
    }
}

both!(rows_that_are_read_as_texts_come_once_each_however_few_fit_in_one);
async fn rows_that_are_read_as_texts_come_once_each_however_few_fit_in_one(server: &Server) {
    let (channel, example) = (&server.channel, Example::create(server).await);
    for (n, day) in
        ["2025-01-01", "2025-01-02", "2025-01-02", "2025-01-02", "2025-01-02", "2025-01-03"]
            .iter()
            .enumerate()
    {
        let skill = &example.skills[n % 2];
        example.assess(channel, &format!("p{n}"), skill, 1, day, "").await;
    }
    let condition = || Condition::all().add(Column::Parent.eq(example.organisation.as_str()));
    let columns = [Column::AssessedDate, Column::Name, Column::Fte, Column::ValidUntilDate];
    let mut all = Vec::new();
    for limit in 1..=14 {
        let mut rows = Vec::new();
        let reads = server.store.reads();
        let mut packs =
            reads.packed::<domain::Assessment>(condition(), &columns, &columns[..2], limit);
        while let Some(pack) = packs.next().await.unwrap() {
            let before = rows.len();
            pack.rows(|row| {
                assert_eq!(row.text(2), "");
                let until = row.optional(3, |row, column| row.date(column))?;
                rows.push((row.date(0)?, row.text(1).to_owned(), until));
                Ok(())
            })
            .unwrap();
            assert!((1..=limit as usize).contains(&(rows.len() - before)), "{limit}");
        }
        assert!(packs.next().await.unwrap().is_none());
        all.push(rows);
    }
    let mut ordered = all[0].clone();
    ordered.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    assert_eq!(ordered.len(), 13);
    assert_eq!(ordered.iter().filter(|(_, _, until)| until.is_some()).count(), 1);
    for rows in &all {
        assert_eq!(rows, &ordered);
    }
    let none = Condition::all().add(Column::Parent.eq("organisations/NONE"));
    let reads = server.store.reads();
    let mut packs = reads.packed::<domain::Assessment>(none, &columns, &columns[..2], 5);
    assert!(packs.next().await.unwrap().is_none());
}
