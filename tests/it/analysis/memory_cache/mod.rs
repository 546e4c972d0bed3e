//! The memory cache of analysis inputs: an analysis never shows anything but the state of its revision,
//! whether that comes of the cache or of the rows.

mod changes;
mod instances;
mod row_order;

use digital_skills_registry::api::v1::*;
use gap_service_client::GapServiceClient;
use tonic::{Status, transport::Channel};

use crate::harness::{Server, example::Example};

/// Analyses at a revision, the newest for 0; every resource type that an analysis looks at shows in the answer.
async fn answer(server: &Server, example: &Example, at_revision: i64) -> AnalyseGapsResponse {
    asked(&server.channel, every_period(example), at_revision).await.unwrap()
}

fn every_period(example: &Example) -> GapQuery {
    GapQuery { period_end_dates: vec!["-".into()], ..example.query() }
}

async fn asked(
    channel: &Channel,
    query: GapQuery,
    at_revision: i64,
) -> Result<AnalyseGapsResponse, Status> {
    let request = AnalyseGapsRequest {
        query: Some(query),
        page_size: 1_000,
        at_revision,
        ..Default::default()
    };
    Ok(GapServiceClient::new(channel.clone()).analyse_gaps(request).await?.into_inner())
}
