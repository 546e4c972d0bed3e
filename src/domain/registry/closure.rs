//! Recommendations: all that one looks at is read in one snapshot, and then it is pure.

use sea_orm::{DbErr, EntityTrait};
use tokio_util::sync::CancellationToken;

use crate::store::StoreError;

use crate::domain::{
    Caller, ClosureOption, Error, Plan, Reason, Result, Right, Violations,
    analysis::Query,
    closure::{self, Failed, MOST_USES, Recommendation},
    closure_option,
};

use super::{Registry, view::View};

/// How many recommendations are worked on at a time; others wait for a seat.
pub(super) const SEATS: usize = 2;

/// A recommendation, and what it was made of.
#[derive(Clone, Debug)]
pub struct Recommended {
    /// The recommendation.
    pub recommendation: Recommendation,
    /// The options that it chose among, ordered by name.
    pub options: Vec<ClosureOption>,
    /// The plan.
    pub plan: Plan,
    /// The revision that everything was read at.
    pub revision: i64,
}

impl Registry {
    /// Recommends what to do with a budget in pence. The search ends soon after nobody waits for this
    /// any more.
    pub async fn recommend(
        &self,
        caller: &Caller,
        query: &Query,
        budget: i64,
    ) -> Result<Recommended> {
        caller.require(Right::Read)?;
        let seat = self.searching.clone().acquire_owned().await;
        let view = View::open(&self.store, 0).await?;
        let columns = self.columns(&view, query).await?;
        let all = closure_option::Entity::find();
        let mut options: Vec<ClosureOption> = view.select(all, |_| true).await?;
        options.sort_by(|a, b| a.name.cmp(&b.name));
        let revision = view.revision();
        drop(view);
        let query = query.clone();
        let stop = CancellationToken::new();
        // Whoever waits holds this; it is dropped with the call.
        let waiting = stop.clone().drop_guard();
        let searched = tokio::task::spawn_blocking(move || {
            // The seat is taken until the search has ended, and not only until nobody waits for it.
            let _seat = seat;
            let stopped = || stop.is_cancelled();
            let found = closure::recommend(&columns, &query, &options, budget, &stopped);
            (found, options, Plan::clone(&columns.plan))
        });
        let (found, options, plan) = searched.await.map_err(StoreError::Stopped)?;
        drop(waiting);
        match found {
            Ok(recommendation) => Ok(Recommended { recommendation, options, plan, revision }),
            Err(Failed::TooMany) => Err(too_many()),
            // Only those who no longer wait are stopped, and so nobody is told.
            Err(Failed::Stopped) => Err(nobody_waits()),
        }
    }
}

pub(super) fn nobody_waits() -> Error {
    let why = DbErr::Custom("nobody waits for the work any more".to_owned());
    Error::Busy(StoreError::Busy(why))
}

fn too_many() -> Error {
    let description = format!("would make more than {MOST_USES} choices: narrow it");
    Error::Invalid(Violations::one("query", Reason::TooLong, description))
}
