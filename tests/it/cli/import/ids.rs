//! Names of which several would get one id.

use digital_skills_registry::api::v1::*;

use super::{ESCO_HEADINGS, Files, GDAD_HEADINGS, WORKFORCE_HEADINGS, all, import, import_all};
use crate::{
    both,
    harness::{Server, fixture::Fixture},
};

fn role_line(level: &str, skill: &str, skill_level: &str) -> String {
    format!("Software development,Developer,d,{level},d,{skill},x,{skill_level},x,y\n")
}

both!(skills_that_would_share_an_id_are_all_rejected);
async fn skills_that_would_share_an_id_are_all_rejected(server: &Server) {
    let files = Files::new();
    let skills = [("C++", "Working"), ("C#", "Expert"), ("C", "Awareness"), ("Java", "Working")];
    let lines = skills.map(|(skill, level)| role_line("Junior developer", skill, level));
    let path = files.write("roles.csv", format!("{GDAD_HEADINGS}{}", lines.concat()));
    let run = import(server, "gdad", &[&path]).await;
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.counts("Skill"), [1, 0, 0, 3]);
    assert_eq!(run.counts("Requirement"), [1, 0, 0, 3]);
    let name = "frameworks/gdad/skills/c";
    for line in [2, 3, 4] {
        let expected = format!("roles.csv:{line}: rejected {name}: conflicts with roles.csv:");
        assert!(run.err.contains(&expected), "{expected}: {}", run.err);
    }
    let skills: Vec<Skill> = all(server, "frameworks/gdad").await;
    assert_eq!(skills.iter().map(|skill| skill.title.as_str()).collect::<Vec<_>>(), ["Java"]);

    // One of them alone is fine; another one after it is not.
    let line = role_line("Junior developer", "C++", "Working");
    let one = files.write("one.csv", format!("{GDAD_HEADINGS}{line}{line}"));
    import_all(server, "gdad", &[&one]).await;
    let line = role_line("Senior developer", "C#", "Working");
    let other = files.write("other.csv", format!("{GDAD_HEADINGS}{line}"));
    let run = import(server, "gdad", &[&other]).await;
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("the registry has \"C++\" under this id"), "{}", run.err);
    let refers = format!("refers to {name}, which was rejected");
    assert!(run.err.contains(&refers), "{}", run.err);
    assert_eq!(Skill::get(&server.channel, name).await.unwrap().title, "C++");
    // A title in other letters is the same title.
    let line = role_line("Junior developer", "c++", "Working");
    let same = files.write("same.csv", format!("{GDAD_HEADINGS}{line}"));
    import_all(server, "gdad", &[&same]).await;
}

both!(roles_and_requirements_that_differ_under_one_id_are_rejected);
async fn roles_and_requirements_that_differ_under_one_id_are_rejected(server: &Server) {
    let files = Files::new();
    let lines = [
        "Data,Data analyst,d,Analyst,d,SQL,x,Working,x,y\n",
        "Data,Performance analyst,d,Analyst,d,Counting,x,Working,x,y\n",
        "Data,Data engineer,d,Engineer,d,SQL,x,Working,x,y\n",
        "Data,Data engineer,d,Engineer,d,SQL,x,Expert,x,y\n",
        "Data,Data engineer,d,Engineer,d,Counting,x,Working,x,y\n",
    ];
    let path = files.write("roles.csv", format!("{GDAD_HEADINGS}{}", lines.concat()));
    let run = import(server, "gdad", &[&path]).await;
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.counts("Role"), [1, 0, 0, 2]);
    // Two conflict, two are of the role that was rejected.
    assert_eq!(run.counts("Requirement"), [1, 0, 0, 4]);
    let expected =
        "roles.csv:5: rejected roles/gdad.engineer/requirements/sql: conflicts with roles.csv:4";
    assert!(run.err.contains(expected), "{}", run.err);
}

both!(codes_and_concepts_that_differ_under_one_id_are_rejected);
async fn codes_and_concepts_that_differ_under_one_id_are_rejected(server: &Server) {
    let files = Files::new();
    let trust = |code: &str, title: &str| {
        let mut cells = ["\"\""; 27].map(str::to_owned);
        [cells[0], cells[1], cells[10]] =
            [code, title, "20110401"].map(|cell| format!("\"{cell}\""));
        cells.join(",") + "\n"
    };
    let lines =
        [trust("RX1", "ONE"), trust("RX1", "OTHER"), trust("RX2", "TWO"), trust("RX2", "TWO")];
    let path = files.write("etr.csv", lines.concat());
    let run = import(server, "ods", &[&path]).await;
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.counts("Organisation"), [1, 0, 0, 2]);
    let expected = "etr.csv:2: rejected organisations/RX1: conflicts with etr.csv:1";
    assert!(run.err.contains(expected), "{}", run.err);

    let lines = "http://data.europa.eu/esco/skill/aaa,one,,,,\n\
                 http://data.europa.eu/esco/isced-f/AAA,other,,,,\n\
                 http://data.europa.eu/esco/skill/bbb,two,,,,\n\
                 http://data.europa.eu/esco/skill/bbb,two,,,,\n";
    let path = files.write("esco.csv", format!("{ESCO_HEADINGS}{lines}"));
    let run = import(server, "esco", &[&path]).await;
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.counts("Skill"), [1, 0, 0, 2]);

    let line = |group: &str, headcount: &str| {
        format!(
            "202509 to 202510,Denominator at end of period,Y56,London,QKK,SE London,One,RDD,Acute,\
             Acute,{group},{headcount},1\n"
        )
    };
    let lines =
        [line("ST&T", "1"), line("ST-T", "2"), line("Midwives", "1"), line("Midwives", "1")];
    let path = files.write("workforce.csv", format!("{WORKFORCE_HEADINGS}{}", lines.concat()));
    let run = import(server, "workforce", &[&path]).await;
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.counts("Role"), [1, 0, 0, 2]);
    assert_eq!(run.counts("Staffing"), [1, 0, 0, 2]);
}
