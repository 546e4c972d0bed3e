//! The change service: lists of changes, watches, and histories of a resource.

use prost::Message;
use tonic::{Request, Response};

use crate::{
    domain::{
        Caller, Change, ChangeFilter, Position, Reason, ResourceType, Result, Revision, Violations,
        change::Verb, name_form,
    },
    registry::{ChangesPage, FeedRange, Registry, RegistryLimits, Start, WatchQuery},
};

use super::{
    Api,
    call::{Answer, answer, open},
    page::{self, Arguments, MAX_PAGE_BYTES},
    standard, status, v1, watch,
    wire::{WireValue, wire_enum},
};

wire_enum! {
    Verb => ChangeVerb { Created, Updated, Deleted }
}

impl From<&Change> for v1::Change {
    fn from(change: &Change) -> Self {
        Self {
            name: change.name.clone(),
            resource_type: change.resource.as_ref().map_or(0, |resource| resource.kind().to_wire()),
            verb: change.verb.to_wire(),
            revision: change.revision.number(),
            change_time: change.time.to_wire(),
            actor: change.actor.clone(),
            request_id: change.request_id.clone(),
            method: change.method.clone(),
            changed_fields: change.changed_fields.clone(),
            resource: change.resource.as_ref().map(v1::Resource::from),
        }
    }
}

#[tonic::async_trait]
impl v1::change_service_server::ChangeService for Api {
    async fn list_changes(
        &self,
        request: Request<v1::ListChangesRequest>,
    ) -> Answer<v1::ListChangesResponse> {
        let (caller, request) = open(request)?;
        answer(list(&self.registry, &caller, request).await)
    }

    type WatchChangesStream = watch::WatchStream;

    async fn watch_changes(
        &self,
        request: Request<v1::WatchChangesRequest>,
    ) -> Answer<Self::WatchChangesStream> {
        let (caller, request) = open(request)?;
        let query = watched(request, self.registry.limits()).map_err(status::of)?;
        let watch = self.registry.watch(&caller, query).await.map_err(status::of)?;
        Ok(Response::new(watch::stream(watch, self.registry.limits().send_timeout, &self.closing)))
    }

    async fn list_revisions(
        &self,
        request: Request<v1::ListRevisionsRequest>,
    ) -> Answer<v1::ListRevisionsResponse> {
        let (caller, request) = open(request)?;
        answer(revisions(&self.registry, &caller, request).await)
    }
}

async fn list(
    registry: &Registry,
    caller: &Caller,
    request: v1::ListChangesRequest,
) -> Result<v1::ListChangesResponse> {
    let mut violations = Violations::default();
    standard::revision("after_revision", request.after_revision, &mut violations);
    let bare = Some(request.after_revision).filter(|revision| *revision != 0);
    let from = after_token(&request.after_token, bare, &mut violations);
    let begin = Revision::new(request.after_revision);
    let begin = from.as_ref().map_or(begin, |from| from.revision);
    let size = page::size(request.page_size, &mut violations);
    let arguments = Arguments::of(&request);
    let after = arguments.after(&request.page_token, &mut violations);
    let place = after.as_ref().and_then(|after| after.last.split_once(' '));
    let place =
        place.and_then(|(revision, name)| Some((read_revision(revision)?, name.to_owned())));
    let (revision, name) = place.map_or((begin, None), |(at, name)| (at, Some(name)));
    // Page tokens carry the newest position of the first page, which belongs to the same history as `from`.
    let end = after.map(|after| after.given);
    let place = FeedRange { revision, name, given: end.clone().or(from), end };
    let filter = filter(request.filter, &mut violations);
    standard::reached(registry, caller, request.min_revision, violations).await?;
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let page = registry.list_changes(caller, place, &filter, size, MAX_PAGE_BYTES).await?;
    let token =
        |(at, name): &(Revision, String)| arguments.token(&page.head, &format!("{at} {name}"));
    Ok(v1::ListChangesResponse {
        revisions: by_revision(&page),
        next_page_token: page.next.as_ref().map_or_else(String::new, token),
        read_revision: page.head.revision.number(),
        read_token: page.head.to_string(),
    })
}

/// Parses a revision of a page token.
fn read_revision(text: &str) -> Option<Revision> {
    text.parse().ok().map(Revision::new)
}

/// Groups the changes of a page by revision.
fn by_revision(page: &ChangesPage) -> Vec<v1::RevisionChanges> {
    let mut revisions: Vec<v1::RevisionChanges> = Vec::new();
    for change in &page.changes {
        let revision = change.revision.number();
        match revisions.last_mut().filter(|last| last.revision == revision) {
            Some(last) => last.changes.push(change.into()),
            None => revisions.push(v1::RevisionChanges {
                revision,
                changes: vec![change.into()],
                ..Default::default()
            }),
        }
    }
    if let (Some(last), Some((at, _))) = (revisions.last_mut(), page.cut()) {
        last.continues = last.revision == at.number();
    }
    for revision in revisions.iter_mut().filter(|revision| !revision.continues) {
        let position = page.positions.get(&Revision::new(revision.revision));
        revision.token = position.map(ToString::to_string).unwrap_or_default();
    }
    revisions
}

/// Parses `after_token`; `None` if it is empty. If a revision is given too, it must be that of the token.
fn after_token(token: &str, bare: Option<i64>, violations: &mut Violations) -> Option<Position> {
    if token.is_empty() {
        return None;
    }
    let Ok(position) = token.parse::<Position>() else {
        let description = "must be the token of a checkpoint, a revision or a list of changes";
        violations.add("after_token", Reason::Malformed, description);
        return None;
    };
    if bare.is_some_and(|bare| bare != position.revision.number()) {
        let description = "must be the token of after_revision if both are set";
        violations.add("after_token", Reason::NotAllowed, description);
    }
    Some(position)
}

fn filter(filter: Option<v1::ChangeFilter>, violations: &mut Violations) -> ChangeFilter {
    let filter = filter.unwrap_or_default();
    let most = ChangeFilter::MAX_TERMS;
    violations.items("filter.resource_types", &filter.resource_types, most);
    violations.items("filter.verbs", &filter.verbs, most);
    let kinds = filter.resource_types.iter().take(most).enumerate();
    let kinds = kinds.map(|(i, resource_type)| {
        ResourceType::from_wire(*resource_type, &format!("filter.resource_types[{i}]"), violations)
    });
    let kinds = kinds.collect();
    let verbs = filter.verbs.iter().take(most).enumerate();
    let verbs =
        verbs.map(|(i, verb)| Verb::from_wire(*verb, &format!("filter.verbs[{i}]"), violations));
    let verbs = verbs.collect();
    let mut one = |field: &str, kinds: &[ResourceType], text: &str| match (
        text,
        name_form::parse(kinds, text),
    ) {
        ("", _) => None,
        (_, Ok((_, name))) => Some(name),
        (_, Err(bad)) => {
            violations.add(field, Reason::Malformed, bad.description());
            None
        }
    };
    let parent = one("filter.parent", ResourceType::ALL, &filter.parent);
    let organisation =
        one("filter.organisation", &[ResourceType::Organisation], &filter.organisation);
    let include_descendants = filter.include_descendants;
    let filter = ChangeFilter { kinds, parent, organisation, include_descendants, verbs };
    filter.check(violations);
    filter
}

/// Reads the query of a watch.
fn watched(request: v1::WatchChangesRequest, limits: &RegistryLimits) -> Result<WatchQuery> {
    let mut violations = Violations::default();
    let from = after_token(&request.after_token, request.after_revision, &mut violations);
    if !request.after_token.is_empty() && request.send_initial_state {
        let description = "must not be set together with send_initial_state";
        violations.add("after_token", Reason::NotAllowed, description);
    }
    if let Some(revision) = request.after_revision {
        standard::revision("after_revision", revision, &mut violations);
        if request.send_initial_state {
            let description = "must not be set together with send_initial_state";
            violations.add("after_revision", Reason::NotAllowed, description);
        }
    }
    let start = match (from, request.after_revision, request.send_initial_state) {
        (Some(position), ..) => Start::From(position),
        (None, Some(revision), _) => Start::After(Revision::new(revision)),
        (None, None, false) => Start::Now,
        (None, None, true) => Start::State,
    };
    let filter = filter(request.filter, &mut violations);
    let checkpoint = match request.checkpoint_seconds {
        0 => limits.checkpoint,
        seconds => RegistryLimits::checkpoint_of(seconds, &mut violations),
    };
    violations.into_result()?;
    Ok(WatchQuery { start, filter, checkpoint })
}

async fn revisions(
    registry: &Registry,
    caller: &Caller,
    request: v1::ListRevisionsRequest,
) -> Result<v1::ListRevisionsResponse> {
    let mut violations = Violations::default();
    violations.required("name", &request.name);
    let parsed = name_form::parse(ResourceType::ALL, &request.name);
    if let (Err(bad), false) = (&parsed, request.name.is_empty()) {
        violations.add("name", Reason::Malformed, bad.description());
    }
    let size = page::size(request.page_size, &mut violations);
    let arguments = Arguments::of(&request);
    let before = arguments.after(&request.page_token, &mut violations);
    let given = before.as_ref().map(|before| before.given.clone());
    let before = before.and_then(|before| read_revision(&before.last));
    standard::reached(registry, caller, request.min_revision, violations).await?;
    let Ok((kind, name)) = parsed else {
        return Ok(v1::ListRevisionsResponse::default());
    };
    let history = registry.resource_history(caller, kind, &name, before, given.as_ref(), size + 1);
    let (changes, newest) = history.await?;
    // Page tokens carry the newest position of the first page: older changes never change.
    let head = given.unwrap_or(newest);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let mut response =
        v1::ListRevisionsResponse { read_revision: head.revision.number(), ..Default::default() };
    let mut bytes = 0;
    for (i, change) in changes.iter().enumerate() {
        let message = v1::Change::from(change);
        bytes += message.encoded_len();
        if i >= size || (bytes > MAX_PAGE_BYTES && i > 0) {
            let last = changes[i - 1].revision.to_string();
            response.next_page_token = arguments.token(&head, &last);
            break;
        }
        response.changes.push(message);
    }
    Ok(response)
}
