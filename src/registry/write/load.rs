//! Loads and locks what mutations are validated against: their current rows, related rows, and the last
//! states of deleted resources.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    domain::{
        Actor, Error, Mutation, Reason, RelatedRows, Resource, ResourceType, Result, Violations,
        for_resource_type, name_form,
    },
    store::{Lock, Transaction},
};

use super::{overlay::DryRunOverlay, planned::PlannedWrite};

/// Planned writes, and the rows that they are validated against.
pub(super) struct LoadedRows<N> {
    pub writes: Vec<PlannedWrite<N>>,
    pub related: RelatedRows,
    /// Last states of deleted resources whose names are used again.
    pub former: HashMap<String, N>,
}

/// Plans the write of each mutation, and loads and locks the rows that it is validated against.
pub(super) async fn load<N: Resource>(
    transaction: &Transaction,
    actor: Actor<'_>,
    mutations: Vec<Mutation<N>>,
    overlay: &DryRunOverlay<N>,
) -> Result<LoadedRows<N>> {
    let writes = lock_and_plan(transaction, actor, mutations, overlay).await?;
    let related = related_rows(transaction, &writes, overlay).await?;
    let former = last_states(transaction, &writes).await?;
    Ok(LoadedRows { writes, related, former })
}

/// Loads and locks the current rows, and plans the write of each mutation.
async fn lock_and_plan<N: Resource>(
    transaction: &Transaction,
    actor: Actor<'_>,
    mutations: Vec<Mutation<N>>,
    overlay: &DryRunOverlay<N>,
) -> Result<Vec<PlannedWrite<N>>> {
    let names: Vec<String> = mutations.iter().filter_map(|m| m.name().map(str::to_owned)).collect();
    let current: Vec<N> = transaction.find(&names, Lock::Update).await?;
    let mut current: HashMap<String, N> =
        current.into_iter().map(|row| (row.name().to_owned(), row)).collect();
    current.extend(names.iter().filter_map(|n| Some((n.clone(), overlay.get(n)?.clone()))));
    let mut seen = HashSet::new();
    let plan = |mutation: Mutation<N>| {
        let name = mutation.name().map(str::to_owned);
        if let Some(name) = &name
            && !seen.insert(name.clone())
        {
            let description = "must appear only once in the batch";
            let twice = Violations::one("name", Reason::Duplicate, description);
            return PlannedWrite::failed(Error::Invalid(twice));
        }
        let before = name.and_then(|name| current.remove(&name));
        PlannedWrite::new(mutation, before, actor)
    };
    Ok(mutations.into_iter().map(plan).collect())
}

/// Loads the rows that the open writes refer to and belong to, and locks them against changes. Includes the
/// rows of the writes themselves, in their new state.
async fn related_rows<N: Resource>(
    transaction: &Transaction,
    writes: &[PlannedWrite<N>],
    overlay: &DryRunOverlay<N>,
) -> Result<RelatedRows> {
    let mut related = RelatedRows::default();
    let open = || writes.iter().filter(|write| write.is_open());
    let names: HashSet<String> = open().flat_map(PlannedWrite::related_names).collect();
    let known: Vec<N> = names.iter().filter_map(|name| overlay.get(name)).cloned().collect();
    load_rows(transaction, &mut related, names).await?;
    related.add(known);
    related.add(open().filter_map(|write| write.after.clone()));
    let rows = open().filter_map(|write| write.after.as_ref());
    follow_chains(transaction, &mut related, rows, overlay).await?;
    for write in open().filter(|write| write.after.is_none()) {
        related.remove(write.before.as_ref().map_or("", |row| row.name()));
    }
    Ok(related)
}

/// Loads rows of any type by name, and locks them against changes.
pub(in crate::registry) async fn load_rows(
    transaction: &Transaction,
    related: &mut RelatedRows,
    names: HashSet<String>,
) -> Result<()> {
    let mut by_kind: BTreeMap<ResourceType, Vec<String>> = BTreeMap::new();
    for name in names {
        if let Ok((kind, name)) = name_form::parse(ResourceType::ALL, &name) {
            by_kind.entry(kind).or_default().push(name);
        }
    }
    for (kind, mut names) in by_kind {
        names.sort_unstable();
        for_resource_type!(kind, M => related.add(transaction.find::<M>(&names, Lock::Share).await?));
    }
    Ok(())
}

/// Loads the rows that follow along columns that must not form a cycle, to the end of each chain.
async fn follow_chains<N: Resource>(
    transaction: &Transaction,
    related: &mut RelatedRows,
    rows: impl Iterator<Item = &N>,
    overlay: &DryRunOverlay<N>,
) -> Result<()> {
    let next = |row: &N| -> Vec<String> {
        let chains = N::REFERENCES.iter().filter(|reference| reference.chain);
        chains.flat_map(|chain| chain.names(row)).map(|(_, name)| name).collect()
    };
    let mut open: Vec<String> = rows.flat_map(next).collect();
    let mut seen: HashSet<String> = HashSet::new();
    while !open.is_empty() {
        open.retain(|name| name_form::parse(&[N::TYPE], name).is_ok() && seen.insert(name.clone()));
        let unread: Vec<String> = open.iter().filter(|name| !related.has(name)).cloned().collect();
        related.add(transaction.find::<N>(&unread, Lock::Share).await?);
        related.add(unread.iter().filter_map(|name| overlay.get(name)).cloned());
        open = open.iter().filter_map(|name| related.get::<N>(name)).flat_map(next).collect();
    }
    Ok(())
}

/// Loads the last states of deleted resources whose names are used again, for types that reserve names.
async fn last_states<N: Resource>(
    transaction: &Transaction,
    writes: &[PlannedWrite<N>],
) -> Result<HashMap<String, N>> {
    let created = writes.iter().filter(|write| N::RETAINS_NAMES && write.before.is_none());
    let names: Vec<String> =
        created.filter_map(|write| Some(write.after.as_ref()?.name().to_owned())).collect();
    let rows: Vec<N> = transaction.deleted(&names).await?;
    Ok(rows.into_iter().map(|row| (row.name().to_owned(), row)).collect())
}
