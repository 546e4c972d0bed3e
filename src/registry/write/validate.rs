//! Validates planned writes against each other and against loaded rows.

use std::collections::{HashMap, hash_map::Entry};

use crate::{
    domain::{RelatedRows, Resource, Result, natural_key},
    store::Transaction,
};

use super::{
    forbidden,
    load::LoadedRows,
    overlay::DryRunOverlay,
    planned::{PlannedWrite, taken},
    referrers,
};

/// Fails the writes that a rule refuses, and returns all of them.
pub(super) async fn validate<N: Resource>(
    transaction: &Transaction,
    loaded: LoadedRows<N>,
    overlay: &DryRunOverlay<N>,
) -> Result<Vec<PlannedWrite<N>>> {
    let LoadedRows { mut writes, mut related, former } = loaded;
    validate_all(&mut writes, &mut related, &former);
    fail_equal_keys(&mut writes);
    fail_taken_keys(transaction, &mut writes, overlay).await?;
    forbidden::fail_forbidden(transaction, &mut writes).await?;
    referrers::fail_deletes_in_use(transaction, &mut writes).await?;
    Ok(writes)
}

/// Validates every open write. A row that fails cannot be referred to by others of the list, so those are
/// validated again without it.
fn validate_all<N: Resource>(
    writes: &mut [PlannedWrite<N>],
    related: &mut RelatedRows,
    former: &HashMap<String, N>,
) {
    loop {
        let mut refused = false;
        for write in writes.iter_mut().filter(|write| write.is_open()) {
            let name = write.after.as_ref().map(|row| row.name().to_owned());
            write.validate_against(related, name.as_ref().and_then(|name| former.get(name)));
            if let (false, Some(name)) = (write.is_open(), name) {
                related.remove(&name);
                related.add(write.before.clone());
                refused = true;
            }
        }
        let refers_to_itself = N::REFERENCES.iter().any(|r| r.kinds.contains(&N::TYPE));
        if !refused || !refers_to_itself {
            return;
        }
    }
}

/// Fails the writes whose new natural key an earlier write of the list has too.
fn fail_equal_keys<N: Resource>(writes: &mut [PlannedWrite<N>]) {
    let mut first: HashMap<String, N> = HashMap::new();
    for write in writes {
        let (Some(key), Some(row)) = (write.new_key(), write.after.clone()) else {
            continue;
        };
        match first.entry(natural_key::text(&key)) {
            Entry::Occupied(other) => {
                let error = taken(other.get(), natural_key::fields::<N>());
                write.fail(error);
            }
            Entry::Vacant(vacant) => {
                vacant.insert(row);
            }
        }
    }
}

/// Fails the writes whose new natural key another row has.
async fn fail_taken_keys<N: Resource>(
    transaction: &Transaction,
    writes: &mut [PlannedWrite<N>],
    overlay: &DryRunOverlay<N>,
) -> Result<()> {
    let keys: Vec<_> = writes.iter().filter_map(PlannedWrite::new_key).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let found: Vec<N> = transaction.with_key(N::NATURAL_KEY, keys).await?;
    let by_key: HashMap<String, &N> =
        found.iter().map(|row| (natural_key::text(&natural_key::of(row)), row)).collect();
    for write in writes {
        let Some(key) = write.new_key().map(|key| natural_key::text(&key)) else { continue };
        let other = by_key.get(&key).copied().or_else(|| overlay.with_key(&key));
        let name = write.after.as_ref().map(|row| row.name().to_owned());
        if let Some(other) = other.filter(|other| Some(other.name()) != name.as_deref()) {
            write.fail(taken(other, natural_key::fields::<N>()));
        }
    }
    Ok(())
}
