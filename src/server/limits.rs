//! How much a process takes on at once, and how long it waits for callers that say nothing.

use std::time::Duration;

/// The limits of a process. They keep one caller, or a network that loses connections, from using up the
/// memory, the files or the time of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of connections; one more is accepted and closed at once. Each takes a file and some
    /// 20 KB.
    pub connections: usize,
    /// Maximum number of HTTP/2 streams of a connection; one more is refused with REFUSED_STREAM, which
    /// clients repeat elsewhere or later.
    pub streams: u32,
    /// Maximum number of streams of a connection that its caller has reset before they were accepted; one
    /// more ends the connection. Behind a gateway, a few impatient callers must not end that of all.
    pub pending_resets: usize,
    /// Maximum number of bytes that a stream buffers for a caller who does not read, beyond the message in
    /// hand, whatever window its caller opens.
    pub stream_bytes: usize,
    /// Maximum number of calls that are worked on at once; one more is told RESOURCE_EXHAUSTED, OVERLOADED.
    /// Health checks and reflection do not count, nor do calls that wait for their caller or for changes.
    pub calls: usize,
    /// Maximum number of bytes of requests that are not whole yet, or not answered; a request that would
    /// take more is told RESOURCE_EXHAUSTED, OVERLOADED.
    pub request_bytes: usize,
    /// How long a new connection may take to send its first request, or the preface of HTTP/2.
    pub first_request: Duration,
    /// How long a connection may be silent. HTTP/2 is pinged at half this time, so that a caller that is
    /// there always says something; HTTP/1.1 is not closed while it waits for an answer.
    pub connection_silence: Duration,
    /// How long no byte of a request may come before it is told DEADLINE_EXCEEDED, REQUEST_STALLED.
    pub request_silence: Duration,
    /// How long a request of one message may take to arrive before it is told the same.
    pub request_arrival: Duration,
    /// How long a call with one message each way may take where its caller sets no deadline.
    pub unary_deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4_096,
            streams: 200,
            pending_resets: 200,
            stream_bytes: 64 << 10,
            calls: 512,
            request_bytes: 256 << 20,
            first_request: Duration::from_secs(10),
            connection_silence: Duration::from_secs(30),
            request_silence: Duration::from_secs(30),
            request_arrival: Duration::from_secs(45),
            unary_deadline: Duration::from_secs(60),
        }
    }
}
