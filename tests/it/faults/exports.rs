//! Callers of exports who do not read on.

use digital_skills_registry::api::v1::{ExportRolesRequest, Role, role_service_client};
use sea_orm::{ConnectionTrait, Statement};
use tonic::transport::Endpoint;

use super::{Instance, load::Load};
use crate::harness::{
    Db, TestDatabase,
    client::WriteCall,
    fixture::{Fixture, ListCall},
    ledger::Connections,
};

#[tokio::test(flavor = "multi_thread")]
async fn four_exports_that_nobody_reads_stop_neither_exports_nor_the_cleaning_of_the_log() {
    let database = TestDatabase::create(Db::Sqlite).await.unwrap();
    let instance = Instance::start(&database.url);
    let channel = super::load::channel(&instance.address);
    for batch in 0..20 {
        let role = Role { title: "T".into(), description: "d".repeat(9_000), ..Role::default() };
        let rows = (0..100).map(|row| (format!("e{batch}-{row}"), role.clone())).collect();
        Role::batch_create(&channel, "", rows, WriteCall::default()).await.unwrap();
    }
    let mut unread = Vec::new();
    for _ in 0..4 {
        let endpoint = Endpoint::from_shared(format!("http://{}", instance.address)).unwrap();
        let window = 65_535;
        let endpoint = endpoint.initial_stream_window_size(window);
        let connection = endpoint.initial_connection_window_size(window).connect_lazy();
        let mut client = role_service_client::RoleServiceClient::new(connection);
        unread.push(client.export_roles(ExportRolesRequest::default()).await.unwrap());
    }
    let load = Load::start(&instance.address, Connections::Hold);
    load.until_done(100).await;
    let none = ListCall { filter: "title = \"none\"".into(), ..ListCall::default() };
    let pages = Role::export(&channel, none).await.unwrap();
    assert!(pages.iter().all(|page| page.rows.is_empty()));
    load.stop().await.check_complaints();
    // All of the log goes to the database only where nobody still reads from an older state.
    let connection = database.connect().await;
    let clean = "PRAGMA wal_checkpoint(TRUNCATE)";
    let cleaned = Statement::from_string(connection.get_database_backend(), clean);
    let cleaned = connection.query_one_raw(cleaned).await.unwrap().unwrap();
    assert_eq!(cleaned.try_get_by_index::<i32>(0).unwrap(), 0, "a reader is in the way");
    drop(unread);
}
