//! What was known then, and waiting for what is known elsewhere.

use std::time::Duration;

use digital_skills_registry::api::v1::{gap_service_client::GapServiceClient, *};
use prost::Message;
use tonic::{Code, Request};

use crate::{
    both,
    harness::{Server, example::Example, failure, fixture::Fixture},
};

use super::compact;

both!(an_analysis_of_a_revision_gives_what_it_gave_then_byte_for_byte);
async fn an_analysis_of_a_revision_gives_what_it_gave_then_byte_for_byte(server: &Server) {
    let channel = &server.channel;
    let example = Example::create(server).await;
    let mut gaps = GapServiceClient::new(channel.clone());
    let request = |at_revision| {
        let query = GapQuery { as_of_date: "2026-11-23".into(), ..example.query() };
        AnalyseGapsRequest {
            query: Some(query),
            page_size: 1_000,
            at_revision,
            ..Default::default()
        }
    };
    let mut then = Vec::new();
    then.push(gaps.analyse_gaps(request(0)).await.unwrap().into_inner());
    // Whatever the analysis looks at changes, goes and comes.
    let all = async |parent: &str| Staffing::list(channel, parent, 1_000, "").await.unwrap().rows;
    let trust = example.organisation.clone();
    for staffing in all(&trust).await.into_iter().take(2) {
        Staffing::update(channel, Staffing { fte: Some(0.5), ..staffing }, None, false)
            .await
            .unwrap();
        then.push(gaps.analyse_gaps(request(0)).await.unwrap().into_inner());
    }
    for staffing in all(&trust).await.into_iter().skip(1).take(1) {
        Staffing::delete(channel, &staffing.name, "", false).await.unwrap();
        then.push(gaps.analyse_gaps(request(0)).await.unwrap().into_inner());
    }
    let assessments = Assessment::list(channel, &trust, 1_000, "").await.unwrap().rows;
    for assessment in assessments.into_iter().take(2) {
        Assessment::delete(channel, &assessment.name, "", false).await.unwrap();
        then.push(gaps.analyse_gaps(request(0)).await.unwrap().into_inner());
    }
    let role = Role::get(channel, &example.role).await.unwrap();
    Role::update(channel, Role { title: "Another".into(), ..role }, None, false).await.unwrap();
    then.push(gaps.analyse_gaps(request(0)).await.unwrap().into_inner());
    let mut seen = Vec::new();
    for answer in &then {
        let at = answer.context.as_ref().unwrap().read_revision;
        let again = gaps.analyse_gaps(request(at)).await.unwrap().into_inner();
        assert_eq!(again.encode_to_vec(), answer.encode_to_vec(), "at {at}");
        let streamed =
            StreamGapsRequest { query: request(0).query, at_revision: at, min_revision: 0 };
        let first = gaps
            .stream_gaps(streamed)
            .await
            .unwrap()
            .into_inner()
            .message()
            .await
            .unwrap()
            .unwrap();
        assert_eq!(first.totals, answer.totals);
        seen.push(answer.totals.unwrap());
    }
    // They differ: it is not the same answer every time.
    assert!(seen.windows(2).filter(|pair| pair[0] != pair[1]).count() >= 4);

    let oldest = compact(server).await;
    let last = then.last().unwrap();
    let again = gaps.analyse_gaps(request(oldest)).await.unwrap().into_inner();
    assert_eq!(again.encode_to_vec(), last.encode_to_vec());
    let compacted = failure(gaps.analyse_gaps(request(oldest - 1)).await, Code::OutOfRange);
    assert_eq!(compacted.reason, "REVISION_COMPACTED");
    let ahead = failure(gaps.analyse_gaps(request(oldest + 1)).await, Code::OutOfRange);
    assert_eq!(ahead.reason, "REVISION_AHEAD");
    let bad = AnalyseGapsRequest { min_revision: -1, ..request(-1) };
    let bad = failure(gaps.analyse_gaps(bad).await, Code::InvalidArgument);
    assert!(
        bad.violates("at_revision", "OUT_OF_RANGE") && bad.violates("min_revision", "OUT_OF_RANGE")
    );
}

both!(the_pages_of_an_analysis_are_of_one_revision_whatever_is_written);
async fn the_pages_of_an_analysis_are_of_one_revision_whatever_is_written(server: &Server) {
    let example = Example::create(server).await;
    let mut gaps = GapServiceClient::new(server.channel.clone());
    let request = |page_token| AnalyseGapsRequest {
        query: Some(example.query()),
        page_size: 1,
        page_token,
        ..Default::default()
    };
    let first = gaps.analyse_gaps(request(String::new())).await.unwrap().into_inner();
    assert!(!first.next_page_token.is_empty());
    let role = Role::get(&server.channel, &example.role).await.unwrap();
    Role::update(&server.channel, Role { title: "Another".into(), ..role }, None, false)
        .await
        .unwrap();
    let second = gaps.analyse_gaps(request(first.next_page_token)).await.unwrap().into_inner();
    assert_eq!(second.context, first.context);
    assert_eq!(second.totals, first.totals);
    assert_eq!(second.rows[0].role_title, first.rows[0].role_title);
}

both!(a_read_does_not_wait_for_ever);
/// Within the deadline of its caller, and else for a while only.
async fn a_read_does_not_wait_for_ever(server: &Server) {
    let role = Role { title: "R".into(), ..Role::default() };
    Role::create(&server.channel, "", "r", Some(role)).await.unwrap();
    let request =
        || GetRoleRequest { name: "roles/r".into(), min_revision: 99, ..Default::default() };
    let mut roles = role_service_client::RoleServiceClient::new(server.channel.clone());
    let mut soon = Request::new(request());
    soon.set_timeout(Duration::from_millis(300));
    let late = roles.get_role(soon).await;
    assert!(matches!(late.unwrap_err().code(), Code::DeadlineExceeded | Code::Cancelled));
    let awaited = failure(roles.get_role(request()).await, Code::Unavailable);
    assert_eq!(
        (awaited.reason.as_str(), awaited.fact("revision"), awaited.fact("newest")),
        ("REVISION_AWAITED", "99", "1")
    );
}
