//! The gap analysis at the size of a nation: of one organisation and of all, on a server that was just
//! started and on one that has answered before, on SQLite and on PostgreSQL, beside the same on DuckDB in
//! the same run, whose answer must be equal.
//!
//! `cargo bench --bench analysis` makes the nation, loads it and measures; `-- --help` tells of less. For
//! DuckDB it needs a Python that has the package `duckdb`; for PostgreSQL its programs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that fails says so by panicking"
)]

mod beside;
mod measure;
#[allow(dead_code, reason = "the bench of imports needs more of it")]
#[path = "../import/postgres.rs"]
mod postgres;
#[allow(dead_code, reason = "the bench of imports needs more of it")]
#[path = "../import/server.rs"]
mod server;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use clap::{Parser, ValueEnum};
use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use digital_skills_registry::store::{Revision, Store};

use beside::Beside;
use measure::{Question, Timings};
use postgres::Postgres;
use server::Server;

/// Measures analyses of a made-up nation.
#[derive(Debug, Parser)]
struct Options {
    /// On which database; on both where it is left out.
    #[arg(long)]
    database: Option<Database>,
    /// How often each analysis is asked for once it has been answered.
    #[arg(long, default_value_t = 15)]
    runs: usize,
    /// Keep the nation in this folder, and use what it has: files, SQLite's and DuckDB's databases.
    #[arg(long)]
    data: Option<PathBuf>,
    /// A Python with the package `duckdb`.
    #[arg(long, default_value = "target/duckdb/bin/python")]
    python: PathBuf,
    /// The program to be measured.
    #[arg(long, default_value = env!("CARGO_BIN_EXE_skills-registry"))]
    program: PathBuf,
    /// Options of `generate`, such as `--organisations 25`.
    #[arg(last = true)]
    size: Vec<String>,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    if !options.bench {
        // `cargo test --all-targets` builds and starts it too, and does not mean to wait so long.
        println!("analyses are measured by cargo bench --bench analysis");
        return;
    }
    let temporary = tempfile::tempdir().unwrap();
    let folder = options.data.clone().unwrap_or_else(|| temporary.path().to_owned());
    fs::create_dir_all(&folder).unwrap();
    let beside = Beside::prepared(&options, &folder);
    if beside.is_none() {
        println!("SKIPPED DuckDB: {} does not have it", options.python.display());
    }
    let mut report = Report::new();
    let wanted = |database| options.database.is_none_or(|only| only == database);
    if wanted(Database::Sqlite) {
        let file = folder.join("nation.db");
        let known = file.exists();
        let url = format!("sqlite://{}?mode=rwc", file.display());
        if !known {
            load(&options, &url).await;
        }
        report.add("SQLite", &options, &url, beside.as_ref()).await;
    }
    if wanted(Database::Postgres) {
        match Postgres::start() {
            Some(postgres) => {
                load(&options, &postgres.url()).await;
                // A server that has run for a while has done so.
                postgres.psql("VACUUM ANALYZE");
                report.add("PostgreSQL", &options, &postgres.url(), beside.as_ref()).await;
            }
            None => println!("SKIPPED PostgreSQL: its programs are not installed"),
        }
    }
    report.print();
}

/// Loads the nation through the service.
async fn load(options: &Options, url: &str) {
    let server = Server::run(&options.program, url);
    let generated = generate(options, &["--endpoint", &server.endpoint()]);
    assert!(generated, "the nation was loaded");
}

/// Runs `generate` of the program that this was built with.
fn generate(options: &Options, arguments: &[&str]) -> bool {
    let mut program = Command::new(env!("CARGO_BIN_EXE_skills-registry"));
    program.arg("generate").args(arguments).args(&options.size).status().unwrap().success()
}

/// What was measured.
struct Report {
    table: Table,
}

impl Report {
    fn new() -> Self {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED);
        table.set_header([
            "",
            "",
            "rows",
            "cold ms",
            "warm ms",
            "slowest",
            "peak MiB",
            "DuckDB cold",
            "warm",
            "peak MiB",
            "load",
        ]);
        for column in 2..11 {
            table.column_mut(column).unwrap().set_cell_alignment(CellAlignment::Right);
        }
        Self { table }
    }

    /// Measures on a database that has the nation.
    async fn add(&mut self, name: &str, options: &Options, url: &str, beside: Option<&Beside>) {
        // A program of before does not know them.
        let _ = Store::open(url).await.unwrap().trim_cache(Revision::new(i64::MAX)).await;
        let nothing_kept = "nation, nothing kept";
        for (what, question) in [
            ("organisation", Question::Organisation),
            (nothing_kept, Question::Nation),
            ("nation", Question::Nation),
        ] {
            let server = Server::run(&options.program, url);
            let (timed, answer) = measure::timed(&server, question, options.runs).await;
            let memory = server.memory().most;
            if what == nothing_kept {
                // It is kept while nobody waits.
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
            drop(server);
            // Under the same load, as near in time as can be.
            let other = beside.map(|beside| beside.timed(question, options.runs));
            if let Some((_, rows)) = &other {
                measure::must_equal(question, &answer, rows);
            }
            let [cold, warm, slowest] = columns_of(&timed);
            let mut row = vec![name.to_owned(), what.to_owned()];
            row.extend([answer.len().to_string(), cold, warm, slowest, mib(memory)]);
            row.extend(match &other {
                Some((timed, _)) => {
                    let [cold, warm, _] = columns_of(timed);
                    vec![cold, warm, mib(timed.peak_kib)]
                }
                None => vec![String::new(); 3],
            });
            row.push(load_average());
            self.table.add_row(row);
        }
    }

    fn print(&self) {
        println!(
            "Of one organisation every required skill of every role in every period; of the nation \
             all of them, summed by region, family and period. Cold is a server that has just been started; \
             nothing is kept the first time after everything has changed. Warm is the median; the load \
             is that of the machine over a minute."
        );
        println!("{}", self.table);
    }
}

/// Cold, the median of those after it, and the slowest of those.
fn columns_of(timed: &Timings) -> [String; 3] {
    let mut warm = timed.warm.clone();
    warm.sort_unstable();
    let milliseconds = |took: Duration| format!("{:.1}", took.as_secs_f64() * 1_000.0);
    let slowest = warm.last().copied().unwrap_or_default();
    let median = warm.get(warm.len() / 2).copied().unwrap_or_default();
    [timed.cold, median, slowest].map(milliseconds)
}

fn mib(kib: u64) -> String {
    (kib / 1_024).to_string()
}

fn load_average() -> String {
    let told = fs::read_to_string(Path::new("/proc/loadavg")).unwrap_or_default();
    told.split(' ').next().unwrap_or_default().to_owned()
}
