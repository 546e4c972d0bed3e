//! Refuses to delete resources that others refer to.

use std::collections::HashMap;

use crate::{
    domain::{Error, Resource, ResourceType, Result, for_resource_type},
    store::Transaction,
};

use super::planned::PlannedWrite;

/// Fails the deletions of resources that others refer to. A resource whose deletion fails stays, and may
/// itself refer to another one to be deleted, so this repeats until nothing more fails.
pub(super) async fn fail_deletes_in_use<N: Resource>(
    transaction: &Transaction,
    writes: &mut [PlannedWrite<N>],
) -> Result<()> {
    loop {
        let going: Vec<String> = writes
            .iter()
            .filter(|write| write.is_open() && write.after.is_none())
            .filter_map(|write| Some(write.before.as_ref()?.name().to_owned()))
            .collect();
        if going.is_empty() {
            return Ok(());
        }
        let mut used: HashMap<String, Vec<String>> = HashMap::new();
        for kind in ResourceType::ALL {
            let except = if *kind == N::TYPE { going.as_slice() } else { &[] };
            for (name, by) in referrers(transaction, N::TYPE, *kind, &going, except).await? {
                used.entry(name).or_default().push(by);
            }
        }
        if used.is_empty() {
            return Ok(());
        }
        for write in writes.iter_mut().filter(|write| write.is_open() && write.after.is_none()) {
            let name = write.before.as_ref().map(|row| row.name().to_owned()).unwrap_or_default();
            if let Some(by) = used.remove(&name) {
                write.fail(Error::InUse { name, by });
            }
        }
    }
}

/// Those of `names`, of type `to`, that rows of type `from` refer to or belong to, each with one such row.
async fn referrers(
    transaction: &Transaction,
    to: ResourceType,
    from: ResourceType,
    names: &[String],
    except: &[String],
) -> Result<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    for_resource_type!(from, M => {
        if M::PARENTS.contains(&to)
            && let Some(column) = M::column("parent")
        {
            pairs.extend(transaction.referrers::<M>(column, None, names, except).await?);
        }
        for reference in M::REFERENCES.iter().filter(|r| r.kinds.contains(&to)) {
            let (column, key) = (reference.column, reference.key);
            pairs.extend(transaction.referrers::<M>(column, key, names, except).await?);
        }
    });
    Ok(pairs)
}
