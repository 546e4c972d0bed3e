//! `generate`: generates a made-up nation of any size, and loads it through the service or writes
//! it as CSV files for other programs. The same seed and size give the same rows.

mod nation;
mod people;
mod tables;

use std::{ops::Range, path::PathBuf, process::ExitCode};

use clap::{Args, builder::TypedValueParser};
use nation::Nation;
use tonic::transport::Channel;

use crate::api::{client::Importable, v1};

use super::{
    Failure,
    client::{self, Endpoint},
    complain,
    import::{Report, SourcedRow, Upload},
    show,
};

/// Options of `generate`.
#[derive(Debug, Args)]
pub struct Generate {
    /// Seed of the random numbers. The same seed and size give the same rows.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How much to generate.
    #[command(flatten)]
    pub size: Size,
    /// The registry to call.
    #[command(flatten)]
    pub endpoint: Endpoint,
    /// Write CSV files into this folder, one for each resource type, instead of loading the nation.
    /// The folder is created if it does not exist.
    #[arg(long, value_name = "FOLDER")]
    pub csv: Option<PathBuf>,
}

/// How much of everything to generate. The defaults give 2,250,000 required skills of roles in
/// organisations and periods.
#[derive(Clone, Debug, Args)]
pub struct Size {
    /// Number of organisations with people and targets, besides the nation and its seven regions.
    #[arg(long, value_name = "NUMBER", default_value = "250", value_parser = count(10_000))]
    pub organisations: usize,
    /// Number of roles, each with a target in every organisation and period.
    #[arg(long, value_name = "NUMBER", default_value = "200", value_parser = count(1_000))]
    pub roles: usize,
    /// Number of skills.
    #[arg(long, value_name = "NUMBER", default_value = "60", value_parser = count(1_000))]
    pub skills: usize,
    /// Number of skills that each role requires.
    #[arg(long, value_name = "NUMBER", default_value = "9", value_parser = count(1_000))]
    pub requirements: usize,
    /// Number of periods of the plan, each of one year.
    #[arg(long, value_name = "NUMBER", default_value = "5", value_parser = count(50))]
    pub periods: usize,
    /// Number of staffing records.
    #[arg(long, value_name = "NUMBER", default_value = "50000", value_parser = count(10_000_000))]
    pub staffing: usize,
    /// Number of assessments, at most 1,000 for each staffing record.
    #[arg(long, value_name = "NUMBER", default_value = "1800000", value_parser = count(1_000_000_000))]
    pub assessments: usize,
}

/// Parses a number from 1 to `most`.
fn count(most: i64) -> impl TypedValueParser<Value = usize> {
    clap::value_parser!(i64).range(1..=most).map(|count| usize::try_from(count).unwrap_or(1))
}

/// The principal as which the generator writes.
const PRINCIPAL: &str = "skills-registry-generate";

/// Number of staffing records generated at once.
const PEOPLE: usize = 1_000;

pub async fn run(options: Generate) -> Result<ExitCode, Failure> {
    let nation = Nation::new(options.size, options.seed)?;
    match &options.csv {
        Some(folder) => {
            tables::write(&nation, folder)?;
            Ok(ExitCode::SUCCESS)
        }
        None => load(&nation, &options.endpoint).await,
    }
}

async fn load(nation: &Nation, endpoint: &Endpoint) -> Result<ExitCode, Failure> {
    let channel = client::connect(endpoint).await?;
    let mut report = Report::with_progress();
    send(&channel, "", nation.organisations(), &mut report).await?;
    send(&channel, "", vec![nation.framework()], &mut report).await?;
    send(&channel, "frameworks/-", nation.skills(), &mut report).await?;
    send(&channel, "", nation.roles(), &mut report).await?;
    send(&channel, "roles/-", nation.requirements(), &mut report).await?;
    send(&channel, "", vec![nation.plan()], &mut report).await?;
    for organisation in 0..nation.size().organisations {
        send(&channel, "plans/-", nation.targets(organisation), &mut report).await?;
    }
    for people in people(nation) {
        let staffing = people.clone().map(|n| nation.staffing(n)).collect();
        send::<v1::Staffing>(&channel, "organisations/-", staffing, &mut report).await?;
        let assessments = people.flat_map(|n| nation.assessments(n)).collect();
        send::<v1::Assessment>(&channel, "organisations/-", assessments, &mut report).await?;
    }
    show(report.summary().as_bytes())?;
    for rejected in report.rejections() {
        complain(rejected);
    }
    Ok(match report.rejected().is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

async fn send<M: Importable>(
    channel: &Channel,
    parent: &str,
    rows: Vec<M>,
    report: &mut Report,
) -> Result<(), Failure> {
    let rows = rows.into_iter().map(|row| SourcedRow::whole("generated", row));
    let upload = Upload { channel, principal: PRINCIPAL, parent, dry_run: None };
    upload.send(rows.collect(), report).await
}

/// All staffing records, in ranges of [`PEOPLE`].
fn people(nation: &Nation) -> impl Iterator<Item = Range<usize>> {
    let all = nation.size().staffing;
    (0..all).step_by(PEOPLE).map(move |first| first..all.min(first + PEOPLE))
}
