//! Faults of the database, of its disk and of the way to it, on real processes: what callers are told is
//! true, health tells, and all is well by itself when the fault is over.

mod columns;
mod commit;
pub mod disk;
mod exports;
mod given_up;
mod gone;
mod kills;
pub mod load;
mod network;
mod read_only;
mod stalled;
mod upgrade;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use digital_skills_registry::api::v1::{RevisionChanges, Role};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use tonic::{Code, Status};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{
    feed,
    harness::{
        Db, TestDatabase,
        binary::{Run, ServeProcess, program, without_environment},
        fixture::{Fixture, ListCall},
        ledger::Ledger,
    },
};

/// How long anything may take that must come by itself.
const WAIT_LIMIT: Duration = Duration::from_secs(120);

/// Waits for what must come by itself.
pub async fn until(what: &str, come: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !come().await {
        assert!(began.elapsed() < WAIT_LIMIT, "not in {WAIT_LIMIT:?}: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A registry as a process, which keeps its address when it is started again.
pub struct Instance {
    pub address: String,
    pub url: String,
    serving: Option<ServeProcess>,
    /// The program, and what runs it, without the arguments of `serve`.
    program: Vec<OsString>,
    arguments: Vec<String>,
}

impl Instance {
    /// Serves a database.
    pub fn start(url: &str) -> Self {
        Self::start_by(&[], url, &[])
    }

    /// Serves a database by another program that is given this one, and with more arguments.
    pub fn start_by(runner: &[&str], url: &str, arguments: &[&str]) -> Self {
        let own = program();
        let program = runner.iter().map(OsString::from).chain([own.get_program().to_owned()]);
        Self::start_program(program.collect(), url, arguments)
    }

    /// Serves a database by a program of its own.
    pub fn start_program(program: Vec<OsString>, url: &str, arguments: &[&str]) -> Self {
        let mut instance = Self {
            address: free_address(),
            url: url.to_owned(),
            serving: None,
            program,
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
        };
        instance.start_again();
        instance
    }

    fn command(&self) -> Command {
        let (program, arguments) = self.program.split_first().expect("there is a program");
        let mut command = without_environment(Command::new(program));
        command.args(arguments).args(["serve", "--database-url", &self.url]);
        command.args(&self.arguments);
        command
    }

    /// Starts it again; fails where it ends instead of serving.
    pub fn start_again(&mut self) {
        self.try_start_again().unwrap_or_else(|log| panic!("it does not start: {log:#?}"));
    }

    /// Starts it again; what it logged, where it ends instead of serving.
    pub fn try_start_again(&mut self) -> Result<(), Vec<String>> {
        self.serving = None;
        self.serving = Some(ServeProcess::start_on(self.command(), &self.address)?);
        Ok(())
    }

    /// The process that serves.
    pub fn process(&mut self) -> &mut ServeProcess {
        self.serving.as_mut().expect("it runs")
    }

    /// Sends a signal to it.
    pub fn signal(&self, signal: &str) {
        self.serving.as_ref().expect("it runs").signal(signal);
    }

    /// Ends it at once, as a power failure of its machine would.
    pub fn kill(&mut self) {
        self.serving = None;
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.process().process.try_wait().unwrap().is_some()
    }

    /// What health says of a service; none where nobody answers.
    pub async fn health(&self, service: &str) -> Option<ServingStatus> {
        let request = HealthCheckRequest { service: service.to_owned() };
        let check = async { HealthClient::new(load::channel(&self.address)).check(request).await };
        let answer = tokio::time::timeout(Duration::from_secs(30), check).await.ok()?;
        Some(answer.ok()?.into_inner().status())
    }

    /// Waits until health says so of a service.
    pub async fn until_health(&self, service: &str, status: ServingStatus) {
        let what = format!("health of {service:?} is {status:?}");
        until(&what, async || self.health(service).await == Some(status)).await;
    }

    /// Waits until the whole service is well.
    pub async fn until_well(&self) {
        self.until_health("", ServingStatus::Serving).await;
    }

    /// Waits until health tells that it cannot write.
    pub async fn until_health_tells(&self) {
        self.until_health("", ServingStatus::NotServing).await;
        self.until_health("write", ServingStatus::NotServing).await;
        assert_eq!(self.health("liveness").await, Some(ServingStatus::Serving));
    }

    /// Compares what callers were told with what is there.
    pub async fn check(&self, ledger: &Ledger) {
        let (feed, rows) = self.everything().await;
        ledger.check(&feed, &rows);
        ledger.check_complaints();
        let mut verify = program();
        verify.args(["audit", "verify", "--database-url", &self.url]);
        let verified = Run::of(&verify.output().unwrap());
        assert_eq!(verified.code, Some(0), "{verified:?}");
    }

    /// Every change from the first on, and every role as it is now.
    pub async fn everything(&self) -> (Vec<RevisionChanges>, BTreeMap<String, Role>) {
        let channel = load::channel(&self.address);
        let read = async || {
            let feed = feed::list(&channel, 0, None, 1_000).await?;
            let pages = Role::export(&channel, ListCall::default()).await?;
            let rows = pages.into_iter().flat_map(|page| page.rows);
            Ok::<_, Status>((feed, rows.map(|row| (row.name.clone(), row)).collect()))
        };
        let began = Instant::now();
        loop {
            match read().await {
                Ok(everything) => return everything,
                // A connection of before the fault may still be found out.
                Err(status) => assert!(
                    status.code() == Code::Unavailable && began.elapsed() < WAIT_LIMIT,
                    "{status:?}"
                ),
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// An address whose port the system gives to nobody by itself, so that it is still free when the
/// process that listened there has ended.
fn free_address() -> String {
    loop {
        let port = 21_000 + uuid::Uuid::now_v7().as_u128() % 10_000;
        let address = format!("127.0.0.1:{port}");
        if std::net::TcpListener::bind(&address).is_ok() {
            return address;
        }
    }
}

/// The file of a SQLite database, and those beside it.
pub fn file(database: &TestDatabase, suffix: &str) -> PathBuf {
    assert_eq!(database.db, Db::Sqlite);
    let path = database.url.strip_prefix("sqlite://").unwrap().split('?').next().unwrap();
    PathBuf::from(format!("{path}{suffix}"))
}

/// Runs a statement beside the registry.
pub async fn run(connection: &DatabaseConnection, statement: &str) {
    connection.execute_unprepared(statement).await.unwrap();
}

/// The one number that a query gives.
pub async fn number(connection: &DatabaseConnection, query: &str) -> i64 {
    let statement = Statement::from_string(connection.get_database_backend(), query);
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index::<i64>(0).unwrap()
}
