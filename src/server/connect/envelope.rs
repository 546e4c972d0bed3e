//! Envelopes: a byte of flags, four bytes of length, and a message. gRPC frames its messages in the
//! same way.

use prost::bytes::{Buf, BufMut, Bytes, BytesMut};
use tonic::Status;

use crate::api::transport::too_large;

/// Flag of a compressed message.
pub(super) const COMPRESSED: u8 = 1;

/// Flag of the last envelope of a Connect stream, which says how the stream ended.
pub(super) const END: u8 = 2;

const HEADER: usize = 5;

/// The content of an envelope.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Envelope {
    pub flags: u8,
    pub message: Bytes,
}

impl Envelope {
    /// Puts a message and its flags into an envelope; `None` if the message is too large for one.
    pub(super) fn seal(flags: u8, message: &[u8]) -> Option<Bytes> {
        let length = u32::try_from(message.len()).ok()?;
        let mut bytes = BytesMut::with_capacity(HEADER + message.len());
        bytes.put_u8(flags);
        bytes.put_u32(length);
        bytes.put_slice(message);
        Some(bytes.freeze())
    }
}

/// Extracts envelopes from bytes, however those were split.
pub(super) struct Envelopes {
    bytes: BytesMut,
    most: usize,
}

impl Envelopes {
    /// Starts with no bytes. Envelopes of more than `most` bytes are refused.
    pub(super) fn new(most: usize) -> Self {
        Self { bytes: BytesMut::new(), most }
    }

    /// Adds received bytes.
    pub(super) fn push(&mut self, bytes: &Bytes) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes the next complete envelope; `None` if it is incomplete.
    pub(super) fn next(&mut self) -> Result<Option<Envelope>, Status> {
        let [flags, a, b, c, d, ..] = self.bytes[..] else {
            return Ok(None);
        };
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        if length > self.most {
            return Err(too_large());
        }
        if self.bytes.len() - HEADER < length {
            return Ok(None);
        }
        self.bytes.advance(HEADER);
        Ok(Some(Envelope { flags, message: self.bytes.split_to(length).freeze() }))
    }

    /// Whether no incomplete envelope is left.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tonic::Code;

    use super::*;

    proptest! {
        #[test]
        fn envelopes_are_found_however_their_bytes_are_cut(
            messages in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..30)), 0..6),
            size in 1..20usize,
        ) {
            let sealed = messages.iter().map(|(flags, message)| Envelope::seal(*flags, message).unwrap());
            let bytes: Vec<u8> = sealed.flatten().collect();
            let mut envelopes = Envelopes::new(30);
            let mut found = Vec::new();
            for piece in bytes.chunks(size) {
                envelopes.push(&Bytes::copy_from_slice(piece));
                while let Some(envelope) = envelopes.next().unwrap() {
                    found.push((envelope.flags, envelope.message.to_vec()));
                }
            }
            prop_assert_eq!(found, messages);
            prop_assert!(envelopes.is_empty());
        }
    }

    #[test]
    fn an_envelope_that_says_it_is_too_large_is_not_waited_for() {
        let mut envelopes = Envelopes::new(100);
        envelopes.push(&Bytes::from_static(&[0, 0, 0, 0, 101]));
        assert_eq!(envelopes.next().unwrap_err().code(), Code::ResourceExhausted);
    }
}
