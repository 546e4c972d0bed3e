//! The service and messages of closure options.

use tonic::{Request, Streaming};

use crate::domain::{
    Fte, Ratio, Violations,
    closure_option::{ClosureOptionKind, Dependencies, Dependency, DependencyKind},
};

use super::{
    Api,
    answers::Answers,
    call::Answer,
    v1,
    wire::{WireValue, wire, wire_enum},
};

wire_enum! {
    ClosureOptionKind => ClosureOptionKind { Assess, Recertify, Train, Recruit, Share }
}

wire_enum! {
    DependencyKind => ClosureOptionRelationKind { Excludes, Requires }
}

wire! {
    ClosureOption {
        title, kind, organisation, role, family, skill, from_level or 0, to_level or 0,
        cost_per_head_pence or 0, fte_per_head or Fte::ONE, success_probability or Ratio::ONE,
        capacity_per_period or 0, lead_time_days or 0, relations, description,
    }
    output {}
}

#[tonic::async_trait]
impl v1::closure_option_service_server::ClosureOptionService for Api {
    async fn get_closure_option(
        &self,
        request: Request<v1::GetClosureOptionRequest>,
    ) -> Answer<v1::ClosureOption> {
        self.get(request).await
    }

    async fn batch_get_closure_options(
        &self,
        request: Request<v1::BatchGetClosureOptionsRequest>,
    ) -> Answer<v1::BatchGetClosureOptionsResponse> {
        self.batch_get(request).await
    }

    async fn list_closure_options(
        &self,
        request: Request<v1::ListClosureOptionsRequest>,
    ) -> Answer<v1::ListClosureOptionsResponse> {
        self.list(request).await
    }

    type ExportClosureOptionsStream = Answers<v1::ExportClosureOptionsResponse>;

    async fn export_closure_options(
        &self,
        request: Request<v1::ExportClosureOptionsRequest>,
    ) -> Answer<Self::ExportClosureOptionsStream> {
        self.export(request).await
    }

    async fn create_closure_option(
        &self,
        request: Request<v1::CreateClosureOptionRequest>,
    ) -> Answer<v1::ClosureOption> {
        self.create(request).await
    }

    async fn update_closure_option(
        &self,
        request: Request<v1::UpdateClosureOptionRequest>,
    ) -> Answer<v1::ClosureOption> {
        self.update(request).await
    }

    async fn delete_closure_option(
        &self,
        request: Request<v1::DeleteClosureOptionRequest>,
    ) -> Answer<()> {
        self.delete(request).await
    }

    async fn batch_create_closure_options(
        &self,
        request: Request<v1::BatchCreateClosureOptionsRequest>,
    ) -> Answer<v1::BatchCreateClosureOptionsResponse> {
        self.batch_create(request).await
    }

    async fn batch_update_closure_options(
        &self,
        request: Request<v1::BatchUpdateClosureOptionsRequest>,
    ) -> Answer<v1::BatchUpdateClosureOptionsResponse> {
        self.batch_update(request).await
    }

    async fn batch_delete_closure_options(
        &self,
        request: Request<v1::BatchDeleteClosureOptionsRequest>,
    ) -> Answer<()> {
        self.batch_delete(request).await
    }

    type ImportClosureOptionsStream = Answers<v1::ImportClosureOptionsResponse>;

    async fn import_closure_options(
        &self,
        request: Request<Streaming<v1::ImportClosureOptionsRequest>>,
    ) -> Answer<Self::ImportClosureOptionsStream> {
        self.import(request).await
    }
}

impl WireValue<Vec<v1::ClosureOptionRelation>> for Dependencies {
    fn to_wire(&self) -> Vec<v1::ClosureOptionRelation> {
        let relation = |relation: &Dependency| {
            let Dependency { option, kind } = relation;
            v1::ClosureOptionRelation { option: option.clone(), kind: kind.to_wire() }
        };
        self.0.iter().map(relation).collect()
    }

    fn from_wire(
        wire: Vec<v1::ClosureOptionRelation>,
        field: &str,
        violations: &mut Violations,
    ) -> Self {
        let relation = |(i, relation)| {
            let v1::ClosureOptionRelation { option, kind } = relation;
            let kind = WireValue::from_wire(kind, &format!("{field}[{i}].kind"), violations);
            Dependency { option, kind }
        };
        Self(wire.into_iter().enumerate().map(relation).collect())
    }
}
