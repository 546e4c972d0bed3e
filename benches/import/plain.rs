//! What the databases' own programs take to load the same rows, into tables of the same columns and
//! indexes: first the rows alone, then with the change rows that the registry writes beside them.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::postgres::Postgres;

/// How long loading took.
pub struct Plain {
    pub program: &'static str,
    pub table: &'static str,
    pub rows: Duration,
    pub rows_and_changes: Duration,
}

/// Loads the rows of a table of the registry with `sqlite3 .import`.
pub fn sqlite(registry: &Path, table: &'static str) -> Plain {
    let folder = tempfile::tempdir().unwrap();
    let load = |name: &str, condition: &str| {
        let (file, rows) = (folder.path().join("plain.db"), folder.path().join("rows.csv"));
        // In the order in which they were imported.
        let query = format!("SELECT * FROM {name} WHERE {condition} ORDER BY rowid");
        let dump = format!(".once {}\n{query};\n", rows.display());
        sqlite3(registry, &[".mode csv", &dump]);
        let schema = folder.path().join("schema.sql");
        sqlite3(registry, &[&format!(".once {}\n.schema {name}", schema.display())]);
        sqlite3(&file, &["PRAGMA journal_mode = WAL", &format!(".read {}", schema.display())]);
        let import = format!(".import --csv {} {name}", rows.display());
        let began = Instant::now();
        sqlite3(&file, &["PRAGMA synchronous = FULL", &import]);
        began.elapsed()
    };
    let rows = load(table, "true");
    let changes = load("change", &format!("resource_type = '{table}'"));
    Plain { program: "sqlite3 .import", table, rows, rows_and_changes: rows + changes }
}

fn sqlite3(file: &Path, commands: &[&str]) {
    use std::io::Write;
    let mut program = Command::new("sqlite3")
        .arg("-bail")
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the program sqlite3 is installed");
    let mut input = program.stdin.take().unwrap();
    for command in commands {
        let end = if command.starts_with('.') { "" } else { ";" };
        writeln!(input, "{command}{end}").unwrap();
    }
    drop(input);
    assert!(program.wait().unwrap().success(), "sqlite3: {commands:?}");
}

/// Loads the rows of a table of the registry with `COPY`, in the same cluster.
pub fn postgres(postgres: &Postgres, table: &'static str) -> Plain {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.csv");
    let load = |name: &str, condition: &str| {
        let file = file.display();
        let query = format!("SELECT * FROM {name} WHERE {condition}");
        postgres.psql(&format!("\\copy ({query}) TO '{file}' CSV"));
        postgres.psql(&format!("CREATE TABLE plain (LIKE {name} INCLUDING ALL)"));
        let began = Instant::now();
        postgres.psql(&format!("\\copy plain FROM '{file}' CSV"));
        let took = began.elapsed();
        postgres.psql("DROP TABLE plain");
        took
    };
    let rows = load(table, "true");
    let changes = load("change", &format!("resource_type = '{table}'"));
    Plain { program: "COPY", table, rows, rows_and_changes: rows + changes }
}
