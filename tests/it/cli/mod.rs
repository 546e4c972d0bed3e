//! The program `skills-registry`: its commands and its operation.

mod generate;
mod import_files;
mod import_real_files;
mod operating;
mod output;
mod program;
mod published;
