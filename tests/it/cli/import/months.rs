//! Monthly files of the workforce statistics, in any order.

use std::collections::BTreeMap;

use digital_skills_registry::{api::v1::*, domain::Fte};

use super::{Files, WORKFORCE_HEADINGS, all, assert_same, content, import, import_all};
use crate::{
    both,
    harness::{Server, fixture::Fixture},
};

/// A file about a month of 2025, which ends on `day`.
struct MonthFile {
    month: u32,
    lines: String,
}

impl MonthFile {
    fn new(month: u32) -> Self {
        Self { month, lines: WORKFORCE_HEADINGS.to_owned() }
    }

    /// Adds a line of an organisation, whose title is its code and a month.
    fn line(mut self, kind: &str, code: &str, group: &str, headcount: u32, fte: &str) -> Self {
        let period = format!("2025{:02} to 2025{:02}", self.month - 1, self.month);
        self.lines.push_str(&format!(
            "{period},{kind},Y56,London,QKK,SE London {month},Trust {code} {month},{code},Acute,\
             Acute,{group},{headcount},{fte}\n",
            month = self.month
        ));
        self
    }

    fn in_post(self, code: &str, group: &str, headcount: u32, fte: &str) -> Self {
        self.line("Denominator at end of period", code, group, headcount, fte)
    }

    fn write(&self, files: &Files) -> String {
        files.write(&format!("{:02}.csv", self.month), &self.lines)
    }
}

/// FTE in post on a day, by organisation and subject.
pub async fn in_post(server: &Server, day: &str) -> BTreeMap<(String, String), Fte> {
    let mut sums = BTreeMap::new();
    for row in all::<Staffing>(server, "organisations/-").await {
        if *row.start_date <= *day && (row.end_date.is_empty() || *day < *row.end_date) {
            let organisation = row.name.split('/').nth(1).unwrap().to_owned();
            let fte = Fte::read(row.fte()).unwrap();
            let former = sums.insert((organisation, row.subject.clone()), fte);
            assert_eq!(former, None, "{} counts twice on {day}", row.subject);
        }
    }
    sums
}

/// FTE of subjects of an organisation.
fn expected(rows: &[(&str, &str, f64)]) -> BTreeMap<(String, String), Fte> {
    let row = |(code, group, fte): &(&str, &str, f64)| {
        (((*code).to_owned(), format!("nhs-staff-group:{group}")), Fte::read(*fte).unwrap())
    };
    rows.iter().map(row).collect()
}

both!(figures_hold_from_the_day_of_a_file_to_that_of_the_next);
async fn figures_hold_from_the_day_of_a_file_to_that_of_the_next(server: &Server) {
    let files = Files::new();
    let october = MonthFile::new(10).in_post("RDD", "Midwives", 100, "90").in_post(
        "RDD",
        "Ambulance staff",
        1,
        "1",
    );
    let november = MonthFile::new(11).in_post("RDD", "Midwives", 101, "91");
    import_all(server, "workforce", &[&october.write(&files)]).await;
    let run = import_all(server, "workforce", &[&november.write(&files)]).await;
    assert_eq!(run.counts("Staffing"), [1, 2, 0, 0]);
    let october = expected(&[("RDD", "midwives", 90.0), ("RDD", "ambulance-staff", 1.0)]);
    let november = expected(&[("RDD", "midwives", 91.0)]);
    for (day, expected) in [
        ("2025-10-30", BTreeMap::new()),
        ("2025-10-31", october.clone()),
        ("2025-11-15", october.clone()),
        ("2025-11-29", october),
        ("2025-11-30", november.clone()),
        ("2025-12-15", november),
    ] {
        assert_eq!(in_post(server, day).await, expected, "{day}");
    }
    // All of an organisation changes at once.
    let staffing: Vec<Staffing> = all(server, "organisations/RDD").await;
    let ended = staffing.iter().filter(|row| row.end_date == "2025-11-30");
    let revisions: Vec<i64> = ended.map(|row| row.revision).collect();
    assert_eq!(revisions, [server.revision().await; 2]);
}

/// Three months: an organisation that misses a month, one in which nobody is left in the third, and
/// groups that come and go.
fn three_months() -> [MonthFile; 3] {
    let april = MonthFile::new(4)
        .in_post("RAA", "Midwives", 3, "2.12345")
        .in_post("RAA", "Managers", 2, "1.1")
        .in_post("RBB", "Midwives", 7, "6.5")
        .in_post("RCC", "Midwives", 1, "1");
    let may = MonthFile::new(5)
        .in_post("RAA", "Midwives", 3, "2.22345")
        .in_post("RCC", "Midwives", 1, "0.5")
        .line("Leavers", "RAA", "Managers", 2, "1.1")
        .line("Denominator at start of period", "RAA", "Managers", 2, "1.1");
    let june = MonthFile::new(6)
        .in_post("RAA", "Managers", 1, "0.6")
        .in_post("RBB", "Midwives", 8, "7.00001")
        .line("Denominator at start of period", "RCC", "Midwives", 1, "0.5")
        .line("Leavers", "RCC", "Midwives", 1, "0.5");
    [april, may, june]
}

/// Every order of some things.
pub fn orders<T: Clone>(things: &[T]) -> Vec<Vec<T>> {
    let Some((first, rest)) = things.split_first() else { return vec![Vec::new()] };
    let rest = orders(rest);
    let with_first = |order: &Vec<T>| {
        let places = 0..=order.len();
        places
            .map(|place| {
                let mut order = order.clone();
                order.insert(place, first.clone());
                order
            })
            .collect::<Vec<_>>()
    };
    rest.iter().flat_map(with_first).collect()
}

both!(months_in_any_order_give_the_same_registry);
async fn months_in_any_order_give_the_same_registry(server: &Server) {
    let files = Files::new();
    let paths = three_months().map(|month| month.write(&files));
    let together = server.another().await;
    let [april, may, june] = &paths;
    import_all(&together, "workforce", &[june, april, may]).await;
    let same = content(&together).await;
    let june_day = expected(&[("RAA", "managers", 0.6), ("RBB", "midwives", 7.00001)]);
    assert_eq!(in_post(&together, "2025-06-30").await, june_day);
    let may_day = expected(&[
        ("RAA", "midwives", 2.22345),
        ("RBB", "midwives", 6.5),
        ("RCC", "midwives", 0.5),
    ]);
    assert_eq!(in_post(&together, "2025-06-29").await, may_day);
    let titles: Vec<String> =
        all::<Organisation>(&together, "").await.into_iter().map(|row| row.title).collect();
    let newest = ["SE London 6", "Trust RAA 6", "Trust RBB 6", "Trust RCC 6"];
    assert!(newest.iter().all(|title| titles.iter().any(|other| other == title)), "{titles:?}");

    for order in orders(&paths) {
        let server = server.another().await;
        for path in &order {
            import_all(&server, "workforce", &[path]).await;
        }
        assert_same(&content(&server).await, &same);
        let revision = server.revision().await;
        import_all(&server, "workforce", &[april, may, june]).await;
        assert_eq!(server.revision().await, revision, "{order:?}");
    }
}

both!(a_corrected_file_takes_back_what_it_lacks);
async fn a_corrected_file_takes_back_what_it_lacks(server: &Server) {
    let files = Files::new();
    let first = MonthFile::new(4)
        .in_post("RAA", "Midwives", 3, "2.5")
        .in_post("RAA", "Managers", 2, "1.1")
        .in_post("RBB", "Managers", 1, "1")
        .line("Leavers", "RAA", "Managers", 1, "0.5")
        .line("Leavers", "RAA", "Midwives", 1, "0.5");
    import_all(server, "workforce", &[&first.write(&files)]).await;
    let local = Staffing {
        subject: "p-1".into(),
        role: "roles/nhs-staff-group.managers".into(),
        headcount: Some(1),
        fte: Some(1.0),
        start_date: "2025-04-30".into(),
        ..Staffing::default()
    };
    Staffing::create(&server.channel, "organisations/RAA", "local", Some(local)).await.unwrap();

    let corrected = MonthFile::new(4)
        .in_post("RAA", "Midwives", 3, "2.6")
        .line("Leavers", "RAA", "Midwives", 1, "0.5");
    let run = import_all(server, "workforce", &[&corrected.write(&files)]).await;
    let gone = "organisations/RAA/staffing/nhs-staff-group.managers.2025-04";
    assert!(run.err.contains(&format!("{gone} was deleted")), "{run:?}");
    let mut figures = expected(&[("RAA", "midwives", 2.6), ("RBB", "managers", 1.0)]);
    figures.insert(("RAA".into(), "p-1".into()), Fte::read(1.0).unwrap());
    assert_eq!(in_post(server, "2025-04-30").await, figures);
    assert_eq!(all::<Movement>(server, "organisations/RAA").await.len(), 1);

    // A line that cannot be read takes nothing back.
    let unreadable = MonthFile::new(4)
        .in_post("RAA", "Midwives", 3, "many")
        .in_post("RAA", "Managers", 2, "1.1");
    let run = import(server, "workforce", &[&unreadable.write(&files)]).await;
    assert_eq!(run.code, Some(1));
    let midwives = "organisations/RAA/staffing/nhs-staff-group.midwives.2025-04";
    assert_eq!(Staffing::get(&server.channel, midwives).await.unwrap().fte(), 2.6);
}

both!(an_end_that_somebody_set_stays);
async fn an_end_that_somebody_set_stays(server: &Server) {
    let files = Files::new();
    let april = MonthFile::new(4).in_post("RAA", "Midwives", 3, "2.5").write(&files);
    let may = MonthFile::new(5).in_post("RAA", "Midwives", 4, "3.5").write(&files);
    import_all(server, "workforce", &[&april]).await;
    let name = "organisations/RAA/staffing/nhs-staff-group.midwives.2025-04";
    let closed =
        Staffing { name: name.into(), end_date: "2025-05-15".into(), ..Staffing::default() };
    let closed =
        Staffing::update(&server.channel, closed, Some(&["end_date"]), false).await.unwrap();
    for files in [[&april], [&may], [&april]] {
        import_all(server, "workforce", &files.map(String::as_str)).await;
        assert_eq!(Staffing::get(&server.channel, name).await.unwrap(), closed);
    }
}

both!(trusts_in_any_order_with_their_staff_give_the_same_registry);
async fn trusts_in_any_order_with_their_staff_give_the_same_registry(server: &Server) {
    let fixture = |name: &str| format!("{}/tests/it/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    let sources = [
        ("ods", fixture("etr.csv")),
        ("ods", fixture("ect.csv")),
        ("workforce", fixture("workforce.csv")),
    ];
    let mut registries = Vec::new();
    for order in orders(&sources) {
        let server = server.another().await;
        for (source, path) in &order {
            import_all(&server, source, &[path]).await;
        }
        registries.push(content(&server).await);
    }
    for registry in &registries[1..] {
        assert_same(registry, &registries[0]);
    }
    // Titles in capitals that mean the same do not replace those in small letters.
    assert!(registries[0]["organisations/RX1"].contains("South Shore NHS Trust"));
}
