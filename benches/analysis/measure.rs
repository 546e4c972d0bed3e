//! An analysis as its caller sees it: how long it takes, and what it answers.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use digital_skills_registry::api::v1::{
    GapDimension, GapQuery, GapRow, StreamGapsRequest, gap_service_client::GapServiceClient,
};
use tonic::transport::Channel;

use crate::server::Server;

/// The day whose people and assessments count: that of the made-up nation.
pub const DAY: &str = "2026-12-01";

/// One of its organisations.
pub const ORGANISATION: &str = "organisations/GN0007";

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    Organisation,
    Nation,
}

impl Question {
    pub fn name(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Nation => "nation",
        }
    }

    fn query(self) -> GapQuery {
        let query = GapQuery {
            plan: "plans/generated".into(),
            period_end_dates: vec!["-".into()],
            as_of_date: DAY.into(),
            ..GapQuery::default()
        };
        match self {
            Self::Organisation => {
                GapQuery { organisations: vec![ORGANISATION.to_owned()], ..query }
            }
            Self::Nation => {
                let group_by = vec![GapDimension::Region as i32, GapDimension::Family as i32];
                GapQuery { group_by, ..query }
            }
        }
    }
}

/// How long it took.
pub struct Timings {
    /// The first time.
    pub cold: Duration,
    /// The times after it.
    pub warm: Vec<Duration>,
    pub peak_kib: u64,
}

/// Asks a server that was just started once, and then so many times again.
pub async fn timed(server: &Server, question: Question, runs: usize) -> (Timings, Vec<GapRow>) {
    let channel = server.connect().await;
    let (cold, rows) = asked(&channel, question).await;
    let mut warm = Vec::new();
    for _ in 0..runs {
        let (took, again) = asked(&channel, question).await;
        assert_eq!(again, rows, "the same answer every time");
        warm.push(took);
    }
    (Timings { cold, warm, peak_kib: server.memory().most }, rows)
}

async fn asked(channel: &Channel, question: Question) -> (Duration, Vec<GapRow>) {
    let request = StreamGapsRequest { query: Some(question.query()), ..Default::default() };
    let began = Instant::now();
    let mut gaps = GapServiceClient::new(channel.clone());
    let mut stream = gaps.stream_gaps(request).await.unwrap().into_inner();
    let mut rows = Vec::new();
    while let Some(message) = stream.message().await.unwrap() {
        rows.extend(message.rows);
    }
    (began.elapsed(), rows)
}

/// The answer of the registry and that of another program, row by row.
pub fn must_equal(question: Question, rows: &[GapRow], others: &[Vec<String>]) {
    assert_eq!(rows.len(), others.len(), "as many rows");
    let mut found: BTreeMap<Vec<&str>, Vec<f64>> = BTreeMap::new();
    for row in rows {
        let (key, numbers) = match question {
            Question::Organisation => organisation(row),
            Question::Nation => nation(row),
        };
        assert!(found.insert(key, numbers).is_none(), "each row once");
    }
    for other in others {
        let key: Vec<&str> = other[..3].iter().map(String::as_str).collect();
        let numbers = &found[&key];
        let expected = other[3..].iter().map(|number| number.parse::<f64>().unwrap());
        let expected: Vec<f64> = expected.collect();
        assert_eq!(numbers.len(), expected.len());
        for (number, expected) in numbers.iter().zip(&expected) {
            // Both are exact until they become doubles.
            let apart = (number - expected).abs();
            assert!(apart <= 1e-9 * expected.abs().max(1e-6), "{key:?}: {numbers:?} {expected:?}");
        }
    }
}

fn organisation(row: &GapRow) -> (Vec<&str>, Vec<f64>) {
    let figures = row.figures.unwrap();
    let numbers = [
        figures.needed_fte,
        figures.funded_fte,
        figures.in_post_fte,
        figures.skilled_fte,
        figures.below_fte,
        figures.expired_fte,
        figures.shortfall_fte,
        figures.surplus_fte,
        f64::from(figures.holders.unwrap()),
    ];
    (vec![&row.role, &row.skill, &row.period_end_date], numbers.into())
}

fn nation(row: &GapRow) -> (Vec<&str>, Vec<f64>) {
    let (figures, totals) = (row.figures.unwrap(), row.totals.unwrap());
    let numbers = [
        f64::from(totals.part_count),
        figures.needed_fte,
        figures.funded_fte,
        figures.in_post_fte,
        figures.skilled_fte,
        figures.below_fte,
        figures.expired_fte,
        figures.shortfall_fte,
        figures.surplus_fte,
        figures.coverage.unwrap_or_default() * figures.needed_fte,
        figures.priority,
        f64::from(totals.single_point_of_failure_count),
    ];
    (vec![&row.region_code, &row.family, &row.period_end_date], numbers.into())
}
