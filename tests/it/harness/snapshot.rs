//! Snapshots: answers that are reviewed as a whole. Each is a text under `snapshots/`, beside its test.
//!
//! A test fails if its answer differs. `INSTA_UPDATE=always cargo test --test it -- NAME` writes the new answer, which
//! is then reviewed like any other change.

use insta::Settings;

/// Patterns of the parts of answers that differ each time, with their replacements.
const MOVING: [(&str, &str); 4] = [
    ("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[uuid]"),
    (r"127\.0\.0\.1:\d+", "[address]"),
    (r"(?i)\b(revision|oldest|newest)(=| is | )\d+", "$1$2[revision]"),
    (r"etag=[\w-]+", "etag=[etag]"),
];

/// Settings of the comparison: parts that differ each time are replaced, and the test names the snapshot.
pub fn settings() -> Settings {
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (pattern, text) in MOVING {
        settings.add_filter(pattern, text);
    }
    settings
}
