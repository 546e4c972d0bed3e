//! The standard methods and state transitions, for handlers that only pass on.

use tonic::{Request, Response, Streaming};

use crate::registry::lifecycle::StateTransition;

use super::{
    Api,
    answers::Answers,
    batch,
    call::{Answer, answer, open, written, written_row},
    import, list,
    request::{
        BatchGetRequest, BatchRequest, CreateRequest, DeleteRequest, ExportRequest, GetRequest,
        ImportRequest, ListRequest, ResourceOf, TransitionRequest, UpdateRequest,
    },
    standard, status,
};

impl Api {
    /// Handles Get.
    pub(super) async fn get<R: GetRequest>(&self, request: Request<R>) -> Answer<ResourceOf<R>> {
        let (caller, request) = open(request)?;
        answer(standard::get(&self.registry, &caller, &request).await)
    }

    /// Handles BatchGet.
    pub(super) async fn batch_get<R: BatchGetRequest>(
        &self,
        request: Request<R>,
    ) -> Answer<R::Answer> {
        let (caller, request) = open(request)?;
        answer(standard::batch_get(&self.registry, &caller, &request).await.map(R::answer))
    }

    /// Handles List.
    pub(super) async fn list<R: ListRequest>(&self, request: Request<R>) -> Answer<R::Answer> {
        let (caller, request) = open(request)?;
        answer(list::list(&self.registry, &caller, &request).await.map(R::answer))
    }

    /// Handles Export.
    pub(super) async fn export<R: ExportRequest>(
        &self,
        request: Request<R>,
    ) -> Answer<Answers<R::Answer>> {
        let (caller, request) = open(request)?;
        let answers = list::export(self, &caller, &request).await;
        answers.map(Response::new).map_err(status::of)
    }

    /// Handles Create.
    pub(super) async fn create<R: CreateRequest>(
        &self,
        request: Request<R>,
    ) -> Answer<ResourceOf<R>> {
        let (caller, request) = open(request)?;
        written(standard::create(&self.registry, &caller, request).await)
    }

    /// Handles Update.
    pub(super) async fn update<R: UpdateRequest>(
        &self,
        request: Request<R>,
    ) -> Answer<ResourceOf<R>> {
        let (caller, request) = open(request)?;
        written(standard::update(&self.registry, &caller, request).await)
    }

    /// Handles Delete.
    pub(super) async fn delete<R: DeleteRequest>(&self, request: Request<R>) -> Answer<()> {
        let (caller, request) = open(request)?;
        written(standard::delete(&self.registry, &caller, request).await)
    }

    /// Handles BatchCreate.
    pub(super) async fn batch_create<R>(&self, request: Request<R>) -> Answer<R::Answer>
    where
        R: BatchRequest<Request: CreateRequest>,
    {
        let (caller, request) = open(request)?;
        let done = batch::create(&self.registry, &caller, request).await;
        written(done.map(|done| done.map(R::answer)))
    }

    /// Handles BatchUpdate.
    pub(super) async fn batch_update<R>(&self, request: Request<R>) -> Answer<R::Answer>
    where
        R: BatchRequest<Request: UpdateRequest>,
    {
        let (caller, request) = open(request)?;
        let done = batch::update(&self.registry, &caller, request).await;
        written(done.map(|done| done.map(R::answer)))
    }

    /// Handles BatchDelete.
    pub(super) async fn batch_delete<R>(&self, request: Request<R>) -> Answer<R::Answer>
    where
        R: BatchRequest<Request: DeleteRequest>,
    {
        let (caller, request) = open(request)?;
        let done = batch::delete(&self.registry, &caller, request).await;
        written(done.map(|done| done.map(R::answer)))
    }

    /// Handles Import.
    pub(super) async fn import<R: ImportRequest>(
        &self,
        request: Request<Streaming<R>>,
    ) -> Answer<Answers<R::Answer>> {
        let (caller, requests) = open(request)?;
        Ok(Response::new(import::import(self, caller, requests)))
    }

    /// Handles a state transition.
    pub(super) async fn transition<R: TransitionRequest>(
        &self,
        request: Request<R>,
        transition: StateTransition<R::Resource>,
    ) -> Answer<ResourceOf<R>> {
        let (caller, request) = open(request)?;
        let (write_options, expected) = standard::transition(&request).map_err(status::of)?;
        let done = self.registry.transition(&caller, &write_options, expected, transition);
        written_row(done.await)
    }
}
