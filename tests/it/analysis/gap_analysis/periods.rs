//! Sums over several periods: a stock is not summed over time.

use digital_skills_registry::api::v1::*;

use crate::{
    both,
    harness::{
        Server,
        binary::run,
        example::{Example, analyse, stream},
        fixture::Fixture,
    },
};

/// The worked example with two further periods, each of which needs as much as the first.
async fn three_periods(server: &Server) -> Example {
    let example = Example::create(server).await;
    for period in ["2028-03-31", "2029-03-31"] {
        let target = example.target(period, 6.0, 5.0);
        Target::create(&server.channel, &example.plan, "", Some(target)).await.unwrap();
    }
    example
}

fn of(example: &Example, dates: &[&str], group_by: &[GapDimension]) -> GapQuery {
    GapQuery {
        period_end_dates: dates.iter().map(|date| (*date).to_owned()).collect(),
        group_by: group_by.iter().map(|dimension| *dimension as i32).collect(),
        ..example.query()
    }
}

/// The last day of each period with the FTE that it needs.
fn needed(totals: &[GapPeriodTotals]) -> Vec<(&str, f64)> {
    let needed = |of: &GapPeriodTotals| of.totals.unwrap().figures.unwrap().needed_fte;
    totals.iter().map(|of| (of.period_end_date.as_str(), needed(of))).collect()
}

const ALL: [(&str, f64); 3] = [("2027-03-31", 12.0), ("2028-03-31", 12.0), ("2029-03-31", 12.0)];

both!(each_of_several_periods_has_its_own_totals);
async fn each_of_several_periods_has_its_own_totals(server: &Server) {
    let example = three_periods(server).await;
    for group_by in [&[][..], &[GapDimension::Skill], &[GapDimension::Period]] {
        let answer = analyse(server, of(&example, &["-"], group_by)).await.unwrap();
        assert_eq!((answer.totals, needed(&answer.period_totals)), (None, ALL.to_vec()));
        let first = stream(server, of(&example, &["-"], group_by)).await.unwrap().remove(0);
        assert_eq!((first.totals, first.period_totals), (None, answer.period_totals));
    }
    let two = of(&example, &["2029-03-31", "2027-03-31"], &[]);
    let answer = analyse(server, two).await.unwrap();
    assert_eq!(needed(&answer.period_totals), [ALL[0], ALL[2]]);
    // Of one period they are those of before.
    let one = analyse(server, of(&example, &["2028-03-31"], &[])).await.unwrap();
    assert!(one.period_totals.is_empty());
    assert_eq!(one.totals.unwrap().figures.unwrap().needed_fte, 12.0);
    // PERIOD among the groups stands for every period.
    let by_period = analyse(server, of(&example, &[], &[GapDimension::Period])).await.unwrap();
    assert_eq!((by_period.totals, by_period.rows.len()), (None, 3));
}

both!(rows_of_a_sum_over_several_periods_are_of_one_each);
async fn rows_of_a_sum_over_several_periods_are_of_one_each(server: &Server) {
    let example = three_periods(server).await;
    let by_role = of(&example, &["-"], &[GapDimension::Role]);
    let answer = analyse(server, by_role).await.unwrap();
    let mut rows: Vec<(&str, f64)> = (answer.rows.iter())
        .map(|row| (row.period_end_date.as_str(), row.figures.unwrap().needed_fte))
        .collect();
    rows.sort_by_key(|(period, _)| *period);
    assert_eq!(rows, ALL);
    let context = answer.context.clone().unwrap();
    let echoed = context.query.unwrap();
    let dimensions = [GapDimension::Role as i32, GapDimension::Period as i32];
    assert_eq!((echoed.group_by.as_slice(), context.row_count), (&dimensions[..], 3));
    assert_eq!(analyse(server, echoed).await.unwrap(), answer);

    // No line of the command adds up years.
    let arguments = ["gaps", "p", "--as-of", "2026-07-01", "--group-by", "skill", "--period", "-"];
    let shown = run(server, &arguments).await.out;
    let all: Vec<&str> = shown.lines().filter(|line| line.contains("│ all ")).collect();
    assert_eq!(all.len(), 3, "{shown}");
    for (line, (period, _)) in all.into_iter().zip(ALL) {
        assert!(line.contains(period) && line.contains("12.00"), "{shown}");
    }
}

both!(every_period_of_a_plan_with_one_is_one);
async fn every_period_of_a_plan_with_one_is_one(server: &Server) {
    let example = Example::create(server).await;
    let answer = analyse(server, of(&example, &["-"], &[GapDimension::Role])).await.unwrap();
    assert!(answer.totals.is_some() && answer.period_totals.is_empty());
    let query = answer.context.unwrap().query.unwrap();
    assert_eq!(query.group_by, [GapDimension::Role as i32]);
    assert!(answer.rows.iter().all(|row| row.period_end_date.is_empty()));
}
