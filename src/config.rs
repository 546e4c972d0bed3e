//! The command line of `skills-registry`.

mod limits;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum, builder::TypedValueParser};

use crate::{server::Origin, store::RAISE};

pub use limits::LimitOptions;

/// The digital skills registry: roles, digital skills, workforce plans, people, and the gaps.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
pub struct Config {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the registry over gRPC, bringing its database up to date first.
    Serve(Serve),
    /// Look after the schema of the database.
    Migrate(Migrate),
    /// Load public data files into a registry that is being served.
    Import(Import),
    /// Make up a nation of any size, and load it into a registry that is being served or write it to files.
    Generate(Generate),
    /// Check or write out the log of changes, straight from the database.
    Audit(Audit),
    /// Write a copy of the database to a file, while it is served.
    Backup(Backup),
    /// Say that the database was put back from a plain copy, before it is served again: what the lost
    /// history gave out is refused from then on.
    Restored(Restored),
    /// Show the gaps between a plan and the people in post.
    Gaps(Gaps),
    /// Show the digital roles and the skills that a plan forgets.
    AuditPlan(AuditPlan),
    /// Write the board report of a plan to a file.
    Report(Report),
    /// Ask a registry whether it is well: exit code 0 if it is.
    Healthcheck(Endpoint),
    /// Write the contract as an encoded FileDescriptorSet, with its comments.
    Descriptor(Descriptor),
    /// Print the OpenAPI document of the JSON calls.
    Openapi,
}

/// Where the data is.
#[derive(Clone, Debug, Args)]
pub struct Database {
    /// The database: sqlite://PATH, or postgres://USER:PASSWORD@HOST/NAME. Everybody on the machine can
    /// read the command line of a process: give a URL with a password in the environment or in a file.
    #[arg(
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite://skills-registry.db?mode=rwc"
    )]
    pub database_url: String,
    /// Read the URL of the database from this file; it goes before --database-url.
    #[arg(long, env = "REGISTRY_DATABASE_URL_FILE", value_name = "FILE")]
    pub database_url_file: Option<PathBuf>,
}

/// How long to wait for the data.
#[derive(Clone, Debug, Args)]
pub struct DatabaseWait {
    /// How long to try again where the database cannot be reached at the start, such as `60s` or `5min`.
    #[arg(
        long,
        env = "REGISTRY_WAIT_FOR_DATABASE",
        value_name = "DURATION",
        default_value = "0s",
        value_parser = humantime::parse_duration
    )]
    pub wait_for_database: Duration,
}

/// Where a registry is being served.
#[derive(Clone, Debug, Args)]
pub struct Endpoint {
    /// The address of the registry.
    #[arg(long, env = "REGISTRY_ENDPOINT", default_value = "http://127.0.0.1:50051")]
    pub endpoint: String,
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where the data is.
    #[command(flatten)]
    pub database: Database,
    /// How long to wait for it.
    #[command(flatten)]
    pub wait: DatabaseWait,
    /// Begin an empty registry in a database file of 0 bytes too. Without it such a file is refused: it is
    /// what a copy leaves that failed.
    #[arg(long)]
    pub create: bool,
    /// The address to listen on.
    #[arg(long, env = "REGISTRY_LISTEN", default_value = "127.0.0.1:50051")]
    pub listen: SocketAddr,
    /// Allow an address that others can reach, although every caller has every right.
    #[arg(long)]
    pub insecure: bool,
    /// Also load a small made-up trust with a plan.
    #[arg(long)]
    pub sample: bool,
    /// Let pages of this origin call from a browser: `https://board.example`, or `*` for any. Can be given
    /// several times; in the environment with commas between.
    #[arg(
        long = "cors-origin",
        env = "REGISTRY_CORS_ORIGINS",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    pub cors_origins: Vec<Origin>,
    /// How long changes are kept, such as `90days` or `36h`; without this for ever. What is older can no
    /// longer be told one by one: the feed, histories and past states begin there.
    #[arg(
        long,
        env = "REGISTRY_CHANGE_RETENTION",
        value_name = "DURATION",
        value_parser = humantime::parse_duration
    )]
    pub change_retention: Option<Duration>,
    /// How many watches of changes there may be at once: each takes some memory for as long as it lasts.
    /// More are refused with RESOURCE_EXHAUSTED.
    #[arg(long, env = "REGISTRY_MAX_WATCHES", value_name = "NUMBER", default_value_t = 1_000)]
    pub max_watches: usize,
    /// How many reads may wait at once for the revision that they ask for (`min_revision`). More are
    /// refused with RESOURCE_EXHAUSTED.
    #[arg(long, env = "REGISTRY_MAX_WAITING", value_name = "NUMBER", default_value_t = 1_000)]
    pub max_waiting: usize,
    /// How far the revision that a read asks for (`min_revision`) may be ahead of the newest for the read
    /// to wait for it. Further ahead it is refused at once with OUT_OF_RANGE, REVISION_AHEAD.
    #[arg(long, env = "REGISTRY_MAX_AHEAD", value_name = "NUMBER", default_value_t = 10_000,
          value_parser = clap::value_parser!(i64).range(0..))]
    pub max_ahead: i64,
    /// How many seconds the registry still takes calls after SIGTERM while its health says NOT_SERVING, so
    /// that load balancers stop sending before it stops taking. After SIGINT it is 0.
    #[arg(
        long,
        env = "REGISTRY_LAME_DUCK_SECONDS",
        value_name = "SECONDS",
        default_value_t = 3,
        value_parser = clap::value_parser!(u64).range(..=3_600)
    )]
    pub lame_duck_seconds: u64,
    /// How many seconds calls under way may take to end at shutdown, after the lame-duck seconds. Closing
    /// takes at most 5 more.
    #[arg(
        long,
        env = "REGISTRY_DRAIN_SECONDS",
        value_name = "SECONDS",
        default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(..=3_600)
    )]
    pub drain_seconds: u64,
    /// How much is taken on at once.
    #[command(flatten)]
    pub limits: LimitOptions,
}

/// Options of `migrate`.
#[derive(Debug, Args)]
pub struct Migrate {
    /// What to do.
    #[arg(value_enum)]
    pub action: MigrateAction,
    /// Where the data is.
    #[command(flatten)]
    pub database: Database,
    /// How long to wait for it.
    #[command(flatten)]
    pub wait: DatabaseWait,
}

/// What to do with the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MigrateAction {
    /// Apply every migration that is pending.
    Up,
    /// Show every migration and whether it has been applied.
    Status,
}

/// Options of `audit`.
#[derive(Debug, Args)]
pub struct Audit {
    /// What to do.
    #[command(subcommand)]
    pub action: AuditAction,
}

/// What to do with the log of changes.
#[derive(Debug, Subcommand)]
pub enum AuditAction {
    /// Walk the chain of hashes over the log and say the first link that is broken: exit code 0 if none
    /// is.
    Verify(Database),
    /// Write the log as JSON lines, a change each, the oldest first.
    Export {
        /// Where the data is.
        #[command(flatten)]
        database: Database,
        /// Only what came after this revision.
        #[arg(long, value_name = "REVISION", default_value_t = 0)]
        after: i64,
    },
}

/// Options of `backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// The file to write: of SQLite a database, of PostgreSQL an archive for pg_restore. It must not be there.
    /// When it is opened by `serve` or `migrate up`, it knows that it was put back, and needs no `restored`.
    pub file: PathBuf,
    /// Where the data is.
    #[command(flatten)]
    pub database: Database,
}

/// Options of `restored`.
#[derive(Debug, Args)]
pub struct Restored {
    /// By how much to raise the revision: more than the lost history can have written since the copy was
    /// made. Where the same copy is put back a second time, give more than the first time.
    #[arg(
        long,
        value_name = "N",
        default_value_t = RAISE,
        value_parser = clap::value_parser!(i64).range(1..=1_000_000_000_000)
    )]
    pub by: i64,
    /// Where the data is.
    #[command(flatten)]
    pub database: Database,
}

/// Options of `import`.
#[derive(Debug, Args)]
pub struct Import {
    /// What the files are.
    #[arg(value_enum)]
    pub source: Source,
    /// The files.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Where the registry is.
    #[command(flatten)]
    pub endpoint: Endpoint,
    /// For gdad and esco: the id of the framework, the same as the source where it is not given.
    #[arg(long)]
    pub framework: Option<String>,
    /// For gdad and esco: the publisher's version of the framework.
    #[arg(long, default_value = "")]
    pub edition: String,
    /// For gdad and esco: publish the framework when everything is loaded.
    #[arg(long)]
    pub publish: bool,
}

/// Options of `generate`.
#[derive(Debug, Args)]
pub struct Generate {
    /// The same seed and size give the same rows.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How much of everything.
    #[command(flatten)]
    pub size: Size,
    /// Where the registry is.
    #[command(flatten)]
    pub endpoint: Endpoint,
    /// Write CSV files into this folder instead, one for each noun.
    #[arg(long, value_name = "FOLDER")]
    pub csv: Option<PathBuf>,
}

/// How much of everything a made-up nation has. As it stands: 2,250,000 required skills of roles in
/// organisations and periods.
#[derive(Clone, Debug, Args)]
pub struct Size {
    /// Organisations with people and targets; a nation and its seven regions stand above them.
    #[arg(long, value_name = "NUMBER", default_value = "250", value_parser = count(10_000))]
    pub organisations: usize,
    /// Roles, each with a target in every organisation and period.
    #[arg(long, value_name = "NUMBER", default_value = "200", value_parser = count(1_000))]
    pub roles: usize,
    /// Skills.
    #[arg(long, value_name = "NUMBER", default_value = "60", value_parser = count(1_000))]
    pub skills: usize,
    /// Skills that each role requires.
    #[arg(long, value_name = "NUMBER", default_value = "9", value_parser = count(1_000))]
    pub requirements: usize,
    /// Periods of the plan, each of a year.
    #[arg(long, value_name = "NUMBER", default_value = "5", value_parser = count(50))]
    pub periods: usize,
    /// Staffing records.
    #[arg(long, value_name = "NUMBER", default_value = "50000", value_parser = count(10_000_000))]
    pub staffing: usize,
    /// Assessments, at most 1,000 for each staffing record.
    #[arg(long, value_name = "NUMBER", default_value = "1800000", value_parser = count(1_000_000_000))]
    pub assessments: usize,
}

/// Reads a number from 1 on.
fn count(most: i64) -> impl TypedValueParser<Value = usize> {
    clap::value_parser!(i64).range(1..=most).map(|count| usize::try_from(count).unwrap_or(1))
}

/// Options of `descriptor`.
#[derive(Debug, Args)]
pub struct Descriptor {
    /// The file to write. Without it: the standard output.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// A public data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Source {
    /// NHS trusts and care trusts of the Organisation Data Service: etr.csv, ect.csv.
    Ods,
    /// The Government Digital and Data Profession Capability Framework: roles.csv, skills.csv.
    Gdad,
    /// A skills collection of ESCO, such as digitalSkillsCollection_en.csv.
    Esco,
    /// NHS workforce statistics, turnover benchmarking: staff in post by organisation and staff group.
    Workforce,
}

/// Options of `gaps`.
#[derive(Debug, Args)]
pub struct Gaps {
    /// The plan: plans/ID, or its id alone.
    pub plan: String,
    /// Where the registry is.
    #[command(flatten)]
    pub endpoint: Endpoint,
    /// Only this organisation: its ODS code. Can be given several times.
    #[arg(long = "organisation", value_name = "ODS")]
    pub organisations: Vec<String>,
    /// With each organisation, all below it.
    #[arg(long)]
    pub descendants: bool,
    /// Only this family of roles. Can be given several times.
    #[arg(long = "family")]
    pub families: Vec<String>,
    /// The day whose staffing and assessments count: YYYY-MM-DD.
    #[arg(long)]
    pub as_of: Option<String>,
    /// The period: YYYY-MM-DD, or - for every period. Can be given several times.
    #[arg(long = "period", value_name = "DATE", allow_hyphen_values = true)]
    pub periods: Vec<String>,
    /// Sum by this. Can be given several times.
    #[arg(long, value_enum)]
    pub group_by: Vec<GroupBy>,
    /// How to order the rows, such as `coverage, needed_fte desc`.
    #[arg(long, default_value = "")]
    pub order_by: String,
    /// How to show them.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// Options of `audit-plan`.
#[derive(Debug, Args)]
pub struct AuditPlan {
    /// The plan: plans/ID, or its id alone.
    pub plan: String,
    /// Where the registry is.
    #[command(flatten)]
    pub endpoint: Endpoint,
    /// The plan to measure it against: plans/ID, or its id alone. Without it: the plan's own baseline plan.
    #[arg(long, value_name = "PLAN")]
    pub baseline: Option<String>,
    /// The day whose people in post count: YYYY-MM-DD.
    #[arg(long)]
    pub as_of: Option<String>,
}

/// Options of `report`.
#[derive(Debug, Args)]
pub struct Report {
    /// The plan: plans/ID, or its id alone.
    pub plan: String,
    /// Where the registry is.
    #[command(flatten)]
    pub endpoint: Endpoint,
    /// What file to write. Without it: what the file is called, and otherwise html.
    #[arg(long, value_enum)]
    pub format: Option<ReportFile>,
    /// The file to write; `-` is the standard output. Without it: PLAN-DATE.html or .xlsx here.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Only this organisation: its ODS code. Can be given several times.
    #[arg(long = "organisation", value_name = "ODS")]
    pub organisations: Vec<String>,
    /// With each organisation, all below it.
    #[arg(long)]
    pub descendants: bool,
    /// The day whose staffing and assessments count: YYYY-MM-DD.
    #[arg(long)]
    pub as_of: Option<String>,
    /// The period whose needs count: YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    pub period: Option<String>,
    /// How many pounds may be spent on closing gaps: 100,000 where it is not given.
    #[arg(long, value_name = "POUNDS")]
    pub budget: Option<i64>,
    /// Which part of those in post leaves in a year, 0 to 1. Without it: from recorded movements.
    #[arg(long, value_name = "RATE")]
    pub leaver_rate: Option<f64>,
    /// The FTE that joins each role of each organisation in a period. Without it: from recorded movements.
    #[arg(long, value_name = "FTE")]
    pub joiner_fte: Option<f64>,
    /// The FTE that is trained in each skill of each role of each organisation in a period.
    #[arg(long, value_name = "FTE")]
    pub trained_fte: Option<f64>,
}

/// What file a report is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFile {
    /// For people to read: one page with everything in it.
    Html,
    /// For planners: a spreadsheet with every row.
    Xlsx,
}

/// What gaps can be summed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GroupBy {
    /// The organisation.
    Organisation,
    /// The region of the organisation.
    Region,
    /// The role.
    Role,
    /// The family of the role.
    Family,
    /// The skill.
    Skill,
    /// The category of the skill.
    Category,
    /// The period.
    Period,
}

/// How to show gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// One StreamGapsResponse with everything in it, as protobuf's JSON.
    Json,
    /// A row for each gap, with a heading.
    Csv,
}
