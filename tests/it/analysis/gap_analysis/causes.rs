//! What a shortfall is due to, place by place: in rows, sums, the report and on the command line.

use digital_skills_registry::api::v1::*;

use crate::{
    analysis::report::{book, column, page},
    both,
    harness::{
        Server,
        binary::run,
        example::{analyse, client, stream},
        two_trusts::TwoTrusts,
    },
};

/// Unfunded, vacant, below, expired and unassessed: what the shortfall is due to.
fn due_to(figures: &GapFigures) -> [f64; 5] {
    [
        figures.unfunded_shortfall_fte,
        figures.vacant_shortfall_fte,
        figures.below_shortfall_fte,
        figures.expired_shortfall_fte,
        figures.unassessed_shortfall_fte,
    ]
}

/// Asserts the causes of the totals, in every form in which they are given.
async fn assert_due_to(server: &Server, world: &TwoTrusts, shortfall: f64, causes: [f64; 5]) {
    let answer = analyse(server, world.query()).await.unwrap();
    let totals = answer.totals.unwrap().figures.unwrap();
    assert_eq!((totals.shortfall_fte, due_to(&totals)), (shortfall, causes));
    let by_skill = GapQuery { group_by: vec![GapDimension::Skill as i32], ..world.query() };
    let streamed = stream(server, by_skill).await.unwrap();
    let rows: Vec<&GapRow> = streamed.iter().flat_map(|part| &part.rows).collect();
    let [row] = rows[..] else { panic!("{rows:?}") };
    assert_eq!(row.figures, Some(totals));

    let sheets = book(server, world.report()).await;
    let parts = column(&sheets["Causes"], "Missing FTE");
    let names =
        ["Not funded", "Not filled", "Below the level", "Assessment expired", "Never assessed"];
    assert_eq!(names.map(|name| parts[name]), causes);
    assert_eq!(parts["Missing"], shortfall);
    let skills = &sheets["Skills"];
    assert_eq!(column(skills, "Not filled")["s1"], causes[1]);

    let shown = run(server, &["gaps", "p", "--as-of", TwoTrusts::DAY]).await.out;
    let all = shown.lines().rfind(|line| line.starts_with('│')).unwrap();
    let cells: Vec<&str> = all.split(['│', '┆']).map(str::trim).collect();
    // After them come the shortfall, the coverage, the severity and the edge.
    let end = cells.len() - 4;
    assert_eq!(cells[end - 5..end], causes.map(|cause| format!("{cause:.2}")), "{shown}");
    assert!(shown.contains("shortfall = unfunded (money) + vacant (recruitment)"), "{shown}");
}

both!(too_many_people_in_one_trust_hide_no_vacancy_in_another);
async fn too_many_people_in_one_trust_hide_no_vacancy_in_another(server: &Server) {
    let world = TwoTrusts::create(server).await;
    world.target(0, 10.0, 10.0).await;
    world.target(1, 1.0, 1.0).await;
    world.employ_persons(1, 11, Some(3)).await;
    assert_due_to(server, &world, 10.0, [0.0, 10.0, 0.0, 0.0, 0.0]).await;
    // The waterfall stays as it is: its terms are sums over places.
    let totals = analyse(server, world.query()).await.unwrap().totals.unwrap().figures.unwrap();
    assert_eq!((totals.vacant_fte, totals.surplus_fte), (0.0, 10.0));
    let page = page(server, world.report()).await;
    assert!(
        page.contains("Filling posts that are already funded closes all of it: 10.0 FTE."),
        "{page}"
    );
    assert!(page.contains("10.0 FTE of posts to fill") && page.contains("no posts to fund"));
}

both!(people_never_assessed_beyond_what_is_needed_are_no_cause);
async fn people_never_assessed_beyond_what_is_needed_are_no_cause(server: &Server) {
    let world = TwoTrusts::create(server).await;
    world.target(0, 10.0, 10.0).await;
    world.target(1, 1.0, 1.0).await;
    world.employ_persons(1, 20, None).await;
    assert_due_to(server, &world, 11.0, [0.0, 10.0, 0.0, 0.0, 1.0]).await;
    let page = page(server, world.report()).await;
    let sentence = "Filling posts that are already funded closes most of it: 10.0 FTE, against 1.0 FTE to train \
                    or assess and none to fund.";
    assert!(page.contains(sentence), "{page}");
    // Rows can be asked for by what would close them.
    let order_by = "unassessed_shortfall_fte desc".to_owned();
    let rows = analyse(server, GapQuery { order_by, ..world.query() }).await.unwrap().rows;
    let organisations: Vec<&String> = rows.iter().map(|row| &row.organisation).collect();
    assert_eq!(organisations, [&world.trusts[1], &world.trusts[0]]);
}

both!(the_greatest_of_three_like_causes_is_not_most_of_it);
async fn the_greatest_of_three_like_causes_is_not_most_of_it(server: &Server) {
    let world = TwoTrusts::create(server).await;
    world.target(0, 10.1, 6.8).await;
    for (subject, fte) in [("a", 1.0), ("b", 1.0), ("c", 1.0), ("d", 0.6)] {
        world.employ(0, subject, 1, fte).await;
    }
    assert_due_to(server, &world, 10.1, [3.3, 3.2, 0.0, 0.0, 3.6]).await;
    let page = page(server, world.report()).await;
    let sentence = "Training and assessing people who are already in post closes the largest part of it: 3.6 FTE, \
                    against 3.2 FTE to recruit and 3.3 FTE to fund, beginning with the 3.6 FTE that are missing \
                    because people were never assessed.";
    assert!(page.contains(sentence), "{page}");
}

both!(money_is_no_cause_where_nothing_is_missing);
async fn money_is_no_cause_where_nothing_is_missing(server: &Server) {
    let world = TwoTrusts::create(server).await;
    world.target(0, 10.0, 8.0).await;
    world.target(1, 10.0, 8.0).await;
    world.employ_persons(1, 12, Some(2)).await;
    assert_due_to(server, &world, 10.0, [2.0, 8.0, 0.0, 0.0, 0.0]).await;
    let request = RecommendClosuresRequest {
        query: Some(world.query()),
        ..RecommendClosuresRequest::default()
    };
    let answer = client(server).recommend_closures(request).await.unwrap().into_inner();
    assert_eq!(answer.summary.unwrap().unfunded_fte, 2.0);
    let page = page(server, world.report()).await;
    assert!(page.contains("2.0 FTE of posts to fund"), "{page}");
}

both!(where_nothing_is_needed_there_is_no_severity_and_no_single_point);
async fn where_nothing_is_needed_there_is_no_severity_and_no_single_point(server: &Server) {
    let world = TwoTrusts::create(server).await;
    world.target(0, 0.0, 0.0).await;
    world.target(1, 1.0, 1.0).await;
    world.employ_persons(0, 1, Some(3)).await;
    world.employ_persons(1, 2, Some(3)).await;
    let answer = analyse(server, world.query()).await.unwrap();
    let of = |trust: usize| {
        let row = answer.rows.iter().find(|row| row.organisation == world.trusts[trust]).unwrap();
        let figures = row.figures.unwrap();
        (figures.severity(), figures.single_point_of_failure, figures.surplus_fte)
    };
    assert_eq!(of(0), (GapSeverity::Unspecified, Some(false), 1.0));
    assert_eq!(of(1), (GapSeverity::Met, Some(false), 1.0));
    let totals = answer.totals.unwrap();
    assert_eq!((totals.part_count, totals.met_count), (2, 1));
    // It is below MET in orders and filters.
    let ordered = GapQuery { order_by: "severity".into(), ..world.query() };
    assert_eq!(analyse(server, ordered).await.unwrap().rows[0].organisation, world.trusts[0]);
    let filtered = GapQuery { minimum_severity: GapSeverity::Met as i32, ..world.query() };
    let rows = analyse(server, filtered).await.unwrap().rows;
    let organisations: Vec<&String> = rows.iter().map(|row| &row.organisation).collect();
    assert_eq!(organisations, [&world.trusts[1]]);
    let csv = run(server, &["gaps", "p", "--as-of", TwoTrusts::DAY, "--format", "csv"]).await.out;
    assert!(csv.contains("MET") && !csv.contains("UNSPECIFIED"), "{csv}");
}
