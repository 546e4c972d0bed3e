//! Limits on the work a process accepts, and on how long it waits for silent callers.

use std::time::Duration;

/// The limits of a process. They keep one caller, or a network that loses connections, from
/// exhausting the memory, the files or the time that all callers share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of connections; further ones are accepted and closed at once. Each takes a
    /// file and about 20 KB.
    pub connections: usize,
    /// Maximum number of HTTP/2 streams of a connection; further ones are refused with
    /// REFUSED_STREAM, which clients retry elsewhere or later.
    pub streams: u32,
    /// Maximum number of streams of a connection that its caller reset before they were accepted;
    /// one more ends the connection. Allow for gateways: a few impatient callers must not end the
    /// connection of all.
    pub pending_resets: usize,
    /// Maximum bytes that a stream buffers for a caller that does not read, beyond the message in
    /// hand and regardless of the flow-control window that the caller opens.
    pub stream_bytes: usize,
    /// Maximum number of calls worked on at once; further ones are answered RESOURCE_EXHAUSTED,
    /// OVERLOADED. Health checks and reflection do not count, nor do calls that wait for their
    /// caller or for changes.
    pub calls: usize,
    /// Maximum bytes of requests that are incomplete or unanswered, over all callers; a request
    /// that would exceed it is answered RESOURCE_EXHAUSTED, OVERLOADED.
    pub request_bytes: usize,
    /// How long a new connection may take to send its first request, or the HTTP/2 preface.
    pub first_request: Duration,
    /// How long a connection may be silent. HTTP/2 connections are pinged at half this time, so
    /// that a live caller is never silent; HTTP/1.1 connections are not closed while they wait for
    /// an answer.
    pub connection_silence: Duration,
    /// How long a request may pause before it is answered DEADLINE_EXCEEDED, REQUEST_STALLED.
    pub request_silence: Duration,
    /// How long a request of one message may take to arrive in full; then it is answered the same.
    pub request_arrival: Duration,
    /// How long a unary call may take if its caller sets no deadline.
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
