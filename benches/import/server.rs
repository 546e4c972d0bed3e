//! The server: the program itself, as a process of its own whose memory can be read.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use tonic::transport::{Channel, Endpoint};

/// `serve`, running.
pub struct Server {
    process: Child,
    address: String,
}

/// The resident memory of the server, in KiB.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// Now.
    pub now: u64,
    /// The most that it ever was.
    pub most: u64,
}

impl Server {
    /// Starts it on a database and a port of its own, and waits until it says where.
    pub fn start(database_url: &str) -> Self {
        Self::run(Path::new(env!("CARGO_BIN_EXE_skills-registry")), database_url)
    }

    /// The same of a program that was built another time.
    pub fn run(program: &Path, database_url: &str) -> Self {
        let mut process = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--database-url", database_url])
            .env("RUST_LOG", "info")
            .env_remove("OTEL_EXPORTER_OTLP_ENDPOINT")
            .env_remove("REGISTRY_CORS_ORIGINS")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, address) = line.split_once("serving the registry on http://")?;
            Some(address.split('"').next()?.to_owned())
        });
        let address = address.take().expect("the server started");
        // A pipe that nobody reads would stop the server when it is full.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { process, address }
    }

    /// Where it is, for programs.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A connection of its own.
    pub async fn connect(&self) -> Channel {
        let endpoint = Endpoint::from_shared(self.endpoint()).unwrap();
        endpoint.tcp_nodelay(true).connect().await.unwrap()
    }

    pub fn memory(&self) -> Memory {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let of = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
            line.trim().trim_end_matches(" kB").parse().unwrap()
        };
        Memory { now: of("VmRSS:"), most: of("VmHWM:") }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
