//! What every test stands on: the real server on a real socket, on either database, and a client.

pub mod baseline;
pub mod binary;
pub mod catalogue;
pub mod client;
pub mod copies;
pub mod dice;
pub mod example;
pub mod fixture;
pub mod ledger;
pub mod postgres;
pub mod proxy;
pub mod samples;
pub mod snapshot;
pub mod template;
pub mod world;

use std::{io::Write, net::SocketAddr, path::Path, time::Duration};

use digital_skills_registry::{
    migration,
    registry::Registry,
    server::{self, Limits},
    store::Store,
};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use tonic::{Code, Status, transport::Channel};
use tonic_types::{ErrorDetails, StatusExt};

use {client::Batch, fixture::Fixture};

/// A database that the tests run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Db {
    Sqlite,
    Postgres,
}

/// Runs the test function of that name, which takes the kind of database, on SQLite and on PostgreSQL. After a comma
/// may stand how it is called with the kind of database, as seen from a module beside the function.
#[macro_export]
macro_rules! each_database {
    ($name:ident) => {
        $crate::each_database!($name, db => super::$name(db));
    };
    ($name:ident, $db:ident => $test:expr) => {
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                let $db = $crate::harness::Db::Sqlite;
                $test.await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                let $db = $crate::harness::Db::Postgres;
                $test.await;
            }
        }
    };
}

/// Runs the test function of that name, which takes a fresh server, on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! both {
    ($name:ident) => {
        $crate::each_database!($name, db => $crate::harness::run(db, async |server| {
            super::$name(server).await;
        }));
    };
}

/// Runs a test body against a fresh server.
pub async fn run(db: Db, body: impl AsyncFnOnce(&Server)) {
    let Some(database) = TestDatabase::create(db).await else {
        return;
    };
    let server = Server::start(database).await;
    body(&server).await;
    server.stop().await;
}

/// Says loudly that a test did not run, also where the output of tests is captured. Fails where
/// skipping is forbidden.
pub fn skip(why: &str) {
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    assert!(std::env::var_os("FORBID_SKIPPED_TESTS").is_none(), "{name} cannot run: {why}");
    // Not `eprintln!`, which is captured.
    let _ = writeln!(std::io::stderr(), "SKIPPED {name}: {why}");
}

/// An empty database.
pub struct TestDatabase {
    pub db: Db,
    pub url: String,
    _folder: Option<tempfile::TempDir>,
    drop: Option<(String, String)>,
}

impl TestDatabase {
    /// A new one; none, with a word about it, where there is no such database on this machine.
    pub async fn create(db: Db) -> Option<Self> {
        if db == Db::Sqlite {
            let folder = tempfile::tempdir().unwrap();
            let database = Self::sqlite_in(folder.path());
            return Some(Self { _folder: Some(folder), ..database });
        }
        let admin = match tokio::task::spawn_blocking(postgres::admin_url).await.unwrap() {
            Ok(admin) => admin,
            Err(why) => {
                skip(&why);
                return None;
            }
        };
        let name = format!("it_{}", uuid::Uuid::now_v7().simple());
        let connection = Database::connect(&admin).await.unwrap();
        connection.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        connection.close().await.unwrap();
        Some(Self::of_postgres(admin, name))
    }

    fn of_postgres(admin: String, name: String) -> Self {
        let mut url = url::Url::parse(&admin).unwrap();
        url.set_path(&name);
        let url = url.to_string();
        Self { db: Db::Postgres, url, _folder: None, drop: Some((admin, name)) }
    }

    /// One of SQLite in a folder that stays.
    pub fn sqlite_in(folder: &Path) -> Self {
        let path = folder.join("registry.db");
        Self::at(Db::Sqlite, &format!("sqlite://{}?mode=rwc", path.display()))
    }

    /// One that is there already, and stays.
    pub fn at(db: Db, url: &str) -> Self {
        Self { db, url: url.to_owned(), _folder: None, drop: None }
    }

    /// A connection beside the server, to look at what it wrote.
    pub async fn connect(&self) -> DatabaseConnection {
        Database::connect(&self.url).await.unwrap()
    }

    pub async fn remove(self) {
        if let Some((admin, name)) = &self.drop {
            let connection = Database::connect(admin).await.unwrap();
            let drop = format!("DROP DATABASE {name} WITH (FORCE)");
            connection.execute_unprepared(&drop).await.unwrap();
        }
    }
}

/// A server under test.
pub struct Server {
    pub database: TestDatabase,
    pub address: SocketAddr,
    pub channel: Channel,
    pub store: Store,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server {
    /// Starts a server on a database.
    pub async fn start(database: TestDatabase) -> Self {
        // What the server says is shown with the test that fails.
        let _ = tracing_subscriber::fmt()
            .with_test_writer()
            .with_max_level(tracing::Level::WARN)
            .try_init();
        let store = Store::open(&database.url).await.unwrap();
        store.migrate(migration::all).await.unwrap();
        let (address, stop, serving) = serve(store.clone()).await;
        Self { channel: connect(address).await, database, address, store, stop, serving }
    }

    /// Stops it, and removes its database.
    pub async fn stop(self) {
        self.pause().await.remove().await;
    }

    /// Stops it, and gives its database, which nobody has open then.
    pub async fn pause(self) -> TestDatabase {
        let _ = self.stop.send(());
        drop(self.channel);
        self.serving.await.unwrap();
        self.store.close().await;
        self.database
    }

    /// A server on a fresh database of the same kind.
    pub async fn another(&self) -> Self {
        let database = TestDatabase::create(self.database.db).await;
        Self::start(database.expect("there was such a database before")).await
    }

    /// Another connection to it.
    pub async fn connect(&self) -> Channel {
        connect(self.address).await
    }

    /// The newest revision, as the database has it.
    pub async fn revision(&self) -> i64 {
        self.store.reads().revision().await.unwrap().number()
    }
}

/// Serves a store on a port of its own until the sender is used or dropped.
pub async fn serve(store: Store) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    serve_with(Registry::new(store)).await
}

/// The same with a registry that is set up in a way of its own.
pub async fn serve_with(registry: Registry) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    serve_within(registry, Limits::default()).await
}

/// The same with limits of its own.
pub async fn serve_within(
    registry: Registry,
    limits: Limits,
) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(async move {
        let shutdown = async {
            let _ = stopped.await;
        };
        let options = server::Options {
            lame_duck: Duration::ZERO,
            drain: Duration::from_millis(500),
            cors_origins: Vec::new(),
            change_retention: None,
            limits,
        };
        server::serve(listener, registry, options, shutdown).await.unwrap();
    });
    (address, stop, serving)
}

/// A wire between a client and a server that can be cut in the middle of a call.
pub struct Wire {
    pub channel: Channel,
    carrying: JoinHandle<()>,
}

impl Wire {
    /// A connection to the server by such a wire.
    pub async fn to(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (near, far) = (listener.local_addr().unwrap(), server.address);
        let carrying = tokio::spawn(async move {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut server = tokio::net::TcpStream::connect(far).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        });
        let channel = connect(near).await;
        Self { channel, carrying }
    }

    /// Cuts it: both ends lose their connection at once.
    pub async fn cut(self) {
        self.carrying.abort();
        let _ = self.carrying.await;
    }
}

/// Connects to a server.
pub async fn connect(address: SocketAddr) -> Channel {
    let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{address}")).unwrap();
    endpoint.tcp_nodelay(true).connect().await.unwrap()
}

/// Connects to a server as a client that takes little at a time: what it does not read, the server holds.
pub async fn connect_narrow(address: SocketAddr) -> Channel {
    let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{address}")).unwrap();
    let endpoint = endpoint.initial_stream_window_size(16_384).http2_adaptive_window(false);
    endpoint.tcp_nodelay(true).connect().await.unwrap()
}

/// Imports resources, none of which may be rejected.
pub async fn load<N: Fixture>(server: &Server, parent: &str, rows: Vec<N>) {
    for answer in N::import_all(&server.channel, vec![Batch::of(parent, rows)]).await.unwrap() {
        assert!(answer.outcomes.iter().all(|outcome| outcome.error.is_none()), "{answer:?}");
    }
}

/// What a failure says, checked for what must hold of every failure.
pub fn failure<T: std::fmt::Debug>(result: Result<T, Status>, code: Code) -> Failure {
    let status = result.expect_err("the call should fail");
    assert_eq!(status.code(), code, "{status:?}");
    let details = status.get_error_details();
    let info = details.error_info().expect("every failure has an ErrorInfo");
    assert_eq!(info.domain, "digitalskills.v1");
    catalogue::check(&status);
    let pause = details.retry_info().and_then(|retry| retry.retry_delay);
    let told = status.metadata().get("grpc-retry-pushback-ms").map(|told| told.to_str().unwrap());
    let pushback = match info.reason.as_str() {
        // No client may repeat such a call by itself.
        "OUTCOME_UNKNOWN" => Some("-1".to_owned()),
        _ => pause.map(|pause| pause.as_millis().to_string()),
    };
    assert_eq!(told, pushback.as_deref());
    assert!(status.message().len() <= 1_024, "{}", status.message().len());
    assert!(status.details().len() <= 4_096, "{}", status.details().len());
    Failure { reason: info.reason.clone(), message: status.message().to_owned(), details }
}

/// What a failure says.
#[derive(Debug)]
pub struct Failure {
    pub reason: String,
    pub message: String,
    pub details: ErrorDetails,
}

impl Failure {
    /// The value of a fact.
    pub fn fact(&self, key: &str) -> &str {
        let info = self.details.error_info().unwrap();
        info.metadata.get(key).map_or("", String::as_str)
    }

    /// The fields that are violated, each with the reason.
    pub fn violations(&self) -> Vec<(String, String)> {
        let request = self.details.bad_request();
        let violations = request.into_iter().flat_map(|request| &request.field_violations);
        violations.map(|v| (v.field.clone(), v.reason.clone())).collect()
    }

    /// The fields that are violated.
    pub fn fields(&self) -> impl Iterator<Item = String> {
        self.violations().into_iter().map(|(field, _)| field)
    }

    /// Whether the field is violated for that reason.
    pub fn violates(&self, field: &str, reason: &str) -> bool {
        self.violations().contains(&(field.to_owned(), reason.to_owned()))
    }
}
