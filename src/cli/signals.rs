//! The signals that end the process: the first starts a clean stop, a second stops it at once.

use std::{io, process, sync::mpsc, time::Duration};

use tokio::sync::watch;

use crate::telemetry;

/// Time limit for writing the log if the process stops at once.
const LOG_FLUSH_LIMIT: Duration = Duration::from_millis(200);

/// A signal that stops the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: from a user at a terminal.
    Interrupt,
    /// SIGTERM: from a supervisor.
    Terminate,
}

impl Signal {
    /// Exit code of a process that the signal ended: 128 plus its number.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// Receives the signals of the process.
#[derive(Clone)]
pub struct Signals(watch::Receiver<Option<Signal>>);

impl Signals {
    /// Starts listening, on a thread of its own so that nothing that hangs can block a signal.
    /// `limit` is the time that a clean stop may take; after it the process exits with code 1.
    pub fn listen(limit: impl Fn(Signal) -> Duration + Send + 'static) -> io::Result<Self> {
        let (sender, receiver) = watch::channel(None);
        let (begun, beginning) = mpsc::channel();
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let ended = runtime.and_then(|runtime| {
                runtime.block_on(async {
                    let mut heard = SignalListener::new()?;
                    // The starting thread waits for this message.
                    let _ = begun.send(Ok(()));
                    let first = heard.next().await;
                    sender.send_replace(Some(first));
                    match tokio::time::timeout(limit(first), heard.next()).await {
                        Ok(second) => {
                            tracing::warn!("server stopped at once by a second signal");
                            end(second.exit_code());
                        }
                        Err(_) => {
                            tracing::error!("server did not stop in time");
                            end(1);
                        }
                    }
                    Ok(())
                })
            });
            if let Err(error) = ended {
                let _ = begun.send(Err(error));
            }
        })?;
        beginning.recv().map_err(io::Error::other)??;
        Ok(Self(receiver))
    }

    /// Waits for the first signal.
    pub async fn first(&self) -> Signal {
        let mut receiver = self.0.clone();
        let first = receiver.wait_for(Option::is_some).await.map(|signal| *signal);
        match first {
            Ok(Some(signal)) => signal,
            // The listening thread is gone: no signal will come.
            _ => std::future::pending().await,
        }
    }
}

fn end(code: u8) {
    telemetry::flush(LOG_FLUSH_LIMIT);
    process::exit(code.into());
}

#[cfg(unix)]
struct SignalListener {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl SignalListener {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(not(unix))]
struct SignalListener;

#[cfg(not(unix))]
impl SignalListener {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::{
        env,
        io::{BufRead, BufReader},
        process::{Command, Stdio},
    };

    use super::*;

    /// Set in the process that does not stop.
    const HANGS: &str = "SIGNALS_TEST_HANGS";

    #[test]
    fn a_process_that_does_not_stop_in_time_is_ended() {
        if env::var_os(HANGS).is_some() {
            let _signals = Signals::listen(|_| Duration::from_millis(100)).unwrap();
            println!("listens");
            loop {
                std::thread::park();
            }
        }
        let own = "cli::signals::tests::a_process_that_does_not_stop_in_time_is_ended";
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["--exact", own, "--nocapture"])
            .env(HANGS, "yes")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("listens")));
        let killed = Command::new("kill").args(["-TERM", &process.id().to_string()]).status();
        assert!(killed.unwrap().success());
        assert_eq!(process.wait().unwrap().code(), Some(1));
    }
}
