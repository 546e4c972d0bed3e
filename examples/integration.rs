//! A complete little integration with the registry, in Rust, by the client that the build generates:
//!
//! ```sh
//! cargo run --example integration -- http://127.0.0.1:50051
//! ```
//!
//! It exits 0 only if it got through all of it, and can be run again and again.

use std::{env, error::Error, time::Duration};

use backon::{ExponentialBuilder, Retryable};
use digital_skills_registry::api::v1::{
    role_service_client::RoleServiceClient, staffing_service_client::StaffingServiceClient, *,
};
use tokio::time::{Instant, timeout_at};
use tokio_stream::StreamExt;
use tonic::{Code, Request, Response, Status, transport::Channel};
use tonic_types::StatusExt;

type Outcome = Result<(), Box<dyn Error>>;

/// Of a call with all its tries: a user who waits longer has gone away.
const DEADLINE: Duration = Duration::from_secs(5);
const ROLE: &str = "roles/example-rust";
const ORGANISATION: &str = "organisations/SAMPLENHS";

/// Makes a call, again while the registry is UNAVAILABLE and the deadline has not passed. Every other
/// code is an answer that trying again does not change, or may have been carried out.
async fn call<C: Clone, Q: Clone, A>(
    client: &C,
    method: impl AsyncFn(&mut C, Request<Q>) -> Result<Response<A>, Status>,
    message: Q,
) -> Result<A, Status> {
    let give_up = Instant::now() + DEADLINE;
    let attempt = async || {
        let mut request = Request::new(message.clone());
        request.set_timeout(give_up - Instant::now());
        Ok(method(&mut client.clone(), request).await?.into_inner())
    };
    // Without jitter, all the clients of a registry that restarts would come back at once.
    let waits = ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_millis(500))
        .with_jitter()
        .without_max_times();
    let asked = |status: &Status| status.get_details_retry_info().and_then(|info| info.retry_delay);
    let answer = attempt
        .retry(waits)
        .when(|status: &Status| status.code() == Code::Unavailable)
        .adjust(|status, wait| wait.max(asked(status)));
    // The registry is told the deadline; it is kept here too, where no registry answers.
    timeout_at(give_up, answer).await.unwrap_or_else(|_| Err(Status::deadline_exceeded("too late")))
}

async fn list_titles(roles: &RoleServiceClient<Channel>) -> Outcome {
    let (filter, order_by) = (r#"family = "DATA" OR family = "CYBER""#.into(), "title".into());
    let mut request = ListRolesRequest { page_size: 2, filter, order_by, ..Default::default() };
    let mut pages = 0;
    // A page may be short, or even empty, and not be the last: only the token tells.
    while pages == 0 || !request.page_token.is_empty() {
        let page = call(roles, RoleServiceClient::list_roles, request.clone()).await?;
        let titles: Vec<_> = page.roles.into_iter().map(|role| role.title).collect();
        pages += 1;
        println!("page {pages}: {}", titles.join(", "));
        request.page_token = page.next_page_token;
    }
    Ok(())
}

async fn upsert(roles: &RoleServiceClient<Channel>) -> Outcome {
    let (name, title, family) = (ROLE.into(), "Example analyst (Rust)".into(), "DATA".into());
    let role = Some(Role { name, title, family, ..Default::default() });
    // The same for every try: it is what makes them safe.
    let request_id = uuid::Uuid::now_v7().to_string();
    let request = UpdateRoleRequest { role, allow_missing: true, request_id, ..Default::default() };
    let first = call(roles, RoleServiceClient::update_role, request.clone()).await?;
    let again = call(roles, RoleServiceClient::update_role, request).await?;
    assert_eq!(again, first, "a request sent twice is done once");
    println!("{ROLE} is at revision {}, and still when the request comes again", first.revision);
    Ok(())
}

async fn import_staffing(staffing: &StaffingServiceClient<Channel>) -> Outcome {
    let row = |(number, fte)| {
        let subject = format!("example-rust-{number}");
        let name = format!("{ORGANISATION}/staffing/{subject}");
        let (role, headcount, start_date) = (ROLE.into(), Some(1), "2026-04-01".into());
        Staffing { name, subject, role, headcount, fte, start_date, ..Default::default() }
    };
    // The second row has more decimals than are kept. Sending the batch twice shows that it can be.
    let rows = [(1, Some(1.0)), (2, Some(0.123456)), (3, Some(0.6))].map(row).to_vec();
    let parent = ORGANISATION.into();
    let batch = ImportStaffingRequest { parent, staffing: rows, ..Default::default() };
    let import = async |staffing: &mut StaffingServiceClient<_>, batches: Request<[_; 2]>| {
        let answers = staffing.import_staffing(batches.map(tokio_stream::iter)).await?.into_inner();
        Ok(Response::new(answers.collect::<Result<Vec<_>, _>>().await?))
    };
    let answers = call(staffing, import, [batch.clone(), batch]).await?;
    for outcome in answers.into_iter().flat_map(|answer| answer.outcomes) {
        let status = outcome.status().as_str_name().replace("IMPORT_STATUS_", "");
        let wrong = outcome.error.unwrap_or_default().violations;
        let told = wrong.iter().fold(status, |told, wrong| format!("{told} {}", wrong.field));
        println!("row {}: {told}", outcome.row);
    }
    Ok(())
}

async fn handle_errors(roles: &RoleServiceClient<Channel>) -> Outcome {
    // Somebody else's change since we read would be undone: the registry refuses, we would read again.
    let role = Some(Role { name: ROLE.into(), etag: "stale".into(), ..Default::default() });
    let stale = UpdateRoleRequest { role, ..Default::default() };
    let refused = call(roles, RoleServiceClient::update_role, stale).await.err();
    // Programs read the details of a status, never its message.
    let why = refused.and_then(|status| status.get_details_error_info()).ok_or("no ErrorInfo")?;
    assert_eq!(why.reason, "ETAG_MISMATCH", "a stale etag is found");
    println!("ABORTED: {} by {}, about {:?}", why.reason, why.domain, why.metadata.get("resource"));

    let role = Role { family: "no capitals".into(), seniority: Some(101), ..Default::default() };
    let invalid = CreateRoleRequest { role: Some(role), ..Default::default() };
    let refused = call(roles, RoleServiceClient::create_role, invalid).await.err();
    let why = refused.and_then(|status| status.get_details_bad_request()).ok_or("no BadRequest")?;
    for violation in why.field_violations {
        println!("INVALID_ARGUMENT: {}: {}", violation.field, violation.description);
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Outcome {
    let endpoint = env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:50051".into());
    // Lazily, so that a registry that is not there yet is waited for like one that goes away.
    let channel = Channel::from_shared(endpoint)?.connect_lazy();
    let roles = RoleServiceClient::new(channel.clone());
    let staffing = StaffingServiceClient::new(channel);
    list_titles(&roles).await?;
    upsert(&roles).await?;
    import_staffing(&staffing).await?;
    handle_errors(&roles).await?;
    // What refers to the role goes first; allow_missing, for an earlier try may have done it.
    for number in 1..=3 {
        let name = format!("{ORGANISATION}/staffing/example-rust-{number}");
        let row = DeleteStaffingRequest { name, allow_missing: true, ..Default::default() };
        call(&staffing, StaffingServiceClient::delete_staffing, row).await?;
    }
    let role = DeleteRoleRequest { name: ROLE.into(), allow_missing: true, ..Default::default() };
    call(&roles, RoleServiceClient::delete_role, role).await?;
    println!("cleaned up");
    Ok(())
}
