//! Compresses and decompresses messages, with a limit on the decompressed size.

use std::io::{self, Read};

use flate2::read::{GzEncoder, MultiGzDecoder};
use http::{HeaderMap, HeaderName, header};
use prost::bytes::Bytes;
use tonic::Status;

use crate::api::transport::{self, too_large, undecodable};

use super::{MAX_BYTES, codec::Framing};

/// Minimum size in bytes of a message that is compressed: smaller ones would hardly shrink.
const MIN_BYTES: usize = 1_024;

/// The compressions supported, in the order offered.
pub(super) const OFFERED: &str = "gzip, zstd";

/// A compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Gzip,
    Zstd,
}

/// The header that names the compression of a body, or of the messages within it.
pub(super) fn content_encoding(framing: Framing) -> HeaderName {
    match framing {
        Framing::Bare => header::CONTENT_ENCODING,
        Framing::Enveloped => HeaderName::from_static("connect-content-encoding"),
    }
}

/// The header that names the compressions accepted.
pub(super) fn accept_encoding(framing: Framing) -> HeaderName {
    match framing {
        Framing::Bare => header::ACCEPT_ENCODING,
        Framing::Enveloped => HeaderName::from_static("connect-accept-encoding"),
    }
}

impl Encoding {
    /// Returns the compression of a request, if any.
    pub(super) fn of(headers: &HeaderMap, framing: Framing) -> Result<Option<Self>, Status> {
        match headers.get(content_encoding(framing)).map(|value| value.as_bytes()) {
            None | Some(b"" | b"identity") => Ok(None),
            Some(b"gzip") => Ok(Some(Self::Gzip)),
            Some(b"zstd") => Ok(Some(Self::Zstd)),
            Some(_) => Err(transport::unknown_compression()),
        }
    }

    /// Returns the best compression that the caller accepts for the response.
    pub(super) fn accepted(headers: &HeaderMap, framing: Framing) -> Option<Self> {
        let values = headers.get_all(accept_encoding(framing));
        let values = values.into_iter().filter_map(|value| value.to_str().ok());
        let names = values.flat_map(|value| value.split(',')).filter_map(|item| {
            let (name, weight) = item.split_once(';').unwrap_or((item, ""));
            let weight = weight.trim().strip_prefix("q=").map(str::parse::<f32>);
            let refused = matches!(weight, Some(Ok(weight)) if weight <= 0.0);
            (!refused).then(|| name.trim())
        });
        names.fold(None, |best, name| match (best, name) {
            (_, "zstd") => Some(Self::Zstd),
            (None, "gzip") => Some(Self::Gzip),
            (best, _) => best,
        })
    }

    /// The name used in headers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// Compresses a message; `None` if it is too small to be worth it.
    pub(super) fn compress(self, bytes: &[u8]) -> Option<Bytes> {
        if bytes.len() < MIN_BYTES {
            return None;
        }
        let mut compressed = Vec::new();
        let done = match self {
            Self::Gzip => {
                GzEncoder::new(bytes, flate2::Compression::default()).read_to_end(&mut compressed)
            }
            Self::Zstd => zstd::stream::read::Encoder::new(bytes, zstd::DEFAULT_COMPRESSION_LEVEL)
                .and_then(|mut encoder| encoder.read_to_end(&mut compressed)),
        };
        done.ok().map(|_| compressed.into())
    }

    /// Decompresses a message. The result is subject to the same size limit as any message: a small
    /// input can expand to a large one.
    pub(super) fn decompress(self, bytes: &[u8]) -> Result<Bytes, Status> {
        let read = |from: &mut dyn Read| -> io::Result<Vec<u8>> {
            let mut into = Vec::new();
            from.take(MAX_BYTES as u64 + 1).read_to_end(&mut into)?;
            Ok(into)
        };
        let message = match self {
            // All gzip members are read; anything else after them is an error.
            Self::Gzip => read(&mut MultiGzDecoder::new(bytes)),
            Self::Zstd => {
                zstd::stream::read::Decoder::new(bytes).and_then(|mut decoder| read(&mut decoder))
            }
        };
        match message {
            Ok(message) if message.len() > MAX_BYTES => Err(too_large()),
            Ok(message) => Ok(message.into()),
            Err(_) => Err(undecodable("the message is not compressed as its headers say")),
        }
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    #[test]
    fn what_is_compressed_comes_back_and_what_is_too_large_does_not() {
        for encoding in [Encoding::Gzip, Encoding::Zstd] {
            let text = "skill ".repeat(1_000);
            let compressed = encoding.compress(text.as_bytes()).unwrap();
            assert!(compressed.len() < 200);
            assert_eq!(encoding.decompress(&compressed).unwrap(), text.as_bytes());
            assert!(encoding.compress(b"small").is_none());

            let bomb = encoding.compress(&vec![0; MAX_BYTES + 1]).unwrap();
            assert_eq!(encoding.decompress(&bomb).unwrap_err().code(), Code::ResourceExhausted);
            let fits = encoding.compress(&vec![0; MAX_BYTES]).unwrap();
            assert_eq!(encoding.decompress(&fits).unwrap().len(), MAX_BYTES);
            for broken in [&compressed[..compressed.len() / 2], b"not compressed"] {
                let error = encoding.decompress(broken).unwrap_err();
                assert_eq!(error.code(), Code::InvalidArgument);
            }
        }
    }

    #[test]
    fn the_answer_is_compressed_by_the_best_that_the_caller_takes() {
        for (value, expected) in [
            ("", None),
            ("identity", None),
            ("br, deflate", None),
            ("gzip, br", Some(Encoding::Gzip)),
            ("gzip;q=1.0, zstd;q=0.5", Some(Encoding::Zstd)),
            ("zstd;q=0, gzip;q=0.1", Some(Encoding::Gzip)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("accept-encoding", value.parse().unwrap());
            assert_eq!(Encoding::accepted(&headers, Framing::Bare), expected, "{value}");
            assert_eq!(Encoding::accepted(&headers, Framing::Enveloped), None);
        }
    }
}
