//! Runs the program as its users do.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use super::Server;

/// The program, ready for arguments.
pub fn program() -> Command {
    without_environment(Command::new(env!("CARGO_BIN_EXE_skills-registry")))
}

/// Removes every environment variable that the program reads.
pub fn without_environment(mut program: Command) -> Command {
    for variable in [
        "DATABASE_URL",
        "REGISTRY_DATABASE_URL_FILE",
        "REGISTRY_WAIT_FOR_DATABASE",
        "REGISTRY_LAME_DUCK_SECONDS",
        "REGISTRY_DRAIN_SECONDS",
        "REGISTRY_LISTEN",
        "REGISTRY_CORS_ORIGINS",
        "REGISTRY_MAX_WATCHES",
        "REGISTRY_MAX_WAITING",
        "REGISTRY_ENDPOINT",
        "RUST_LOG",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ] {
        program.env_remove(variable);
    }
    program
}

/// Runs the program against a server.
pub async fn run(server: &Server, arguments: &[&str]) -> Run {
    let mut program = program();
    program.args(arguments).env("REGISTRY_ENDPOINT", format!("http://{}", server.address));
    tokio::task::spawn_blocking(move || Run::of(&program.output().unwrap())).await.unwrap()
}

/// Output and exit status of the program.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Run {
    /// Takes the output of a program that has ended.
    pub fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Counts in a row of the import summary: created, updated, unchanged, rejected.
    pub fn counts(&self, title: &str) -> [usize; 4] {
        let line = self.out.lines().find(|line| line.contains(&format!(" {title} ")));
        let line = line.unwrap_or_else(|| panic!("no {title} in {self:?}"));
        let cells: Vec<usize> =
            line.split(['│', '┆']).filter_map(|cell| cell.trim().parse().ok()).collect();
        cells.try_into().unwrap()
    }
}

/// A running `serve` process.
pub struct ServeProcess {
    pub process: Child,
    pub address: String,
    log: mpsc::Receiver<String>,
    /// Log lines read so far.
    pub lines: Vec<String>,
}

impl ServeProcess {
    /// Starts `serve` on a free port, and waits until it logs its address.
    pub fn start(command: Command) -> Self {
        let mut serving = Self::begin(command);
        serving.wait_until_it_serves();
        serving
    }

    /// Starts `serve` on an address, and waits until it serves. Returns its log if it ends instead.
    pub fn start_on(command: Command, address: &str) -> Result<Self, Vec<String>> {
        let mut serving = Self::begin_on(command, address);
        if serving.serves() { Ok(serving) } else { Err(std::mem::take(&mut serving.lines)) }
    }

    /// Starts `serve` on a free port.
    pub fn begin(command: Command) -> Self {
        Self::begin_on(command, "127.0.0.1:0")
    }

    fn begin_on(mut command: Command, address: &str) -> Self {
        let mut process = command
            .args(["--listen", address])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, log) = mpsc::channel();
        let reader = BufReader::new(process.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in reader.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { process, address: String::new(), log, lines: Vec::new() }
    }

    /// Waits until it logs its address.
    pub fn wait_until_it_serves(&mut self) {
        assert!(self.serves(), "it does not serve: {:#?}", self.lines);
    }

    fn serves(&mut self) -> bool {
        let line = self.line_with("serving the registry on http://");
        let Some(line) = line else { return false };
        let (_, address) = line.split_once("http://").unwrap();
        self.address = address.split('"').next().unwrap().to_owned();
        true
    }

    /// Reads the rest of the log of a process that has ended.
    pub fn read_on(&mut self) {
        self.lines.extend(self.log.iter());
    }

    /// Waits for a line of the log that contains these words, and fails if none comes.
    pub fn wait_for(&mut self, words: &str) -> String {
        let line = self.line_with(words);
        line.unwrap_or_else(|| panic!("{words:?} not in the log: {:#?}", self.lines))
    }

    /// Next line of the log that contains these words; `None` if the process ends first.
    fn line_with(&mut self, words: &str) -> Option<String> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.log.recv_timeout(left).ok()?;
            self.lines.push(line.clone());
            if line.contains(words) {
                return Some(line);
            }
        }
    }

    /// Sends a signal.
    pub fn signal(&self, signal: &str) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Sets a resource limit, such as `--nofile=64:`.
    pub fn limit(&self, limit: &str) {
        let pid = self.process.id().to_string();
        let set = Command::new("prlimit").args(["--pid", &pid, limit]).status();
        assert!(set.unwrap().success(), "{limit} cannot be set");
    }

    /// Waits until the process ends; fails after `most`.
    pub fn wait(&mut self, most: Duration) -> (Option<i32>, Duration) {
        let began = Instant::now();
        while began.elapsed() < most {
            if let Some(status) = self.process.try_wait().unwrap() {
                return (status.code(), began.elapsed());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it still runs after {most:?}: {:#?}", self.lines);
    }
}

impl Drop for ServeProcess {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
