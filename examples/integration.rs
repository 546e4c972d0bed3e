//! A complete little integration with the registry, in Rust, by the client that the build generates:
//!
//! ```sh
//! cargo run --example integration -- http://127.0.0.1:50051
//! ```
//!
//! It exits 0 only if everything went as it must, and can be run again and again.

use std::{
    env,
    error::Error,
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

use digital_skills_registry::api::v1::{
    CreateRoleRequest, DeleteRoleRequest, DeleteStaffingRequest, ImportStaffingRequest,
    ListRolesRequest, Role, Staffing, UpdateRoleRequest, role_service_client::RoleServiceClient,
    staffing_service_client::StaffingServiceClient,
};
use tokio::time::{sleep, timeout};
use tonic::{Code, Request, Response, Status, transport::Channel, transport::Endpoint};
use tonic_types::StatusExt;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Of a call with all its retries: a user who waits longer has gone away.
const DEADLINE: Duration = Duration::from_secs(5);
const ROLE: &str = "roles/example-rust";
const ORGANISATION: &str = "organisations/SAMPLENHS";

fn must(held: bool, what: &str) -> Outcome {
    if held { Ok(()) } else { Err(format!("not as it must be: {what}").into()) }
}

/// Makes a call, again while the registry is UNAVAILABLE and the deadline has not passed. Every other
/// code is an answer that trying again does not change, or may have been carried out.
async fn call<Q: Clone, A>(
    message: Q,
    attempt: impl AsyncFn(Request<Q>) -> Result<A, Status>,
) -> Result<A, Status> {
    let start = Instant::now();
    let mut backoff = Duration::from_millis(100);
    loop {
        let left = DEADLINE.saturating_sub(start.elapsed());
        let mut request = Request::new(message.clone());
        request.set_timeout(left);
        // The registry is told the deadline; it is kept here too, where no registry answers.
        let answer = timeout(left, attempt(request)).await;
        let status = match answer.unwrap_or_else(|_| Err(Status::deadline_exceeded("too late"))) {
            Err(status) if status.code() == Code::Unavailable => status,
            answer => return answer,
        };
        let asked = status.get_details_retry_info().and_then(|asked| asked.retry_delay);
        // Without jitter, all the clients of a registry that restarts would come back at once.
        let jitter = (RandomState::new().hash_one(0) % 500) as f64 / 1000.0;
        let wait = backoff.max(asked.unwrap_or_default()).mul_f64(1.0 + jitter);
        if start.elapsed() + wait >= DEADLINE {
            return Err(status);
        }
        sleep(wait).await;
        backoff *= 2;
    }
}

async fn list_titles(roles: &RoleServiceClient<Channel>) -> Outcome {
    let mut request = ListRolesRequest {
        page_size: 2,
        filter: r#"family = "DATA" OR family = "CYBER""#.into(),
        order_by: "title".into(),
        ..Default::default()
    };
    for page in 1.. {
        let answer = call(request.clone(), async |q| roles.clone().list_roles(q).await);
        let answer = answer.await?.into_inner();
        let titles: Vec<_> = answer.roles.into_iter().map(|role| role.title).collect();
        println!("page {page}: {}", titles.join(", "));
        // A page may be short, or even empty, and not be the last: only the token tells.
        if answer.next_page_token.is_empty() {
            return must(page > 1, "the list has several pages");
        }
        request.page_token = answer.next_page_token;
    }
    Ok(())
}

async fn upsert(roles: &RoleServiceClient<Channel>) -> Outcome {
    let (name, title) = (ROLE.into(), "Example analyst (Rust)".into());
    let request = UpdateRoleRequest {
        role: Some(Role { name, title, family: "DATA".into(), ..Default::default() }),
        allow_missing: true,
        // Made once, outside of the retries: it is what makes them safe.
        request_id: uuid::Uuid::now_v7().to_string(),
        ..Default::default()
    };
    let update = async |q| roles.clone().update_role(q).await.map(Response::into_inner);
    let first = call(request.clone(), update).await?;
    must(call(request, update).await? == first, "a request sent twice is done once")?;
    println!("{ROLE} is at revision {}, and still when the request comes again", first.revision);
    Ok(())
}

async fn import_staffing(staffing: &StaffingServiceClient<Channel>) -> Outcome {
    let row = |(number, fte)| Staffing {
        name: format!("{ORGANISATION}/staffing/example-rust-{number}"),
        subject: format!("example-rust-{number}"),
        role: ROLE.into(),
        headcount: 1,
        fte,
        start_date: "2026-04-01".into(),
        ..Default::default()
    };
    // The second row has more decimals than are kept. Sending the batch twice shows that it can be.
    let rows = [(1, 1.0), (2, 0.123456), (3, 0.6)].map(row).to_vec();
    let parent = ORGANISATION.into();
    let batch = ImportStaffingRequest { parent, staffing: rows, ..Default::default() };
    let outcomes = call([batch.clone(), batch], async |q| {
        let mut outcomes = Vec::new();
        let answers = staffing.clone().import_staffing(q.map(tokio_stream::iter)).await;
        let mut answers = answers?.into_inner();
        while let Some(answer) = answers.message().await? {
            outcomes.extend(answer.outcomes);
        }
        Ok(outcomes)
    });
    let mut told = Vec::new();
    for outcome in outcomes.await? {
        let verdict = outcome.verdict().as_str_name().replace("IMPORT_VERDICT_", "");
        let wrong = outcome.error.unwrap_or_default().violations;
        told.push(wrong.iter().fold(verdict, |told, wrong| format!("{told} {}", wrong.field)));
        println!("row {}: {}", outcome.row, told[told.len() - 1]);
    }
    must(told.len() == 6 && told[3..] == ["UNCHANGED", "REJECTED fte", "UNCHANGED"], "kept once")?;
    let good = !told[0].starts_with("REJECTED") && !told[2].starts_with("REJECTED");
    must(good && told[1] == "REJECTED fte", "only the bad row is rejected")
}

async fn handle_errors(roles: &RoleServiceClient<Channel>) -> Outcome {
    // Somebody else's change since we read would be undone: the registry refuses, we would read again.
    let (name, etag, title) = (ROLE.into(), "stale".into(), "Undone".into());
    let role = Some(Role { name, etag, title, ..Default::default() });
    let stale = UpdateRoleRequest { role, ..Default::default() };
    let answer = call(stale, async |q| roles.clone().update_role(q).await);
    let status = answer.await.err().ok_or("a stale etag is found")?;
    // Programs read the details of a status, never its message.
    let info = status.get_details_error_info().ok_or("every failure has an ErrorInfo")?;
    must(
        status.code() == Code::Aborted && info.reason == "ETAG_MISMATCH",
        "a stale etag is found",
    )?;
    println!(
        "ABORTED: {} by {}, about {:?}",
        info.reason,
        info.domain,
        info.metadata.get("resource")
    );

    let role = Some(Role { family: "no capitals".into(), seniority: 101, ..Default::default() });
    let invalid = CreateRoleRequest { role, ..Default::default() };
    let answer = call(invalid, async |q| roles.clone().create_role(q).await);
    let status = answer.await.err().ok_or("an invalid request is refused")?;
    let wrong = status.get_details_bad_request().ok_or("it says why")?.field_violations;
    for violation in &wrong {
        println!("INVALID_ARGUMENT: {}: {}", violation.field, violation.description);
    }
    must(status.code() == Code::InvalidArgument && wrong.len() == 3, "all is told at once")
}

#[tokio::main]
async fn main() -> Outcome {
    let named = env::args().nth(1).or_else(|| env::var("REGISTRY_ENDPOINT").ok());
    let endpoint = named.unwrap_or_else(|| "http://127.0.0.1:50051".into());
    // Lazily, so that a registry that is not there yet is waited for like one that goes away.
    let channel = Endpoint::from_shared(endpoint)?.connect_lazy();
    let roles = RoleServiceClient::new(channel.clone());
    let staffing = StaffingServiceClient::new(channel);
    list_titles(&roles).await?;
    upsert(&roles).await?;
    import_staffing(&staffing).await?;
    handle_errors(&roles).await?;
    // What refers to the role goes first; allow_missing, for an earlier run may have done some of it.
    for number in 1..=3 {
        let name = format!("{ORGANISATION}/staffing/example-rust-{number}");
        let request = DeleteStaffingRequest { name, allow_missing: true, ..Default::default() };
        call(request, async |q| staffing.clone().delete_staffing(q).await).await?;
    }
    let request =
        DeleteRoleRequest { name: ROLE.into(), allow_missing: true, ..Default::default() };
    call(request, async |q| roles.clone().delete_role(q).await).await?;
    println!("cleaned up");
    Ok(())
}
