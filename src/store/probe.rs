//! Probes the database with a real read and a real write, on connections of their own.

use std::pin::Pin;

use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Query},
};
use tokio::time::timeout;

use super::{
    Pool, Store, StoreError, WriteError, compatibility,
    dialect::{self, Mode, Purpose},
    refusal::BlockReason,
};

/// Bytes that a write probe writes: if these find no room, a caller's write finds none either.
const BYTES: usize = 4_096;

impl Store {
    /// Reads from the database and checks three things: the file is the one that was opened, this
    /// program may use the database, and every acknowledged revision is visible.
    pub async fn probe_read(&self) -> Result<(), StoreError> {
        self.inner.watch_file();
        let callers = &self.inner.pools.reader;
        self.within_limit(callers, |pool| Box::pin(self.read_once(pool))).await
    }

    async fn read_once(&self, pool: &Pool) -> Result<(), StoreError> {
        // Taken before the read: the read need not see what is acknowledged meanwhile.
        let acknowledged = self.inner.newest_acknowledged();
        let reads = super::Reads::new(pool.clone(), self.dialect());
        let needed = compatibility::oldest_program(&reads.connection).await?;
        if let Err(superseded) = compatibility::check(needed) {
            self.inner.gate.set(Some(BlockReason::Superseded { needed }));
            return Err(superseded);
        }
        if let Some(file) = self.inner.file.get()
            && file.is_cut(dialect::bytes_in_file(&reads.connection).await?)
        {
            self.inner.gate.note_damage();
        }
        if self.inner.gate.is_damaged() {
            return Err(StoreError::DamageSeen);
        }
        let visible = reads.revision().await?;
        if visible < acknowledged {
            return Err(StoreError::Lost { acknowledged, visible });
        }
        Ok(())
    }

    /// Writes as a caller's write does: it waits for the same lock and needs room on the disk. The
    /// row written belongs to no caller and is deleted. Also fails while callers' writes, which may
    /// need more room, find the disk full.
    pub async fn probe_write(&self) -> Result<(), StoreError> {
        let callers = &self.inner.pools.writer;
        let probed = self.within_limit(callers, |pool| Box::pin(self.write_once(pool))).await;
        let end = match probed {
            Ok(()) if self.inner.gate.is_full() => Err(StoreError::FullSeen),
            end => end,
        };
        if end.as_ref().is_err_and(WriteError::is_full) {
            // The next probe shows whether this freed any room.
            let _ = dialect::shorten_log(&self.inner.pools.probe).await;
        }
        end
    }

    async fn write_once(&self, pool: &Pool) -> Result<(), StoreError> {
        let transaction = pool.begin(Mode::Write).await?;
        transaction.query_one_raw(dialect::lock_counter(self.dialect())).await?;
        let id = uuid::Uuid::now_v7().to_string();
        let insert = Query::insert()
            .into_table("probe")
            .columns(["id", "content"])
            .values_panic([id.as_str().into(), "x".repeat(BYTES).into()])
            .to_owned();
        transaction.execute(&insert).await?;
        let delete =
            Query::delete().from_table("probe").and_where(Expr::col("id").eq(id)).to_owned();
        transaction.execute(&delete).await?;
        transaction.commit().await?;
        self.inner.check_file()
    }

    /// Runs a probe on a connection of its own. If it fails with time left, tries another, since
    /// the first may just have been closed, and finally a connection of the callers, since no new
    /// one may be available. A probe that times out does not count if a caller's write was
    /// acknowledged meanwhile: a busy machine is not down.
    async fn within_limit<'a, P>(&'a self, callers: &'a Pool, probe: P) -> Result<(), StoreError>
    where
        P: Fn(&'a Pool) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>,
    {
        let own = &self.inner.pools.probe;
        let limit = Purpose::Probe.limits(self.dialect()).statement;
        let acknowledged = self.inner.newest_acknowledged();
        let probes = async {
            for pool in [own, own] {
                match probe(pool).await {
                    Ok(()) => return Ok(()),
                    Err(lost @ StoreError::Lost { .. }) => return Err(lost),
                    Err(_) => {}
                }
            }
            probe(callers).await
        };
        match timeout(limit, probes).await {
            Ok(end) => end,
            Err(_) if self.inner.newest_acknowledged() > acknowledged => Ok(()),
            Err(_) => Err(StoreError::ProbesLate),
        }
    }
}
