//! Copies a database while it is in use.

use std::{
    ffi::OsString,
    io::ErrorKind,
    path::Path,
    process::{Command, Stdio},
    str::FromStr,
    sync::Arc,
};

use sea_orm::{DbErr, RuntimeErr};
use sqlx::{
    Connection, SqliteConnection,
    postgres::{PgConnectOptions, PgSslMode},
    sqlite::SqliteConnectOptions,
};
use tracing::subscriber::{NoSubscriber, with_default};

use super::Dialect;
use crate::store::{BackupError, StoreError};

/// Copies the database at `url` into the empty file `file`, without the row that marks a live
/// database.
pub(in crate::store) async fn copy(url: &str, file: &Path) -> Result<(), BackupError> {
    if Dialect::of_url(url) == Dialect::Sqlite {
        vacuum(url, file).await.map_err(|error| BackupError::Database(failed(error)))
    } else {
        dump(url, file).await
    }
}

/// Copies what was committed when the copy began. Writers do not wait.
async fn vacuum(url: &str, file: &Path) -> Result<(), sqlx::Error> {
    let from = SqliteConnectOptions::from_str(url)?.create_if_missing(false);
    let mut from = SqliteConnection::connect_with(&from).await?;
    let name = file.to_string_lossy();
    sqlx::query("VACUUM INTO ?").bind(name.as_ref()).execute(&mut from).await?;
    from.close().await?;
    let copy = SqliteConnectOptions::new().filename(file);
    let mut copy = SqliteConnection::connect_with(&copy).await?;
    sqlx::query("DELETE FROM original").execute(&mut copy).await?;
    copy.close().await
}

fn failed(error: sqlx::Error) -> StoreError {
    DbErr::Conn(RuntimeErr::SqlxError(error.into())).into()
}

/// Runs `pg_dump`. The connection parameters are passed in the environment: every user of the
/// machine can read the arguments of a process.
async fn dump(url: &str, file: &Path) -> Result<(), BackupError> {
    let environment = environment(url).map_err(|error| BackupError::Database(failed(error)))?;
    let mut program = Command::new("pg_dump");
    program
        .args(["--format=custom", "--no-password", "--exclude-table-data=original", "--file"])
        .arg(file)
        .envs(environment)
        .stdin(Stdio::null());
    let run = tokio::task::spawn_blocking(move || program.output());
    let output =
        run.await.map_err(|error| BackupError::Database(StoreError::Stopped(Arc::new(error))))?;
    let output = output.map_err(|error| match error.kind() {
        ErrorKind::NotFound => BackupError::NoDump,
        _ => BackupError::Dump(error.to_string()),
    })?;
    if output.status.success() {
        return Ok(());
    }
    Err(BackupError::Dump(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

/// Returns the environment variables that make PostgreSQL's programs connect to the database at
/// `url`.
fn environment(url: &str) -> Result<Vec<(&'static str, OsString)>, sqlx::Error> {
    // Logging is off: the driver logs parameters of a URL that it does not know.
    let options = with_default(NoSubscriber::default(), || PgConnectOptions::from_str(url))?;
    let host = match options.get_socket() {
        Some(socket) => socket.clone().into_os_string(),
        None => options.get_host().into(),
    };
    let ssl_mode = match options.get_ssl_mode() {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    };
    let mut variables = vec![
        ("PGHOST", host),
        ("PGPORT", options.get_port().to_string().into()),
        ("PGUSER", options.get_username().into()),
        ("PGDATABASE", options.get_database().unwrap_or(options.get_username()).into()),
        ("PGSSLMODE", ssl_mode.into()),
    ];
    let parsed = url::Url::parse(url).map_err(|error| sqlx::Error::Configuration(error.into()))?;
    // The driver exposes neither the password nor the paths of the certificates that it read.
    if let Some(password) = parsed.password() {
        let password = percent_encoding::percent_decode_str(password).decode_utf8_lossy();
        variables.push(("PGPASSWORD", password.into_owned().into()));
    }
    for (key, value) in parsed.query_pairs() {
        let variable = match &*key {
            "password" => "PGPASSWORD",
            "sslrootcert" | "ssl-root-cert" | "ssl-ca" => "PGSSLROOTCERT",
            "sslcert" | "ssl-cert" => "PGSSLCERT",
            "sslkey" | "ssl-key" => "PGSSLKEY",
            _ => continue,
        };
        variables.push((variable, value.into_owned().into()));
    }
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_database_is_goes_by_the_environment() {
        let url = "postgres://registry:s%23cr%2Ft@db.example:5433/skills?sslmode=verify-full\
                   &sslrootcert=/etc/ca.pem";
        let environment = environment(url).unwrap();
        let value = |name: &str| {
            let found = environment.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| value.to_string_lossy().into_owned())
        };
        for (name, expected) in [
            ("PGHOST", "db.example"),
            ("PGPORT", "5433"),
            ("PGUSER", "registry"),
            ("PGDATABASE", "skills"),
            ("PGPASSWORD", "s#cr/t"),
            ("PGSSLMODE", "verify-full"),
            ("PGSSLROOTCERT", "/etc/ca.pem"),
        ] {
            assert_eq!(value(name).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn a_socket_is_a_host() {
        let environment =
            environment("postgres:///skills?host=/run/postgresql&user=registry").unwrap();
        assert_eq!(environment[0], ("PGHOST", "/run/postgresql".into()));
        assert!(environment.iter().all(|(variable, _)| *variable != "PGPASSWORD"));
    }
}
