//! Import: a stream of batches in, a stream of outcomes out.

use std::time::Duration;

use tokio::sync::mpsc::{self, error::SendTimeoutError};
use tonic::{Status, Streaming};

use crate::{
    domain::{Caller, Error, Outcome, Reason, Result, Revision, UpdateFields, Violations, etag},
    registry::{AbsentRows, ImportSession, Registry, worker_permit},
};

use super::{
    Api,
    answers::{Answers, made_by},
    mask, reason,
    request::ImportRequest,
    standard,
    standard_fields::StandardFields,
    status::{self, ErrorStatus},
    transport, v1,
    wire::{self, MessageOf, Wire},
};

/// Maximum number of violations per outcome, so that the outcomes of a whole batch fit in a message.
const MAX_VIOLATIONS: usize = 10;

/// Handles Import. Reads the next batch once the response to the last one is taken: from a caller that does
/// not read, nothing more is read either.
pub fn import<R: ImportRequest>(
    api: &Api,
    caller: Caller,
    requests: Streaming<R>,
) -> Answers<R::Answer> {
    let api = api.clone();
    made_by(|answers| async move { run(&api, &caller, requests, &answers).await })
}

async fn run<R: ImportRequest>(
    api: &Api,
    caller: &Caller,
    mut requests: Streaming<R>,
    answers: &mpsc::Sender<Result<R::Answer, Status>>,
) -> Result<(), Status> {
    let send_timeout = api.registry.limits().send_timeout;
    let mut import: Option<Import<R::Resource>> = None;
    loop {
        let request = tokio::select! {
            () = api.closing.cancelled() => return Err(transport::closing()),
            request = requests.message() => request,
        };
        let request = request.map_err(|status| {
            transport::corrected(status.code(), status.message()).unwrap_or(status)
        })?;
        let Some(mut request) = request else {
            break;
        };
        let import = match &mut import {
            Some(import) => import,
            none => none.insert(Import::begin(caller, &request).map_err(status::of)?),
        };
        let fields = import_fields(&request).map_err(status::of)?;
        let done = import.batch(&api.registry, request.take_rows(), fields).await;
        let (outcomes, revision) = done.map_err(status::of)?;
        if !send(answers, R::answer(outcomes, revision.number()), send_timeout).await? {
            return Ok(());
        }
    }
    while let Some(import) = &mut import {
        let Some((outcomes, revision)) = import.absent(&api.registry).await.map_err(status::of)?
        else {
            break;
        };
        if !send(answers, R::answer(outcomes, revision.number()), send_timeout).await? {
            break;
        }
        if api.closing.is_cancelled() {
            return Err(transport::closing());
        }
    }
    Ok(())
}

/// Reads the fields that a message changes.
fn import_fields<R: ImportRequest>(request: &R) -> Result<UpdateFields> {
    let mut violations = Violations::default();
    let fields = mask::import_fields::<R::Resource>(request.update_mask(), &mut violations);
    violations.into_result()?;
    Ok(fields)
}

/// Sends a message, without the call's permit while it waits for the caller to read. Returns whether the caller
/// is still there.
async fn send<Response>(
    answers: &mpsc::Sender<Result<Response, Status>>,
    answer: Response,
    send_timeout: Duration,
) -> Result<bool, Status> {
    match worker_permit::give_up_while(answers.send_timeout(Ok(answer), send_timeout)).await {
        Ok(()) => Ok(true),
        Err(SendTimeoutError::Timeout(_)) => Err(transport::stalled()),
        Err(SendTimeoutError::Closed(_)) => Ok(false),
    }
}

/// A running import.
struct Import<N> {
    session: ImportSession<N>,
    /// Number of rows received.
    rows: i64,
}

impl<N: Wire> Import<N> {
    /// Reads the options of the first message.
    fn begin<R: ImportRequest<Resource = N>>(caller: &Caller, first: &R) -> Result<Self> {
        let mut violations = Violations::default();
        let parent = standard::parent::<N>(first.parent(), &mut violations);
        let absent = match v1::AbsentRows::try_from(first.absent_rows()) {
            Ok(v1::AbsentRows::Unspecified | v1::AbsentRows::Keep) => AbsentRows::Keep,
            Ok(v1::AbsentRows::Delete) => AbsentRows::Delete,
            Err(_) => {
                let description = "must be a value of AbsentRows";
                violations.add("absent_rows", Reason::UnknownValue, description);
                AbsentRows::Keep
            }
        };
        violations.into_result()?;
        let session = ImportSession::begin(caller, parent, absent, first.validate_only())?;
        Ok(Self { session, rows: 0 })
    }

    /// Imports the rows of one message.
    async fn batch(
        &mut self,
        registry: &Registry,
        rows: Vec<MessageOf<N>>,
        fields: UpdateFields,
    ) -> Result<(Vec<v1::ImportOutcome>, Revision)> {
        let given: Vec<String> = rows.iter().map(|row| row.name().to_owned()).collect();
        let inputs = rows.into_iter().map(|row| wire::input(row, Violations::default())).collect();
        let (ends, revision) = registry.import(&mut self.session, inputs, fields).await?;
        let first = self.rows + 1;
        self.rows += ends.len() as i64;
        let outcomes = ends.into_iter().zip(given).zip(first..);
        let outcomes = outcomes.map(|(((name, end), given), row)| {
            let name = if name.is_empty() { shortened(given) } else { name };
            outcome(row, name, end)
        });
        Ok((outcomes.collect(), revision))
    }

    /// Deletes some of the rows that the stream did not name; `None` when nothing is left to delete.
    async fn absent(
        &mut self,
        registry: &Registry,
    ) -> Result<Option<(Vec<v1::ImportOutcome>, Revision)>> {
        let batch = registry.import_absent(&mut self.session).await?;
        Ok(batch.map(|(ends, revision)| {
            let outcomes = ends.into_iter().map(|(name, end)| outcome(0, name, end));
            (outcomes.collect(), revision)
        }))
    }
}

/// The start of a malformed name, to return to the caller.
fn shortened(given: String) -> String {
    given.chars().take(300).collect()
}

fn outcome<N: Wire>(row: i64, name: String, end: Result<Outcome<N>>) -> v1::ImportOutcome {
    use v1::ImportStatus as Status;
    let (status, etag, error) = match end {
        Ok(Outcome::Created(row)) => (Status::Created, etag(&row), None),
        Ok(Outcome::Updated(row)) => (Status::Updated, etag(&row), None),
        Ok(Outcome::Unchanged(row)) => (Status::Unchanged, etag(&row), None),
        Ok(Outcome::Deleted(_) | Outcome::Absent) => (Status::Deleted, String::new(), None),
        Err(error) => (Status::Rejected, String::new(), Some(rejected(&error))),
    };
    v1::ImportOutcome { row, name, status: status as i32, etag, error }
}

fn rejected(error: &Error) -> v1::ImportError {
    let fault = ErrorStatus::from(error);
    let violations = match error {
        Error::Invalid(violations) => violations
            .iter()
            .take(MAX_VIOLATIONS)
            .map(|violation| v1::ImportViolation {
                field: violation.field.clone(),
                reason: reason::rule(violation.reason).to_owned(),
                description: violation.description.clone(),
            })
            .collect(),
        _ => Vec::new(),
    };
    v1::ImportError {
        code: fault.code as i32,
        reason: fault.reason.to_owned(),
        message: fault.message,
        metadata: fault.metadata,
        violations,
    }
}
