//! What ties the generated services to the standard methods.

use prost::Message;
use tonic::{Request, Response, Status};

use crate::domain::{Caller, Result};

use super::{caller, status};

/// The answer of a method.
pub type Answer<T> = Result<Response<T>, Status>;

/// Takes a request apart: who calls, and what for.
pub fn open<T>(request: Request<T>) -> Result<(Caller, T), Status> {
    let caller = caller::of(request.metadata()).map_err(status::of)?;
    Ok((caller, request.into_inner()))
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

/// Writes the service of a noun: the standard methods, then those that take a resource to its next
/// state, and last the noun's own. `in parent` where its names lie under others.
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
                    $crate::api::standard::get::<$crate::domain::$Noun>(&self.registry, &caller, &request.name).await,
                )
            }

            async fn [<batch_get_ $Nouns:snake>](
                &self,
                request: tonic::Request<$crate::api::v1::[<BatchGet $Nouns Request>]>,
            ) -> $crate::api::service::Answer<$crate::api::v1::[<BatchGet $Nouns Response>]> {
                let (caller, request) = $crate::api::service::open(request)?;
                let parent = $crate::api::service::parent!(request $($parent)?);
                let rows = $crate::api::standard::batch_get::<$crate::domain::$Noun>(
                    &self.registry, &caller, &parent, &request.names,
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
                let query = $crate::api::standard::List {
                    parent: $crate::api::service::parent!(request $($parent)?),
                    page_size: request.page_size,
                    page_token: request.page_token,
                };
                let page = $crate::api::standard::list::<$crate::domain::$Noun>(&self.registry, &caller, query).await;
                $crate::api::service::answer(page.map(|page| $crate::api::v1::[<List $Nouns Response>] {
                    [<$Nouns:snake>]: page.rows,
                    next_page_token: page.next_page_token,
                    read_revision: page.read_revision,
                }))
            }

            async fn [<create_ $Noun:snake>](
                &self,
                request: tonic::Request<$crate::api::v1::[<Create $Noun Request>]>,
            ) -> $crate::api::service::Answer<$crate::api::v1::$Noun> {
                let (caller, request) = $crate::api::service::open(request)?;
                let parent = $crate::api::service::parent!(request $($parent)?);
                $crate::api::service::answer($crate::api::standard::create::<$crate::domain::$Noun>(
                    &self.registry, &caller, &parent, &request.[<$Noun:snake _id>], request.[<$Noun:snake>],
                ).await)
            }

            async fn [<update_ $Noun:snake>](
                &self,
                request: tonic::Request<$crate::api::v1::[<Update $Noun Request>]>,
            ) -> $crate::api::service::Answer<$crate::api::v1::$Noun> {
                let (caller, request) = $crate::api::service::open(request)?;
                $crate::api::service::answer($crate::api::standard::update::<$crate::domain::$Noun>(
                    &self.registry, &caller, request.[<$Noun:snake>], request.update_mask, request.allow_missing,
                ).await)
            }

            async fn [<delete_ $Noun:snake>](
                &self,
                request: tonic::Request<$crate::api::v1::[<Delete $Noun Request>]>,
            ) -> $crate::api::service::Answer<()> {
                let (caller, request) = $crate::api::service::open(request)?;
                $crate::api::service::answer($crate::api::standard::delete::<$crate::domain::$Noun>(
                    &self.registry, &caller, &request.name, request.etag, request.allow_missing,
                ).await)
            }

            type [<Import $Nouns Stream>] =
                $crate::api::import::Answers<$crate::api::v1::[<Import $Nouns Response>]>;

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
                        dry_run: request.dry_run,
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
                    let name = $crate::api::standard::name_of::<$crate::domain::$Noun>(&request.name);
                    let name = name.map_err($crate::api::status::of)?;
                    let row = self.registry.$step(&caller, &name, &request.etag).await;
                    $crate::api::service::answer(row.map(|row| $crate::api::wire::Wire::to_message(&row)))
                }
            )+)?

            $($own)*
        }
    } };
}
pub(super) use service;

/// The parent of a request, where its noun has one.
macro_rules! parent {
    ($request:ident) => {
        String::new()
    };
    ($request:ident $parent:ident) => {
        $request.$parent.clone()
    };
}
pub(super) use parent;

/// The list of services, one for each noun.
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
