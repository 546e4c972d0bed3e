//! What the health service says, and `/livez` and `/readyz` with it: whether the database is read and
//! written for real.
//!
//! A probe of each is made every few seconds, on connections of its own. One that fails tells at once, and
//! the next that succeeds tells again. The services `read` and `write` say which; the empty name, and the
//! name of every service of the registry, is SERVING only while both are; `liveness` always, whatever the
//! database does: it is for whoever restarts processes, and a restart mends no database.

use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{
    api::{Api, status::chain},
    registry::Registry,
    store::StoreError,
};

/// How long after one probe the next is made.
const PAUSE: Duration = Duration::from_secs(3);

/// Whether reads and writes succeed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Vitals {
    read: bool,
    write: bool,
}

impl Vitals {
    fn ready(self) -> bool {
        self.read && self.write
    }
}

/// The health of a process.
pub struct Health {
    reporter: HealthReporter,
    registry: Registry,
    vitals: Vitals,
    ready: watch::Sender<bool>,
}

impl Health {
    /// Of a process that serves `registry`, as it is now.
    pub async fn begin(reporter: HealthReporter, registry: Registry) -> Result<Self, StoreError> {
        let ready = watch::Sender::new(false);
        let mut health = Self { reporter, registry, vitals: Vitals::default(), ready };
        health.reporter.set_service_status("liveness", ServingStatus::Serving).await;
        health.tell(Vitals::default()).await;
        health.look().await?;
        Ok(health)
    }

    /// Whether the process may be sent calls.
    pub fn ready(&self) -> watch::Receiver<bool> {
        self.ready.subscribe()
    }

    /// Looks again and again. Done when `closing` is, after all is told to be not serving; and where what
    /// was acknowledged is no longer there, for then no further answer may be relied upon.
    pub async fn keep(mut self, closing: CancellationToken) -> Result<(), StoreError> {
        loop {
            let pause = tokio::time::sleep(PAUSE);
            if closing.run_until_cancelled(pause).await.is_none() {
                self.tell(Vitals::default()).await;
                return Ok(());
            }
            if let Some(end) = closing.run_until_cancelled(self.look()).await {
                end?;
            }
        }
    }

    async fn look(&mut self) -> Result<(), StoreError> {
        let (read, write) = tokio::join!(self.registry.probe_read(), self.registry.probe_write());
        let vitals = Vitals { read: read.is_ok(), write: write.is_ok() };
        for (what, error) in [("read", read.err()), ("write", write.err())] {
            match error {
                Some(lost @ StoreError::Lost { .. }) => {
                    tracing::error!(error = chain(&lost), "acknowledged revision not visible");
                    self.tell(Vitals::default()).await;
                    return Err(lost);
                }
                Some(error) => tracing::error!(what, error = chain(&error), "health probe failed"),
                None => {}
            }
        }
        if vitals != self.vitals {
            self.tell(vitals).await;
        }
        Ok(())
    }

    async fn tell(&mut self, vitals: Vitals) {
        self.vitals = vitals;
        let status = |well| match well {
            true => ServingStatus::Serving,
            false => ServingStatus::NotServing,
        };
        let all = Api::SERVICES.iter().copied().chain([""]).map(|name| (name, vitals.ready()));
        for (name, well) in all.chain([("read", vitals.read), ("write", vitals.write)]) {
            self.reporter.set_service_status(name, status(well)).await;
        }
        if self.ready.send_replace(vitals.ready()) != vitals.ready() {
            tracing::info!(read = vitals.read, write = vitals.write, "health changed");
        }
    }
}
