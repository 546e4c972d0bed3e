//! Delete.

use tonic::Code;

use crate::{
    contract::every_type,
    harness::{Server, failure, fixture::Fixture, world::World},
};

every_type!(a_deleted_resource_is_gone);
async fn a_deleted_resource_is_gone<N: Fixture>(server: &Server, world: &World) {
    let made = N::made(&server.channel, world, 1).await;
    N::delete(&server.channel, made.name(), "", false).await.unwrap();
    failure(N::get(&server.channel, made.name()).await, Code::NotFound);
    let revision = server.revision().await;
    let again = N::delete(&server.channel, made.name(), "", false).await;
    assert_eq!(failure(again, Code::NotFound).fact("resource"), made.name());
    N::delete(&server.channel, made.name(), "", true).await.unwrap();
    assert_eq!(server.revision().await, revision);
    let wrong = N::delete(&server.channel, "frameworks/x/nothing/y", "", true).await;
    assert!(failure(wrong, Code::InvalidArgument).violates("name", "MALFORMED"));
    // The name is free again for the same.
    N::made(&server.channel, world, 1).await;
}
