//! `skills-registry import`: public data files, in the layouts that their publishers give them.

mod encodings;
mod files;
mod ids;
mod links;
mod local_work;
mod months;
mod options;
mod real_files;
mod real_months;

use std::{collections::BTreeMap, fs, path::PathBuf};

use digital_skills_registry::api::v1::*;
use prost_reflect::DynamicMessage;

use crate::harness::{
    Server,
    binary::{Run, run},
    fixture::Fixture,
};

const GDAD_HEADINGS: &str = "Role Family,Role,Role Description,Role Level,Role Level Description,\
                             Skill Name,Skill Description,Skill Level,Skill Level Description,Role Type\n";

const ESCO_HEADINGS: &str =
    "conceptUri,preferredLabel,skillType,altLabels,description,broaderConceptUri\n";

const WORKFORCE_HEADINGS: &str = "PERIOD,TYPE,NHSE_REGION_CODE,NHSE_REGION_NAME,ICS_CODE,ICS_NAME,\
                                  REPORTING_ORG_NAME,REPORTING_ORG_CODE,CLUSTER_GROUP,\
                                  BENCHMARK_GROUP,STAFF_GROUP_1_NAME,HC,FTE\n";

/// Files that a test writes.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Writes a file and returns its path.
    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// Imports files; the last arguments may be options.
async fn import(server: &Server, source: &str, arguments: &[&str]) -> Run {
    let mut all = vec!["import", source];
    all.extend(arguments);
    run(server, &all).await
}

/// Imports files of which nothing is rejected.
async fn import_all(server: &Server, source: &str, arguments: &[&str]) -> Run {
    let run = import(server, source, arguments).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    run
}

/// Every resource of a resource type.
async fn all<N: Fixture>(server: &Server, parent: &str) -> Vec<N> {
    let (mut rows, mut token) = (Vec::new(), String::new());
    loop {
        let page = N::list(&server.channel, parent, 1_000, &token).await.unwrap();
        rows.extend(page.rows);
        token = page.next_page_token;
        if token.is_empty() {
            return rows;
        }
    }
}

/// Everything that imports write, by name, without what differs from one registry to another.
async fn content(server: &Server) -> BTreeMap<String, String> {
    let mut content = BTreeMap::new();
    add::<Organisation>(server, "", &mut content).await;
    add::<Framework>(server, "", &mut content).await;
    add::<Skill>(server, "frameworks/-", &mut content).await;
    add::<Role>(server, "", &mut content).await;
    add::<Requirement>(server, "roles/-", &mut content).await;
    add::<Staffing>(server, "organisations/-", &mut content).await;
    add::<Movement>(server, "organisations/-", &mut content).await;
    content
}

async fn add<N: Fixture>(server: &Server, parent: &str, content: &mut BTreeMap<String, String>) {
    for row in all::<N>(server, parent).await {
        let mut message: DynamicMessage = row.dynamic();
        for field in ["etag", "revision", "create_time", "update_time"] {
            message.clear_field_by_name(field);
        }
        content.insert(row.name().to_owned(), format!("{message:?}"));
    }
}

/// Fails unless two registries have the same content; says the first difference.
fn assert_same(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) {
    let names = one.keys().chain(other.keys());
    for name in names {
        assert_eq!(one.get(name), other.get(name), "{name}");
    }
}
