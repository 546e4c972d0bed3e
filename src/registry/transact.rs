//! Writes for a caller who waits, of one resource or of many: once per request id, or as a dry run.

use std::sync::Arc;

use chrono::TimeDelta;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    domain::{
        Actor, Caller, CommittedAnswer, Error, Mutation, Outcome, RequestId, Resource, Result,
        Revision, Right, Violations, WriteOptions,
    },
    store::{Attempt, StoreError, Transaction},
};

use super::{
    Registry,
    write::{self, DryRunOverlay},
};

impl Registry {
    /// Applies one mutation, in a transaction and revision of its own.
    pub async fn write<N: Resource>(
        &self,
        caller: &Caller,
        write_options: &WriteOptions,
        mutation: Mutation<N>,
    ) -> Result<CommittedAnswer<Outcome<N>>> {
        let now = self.now();
        self.transact(caller, Right::Write, write_options, move |transaction, caller| {
            let list = vec![mutation.clone()];
            Box::pin(async move {
                let actor = Actor { caller: &caller, now };
                let mut outcomes =
                    write::run(transaction, actor, list, &DryRunOverlay::default(), false).await?;
                outcomes.pop().unwrap_or(Ok(Outcome::Absent))
            })
        })
        .await
    }

    /// Applies a list of mutations, all or none, in one transaction and revision.
    pub async fn write_all<N: Resource>(
        &self,
        caller: &Caller,
        write_options: &WriteOptions,
        mutations: Vec<Mutation<N>>,
    ) -> Result<CommittedAnswer<Vec<Outcome<N>>>> {
        let now = self.now();
        self.transact(caller, Right::Write, write_options, move |transaction, caller| {
            let list = mutations.clone();
            Box::pin(async move {
                let actor = Actor { caller: &caller, now };
                together(
                    write::run(transaction, actor, list, &DryRunOverlay::default(), false).await?,
                )
            })
        })
        .await
    }

    /// Runs `work` in a write transaction, at most once per request id, and rolls it back for a dry run.
    /// Returns its answer with the revision from which on the write is visible. Every write whose caller
    /// waits for the answer goes through here.
    pub(super) async fn transact<T, W>(
        &self,
        caller: &Caller,
        right: Right,
        write_options: &WriteOptions,
        work: W,
    ) -> Result<CommittedAnswer<T>>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        W: for<'t> Fn(&'t mut Transaction, Caller) -> Attempt<'t, T, Error> + Send + Sync + 'static,
    {
        caller.require(right)?;
        let on_behalf = caller.clone();
        let request = write_options.request.clone().filter(|_| !write_options.validate_only);
        let work = Arc::new(work);
        let (written, _) = self
            .store
            .write(caller.origin(write_options), write_options.validate_only, move |transaction| {
                let (caller, request, work) = (on_behalf.clone(), request.clone(), work.clone());
                Box::pin(async move {
                    let Some(RequestId { id, fingerprint }) = request else {
                        return done(transaction, &*work, caller).await;
                    };
                    if let Some((known, answer)) = transaction.recall(&id, &fingerprint).await? {
                        if known != fingerprint {
                            return Err(Error::RequestReused { id });
                        }
                        return serde_json::from_str(&answer).map_err(unreadable);
                    }
                    let written = done(&mut *transaction, &*work, caller).await?;
                    let kept = serde_json::to_string(&written).map_err(unreadable)?;
                    transaction.remember(&id, kept).await?;
                    Ok(written)
                })
            })
            .await?;
        Ok(written)
    }

    /// Deletes stored requests that have expired. Returns their number.
    pub async fn forget_requests(&self) -> Result<usize> {
        Ok(self.store.forget_requests(REQUEST_TTL).await?)
    }
}

/// Runs the work, and returns the revision at which it is visible: the newest, if nothing was written.
async fn done<T, W>(
    transaction: &mut Transaction,
    work: &W,
    caller: Caller,
) -> Result<CommittedAnswer<T>>
where
    W: for<'t> Fn(&'t mut Transaction, Caller) -> Attempt<'t, T, Error>,
{
    let answer = work(&mut *transaction, caller).await?;
    let revision = match transaction.written_revision() {
        Revision::NONE => transaction.revision().await?,
        revision => revision,
    };
    Ok(CommittedAnswer { answer, revision })
}

/// Minimum time for which a request id is recognised.
const REQUEST_TTL: TimeDelta = TimeDelta::hours(24);

/// Error for a stored answer that cannot be encoded or decoded.
fn unreadable(error: serde_json::Error) -> Error {
    StoreError::from(error).into()
}

/// All outcomes, or the error: every violation of every mutation if there are any, else the first failure.
fn together<N: Resource>(results: Vec<Result<Outcome<N>>>) -> Result<Vec<Outcome<N>>> {
    let mut violations = Violations::default();
    let mut first = None;
    let mut outcomes = Vec::with_capacity(results.len());
    for (index, result) in results.into_iter().enumerate() {
        match result {
            Ok(outcome) => outcomes.push(outcome),
            Err(Error::Invalid(own)) => {
                violations.extend(own.prefixed(&format!("requests[{index}].")))
            }
            Err(error) if first.is_none() => first = Some((index, error)),
            Err(_) => {}
        }
    }
    match first {
        _ if !violations.is_empty() => Err(Error::Invalid(violations)),
        Some((index, error)) => Err(Error::InBatch { index, error: Box::new(error) }),
        None => Ok(outcomes),
    }
}
