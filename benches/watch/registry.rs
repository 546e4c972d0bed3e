//! The registry as something that tells of writes: a role whose seniority is a number.

use std::{sync::Arc, time::Duration};

use digital_skills_registry::api::v1::{
    ChangeFilter, Framework, ResourceType, Role, UpdateFrameworkRequest, UpdateRoleRequest,
    WatchChangesRequest, change_service_client::ChangeServiceClient,
    framework_service_client::FrameworkServiceClient, resource::Resource,
    role_service_client::RoleServiceClient, watch_changes_response::Event,
};
use tonic::{Code, transport::Channel};

use crate::{CONNECTIONS, Feed, server::Server};

/// The role that is timed.
const TIMED: &str = "roles/timed";

/// Writes to one instance, and watches another or the same.
#[derive(Clone)]
pub struct Registry {
    watched: Arc<Server>,
    writer: Channel,
    other: Channel,
    watchers: Vec<Channel>,
    _written: Arc<Server>,
}

impl Registry {
    pub async fn new(written: Arc<Server>, watched: Arc<Server>) -> Self {
        let mut watchers = Vec::new();
        for _ in 0..CONNECTIONS {
            watchers.push(watched.connect().await);
        }
        let (writer, other) = (written.connect().await, written.connect().await);
        Self { watched, writer, other, watchers, _written: written }
    }
}

async fn update(channel: &Channel, role: Role) {
    let request = UpdateRoleRequest { role: Some(role), allow_missing: true, ..Default::default() };
    RoleServiceClient::new(channel.clone()).update_role(request).await.unwrap();
}

impl Feed for Registry {
    async fn write(&self, number: usize) {
        // The number stands in the text: writing the same number again changes nothing.
        let run = uuid::Uuid::now_v7();
        let title = format!("{number} {run}");
        update(&self.writer, Role { name: TIMED.into(), title, ..Role::default() }).await;
    }

    async fn other(&self, number: usize) {
        let title = format!("{number} {}", uuid::Uuid::now_v7());
        let name = format!("frameworks/other-{}", number % 1_000);
        let framework = Framework { name, title, ..Framework::default() };
        let request = UpdateFrameworkRequest {
            framework: Some(framework),
            allow_missing: true,
            ..Default::default()
        };
        let mut client = FrameworkServiceClient::new(self.other.clone());
        client.update_framework(request).await.unwrap();
    }

    async fn watch(&self, connection: usize, mut told: impl FnMut(usize) + Send + 'static) {
        let filter = ChangeFilter {
            resource_types: vec![ResourceType::Role as i32],
            ..ChangeFilter::default()
        };
        let request = WatchChangesRequest { filter: Some(filter), ..Default::default() };
        let mut client = ChangeServiceClient::new(self.watchers[connection].clone());
        // More may open at once than the registry takes in hand: it tells them to come again.
        let mut stream = loop {
            match client.watch_changes(request.clone()).await {
                Ok(stream) => break stream.into_inner(),
                Err(status) => assert_eq!(status.code(), Code::ResourceExhausted, "{status}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        while let Some(message) = stream.message().await.unwrap() {
            let Some(Event::Changes(changes)) = message.event else { continue };
            for change in changes.changes.iter().filter(|change| change.name == TIMED) {
                let Some(Resource::Role(role)) =
                    change.resource.as_ref().and_then(|r| r.resource.as_ref())
                else {
                    continue;
                };
                told(role.title.split(' ').next().unwrap().parse().unwrap());
            }
        }
    }

    fn memory(&self) -> u64 {
        self.watched.memory().now
    }
}
