//! The order in which rows are read, on which shares and the assessment that counts depend: it is the same
//! now and in the past.

use digital_skills_registry::{
    api::v1::*,
    domain::{self, assessment::Column},
};
use prost::Message;
use sea_orm::{ColumnTrait, Condition};

use super::answer;
use crate::{
    both,
    harness::{Server, example::Example, fixture::Fixture},
};

both!(shares_are_rounded_in_one_order_now_as_in_the_past);
/// Of a group without FTE on its assessments, level, validity and name decide whose share is rounded up.
async fn shares_are_rounded_in_one_order_now_as_in_the_past(server: &Server) {
    let (channel, example) = (&server.channel, Example::create(server).await);
    let group = Staffing {
        subject: "ward".into(),
        role: example.role.clone(),
        headcount: Some(3),
        fte: Some(1.0),
        start_date: "2024-01-01".into(),
        ..Default::default()
    };
    Staffing::create(channel, &example.organisation, "ward", Some(group)).await.unwrap();
    for (id, valid_until) in [("b", ""), ("c", "2026-01-31"), ("a", "2026-02-28")] {
        let assessment = Assessment {
            subject: "ward".into(),
            skill: example.skills[0].clone(),
            level: Some(4),
            headcount: Some(1),
            assessed_date: "2026-01-01".into(),
            valid_until_date: valid_until.into(),
            source: AssessmentSource::Test as i32,
            ..Default::default()
        };
        Assessment::create(channel, &example.organisation, id, Some(assessment)).await.unwrap();
    }
    let now = answer(server, &example, 0).await;
    let figures =
        now.rows.iter().find(|row| row.skill == example.skills[0]).unwrap().figures.unwrap();
    // A third each, the longest validity first: b 0.33333, a 0.33334 and c 0.33333.
    assert_eq!((figures.skilled_fte, figures.expired_fte), (1.33333, 1.66667));
    example.assess(channel, "d", &example.skills[0], 4, "2026-01-01", "").await;
    let then = answer(server, &example, now.context.as_ref().unwrap().read_revision).await;
    assert_eq!(then.encode_to_vec(), now.encode_to_vec());
}

both!(of_one_day_the_highest_level_counts_now_as_in_the_past);
/// Of a person, the highest level of those of the newest day counts, whichever was recorded last.
async fn of_one_day_the_highest_level_counts_now_as_in_the_past(server: &Server) {
    let (channel, example) = (&server.channel, Example::create(server).await);
    let skill = &example.skills[0];
    let skilled = |answer: &AnalyseGapsResponse| {
        answer.rows.iter().find(|row| row.skill == *skill).unwrap().figures.unwrap().skilled_fte
    };
    // a is skilled already; d is 0.6.
    for (day, level, expected) in [
        ("2026-01-01", 4, 1.6),
        ("2026-01-01", 0, 1.6),
        ("2026-01-02", 0, 1.0),
        ("2026-01-02", 4, 1.6),
        ("2026-01-02", 1, 1.6),
    ] {
        example.assess(channel, "d", skill, level, day, "").await;
        let now = answer(server, &example, 0).await;
        assert_eq!(skilled(&now), expected, "{level} on {day}");
        // Of the past it is read row by row.
        let at = now.context.as_ref().unwrap().read_revision;
        Role::create(
            channel,
            "",
            &format!("other-{at}"),
            Some(Role { title: "Other".into(), ..Role::default() }),
        )
        .await
        .unwrap();
        assert_eq!(answer(server, &example, at).await.encode_to_vec(), now.encode_to_vec());
    }
}

both!(rows_that_are_read_as_texts_come_once_each_however_few_fit_in_one);
async fn rows_that_are_read_as_texts_come_once_each_however_few_fit_in_one(server: &Server) {
    let (channel, example) = (&server.channel, Example::create(server).await);
    for (n, day) in
        ["2025-01-01", "2025-01-02", "2025-01-02", "2025-01-02", "2025-01-02", "2025-01-03"]
            .iter()
            .enumerate()
    {
        let skill = &example.skills[n % 2];
        example.assess(channel, &format!("p{n}"), skill, 1, day, "").await;
    }
    let condition = || Condition::all().add(Column::Parent.eq(example.organisation.as_str()));
    let columns = [Column::AssessedDate, Column::Name, Column::Fte, Column::ValidUntilDate];
    let mut all = Vec::new();
    for limit in 1..=14 {
        let mut rows = Vec::new();
        let reads = server.store.reads();
        let mut packs =
            reads.packed::<domain::Assessment>(condition(), &columns, &columns[..2], limit);
        while let Some(pack) = packs.next().await.unwrap() {
            let before = rows.len();
            pack.rows(|row| {
                assert_eq!(row.text(2), "");
                let until = row.optional(3, |row, column| row.date(column))?;
                rows.push((row.date(0)?, row.text(1).to_owned(), until));
                Ok(())
            })
            .unwrap();
            assert!((1..=limit as usize).contains(&(rows.len() - before)), "{limit}");
        }
        assert!(packs.next().await.unwrap().is_none());
        all.push(rows);
    }
    let mut ordered = all[0].clone();
    ordered.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    assert_eq!(ordered.len(), 13);
    assert_eq!(ordered.iter().filter(|(_, _, until)| until.is_some()).count(), 1);
    for rows in &all {
        assert_eq!(rows, &ordered);
    }
    let none = Condition::all().add(Column::Parent.eq("organisations/NONE"));
    let reads = server.store.reads();
    let mut packs = reads.packed::<domain::Assessment>(none, &columns, &columns[..2], 5);
    assert!(packs.next().await.unwrap().is_none());
}
