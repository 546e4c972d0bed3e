//! The house: which layer may know which, read off the sources.

use std::{
    fs,
    path::{Path, PathBuf},
};

use digital_skills_registry::api::DESCRIPTORS;

/// Words that the code of each room must not contain. The rules of its imports are in `imports`.
const FORBIDDEN: [(&str, &[&str]); 8] = [
    ("src/api", &["sea_orm", "sqlx", "Utc::now", "SystemTime"]),
    ("src/registry", &["sqlx", "tonic", "prost", "Utc::now", "SystemTime"]),
    (
        "src/planning",
        &[
            "sea_orm",
            "sqlx",
            "tokio",
            "tonic",
            "prost",
            "async",
            // A stopwatch, which limits a search, is no clock.
            "Utc::now",
            "Local",
            "SystemTime",
            "random",
            "fastrand",
            "Uuid",
        ],
    ),
    ("src/domain", &["sqlx", "tokio", "tonic", "prost", "async", "Utc::now", "SystemTime"]),
    ("src/report", &["sea_orm", "sqlx", "tokio", "tonic", "prost", "Utc::now", "SystemTime"]),
    ("src/migration", &["sqlx", "tokio", "tonic", "prost"]),
    ("src/store", &["tonic", "prost"]),
    ("src/server", &["sea_orm", "sqlx"]),
];

/// Maximum number of lines of a source file and of the domain, and maximum percentage of all lines in one room.
const MAX_LINES: usize = 350;
const MAX_DOMAIN_LINES: usize = 5_000;
const MAX_ROOM_PERCENT: usize = 30;

/// Where the registry builds queries. The rest of it calls these.
const QUERIES: [&str; 3] = ["src/registry/read", "src/registry/write", "src/registry/listing"];

/// What builds a query, or takes one that was built.
const QUERY_WORDS: [&str; 6] =
    ["sea_orm", "Condition", ".select(", ".select_tuple(", ".as_of(", ".packed("];

/// Outside the store, and the migrations that rest on it, nothing says which database it is.
const DIALECTS: [&str; 6] = ["DbBackend", "Sqlite", "Postgres", "sqlite", "postgres", "Dialect"];

#[test]
fn no_room_says_what_it_must_not() {
    for (room, words) in FORBIDDEN {
        for file in sources(&root().join(room)) {
            if file.ends_with("tests.rs") {
                continue;
            }
            for (number, line) in code(&file) {
                for word in words {
                    assert!(!has_word(&line, word), "{}:{number} says {word}", file.display());
                }
            }
        }
    }
}

#[test]
fn no_source_file_has_more_than_350_lines() {
    let folders = ["src", "tests/it", "benches"].into_iter();
    let files = folders.flat_map(|folder| sources(&root().join(folder)));
    for file in files.chain([root().join("build.rs")]) {
        let lines = line_count(&file);
        assert!(lines <= MAX_LINES, "{} has {lines} lines", file.display());
    }
}

#[test]
fn no_room_holds_more_than_30_per_cent_of_the_sources() {
    let count = |folder: &Path| sources(folder).iter().map(|file| line_count(file)).sum::<usize>();
    let all = count(&root().join("src"));
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let room = entry.unwrap().path();
        if room.is_dir() {
            let lines = count(&room);
            let most = all * MAX_ROOM_PERCENT / 100;
            assert!(lines <= most, "{} has {lines} of {all} lines", room.display());
        }
    }
    let domain = count(&root().join("src/domain"));
    assert!(domain < MAX_DOMAIN_LINES, "src/domain has {domain} lines");
}

#[test]
fn the_registry_builds_queries_in_three_folders() {
    let queries = QUERIES.map(|path| root().join(path));
    let others = sources(&root().join("src/registry")).into_iter();
    for file in others.filter(|file| !queries.iter().any(|path| file.starts_with(path))) {
        for (number, line) in code(&file) {
            for word in QUERY_WORDS {
                let says =
                    if word.starts_with('.') { line.contains(word) } else { has_word(&line, word) };
                assert!(!says, "{}:{number} says {word}", file.display());
            }
        }
    }
}

#[test]
fn rules_of_resource_types_hold_no_query() {
    for file in sources(&root().join("src/domain")) {
        for (number, line) in code(&file) {
            for word in ["Condition", "Select", "QueryFilter", "sea_query::Expr", "ExprTrait"] {
                assert!(!has_word(&line, word), "{}:{number} says {word}", file.display());
            }
        }
    }
}

#[test]
fn a_revision_is_a_bare_number_only_on_the_wire_and_in_the_rows_of_resources() {
    let rows = digital_skills_registry::domain::ResourceType::ALL.iter();
    let rows: Vec<PathBuf> =
        rows.map(|kind| root().join(format!("src/domain/{}.rs", kind.singular()))).collect();
    for room in ["src/registry", "src/planning", "src/domain", "src/store", "src/report"] {
        for file in sources(&root().join(room)).iter().filter(|file| !rows.contains(file)) {
            for (number, line) in code(file) {
                for name in ["revision", "newest", "oldest", "after", "before"] {
                    for bare in ["i64", "Option<i64>"] {
                        let says = has_word(&line, &format!("{name}: {bare}"));
                        assert!(!says, "{}:{number} says {name}: {bare}", file.display());
                    }
                }
            }
        }
    }
}

#[test]
fn one_place_says_which_database_it_is() {
    let spoken = |folder: &str| {
        let mut files = Vec::new();
        for file in sources(&root().join(folder)) {
            let says = |line: &(usize, String)| DIALECTS.iter().any(|word| has_word(&line.1, word));
            if code(&file).iter().any(says) {
                files.push(file.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
        files
    };
    for room in
        ["src/api", "src/registry", "src/planning", "src/domain", "src/report", "src/server"]
    {
        assert!(spoken(room).is_empty(), "{room}: {:?}", spoken(room));
    }
    // Reads carry the dialect, and the schema takes it from the migrations; neither looks at it.
    for file in sources(&root().join("src/store")) {
        if !file.components().any(|part| part.as_os_str() == "dialect") {
            for (number, line) in code(&file) {
                for word in ["Dialect::", "DbBackend::", "get_database_backend() =="] {
                    assert!(!line.contains(word), "{}:{number} says {word}", file.display());
                }
            }
        }
    }
}

#[test]
fn the_protos_import_nothing_that_must_be_downloaded() {
    for file in files(&root().join("proto/digitalskills"), "proto") {
        for line in fs::read_to_string(&file).unwrap().lines() {
            let Some(import) = line.strip_prefix("import \"") else { continue };
            let own = import.starts_with("digitalskills/v1/");
            assert!(own || import.starts_with("google/protobuf/"), "{}: {line}", file.display());
        }
    }
}

#[test]
fn a_resource_type_has_the_same_file_in_every_layer() {
    for kind in digital_skills_registry::domain::ResourceType::ALL {
        let singular = kind.singular();
        for file in [
            format!("proto/digitalskills/v1/{singular}.proto"),
            format!("src/api/{singular}.rs"),
            format!("src/domain/{singular}.rs"),
            format!("tests/it/resources/{singular}.rs"),
        ] {
            assert!(root().join(&file).exists(), "{file}");
        }
    }
}

#[test]
fn the_page_for_integrators_lists_every_reason_of_an_error() {
    let page = fs::read_to_string(root().join("docs/INTEGRATING.md")).unwrap();
    for (name, prefix) in
        [("ErrorReason", "ERROR_REASON_"), ("ViolationReason", "VIOLATION_REASON_")]
    {
        let list = DESCRIPTORS.get_enum_by_name(&format!("digitalskills.v1.{name}")).unwrap();
        for value in list.values().filter(|value| value.number() != 0) {
            let reason = value.name().strip_prefix(prefix).unwrap().to_owned();
            assert!(page.contains(&reason), "{reason} is not in docs/INTEGRATING.md");
        }
    }
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under a folder.
pub fn sources(folder: &Path) -> Vec<PathBuf> {
    let found = files(folder, "rs");
    assert!(!found.is_empty(), "{}", folder.display());
    found
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found
}

fn line_count(file: &Path) -> usize {
    fs::read_to_string(file).unwrap().lines().count()
}

/// The lines of a file that are not comments, with their numbers.
fn code(file: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().enumerate().map(|(i, line)| (i + 1, line.trim().to_owned()));
    lines.filter(|(_, line)| !line.starts_with("//")).collect()
}

/// Whether the word stands in the line by itself.
fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}
