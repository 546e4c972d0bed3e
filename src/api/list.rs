//! List and Export for any resource type.

use std::time::Duration;

use prost::Message;
use tokio::{sync::mpsc, time::timeout};
use tonic::Status;

use crate::{
    domain::{Caller, Result, Revision, Violations},
    registry::{ExportCursor, Registry, listing::ListQuery},
};

use super::{
    Api,
    answers::{Answers, made_by},
    mask,
    page::{self, Arguments, MAX_PAGE_BYTES},
    request::{ExportRequest, ListPage, ListRequest, ResourceOf},
    standard, status, transport,
    wire::{MessageOf, Wire},
};

/// Approximate maximum size of an export message; an export whose caller does not read holds one or two.
const MAX_EXPORT_BYTES: usize = 256 << 10;

/// Handles List.
pub async fn list<R: ListRequest>(
    registry: &Registry,
    caller: &Caller,
    request: &R,
) -> Result<ListPage<ResourceOf<R>>> {
    let mut violations = Violations::default();
    let parent = standard::parent::<R::Resource>(request.parent(), &mut violations);
    let size = page::size(request.page_size(), &mut violations);
    let arguments = Arguments::of(request);
    let after = arguments.after(request.page_token(), &mut violations);
    let fields = mask::read_fields::<R::Resource>(request.read_mask(), &mut violations);
    let (after, given) = after.map(|place| (place.last, place.given)).unzip();
    let query = ListQuery {
        after,
        given,
        size,
        filter: request.filter().to_owned(),
        order_by: request.order_by().to_owned(),
        fields: fields.clone(),
        total: request.include_total_size(),
        parent,
    };
    standard::revision("min_revision", request.min_revision(), &mut violations);
    if violations.is_empty() {
        registry.reach(caller, Revision::new(request.min_revision())).await?;
    }
    let (page, head) = registry.list::<R::Resource>(caller, &query, violations).await?;
    let mut rows = Vec::with_capacity(page.rows.len());
    let read = fill(&mut rows, &page.rows, fields.as_deref(), MAX_PAGE_BYTES);
    let more = page.more || read < page.rows.len();
    let last = page.rows.get(read.wrapping_sub(1)).filter(|_| more);
    Ok(ListPage {
        rows,
        next_page_token: last
            .map_or_else(String::new, |row| arguments.token(&head, &page.mark(row))),
        read_revision: page.revision.number(),
        total_size: page.total.map(|total| i32::try_from(total).unwrap_or(i32::MAX)),
    })
}

/// Adds messages while the response stays below its maximum size, but at least one. Returns their number.
fn fill<N: Wire>(
    messages: &mut Vec<MessageOf<N>>,
    rows: &[N],
    fields: Option<&[String]>,
    max_bytes: usize,
) -> usize {
    let mut bytes = 0;
    for row in rows {
        let mut message = row.to_message();
        if let Some(fields) = fields {
            N::reduce(&mut message, fields);
        }
        bytes += message.encoded_len();
        if bytes > max_bytes && !messages.is_empty() {
            break;
        }
        messages.push(message);
    }
    messages.len()
}

/// Handles Export. A page is read and a message made only when the previous one was taken.
pub async fn export<R: ExportRequest>(
    api: &Api,
    caller: &Caller,
    request: &R,
) -> Result<Answers<R::Answer>> {
    let mut violations = Violations::default();
    let parent = standard::parent::<R::Resource>(request.parent(), &mut violations);
    let fields = mask::read_fields::<R::Resource>(request.read_mask(), &mut violations);
    let query = ListQuery {
        filter: request.filter().to_owned(),
        fields: fields.clone(),
        ..ListQuery::everything(parent, page::MAX.unsigned_abs().into())
    };
    standard::revision("min_revision", request.min_revision(), &mut violations);
    if violations.is_empty() {
        api.registry.reach(caller, Revision::new(request.min_revision())).await?;
    }
    let export = api.registry.export::<R::Resource>(caller, query, violations).await?;
    let (closing, send_timeout) = (api.closing.clone(), api.registry.limits().send_timeout);
    Ok(made_by(|answers| async move {
        tokio::select! {
            () = closing.cancelled() => Err(transport::closing()),
            end = send::<R>(export, fields, &answers, send_timeout) => end,
        }
    }))
}

async fn send<R: ExportRequest>(
    mut export: ExportCursor<R::Resource>,
    fields: Option<Vec<String>>,
    answers: &mpsc::Sender<Result<R::Answer, Status>>,
    send_timeout: Duration,
) -> Result<(), Status> {
    let (revision, mut page, mut sent) = (export.revision().number(), Vec::new(), 0);
    while let Some(room) = room(answers, send_timeout).await? {
        if sent >= page.len() {
            // An empty export also sends one message, with its revision.
            let Some(next) = export.next().await.map_err(status::of)? else { break };
            (page, sent) = (next, 0);
        }
        let mut messages = Vec::new();
        sent += fill(&mut messages, &page[sent..], fields.as_deref(), MAX_EXPORT_BYTES);
        room.send(Ok(R::answer(messages, revision)));
    }
    Ok(())
}

/// Waits for room for the next message; `None` if the caller has gone away.
async fn room<Answer>(
    answers: &mpsc::Sender<Answer>,
    send_timeout: Duration,
) -> Result<Option<mpsc::Permit<'_, Answer>>, Status> {
    match timeout(send_timeout, answers.reserve()).await {
        Ok(room) => Ok(room.ok()),
        Err(_) => Err(transport::stalled()),
    }
}
