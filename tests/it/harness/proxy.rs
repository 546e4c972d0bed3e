//! A proxy between the registry and its database that fails in the ways networks do.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use super::TestDatabase;

/// What the proxy does with traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Forwards it.
    #[default]
    Pass,
    /// Holds it, without notice to either end, and forwards it once the proxy passes again.
    Swallow,
    /// Resets every connection, existing and new.
    Reset,
    /// Forwards it after a delay.
    Delay(Duration),
}

/// Which part of a commit is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitLoss {
    /// The commit takes place, and its answer is lost.
    Answer,
    /// The commit never arrives.
    Request,
}

/// The proxy: connections to `address` reach the database.
pub struct Proxy {
    /// URL of the database through the proxy.
    pub url: String,
    wire: Arc<Wire>,
    accepting: JoinHandle<()>,
}

struct Wire {
    target: Target,
    mode: watch::Sender<Mode>,
    /// Number of times that all connections were reset.
    resets: watch::Sender<u64>,
    /// Connections opened before this one are dead: nothing is forwarded, and neither end is told.
    first_alive: AtomicU64,
    /// Number of commits still to lose: their answers if positive, the commits themselves if negative.
    lose: AtomicI64,
    /// Whether the proxy breaks as soon as the last of them is lost.
    breaks: AtomicBool,
    opened: AtomicU64,
}

/// Address of the database.
enum Target {
    Socket(String),
    Tcp(String),
}

impl Proxy {
    /// Starts a proxy to a PostgreSQL database.
    pub async fn to(database: &TestDatabase) -> Self {
        let mut url = url::Url::parse(&database.url).unwrap();
        let port = url.port().unwrap_or(5432);
        let socket = url.query_pairs().find(|(key, _)| key == "host").map(|(_, host)| host);
        let target = match socket.filter(|host| host.starts_with('/')) {
            Some(folder) => Target::Socket(format!("{folder}/.s.PGSQL.{port}")),
            None => Target::Tcp(format!("{}:{port}", url.host_str().unwrap())),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let others: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        url.query_pairs_mut().clear().extend_pairs(others.iter().filter(|(key, _)| key != "host"));
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let wire = Arc::new(Wire {
            target,
            mode: watch::Sender::new(Mode::Pass),
            resets: watch::Sender::new(0),
            first_alive: AtomicU64::new(0),
            lose: AtomicI64::new(0),
            breaks: AtomicBool::new(false),
            opened: AtomicU64::new(0),
        });
        let accepting = tokio::spawn(accept(listener, wire.clone()));
        Self { url: url.to_string(), wire, accepting }
    }

    /// Sets what the proxy does from now on.
    pub fn set(&self, mode: Mode) {
        self.wire.set(mode);
    }

    /// Resets every existing connection; new ones are forwarded.
    pub fn reset_all(&self) {
        self.wire.reset_all();
    }

    /// Makes every existing connection dead without notice; new ones are forwarded.
    pub fn forget_all(&self) {
        self.wire.first_alive.store(self.wire.opened.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// Loses the next `count` commits and resets their connections.
    pub fn lose_commits(&self, lost: CommitLoss, count: i64) {
        let sign = if lost == CommitLoss::Answer { 1 } else { -1 };
        self.wire.lose.store(sign * count, Ordering::SeqCst);
    }

    /// Loses the next commit and then breaks, so that nobody can find out its outcome.
    pub fn lose_commit_and_break(&self, lost: CommitLoss) {
        self.wire.breaks.store(true, Ordering::SeqCst);
        self.lose_commits(lost, 1);
    }

    /// Number of commits still to lose.
    pub fn commits_to_lose(&self) -> i64 {
        self.wire.lose.load(Ordering::SeqCst).abs()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, wire: Arc<Wire>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else { continue };
        let number = wire.opened.fetch_add(1, Ordering::SeqCst);
        let resets = wire.resets.subscribe();
        connections.spawn(carry(client, number, resets, wire.clone()));
        while connections.try_join_next().is_some() {}
    }
}

/// Forwards a connection until an end closes it or it is reset.
async fn carry(
    mut client: TcpStream,
    number: u64,
    mut resets: watch::Receiver<u64>,
    wire: Arc<Wire>,
) {
    let _ = client.set_nodelay(true);
    if *wire.mode.borrow() == Mode::Reset {
        let _ = client.set_zero_linger();
        return;
    }
    let reset = tokio::select! {
        _ = resets.changed() => true,
        ended = async {
            wire.open(number).await;
            match &wire.target {
                Target::Socket(path) => {
                    pump_both(&mut client, UnixStream::connect(path).await?, number, &wire).await
                }
                Target::Tcp(address) => {
                    pump_both(&mut client, TcpStream::connect(address).await?, number, &wire).await
                }
            }
        } => ended.is_err(),
    };
    if reset {
        let _ = client.set_zero_linger();
    }
}

async fn pump_both(
    client: &mut TcpStream,
    server: impl AsyncRead + AsyncWrite,
    number: u64,
    wire: &Wire,
) -> io::Result<()> {
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = tokio::io::split(server);
    let answer_lost = watch::Sender::new(false);
    tokio::select! {
        ended = wire.requests(from_client, to_server, number, &answer_lost) => ended,
        ended = wire.answers(from_server, to_client, number, &answer_lost) => ended,
    }
}

impl Wire {
    fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
        if mode == Mode::Reset {
            self.reset_all();
        }
    }

    fn reset_all(&self) {
        self.resets.send_modify(|resets| *resets += 1);
    }

    /// Breaks, if it must once this commit is lost.
    fn lost(&self) -> io::Result<()> {
        if self.breaks.swap(false, Ordering::SeqCst) {
            self.set(Mode::Reset);
        }
        Err(io::ErrorKind::ConnectionReset.into())
    }

    /// Waits while the connection forwards nothing; forever if it is dead.
    async fn open(&self, number: u64) {
        let mut mode = self.mode.subscribe();
        if number < self.first_alive.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let delay = *mode.borrow();
        if let Mode::Delay(delay) = delay {
            tokio::time::sleep(delay).await;
        }
        let _ = mode.wait_for(|mode| *mode != Mode::Swallow).await;
    }

    async fn requests(
        &self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
        number: u64,
        answer_lost: &watch::Sender<bool>,
    ) -> io::Result<()> {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = from.read(&mut buffer).await?;
            self.open(number).await;
            if read == 0 {
                return Ok(());
            }
            let sent = &buffer[..read];
            if sent.windows(6).any(|words| words.eq_ignore_ascii_case(b"COMMIT")) {
                match self.lose_one() {
                    Some(CommitLoss::Answer) => _ = answer_lost.send_replace(true),
                    Some(CommitLoss::Request) => return self.lost(),
                    None => {}
                }
            }
            to.write_all(sent).await?;
        }
    }

    async fn answers(
        &self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
        number: u64,
        answer_lost: &watch::Sender<bool>,
    ) -> io::Result<()> {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = from.read(&mut buffer).await?;
            self.open(number).await;
            if *answer_lost.borrow() {
                return self.lost();
            }
            if read == 0 {
                return Ok(());
            }
            to.write_all(&buffer[..read]).await?;
        }
    }

    /// Whether a commit that arrives now must be lost, and which part of it.
    fn lose_one(&self) -> Option<CommitLoss> {
        let less = |left: i64| (left != 0).then(|| left - left.signum());
        let left = self.lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).ok()?;
        Some(if left > 0 { CommitLoss::Answer } else { CommitLoss::Request })
    }
}
