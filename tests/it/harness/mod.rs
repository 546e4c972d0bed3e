//! Basis of every test: the real server on a real socket, on either database, and a client.

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
pub mod two_trusts;
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

/// A database system to test with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Db {
    Sqlite,
    Postgres,
}

/// Runs the test function of this name, which takes the kind of database, on SQLite and on PostgreSQL. A second
/// argument may give the call of the function with the kind of database, as seen from a module beside the function.
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

/// Runs the test function of this name, which takes a fresh server, on SQLite and on PostgreSQL.
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

/// Reports that a test was skipped, even if test output is captured. Fails if skipping is forbidden.
pub fn skip(why: &str) {
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    assert!(std::env::var_os("FORBID_SKIPPED_TESTS").is_none(), "{name} cannot run: {why}");
    // `eprintln!` would be captured.
    let _ = writeln!(std::io::stderr(), "SKIPPED {name}: {why}");
}

/// A database of one test.
pub struct TestDatabase {
    pub db: Db,
    pub url: String,
    _folder: Option<tempfile::TempDir>,
    drop: Option<(String, String)>,
}

impl TestDatabase {
    /// Creates an empty database; `None`, with a message, if the database system is missing on this machine.
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

    /// An SQLite database in a folder that is not removed.
    pub fn sqlite_in(folder: &Path) -> Self {
        let path = folder.join("registry.db");
        Self::at(Db::Sqlite, &format!("sqlite://{}?mode=rwc", path.display()))
    }

    /// An existing database, which is not removed.
    pub fn at(db: Db, url: &str) -> Self {
        Self { db, url: url.to_owned(), _folder: None, drop: None }
    }

    /// Opens a connection beside the server's, to check what the server wrote.
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
        // The log of the server is shown with the output of a failed test.
        let _ = tracing_subscriber::fmt()
            .with_test_writer()
            .with_max_level(tracing::Level::WARN)
            .try_init();
        let store = Store::open(&database.url).await.unwrap();
        store.migrate(migration::all).await.unwrap();
        let (address, stop, serving) = serve(store.clone()).await;
        Self { channel: connect(address).await, database, address, store, stop, serving }
    }

    /// Stops the server and removes its database.
    pub async fn stop(self) {
        self.pause().await.remove().await;
    }

    /// Stops the server and returns its database, which nobody has open then.
    pub async fn pause(self) -> TestDatabase {
        let _ = self.stop.send(());
        drop(self.channel);
        self.serving.await.unwrap();
        self.store.close().await;
        self.database
    }

    /// Starts another server, on a fresh database of the same kind.
    pub async fn another(&self) -> Self {
        let database = TestDatabase::create(self.database.db).await;
        Self::start(database.expect("there was such a database before")).await
    }

    /// Opens another connection to the server.
    pub async fn connect(&self) -> Channel {
        connect(self.address).await
    }

    /// Newest revision in the database.
    pub async fn revision(&self) -> i64 {
        self.store.reads().revision().await.unwrap().number()
    }
}

/// Serves a store on a free port until the sender is used or dropped.
pub async fn serve(store: Store) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    serve_with(Registry::new(store)).await
}

/// Serves a registry with its own options.
pub async fn serve_with(registry: Registry) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    serve_within(registry, Limits::default()).await
}

/// Serves a registry with its own limits.
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

/// A connection between client and server that can be cut in the middle of a call.
pub struct Wire {
    pub channel: Channel,
    carrying: JoinHandle<()>,
}

impl Wire {
    /// Connects to a server through a new wire.
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

    /// Cuts the wire: both ends lose the connection at once.
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

/// Connects with small flow-control windows, so that the server holds what the client does not read.
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

/// Checks a failure against the catalogue, and returns its content.
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
        // Clients must not repeat such a call automatically.
        "OUTCOME_UNKNOWN" => Some("-1".to_owned()),
        _ => pause.map(|pause| pause.as_millis().to_string()),
    };
    assert_eq!(told, pushback.as_deref());
    assert!(status.message().len() <= 1_024, "{}", status.message().len());
    assert!(status.details().len() <= 4_096, "{}", status.details().len());
    Failure { reason: info.reason.clone(), message: status.message().to_owned(), details }
}

/// Content of a failure.
#[derive(Debug)]
pub struct Failure {
    pub reason: String,
    pub message: String,
    pub details: ErrorDetails,
}

impl Failure {
    /// Value of a fact in the metadata.
    pub fn fact(&self, key: &str) -> &str {
        let info = self.details.error_info().unwrap();
        info.metadata.get(key).map_or("", String::as_str)
    }

    /// Violated fields, each with the reason.
    pub fn violations(&self) -> Vec<(String, String)> {
        let request = self.details.bad_request();
        let violations = request.into_iter().flat_map(|request| &request.field_violations);
        violations.map(|v| (v.field.clone(), v.reason.clone())).collect()
    }

    /// Violated fields.
    pub fn fields(&self) -> impl Iterator<Item = String> {
        self.violations().into_iter().map(|(field, _)| field)
    }

    /// Whether a field is violated for a reason.
    pub fn violates(&self, field: &str, reason: &str) -> bool {
        self.violations().contains(&(field.to_owned(), reason.to_owned()))
    }
}
