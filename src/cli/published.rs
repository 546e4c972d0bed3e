//! `descriptor` and `openapi`: the API definition, for generating clients and pages.

use std::{
    fs,
    io::{self, IsTerminal},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;

use crate::{api::DESCRIPTOR_SET, server::docs};

use super::{Failure, show};

/// Options of `descriptor`.
#[derive(Debug, Args)]
pub struct Descriptor {
    /// File to write. Default: standard output.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

pub fn descriptor(options: &Descriptor) -> Result<ExitCode, Failure> {
    match &options.output {
        Some(file) => fs::write(file, DESCRIPTOR_SET)
            .map_err(|error| format!("cannot write {}: {error}", file.display()))?,
        None if io::stdout().is_terminal() => {
            return Err(
                "a descriptor set is binary and standard output is a terminal: name a file with \
                        --output, or redirect"
                    .into(),
            );
        }
        None => return show(DESCRIPTOR_SET),
    }
    Ok(ExitCode::SUCCESS)
}

pub fn openapi() -> Result<ExitCode, Failure> {
    show(docs::openapi()?.as_bytes())
}
