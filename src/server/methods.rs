//! The methods that are served, by path.

use std::{collections::HashMap, sync::LazyLock};

use crate::api::DESCRIPTORS;

/// What is known of a method before it is called.
pub struct Method {
    /// Full name of the method, or [`OTHER`].
    pub name: String,
    /// Whether the request is a single message.
    pub takes_one: bool,
    /// Whether the response is a single message.
    pub answers_one: bool,
    /// Whether a call counts towards the limit on calls. Health checks do not count, so that they
    /// are always answered.
    pub is_counted: bool,
    /// Whether the stream waits for changes of others, and so does work only while it opens.
    pub is_watch: bool,
}

/// Name of every method that does not exist.
pub const OTHER: &str = "_OTHER";

/// Methods other than the registry's: name, whether the request and whether the response is a
/// single message.
const OTHER_METHODS: [(&str, bool, bool); 4] = [
    ("grpc.health.v1.Health/Check", true, true),
    ("grpc.health.v1.Health/Watch", true, false),
    ("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", false, false),
    ("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", false, false),
];

/// Returns the method of a path. All paths that callers invent are one method, so that they cannot
/// inflate the metrics.
pub fn of(path: &str) -> &'static Method {
    static METHODS: LazyLock<HashMap<String, Method>> = LazyLock::new(|| {
        let beside = OTHER_METHODS.map(|(name, takes_one, answers_one)| Method {
            name: name.to_owned(),
            takes_one,
            answers_one,
            is_counted: false,
            is_watch: !answers_one,
        });
        let services = DESCRIPTORS.services();
        let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
        let methods = methods.map(|method| Method {
            name: format!("{}/{}", method.parent_service().full_name(), method.name()),
            takes_one: !method.is_client_streaming(),
            answers_one: !method.is_server_streaming(),
            is_counted: true,
            is_watch: method.name() == "WatchChanges",
        });
        methods.chain(beside).map(|method| (method.name.clone(), method)).collect()
    });
    static NONE: LazyLock<Method> = LazyLock::new(|| Method {
        name: OTHER.to_owned(),
        takes_one: true,
        answers_one: true,
        is_counted: true,
        is_watch: false,
    });
    METHODS.get(path.trim_start_matches('/')).unwrap_or(&NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_known_by_name_and_others_are_all_one() {
        for (path, name, takes_one, answers_one) in [
            (
                "/digitalskills.v1.GapService/StreamGaps",
                "digitalskills.v1.GapService/StreamGaps",
                true,
                false,
            ),
            (
                "/digitalskills.v1.RoleService/ImportRoles",
                "digitalskills.v1.RoleService/ImportRoles",
                false,
                false,
            ),
            ("/grpc.health.v1.Health/Check", "grpc.health.v1.Health/Check", true, true),
            ("/made/up", "_OTHER", true, true),
        ] {
            let method = of(path);
            assert_eq!(method.name, name);
            assert_eq!((method.takes_one, method.answers_one), (takes_one, answers_one), "{path}");
        }
        assert!(of("/digitalskills.v1.ChangeService/WatchChanges").is_watch);
    }
}
