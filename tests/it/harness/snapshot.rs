//! Answers that are reviewed as a whole: each lies as a text under `snapshots/`, beside the test that compares it.
//!
//! A test whose answer differs fails. `INSTA_UPDATE=always cargo test --test it -- NAME` writes what is answered
//! now, which is then reviewed as any other change.

use insta::Settings;

/// Parts of answers that are others each time, and what stands for them.
const MOVING: [(&str, &str); 3] = [
    ("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[uuid]"),
    (r"127\.0\.0\.1:\d+", "[address]"),
    (r"(?i)(revision\w*)(=| is | )\d+", "$1$2[revision]"),
];

/// How texts are compared: what moves is left out, and a snapshot has the name that the test gives it.
pub fn settings() -> Settings {
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (pattern, text) in MOVING {
        settings.add_filter(pattern, text);
    }
    settings
}
