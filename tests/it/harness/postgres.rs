//! A temporary PostgreSQL server for the tests, started once from the installed programs, or the server that
//! `TEST_POSTGRES_URL` names.

use std::{
    env, fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

/// URL of a database in which others can be created, or the reason why there is none.
pub fn admin_url() -> Result<String, String> {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    if let Ok(url) = env::var("TEST_POSTGRES_URL") {
        return Ok(url);
    }
    let cluster = CLUSTER.get_or_init(Cluster::start);
    cluster.as_ref().map(|cluster| cluster.url.clone()).map_err(Clone::clone)
}

/// A PostgreSQL server with its own folder, reached through a socket there. It is stopped and the folder
/// removed when this value is dropped or the process ends, which a shell notices by the end of its input.
pub struct Cluster {
    /// URL of the database `postgres`, for a superuser.
    pub url: String,
    /// Folder of its data, log and socket.
    pub folder: PathBuf,
    programs: PathBuf,
    watch: Child,
}

/// Waits for the end of its input, then stops the server, even a suspended one, and removes the folder. A
/// signal that ends the tests, such as Ctrl-C, must not end this script first.
const WATCH: &str = r#"
trap '' INT TERM HUP
cat >/dev/null
server=$(head -n 1 "$2/data/postmaster.pid" 2>/dev/null) &&
    kill -CONT $server $(cat "/proc/$server/task/$server/children") 2>/dev/null
"$1/pg_ctl" -D "$2/data" -m immediate -w stop >/dev/null 2>&1
[ -e "$2/keep" ] || rm -rf "$2"
"#;

/// Settings of a server whose data must survive its own crash, but not a crash of the machine.
const SETTINGS: &str = "listen_addresses = ''
fsync = off
full_page_writes = off
max_connections = 500
shared_buffers = 64MB
";

impl Cluster {
    /// Creates and starts a server.
    pub fn start() -> Result<Self, String> {
        let programs =
            programs().ok_or("PostgreSQL's programs (initdb, postgres) are not installed")?;
        let folder = tempfile::Builder::new().prefix("registry-pg-").tempdir();
        let folder = folder.map_err(|error| error.to_string())?.keep();
        if let Some((uid, gid)) = server_user() {
            std::os::unix::fs::chown(&folder, Some(uid), Some(gid)).map_err(|e| e.to_string())?;
        }
        let watch = command(Path::new("/bin/sh"), &folder)
            .args(["-c", WATCH, "watch"])
            .arg(&programs)
            .arg(&folder)
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|error| format!("sh: {error}"))?;
        let url = format!("postgres:///postgres?host={}&user=postgres", folder.display());
        let cluster = Self { url, folder, programs, watch };
        let made = command(&cluster.programs.join("initdb"), &cluster.folder)
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync", "-D"])
            .arg(cluster.folder.join("data"))
            .output()
            .map_err(|error| format!("initdb: {error}"))?;
        if !made.status.success() {
            return Err(format!("initdb: {}", String::from_utf8_lossy(&made.stderr)));
        }
        cluster.configure(SETTINGS)?;
        cluster.begin()?;
        Ok(cluster)
    }

    /// Adds lines to the configuration, which apply from the next start.
    pub fn configure(&self, lines: &str) -> Result<(), String> {
        let file = self.folder.join("data/postgresql.conf");
        let before = fs::read_to_string(&file).map_err(|error| error.to_string())?;
        fs::write(&file, before + lines).map_err(|error| error.to_string())
    }

    /// Starts the server, and waits until it accepts connections.
    pub fn begin(&self) -> Result<(), String> {
        let options = format!("-k {}", self.folder.display());
        if self.control(&["-w", "-t", "60", "-l", "log", "-o", &options, "start"]) {
            return Ok(());
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(format!("PostgreSQL did not start: {log}"))
    }

    /// Stops the server without notice to its connections, like `kill -9` of all its processes.
    pub fn end_at_once(&self) {
        assert!(self.control(&["-m", "immediate", "-w", "stop"]), "PostgreSQL did not stop");
    }

    /// Sends a signal to the server and all its worker processes.
    pub fn signal_all(&self, signal: &str) {
        let pid = fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap();
        let workers = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        // A worker may end before the signal arrives.
        let _ = Command::new("kill").args([signal, pid]).args(workers.split_whitespace()).output();
    }

    /// Keeps the folder when the server stops.
    pub fn keep(&self) {
        fs::write(self.folder.join("keep"), "").unwrap();
    }

    fn control(&self, arguments: &[&str]) -> bool {
        let mut control = command(&self.programs.join("pg_ctl"), &self.folder);
        control.arg("-D").arg(self.folder.join("data")).args(arguments);
        // The server inherits these handles, and must not keep a pipe open.
        control.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        control.status().is_ok_and(|status| status.success())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        let _ = self.watch.wait();
    }
}

/// A command run as the owner of the server: PostgreSQL does not run as root.
fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    if let Some((uid, gid)) = server_user() {
        command.uid(uid).gid(gid);
    }
    command
}

/// Folder of the newest installed programs.
pub fn programs() -> Option<PathBuf> {
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.and_then(|out| String::from_utf8(out.stdout).ok());
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut installed: Vec<PathBuf> = installed.map(|entry| entry.path().join("bin")).collect();
    installed.sort();
    let path = env::var_os("PATH").unwrap_or_default();
    told.map(|path| PathBuf::from(path.trim()))
        .into_iter()
        .chain(installed.into_iter().rev())
        .chain(env::split_paths(&path).collect::<Vec<_>>())
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// User and group to run the server as, if this process runs as root.
fn server_user() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    if fs::metadata("/proc/self").ok()?.uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let user = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    user("postgres").or_else(|| user("nobody"))
}
