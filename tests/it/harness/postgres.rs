//! A throw-away PostgreSQL for the tests, started once from the installed programs; or the one that
//! `TEST_POSTGRES_URL` names.

use std::{
    env, fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

/// The URL of a database in which others can be created, or why there is none.
pub fn admin_url() -> Result<String, String> {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    if let Ok(url) = env::var("TEST_POSTGRES_URL") {
        return Ok(url);
    }
    let cluster = CLUSTER.get_or_init(Cluster::start);
    cluster.as_ref().map(|cluster| cluster.url.clone()).map_err(Clone::clone)
}

/// A running server. It stops, and its folder goes, when this process ends: the shell that watches
/// over it waits for the end of its input.
pub struct Cluster {
    pub url: String,
    /// Its data and its socket.
    pub folder: PathBuf,
    _watch: Child,
}

/// Starts the server, and stops it and cleans up when its input ends.
const WATCH: &str = r#"
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c synchronous_commit=off \
    -c full_page_writes=off -c max_connections=500 -c shared_buffers=64MB >"$2/log" 2>&1 &
server=$!
cat >/dev/null
kill -INT $server
wait $server
rm -rf "$2"
"#;

impl Cluster {
    /// Starts one.
    pub fn start() -> Result<Self, String> {
        let programs =
            programs().ok_or("PostgreSQL's programs (initdb, postgres) are not installed")?;
        let folder = tempfile::Builder::new().prefix("registry-pg-").tempdir();
        let folder = folder.map_err(|error| error.to_string())?.keep();
        // PostgreSQL does not run as root: everything is done as its own user then.
        let user = server_user();
        if let Some((uid, gid)) = user {
            std::os::unix::fs::chown(&folder, Some(uid), Some(gid)).map_err(|e| e.to_string())?;
        }
        let command = |program: &Path| {
            let mut command = Command::new(program);
            command.current_dir(&folder);
            if let Some((uid, gid)) = user {
                command.uid(uid).gid(gid);
            }
            command
        };
        let data = folder.join("data");
        let made = command(&programs.join("initdb"))
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync", "-D"])
            .arg(&data)
            .output()
            .map_err(|error| format!("initdb: {error}"))?;
        if !made.status.success() {
            return Err(format!("initdb: {}", String::from_utf8_lossy(&made.stderr)));
        }
        let watch = command(Path::new("/bin/sh"))
            .args(["-c", WATCH, "watch"])
            .arg(&programs)
            .arg(&folder)
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|error| format!("postgres: {error}"))?;
        wait_until_ready(&programs, &folder)?;
        let url = format!("postgres:///postgres?host={}&user=postgres", folder.display());
        Ok(Self { url, folder, _watch: watch })
    }
}

fn wait_until_ready(programs: &Path, folder: &Path) -> Result<(), String> {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(30) {
        let ready = Command::new(programs.join("pg_isready")).arg("-qh").arg(folder).status();
        if ready.is_ok_and(|status| status.success()) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
    Err(format!("PostgreSQL did not start: {log}"))
}

/// The folder with the newest programs.
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

/// The user and group to run the server as, where this process is root's.
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
