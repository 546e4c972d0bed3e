//! The catalogue of errors: every one of them happens, and is as the catalogue says.
//!
//! That a failure has the code, the metadata and the details of its entry is checked for every failure
//! of every test; here each is provoked once, and its text is compared with a reviewed snapshot.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use digital_skills_registry::{
    api::v1::{self, *},
    registry::{FeedLimits, Registry},
};
use prost::Message;
use sea_orm::{ConnectionTrait, TransactionTrait};
use tonic::{Code, Request, Status, transport::Channel};

use crate::{
    both,
    feed::{self, OpenWatch},
    harness::{
        self, Db, Server, catalogue,
        client::{Batch, WriteCall},
        failure,
        fixture::{Fixture, ListCall},
        samples::Samples,
        snapshot,
        world::{World, levels},
    },
    limits, protocols,
};

/// The reasons that need a database to be broken under a process of its own: the tests of `faults` see
/// each of them.
const OF_BROKEN_DATABASES: [&str; 5] = [
    "DATABASE_FULL",
    "DATABASE_READ_ONLY",
    "DATABASE_BROKEN",
    "OUTCOME_UNKNOWN",
    "PROGRAM_SUPERSEDED",
];

/// Reasons that have been seen, each with the texts of its statuses.
#[derive(Default)]
struct SeenReasons(BTreeMap<String, Vec<String>>);

impl SeenReasons {
    fn note<T: std::fmt::Debug>(&mut self, reason: &str, result: Result<T, Status>) {
        let status = result.as_ref().expect_err(reason);
        let (code, text) = (status.code(), catalogue::text(status));
        let failure = failure(result, code);
        assert_eq!(failure.reason, reason, "{failure:?}");
        let texts = self.0.entry(failure.reason).or_default();
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
}

fn plans(channel: &Channel) -> plan_service_client::PlanServiceClient<Channel> {
    plan_service_client::PlanServiceClient::new(channel.clone())
}

fn frameworks(channel: &Channel) -> framework_service_client::FrameworkServiceClient<Channel> {
    framework_service_client::FrameworkServiceClient::new(channel.clone())
}

fn by<T>(caller: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("registry-caller", caller.parse().unwrap());
    request
}

fn named<T: Default>(name: &str, set: fn(&mut T, String)) -> T {
    let mut message = T::default();
    set(&mut message, name.to_owned());
    message
}

async fn submit(channel: &Channel, name: &str) -> Result<Plan, Status> {
    let message = named(name, |m: &mut SubmitPlanRequest, name| m.name = name);
    Ok(plans(channel).submit_plan(message).await?.into_inner())
}

async fn approve(channel: &Channel, name: &str, by_whom: &str) -> Result<Plan, Status> {
    let message = named(name, |m: &mut ApprovePlanRequest, name| m.name = name);
    Ok(plans(channel).approve_plan(by(by_whom, message)).await?.into_inner())
}

async fn publish(channel: &Channel, name: &str) -> Result<Framework, Status> {
    let message = named(name, |m: &mut PublishFrameworkRequest, name| m.name = name);
    Ok(frameworks(channel).publish_framework(message).await?.into_inner())
}

/// What is wrong with names, fields and etags.
async fn of_requests(server: &Server, world: &World, seen: &mut SeenReasons) {
    let channel = &server.channel;
    let role = |title: &str| Some(Role { title: title.into(), ..Role::default() });
    seen.note("INVALID_FIELDS", Role::create(channel, "", "a", role("")).await);
    seen.note("RESOURCE_NOT_FOUND", Role::get(channel, "roles/none").await);
    let made = Role::create(channel, "", "a", role("A")).await.unwrap();
    seen.note("NAME_TAKEN", Role::create(channel, "", "a", role("A")).await);
    Target::made(channel, world, 1).await;
    let parent = Target::parent(world);
    let again = Target::create(channel, &parent, "again", Some(Target::nth(world, 1))).await;
    seen.note("KEY_TAKEN", again);
    let stale = Role { etag: "7f".into(), title: "B".into(), ..made.clone() };
    seen.note("ETAG_MISMATCH", Role::update(channel, stale, None, false).await);
    let gone = Role { etag: "7f".into(), name: "roles/gone".into(), ..made.clone() };
    seen.note("ETAG_MISMATCH", Role::update(channel, gone, None, true).await);
    seen.note(
        "RESOURCE_IN_USE",
        Role::delete(channel, &Target::nth(world, 1).role, "", false).await,
    );
    let id = uuid::Uuid::now_v7();
    Role::create_as(channel, "", "b", role("B"), WriteCall::once(id)).await.unwrap();
    seen.note(
        "REQUEST_ID_REUSED",
        Role::create_as(channel, "", "c", role("C"), WriteCall::once(id)).await,
    );
    let organisation = |title: &str| {
        Some(Organisation {
            title: title.into(),
            kind: OrganisationKind::Trust as i32,
            ..Organisation::default()
        })
    };
    let gone = Organisation::create(channel, "", "GONE1", organisation("Gone")).await.unwrap();
    Organisation::delete(channel, &gone.name, "", false).await.unwrap();
    seen.note("CODE_REUSED", Organisation::create(channel, "", "GONE1", organisation("New")).await);
    let mut request = Request::new(CreateRoleRequest {
        role_id: "x".into(),
        role: role("X"),
        ..Default::default()
    });
    request.metadata_mut().insert("registry-rights", "read".parse().unwrap());
    let mut roles = role_service_client::RoleServiceClient::new(channel.clone());
    seen.note("RIGHT_MISSING", roles.create_role(request).await);
    let mut request = Request::new(GetRoleRequest { name: made.name, ..Default::default() });
    request.metadata_mut().insert("registry-rights", "everything".parse().unwrap());
    seen.note("INVALID_FIELDS", roles.get_role(request).await);
}

/// What states forbid.
async fn of_states(server: &Server, world: &World, seen: &mut SeenReasons) {
    let channel = &server.channel;
    let framework = Framework { title: "Frozen".into(), levels: levels(2), ..Framework::default() };
    let frozen = Framework::create(channel, "", "frozen", Some(framework)).await.unwrap();
    let skill = Skill { title: "S".into(), ..Skill::default() };
    Skill::create(channel, &frozen.name, "s", Some(skill.clone())).await.unwrap();
    publish(channel, &frozen.name).await.unwrap();
    seen.note("FRAMEWORK_STATE", publish(channel, &frozen.name).await);
    seen.note("FRAMEWORK_FROZEN", Skill::create(channel, &frozen.name, "t", Some(skill)).await);
    Requirement::made(channel, world, 1).await;
    let framework = Framework::get(channel, &world.framework).await.unwrap();
    let fewer = Framework { levels: Vec::new(), ..framework };
    let mask: &[&str] = &["levels"];
    seen.note("LEVEL_IN_USE", Framework::update(channel, fewer, Some(mask), false).await);

    let plan = |title: &str| Plan {
        title: title.into(),
        owner: world.trust.clone(),
        first_period_end_date: "2027-03-31".into(),
        last_period_end_date: "2029-03-31".into(),
        ..Plan::default()
    };
    let mut drafts = Vec::new();
    for id in ["one", "two"] {
        let request =
            CreatePlanRequest { plan_id: id.into(), plan: Some(plan(id)), ..Default::default() };
        let draft = plans(channel).create_plan(by("author", request)).await.unwrap().into_inner();
        seen.note("PLAN_EMPTY", submit(channel, &draft.name).await);
        seen.note("PLAN_STATE", approve(channel, &draft.name, "approver").await);
        let target = Target { period_end_date: "2029-03-31".into(), ..Target::nth(world, 1) };
        Target::create(channel, &draft.name, "t", Some(target)).await.unwrap();
        drafts.push(draft);
    }
    let shorter = Plan { last_period_end_date: "2028-03-31".into(), ..drafts[0].clone() };
    let mask: &[&str] = &["last_period_end_date"];
    seen.note(
        "TARGET_OUTSIDE_PLAN",
        Plan::update(channel, Plan { etag: String::new(), ..shorter }, Some(mask), false).await,
    );
    for draft in &drafts {
        submit(channel, &draft.name).await.unwrap();
    }
    seen.note("APPROVER_IS_AUTHOR", approve(channel, &drafts[0].name, "author").await);
    approve(channel, &drafts[0].name, "approver").await.unwrap();
    seen.note("PLAN_OVERLAPS", approve(channel, &drafts[1].name, "approver").await);
    let target = Target::nth(world, 2);
    seen.note("PLAN_FROZEN", Target::create(channel, &drafts[0].name, "u", Some(target)).await);

    let gap = Gap::made(channel, world, 1).await;
    let open = TransitionGapRequest {
        name: gap.name,
        state: GapState::Open as i32,
        reason: "Again.".into(),
        ..Default::default()
    };
    let mut gaps = gap_service_client::GapServiceClient::new(channel.clone());
    seen.note("GAP_STATE", gaps.transition_gap(open).await);
}

/// What goes wrong on the way.
async fn of_transport(server: &Server, seen: &mut SeenReasons) {
    let mut grpc = tonic::client::Grpc::new(server.channel.clone());
    grpc.ready().await.unwrap();
    let nothing = http::uri::PathAndQuery::from_static("/digitalskills.v1.RoleService/BurnRole");
    let codec = tonic_prost::ProstCodec::<GetRoleRequest, Role>::default();
    let request = Request::new(GetRoleRequest::default());
    seen.note("METHOD_UNKNOWN", grpc.unary(request, nothing, codec).await);
    grpc.ready().await.unwrap();
    // A string is sent where the method wants a message with other types.
    let list = http::uri::PathAndQuery::from_static("/digitalskills.v1.RoleService/ListRoles");
    let codec = tonic_prost::ProstCodec::<RoleFamily, ListRolesResponse>::default();
    let wrong = RoleFamily { title: "2".into(), ..RoleFamily::default() };
    seen.note("MESSAGE_UNDECODABLE", grpc.unary(Request::new(wrong), list, codec).await);
    let large = Role { title: "x".repeat(5 << 20), ..Role::default() };
    seen.note("MESSAGE_TOO_LARGE", Role::create(&server.channel, "", "large", Some(large)).await);
    let snappy = past_the_client(server, "grpc-encoding", "snappy").await;
    seen.note("COMPRESSION_UNKNOWN", snappy);
}

/// A call with a header that no client would send, or after which it would give up by itself.
async fn past_the_client(server: &Server, header: &str, value: &str) -> Result<(), Status> {
    let socket = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let (mut client, connection) = h2::client::handshake(socket).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = http::Request::post(format!(
        "http://{}/digitalskills.v1.RoleService/CreateRole",
        server.address
    ));
    let request = request
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header(header, value)
        .body(())
        .unwrap();
    let (answer, mut body) = client.send_request(request, false).unwrap();
    let role = Role { title: "Late".into(), ..Role::default() };
    let message = CreateRoleRequest { role: Some(role), ..Default::default() }.encode_to_vec();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    // The server may refuse the header and close the stream before this is sent.
    body.send_data([&[0], &length[..], &message].concat().into(), true).ok();
    let answer = answer.await.unwrap();
    connection.abort();
    Err(Status::from_header_map(answer.headers()).unwrap())
}

/// An export that nobody reads.
async fn of_waiting(server: &Server, seen: &mut SeenReasons) {
    let parent = "frameworks/long";
    let framework = Framework { title: "Long".into(), ..Framework::default() };
    Framework::create(&server.channel, "", "long", Some(framework)).await.unwrap();
    let skill = |n: usize| Skill {
        name: format!("{parent}/skills/s{n:04}"),
        title: "S".into(),
        description: "x".repeat(10_000),
        ..Skill::default()
    };
    for chunk in 0..5 {
        let rows = (chunk * 300..(chunk + 1) * 300).map(skill).collect();
        Skill::import_all(&server.channel, vec![Batch::of(parent, rows)]).await.unwrap();
    }
    let limits = FeedLimits {
        patience: Duration::from_millis(300),
        most_watches: 1,
        most_waiting: 0,
        ..FeedLimits::default()
    };
    let registry = Registry::with_feed(server.store.clone(), limits);
    let (address, stop, serving) = harness::serve_with(registry).await;
    let mut client =
        skill_service_client::SkillServiceClient::new(harness::connect_narrow(address).await);
    let request = ExportSkillsRequest { parent: parent.into(), ..Default::default() };
    let mut answers = client.export_skills(request).await.unwrap().into_inner();
    let narrow = harness::connect_narrow(address).await;
    let mut watching = OpenWatch::after(&narrow, 0).await;
    let other = OpenWatch::open(&narrow, WatchChangesRequest::default()).await;
    seen.note("TOO_MANY_WATCHES", other.map(|_| ()));
    let ahead = server.revision().await + 1;
    seen.note("OVERLOADED", Role::get_as(&narrow, "roles/a", 0, ahead).await);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let end = loop {
        match answers.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the export should not end well"),
            Err(status) => break status,
        }
    };
    seen.note("EXPORT_STALLED", Err::<(), _>(end));
    let end = loop {
        match watching.event().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the watch should not end well"),
            Err(status) => break status,
        }
    };
    seen.note("WATCH_BEHIND", Err::<(), _>(end));
    let _ = stop.send(());
    serving.await.unwrap();
}

/// A call that is not of a form that its method takes.
async fn of_form(server: &Server, seen: &mut SeenReasons) {
    let url = format!("http://{}/digitalskills.v1.RoleService/GetRole", server.address);
    let answer = reqwest::get(url).await.unwrap().json().await.unwrap();
    seen.note("FORM_UNKNOWN", Err::<(), _>(protocols::as_status(&answer)));
}

/// A request that does not arrive, and one for which there is no room.
async fn of_limits(server: &Server, seen: &mut SeenReasons) {
    seen.note("REQUEST_STALLED", Err::<(), _>(limits::stalled_request(server).await));
    seen.note("OVERLOADED", Err::<(), _>(limits::request_without_room(server).await));
}

/// Revisions that are gone, to come, and waited for.
async fn of_revisions(server: &Server, seen: &mut SeenReasons) {
    let channel = &server.channel;
    let oldest = feed::compact(server).await;
    seen.note("REVISION_COMPACTED", feed::list(channel, oldest - 1, None, 0).await);
    let boundary = ListChangesRequest { after_revision: oldest, ..Default::default() };
    let mut client = feed::client(channel);
    let token = client.list_changes(boundary).await.unwrap().into_inner().read_token;
    let other = if token.ends_with('0') { "1" } else { "0" };
    let after_token = format!("{}{other}", &token[..token.len() - 1]);
    let after = ListChangesRequest { after_token, ..Default::default() };
    seen.note("REVISION_OTHER_HISTORY", client.list_changes(after).await);
    seen.note("REVISION_AHEAD", feed::list(channel, oldest + 9, None, 0).await);
    seen.note("REVISION_AWAITED", Role::get_as(channel, "roles/a", 0, oldest + 9).await);
}

/// A database that is locked, and then broken.
async fn of_the_database(server: &Server, seen: &mut SeenReasons) {
    let other = server.database.connect().await;
    let lock = other.begin().await.unwrap();
    let sql = match server.database.db {
        Db::Sqlite => "UPDATE revision SET revision = revision",
        Db::Postgres => "LOCK TABLE role",
    };
    lock.execute_unprepared(sql).await.unwrap();
    let late = past_the_client(server, "grpc-timeout", "100m").await;
    seen.note("DEADLINE_EXCEEDED", late);
    let role = Role { title: "Late".into(), ..Role::default() };
    seen.note("DATABASE_BUSY", Role::create(&server.channel, "", "late", Some(role)).await);
    lock.rollback().await.unwrap();
    other.execute_unprepared("DROP TABLE gap").await.unwrap();
    seen.note("INTERNAL", Gap::get(&server.channel, "plans/p/gaps/g").await);
}

both!(every_reason_happens_and_is_as_the_catalogue_says);
async fn every_reason_happens_and_is_as_the_catalogue_says(server: &Server) {
    let world = World::create(server).await;
    let mut seen = SeenReasons::default();
    of_requests(server, &world, &mut seen).await;
    of_states(server, &world, &mut seen).await;
    of_transport(server, &mut seen).await;
    of_waiting(server, &mut seen).await;
    of_form(server, &mut seen).await;
    of_limits(server, &mut seen).await;
    of_revisions(server, &mut seen).await;
    of_the_database(server, &mut seen).await;

    let another = server.another().await;
    let (_sender, receiver) = tokio::sync::mpsc::channel::<v1::ImportRolesRequest>(1);
    let batches = tokio_stream::wrappers::ReceiverStream::new(receiver);
    let mut roles = role_service_client::RoleServiceClient::new(another.connect().await);
    let mut answers = roles.import_roles(batches).await.unwrap().into_inner();
    let stopping = tokio::spawn(another.stop());
    seen.note("SHUTTING_DOWN", answers.message().await);
    stopping.await.unwrap();

    let text = seen.0.values().flatten().fold(String::new(), |text, each| text + each + "\n\n");
    snapshot::settings().bind(|| insta::assert_snapshot!("statuses", text));
    let mut reasons: BTreeSet<String> = seen.0.into_keys().collect();
    reasons.extend(OF_BROKEN_DATABASES.map(str::to_owned));
    assert_eq!(reasons, catalogue::reasons());
}

both!(every_rule_of_fields_is_broken_once);
async fn every_rule_of_fields_is_broken_once(server: &Server) {
    let world = World::create(server).await;
    let channel = &server.channel;
    let mut rules = BTreeSet::new();
    let mut text = String::new();
    let mut broken = |result: Result<(), Status>| {
        text += &catalogue::text(result.as_ref().unwrap_err());
        text += "\n\n";
        let failure = failure(result, Code::InvalidArgument);
        rules.extend(failure.violations().into_iter().map(|(_, rule)| rule));
    };
    let role = Role {
        group: "x".repeat(201),
        seniority: Some(-1),
        afc_band_from: 99,
        codes: vec!["esr".into(), "esr".into()],
        ..Role::default()
    };
    broken(Role::create(channel, "", "BAD", Some(role)).await.map(|_| ()));
    let twice = Role { title: "T".into(), codes: vec!["a:b".into(); 2], ..Role::default() };
    broken(Role::create(channel, "", "twice", Some(twice)).await.map(|_| ()));
    let listing = ListCall { filter: "nothing = 1".into(), ..ListCall::default() };
    broken(Role::list_as(channel, listing).await.map(|_| ()));
    let staffing = Staffing {
        subject: "AB123456C".into(),
        role: "roles/none".into(),
        headcount: Some(1),
        start_date: "2026-01-01".into(),
        ..Staffing::default()
    };
    broken(Staffing::create(channel, &world.trust, "s", Some(staffing)).await.map(|_| ()));
    let mut made = Staffing::made(channel, &world, 1).await;
    made.subject = "another".into();
    broken(Staffing::update(channel, made, None, false).await.map(|_| ()));
    let own = Organisation {
        name: world.board.clone(),
        parent: world.trust.clone(),
        ..Organisation::default()
    };
    broken(Organisation::update(channel, own, Some(&["parent"]), false).await.map(|_| ()));
    let level = Requirement { minimum_level: Some(9), ..Requirement::nth(&world, 1) };
    broken(
        Requirement::create(channel, &Requirement::parent(&world), "r", Some(level))
            .await
            .map(|_| ()),
    );
    let on_role = Requirement {
        role: world.role.clone(),
        family: "DATA".into(),
        ..Requirement::nth(&world, 1)
    };
    broken(Requirement::create(channel, &world.role, "r", Some(on_role)).await.map(|_| ()));
    let skill =
        Skill { title: "S".into(), broader_skill: world.other_skill.clone(), ..Skill::default() };
    broken(Skill::create(channel, &world.framework, "s", Some(skill)).await.map(|_| ()));
    snapshot::settings().bind(|| insta::assert_snapshot!("broken_rules", text));
    assert_eq!(rules, catalogue::rules());
}
