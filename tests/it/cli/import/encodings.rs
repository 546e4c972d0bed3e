//! Files as spreadsheet programs save them, and columns that not every file has.

use digital_skills_registry::api::v1::*;

use super::{Files, GDAD_HEADINGS, import, import_all};
use crate::{
    both,
    harness::{Server, fixture::Fixture},
};

both!(utf_16_is_read_by_its_mark);
async fn utf_16_is_read_by_its_mark(server: &Server) {
    let files = Files::new();
    let utf_16 = |text: &str, mark: u16| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        let bytes = |unit: u16| if mark == 0 { unit.to_le_bytes() } else { unit.to_be_bytes() };
        units.flat_map(bytes).collect()
    };
    // Spreadsheet programs separate the columns of UTF-16 by tabs.
    let tabs = utf_16("Skill Name\tSkill Description\r\nData – modelling\tit’s\r\n", 0);
    let commas = utf_16("Skill Name,Skill Description\r\nNaïve counting,a\r\n,\r\n", 1);
    let paths = [files.write("a.txt", tabs), files.write("b.csv", commas)];
    let run = import_all(server, "gdad", &[&paths[0], &paths[1]]).await;
    assert_eq!(run.counts("Skill"), [2, 0, 0, 0]);
    let skill = Skill::get(&server.channel, "frameworks/gdad/skills/data-modelling").await.unwrap();
    assert_eq!([skill.title.as_str(), &skill.description], ["Data – modelling", "it’s"]);
}

both!(what_cannot_be_read_is_told_with_what_to_do);
async fn what_cannot_be_read_is_told_with_what_to_do(server: &Server) {
    let files = Files::new();
    let revision = server.revision().await;
    let windows =
        files.write("s.csv", b"Skill Name,Skill Description\r\na,b\r\nData \x96 c,it\x92s");
    let run = import(server, "gdad", &[&windows]).await;
    assert_eq!(run.code, Some(1));
    let expected = "s.csv:3: the byte 0x96 is not UTF-8: save the file as CSV UTF-8";
    assert!(run.err.contains(expected), "{}", run.err);

    let semicolons = files.write("t.csv", "Skill Name;Skill Description\nA;b\n");
    let run = import(server, "gdad", &[&semicolons]).await;
    assert_eq!(run.code, Some(1));
    for expected in [
        "t.csv: there is no column \"Skill Name\"",
        "found \"Skill Name;Skill Description\"",
        "the separator seems to be \";\": save the file with commas",
    ] {
        assert!(run.err.contains(expected), "{expected}: {}", run.err);
    }

    let line = ["RX1"; 27].join("\";\"");
    let semicolons = files.write("etr.csv", format!("\"{line}\"\n"));
    let run = import(server, "ods", &[&semicolons]).await;
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("etr.csv: the separator seems to be \";\""), "{}", run.err);

    // A column that is missing of a file of roles is told, not taken for an empty one.
    let headings = GDAD_HEADINGS.replace("Role Level,", "");
    let roles = files.write("roles.csv", headings);
    let run = import(server, "gdad", &[&roles]).await;
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("roles.csv: there is no column \"Role Level\""), "{}", run.err);
    assert_eq!(server.revision().await, revision, "nothing was written");
}

both!(all_of_esco_is_read_with_its_relations);
async fn all_of_esco_is_read_with_its_relations(server: &Server) {
    let files = Files::new();
    let skills = files.write(
        "skills_en.csv",
        "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,hiddenLabels,status,\
         modifiedDate,scopeNote,definition,inScheme,description\n\
         KnowledgeSkillCompetence,http://data.europa.eu/esco/skill/ddd,skill/competence,\
         sector-specific,manage staff,\"manage people\nlead people\",,released,2023-11-30,,,x,d\n\
         KnowledgeSkillCompetence,http://data.europa.eu/esco/skill/eee,knowledge,\
         sector-specific,leadership,,,released,2023-11-30,,,x,e\n",
    );
    let run = import_all(server, "esco", &[&skills]).await;
    assert_eq!(run.counts("Skill"), [2, 0, 0, 0]);
    let name = "frameworks/esco/skills/ddd";
    let skill = Skill::get(&server.channel, name).await.unwrap();
    assert_eq!(skill.alternative_labels, ["manage people", "lead people"]);
    assert_eq!([skill.broader_skill.as_str(), &skill.category], ["", "skill/competence"]);

    let relations = files.write(
        "broaderRelationsSkillPillar_en.csv",
        "conceptType,conceptUri,broaderType,broaderUri\n\
         KnowledgeSkillCompetence,http://data.europa.eu/esco/skill/ddd,SkillGroup,\
         http://data.europa.eu/esco/skill/S4\n\
         KnowledgeSkillCompetence,http://data.europa.eu/esco/skill/ddd,KnowledgeSkillCompetence,\
         http://data.europa.eu/esco/skill/eee\n\
         KnowledgeSkillCompetence,http://data.europa.eu/esco/skill/fff,KnowledgeSkillCompetence,\
         http://data.europa.eu/esco/skill/eee\n",
    );
    let run = import_all(server, "esco", &[&relations]).await;
    assert_eq!(run.counts("Skill"), [0, 1, 0, 0]);
    assert!(
        run.err.contains("relations of 1 concepts that the framework does not have"),
        "{run:?}"
    );
    let related = Skill::get(&server.channel, name).await.unwrap();
    assert_eq!(related.broader_skill, "frameworks/esco/skills/eee");
    assert_eq!(related.title, "manage staff");
    // The file of skills says nothing of relations, so they stay.
    let revision = server.revision().await;
    import_all(server, "esco", &[&skills]).await;
    import_all(server, "esco", &[&relations, &skills]).await;
    assert_eq!(server.revision().await, revision);
}
