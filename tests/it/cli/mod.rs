//! `skills-registry` as a program: its commands, and how it is operated.

mod generate;
mod import_files;
mod operating;
mod program;
mod published;
