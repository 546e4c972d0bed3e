//! Many reads that wait for the database: those who come last are soon told to come again.

use std::time::Duration;

use digital_skills_registry::api::v1::Role;
use tokio::{task::JoinSet, time::timeout};
use tonic::Code;

use crate::{
    both,
    harness::{Server, failure, fixture::Fixture},
};

/// Reads that may wait for a connection as long as they must.
const QUEUE: usize = 192;

both!(a_read_behind_many_others_is_told_to_come_again_while_these_wait);
async fn a_read_behind_many_others_is_told_to_come_again_while_these_wait(server: &Server) {
    let role = Some(Role { title: "R".into(), ..Role::default() });
    Role::create(&server.channel, "", "r", role).await.unwrap();
    // Every connection for reads is in use.
    let mut snapshots = Vec::new();
    while let Ok(snapshot) = timeout(Duration::from_secs(1), server.store.snapshot()).await {
        snapshots.push(snapshot.unwrap());
    }
    let mut reads = JoinSet::new();
    for channel in [server.channel.clone(), server.connect().await] {
        for _ in 0..QUEUE / 2 + 25 {
            let channel = channel.clone();
            reads.spawn(async move { Role::get(&channel, "roles/r").await });
        }
    }
    for _ in 0..50 {
        let refused = reads.join_next().await.unwrap().unwrap();
        let refused = failure(refused, Code::ResourceExhausted);
        assert_eq!((refused.reason.as_str(), refused.fact("limit")), ("OVERLOADED", "connections"));
    }
    drop(snapshots);
    let answered = reads.join_all().await;
    assert_eq!(answered.len(), QUEUE);
    for answer in answered {
        assert_eq!(answer.unwrap().title, "R");
    }
}
