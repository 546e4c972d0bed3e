//! A throw-away PostgreSQL with its settings as installed: unlike that of the tests, it makes every
//! commit durable, which is what an import costs.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

/// A running server.
pub struct Postgres {
    server: Child,
    programs: PathBuf,
    folder: TempDir,
}

impl Postgres {
    /// Starts one; `None` where the programs are not installed.
    pub fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::tempdir().unwrap();
        // PostgreSQL does not run as root: there its own user does it.
        let user = is_root().then(|| (number_of("-u"), number_of("-g")));
        if let Some((user, group)) = user {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let command = |program: &str| {
            let mut command = Command::new(programs.join(program));
            command.current_dir(&folder).stdout(Stdio::null());
            if let Some((user, group)) = user {
                command.uid(user).gid(group);
            }
            command
        };
        let data = folder.path().join("data");
        let made = command("initdb")
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "-D"])
            .arg(&data)
            .status();
        assert!(made.unwrap().success(), "initdb");
        let server = command("postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args(["-c", "listen_addresses="])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let postgres = Self { server, programs, folder };
        postgres.wait_until_ready();
        Some(postgres)
    }

    fn wait_until_ready(&self) {
        for _ in 0..600 {
            let ready = Command::new(self.programs.join("pg_isready"))
                .arg("-qh")
                .arg(self.folder.path())
                .status();
            if ready.unwrap().success() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("PostgreSQL did not start");
    }

    /// The address of its one database.
    pub fn url(&self) -> String {
        format!("postgres:///postgres?host={}&user=postgres", self.folder.path().display())
    }

    /// Runs a command of its own program.
    pub fn psql(&self, command: &str) {
        let done = Command::new(self.programs.join("psql"))
            .args(["-qXU", "postgres", "-v", "ON_ERROR_STOP=1", "-c", command, "-h"])
            .arg(self.folder.path())
            .status();
        assert!(done.unwrap().success(), "psql: {command}");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Its quick way out: it must be gone before its folder goes.
        let _ = Command::new("kill").args(["-INT", &self.server.id().to_string()]).status();
        let _ = self.server.wait();
    }
}

/// The folder with the newest programs.
fn programs() -> Option<PathBuf> {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut installed: Vec<PathBuf> = installed.map(|entry| entry.path().join("bin")).collect();
    installed.sort();
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.and_then(|out| String::from_utf8(out.stdout).ok());
    installed.extend(told.map(|path| Path::new(path.trim()).to_owned()));
    installed.into_iter().rev().find(|folder| folder.join("postgres").exists())
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn number_of(which: &str) -> u32 {
    let told = Command::new("id").args([which, "postgres"]).output().unwrap();
    String::from_utf8(told.stdout).unwrap().trim().parse().expect("a user named postgres")
}
