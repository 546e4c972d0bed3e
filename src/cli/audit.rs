//! `audit`: verifies or exports the change log, read directly from the database.

use std::{
    io::{self, BufWriter, ErrorKind, Write},
    process::ExitCode,
    time::Duration,
};

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::{
    api::v1,
    domain::{Caller, Change, Error},
    registry::Registry,
    store::{ChangeRow, OpenMode, Revision},
};

use super::{
    Failure, client,
    database::{self, Database},
    json::WholeMessage,
    show,
};

/// Options of `audit`.
#[derive(Debug, Args)]
pub struct Audit {
    /// What to do.
    #[command(subcommand)]
    pub action: AuditAction,
}

/// Actions of `audit`.
#[derive(Debug, Subcommand)]
pub enum AuditAction {
    /// Verify the hash chain of the change log. Exits with 0 if it is intact; otherwise reports the
    /// first broken link and exits with 1.
    Verify(Database),
    /// Write the change log as JSON lines, one for each change, oldest first: the message Change, with the
    /// caller's address (`peer`) and the hash of the stored row.
    Export {
        /// The database to read.
        #[command(flatten)]
        database: Database,
        /// Only changes after this revision.
        #[arg(long, value_name = "REVISION", default_value_t = 0)]
        after: i64,
    },
}

/// The subject under which the command reads.
const AUDITOR: &str = "auditor";

pub async fn run(action: AuditAction) -> Result<ExitCode, Failure> {
    let auditor = Caller::operator(AUDITOR);
    match action {
        AuditAction::Verify(database) => verify(&open(database).await?, &auditor).await,
        AuditAction::Export { database, after } => {
            match export(&open(database).await?, &auditor, after).await {
                // The reader wanted only the beginning.
                Err(error) if is_broken_pipe(&error) => Ok(ExitCode::SUCCESS),
                end => end,
            }
        }
    }
}

async fn open(database: Database) -> Result<Registry, Failure> {
    let store = database::open(&database, OpenMode::Existing, Duration::ZERO).await?;
    Ok(Registry::new(store))
}

async fn verify(registry: &Registry, auditor: &Caller) -> Result<ExitCode, Failure> {
    match registry.verify(auditor).await {
        Ok(count) => show(format!("{count} changes, hash chain intact\n").as_bytes()),
        Err(Error::ChainBroken(broken)) => {
            show(format!("{broken}\n").as_bytes())?;
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(client::causes(error)),
    }
}

async fn export(registry: &Registry, auditor: &Caller, after: i64) -> Result<ExitCode, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    // No name sorts after this one, so the first row is of the next revision.
    let mut at = (Revision::new(after), String::from('\u{10FFFF}'));
    loop {
        let rows = registry.log(auditor, (at.0, &at.1)).await.map_err(client::causes)?;
        let Some(last) = rows.last() else { break };
        at = (last.revision, last.name.clone());
        for row in rows {
            serde_json::to_writer(&mut out, &line(row)?)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The message Change as protobuf's JSON, with the caller's address and the hash of the row beside its fields.
fn line(row: ChangeRow) -> Result<ChangeLine, Failure> {
    let (peer, hash) = (row.peer.clone(), row.hash.clone());
    let change = WholeMessage::of(&v1::Change::from(&Change::read(row)?))?;
    Ok(ChangeLine { change, peer, hash })
}

#[derive(Serialize)]
struct ChangeLine {
    #[serde(flatten)]
    change: WholeMessage,
    peer: String,
    hash: String,
}

fn is_broken_pipe(error: &Failure) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
        || error
            .downcast_ref::<serde_json::Error>()
            .is_some_and(|error| error.io_error_kind() == Some(ErrorKind::BrokenPipe))
}
