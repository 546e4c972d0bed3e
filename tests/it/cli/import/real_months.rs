//! The real file of the workforce statistics, and months that are made from it.

use std::{collections::BTreeMap, fs};

use digital_skills_registry::domain::Fte;

use super::{
    Files, assert_same, content, import_all,
    months::{in_post, orders},
    real_files::real_data,
};
use crate::{both, harness::Server};

/// The file of the month after October, as made from it: every seventh row is missing, and the FTE
/// of every other third differs.
fn later_month(file: &str, months: usize) -> String {
    let period = format!("2025{:02} to 2025{:02}", 9 + months, 10 + months);
    let mut lines = Vec::new();
    for (n, line) in file.lines().enumerate() {
        let line = line.replace("202509 to 202510", &period);
        match line.rsplit_once(',') {
            _ if n > 0 && (n + months).is_multiple_of(7) => {}
            Some((rest, fte)) if n % 3 == 0 && n > 0 => {
                let fte = Fte::read(fte.trim().parse().unwrap()).unwrap();
                let less = Fte::parts(fte.count() - fte.count().min(12_345));
                lines.push(format!("{rest},{}", less.to_f64()));
            }
            _ => lines.push(line),
        }
    }
    lines.join("\n") + "\n"
}

/// The sum of the staff in post that a file says, by organisation.
fn sums(file: &str) -> BTreeMap<String, Fte> {
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    let mut sums: BTreeMap<String, Fte> = BTreeMap::new();
    for record in reader.records().map(Result::unwrap) {
        if &record[1] == "Denominator at end of period" && &record[10] != "All staff groups" {
            let fte = Fte::read(record[12].parse().unwrap()).unwrap();
            let sum = sums.entry(record[7].to_owned()).or_default();
            *sum = [*sum, fte].into_iter().sum();
        }
    }
    sums
}

async fn assert_sums(server: &Server, day: &str, file: &str) {
    let mut found: BTreeMap<String, Fte> = BTreeMap::new();
    for ((organisation, _), fte) in in_post(server, day).await {
        let sum = found.entry(organisation).or_default();
        *sum = [*sum, fte].into_iter().sum();
    }
    // An organisation without a file of this month keeps its figures.
    let expected = sums(file);
    found.retain(|organisation, _| expected.contains_key(organisation));
    assert_eq!(found, expected, "{day}");
}

both!(real_months_in_every_order_have_the_sums_of_their_files);
async fn real_months_in_every_order_have_the_sums_of_their_files(server: &Server) {
    let Some(folder) = real_data() else { return };
    let october =
        fs::read_to_string(folder.join("workforce/turnover-benchmarking-2025-10.csv")).unwrap();
    let october = october.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    // One region, so that every order can be tried.
    let region = |line: &&str| line.contains(",Y56,") || line.starts_with("PERIOD");
    let october: String = october.lines().filter(region).map(|line| format!("{line}\n")).collect();
    let months = [october.clone(), later_month(&october, 1), later_month(&october, 2)];
    let files = Files::new();
    let days = ["2025-10-31", "2025-11-30", "2025-12-31"];
    let paths: Vec<String> = months
        .iter()
        .zip(days)
        .map(|(month, day)| files.write(&format!("{day}.csv"), month))
        .collect();
    let mut first = None;
    for order in orders(&paths) {
        let server = server.another().await;
        for path in &order {
            import_all(&server, "workforce", &[path]).await;
        }
        for (day, month) in days.iter().zip(&months) {
            assert_sums(&server, day, month).await;
        }
        let content = content(&server).await;
        assert_same(first.get_or_insert_with(|| content.clone()), &content);
        server.stop().await;
    }
}
