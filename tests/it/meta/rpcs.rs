//! Every RPC there is has a test.

use std::{fs, path::Path};

use digital_skills_registry::{api::DESCRIPTORS, domain::ResourceType};

use prost_types::method_options::IdempotencyLevel;

use super::layers::sources;

/// The standard methods, each with the function that calls it in the contract suite.
const STANDARD: [(&str, &str); 11] = [
    ("BatchCreate", "N::batch_create("),
    ("BatchUpdate", "N::batch_update("),
    ("BatchDelete", "N::batch_delete("),
    ("Export", "N::export("),
    ("BatchGet", "N::batch_get("),
    ("Get", "N::get("),
    ("List", "N::list("),
    ("Create", "N::create("),
    ("Update", "N::update("),
    ("Delete", "N::delete("),
    ("Import", "N::import_all("),
];

#[test]
fn every_rpc_has_a_test() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let text = |files: Vec<std::path::PathBuf>| {
        files.iter().map(|file| fs::read_to_string(file).unwrap()).collect::<String>()
    };
    let contract = text(sources(&tests.join("contract")));
    let all = text(sources(&tests));
    let mut seen = 0;
    for service in DESCRIPTORS.services() {
        let title = service.name().strip_suffix("Service").unwrap().to_owned();
        let known = ResourceType::ALL.iter().any(|kind| kind.title() == title);
        assert!(known || title == "Change", "{title} is no resource type");
        for method in service.methods() {
            seen += 1;
            let standard = STANDARD.iter().find(|(verb, _)| {
                let rest = method.name().strip_prefix(verb).filter(|_| known);
                rest.is_some_and(|rest| rest == title || rest == format!("{title}s"))
            });
            match standard {
                Some((_, call)) => {
                    assert!(contract.contains(call), "{call} is not in the contract suite");
                }
                None => {
                    let call = format!(".{}(", snake(method.name()));
                    assert!(all.contains(&call), "{} has no test", method.full_name());
                }
            }
        }
    }
    assert!(seen >= 70, "{seen}");
}

/// Those that only read, beside the standard methods that do.
const READS: [&str; 9] = [
    "AnalyseGaps",
    "AuditPlan",
    "CompareOrganisations",
    "FindSurplus",
    "ProjectGaps",
    "RecommendClosures",
    "RenderReport",
    "StreamGaps",
    "WatchChanges",
];

#[test]
fn methods_that_only_read_say_so_and_others_do_not() {
    for method in DESCRIPTORS.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
        let standard = ["Get", "BatchGet", "List", "Export"];
        let reads = standard.iter().any(|verb| method.name().starts_with(verb))
            || READS.contains(&method.name());
        let options = method.method_descriptor_proto().options.clone().unwrap_or_default();
        let says = options.idempotency_level() == IdempotencyLevel::NoSideEffects;
        assert_eq!(says, reads, "{}", method.full_name());
    }
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}
