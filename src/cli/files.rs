//! Open files: each connection takes one, and the database must have its own in any case.

/// Number of files reserved for the database, the log and the listening socket; if the limit is
/// low, half of it.
const RESERVED_FILES: u64 = 128;

/// Raises the process's limit on open files as far as the system allows. Returns the number of
/// connections, at most `wanted`, for which enough files are left.
#[cfg(unix)]
pub fn connections(wanted: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let given = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: given.maximum, maximum: given.maximum };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => given.maximum,
        Err(_) => given.current,
    };
    let most = files.map_or(wanted, most);
    if most < wanted {
        tracing::warn!(wanted, most, files, "connections limited by open files");
    }
    wanted.min(most)
}

/// Returns `wanted`: this system does not limit open files.
#[cfg(not(unix))]
pub fn connections(wanted: usize) -> usize {
    wanted
}

#[cfg(unix)]
fn most(files: u64) -> usize {
    let most = files - RESERVED_FILES.min(files / 2);
    usize::try_from(most).unwrap_or(usize::MAX).max(1)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_to_the_database() {
        assert_eq!([1, 64, 256, 1_024, 20_000].map(most), [1, 32, 128, 896, 19_872]);
    }
}
