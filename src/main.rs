//! `skills-registry`: see `skills-registry --help`.

use std::process::ExitCode;

use clap::Parser;
use digital_skills_registry::{cli, config::Config};

#[tokio::main]
async fn main() -> ExitCode {
    match cli::run(Config::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
