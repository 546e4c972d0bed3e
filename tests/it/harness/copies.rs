//! Copies and restores databases, as an operator does who does not use the program for it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, Database};

use super::{Db, TestDatabase, postgres};

/// A plain copy of a database: of its files, or made with the database's own tools.
pub struct Copy {
    /// Path of the copied file, or name of the copied database.
    place: String,
}

impl TestDatabase {
    /// Copies the database, which nobody may have open.
    pub async fn copy(&self) -> Copy {
        let Some((_, name)) = &self.drop else {
            let place = self.file().with_extension("copy");
            self.is_closed().await;
            fs::copy(self.file(), &place).unwrap();
            return Copy { place: place.to_str().unwrap().to_owned() };
        };
        let place = format!("{name}_copy");
        self.administer(&[format!("CREATE DATABASE {place} TEMPLATE {name}")]).await;
        Copy { place }
    }

    /// Replaces the database by a copy. Nobody may have it open.
    pub async fn put_back(&self, copy: &Copy) {
        let Some((_, name)) = &self.drop else {
            return self.put_back_file(Path::new(&copy.place)).await;
        };
        let drop = format!("DROP DATABASE {name} WITH (FORCE)");
        let create = format!("CREATE DATABASE {name} TEMPLATE {}", copy.place);
        self.administer(&[drop, create]).await;
    }

    /// Replaces the database by what `backup` wrote. Nobody may have it open.
    pub async fn put_back_backup(&self, backup: &Path) {
        let Some((_, name)) = &self.drop else {
            return self.put_back_file(backup).await;
        };
        let drop = format!("DROP DATABASE {name} WITH (FORCE)");
        self.administer(&[drop, format!("CREATE DATABASE {name}")]).await;
        let (url, backup) = (self.url.clone(), backup.to_owned());
        let run = move || -> Output {
            let mut restore = Command::new(postgres::programs().unwrap().join("pg_restore"));
            restore.args(["--no-owner", "--exit-on-error", "--dbname", &url]).arg(backup);
            restore.output().unwrap()
        };
        let output = tokio::task::spawn_blocking(run).await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Path of the database file; fails if the database has none.
    pub fn file(&self) -> PathBuf {
        assert_eq!(self.db, Db::Sqlite);
        let path = self.url.strip_prefix("sqlite://").unwrap();
        path.split('?').next().unwrap().into()
    }

    /// Content of the database file. Nobody may have it open.
    pub async fn bytes(&self) -> Vec<u8> {
        self.is_closed().await;
        fs::read(self.file()).unwrap()
    }

    fn beside(&self, ending: &str) -> PathBuf {
        format!("{}{ending}", self.file().display()).into()
    }

    async fn put_back_file(&self, copy: &Path) {
        self.is_closed().await;
        fs::copy(copy, self.file()).unwrap();
    }

    /// Waits until nobody has the file open: the last to close it merges the write-ahead log into it.
    async fn is_closed(&self) {
        let began = Instant::now();
        while ["-wal", "-shm"].iter().any(|ending| self.beside(ending).exists()) {
            assert!(began.elapsed() < Duration::from_secs(60), "somebody has it open");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn administer(&self, statements: &[String]) {
        let (admin, _) = self.drop.as_ref().unwrap();
        let connection = Database::connect(admin).await.unwrap();
        for statement in statements {
            connection.execute_unprepared(statement).await.unwrap();
        }
        connection.close().await.unwrap();
    }

    /// Deletes a copy.
    pub async fn forget(&self, copy: Copy) {
        if self.drop.is_some() {
            self.administer(&[format!("DROP DATABASE {} WITH (FORCE)", copy.place)]).await;
        }
    }
}
