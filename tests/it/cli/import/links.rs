//! Links between skills of ESCO that come in different files.

use digital_skills_registry::api::v1::*;

use super::{ESCO_HEADINGS, Files, assert_same, content, import_all};
use crate::{
    both,
    harness::{Server, fixture::Fixture},
};

/// A line of a skill with the last segments of the addresses of its broader concepts.
fn line(id: &str, broader: &[&str]) -> String {
    let uri = |id: &&str| format!("http://data.europa.eu/esco/skill/{id}");
    let broader: Vec<String> = broader.iter().map(uri).collect();
    format!("{},skill {id},skill/competence,,d,{}\n", uri(&id), broader.join(" | "))
}

async fn broader(server: &Server, id: &str) -> String {
    let name = format!("frameworks/esco/skills/{id}");
    Skill::get(&server.channel, &name).await.unwrap().broader_skill
}

both!(the_order_of_the_files_does_not_matter_to_links);
async fn the_order_of_the_files_does_not_matter_to_links(server: &Server) {
    let files = Files::new();
    let write = |name: &str, lines: &[String]| {
        files.write(name, format!("{ESCO_HEADINGS}{}", lines.concat()))
    };
    let child = write("a.csv", &[line("aaa", &["bbb", "ccc"]), line("abc", &["bbb"])]);
    let parent = write("b.csv", &[line("bbb", &["ccc"])]);
    let grandparent = write("c.csv", &[line("ccc", &[])]);
    let orders = [
        [&child, &parent, &grandparent],
        [&child, &grandparent, &parent],
        [&parent, &child, &grandparent],
        [&parent, &grandparent, &child],
        [&grandparent, &child, &parent],
        [&grandparent, &parent, &child],
    ];
    let together = server.another().await;
    import_all(&together, "esco", &[&child, &parent, &grandparent]).await;
    let expected = content(&together).await;
    for order in orders {
        let server = server.another().await;
        for file in order {
            import_all(&server, "esco", &[file]).await;
        }
        assert_same(&content(&server).await, &expected);
        let revision = server.revision().await;
        for file in order {
            import_all(&server, "esco", &[file]).await;
        }
        assert_eq!(server.revision().await, revision);
    }
}

both!(a_link_whose_other_end_is_missing_is_told_and_kept);
async fn a_link_whose_other_end_is_missing_is_told_and_kept(server: &Server) {
    let files = Files::new();
    let child = files.write("a.csv", format!("{ESCO_HEADINGS}{}", line("aaa", &["bbb"])));
    let parent = files.write("b.csv", format!("{ESCO_HEADINGS}{}", line("bbb", &[])));
    let run = import_all(server, "esco", &[&child]).await;
    let expected = "a.csv:2: frameworks/esco/skills/aaa has no broader skill yet: the framework does \
                    not have http://data.europa.eu/esco/skill/bbb";
    assert!(run.err.contains(expected), "{}", run.err);
    assert_eq!(broader(server, "aaa").await, "");
    let run = import_all(server, "esco", &[&parent]).await;
    assert_eq!(run.counts("Skill"), [1, 1, 0, 0]);
    assert_eq!(broader(server, "aaa").await, "frameworks/esco/skills/bbb");

    // A link that somebody chose stays; one that the publisher takes back goes.
    let other = files.write("c.csv", format!("{ESCO_HEADINGS}{}", line("ccc", &[])));
    import_all(server, "esco", &[&other]).await;
    let chosen = Skill {
        name: "frameworks/esco/skills/bbb".into(),
        broader_skill: "frameworks/esco/skills/ccc".into(),
        ..Skill::default()
    };
    Skill::update(&server.channel, chosen, Some(&["broader_skill"]), false).await.unwrap();
    let alone = files.write("d.csv", format!("{ESCO_HEADINGS}{}", line("aaa", &[])));
    import_all(server, "esco", &[&parent, &alone]).await;
    assert_eq!(broader(server, "bbb").await, "frameworks/esco/skills/ccc");
    assert_eq!(broader(server, "aaa").await, "");
}
