//! DuckDB, with the same rows.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use crate::{
    Options, generate,
    measure::{DAY, ORGANISATION, Question, Timings},
};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/analysis/beside.py");

/// A database of DuckDB that has the nation.
pub struct Beside {
    python: PathBuf,
    database: PathBuf,
}

impl Beside {
    /// Makes it, or takes the one that is there; none where the package is not.
    pub fn prepared(options: &Options, folder: &Path) -> Option<Self> {
        let known = Command::new(&options.python)
            .args(["-c", "import duckdb"])
            .stderr(Stdio::null())
            .status();
        known.ok().filter(|status| status.success())?;
        let beside =
            Self { python: options.python.clone(), database: folder.join("nation.duckdb") };
        if !beside.database.exists() {
            let files = folder.join("csv");
            assert!(generate(options, &["--csv", files.to_str().unwrap()]));
            let (files, database) = (files.display().to_string(), beside.database.display());
            beside.run(&["load", &files, &database.to_string()]);
        }
        Some(beside)
    }

    /// How long a question takes, and the rows of the answer.
    pub fn timed(&self, question: Question, runs: usize) -> (Timings, Vec<Vec<String>>) {
        let (database, runs) = (self.database.display().to_string(), runs.to_string());
        let out = self.run(&["measure", &database, DAY, ORGANISATION, &runs, question.name()]);
        let told: Value = serde_json::from_slice(&out).unwrap();
        let answer = &told[question.name()];
        let seconds = |value: &Value| Duration::from_secs_f64(value.as_f64().unwrap());
        let timed = Timings {
            cold: seconds(&answer["cold"]),
            warm: answer["warm"].as_array().unwrap().iter().map(seconds).collect(),
            peak_kib: told["peak_kib"].as_u64().unwrap(),
        };
        (timed, serde_json::from_value(answer["rows"].clone()).unwrap())
    }

    fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let done = Command::new(&self.python)
            .arg(SCRIPT)
            .args(arguments)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(done.status.success(), "{arguments:?}");
        done.stdout
    }
}
