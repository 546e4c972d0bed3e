//! The health service, and the state behind `/livez` and `/readyz`: whether reads and writes of the
//! database really succeed.
//!
//! Reads and writes are each probed every few seconds, on connections of their own. One failed
//! probe changes the health at once, and so does the next successful one. The services `read` and
//! `write` report each kind. The empty name, and the name of every service of the registry, are
//! SERVING only while both succeed. `liveness` is always SERVING, whatever the state of the
//! database: process supervisors use it, and a restart does not repair a database.

use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{
    api::{Api, status::chain},
    registry::{ProbeError, Registry},
};

/// Pause between two probes.
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
    /// Starts the health of a process that serves `registry`, with a first probe.
    pub async fn begin(reporter: HealthReporter, registry: Registry) -> Result<Self, ProbeError> {
        let ready = watch::Sender::new(false);
        let mut health = Self { reporter, registry, vitals: Vitals::default(), ready };
        health.reporter.set_service_status("liveness", ServingStatus::Serving).await;
        health.set_health(Vitals::default()).await;
        health.look().await?;
        Ok(health)
    }

    /// Returns whether the process is ready for calls.
    pub fn ready(&self) -> watch::Receiver<bool> {
        self.ready.subscribe()
    }

    /// Probes until `closing`, then reports NOT_SERVING and returns. Fails if acknowledged writes
    /// are no longer visible: no further answer would be reliable.
    pub async fn keep(mut self, closing: CancellationToken) -> Result<(), ProbeError> {
        loop {
            let pause = tokio::time::sleep(PAUSE);
            if closing.run_until_cancelled(pause).await.is_none() {
                self.set_health(Vitals::default()).await;
                return Ok(());
            }
            if let Some(end) = closing.run_until_cancelled(self.look()).await {
                end?;
            }
        }
    }

    async fn look(&mut self) -> Result<(), ProbeError> {
        let (read, write) = tokio::join!(self.registry.probe_read(), self.registry.probe_write());
        let vitals = Vitals { read: read.is_ok(), write: write.is_ok() };
        for (what, error) in [("read", read.err()), ("write", write.err())] {
            match error {
                Some(lost) if lost.is_loss() => {
                    tracing::error!(error = chain(&lost), "acknowledged revision not visible");
                    self.set_health(Vitals::default()).await;
                    return Err(lost);
                }
                Some(error) => tracing::error!(what, error = chain(&error), "health probe failed"),
                None => {}
            }
        }
        if vitals != self.vitals {
            self.set_health(vitals).await;
        }
        Ok(())
    }

    async fn set_health(&mut self, vitals: Vitals) {
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
