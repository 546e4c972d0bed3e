//! Writes for a caller who waits: once per request id, or as a dry run.

use std::sync::Arc;

use chrono::TimeDelta;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    domain::{Caller, CommittedAnswer, Error, RequestId, Result, Revision, Right, WriteOptions},
    store::{Attempt, StoreError, Transaction},
};

use super::Registry;

impl Registry {
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
