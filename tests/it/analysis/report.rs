//! Board reports, over the wire.

use std::{collections::BTreeMap, io::Cursor};

use calamine::{Data, Range, Reader, Xlsx};
use digital_skills_registry::api::v1::*;
use tonic::{Code, Request, Status};

use crate::{
    both,
    harness::{
        Server,
        binary::run,
        example::{Example, analyse, client, record},
        failure,
        fixture::Fixture,
        snapshot,
    },
};

const LARGEST: usize = 65_536;

/// The first message, and the file.
async fn render(
    server: &Server,
    request: RenderReportRequest,
) -> Result<(RenderReportResponse, Vec<u8>), Status> {
    let mut parts = client(server).render_report(request).await?.into_inner();
    let first = parts.message().await?.unwrap();
    let mut file = first.data.clone();
    assert!(!file.is_empty() && file.len() <= LARGEST);
    while let Some(part) = parts.message().await? {
        assert!(!part.data.is_empty() && part.data.len() <= LARGEST);
        assert_eq!(RenderReportResponse { data: Vec::new(), ..part.clone() }, Default::default());
        file.extend(part.data);
    }
    assert_eq!(first.size_bytes, file.len() as i64);
    Ok((first, file))
}

fn of(example: &Example) -> RenderReportRequest {
    RenderReportRequest {
        plan: example.plan.clone(),
        as_of_date: "2026-07-01".into(),
        ..RenderReportRequest::default()
    }
}

pub async fn page(server: &Server, request: RenderReportRequest) -> String {
    String::from_utf8(render(server, request).await.unwrap().1).unwrap()
}

pub async fn book(server: &Server, request: RenderReportRequest) -> BTreeMap<String, Range<Data>> {
    let request = RenderReportRequest { format: ReportFormat::Xlsx as i32, ..request };
    let (first, file) = render(server, request).await.unwrap();
    assert!(first.content_type.ends_with("spreadsheetml.sheet"), "{first:?}");
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(file)).unwrap();
    book.worksheets().into_iter().collect()
}

/// The numbers of a column, by the text in the first.
pub fn column(sheet: &Range<Data>, title: &str) -> BTreeMap<String, f64> {
    let mut rows = sheet.rows();
    let heading = rows.next().unwrap();
    let place = heading.iter().position(|cell| *cell == Data::String(title.into()));
    let place = place.unwrap_or_else(|| panic!("{title} is not in {heading:?}"));
    let number = |cell: &Data| match cell {
        Data::Float(number) => *number,
        Data::Int(number) => *number as f64,
        other => panic!("{title}: {other:?}"),
    };
    rows.map(|row| (row[0].to_string(), number(&row[place]))).collect()
}

both!(the_page_of_the_worked_example_has_its_figures);
async fn the_page_of_the_worked_example_has_its_figures(server: &Server) {
    let example = Example::create(server).await;
    let (first, file) = render(server, of(&example)).await.unwrap();
    assert_eq!(first.content_type, "text/html; charset=utf-8");
    assert_eq!(first.file_name, "p-2026-07-01.html");
    assert_eq!(first.read_revision, server.revision().await);
    let page = String::from_utf8(file).unwrap();
    assert!(page.contains(&format!("Revision {}.", first.read_revision)));
    // Without the style, and with one element per line.
    let (head, style) = page.split_once("<style>").unwrap();
    let (_, body) = style.split_once("</style>").unwrap();
    let text = format!("{head}<style></style>{body}").replace("><", ">\n<");
    snapshot::settings().bind(|| insta::assert_snapshot!("page_of_the_worked_example", text));
    // Nothing was written, and the same again is the same again.
    let again = render(server, of(&example)).await.unwrap();
    assert_eq!((&again.0, String::from_utf8(again.1).unwrap()), (&first, page));
}

both!(the_spreadsheet_has_the_figures_of_the_analysis);
async fn the_spreadsheet_has_the_figures_of_the_analysis(server: &Server) {
    let example = Example::create(server).await;
    let analysed =
        analyse(server, GapQuery { group_by: vec![GapDimension::Skill as i32], ..example.query() });
    let analysed = analysed.await.unwrap();
    let book = book(server, of(&example)).await;
    let skills = &book["Skills"];
    assert_eq!(analysed.rows.len(), 2);
    for row in analysed.rows {
        let figures = row.figures.unwrap();
        for (title, expected) in [
            ("Needed", figures.needed_fte),
            ("Skilled", figures.skilled_fte),
            ("Not funded", figures.unfunded_shortfall_fte),
            ("Not filled", figures.vacant_shortfall_fte),
            ("Below the level", figures.below_shortfall_fte),
            ("Expired", figures.expired_shortfall_fte),
            ("Never assessed", figures.unassessed_shortfall_fte),
            ("Missing", figures.shortfall_fte),
            ("More than needed", figures.surplus_fte),
            ("Coverage", figures.coverage.unwrap()),
        ] {
            assert_eq!(
                column(skills, title)[&row.skill_title],
                expected,
                "{title} of {}",
                row.skill_title
            );
        }
    }
    let figures = analysed.totals.unwrap().figures.unwrap();
    let steps = column(&book["Waterfall"], "Skilled FTE");
    assert_eq!(steps["Needed"], figures.needed_fte);
    assert_eq!(steps["Not filled"], figures.vacant_fte);
    assert_eq!(steps["Skilled"], figures.skilled_fte);
    let causes = column(&book["Causes"], "Missing FTE");
    assert_eq!(causes["Not filled"], figures.vacant_shortfall_fte);
    assert_eq!(causes["Missing"], figures.shortfall_fte);
    assert_eq!(column(&book["Single points"], "People who hold it")["S1"], 1.0);
    assert!(book.contains_key("About"));
}

both!(a_report_tells_what_was_recorded_and_what_a_budget_closes);
async fn a_report_tells_what_was_recorded_and_what_a_budget_closes(server: &Server) {
    let example = Example::create(server).await;
    for day in ["2026-06-01", "2026-07-01"] {
        let query = GapQuery { as_of_date: day.into(), ..example.query() };
        record(server, query).await.unwrap();
    }
    let option = ClosureOption {
        title: "Assess <D>".into(),
        kind: ClosureOptionKind::Assess as i32,
        skill: example.skills[0].clone(),
        cost_per_head_pence: Some(5_000),
        fte_per_head: Some(0.6),
        success_probability: Some(0.5),
        ..ClosureOption::default()
    };
    ClosureOption::create(&server.channel, "", "assess", Some(option)).await.unwrap();
    let request = RenderReportRequest { budget_pence: Some(10_000), ..of(&example) };
    let told = page(server, request.clone()).await;
    // On 1 June the assessment of C was still valid.
    assert!(
        told.contains(
            "Between 1 June 2026 and 1 July 2026 the shortfall rose by 1.0 FTE, from 7.6 to 8.6."
        ),
        "{told}"
    );
    assert!(told.contains("Of £100, £50 well spent on 1 measure gains 0.3 skilled FTE and leaves 8.3 of 8.6 missing"), "{told}");
    assert!(told.contains("Assess &lt;D&gt;") && !told.contains("<D>"));
    let sheets = book(server, request).await;
    assert_eq!(column(&sheets["Chosen"], "Cost")["Assess <D>"], 50.0);
    assert_eq!(sheets["Curve"].height(), 11);
}

both!(assumptions_of_the_request_reach_the_outlook);
async fn assumptions_of_the_request_reach_the_outlook(server: &Server) {
    let example = Example::create(server).await;
    let target = example.target("2028-03-31", 6.0, 5.0);
    Target::create(&server.channel, &example.plan, "2028", Some(target)).await.unwrap();
    let assumption = ProjectionAssumption { trained_fte: Some(0.5), ..Default::default() };
    let request = RenderReportRequest { assumptions: vec![assumption], ..of(&example) };
    let book = book(server, request).await;
    let skilled: Vec<f64> = book["Outlook"]
        .rows()
        .skip(1)
        .map(|row| match row[3] {
            Data::Float(skilled) => (skilled * 100_000.0).round() / 100_000.0,
            ref other => panic!("{other:?}"),
        })
        .collect();
    // In each skill 0.5 more in each period, and 1.0 where training is doubled, but not more than
    // are in post: 3.4.
    assert_eq!(skilled, [3.4, 4.4, 5.4, 4.4, 5.4, 5.4, 6.4]);
}

both!(all_that_is_wrong_is_told_at_once);
async fn all_that_is_wrong_is_told_at_once(server: &Server) {
    let example = Example::create(server).await;
    let request = RenderReportRequest {
        as_of_date: "1 July".into(),
        format: 7,
        organisations: vec!["trusts/RX1".into()],
        budget_pence: Some(-1),
        assumptions: vec![ProjectionAssumption { leaver_rate: Some(2.0), ..Default::default() }],
        ..RenderReportRequest::default()
    };
    let failed = failure(render(server, request).await, Code::InvalidArgument);
    for (field, reason) in [
        ("plan", "REQUIRED"),
        ("as_of_date", "MALFORMED"),
        ("format", "UNKNOWN_VALUE"),
        ("organisations[0]", "MALFORMED"),
        ("budget_pence", "OUT_OF_RANGE"),
        ("assumptions[0].leaver_rate", "OUT_OF_RANGE"),
    ] {
        assert!(failed.violates(field, reason), "{field} {reason}: {failed:?}");
    }
    let gone = RenderReportRequest { plan: "plans/gone".into(), ..of(&example) };
    failure(render(server, gone).await, Code::NotFound);
    let gone = vec!["organisations/GONE".to_owned()];
    failure(
        render(server, RenderReportRequest { organisations: gone, ..of(&example) }).await,
        Code::NotFound,
    );
    let nobody = ProjectionAssumption { role: "roles/gone".into(), ..Default::default() };
    failure(
        render(server, RenderReportRequest { assumptions: vec![nobody], ..of(&example) }).await,
        Code::NotFound,
    );
}

both!(who_may_not_read_does_not_learn_whether_there_is_a_plan);
async fn who_may_not_read_does_not_learn_whether_there_is_a_plan(server: &Server) {
    let mut request =
        Request::new(RenderReportRequest { plan: "plans/gone".into(), ..Default::default() });
    request.metadata_mut().insert("registry-rights", "write".parse().unwrap());
    failure(client(server).render_report(request).await.map(drop), Code::PermissionDenied);
}

both!(the_command_writes_the_file);
async fn the_command_writes_the_file(server: &Server) {
    let example = Example::create(server).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    let path = path.to_str().unwrap();
    let done = run(server, &["report", "p", "--as-of", "2026-07-01", "--output", path]).await;
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(std::fs::read_to_string(path).unwrap(), page(server, of(&example)).await);
    // What the file is called says what it is.
    let sheet = folder.path().join("Report.XLSX");
    let done = run(server, &["report", "p", "--output", sheet.to_str().unwrap()]).await;
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(std::fs::read(sheet).unwrap().starts_with(b"PK"));
    let refused = run(server, &["report", "gone", "--output", path]).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("plans/gone"), "{refused:?}");
}
