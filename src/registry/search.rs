//! Work that takes a processor for seconds: a little of it at a time, each no longer than somebody waits for
//! it.

use tokio_util::sync::CancellationToken;

use crate::domain::Result;

use super::{Registry, blocking::blocking, seat};

/// How many searches are worked on at a time; others wait for a seat.
pub(super) const SEATS: usize = 2;

impl Registry {
    /// Reads what is worked on, once there is a seat, and then works on it: `work` is also given what says
    /// that nobody waits for it any more.
    pub(super) async fn search<S: Send + 'static, T: Send + 'static>(
        &self,
        read: impl Future<Output = Result<S>>,
        work: impl FnOnce(S, &dyn Fn() -> bool) -> T + Send + 'static,
    ) -> Result<T> {
        // Calls that wait for this seat keep none of those that all calls share.
        let seat = seat::give_up_while(self.searching.clone().acquire_owned()).await;
        let read = read.await?;
        let stop = CancellationToken::new();
        // Whoever waits holds this; it is dropped with the call.
        let _waiting = stop.clone().drop_guard();
        blocking(move || {
            // The seat is taken until the work has ended, and not only until nobody waits for it.
            let _seat = seat;
            work(read, &|| stop.is_cancelled())
        })
        .await
    }
}
