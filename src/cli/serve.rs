//! `serve`: runs the service.

use std::{net::SocketAddr, process::ExitCode, time::Duration};

use clap::Args;
use tokio::net::TcpListener;

use crate::{
    registry::{Registry, RegistryLimits},
    server::{self, Origin, StopMode},
    store::{OpenMode, Store},
    telemetry::Telemetry,
};

use super::{
    CLOSING, Failure,
    client::Endpoint,
    database::{self, Database, DatabaseWait},
    files,
    limits::{LimitOptions, duration},
    migrate, sample,
    signals::{Signal, Signals},
};

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// The database to serve.
    #[command(flatten)]
    pub database: Database,
    /// How long to wait for the database.
    #[command(flatten)]
    pub wait: DatabaseWait,
    /// Accept a database file of 0 bytes and start an empty registry in it. By default such a file
    /// is refused, because a failed copy leaves an empty file.
    #[arg(long)]
    pub create: bool,
    /// Address and port to listen on.
    #[arg(long, env = "REGISTRY_LISTEN", default_value = "127.0.0.1:50051")]
    pub listen: SocketAddr,
    /// Allow an address that other machines can reach, although callers are not authenticated.
    #[arg(long)]
    pub insecure: bool,
    /// Also load a small made-up trust with a plan.
    #[arg(long)]
    pub sample: bool,
    /// Origin of web pages that may call from a browser: `https://board.example`, or `*` for any.
    /// Repeatable; separated by commas in the environment. Default: none.
    #[arg(
        long = "cors-origin",
        env = "REGISTRY_CORS_ORIGINS",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    pub cors_origins: Vec<Origin>,
    /// How long changes are kept, such as `90days` or `36h`. Default: for ever. Older changes
    /// disappear from the feed and from histories, and older states can no longer be read.
    #[arg(
        long,
        env = "REGISTRY_CHANGE_RETENTION",
        value_name = "DURATION",
        value_parser = humantime::parse_duration
    )]
    pub change_retention: Option<Duration>,
    /// Maximum number of watches at once; further ones are refused with RESOURCE_EXHAUSTED. Each
    /// takes some memory for as long as it lasts.
    #[arg(long, env = "REGISTRY_MAX_WATCHES", value_name = "NUMBER", default_value_t = 1_000)]
    pub max_watches: usize,
    /// Maximum number of reads that wait at once for the revision they ask for (`min_revision`);
    /// further ones are refused with RESOURCE_EXHAUSTED.
    #[arg(long, env = "REGISTRY_MAX_WAITING", value_name = "NUMBER", default_value_t = 1_000)]
    pub max_waiting: usize,
    /// How far the revision that a read asks for (`min_revision`) may be ahead of the newest one
    /// for the read to wait. A read that asks for a later one is refused at once with OUT_OF_RANGE,
    /// REVISION_AHEAD.
    #[arg(long, env = "REGISTRY_MAX_AHEAD", value_name = "NUMBER", default_value_t = 10_000,
          value_parser = clap::value_parser!(i64).range(0..))]
    pub max_ahead: i64,
    /// How long the caller of a watch, an export or an import may stop reading before its call is
    /// ended.
    #[arg(long, env = "REGISTRY_MAX_ANSWER_SILENCE", value_name = "DURATION",
          default_value = "30s", value_parser = duration)]
    pub max_answer_silence: Duration,
    /// How often a watch gets a checkpoint if its caller does not say.
    #[arg(long, env = "REGISTRY_CHECKPOINT_INTERVAL", value_name = "DURATION",
          default_value = "15s", value_parser = duration)]
    pub checkpoint_interval: Duration,
    /// Seconds for which calls are still accepted after SIGTERM while health says NOT_SERVING, so
    /// that load balancers stop sending first. After SIGINT it is 0.
    #[arg(
        long,
        env = "REGISTRY_LAME_DUCK_SECONDS",
        value_name = "SECONDS",
        default_value_t = 3,
        value_parser = clap::value_parser!(u64).range(..=3_600)
    )]
    pub lame_duck_seconds: u64,
    /// Seconds that calls in progress may take to end at shutdown, after the lame-duck seconds.
    /// Closing takes at most 5 more.
    #[arg(
        long,
        env = "REGISTRY_DRAIN_SECONDS",
        value_name = "SECONDS",
        default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(..=3_600)
    )]
    pub drain_seconds: u64,
    /// Limits.
    #[command(flatten)]
    pub limits: LimitOptions,
}

/// Time limit for the rest of the shutdown after the drain, including the end of the log and
/// anything that hangs.
const AFTER_DRAIN: Duration = Duration::from_millis(4_500);

pub async fn run(options: Serve, telemetry: &Telemetry) -> Result<ExitCode, Failure> {
    if !options.listen.ip().is_loopback() && !options.insecure {
        return Err(format!(
            "{} can be reached from other machines, and the registry does not authenticate callers; \
             listen on a loopback address, or pass --insecure",
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
            Signal::Terminate => StopMode::Announced,
            Signal::Interrupt => StopMode::AtOnce,
        }
    };
    let feed = RegistryLimits {
        max_watches: options.max_watches,
        max_waiting: options.max_waiting,
        max_ahead: options.max_ahead,
        send_timeout: options.max_answer_silence,
        checkpoint: options.checkpoint_interval,
        ..RegistryLimits::default()
    };
    let registry = Registry::with_limits(store.clone(), feed);
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
    // A database that hangs must not delay the end of the process: acknowledged writes are already
    // committed.
    let (closed, ()) =
        tokio::join!(tokio::time::timeout(CLOSING, store.close()), telemetry.close(CLOSING));
    if closed.is_err() {
        tracing::warn!("database not closed in time");
    }
    tracing::info!("server stopped");
    end?.map(|()| ExitCode::SUCCESS)
}

/// Opens the database and applies pending migrations.
async fn start(options: &Serve) -> Result<Store, Failure> {
    let opening = if options.create { OpenMode::Create } else { OpenMode::MayCreate };
    let store = database::open(&options.database, opening, options.wait.wait_for_database).await?;
    migrate::up(&store).await?;
    Ok(store)
}
