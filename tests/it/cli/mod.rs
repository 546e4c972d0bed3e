//! The program `skills-registry`: its commands and its operation.

mod generate;
mod import_files;
mod import_real_files;
mod operating;
mod program;
mod published;
