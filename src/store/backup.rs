//! Backups: copies a database while it is in use. The copy lacks the marker row of a live database,
//! so whoever opens it can tell that it was restored.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use super::{Store, StoreError, dialect};

/// Why a backup could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The destination file exists.
    #[error("{} already exists; a backup never overwrites a file", .0.display())]
    Exists(PathBuf),
    /// The destination file cannot be written.
    #[error("cannot write {}", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// `pg_dump` is not installed.
    #[error(
        "pg_dump is not installed, or not in the PATH: install PostgreSQL's client programs, of the \
         server's version or a later one"
    )]
    NoDump,
    /// `pg_dump` ran and failed; holds what it wrote to standard error.
    #[error("pg_dump failed: {0}")]
    Dump(String),
    /// The database could not be read.
    #[error("the database cannot be copied")]
    Database(#[from] StoreError),
}

impl Store {
    /// Copies the database to `file` while it is in use. The copy of a SQLite database is a SQLite
    /// database; that of a PostgreSQL database is an archive for `pg_restore`. `file` appears only
    /// when the copy is complete. An existing file is never overwritten.
    pub async fn backup(&self, file: &Path) -> Result<(), BackupError> {
        if file.symlink_metadata().is_ok() {
            return Err(BackupError::Exists(file.to_owned()));
        }
        let failed = |error| BackupError::File(file.to_owned(), error);
        let partial = Partial::beside(file).map_err(failed)?;
        dialect::copy(&self.inner.url, &partial.path).await?;
        partial.keep_as(file)
    }
}

/// An unfinished backup. Dropping it deletes the file.
struct Partial {
    path: PathBuf,
}

impl Partial {
    /// Creates an empty file beside `file` that only its owner can read.
    fn beside(file: &Path) -> io::Result<Self> {
        let name = file.file_name().ok_or(ErrorKind::InvalidFilename)?;
        let name = format!(".{}.{}.partial", name.display(), uuid::Uuid::now_v7().simple());
        let path = file.with_file_name(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path)?;
        Ok(Self { path })
    }

    /// Moves the finished copy to `file`, unless that name is taken by now, and syncs it to the
    /// disk.
    fn keep_as(self, file: &Path) -> Result<(), BackupError> {
        let failed = |error| BackupError::File(file.to_owned(), error);
        OpenOptions::new()
            .write(true)
            .open(&self.path)
            .and_then(|f| f.sync_all())
            .map_err(failed)?;
        // Unlike a rename, a hard link never replaces an existing file.
        match fs::hard_link(&self.path, file) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(BackupError::Exists(file.to_owned()));
            }
            // Not every file system supports hard links.
            Err(_) => fs::rename(&self.path, file).map_err(failed)?,
        }
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        #[cfg(unix)]
        File::open(folder.unwrap_or(Path::new("."))).and_then(|f| f.sync_all()).map_err(failed)?;
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // A file that cannot be deleted stays behind; its name says that it is partial.
        let _ = fs::remove_file(&self.path);
    }
}
