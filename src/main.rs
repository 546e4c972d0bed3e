//! `skills-registry`: see `skills-registry --help`.

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use digital_skills_registry::{cli, cli::Config, telemetry};

/// Returns memory to the operating system after a burst of calls.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Time limit for writing the last lines of the log.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Writes the log to its end, however `main` ends.
struct Log;

impl Drop for Log {
    fn drop(&mut self) {
        telemetry::flush(LAST_LINES);
    }
}

fn main() -> ExitCode {
    let config = match Config::try_parse() {
        Ok(config) => config,
        Err(error) => return cli::rejected(&error),
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            telemetry::log_before_start("process not started", &error);
            return ExitCode::FAILURE;
        }
    };
    let _log = Log;
    let code = runtime.block_on(cli::run(config));
    // Blocking work, such as a statement on a database that hangs, is not waited for.
    runtime.shutdown_background();
    code
}
