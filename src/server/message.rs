//! Splits a request into its messages, and holds the one that is incomplete.

use prost::bytes::{Bytes, BytesMut};

/// Maximum size of a message in bytes. A larger one is passed on as it arrives; the library refuses
/// it by its header.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Size of a message header: one byte of flags and four of length.
const HEADER: usize = 5;

/// Maximum size of a block in bytes.
const BLOCK: usize = 32 << 10;

/// Returns the number of complete messages, and the offset at which the last of them ends.
pub(super) fn whole(bytes: &[u8]) -> (usize, usize) {
    let (mut count, mut end) = (0, 0);
    while let Some(header) = bytes[end..].first_chunk() {
        let Some(length) = length_with(*header) else { return (count + 1, bytes.len()) };
        if bytes.len() - end < length {
            break;
        }
        count += 1;
        end += length;
    }
    (count, end)
}

/// Returns the length of a message with its header, in bytes; `None` if it is too large.
fn length_with([_, length @ ..]: [u8; HEADER]) -> Option<usize> {
    let length = u32::from_be_bytes(length) as usize;
    (length <= MAX_BYTES).then_some(HEADER + length)
}

/// An incomplete message, held in blocks. There may be hundreds of these; each takes little more
/// memory than the bytes received.
#[derive(Default)]
pub(super) struct OpenMessage {
    header: [u8; HEADER],
    blocks: Vec<BytesMut>,
    length: usize,
}

impl OpenMessage {
    /// Number of bytes received.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Takes the bytes of the message from the front of `data`. Returns the pieces of the message
    /// if it is now complete.
    pub(super) fn take(&mut self, data: &mut Bytes) -> Option<Vec<Bytes>> {
        let header = data.split_to(data.len().min(HEADER.saturating_sub(self.length)));
        self.extend(&header);
        if self.length < HEADER {
            return None;
        }
        let Some(length) = length_with(self.header) else {
            self.extend(&data.split_off(0));
            return Some(self.end());
        };
        let rest = data.split_to(data.len().min(length - self.length));
        self.extend(&rest);
        (self.length == length).then(|| self.end())
    }

    fn extend(&mut self, mut bytes: &[u8]) {
        for (place, byte) in self.header.iter_mut().skip(self.length).zip(bytes) {
            *place = *byte;
        }
        while !bytes.is_empty() {
            let room = self.blocks.last().map_or(0, |block| block.capacity() - block.len());
            if room == 0 {
                let length = length_with(self.header).filter(|_| self.length >= HEADER);
                let missing = length.map_or(bytes.len(), |length| length - self.length);
                self.blocks.push(BytesMut::with_capacity(missing.min(BLOCK)));
                continue;
            }
            let (part, rest) = bytes.split_at(bytes.len().min(room));
            if let Some(block) = self.blocks.last_mut() {
                block.extend_from_slice(part);
            }
            self.length += part.len();
            bytes = rest;
        }
    }

    fn end(&mut self) -> Vec<Bytes> {
        std::mem::take(self).blocks.into_iter().map(BytesMut::freeze).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_has_not_ended_takes_hardly_more_room_than_has_come() {
        let mut message = OpenMessage::default();
        let mut come =
            Bytes::from([&[0], &4_000_000_u32.to_be_bytes()[..], &[7; 100_000]].concat());
        let length = come.len();
        while !come.is_empty() {
            let mut piece = come.split_to(come.len().min(999));
            assert!(message.take(&mut piece).is_none());
        }
        assert_eq!(message.len(), length);
        let room: usize = message.blocks.iter().map(BytesMut::capacity).sum();
        assert!(room <= length + BLOCK, "{room} bytes for {length}");
    }
}
