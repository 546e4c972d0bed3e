//! Two instances on one database: both show what either of them writes, however it is written.

use digital_skills_registry::{api::v1::*, store::Store};
use prost::Message;
use tonic::{Code, Status, transport::Channel};

use super::{asked, every_period};
use crate::{
    both,
    harness::{
        self, Server,
        client::{Batch, WriteCall},
        example::Example,
        fixture::Fixture,
    },
};

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
