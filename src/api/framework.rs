//! The service and messages of frameworks.

use tonic::{Request, Streaming};

use crate::{
    domain::{
        Framework, Violations,
        framework::{FrameworkState, Level, Levels},
    },
    registry::lifecycle::{PUBLISH_FRAMEWORK, RETIRE_FRAMEWORK},
};

use super::{
    Api,
    answers::Answers,
    call::{Answer, open, written},
    standard, status, v1,
    wire::{Wire, WireValue, wire, wire_enum},
};

wire_enum! {
    FrameworkState => FrameworkState { Draft, Published, Retired }
}

wire! {
    Framework { title, version, publisher, licence, levels, supersedes }
    output { state }
}

#[tonic::async_trait]
impl v1::framework_service_server::FrameworkService for Api {
    async fn get_framework(
        &self,
        request: Request<v1::GetFrameworkRequest>,
    ) -> Answer<v1::Framework> {
        self.get(request).await
    }

    async fn batch_get_frameworks(
        &self,
        request: Request<v1::BatchGetFrameworksRequest>,
    ) -> Answer<v1::BatchGetFrameworksResponse> {
        self.batch_get(request).await
    }

    async fn list_frameworks(
        &self,
        request: Request<v1::ListFrameworksRequest>,
    ) -> Answer<v1::ListFrameworksResponse> {
        self.list(request).await
    }

    type ExportFrameworksStream = Answers<v1::ExportFrameworksResponse>;

    async fn export_frameworks(
        &self,
        request: Request<v1::ExportFrameworksRequest>,
    ) -> Answer<Self::ExportFrameworksStream> {
        self.export(request).await
    }

    async fn create_framework(
        &self,
        request: Request<v1::CreateFrameworkRequest>,
    ) -> Answer<v1::Framework> {
        self.create(request).await
    }

    async fn update_framework(
        &self,
        request: Request<v1::UpdateFrameworkRequest>,
    ) -> Answer<v1::Framework> {
        self.update(request).await
    }

    async fn delete_framework(&self, request: Request<v1::DeleteFrameworkRequest>) -> Answer<()> {
        self.delete(request).await
    }

    async fn batch_create_frameworks(
        &self,
        request: Request<v1::BatchCreateFrameworksRequest>,
    ) -> Answer<v1::BatchCreateFrameworksResponse> {
        self.batch_create(request).await
    }

    async fn batch_update_frameworks(
        &self,
        request: Request<v1::BatchUpdateFrameworksRequest>,
    ) -> Answer<v1::BatchUpdateFrameworksResponse> {
        self.batch_update(request).await
    }

    async fn batch_delete_frameworks(
        &self,
        request: Request<v1::BatchDeleteFrameworksRequest>,
    ) -> Answer<()> {
        self.batch_delete(request).await
    }

    type ImportFrameworksStream = Answers<v1::ImportFrameworksResponse>;

    async fn import_frameworks(
        &self,
        request: Request<Streaming<v1::ImportFrameworksRequest>>,
    ) -> Answer<Self::ImportFrameworksStream> {
        self.import(request).await
    }

    async fn publish_framework(
        &self,
        request: Request<v1::PublishFrameworkRequest>,
    ) -> Answer<v1::PublishFrameworkResponse> {
        let (caller, request) = open(request)?;
        let (write_options, expected) = standard::transition(&request).map_err(status::of)?;
        let done =
            self.registry.transition(&caller, &write_options, expected, PUBLISH_FRAMEWORK).await;
        written(done.map(|done| done.map(|framework| published(&framework))))
    }

    async fn retire_framework(
        &self,
        request: Request<v1::RetireFrameworkRequest>,
    ) -> Answer<v1::Framework> {
        self.transition(request, RETIRE_FRAMEWORK).await
    }
}

/// The response of PublishFramework.
fn published(framework: &Framework) -> v1::PublishFrameworkResponse {
    let mut response = v1::PublishFrameworkResponse {
        framework: Some(framework.to_message()),
        ..Default::default()
    };
    if framework.levels.0.is_empty() {
        response.push_warnings(v1::FrameworkWarning::NoLevels);
    }
    response
}

impl WireValue<Vec<v1::FrameworkLevel>> for Levels {
    fn to_wire(&self) -> Vec<v1::FrameworkLevel> {
        let level = |level: &Level| {
            let Level { rank, id, title, description } = level.clone();
            v1::FrameworkLevel { rank, id, title, description }
        };
        self.0.iter().map(level).collect()
    }

    fn from_wire(wire: Vec<v1::FrameworkLevel>, _field: &str, _: &mut Violations) -> Self {
        let level = |level| {
            let v1::FrameworkLevel { rank, id, title, description } = level;
            Level { rank, id, title, description }
        };
        Self(wire.into_iter().map(level).collect())
    }
}
