//! Connection pools. A borrower never waits without limit, neither for a connection nor for a
//! statement, and only briefly where many wait already. A connection is closed rather than lent again if it was abandoned in the middle of a
//! statement, or if beginning or ending a transaction on it failed.

use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use deadpool::managed::{Manager, Metrics, Object, PoolError, RecycleError, RecycleResult};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use sea_orm_migration::prelude::async_trait;
use tokio::{runtime::Handle, sync::Mutex, time::timeout};

use super::{
    dialect::{self, Connection, Connector, Dialect, Mode, PoolLimits},
    error::driver_error,
    gate::Gate,
    refusal::Refusal,
    waiting_line::WaitingLine,
};

/// Idle time after which a connection is pinged before it is lent.
const IDLE: Duration = Duration::from_secs(30);

/// Time limit for that ping.
const PING: Duration = Duration::from_secs(1);

/// Time limit for a rollback that runs in the background.
const ROLLBACK: Duration = Duration::from_secs(2);

/// How often the database is asked again for a connection when it has none left.
const PAUSE: Duration = Duration::from_millis(100);

/// Minimum lifetime of a connection, and the maximum random extension: not all connections are
/// renewed at once.
const LIFETIME: Duration = Duration::from_secs(25 * 60);
const LIFETIME_SPREAD: Duration = Duration::from_secs(10 * 60);

/// A pool of connections. As a [`ConnectionTrait`], it runs each statement on a connection of its
/// own, outside any transaction.
#[derive(Clone)]
pub struct Pool {
    connections: deadpool::managed::Pool<Opener>,
    dialect: Dialect,
    limits: PoolLimits,
    gate: Arc<Gate>,
    line: Arc<WaitingLine>,
}

impl Pool {
    pub(super) fn new(connector: Connector, limits: PoolLimits, gate: Arc<Gate>) -> Self {
        let dialect = connector.dialect();
        let connections = deadpool::managed::Pool::builder(Opener(connector))
            .max_size(limits.connections)
            .build();
        // The builder fails only if it is given time-outs without a runtime; it is given none.
        let connections = match connections {
            Ok(connections) => connections,
            Err(error) => unreachable!("{error}"),
        };
        Self { connections, dialect, limits, gate, line: Arc::default() }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Borrows a connection.
    pub(super) async fn lease(&self) -> Result<Lease, DbErr> {
        self.gate.check()?;
        let object = tokio::select! {
            biased;
            end = timeout(self.limits.wait, self.connection()) => match end {
                Ok(Ok(object)) => object,
                Ok(Err(PoolError::Backend(error))) => return Err(driver_error(error)),
                Ok(Err(_)) => return Err(driver_error(sqlx::Error::PoolClosed)),
                Err(_) => return Err(driver_error(sqlx::Error::PoolTimedOut)),
            },
            () = self.crowded() => return Err(Refusal::Crowded.into()),
        };
        Ok(Lease { object: Some(object), pool: self.clone(), sound: true })
    }

    /// Returns when a borrower has waited for some time and too many wait. Looks again and again,
    /// since those who come later crowd the pool too.
    async fn crowded(&self) {
        loop {
            tokio::time::sleep(self.limits.crowded_wait).await;
            if self.connections.status().waiting > self.limits.queue {
                return;
            }
        }
    }

    /// Returns an idle connection or opens a new one. If the database has none left, waits for one
    /// that is in use, in order of arrival.
    async fn connection(&self) -> Result<Object<Opener>, PoolError<sqlx::Error>> {
        if self.line.is_empty() {
            match self.connections.get().await {
                Err(error) if self.must_share(&error) => {}
                end => return end,
            }
        }
        let first = self.line.join().await;
        loop {
            match self.connections.get().await {
                Err(error) if self.must_share(&error) => first.returned(PAUSE).await,
                end => return end,
            }
        }
    }

    /// Whether the database has no connection left beside those of this pool.
    fn must_share(&self, error: &PoolError<sqlx::Error>) -> bool {
        let PoolError::Backend(error) = error else { return false };
        dialect::is_out_of_connections(error) && self.connections.status().size > 0
    }

    /// Begins a transaction on a connection of its own.
    pub(super) async fn begin(&self, mode: Mode) -> Result<OpenTransaction, DbErr> {
        let mut lease = self.lease().await?;
        lease.turn(move |driver| Box::pin(driver.begin(mode))).await?;
        let backend = self.dialect.backend();
        Ok(OpenTransaction { lease: Mutex::new(lease), backend })
    }

    /// Closes the idle connections and lends no more.
    pub(super) async fn close(&self) {
        let idle = self.connections.retain(|_, _| false).removed;
        self.connections.close();
        for pooled in idle {
            pooled.driver.close().await;
        }
    }

    /// Runs a statement on a connection of its own. If its prepared form no longer fits the schema,
    /// prepares it again on another connection.
    async fn run<T: Send>(&self, work: impl Work<T> + Clone) -> Result<T, DbErr> {
        let end = self.lease().await?.run(work.clone()).await;
        match end {
            Err(error) if dialect::needs_preparing(&error) => self.lease().await?.run(work).await,
            end => end,
        }
    }
}

/// What to run on a connection.
pub(super) trait Work<T>:
    for<'c> FnOnce(&'c mut Connection) -> Answer<'c, T> + Send
{
}

impl<T, F> Work<T> for F where F: for<'c> FnOnce(&'c mut Connection) -> Answer<'c, T> + Send {}

type Answer<'c, T> = Pin<Box<dyn Future<Output = Result<T, sqlx::Error>> + Send + 'c>>;

/// A borrowed connection. Dropping it returns it to the pool, unless it must not be used again.
pub(super) struct Lease {
    object: Option<Object<Opener>>,
    pool: Pool,
    /// False while a statement runs, and for ever after one that ended badly.
    sound: bool,
}

impl Lease {
    /// Runs a statement within the pool's time limit.
    pub async fn run<T: Send>(&mut self, work: impl Work<T>) -> Result<T, DbErr> {
        let Pool { dialect, limits, .. } = self.pool;
        let object = self.object.as_mut().filter(|_| self.sound);
        let object = object.ok_or_else(|| driver_error(sqlx::Error::WorkerCrashed))?;
        self.sound = false;
        match timeout(limits.statement, work(&mut object.driver)).await {
            Ok(Ok(answer)) => {
                self.sound = true;
                Ok(answer)
            }
            Ok(Err(error)) => {
                self.sound = !dialect::ends_connection(dialect, &error);
                let error = driver_error(error);
                if dialect::is_damage(&error) {
                    self.pool.gate.note_damage();
                }
                Err(error)
            }
            Err(_) => {
                // If one connection does not answer, the idle ones will not either.
                self.pool.connections.retain(|pooled, _| pooled.only_copy);
                Err(driver_error(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))
            }
        }
    }

    /// Begins or ends a transaction; if that fails, the connection is not used again.
    async fn turn(&mut self, work: impl Work<()>) -> Result<(), DbErr> {
        let end = self.run(work).await;
        self.sound &= end.is_ok();
        end
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(mut object) = self.object.take() else { return };
        if self.sound && !object.driver.in_transaction() {
            drop(object);
            self.pool.line.notify();
            return;
        }
        let line = self.pool.line.clone();
        let (sound, keep) = (self.sound, object.only_copy);
        if !sound && !keep {
            object.driver.interrupt();
            drop(Object::take(object));
            return;
        }
        // Reads and abandoned writes are rolled back in the background, so that nobody waits for
        // it.
        let rollback = async move {
            if !sound {
                object.driver.interrupt();
                // The connection answers once the statement has stopped; the answer itself does not
                // matter.
                let _ = object.driver.ping().await;
                object.driver.resume();
            }
            let ended = timeout(ROLLBACK, object.driver.rollback()).await;
            match ended {
                Ok(Ok(())) => drop(object),
                _ if keep => drop(object),
                _ => drop(Object::take(object)),
            }
            line.notify();
        };
        // Without a runtime the process is ending, and the connection with it.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(rollback);
        }
    }
}

/// An open transaction. Dropping it rolls it back.
pub struct OpenTransaction {
    lease: Mutex<Lease>,
    backend: DbBackend,
}

impl OpenTransaction {
    pub(super) async fn commit(self) -> Result<(), DbErr> {
        self.lease.into_inner().turn(|driver| Box::pin(driver.commit())).await
    }

    pub(super) async fn rollback(self) -> Result<(), DbErr> {
        self.lease.into_inner().turn(|driver| Box::pin(driver.rollback())).await
    }

    async fn run<T: Send>(&self, work: impl Work<T>) -> Result<T, DbErr> {
        self.lease.lock().await.run(work).await
    }
}

/// Implements the running of statements for both pools and transactions.
macro_rules! runs_statements {
    ($Runner:ty, $backend:expr) => {
        #[async_trait::async_trait]
        impl ConnectionTrait for $Runner {
            fn get_database_backend(&self) -> DbBackend {
                let backend: fn(&$Runner) -> DbBackend = $backend;
                backend(self)
            }

            async fn execute_raw(&self, asked: Statement) -> Result<ExecResult, DbErr> {
                self.run(move |driver| Box::pin(async move { driver.execute(&asked).await })).await
            }

            async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
                let sql = sql.to_owned();
                self.run(move |driver| Box::pin(async move { driver.execute_script(&sql).await }))
                    .await
            }

            async fn query_one_raw(&self, asked: Statement) -> Result<Option<QueryResult>, DbErr> {
                self.run(move |driver| Box::pin(async move { driver.query_one(&asked).await }))
                    .await
            }

            async fn query_all_raw(&self, asked: Statement) -> Result<Vec<QueryResult>, DbErr> {
                self.run(move |driver| Box::pin(async move { driver.query_all(&asked).await }))
                    .await
            }
        }
    };
}

runs_statements!(Pool, |pool| pool.dialect.backend());
runs_statements!(OpenTransaction, |transaction| transaction.backend);

/// Opens connections and checks idle ones.
struct Opener(Connector);

/// A connection of a pool.
pub(super) struct PooledConnection {
    driver: Connection,
    /// Whether the database exists only in this connection, which must then be kept whatever
    /// happens.
    only_copy: bool,
    renew: Instant,
}

impl Manager for Opener {
    type Type = PooledConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<PooledConnection, sqlx::Error> {
        let driver = self.0.connect().await?;
        let life = LIFETIME + LIFETIME_SPREAD.mul_f64(fastrand::f64());
        let only_copy = self.0.in_memory();
        Ok(PooledConnection { driver, only_copy, renew: Instant::now() + life })
    }

    async fn recycle(
        &self,
        pooled: &mut PooledConnection,
        metrics: &Metrics,
    ) -> RecycleResult<sqlx::Error> {
        if pooled.only_copy {
            return Ok(());
        }
        if Instant::now() >= pooled.renew {
            return Err(RecycleError::message("its lifetime is over"));
        }
        if metrics.last_used() < IDLE {
            return Ok(());
        }
        match timeout(PING, pooled.driver.ping()).await {
            Ok(end) => end.map_err(RecycleError::Backend),
            Err(_) => Err(RecycleError::message("it does not answer")),
        }
    }
}
