//! `serve`.

use std::{process::ExitCode, time::Duration};

use tokio::net::TcpListener;

use crate::{
    config::{Endpoint, Serve},
    registry::{FeedLimits, Registry},
    server::{self, Stopping},
    store::{Opening, Store},
    telemetry::Telemetry,
};

use super::{
    CLOSING, Failure, database, files, migrate_up, sample,
    signals::{Signal, Signals},
};

/// How long after the drain the process may last, with the end of the log and whatever hangs.
const AFTER_DRAIN: Duration = Duration::from_millis(4_500);

pub async fn run(options: Serve, telemetry: &Telemetry) -> Result<ExitCode, Failure> {
    if !options.listen.ip().is_loopback() && !options.insecure {
        return Err(format!(
            "{} can be reached from outside, and whoever reaches the registry has every right; \
             listen on a loopback address, or say --insecure",
            options.listen
        )
        .into());
    }
    let lame_duck = Duration::from_secs(options.lame_duck_seconds);
    let drain = Duration::from_secs(options.drain_seconds);
    let signals = Signals::listen(move |signal| match signal {
        Signal::Terminate => lame_duck + drain + AFTER_DRAIN,
        Signal::Interrupt => drain + AFTER_DRAIN,
    })?;
    let listener = TcpListener::bind(options.listen).await;
    let listener =
        listener.map_err(|error| format!("cannot listen on {}: {error}", options.listen))?;
    let address = listener.local_addr()?;
    let store = tokio::select! {
        store = start(&options) => store?,
        signal = signals.first() => {
            tracing::info!("server stopped before it was ready");
            return Ok(signal.exit_code().into());
        }
    };

    let mut limits = server::Limits::from(options.limits);
    limits.connections = files::connections(limits.connections);
    let serve = server::Options {
        lame_duck,
        drain,
        cors_origins: options.cors_origins,
        change_retention: options.change_retention,
        limits,
    };
    let shutdown = async move {
        match signals.first().await {
            Signal::Terminate => Stopping::Announced,
            Signal::Interrupt => Stopping::AtOnce,
        }
    };
    let feed = FeedLimits {
        most_watches: options.max_watches,
        most_waiting: options.max_waiting,
        most_ahead: options.max_ahead,
        ..FeedLimits::default()
    };
    let registry = Registry::with_feed(store.clone(), feed);
    let serving = tokio::spawn(server::serve(listener, registry, serve, shutdown));
    tracing::info!("serving the registry on http://{address}");
    if options.sample {
        let mut local = address;
        if local.ip().is_unspecified() {
            local.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        let endpoint = Endpoint { endpoint: format!("http://{local}") };
        let plan = sample::load(&endpoint).await?;
        tracing::info!("the sample is loaded; see its gaps with: skills-registry gaps {plan}");
    }
    let end = serving.await;
    // A database that hangs must not keep the process from ending: nothing acknowledged rests on it.
    let (closed, ()) =
        tokio::join!(tokio::time::timeout(CLOSING, store.close()), telemetry.close(CLOSING));
    if closed.is_err() {
        tracing::warn!("database not closed in time");
    }
    tracing::info!("server stopped");
    end?.map(|()| ExitCode::SUCCESS)
}

/// Opens the database and brings it up to date.
async fn start(options: &Serve) -> Result<Store, Failure> {
    let opening = if options.create { Opening::Create } else { Opening::MayCreate };
    let store = database::open(&options.database, opening, options.wait.wait_for_database).await?;
    migrate_up(&store).await?;
    Ok(store)
}
