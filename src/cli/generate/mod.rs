//! `generate`: a made-up nation of any size, loaded through the service, or written as CSV files for other
//! programs. The same seed and size give the same rows.

mod nation;
mod people;
mod tables;

use std::{ops::Range, process::ExitCode};

use tonic::transport::Channel;

use crate::{
    api::v1,
    config::{Endpoint, Generate},
};

use super::{
    Failure, client,
    import::{Importable, Report, Sourced, upload},
};

use nation::Nation;

/// Who the generator says it is.
const SUBJECT: &str = "skills-registry-generate";

/// How many people are made at once.
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
    print!("{}", report.summary());
    for rejected in report.rejected() {
        eprintln!("{rejected}");
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
    let rows = rows.into_iter().map(|row| Sourced { origin: "generated".to_owned(), row });
    upload(channel, SUBJECT, parent, rows.collect(), report).await
}

/// All people, some at a time.
fn people(nation: &Nation) -> impl Iterator<Item = Range<usize>> {
    let all = nation.size().staffing;
    (0..all).step_by(PEOPLE).map(move |first| first..all.min(first + PEOPLE))
}
