//! Folds the texts that an older program has written, which keeps no folded texts.

use crate::domain::{ResourceType, Result, for_resource_type};

use super::Registry;

impl Registry {
    /// Folds the texts of all resources that have been written without. Returns their number.
    pub async fn refold(&self) -> Result<usize> {
        let mut count = 0;
        for kind in ResourceType::ALL {
            count += for_resource_type!(*kind, N => self.store.refold::<N>().await?);
        }
        Ok(count)
    }
}
