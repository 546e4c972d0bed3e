//! Purposes of connections, and the limits of their pools.

use std::time::Duration;

use super::Dialect;

/// How long a call waits for a connection of a pool. Together with the time limits on the
/// connection, every call is answered within fifteen seconds. SQLite has the longer wait because
/// many calls wait for its one writer.
pub(super) const POOL_WAIT_POSTGRES: Duration = Duration::from_secs(6);
const POOL_WAIT_SQLITE: Duration = Duration::from_secs(10);

/// Number of borrowers that may wait for a reader as long as for any other connection.
const READ_QUEUE: usize = 192;

/// How long a borrower waits for a reader while more than [`READ_QUEUE`] wait. A caller who asks for
/// more than the database can answer then makes nobody wait longer.
const CROWDED_WAIT: Duration = Duration::from_millis(250);

/// Time limit for a statement that a caller waits for.
const STATEMENT: Duration = Duration::from_secs(8);

/// Time limit for a statement of a long read.
const LONG_STATEMENT: Duration = Duration::from_secs(60);

/// Time limit for a statement of a probe.
pub(super) const PROBE: Duration = Duration::from_secs(2);

/// Purpose of a connection pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Purpose {
    /// Writes.
    Write,
    /// Reads that a caller waits for.
    Read,
    /// Long reads. They have connections of their own, so that other reads do not wait for them.
    LongRead,
    /// Health probes, which must not wait for any other use.
    Probe,
}

/// Limits of a pool.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct PoolLimits {
    /// Maximum number of connections.
    pub connections: usize,
    /// How long a borrower waits for a connection.
    pub wait: Duration,
    /// Number of waiting borrowers beyond which the pool is crowded.
    pub queue: usize,
    /// How long a borrower waits while the pool is crowded.
    pub crowded_wait: Duration,
    /// Time limit for one statement.
    pub statement: Duration,
}

impl Purpose {
    /// Returns the number of connections and the time limits of a pool.
    pub fn limits(self, dialect: Dialect) -> PoolLimits {
        let connections = match (self, dialect) {
            // SQLite allows one writer.
            (Self::Write, Dialect::Sqlite) => 1,
            (Self::Write, Dialect::Postgres) => 10,
            (Self::Read, Dialect::Sqlite) => 4,
            (Self::Read, Dialect::Postgres) => 12,
            (Self::LongRead, _) => 4,
            (Self::Probe, _) => 2,
        };
        let wait = match dialect {
            Dialect::Sqlite => POOL_WAIT_SQLITE,
            Dialect::Postgres => POOL_WAIT_POSTGRES,
        };
        let (wait, statement) = match self {
            Self::Write | Self::Read => (wait, STATEMENT),
            Self::LongRead => (wait, LONG_STATEMENT),
            Self::Probe => (PROBE, PROBE),
        };
        // Writes stand in line for one lock, however many connections they have, and long reads
        // are few.
        let queue = if self == Self::Read { READ_QUEUE } else { usize::MAX };
        PoolLimits { connections, wait, queue, crowded_wait: CROWDED_WAIT, statement }
    }
}
