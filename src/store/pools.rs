//! The connection pools of an open database.

use std::sync::Arc;

use sea_orm::DbErr;

use super::{
    StoreError,
    dialect::{Connection, Connector, Purpose},
    error::driver_error,
    gate::Gate,
    pool::Pool,
};

/// The connection pools, one for each purpose.
pub(super) struct Pools {
    pub writer: Pool,
    pub reader: Pool,
    pub long_reader: Pool,
    pub probe: Pool,
}

impl Pools {
    /// Opens the pools. For a database with a file, also opens a separate connection that is never
    /// renewed.
    pub async fn open(
        url: &str,
        gate: &Arc<Gate>,
    ) -> Result<(Self, Option<Connection>), StoreError> {
        let connector = |purpose| Connector::new(url, purpose).map_err(driver_error);
        let pool = |purpose: Purpose| -> Result<Pool, DbErr> {
            let connector = connector(purpose)?;
            let limits = purpose.limits(connector.dialect());
            Ok(Pool::new(connector, limits, gate.clone()))
        };
        let anchor = connector(Purpose::Read)?;
        let writer = pool(Purpose::Write)?;
        let pools = if anchor.in_memory() {
            let (reader, long_reader, probe) = (writer.clone(), writer.clone(), writer.clone());
            Self { writer, reader, long_reader, probe }
        } else {
            let (reader, long_reader) = (pool(Purpose::Read)?, pool(Purpose::LongRead)?);
            Self { writer, reader, long_reader, probe: pool(Purpose::Probe)? }
        };
        // Whether the database can be opened is established now rather than by the first call. It
        // also leaves a connection in each pool, in case the database has none left later.
        for pool in [&pools.writer, &pools.reader, &pools.probe] {
            drop(pool.lease().await?);
        }
        let anchor = match anchor.file() {
            Some(_) => Some(anchor.connect().await.map_err(driver_error)?),
            None => None,
        };
        Ok((pools, anchor))
    }

    /// Closes the idle connections of all pools and lends no more.
    pub async fn close(&self) {
        for pool in [&self.probe, &self.long_reader, &self.reader, &self.writer] {
            pool.close().await;
        }
    }
}
