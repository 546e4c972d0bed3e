//! Begin and end of every call. Every handler goes through [`open`], which identifies the caller.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use prost::Message;
use sha2::{Digest, Sha256};
use tonic::{Request, Response, Status};

use crate::domain::{
    Call, Caller, CommittedAnswer, Reason, RequestId, Result, Violations, WriteOptions,
};

use super::{
    caller,
    request::WriteRequest,
    status, transport,
    wire::{MessageOf, Wire},
};

/// Response of a unary method.
pub type Answer<T> = Result<Response<T>, Status>;

/// Response metadata of a write: the revision from which on it is visible.
const REVISION: &str = "registry-revision";

/// Full name of the method called; the server puts it into the extensions of each request.
#[derive(Clone, Copy, Debug)]
pub struct Method(pub &'static str);

/// Splits a request into its caller and its message.
pub fn open<T>(request: Request<T>) -> Result<(Caller, T), Status> {
    let caller = caller::of(request.metadata()).map_err(status::of)?;
    tracing::Span::current().record("caller", caller.principal());
    let method = request.extensions().get::<Method>();
    let call = Call {
        method: method.map_or_else(String::new, |method| method.0.to_owned()),
        peer: request.remote_addr().map_or_else(String::new, |peer| peer.ip().to_string()),
    };
    Ok((caller.calling(call), request.into_inner()))
}

/// Reads the write options of a request. Must be called while the request is complete, because its
/// fingerprint covers all fields. An id that is not a UUID is a violation.
pub fn write_options<R: WriteRequest>(request: &R, violations: &mut Violations) -> WriteOptions {
    let id = request.request_id();
    if id.is_empty() {
        return WriteOptions { validate_only: request.validate_only(), request: None };
    }
    tracing::Span::current().record("request_id", id);
    let id = uuid::Uuid::try_parse(id);
    if id.is_err() {
        violations.add_outside("request_id", Reason::Malformed, "must be a UUID");
    }
    let known =
        id.ok().map(|id| RequestId { id: id.to_string(), fingerprint: fingerprint(request) });
    WriteOptions { validate_only: request.validate_only(), request: known }
}

/// Hash that identifies a request in every version of this program: of its full name in the protos and its
/// encoding.
fn fingerprint<R: WriteRequest>(request: &R) -> String {
    let mut hash = Sha256::new();
    hash.update(R::full_name());
    hash.update([0]);
    hash.update(request.encode_to_vec());
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// Minimum size of a compressed response, in bytes: smaller ones would hardly shrink.
const MIN_COMPRESSED: usize = 1_024;

/// Maximum size of a response in bytes: what clients accept by default.
const MAX_BYTES: usize = 4 << 20;

/// Builds the response of a method that only reads.
pub fn answer<T: Message>(result: Result<T>) -> Answer<T> {
    let message = result.map_err(status::of)?;
    if message.encoded_len() > MAX_BYTES {
        return Err(transport::response_too_large());
    }
    Ok(response(message))
}

fn response<T: Message>(message: T) -> Response<T> {
    let small = message.encoded_len() < MIN_COMPRESSED;
    let mut response = Response::new(message);
    if small {
        response.disable_compression();
    }
    response
}

/// Builds the response of a write, with the revision in its metadata.
pub fn written<T: Message>(result: Result<CommittedAnswer<T>>) -> Answer<T> {
    let CommittedAnswer { answer, revision } = result.map_err(status::of)?;
    let mut response = self::response(answer);
    response.metadata_mut().insert(REVISION, revision.number().into());
    Ok(response)
}

/// Builds the response of a write of one resource.
pub fn written_row<N: Wire>(result: Result<CommittedAnswer<N>>) -> Answer<MessageOf<N>> {
    written(result.map(|done| done.map(|row| row.to_message())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::v1;

    #[test]
    fn a_request_is_known_again_by_its_name_in_the_protos_and_its_encoding() {
        let request = v1::DeleteRoleRequest { name: "roles/a".to_owned(), ..Default::default() };
        // Fingerprints are stored for a day and read by other versions of this program.
        assert_eq!(fingerprint(&request), "laP07s3wpjnU94PJmEY_BUw9AgtZkrYGk4H0_d4KNPs");
        let other = v1::DeleteSkillRequest { name: "roles/a".to_owned(), ..Default::default() };
        assert_ne!(fingerprint(&request), fingerprint(&other));
    }
}
