//! What ties the generated services to the standard methods.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use prost::Message;
use sha2::{Digest, Sha256};
use tonic::{Request, Response, Status};

use crate::domain::{Call, Caller, Result, Written};

use super::{caller, standard::Ask, status};

/// The answer of a method.
pub type Answer<T> = Result<Response<T>, Status>;

/// The metadata of an answer to a write: the revision from which on it can be seen.
const REVISION: &str = "registry-revision";

/// The method that a request calls, as whoever routes requests puts it into their extensions.
#[derive(Clone, Copy, Debug)]
pub struct Method(pub &'static str);

/// Takes a request apart: who calls, and what for.
pub fn open<T>(request: Request<T>) -> Result<(Caller, T), Status> {
    let caller = caller::of(request.metadata()).map_err(status::of)?;
    tracing::Span::current().record("caller", caller.subject());
    let method = request.extensions().get::<Method>();
    let call = Call {
        method: method.map_or_else(String::new, |method| method.0.to_owned()),
        peer: request.remote_addr().map_or_else(String::new, |peer| peer.ip().to_string()),
    };
    Ok((caller.calling(call), request.into_inner()))
}

/// How a request asks for a write; [`Ask::of`] says what it asks for.
pub fn ask<M: Message>(request: &M, validate_only: bool, request_id: &str) -> Ask<()> {
    // Only a request that may come again need be known again.
    let fingerprint = match request_id {
        "" => String::new(),
        _ => {
            tracing::Span::current().record("request_id", request_id);
            let mut hash = Sha256::new();
            hash.update(std::any::type_name::<M>());
            hash.update(request.encode_to_vec());
            URL_SAFE_NO_PAD.encode(hash.finalize())
        }
    };
    Ask { what: (), validate_only, request_id: request_id.to_owned(), fingerprint }
}

/// An answer of fewer bytes is never compressed: it would hardly shrink.
const LEAST_COMPRESSED: usize = 1_024;

/// Puts an answer together.
pub fn answer<T: Message>(result: Result<T>) -> Answer<T> {
    let message = result.map_err(status::of)?;
    let small = message.encoded_len() < LEAST_COMPRESSED;
    let mut response = Response::new(message);
    if small {
        response.disable_compression();
    }
    Ok(response)
}

/// Puts the answer to a write together.
pub fn written<T: Message>(result: Result<Written<T>>) -> Answer<T> {
    let Written { answer, revision } = result.map_err(status::of)?;
    let mut response = self::answer(Ok(answer))?;
    response.metadata_mut().insert(REVISION, revision.into());
    Ok(response)
}

/// Writes the service of a resource type: the standard methods, then those that take a resource to its next
/// state, and last the resource type's own. `in parent` where its names lie under others.
macro_rules! service {
    ($Noun:ident, $Nouns:ident $(in $parent:ident)? $(steps($($step:ident),+))? { $($own:tt)* }) => { pastey::paste! {
        #[tonic::async_trait]
        impl $crate::api::v1::[<$Noun:snake _service_server>]::[<$Noun Service>] for $crate::api::Api {
            async fn [<get_ $Noun:snake>](
                &self,
                request: tonic::Request<$crate::api::v1::[<Get $Noun Request>]>,
            ) -> $crate::api::service::Answer<$crate::api::v1::$Noun> {
                let (caller, request) = $crate::api::service::open(request)?;
                $crate::api::service::answer(
                    $crate::api::standard::get::<$crate::domain::$Noun>(&self.registry, &caller, $crate::api::standard::Get {
                        name: request.name,
                        revision: request.revision,
                        min_revision: request.min_revision,
                    }).await,
                )
            }

            async fn [<batch_get_ $Nouns:snake>](
                &self,
                request: tonic::Request<$crate::api::v1::[<BatchGet $Nouns Request>]>,
            ) -> $crate::api::service::Answer<$crate::api::v1::[<BatchGet $Nouns Response>]> {
                let (caller, request) = $crate::api::service::open(request)?;
                let parent = $crate::api::service::parent!(request $($parent)?);
                let rows = $crate::api::standard::batch_get::<$crate::domain::$Noun>(
                    &self.registry, &caller, &parent, &request.names, request.min_revision,
                ).await;
                $crate::api::service::answer(
                    rows.map(|rows| $crate::api::v1::[<BatchGet $Nouns Response>] { [<$Nouns:snake>]: rows }),
                )
            }

            async fn [<list_ $Nouns:snake>](
                &self,
                request: tonic::Request<$crate::api::v1::[<List $Nouns Request>]>,
            ) -> $crate::api::service::Answer<$crate::api::v1::[<List $Nouns Response>]> {
                let (caller, request) = $crate::api::service::open(request)?;
                let query = $crate::api::list::List {
                    parent: $crate::api::service::parent!(request $($parent)?),
                    filter: request.filter,
                    order_by: request.order_by,
                    read_mask: request.read_mask,
                    page_size: request.page_size,
                    page_token: request.page_token,
                    include_total_size: request.include_total_size,
                    min_revision: request.min_revision,
                };
                let page = $crate::api::list::list::<$crate::domain::$Noun>(&self.registry, &caller, query).await;
                $crate::api::service::answer(page.map(|page| $crate::api::v1::[<List $Nouns Response>] {
                    [<$Nouns:snake>]: page.rows,
                    next_page_token: page.next_page_token,
                    read_revision: page.read_revision,
                    total_size: page.total_size,
                }))
            }

            type [<Export $Nouns Stream>] =
                $crate::api::answers::Answers<$crate::api::v1::[<Export $Nouns Response>]>;

            async fn [<export_ $Nouns:snake>](
                &self,
                request: tonic::Request<$crate::api::v1::[<Export $Nouns Request>]>,
            ) -> $crate::api::service::Answer<Self::[<Export $Nouns Stream>]> {
                let (caller, request) = $crate::api::service::open(request)?;
                let query = $crate::api::list::List {
                    parent: $crate::api::service::parent!(request $($parent)?),
                    filter: request.filter,
                    read_mask: request.read_mask,
                    min_revision: request.min_revision,
                    ..Default::default()
                };
                let answers = $crate::api::list::export::<$crate::domain::$Noun, _>(
                    self,
                    &caller,
                    query,
                    |rows, read_revision| $crate::api::v1::[<Export $Nouns Response>] {
                        [<$Nouns:snake>]: rows,
                        read_revision,
                    },
                );
                answers.await.map(tonic::Response::new).map_err($crate::api::status::of)
            }

            async fn [<create_ $Noun:snake>](
                &self,
                request: tonic::Request<$crate::api::v1::[<Create $Noun Request>]>,
            ) -> $crate::api::service::Answer<$crate::api::v1::$Noun> {
                let (caller, request) = $crate::api::service::open(request)?;
                let done = $crate::api::standard::create::<$crate::domain::$Noun>(&self.registry, &caller, request.into());
                $crate::api::service::written(done.await)
            }

            async fn [<update_ $Noun:snake>](
                &self,
                request: tonic::Request<$crate::api::v1::[<Update $Noun Request>]>,
            ) -> $crate::api::service::Answer<$crate::api::v1::$Noun> {
                let (caller, request) = $crate::api::service::open(request)?;
                let done = $crate::api::standard::update::<$crate::domain::$Noun>(&self.registry, &caller, request.into());
                $crate::api::service::written(done.await)
            }

            async fn [<delete_ $Noun:snake>](
                &self,
                request: tonic::Request<$crate::api::v1::[<Delete $Noun Request>]>,
            ) -> $crate::api::service::Answer<()> {
                let (caller, request) = $crate::api::service::open(request)?;
                let done = $crate::api::standard::delete::<$crate::domain::$Noun>(&self.registry, &caller, request.into());
                $crate::api::service::written(done.await)
            }

            async fn [<batch_create_ $Nouns:snake>](
                &self,
                request: tonic::Request<$crate::api::v1::[<BatchCreate $Nouns Request>]>,
            ) -> $crate::api::service::Answer<$crate::api::v1::[<BatchCreate $Nouns Response>]> {
                let (caller, request) = $crate::api::service::open(request)?;
                let parent = $crate::api::service::parent!(request $($parent)?);
                let ask = $crate::api::service::ask(&request, request.validate_only, &request.request_id);
                let requests = request.requests.into_iter().map(Into::into).collect();
                let batch = ask.of($crate::api::batch::Batch { parent, requests });
                let done = $crate::api::batch::create::<$crate::domain::$Noun>(&self.registry, &caller, batch);
                $crate::api::service::written(done.await.map(|done| done.map(|rows| $crate::api::v1::[<BatchCreate $Nouns Response>] { [<$Nouns:snake>]: rows })))
            }

            async fn [<batch_update_ $Nouns:snake>](
                &self,
                request: tonic::Request<$crate::api::v1::[<BatchUpdate $Nouns Request>]>,
            ) -> $crate::api::service::Answer<$crate::api::v1::[<BatchUpdate $Nouns Response>]> {
                let (caller, request) = $crate::api::service::open(request)?;
                let parent = $crate::api::service::parent!(request $($parent)?);
                let ask = $crate::api::service::ask(&request, request.validate_only, &request.request_id);
                let requests = request.requests.into_iter().map(Into::into).collect();
                let batch = ask.of($crate::api::batch::Batch { parent, requests });
                let done = $crate::api::batch::update::<$crate::domain::$Noun>(&self.registry, &caller, batch);
                $crate::api::service::written(done.await.map(|done| done.map(|rows| $crate::api::v1::[<BatchUpdate $Nouns Response>] { [<$Nouns:snake>]: rows })))
            }

            async fn [<batch_delete_ $Nouns:snake>](
                &self,
                request: tonic::Request<$crate::api::v1::[<BatchDelete $Nouns Request>]>,
            ) -> $crate::api::service::Answer<()> {
                let (caller, request) = $crate::api::service::open(request)?;
                let parent = $crate::api::service::parent!(request $($parent)?);
                let ask = $crate::api::service::ask(&request, request.validate_only, &request.request_id);
                let requests = request.requests.into_iter().map(Into::into).collect();
                let batch = ask.of($crate::api::batch::Batch { parent, requests });
                let done = $crate::api::batch::delete::<$crate::domain::$Noun>(&self.registry, &caller, batch);
                $crate::api::service::written(done.await)
            }

            type [<Import $Nouns Stream>] =
                $crate::api::answers::Answers<$crate::api::v1::[<Import $Nouns Response>]>;

            async fn [<import_ $Nouns:snake>](
                &self,
                request: tonic::Request<tonic::Streaming<$crate::api::v1::[<Import $Nouns Request>]>>,
            ) -> $crate::api::service::Answer<Self::[<Import $Nouns Stream>]> {
                let (caller, requests) = $crate::api::service::open(request)?;
                let answers = $crate::api::import::import::<$crate::domain::$Noun, _, _>(
                    self,
                    caller,
                    requests,
                    |request: $crate::api::v1::[<Import $Nouns Request>]| $crate::api::import::Batch {
                        parent: $crate::api::service::parent!(request $($parent)?),
                        validate_only: request.validate_only,
                        absent_rows: request.absent_rows,
                        rows: request.[<$Nouns:snake>],
                    },
                    |outcomes, revision| $crate::api::v1::[<Import $Nouns Response>] { outcomes, revision },
                );
                Ok(tonic::Response::new(answers))
            }

            $($(
                async fn $step(
                    &self,
                    request: tonic::Request<$crate::api::v1::[<$step:camel Request>]>,
                ) -> $crate::api::service::Answer<$crate::api::v1::$Noun> {
                    let (caller, request) = $crate::api::service::open(request)?;
                    let ask = $crate::api::service::ask(&request, request.validate_only, &request.request_id);
                    let step = $crate::api::standard::step::<$crate::domain::$Noun>(&ask, &request.name);
                    let (writing, name) = step.map_err($crate::api::status::of)?;
                    let row = self.registry.$step(&caller, &writing, &name, &request.etag).await;
                    $crate::api::service::written(row.map(|done| done.map(|row| $crate::api::wire::Wire::to_message(&row))))
                }
            )+)?

            $($own)*
        }

        impl From<$crate::api::v1::[<Create $Noun Request>]>
            for $crate::api::standard::Ask<$crate::api::standard::Create<$crate::domain::$Noun>>
        {
            fn from(request: $crate::api::v1::[<Create $Noun Request>]) -> Self {
                let ask = $crate::api::service::ask(&request, request.validate_only, &request.request_id);
                ask.of($crate::api::standard::Create {
                    parent: $crate::api::service::parent!(request $($parent)?),
                    id: request.[<$Noun:snake _id>],
                    message: request.[<$Noun:snake>],
                })
            }
        }

        impl From<$crate::api::v1::[<Update $Noun Request>]>
            for $crate::api::standard::Ask<$crate::api::standard::Update<$crate::domain::$Noun>>
        {
            fn from(request: $crate::api::v1::[<Update $Noun Request>]) -> Self {
                let ask = $crate::api::service::ask(&request, request.validate_only, &request.request_id);
                ask.of($crate::api::standard::Update {
                    message: request.[<$Noun:snake>],
                    update_mask: request.update_mask,
                    allow_missing: request.allow_missing,
                })
            }
        }

        impl From<$crate::api::v1::[<Delete $Noun Request>]>
            for $crate::api::standard::Ask<$crate::api::standard::Delete>
        {
            fn from(request: $crate::api::v1::[<Delete $Noun Request>]) -> Self {
                let ask = $crate::api::service::ask(&request, request.validate_only, &request.request_id);
                ask.of($crate::api::standard::Delete {
                    name: request.name,
                    etag: request.etag,
                    allow_missing: request.allow_missing,
                })
            }
        }
    } };
}
pub(super) use service;

/// The parent of a request, where its resource type has one.
macro_rules! parent {
    ($request:ident) => {
        String::new()
    };
    ($request:ident $parent:ident) => {
        $request.$parent.clone()
    };
}
pub(super) use parent;

/// The list of services, one for each resource type.
macro_rules! services {
    ($($noun:ident),+ $(,)?) => { pastey::paste! {
        impl Api {
            /// Every service, to be served.
            pub fn routes(&self) -> Routes {
                let mut routes = Routes::builder();
                $(routes.add_service(v1::[<$noun _service_server>]::[<$noun:camel ServiceServer>]::new(self.clone())
                    .accept_compressed(CompressionEncoding::Gzip)
                    .accept_compressed(CompressionEncoding::Zstd)
                    .send_compressed(CompressionEncoding::Gzip)
                    .send_compressed(CompressionEncoding::Zstd));)+
                routes.routes()
            }

            /// The full name of every service.
            pub const SERVICES: &'static [&'static str] =
                &[$(concat!("digitalskills.v1.", stringify!([<$noun:camel>]), "Service")),+];
        }
    } };
}
pub(super) use services;
