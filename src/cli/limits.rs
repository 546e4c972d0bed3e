//! The limits of `serve`, as options.

use std::time::Duration;

use clap::{Args, builder::TypedValueParser};

use crate::server::Limits;

/// Limits on the work that `serve` accepts, and on how long it waits for silent callers.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitOptions {
    /// Maximum number of connections; further ones are closed at once. Each takes a file: if the
    /// process may open fewer files, there are fewer connections.
    #[arg(long, env = "REGISTRY_MAX_CONNECTIONS", value_name = "NUMBER",
          default_value_t = Limits::default().connections, value_parser = from_one())]
    pub max_connections: usize,
    /// Maximum number of HTTP/2 streams of a connection; further ones are refused.
    #[arg(long, env = "REGISTRY_MAX_STREAMS", value_name = "NUMBER",
          default_value_t = Limits::default().streams,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub max_streams: u32,
    /// Maximum number of HTTP/2 streams of a connection that its caller reset before they were
    /// accepted; one more ends the connection.
    #[arg(long, env = "REGISTRY_MAX_PENDING_RESETS", value_name = "NUMBER",
          default_value_t = Limits::default().pending_resets, value_parser = from_one())]
    pub max_pending_resets: usize,
    /// Maximum bytes that a stream buffers for a caller that does not read, beyond the message in
    /// hand. At least 16384, the size of an HTTP/2 frame.
    #[arg(long, env = "REGISTRY_MAX_STREAM_BYTES", value_name = "BYTES",
          default_value_t = Limits::default().stream_bytes, value_parser = from(16 << 10))]
    pub max_stream_bytes: usize,
    /// Maximum number of calls worked on at once; further ones are answered RESOURCE_EXHAUSTED,
    /// OVERLOADED.
    #[arg(long, env = "REGISTRY_MAX_CALLS", value_name = "NUMBER",
          default_value_t = Limits::default().calls, value_parser = from_one())]
    pub max_calls: usize,
    /// Maximum bytes of incomplete or unanswered requests of all callers together; beyond it, a
    /// request is answered RESOURCE_EXHAUSTED, OVERLOADED. A message can have 4 MiB.
    #[arg(long, env = "REGISTRY_MAX_REQUEST_BYTES", value_name = "BYTES",
          default_value_t = Limits::default().request_bytes, value_parser = from_one())]
    pub max_request_bytes: usize,
    /// How long a new connection may take to send its first request, or the HTTP/2 preface.
    #[arg(long, env = "REGISTRY_MAX_FIRST_REQUEST", value_name = "DURATION",
          default_value = "10s", value_parser = duration)]
    pub max_first_request: Duration,
    /// How long a connection that waits for no answer may be silent. HTTP/2 is pinged at half this
    /// time.
    #[arg(long, env = "REGISTRY_MAX_CONNECTION_SILENCE", value_name = "DURATION",
          default_value = "30s", value_parser = duration)]
    pub max_connection_silence: Duration,
    /// How long a request may pause before it is answered DEADLINE_EXCEEDED, REQUEST_STALLED.
    #[arg(long, env = "REGISTRY_MAX_REQUEST_SILENCE", value_name = "DURATION",
          default_value = "30s", value_parser = duration)]
    pub max_request_silence: Duration,
    /// How long a request of one message may take to arrive in full; then it is answered the same.
    #[arg(long, env = "REGISTRY_MAX_REQUEST_ARRIVAL", value_name = "DURATION",
          default_value = "45s", value_parser = duration)]
    pub max_request_arrival: Duration,
    /// How long a unary call may take if its caller sets no deadline.
    #[arg(long, env = "REGISTRY_MAX_UNARY_DURATION", value_name = "DURATION",
          default_value = "60s", value_parser = duration)]
    pub max_unary_duration: Duration,
}

impl From<LimitOptions> for Limits {
    fn from(options: LimitOptions) -> Self {
        Self {
            connections: options.max_connections,
            streams: options.max_streams,
            pending_resets: options.max_pending_resets,
            stream_bytes: options.max_stream_bytes,
            calls: options.max_calls,
            request_bytes: options.max_request_bytes,
            first_request: options.max_first_request,
            connection_silence: options.max_connection_silence,
            request_silence: options.max_request_silence,
            request_arrival: options.max_request_arrival,
            unary_deadline: options.max_unary_duration,
        }
    }
}

/// Parses a number of at least 1.
fn from_one() -> impl TypedValueParser<Value = usize> {
    from(1)
}

/// Parses a number of at least `least`.
fn from(least: i64) -> impl TypedValueParser<Value = usize> {
    let most = i64::from(u32::MAX);
    clap::value_parser!(i64).range(least..=most).map(|number| usize::try_from(number).unwrap_or(1))
}

/// Parses a duration of at least 1 ms.
pub fn duration(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if duration < Duration::from_millis(1) {
        return Err("must be at least 1ms".to_owned());
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        limits: LimitOptions,
    }

    #[test]
    fn options_that_are_not_given_are_the_limits_by_default() {
        let line = Line::parse_from(["serve"]);
        assert_eq!(Limits::from(line.limits), Limits::default());
        for wrong in [["serve", "--max-calls=0"], ["serve", "--max-request-silence=0s"]] {
            assert!(Line::try_parse_from(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn every_option_sets_its_own_limit() {
        let line = Line::parse_from([
            "serve",
            "--max-connections=1",
            "--max-streams=2",
            "--max-pending-resets=3",
            "--max-stream-bytes=16384",
            "--max-calls=5",
            "--max-request-bytes=6",
            "--max-first-request=7s",
            "--max-connection-silence=8s",
            "--max-request-silence=9s",
            "--max-request-arrival=10s",
            "--max-unary-duration=11s",
        ]);
        let expected = Limits {
            connections: 1,
            streams: 2,
            pending_resets: 3,
            stream_bytes: 16_384,
            calls: 5,
            request_bytes: 6,
            first_request: Duration::from_secs(7),
            connection_silence: Duration::from_secs(8),
            request_silence: Duration::from_secs(9),
            request_arrival: Duration::from_secs(10),
            unary_deadline: Duration::from_secs(11),
        };
        assert_eq!(Limits::from(line.limits), expected);
    }
}
