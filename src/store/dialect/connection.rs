//! One connection to either database: statements, transactions, and whether it can be used again.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use sea_orm::{ExecResult, QueryResult, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::{
    AssertSqlSafe, Connection as _, Database, Executor, PgConnection, Postgres, Sqlite,
    SqliteConnection,
};

/// SQLite virtual-machine steps between two checks whether a statement is still wanted; about a
/// millisecond.
const PROGRESS_STEPS: i32 = 20_000;

/// An open connection.
pub(in crate::store) struct Connection {
    driver: Driver,
    /// True from before a transaction begins until it has ended successfully. The drivers' own
    /// count of transactions is wrong after a failed commit.
    in_transaction: bool,
}

enum Driver {
    Sqlite { driver: Box<SqliteConnection>, unwanted: Arc<AtomicBool> },
    Postgres(Box<PgConnection>),
}

/// How a transaction begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Mode {
    /// For writing. SQLite takes its write lock at once: a transaction that starts to write later
    /// fails without waiting.
    Write,
    /// For reading: all reads see the same state.
    Snapshot,
}

impl Connection {
    /// Wraps a SQLite connection, and makes its statements interruptible.
    pub async fn sqlite(mut driver: SqliteConnection) -> Result<Self, sqlx::Error> {
        let unwanted = Arc::new(AtomicBool::new(false));
        let looked_at = unwanted.clone();
        driver
            .lock_handle()
            .await?
            .set_progress_handler(PROGRESS_STEPS, move || !looked_at.load(Ordering::Relaxed));
        let driver = Driver::Sqlite { driver: Box::new(driver), unwanted };
        Ok(Self { driver, in_transaction: false })
    }

    /// Wraps a PostgreSQL connection.
    pub fn postgres(driver: PgConnection) -> Self {
        Self { driver: Driver::Postgres(Box::new(driver)), in_transaction: false }
    }

    pub async fn execute(&mut self, statement: &Statement) -> Result<ExecResult, sqlx::Error> {
        match &mut self.driver {
            Driver::Sqlite { driver, .. } => {
                driver.execute(query::<Sqlite>(statement)).await.map(ExecResult::from)
            }
            Driver::Postgres(driver) => {
                driver.execute(query::<Postgres>(statement)).await.map(ExecResult::from)
            }
        }
    }

    /// Runs SQL without parameters; it may consist of several statements.
    pub async fn execute_script(&mut self, sql: &str) -> Result<ExecResult, sqlx::Error> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql));
        match &mut self.driver {
            Driver::Sqlite { driver, .. } => driver.execute(script).await.map(ExecResult::from),
            Driver::Postgres(driver) => driver.execute(script).await.map(ExecResult::from),
        }
    }

    pub async fn query_one(
        &mut self,
        statement: &Statement,
    ) -> Result<Option<QueryResult>, sqlx::Error> {
        match &mut self.driver {
            Driver::Sqlite { driver, .. } => {
                let row = driver.fetch_optional(query::<Sqlite>(statement)).await?;
                Ok(row.map(QueryResult::from))
            }
            Driver::Postgres(driver) => {
                let row = driver.fetch_optional(query::<Postgres>(statement)).await?;
                Ok(row.map(QueryResult::from))
            }
        }
    }

    pub async fn query_all(
        &mut self,
        statement: &Statement,
    ) -> Result<Vec<QueryResult>, sqlx::Error> {
        match &mut self.driver {
            Driver::Sqlite { driver, .. } => {
                let rows = driver.fetch_all(query::<Sqlite>(statement)).await?;
                Ok(rows.into_iter().map(QueryResult::from).collect())
            }
            Driver::Postgres(driver) => {
                let rows = driver.fetch_all(query::<Postgres>(statement)).await?;
                Ok(rows.into_iter().map(QueryResult::from).collect())
            }
        }
    }

    pub async fn begin(&mut self, mode: Mode) -> Result<(), sqlx::Error> {
        if self.in_transaction {
            return Err(sqlx::Error::BeginFailed);
        }
        let sql = match (&self.driver, mode) {
            (Driver::Sqlite { .. }, Mode::Write) => "BEGIN IMMEDIATE",
            (Driver::Sqlite { .. }, Mode::Snapshot) => "BEGIN",
            (Driver::Postgres(_), Mode::Write) => "BEGIN ISOLATION LEVEL READ COMMITTED",
            (Driver::Postgres(_), Mode::Snapshot) => {
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            }
        };
        self.in_transaction = true;
        self.execute_script(sql).await.map(|_| ())
    }

    pub async fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.end("COMMIT").await
    }

    pub async fn rollback(&mut self) -> Result<(), sqlx::Error> {
        self.end("ROLLBACK").await
    }

    async fn end(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        self.execute_script(sql).await?;
        self.in_transaction = false;
        Ok(())
    }

    pub fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    pub async fn ping(&mut self) -> Result<(), sqlx::Error> {
        match &mut self.driver {
            Driver::Sqlite { driver, .. } => driver.ping().await,
            Driver::Postgres(driver) => driver.ping().await,
        }
    }

    /// Closes the connection in an orderly way.
    pub async fn close(self) {
        // A failure to close is ignored: nothing can be done about it.
        let _ = match self.driver {
            Driver::Sqlite { driver, .. } => driver.close().await,
            Driver::Postgres(driver) => driver.close().await,
        };
    }

    /// Interrupts SQLite's running statement. PostgreSQL ends its own when the connection is
    /// closed.
    pub fn interrupt(&self) {
        if let Driver::Sqlite { unwanted, .. } = &self.driver {
            unwanted.store(true, Ordering::Relaxed);
        }
    }

    /// Lets statements run again after an interruption.
    pub fn resume(&self) {
        if let Driver::Sqlite { unwanted, .. } = &self.driver {
            unwanted.store(false, Ordering::Relaxed);
        }
    }
}

fn query<D: Database>(statement: &Statement) -> sqlx::query::Query<'_, D, SqlxValues>
where
    SqlxValues: sqlx::IntoArguments<D>,
{
    let values = statement.values.clone().unwrap_or_else(|| Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), SqlxValues(values))
}
