//! The words of the code: no name that the glossary of CONTRIBUTING.md has replaced, none that says only "what was done".

use std::{collections::BTreeSet, fs};

use digital_skills_registry::{api::DESCRIPTORS, domain::ResourceType};

use super::layers::{root, sources};

/// Words that have been replaced, each with what says it now. No name contains one.
const REPLACED: [(&str, &str); 16] = [
    ("noun", "resource type"),
    ("nouns", "resource types"),
    ("mend", "close"),
    ("mended", "closed"),
    ("mending", "closing"),
    ("doors", "protocols"),
    ("judge", "validate_against"),
    ("survey", "gap findings"),
    ("weighing", "weight"),
    ("weighings", "weights"),
    ("around", "related rows"),
    ("told", "the thing that is told"),
    ("standing", "position, or status"),
    ("patience", "wait limit"),
    ("seat", "permit"),
    ("seats", "permits"),
];

/// Names of types that do not say what they are of.
const BARE: [&str; 20] = [
    "Ask", "Columns", "Draft", "Ground", "Inputs", "Kind", "Order", "Part", "Parts", "Piece",
    "Place", "Point", "Query", "Rest", "Row", "Step", "Survey", "Tie", "Use", "Uses",
];

/// Participles that do not end as others do.
const IRREGULAR: [&str; 12] = [
    "Built", "Drawn", "Found", "Given", "Held", "Kept", "Known", "Lost", "Made", "Seen", "Taken",
    "Told",
];

/// Types that end like a participle and are none.
const NO_PARTICIPLES: [&str; 7] =
    ["Drawing", "Encoding", "Feed", "Framing", "Ring", "Staffing", "Warning"];

#[test]
fn no_name_of_the_code_has_a_word_that_was_replaced() {
    let names = declared().into_iter().chain(files());
    let replaced = |name: &str| {
        let words = words(name);
        let is_limit = name.starts_with("MOST_") || name.starts_with("LEAST_");
        let limit = is_limit.then_some(&("most and least", "MAX_ and MIN_"));
        limit.or_else(|| REPLACED.iter().find(|(word, _)| words.iter().any(|part| part == word)))
    };
    let found: BTreeSet<String> = names
        .filter_map(|name| {
            let (word, now) = replaced(&name)?;
            Some(format!("{name}: not {word}, but {now}"))
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_type_has_a_participle_or_a_vague_word_alone_as_its_name() {
    let bare = |name: &String| {
        let participle = name.ends_with("ed") || name.ends_with("ing") || name.ends_with("ten");
        let one = words(name).len() == 1;
        let participle = participle && one && !NO_PARTICIPLES.contains(&name.as_str());
        participle || IRREGULAR.contains(&name.as_str()) || BARE.contains(&name.as_str())
    };
    let found: BTreeSet<String> = types().into_iter().filter(bare).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_name_of_the_contract_or_the_tables_has_a_word_that_was_replaced() {
    let mut names = BTreeSet::new();
    for message in DESCRIPTORS.all_messages().filter(|message| message.package_name() == PACKAGE) {
        names.insert(message.name().to_owned());
        names.extend(message.fields().map(|field| field.name().to_owned()));
    }
    for of_enum in DESCRIPTORS.all_enums().filter(|of_enum| of_enum.package_name() == PACKAGE) {
        names.insert(of_enum.name().to_owned());
        names.extend(of_enum.values().map(|value| value.name().to_owned()));
    }
    for service in DESCRIPTORS.services().filter(|service| service.package_name() == PACKAGE) {
        names.insert(service.name().to_owned());
        names.extend(service.methods().map(|method| method.name().to_owned()));
    }
    names.extend(ResourceType::ALL.iter().map(|resource_type| resource_type.table().to_owned()));
    assert!(names.len() > 500, "the contract has {} names only", names.len());
    let old =
        |name: &&String| words(name).iter().any(|word| REPLACED.iter().any(|(old, _)| old == word));
    let found: Vec<&String> = names.iter().filter(old).collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// The package of the contract.
const PACKAGE: &str = "digitalskills.v1";

/// The words of a name, such as `gap`, `snapshot` of `GapSnapshot`, `gap_snapshot` and `GAP_SNAPSHOT`.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in name.split(['_', '/', '.', '-']).filter(|part| !part.is_empty()) {
        if part.chars().all(|c| c.is_uppercase() || c.is_numeric()) {
            words.push(part.to_lowercase());
            continue;
        }
        let mut word = String::new();
        for c in part.chars() {
            if c.is_uppercase() && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            word.extend(c.to_lowercase());
        }
        words.push(word);
    }
    words
}

/// The lines of the sources that declare something: what is declared, and its name.
fn declarations() -> Vec<(String, String)> {
    const DECLARING: [&str; 9] =
        ["struct", "enum", "trait", "type", "fn", "mod", "const", "static", "macro_rules!"];
    let mut found = Vec::new();
    for file in
        ["src", "tests/it", "benches"].into_iter().flat_map(|folder| sources(&root().join(folder)))
    {
        for line in fs::read_to_string(file).unwrap().lines() {
            let mut words = line.split_whitespace().filter(|word| {
                !word.starts_with("pub")
                    && !matches!(*word, "async" | "in" | "crate)" | "super)" | "unsafe")
            });
            let Some(what) = words.next().filter(|word| DECLARING.contains(word)) else { continue };
            let name = words.find(|word| *word != "fn" && *word != "mut").unwrap_or_default();
            let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
            found.push((what.to_owned(), name[..end].to_owned()));
        }
    }
    assert!(found.len() > 3_000, "{} declarations only were found", found.len());
    found
}

/// The names that the sources declare. The names of tests are sentences: their words are those of English.
fn declared() -> Vec<String> {
    let is_sentence = |name: &str| name.matches('_').count() >= 3;
    let declared =
        declarations().into_iter().filter(|(what, name)| what != "fn" || !is_sentence(name));
    declared.map(|(_, name)| name).collect()
}

fn types() -> Vec<String> {
    let types = declarations().into_iter();
    let types = types.filter(|(what, _)| matches!(what.as_str(), "struct" | "enum" | "trait"));
    types.map(|(_, name)| name).collect()
}

/// The names of the files of the sources and of the contract.
fn files() -> Vec<String> {
    let folders = ["src", "tests/it", "benches"].into_iter();
    let files = folders.flat_map(|folder| sources(&root().join(folder)));
    files.map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect()
}
