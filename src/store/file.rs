//! Watches the file of a SQLite database. SQLite does not notice when its file is deleted or
//! replaced; what it writes from then on is lost with the process.

use std::{
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use super::{
    Inner, StoreError,
    dialect::{Connector, Purpose},
    refusal::BlockReason,
};

/// The opened files: the database and its log.
#[derive(Debug)]
pub(super) struct DatabaseFile {
    database: WatchedFile,
    log: Option<WatchedFile>,
    /// Greatest length of the database file seen, in bytes. The file never shrinks.
    largest: AtomicU64,
}

#[derive(Debug)]
struct WatchedFile {
    path: PathBuf,
    identity: Identity,
}

/// Device and inode: tells a file from another of the same name.
type Identity = (u64, u64);

impl Inner {
    /// Records the file of a database that is ready for use.
    pub(super) fn remember_file(&self) {
        let Ok(connector) = Connector::new(&self.url, Purpose::Read) else { return };
        let Some(path) = connector.file() else { return };
        if let Ok(file) = DatabaseFile::opened(&path) {
            // Set once: the file that a database was opened from does not change.
            let _ = self.file.set(file);
        }
    }

    /// Fails if the database file is no longer the one that was opened: writes to it would be lost.
    pub(super) fn check_file(&self) -> Result<(), StoreError> {
        self.watch_file();
        Ok(self.gate.check()?)
    }

    /// Closes the gate to all calls while the database file is not the one that was opened. Returns
    /// why the gate is closed, if it is.
    pub(super) fn watch_file(&self) -> Option<BlockReason> {
        let closed = self.gate.closed();
        let Some(file) = self.file.get() else { return closed };
        if matches!(closed, Some(BlockReason::Superseded { .. })) {
            return closed;
        }
        let fault = file.fault().map(BlockReason::FileGone);
        if fault != closed {
            self.gate.set(fault.clone());
        }
        fault
    }
}

impl DatabaseFile {
    /// Records the files as they are. Call it once the database is open and has been read.
    pub fn opened(path: &Path) -> io::Result<Self> {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let watched = |path: PathBuf| -> io::Result<WatchedFile> {
            Ok(WatchedFile { identity: look(&path)?.0, path })
        };
        let database = watched(path.to_owned())?;
        Ok(Self { database, log: watched(log.into()).ok(), largest: AtomicU64::new(0) })
    }

    /// Whether the file and its log together are shorter than `bytes`, the length that the database
    /// should have.
    pub fn is_cut(&self, bytes: u64) -> bool {
        let length = |file: &WatchedFile| look(&file.path).map_or(0, |(_, length)| length);
        length(&self.database) + self.log.as_ref().map_or(0, length) < bytes
    }

    /// Says what is wrong with the files: one was deleted, replaced or cut.
    pub fn fault(&self) -> Option<String> {
        let files = [Some(&self.database), self.log.as_ref()];
        for file in files.into_iter().flatten() {
            match look(&file.path) {
                Ok((identity, _)) if identity == file.identity => {}
                // A file that cannot be examined just now is not necessarily gone.
                Err(error) if error.kind() != io::ErrorKind::NotFound => {}
                _ => return Some(format!("{} was deleted or replaced", file.path.display())),
            }
        }
        let (_, length) = look(&self.database.path).ok()?;
        let largest = self.largest.fetch_max(length, Ordering::Relaxed);
        (length < largest).then(|| format!("{} was truncated", self.database.path.display()))
    }
}

/// Returns the identity of a file and its length in bytes.
fn look(file: &Path) -> io::Result<(Identity, u64)> {
    let metadata = std::fs::metadata(file)?;
    #[cfg(unix)]
    let identity = {
        use std::os::unix::fs::MetadataExt;
        (metadata.dev(), metadata.ino())
    };
    #[cfg(not(unix))]
    let identity = (0, 0);
    Ok((identity, metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_gone_replaced_or_cut_is_noticed_and_one_that_comes_back_is_well() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let aside = folder.path().join("aside.db");
        std::fs::write(&path, [1; 100]).unwrap();
        let file = DatabaseFile::opened(&path).unwrap();
        assert_eq!(file.fault(), None);
        std::fs::rename(&path, &aside).unwrap();
        assert!(file.fault().unwrap().contains("was deleted or replaced"));
        std::fs::write(&path, [1; 100]).unwrap();
        assert!(file.fault().unwrap().contains("was deleted or replaced"));
        std::fs::rename(&aside, &path).unwrap();
        assert_eq!(file.fault(), None);
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(50).unwrap();
        assert!(file.fault().unwrap().contains("was truncated"));
    }
}
