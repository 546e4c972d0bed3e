//! The persisted cache of analysis inputs: an instance that starts takes what is there, and an analysis never
//! shows anything but the state of its revision.

use std::time::Duration;

use digital_skills_registry::{api::v1::*, registry::Registry, store::Store};
use gap_service_client::GapServiceClient;
use prost::Message;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use tokio::{sync::oneshot, task::JoinHandle};
use tonic::transport::Channel;

use crate::{
    both,
    harness::{self, Server, binary::run, client::Batch, fixture::Fixture},
};

/// Enough organisations that their blocks are persisted.
const ORGANISATIONS: usize = 18;

/// The people of each, and its targets; and the same, though there are none, of a nation and its regions.
const BLOCKS: usize = 2 * (ORGANISATIONS + 8);

const NATION: [&str; 11] = [
    "generate",
    "--organisations",
    "18",
    "--roles",
    "3",
    "--periods",
    "2",
    "--staffing",
    "90",
    "--assessments",
    "900",
];

async fn nation(server: &Server) {
    let done = run(server, &NATION).await;
    assert_eq!(done.code, Some(0), "{done:?}");
}

/// Analyses at a revision, the newest for 0, whatever is there.
async fn asked(channel: &Channel, at_revision: i64) -> AnalyseGapsResponse {
    let query = GapQuery {
        plan: "plans/generated".into(),
        period_end_dates: vec!["-".into()],
        as_of_date: "2026-12-01".into(),
        group_by: vec![GapDimension::Organisation as i32, GapDimension::Skill as i32],
        ..GapQuery::default()
    };
    let request = AnalyseGapsRequest {
        query: Some(query),
        page_size: 5_000,
        at_revision,
        ..Default::default()
    };
    GapServiceClient::new(channel.clone()).analyse_gaps(request).await.unwrap().into_inner()
}

/// An instance that has just been started.
struct Instance {
    store: Store,
    channel: Channel,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Instance {
    async fn start(server: &Server) -> Self {
        let store = Store::open(&server.database.url).await.unwrap();
        let (address, stop, serving) = harness::serve(store.clone()).await;
        Self { store, channel: harness::connect(address).await, stop, serving }
    }

    async fn stop(self) {
        let _ = self.stop.send(());
        drop(self.channel);
        self.serving.await.unwrap();
        self.store.close().await;
    }
}

/// What an instance says that has just been started.
async fn anew(server: &Server) -> AnalyseGapsResponse {
    let instance = Instance::start(server).await;
    let answer = asked(&instance.channel, 0).await;
    instance.stop().await;
    answer
}

/// The rows of each organisation.
fn of(answer: &AnalyseGapsResponse, organisation: &str) -> Vec<GapRow> {
    let rows = answer.rows.iter().filter(|row| row.organisation == organisation);
    rows.cloned().collect()
}

/// How many blocks are persisted as they are at this revision, or later, and not spoiled.
async fn count(database: &DatabaseConnection, revision: i64) -> usize {
    let count = format!(
        "SELECT count(*) AS blocks FROM analysis_cache \
         WHERE revision >= {revision} AND format < 999 AND length(content) > 0"
    );
    let statement = Statement::from_string(database.get_database_backend(), count);
    let row = database.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get::<i64>("", "blocks").unwrap() as usize
}

/// Waits until everything is persisted as it is at this revision, or later.
async fn persisted(database: &DatabaseConnection, revision: i64) {
    persisted_of(database, revision, BLOCKS).await;
}

async fn persisted_of(database: &DatabaseConnection, revision: i64, blocks: usize) {
    for _ in 0..400 {
        if count(database, revision).await == blocks {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it is not persisted");
}

both!(an_instance_that_starts_takes_what_is_persisted_and_reads_what_has_changed_since);
/// Behind the registry's back all levels are made 0: what is persisted does not show it, and what is
/// read does.
async fn an_instance_that_starts_takes_what_is_persisted_and_reads_what_has_changed_since(
    server: &Server,
) {
    nation(server).await;
    let database = server.database.connect().await;
    let first = asked(&server.channel, 0).await;
    persisted(&database, server.revision().await).await;
    let break_all = "UPDATE assessment SET level = 0, headcount = 1";
    database.execute_unprepared(break_all).await.unwrap();
    assert_eq!(anew(server).await, first);

    let person = "organisations/GN0003/staffing/new";
    let [changed, other] = ["organisations/GN0003", "organisations/GN0004"];
    let staffing = Staffing {
        subject: "new".into(),
        role: first_role(server).await,
        headcount: Some(1),
        fte: Some(1.0),
        start_date: "2024-01-01".into(),
        ..Default::default()
    };
    Staffing::create(&server.channel, changed, "new", Some(staffing)).await.unwrap();
    let second = anew(server).await;
    assert_eq!(second, asked(&server.channel, 0).await);
    assert_ne!(of(&second, changed), of(&first, changed));
    assert_eq!(of(&second, other), of(&first, other));
    let skilled = |answer: &AnalyseGapsResponse, organisation: &str| -> f64 {
        of(answer, organisation).iter().map(|row| row.figures.unwrap().skilled_fte).sum()
    };
    assert!(skilled(&first, changed) > 0.0 && skilled(&second, other) > 0.0);
    assert_eq!(skilled(&second, changed), 0.0, "it is read");
    Staffing::delete(&server.channel, person, "", false).await.unwrap();

    // A target of the plan may be of any organisation: all targets are read, and the people are not.
    let target = all::<Target>(&server.channel, "plans/generated").await.remove(0);
    Target::delete(&server.channel, &target.name, "", false).await.unwrap();
    let third = anew(server).await;
    let parts = |answer: &AnalyseGapsResponse| -> i32 {
        answer.period_totals.iter().map(|of_period| of_period.totals.unwrap().part_count).sum()
    };
    assert_eq!(parts(&third) + 9, parts(&first));
    assert!(skilled(&third, other) > 0.0);

    let spoil = async |how: &str| {
        database.execute_unprepared(&format!("UPDATE analysis_cache SET {how}")).await.unwrap();
        let instance = Instance::start(server).await;
        let read = asked(&instance.channel, 0).await;
        persisted(&database, 0).await;
        instance.stop().await;
        read
    };
    // Of another format all but one.
    let one = "organisations/GN0005";
    let read =
        spoil(&format!("format = 999 WHERE key LIKE 'people %' AND key <> 'people {one}'")).await;
    assert!(skilled(&read, one) > 0.0 && skilled(&read, other) == 0.0);
    database.execute_unprepared("DELETE FROM analysis_cache").await.unwrap();
    let read = spoil("format = 999").await;
    let in_post = |answer: &AnalyseGapsResponse| -> Vec<f64> {
        let totals = answer.period_totals.iter().map(|of_period| of_period.totals.unwrap());
        totals.map(|totals| totals.figures.unwrap().in_post_fte).collect()
    };
    assert_eq!(in_post(&read), in_post(&third));
    for how in ["content = '' WHERE key LIKE 'people %'", "content = '' WHERE key LIKE 'targets %'"]
    {
        assert!(spoil(how).await == read, "{how}");
    }
    database.close().await.unwrap();
}

both!(what_nobody_can_tell_to_hold_is_not_used_and_goes);
async fn what_nobody_can_tell_to_hold_is_not_used_and_goes(server: &Server) {
    nation(server).await;
    let database = server.database.connect().await;
    asked(&server.channel, 0).await;
    let revision = server.revision().await;
    persisted(&database, revision).await;
    let role = Role { title: "Another".into(), ..Role::default() };
    Role::create(&server.channel, "", "another", Some(role)).await.unwrap();
    let registry = Registry::new(server.store.clone());
    registry.compact(Duration::ZERO).await.unwrap();
    assert_eq!(count(&database, 0).await, 0);
    let before = asked(&server.channel, 0).await;
    let instance = Instance::start(server).await;
    assert_eq!(asked(&instance.channel, 0).await, before);
    persisted(&database, server.revision().await).await;
    instance.stop().await;
    assert_eq!(anew(server).await, before);
    database.close().await.unwrap();
}

both!(all_instances_say_the_same_after_any_change);
/// Whatever changes, and whoever asks: one that has been there all along, one that has just been
/// started, and both when they are asked of the past.
async fn all_instances_say_the_same_after_any_change(server: &Server) {
    nation(server).await;
    let (channel, database) = (&server.channel, server.database.connect().await);
    let mut answers = vec![asked(channel, 0).await];
    persisted(&database, server.revision().await).await;
    let organisation = |n: usize| format!("organisations/GN{n:04}");
    for step in 0..12 {
        let at = organisation(step);
        match step % 6 {
            0 => {
                let mut assessments = all::<Assessment>(channel, &at).await;
                assessments.iter_mut().for_each(|row| row.level = Some((row.level() + 1) % 4));
                harness::load(server, &at, assessments).await;
            }
            1 => {
                let staffing = all::<Staffing>(channel, &at).await.remove(0);
                Staffing::delete(channel, &staffing.name, "", false).await.unwrap();
            }
            2 => {
                let target = all::<Target>(channel, "plans/generated").await.remove(step);
                let target = Target { needed_fte: Some(target.needed_fte() + 3.0), ..target };
                Target::update(channel, target, None, false).await.unwrap();
            }
            3 => {
                let none = Batch::<Assessment> {
                    absent_rows: AbsentRows::Delete as i32,
                    ..Batch::of(&at, Vec::new())
                };
                Assessment::import_all(channel, vec![none]).await.unwrap();
            }
            4 => {
                let role = Role::get(channel, &first_role(server).await).await.unwrap();
                let requirement = all::<Requirement>(channel, &role.name).await.remove(0);
                let level = requirement.minimum_level() % 3 + 1;
                let requirement = Requirement { minimum_level: Some(level), ..requirement };
                Requirement::update(channel, requirement, None, false).await.unwrap();
            }
            _ => {
                // Of every organisation: what is persisted is of no use any more.
                for n in 0..ORGANISATIONS {
                    let mut staffing = all::<Staffing>(channel, &organisation(n)).await;
                    staffing[0].fte = Some(0.25 + step as f64 / 10.0);
                    harness::load(server, &organisation(n), staffing).await;
                }
            }
        }
        let (warm, cold) = (asked(channel, 0).await, anew(server).await);
        assert_eq!(warm, cold, "{step}");
        assert_ne!(warm.rows, answers[step].rows, "{step}");
        if step % 6 == 5 {
            persisted_of(&database, server.revision().await, ORGANISATIONS).await;
        }
        answers.push(warm);
    }
    Role::create(channel, "", "last", Some(Role { title: "Last".into(), ..Role::default() }))
        .await
        .unwrap();
    let instance = Instance::start(server).await;
    for answer in answers {
        let at = answer.context.as_ref().unwrap().read_revision;
        for channel in [channel, &instance.channel] {
            let then = asked(channel, at).await;
            assert_eq!(then.encode_to_vec(), answer.encode_to_vec(), "at {at}");
        }
    }
    instance.stop().await;
    database.close().await.unwrap();
}

async fn all<N: Fixture>(channel: &Channel, parent: &str) -> Vec<N> {
    N::list(channel, parent, 1_000, "").await.unwrap().rows
}

async fn first_role(server: &Server) -> String {
    all::<Role>(&server.channel, "").await.remove(0).name
}
