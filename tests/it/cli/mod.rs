//! The program `skills-registry`: its commands and its operation.

mod generate;
mod import;
mod operating;
mod output;
mod program;
mod published;
