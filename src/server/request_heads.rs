//! Reads the heads of HTTP/1.1 requests beside the library, which does not report everything that
//! is wrong with them: if a head has both a length and chunks, the library drops the length, and it
//! accepts a bare line feed as the end of a line. A proxy in front of the service may read such a
//! request differently.

use memchr::memchr;

/// Maximum bytes of a head that are examined; the library refuses larger ones.
const MAX_BYTES: usize = 64 << 10;

/// Follows the requests on a connection from head to head.
pub struct RequestHeads {
    place: FrameState,
}

/// What the next byte belongs to.
enum FrameState {
    /// A head, with the bytes received so far.
    Head(Vec<u8>),
    /// A body, with the number of bytes still to come.
    Body(u64),
    /// The size line of a chunk: its value so far, and whether all digits have been read.
    Size(u64, bool),
    /// A chunk, with the number of bytes still to come, including its line end.
    Chunk(u64),
    /// The trailers: number of bytes received of the current line.
    Trailers(usize),
    /// A request that cannot be followed; the library judges it alone.
    Lost,
}

impl RequestHeads {
    /// Starts at the beginning of a connection.
    pub fn new() -> Self {
        Self { place: FrameState::Head(Vec::new()) }
    }

    /// Reads the bytes received. Calls `found` for each complete head, with what is wrong with it.
    pub fn pass(&mut self, mut bytes: &[u8], mut found: impl FnMut(Option<&'static str>)) {
        while let Some((first, rest)) = bytes.split_first() {
            match &mut self.place {
                FrameState::Lost => return,
                FrameState::Head(head) => {
                    let end = memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
                    head.extend_from_slice(&bytes[..end]);
                    bytes = &bytes[end..];
                    if head.len() > MAX_BYTES {
                        self.place = FrameState::Lost;
                    } else if matches!(head[..], [b'\n'] | [b'\r', b'\n']) {
                        // Empty lines before a head do not belong to it.
                        head.clear();
                    } else if head.ends_with(b"\n\n") || head.ends_with(b"\n\r\n") {
                        let (wrong, place) = check(head);
                        found(wrong);
                        self.place = place;
                    }
                }
                FrameState::Body(left) | FrameState::Chunk(left) => {
                    let step = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= step as u64;
                    bytes = &bytes[step..];
                    if *left == 0 {
                        self.place = match self.place {
                            FrameState::Chunk(_) => FrameState::Size(0, false),
                            _ => FrameState::Head(Vec::new()),
                        };
                    }
                }
                FrameState::Size(..) => {
                    self.size(*first);
                    bytes = rest;
                }
                FrameState::Trailers(length) => {
                    bytes = rest;
                    match first {
                        b'\n' if *length == 0 => self.place = FrameState::Head(Vec::new()),
                        b'\n' => *length = 0,
                        b'\r' => {}
                        _ => *length += 1,
                    }
                }
            }
        }
    }

    /// Reads one byte of the size line of a chunk.
    fn size(&mut self, byte: u8) {
        let FrameState::Size(value, is_whole) = &mut self.place else { return };
        let digit = char::from(byte).to_digit(16).filter(|_| !*is_whole);
        match (byte, digit) {
            (b'\n', _) if *value == 0 => self.place = FrameState::Trailers(0),
            (b'\n', _) => self.place = FrameState::Chunk(*value + 2),
            (_, Some(digit)) if *value < 1 << 32 => *value = *value * 16 + u64::from(digit),
            (_, Some(_)) => self.place = FrameState::Lost,
            (_, None) => *is_whole = true,
        }
    }
}

/// Returns what is wrong with a head, and what follows it.
fn check(head: &[u8]) -> (Option<&'static str>, FrameState) {
    let lines: Vec<&[u8]> =
        head.strip_suffix(b"\n").unwrap_or(head).split(|byte| *byte == b'\n').collect();
    let has_bare_feed = lines.iter().any(|line| !line.ends_with(b"\r"));
    let values = |name: &str| {
        let of = move |line: &&[u8]| -> Option<String> {
            let line = std::str::from_utf8(line).ok()?;
            let (given, value) = line.split_once(':')?;
            given.eq_ignore_ascii_case(name).then(|| value.trim().to_ascii_lowercase())
        };
        lines.iter().skip(1).filter_map(of).next_back()
    };
    let (length, coding) = (values("content-length"), values("transfer-encoding"));
    let wrong = if has_bare_feed {
        Some("Lines of HTTP/1.1 end with a carriage return and a line feed.\n")
    } else if length.is_some() && coding.is_some() {
        Some("A request has a Content-Length or a Transfer-Encoding, not both.\n")
    } else {
        None
    };
    let place = match (coding, length) {
        (Some(coding), _) if coding.ends_with("chunked") => FrameState::Size(0, false),
        (Some(_), _) => FrameState::Lost,
        (None, None) => FrameState::Head(Vec::new()),
        (None, Some(length)) => match length.parse() {
            Ok(0) => FrameState::Head(Vec::new()),
            Ok(length) => FrameState::Body(length),
            Err(_) => FrameState::Lost,
        },
    };
    (wrong, place)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BARE: &str = "POST / HTTP/1.1\r\nhost: x\n\r\n";
    const BOTH: &str =
        "POST / HTTP/1.1\r\ncontent-length: 3\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n";
    const WELL_FORMED: [&str; 4] = [
        "GET / HTTP/1.1\r\nhost: x\r\n\r\n",
        "\r\nPOST / HTTP/1.1\r\nContent-Length: 12\r\n\r\n\n\nGET / HTT\n",
        "POST / HTTP/1.1\r\ntransfer-encoding: gzip, chunked\r\n\r\n1A;x=y\r\n\n\nabcdefghijklmnopqrstuvwx\r\n\
         0\r\nx: y\n\r\n",
        "POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n",
    ];

    proptest! {
        #[test]
        fn heads_are_found_and_judged_however_they_are_cut(
            which in prop::collection::vec(0..6usize, 0..8),
            size in 1..40usize,
        ) {
            let all: Vec<&str> = WELL_FORMED.into_iter().chain([BARE, BOTH]).collect();
            let text: String = which.iter().map(|i| all[*i]).collect();
            let (mut heads, mut wrong) = (RequestHeads::new(), Vec::new());
            for piece in text.as_bytes().chunks(size) {
                heads.pass(piece, |found| wrong.push(found.is_some()));
            }
            let expected: Vec<bool> = which.iter().map(|i| *i >= 4).collect();
            prop_assert_eq!(wrong, expected);
        }
    }

    #[test]
    fn what_cannot_be_followed_is_left_to_the_library() {
        let mut heads = RequestHeads::new();
        let text = b"POST / HTTP/1.1\r\ncontent-length: x\r\n\r\nGET / HTTP/1.1\nhost: x\n\n";
        let mut found = Vec::new();
        heads.pass(text, |wrong| found.push(wrong));
        assert_eq!(found, [None]);
    }
}
