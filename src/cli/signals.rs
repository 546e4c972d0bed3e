//! The signals that end the process: the first asks for a clean end, a second ends it at once.

use std::{io, process, sync::mpsc, time::Duration};

use tokio::sync::watch;

use crate::telemetry;

/// How long the log may take to be written where the process ends at once.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// A signal that asks the process to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: somebody at a terminal.
    Interrupt,
    /// SIGTERM: whoever supervises the process.
    Terminate,
}

impl Signal {
    /// The exit code of a process that it ended: 128 and its number.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// Hears the signals of the process.
#[derive(Clone)]
pub struct Signals(watch::Receiver<Option<Signal>>);

impl Signals {
    /// Listens from now on, on a thread of its own, so that nothing that hangs can keep a signal from
    /// being heard. `limit` says how long a clean end may take; after it the process ends with code 1.
    pub fn listen(limit: impl Fn(Signal) -> Duration + Send + 'static) -> io::Result<Self> {
        let (sender, receiver) = watch::channel(None);
        let (begun, beginning) = mpsc::channel();
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let ended = runtime.and_then(|runtime| {
                runtime.block_on(async {
                    let mut heard = Heard::new()?;
                    // Whoever began this waits for it.
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

    /// The first signal, when it comes.
    pub async fn first(&self) -> Signal {
        let mut receiver = self.0.clone();
        let first = receiver.wait_for(Option::is_some).await.map(|signal| *signal);
        match first {
            Ok(Some(signal)) => signal,
            // The thread that listens is gone: no signal comes.
            _ => std::future::pending().await,
        }
    }
}

fn end(code: u8) {
    telemetry::flush(LAST_WORDS);
    process::exit(code.into());
}

#[cfg(unix)]
struct Heard {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Heard {
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
struct Heard;

#[cfg(not(unix))]
impl Heard {
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
