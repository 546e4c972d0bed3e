//! `audit`: the log of changes, straight from the database.

use std::{
    io::{self, BufWriter, ErrorKind, Write},
    process::ExitCode,
    time::Duration,
};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    domain::Caller,
    registry::Registry,
    store::{Broken, ChangeRow, Opening},
};

use super::{
    Failure, client,
    database::{self, Database},
};

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

/// Who looks.
const AUDITOR: &str = "auditor";

pub async fn run(action: AuditAction) -> Result<ExitCode, Failure> {
    let auditor = Caller::operator(AUDITOR);
    match action {
        AuditAction::Verify(database) => verify(&open(database).await?, &auditor).await,
        AuditAction::Export { database, after } => {
            match export(&open(database).await?, &auditor, after).await {
                // Whoever reads only the beginning has what they want.
                Err(error) if is_broken_pipe(&error) => Ok(ExitCode::SUCCESS),
                end => end,
            }
        }
    }
}

async fn open(database: Database) -> Result<Registry, Failure> {
    let store = database::open(&database, Opening::Existing, Duration::ZERO).await?;
    Ok(Registry::new(store))
}

async fn verify(registry: &Registry, auditor: &Caller) -> Result<ExitCode, Failure> {
    match registry.verify(auditor).await.map_err(client::causes)? {
        Ok(count) => {
            println!("{count} changes, every link whole");
            Ok(ExitCode::SUCCESS)
        }
        Err(Broken::Row { revision, name }) => {
            println!(
                "broken at revision {revision}, {name}: it, or what came before it, is not as it was written"
            );
            Ok(ExitCode::FAILURE)
        }
        Err(Broken::End { revision }) => {
            println!(
                "broken at the end: the changes do not come to revision {revision} as it was written"
            );
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn export(registry: &Registry, auditor: &Caller, after: i64) -> Result<ExitCode, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    // No name comes after this one: the first row is of the next revision.
    let mut at = (after, String::from('\u{10FFFF}'));
    loop {
        let rows = registry.log(auditor, (at.0, &at.1)).await.map_err(client::causes)?;
        let Some(last) = rows.last() else { break };
        at = (last.revision, last.name.clone());
        for row in &rows {
            serde_json::to_writer(&mut out, &line(row)?)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn line(row: &ChangeRow) -> Result<Value, serde_json::Error> {
    let fields = row.changed_fields.split(',').filter(|field| !field.is_empty());
    Ok(json!({
        "revision": row.revision,
        "name": row.name,
        "resourceType": row.resource_type,
        "verb": sea_orm::ActiveEnum::to_value(&row.verb),
        "time": row.time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        "actor": row.actor,
        "request_id": row.request_id,
        "method": row.method,
        "peer": row.peer,
        "changed_fields": fields.collect::<Vec<_>>(),
        "resource": serde_json::from_str::<Value>(&row.resource)?,
        "hash": row.hash,
    }))
}

fn is_broken_pipe(error: &Failure) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
        || error
            .downcast_ref::<serde_json::Error>()
            .is_some_and(|error| error.io_error_kind() == Some(ErrorKind::BrokenPipe))
}
