//! Imports at size: how many rows a second one client reaches, on SQLite and on PostgreSQL, beside what
//! the databases' own programs reach; how much memory the server takes for it; and what others notice.
//!
//! `cargo bench --bench import` runs it all; `-- --help` tells of less. It needs `sqlite3`, and for
//! PostgreSQL its programs. Nothing is left behind.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that fails says so by panicking"
)]

mod isolation;
mod plain;
mod postgres;
mod report;
mod rows;
mod server;
mod stream;

use clap::{Parser, ValueEnum};
use digital_skills_registry::api::v1::{Assessment, ImportStatus, Staffing};

use postgres::Postgres;
use rows::NumberedRow;
use server::Server;

/// Measures imports at size.
#[derive(Debug, Parser)]
struct Options {
    /// How many staffing records.
    #[arg(long, default_value_t = 100_000)]
    staffing: usize,
    /// How many assessments.
    #[arg(long, default_value_t = 1_000_000)]
    assessments: usize,
    /// On which database; on both where it is left out.
    #[arg(long)]
    database: Option<Database>,
    /// Leave out what is loaded by the databases' own programs.
    #[arg(long)]
    only_registry: bool,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

/// A number from which on there is no other row.
const UNEVEN: usize = 80_000_000;

#[tokio::main]
async fn main() {
    let options = Options::parse();
    if !options.bench {
        // `cargo test --all-targets` builds and starts it too, and does not mean to wait so long.
        println!("imports are measured by cargo bench --bench import");
        return;
    }
    let wanted = |database| options.database.is_none_or(|only| only == database);
    if wanted(Database::Sqlite) {
        on_sqlite(&options).await;
    }
    if wanted(Database::Postgres) {
        match Postgres::start() {
            Some(postgres) => on_postgres(&options, &postgres).await,
            None => println!("SKIPPED PostgreSQL: its programs are not installed"),
        }
    }
}

async fn on_sqlite(options: &Options) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("registry.db");
    let server = Server::start(&format!("sqlite://{}?mode=rwc", file.display()));
    let runs = imports(options, &server).await;
    let plain = match options.only_registry {
        true => Vec::new(),
        false => [Staffing::TABLE, Assessment::TABLE].map(|t| plain::sqlite(&file, t)).into(),
    };
    report::imports("SQLite", &runs, &plain);
    others(options, &server).await;
}

async fn on_postgres(options: &Options, postgres: &Postgres) {
    let server = Server::start(&postgres.url());
    let runs = imports(options, &server).await;
    let plain = match options.only_registry {
        true => Vec::new(),
        false => [Staffing::TABLE, Assessment::TABLE].map(|t| plain::postgres(postgres, t)).into(),
    };
    report::imports("PostgreSQL", &runs, &plain);
    others(options, &server).await;
}

/// Imports everything, and then the same again.
async fn imports(options: &Options, server: &Server) -> Vec<stream::Run> {
    stream::world(&server.connect().await).await;
    let mut runs = Vec::new();
    for verdict in [ImportStatus::Created, ImportStatus::Unchanged] {
        runs.push(stream::measured::<Staffing>(server, 0..options.staffing, verdict).await);
        runs.push(stream::measured::<Assessment>(server, 0..options.assessments, verdict).await);
    }
    runs
}

/// What others notice, and how batches of all sizes bear on memory.
async fn others(options: &Options, server: &Server) {
    report::isolation(&isolation::measured(server, options.staffing).await);
    report::uneven(stream::uneven::<Assessment>(server, UNEVEN).await);
}
