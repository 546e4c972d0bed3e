//! Backups: a copy of the database while it is in use, marked so that whoever opens it as a live database
//! knows that it was put back.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use super::{Store, StoreError, dialect};

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file is there already.
    #[error("{} is there already, and a backup overwrites nothing", .0.display())]
    Exists(PathBuf),
    /// The file cannot be written.
    #[error("cannot write {}", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// PostgreSQL's program is not installed.
    #[error(
        "pg_dump is not installed, or not in the PATH: install PostgreSQL's client programs, of the \
         server's version or a later one"
    )]
    NoDump,
    /// PostgreSQL's program failed.
    #[error("pg_dump failed: {0}")]
    Dump(String),
    /// The database failed.
    #[error("the database cannot be copied")]
    Database(#[from] StoreError),
}

impl Store {
    /// Writes a copy of the database to a file, while it is in use: of SQLite a database, of PostgreSQL an
    /// archive for `pg_restore`. The file has its name when it is complete, and never before; one that is
    /// there already is left as it is.
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

/// A file that is not complete yet: it goes when it is dropped.
struct Partial {
    path: PathBuf,
}

impl Partial {
    /// Creates an empty one in the folder of `file`, which nobody else may read.
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

    /// Gives it its name, unless that was taken meanwhile. From then on it outlives a power failure.
    fn keep_as(self, file: &Path) -> Result<(), BackupError> {
        let failed = |error| BackupError::File(file.to_owned(), error);
        OpenOptions::new()
            .write(true)
            .open(&self.path)
            .and_then(|f| f.sync_all())
            .map_err(failed)?;
        // Unlike a rename, a link never takes the place of another file.
        match fs::hard_link(&self.path, file) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(BackupError::Exists(file.to_owned()));
            }
            // Not every file system has links.
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
        // Nothing can be done about one that stays, and its name says what it is.
        let _ = fs::remove_file(&self.path);
    }
}
