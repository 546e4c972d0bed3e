//! Opens a database for a command: decides whether it may be created, and says why it cannot be
//! opened.

use std::{
    fs, io,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use percent_encoding::percent_decode_str;
use sqlx::{
    ConnectOptions, Connection,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use tracing::{instrument::WithSubscriber, subscriber::NoSubscriber};

use super::{Dialect, connect::read_postgres};
use crate::store::{Store, StoreError};

/// How long PostgreSQL may take to answer the first connection.
const WAIT_LIMIT: Duration = Duration::from_secs(5);

/// Error text for a URL that cannot be parsed. It repeats nothing of the URL: any part may be the
/// password.
const UNREADABLE: &str = "it is neither postgres://USER:PASSWORD@HOST/NAME nor sqlite://PATH; in a \
                          password, characters such as # / ? @ [ ] % are written as %23 %2F %3F %40 %5B %5D %25";

/// Whether a database may be created if it does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// The database must exist.
    Existing,
    /// Create a missing file. Refuse an empty one: a failed copy leaves an empty file.
    MayCreate,
    /// Create a missing file, and accept an empty one.
    Create,
}

/// Says why a database cannot be opened. Never contains the password.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the database {database}: {reason}")]
pub struct OpenError {
    /// The database: its file, or its name, host and port.
    pub database: String,
    /// What is wrong.
    pub reason: String,
    /// Whether a later attempt may succeed.
    pub is_passing: bool,
}

impl Store {
    /// Opens the database at `url`, as [`Store::open`] does, under the rules of `opening`.
    pub async fn open_as(url: &str, opening: OpenMode) -> Result<Self, OpenError> {
        if Dialect::of_url(url) == Dialect::Sqlite {
            return open_file(url, opening).await;
        }
        let target = PostgresTarget::read(url).ok_or_else(|| OpenError {
            database: "at the URL given".to_owned(),
            reason: UNREADABLE.to_owned(),
            is_passing: false,
        })?;
        target.reach().await?;
        Self::open(url).await.map_err(|error| target.failure(error))
    }
}

async fn open_file(url: &str, opening: OpenMode) -> Result<Store, OpenError> {
    let lasting = |database: &str, reason: String| OpenError {
        database: database.to_owned(),
        reason,
        is_passing: false,
    };
    let options = SqliteConnectOptions::from_str(url)
        .map_err(|error| lasting("at the URL given", error.to_string()))?;
    let failed = |error: StoreError, database: &str| OpenError {
        database: database.to_owned(),
        is_passing: matches!(error, StoreError::Busy(_)),
        reason: words(&error),
    };
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Store::open(url).await.map_err(|error| failed(error, "in memory"));
    }
    let path = options.get_filename();
    let database = path.display().to_string();
    let (address, mode) = url.split_once('?').unwrap_or((url, ""));
    match fs::metadata(path) {
        Ok(file) if file.len() == 0 && opening != OpenMode::Create => {
            let reason = "the file is empty (0 bytes), as a failed copy is: put the complete copy in its \
                          place, or start an empty registry in it with `serve --create`";
            return Err(lasting(&database, reason.to_owned()));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if opening == OpenMode::Existing {
                let reason = "there is no such file; only `serve` and `migrate up` create one";
                return Err(lasting(&database, reason.to_owned()));
            }
            if mode.contains("mode=r") && !mode.contains("mode=rwc") {
                let reason = "there is no such file, and the URL does not allow creating one \
                              (mode=rwc does)";
                return Err(lasting(&database, reason.to_owned()));
            }
            make_file(path).await.map_err(|reason| lasting(&database, reason))?;
        }
        _ => {}
    }
    // The file exists. Even if it disappears before it is opened, the driver must not create
    // another.
    let url = format!("{address}?{}", mode.replace("mode=rwc", "mode=rw"));
    Store::open(url.trim_end_matches('?')).await.map_err(|error| failed(error, &database))
}

/// Creates an empty database under a temporary name and renames it when it is complete. A process
/// that is killed meanwhile leaves no empty file behind, which no later start would accept.
async fn make_file(path: &Path) -> Result<(), String> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    let unfinished: PathBuf = path.with_file_name(name);
    let options = SqliteConnectOptions::new()
        .filename(&unfinished)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    let made = async { options.connect().await?.close().await };
    let made = made.with_subscriber(NoSubscriber::default()).await;
    let made = made.map_err(|error| error.to_string()).and_then(|()| {
        match fs::hard_link(&unfinished, path) {
            // Another process was quicker; its file is as good.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            // The file system has no hard links.
            Err(_) if !path.exists() => fs::rename(&unfinished, path).map_err(|e| e.to_string()),
            end => end.map_err(|error| error.to_string()),
        }
    });
    // After a rename it no longer exists.
    let _ = fs::remove_file(&unfinished);
    made
}

/// A PostgreSQL database, and the secrets that no text may contain.
struct PostgresTarget {
    options: PgConnectOptions,
    database: String,
    secrets: Vec<String>,
}

impl PostgresTarget {
    /// Parses a URL; `None` if any part of its password might be mistaken for another part of the
    /// URL.
    fn read(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("postgres://").or(text.strip_prefix("postgresql://"))?;
        let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        if rest[authority..].contains(['@', '#']) {
            return None;
        }
        let url = url::Url::parse(text).ok()?;
        let options = read_postgres(text).ok()?;
        let server = match options.get_socket() {
            Some(socket) => format!("on {}", socket.display()),
            None => format!("at {}:{}", options.get_host(), options.get_port()),
        };
        let name = options.get_database().unwrap_or_else(|| options.get_username());
        let database = format!("{name} {server}");
        let mut secrets: Vec<String> = Vec::new();
        let queried = url.query_pairs().filter(|(key, _)| key == "password");
        secrets.extend(queried.map(|(_, password)| password.into_owned()));
        if let Some(password) = url.password() {
            secrets.push(password.to_owned());
            secrets.push(percent_decode_str(password).decode_utf8_lossy().into_owned());
        }
        secrets.retain(|secret| !secret.is_empty());
        Some(Self { options, database, secrets })
    }

    /// Fails with the server's own words if it refuses a connection. A pool would retry until its
    /// time limit and report only that.
    async fn reach(&self) -> Result<(), OpenError> {
        let connect = async { self.options.connect().await?.close().await };
        let connect = connect.with_subscriber(NoSubscriber::default());
        let error = match tokio::time::timeout(WAIT_LIMIT, connect).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error,
            Err(_) => {
                let reason = format!("no answer within {} s", WAIT_LIMIT.as_secs());
                return Err(self.error(reason, true));
            }
        };
        let (reason, is_passing) = match &error {
            sqlx::Error::Io(error) => (error.to_string(), true),
            sqlx::Error::Database(error) => {
                let code = error.code().unwrap_or_default();
                // The server is starting or stopping, has no connection left, or lost this one.
                let passing = ["57P", "08", "53"].iter().any(|class| code.starts_with(class));
                (format!("{} ({code})", error.message()), passing)
            }
            error => (words(error), false),
        };
        Err(self.error(reason, is_passing))
    }

    fn failure(&self, error: StoreError) -> OpenError {
        let is_passing = matches!(error, StoreError::Busy(_));
        self.error(words(&error), is_passing)
    }

    fn error(&self, reason: String, is_passing: bool) -> OpenError {
        let hidden = |text: String, secret: &String| text.replace(secret, "…");
        let reason = self.secrets.iter().fold(reason, hidden);
        OpenError { database: self.database.clone(), reason, is_passing }
    }
}

/// Formats an error with its causes.
fn words(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| {
        let cause = cause.to_string();
        if text.ends_with(&cause) { text } else { format!("{text}: {cause}") }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_whose_password_might_be_taken_for_another_part_is_not_read() {
        for url in [
            "postgres://registry:12#s3cret@db/registry",
            "postgres://registry:12/s3cret@db/registry",
            "postgres://registry:12?s3cret@db/registry",
            "postgres://registry:12@34/s3cret@db/registry",
            "postgres://registry:s3cret#x@db/registry",
            "postgres://registry:[s3cret@db:x/registry",
            "postgres:registry:s3cret@db/registry",
            "postgres:/registry:s3cret",
            "host=db user=registry password=s3cret",
            "registry:s3cret@db/registry",
            "mysql://registry:s3cret@db/registry",
            "",
        ] {
            assert!(PostgresTarget::read(url).is_none(), "{url}");
        }
    }

    #[test]
    fn a_database_is_told_by_name_and_server_and_never_with_its_password() {
        for (url, database, secrets) in [
            ("postgres://r:s3cret@db/registry", "registry at db:5432", &["s3cret"][..]),
            ("postgres://r@db:6432/registry?password=s%263", "registry at db:6432", &["s&3"]),
            (
                "postgresql://r:s3%23%2F&x@db/registry",
                "registry at db:5432",
                &["s3%23%2F&x", "s3#/&x"],
            ),
            ("postgres:///registry?host=/run/pg&password=s3", "registry on /run/pg", &["s3"]),
            ("postgres://r:[s3@x@db/registry", "registry at db:5432", &["[s3@x"]),
        ] {
            let target = PostgresTarget::read(url).unwrap();
            assert_eq!(target.database, database, "{url}");
            let error = target.error(format!("driver says {}", secrets.join(", ")), false);
            for secret in secrets {
                assert!(!error.to_string().contains(secret), "{error}");
            }
        }
    }
}
