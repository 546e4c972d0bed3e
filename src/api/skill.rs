//! The service and messages of skills.

use tonic::{Request, Streaming};

use crate::domain::{
    Violations,
    skill::{Alignment, Alignments, SkillAlignmentKind, SkillState},
};

use super::{
    Api,
    answers::Answers,
    call::Answer,
    v1,
    wire::{WireValue, wire, wire_enum},
};

wire_enum! {
    SkillState => SkillState { Active, Retired } unspecified Active
}

wire_enum! {
    SkillAlignmentKind => SkillAlignmentKind { Exact, Close, Broad, Narrow, Related }
}

wire! {
    Skill in parent {
        title, description, category, external_uri, alternative_labels, broader_skill, broader_uris,
        core or false, state, replaced_by, alignments,
    }
    output {}
}

#[tonic::async_trait]
impl v1::skill_service_server::SkillService for Api {
    async fn get_skill(&self, request: Request<v1::GetSkillRequest>) -> Answer<v1::Skill> {
        self.get(request).await
    }

    async fn batch_get_skills(
        &self,
        request: Request<v1::BatchGetSkillsRequest>,
    ) -> Answer<v1::BatchGetSkillsResponse> {
        self.batch_get(request).await
    }

    async fn list_skills(
        &self,
        request: Request<v1::ListSkillsRequest>,
    ) -> Answer<v1::ListSkillsResponse> {
        self.list(request).await
    }

    type ExportSkillsStream = Answers<v1::ExportSkillsResponse>;

    async fn export_skills(
        &self,
        request: Request<v1::ExportSkillsRequest>,
    ) -> Answer<Self::ExportSkillsStream> {
        self.export(request).await
    }

    async fn create_skill(&self, request: Request<v1::CreateSkillRequest>) -> Answer<v1::Skill> {
        self.create(request).await
    }

    async fn update_skill(&self, request: Request<v1::UpdateSkillRequest>) -> Answer<v1::Skill> {
        self.update(request).await
    }

    async fn delete_skill(&self, request: Request<v1::DeleteSkillRequest>) -> Answer<()> {
        self.delete(request).await
    }

    async fn batch_create_skills(
        &self,
        request: Request<v1::BatchCreateSkillsRequest>,
    ) -> Answer<v1::BatchCreateSkillsResponse> {
        self.batch_create(request).await
    }

    async fn batch_update_skills(
        &self,
        request: Request<v1::BatchUpdateSkillsRequest>,
    ) -> Answer<v1::BatchUpdateSkillsResponse> {
        self.batch_update(request).await
    }

    async fn batch_delete_skills(
        &self,
        request: Request<v1::BatchDeleteSkillsRequest>,
    ) -> Answer<()> {
        self.batch_delete(request).await
    }

    type ImportSkillsStream = Answers<v1::ImportSkillsResponse>;

    async fn import_skills(
        &self,
        request: Request<Streaming<v1::ImportSkillsRequest>>,
    ) -> Answer<Self::ImportSkillsStream> {
        self.import(request).await
    }
}

impl WireValue<Vec<v1::SkillAlignment>> for Alignments {
    fn to_wire(&self) -> Vec<v1::SkillAlignment> {
        let alignment = |alignment: &Alignment| {
            let Alignment { skill, kind } = alignment;
            v1::SkillAlignment { skill: skill.clone(), kind: kind.to_wire() }
        };
        self.0.iter().map(alignment).collect()
    }

    fn from_wire(wire: Vec<v1::SkillAlignment>, field: &str, violations: &mut Violations) -> Self {
        let alignment = |(i, alignment)| {
            let v1::SkillAlignment { skill, kind } = alignment;
            let kind = WireValue::from_wire(kind, &format!("{field}[{i}].kind"), violations);
            Alignment { skill, kind }
        };
        Self(wire.into_iter().enumerate().map(alignment).collect())
    }
}
