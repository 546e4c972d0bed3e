//! How any resource type is written: the rows there are, what they refer to, the rules, and then all at once.

use std::collections::{BTreeMap, HashMap, HashSet};

use sea_orm::{EntityTrait, QueryFilter, QuerySelect};

use crate::{
    domain::{
        Around, Caller, Error, Kind, Mutation, Noun, Outcome, Probe, Reason, Result, Right,
        Violations, Writing, Written, for_kind, name, natural_key,
    },
    registry::{
        staged::Staged,
        step::{self, Step},
    },
    store::{Change, Lock, Transaction},
};

use super::Registry;

impl Registry {
    /// Does one mutation, in a transaction and revision of its own.
    pub async fn write<N: Noun>(
        &self,
        caller: &Caller,
        writing: &Writing,
        mutation: Mutation<N>,
    ) -> Result<Written<Outcome<N>>> {
        self.transact(caller, Right::Write, writing, move |transaction, caller| {
            let list = vec![mutation.clone()];
            Box::pin(async move {
                let mut ends = run(transaction, &caller, list, &Staged::default(), false).await?;
                ends.pop().unwrap_or(Ok(Outcome::Absent))
            })
        })
        .await
    }

    /// Does a list of mutations, all of them or none, in one transaction and revision.
    pub async fn write_all<N: Noun>(
        &self,
        caller: &Caller,
        writing: &Writing,
        mutations: Vec<Mutation<N>>,
    ) -> Result<Written<Vec<Outcome<N>>>> {
        self.transact(caller, Right::Write, writing, move |transaction, caller| {
            let list = mutations.clone();
            Box::pin(async move {
                together(run(transaction, &caller, list, &Staged::default(), false).await?)
            })
        })
        .await
    }
}

/// All of the outcomes, or what is wrong: every violation of every mutation where there are any, and
/// otherwise the first failure.
fn together<N: Noun>(ends: Vec<Result<Outcome<N>>>) -> Result<Vec<Outcome<N>>> {
    let mut violations = Violations::default();
    let mut first = None;
    let mut outcomes = Vec::with_capacity(ends.len());
    for (index, end) in ends.into_iter().enumerate() {
        match end {
            Ok(outcome) => outcomes.push(outcome),
            Err(Error::Invalid(own)) => {
                violations.extend(own.told_of(&format!("requests[{index}].")))
            }
            Err(error) if first.is_none() => first = Some((index, error)),
            Err(_) => {}
        }
    }
    match first {
        _ if !violations.is_empty() => Err(Error::Invalid(violations)),
        Some((index, error)) => Err(Error::InBatch { index, error: Box::new(error) }),
        None => Ok(outcomes),
    }
}

/// Does a list of mutations of one resource type as far as each is allowed, and says what became of each. With
/// `validate_only`, nothing is written; `staged` are rows to take as if they were.
pub(super) async fn run<N: Noun>(
    transaction: &mut Transaction,
    caller: &Caller,
    mutations: Vec<Mutation<N>>,
    staged: &Staged<N>,
    validate_only: bool,
) -> Result<Vec<Result<Outcome<N>>>> {
    let mut steps = begin(transaction, caller, mutations, staged).await?;
    let mut around = around(transaction, &steps, staged).await?;
    let former = former(transaction, &steps).await?;
    judge(&mut steps, &mut around, &former);
    step::fail_equal_keys(&mut steps);
    fail_taken_keys(transaction, &mut steps, staged).await?;
    for step in steps.iter_mut().filter(|step| step.is_open()) {
        if let (Some(before), Some(after)) = (&step.before, &step.after)
            && let Err(error) = probe(transaction, N::probes(before, after)).await
        {
            step.fail(error);
        }
    }
    fail_deletes_in_use(transaction, &mut steps).await?;
    let written = match validate_only {
        true => Vec::new(),
        false => transaction.apply(changes(&steps)).await?,
    };
    let mut written = written.into_iter();
    let end = |step: Step<N>| {
        let row = step.is_open().then(|| written.next()).flatten();
        step.end(row)
    };
    Ok(steps.into_iter().map(end).collect())
}

/// Reads the rows there are and works out what each mutation means for its row.
async fn begin<N: Noun>(
    transaction: &Transaction,
    caller: &Caller,
    mutations: Vec<Mutation<N>>,
    staged: &Staged<N>,
) -> Result<Vec<Step<N>>> {
    let names: Vec<String> = mutations.iter().filter_map(|m| m.name().map(str::to_owned)).collect();
    let current: Vec<N> = transaction.find(&names, Lock::Update).await?;
    let mut current: HashMap<String, N> =
        current.into_iter().map(|row| (row.name().to_owned(), row)).collect();
    current.extend(names.iter().filter_map(|n| Some((n.clone(), staged.get(n)?.clone()))));
    let mut seen = HashSet::new();
    let step = |mutation: Mutation<N>| {
        let name = mutation.name().map(str::to_owned);
        if let Some(name) = &name
            && !seen.insert(name.clone())
        {
            let description = "stands twice in the batch";
            let twice = Violations::one("name", Reason::Duplicate, description);
            return Step::failed(Error::Invalid(twice));
        }
        let before = name.and_then(|name| current.remove(&name));
        Step::new(mutation, before, caller)
    };
    Ok(mutations.into_iter().map(step).collect())
}

/// Reads all that the open steps refer to and lie under, and keeps it from changing. The rows of the
/// steps themselves stand in it as they shall be.
async fn around<N: Noun>(
    transaction: &Transaction,
    steps: &[Step<N>],
    staged: &Staged<N>,
) -> Result<Around> {
    let mut around = Around::default();
    let open = || steps.iter().filter(|step| step.is_open());
    let names: HashSet<String> = open().flat_map(Step::names_around).collect();
    let known: Vec<N> = names.iter().filter_map(|name| staged.get(name)).cloned().collect();
    load(transaction, &mut around, names).await?;
    around.add(known);
    around.add(open().filter_map(|step| step.after.clone()));
    let rows = open().filter_map(|step| step.after.as_ref());
    follow_chains(transaction, &mut around, rows, staged).await?;
    for step in open().filter(|step| step.after.is_none()) {
        around.remove(step.before.as_ref().map_or("", |row| row.name()));
    }
    Ok(around)
}

/// Reads rows by name, of whatever resource types they are, and keeps them from changing.
pub(super) async fn load(
    transaction: &Transaction,
    around: &mut Around,
    names: HashSet<String>,
) -> Result<()> {
    let mut by_kind: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    for name in names {
        if let Ok((kind, name)) = name::parse(Kind::ALL, &name) {
            by_kind.entry(kind).or_default().push(name);
        }
    }
    for (kind, mut names) in by_kind {
        names.sort_unstable();
        for_kind!(kind, M => around.add(transaction.find::<M>(&names, Lock::Share).await?));
    }
    Ok(())
}

/// Reads on along the columns that must never lead back, to the end of each.
async fn follow_chains<N: Noun>(
    transaction: &Transaction,
    around: &mut Around,
    rows: impl Iterator<Item = &N>,
    staged: &Staged<N>,
) -> Result<()> {
    let next = |row: &N| -> Vec<String> {
        let chains = N::REFERENCES.iter().filter(|reference| reference.chain);
        chains.flat_map(|chain| chain.names(row)).map(|(_, name)| name).collect()
    };
    let mut open: Vec<String> = rows.flat_map(next).collect();
    let mut seen: HashSet<String> = HashSet::new();
    while !open.is_empty() {
        open.retain(|name| name::parse(&[N::KIND], name).is_ok() && seen.insert(name.clone()));
        let unread: Vec<String> = open.iter().filter(|name| !around.has(name)).cloned().collect();
        around.add(transaction.find::<N>(&unread, Lock::Share).await?);
        around.add(unread.iter().filter_map(|name| staged.get(name)).cloned());
        open = open.iter().filter_map(|name| around.get::<N>(name)).flat_map(next).collect();
    }
    Ok(())
}

/// The last states of deleted resources whose names are asked for again, where the resource type keeps names.
async fn former<N: Noun>(
    transaction: &Transaction,
    steps: &[Step<N>],
) -> Result<HashMap<String, N>> {
    let created = steps.iter().filter(|step| N::KEEPS_NAMES && step.before.is_none());
    let names: Vec<String> =
        created.filter_map(|step| Some(step.after.as_ref()?.name().to_owned())).collect();
    let rows: Vec<N> = transaction.deleted(&names).await?;
    Ok(rows.into_iter().map(|row| (row.name().to_owned(), row)).collect())
}

/// Fails the steps whose natural key another row has.
async fn fail_taken_keys<N: Noun>(
    transaction: &Transaction,
    steps: &mut [Step<N>],
    staged: &Staged<N>,
) -> Result<()> {
    let keys: Vec<_> = steps.iter().filter_map(Step::new_key).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let found: Vec<N> = transaction.with_key(N::KEY, keys).await?;
    let by_key: HashMap<String, &N> =
        found.iter().map(|row| (natural_key::text(&natural_key::of(row)), row)).collect();
    for step in steps {
        let Some(key) = step.new_key().map(|key| natural_key::text(&key)) else { continue };
        let other = by_key.get(&key).copied().or_else(|| staged.with_key(&key));
        let name = step.after.as_ref().map(|row| row.name().to_owned());
        if let Some(other) = other.filter(|other| Some(other.name()) != name.as_deref()) {
            step.fail(step::taken(other, natural_key::fields::<N>()));
        }
    }
    Ok(())
}

/// Judges every open step. A row that is refused cannot be referred to by others of the list, so that
/// those are judged again without it.
fn judge<N: Noun>(steps: &mut [Step<N>], around: &mut Around, former: &HashMap<String, N>) {
    loop {
        let mut refused = false;
        for step in steps.iter_mut().filter(|step| step.is_open()) {
            let name = step.after.as_ref().map(|row| row.name().to_owned());
            step.judge(around, name.as_ref().and_then(|name| former.get(name)));
            if let (false, Some(name)) = (step.is_open(), name) {
                around.remove(&name);
                around.add(step.before.clone());
                refused = true;
            }
        }
        let refers_to_itself = N::REFERENCES.iter().any(|r| r.kinds.contains(&N::KIND));
        if !refused || !refers_to_itself {
            return;
        }
    }
}

/// Fails where rows exist that must not.
pub(super) async fn probe(transaction: &Transaction, probes: Vec<Probe>) -> Result<()> {
    for Probe { kind, condition, refusal, message } in probes {
        let found: Option<String> = for_kind!(kind, M => {
            let select = <M as sea_orm::ModelTrait>::Entity::find().filter(condition).limit(1);
            transaction.select(select).await?.first().map(|row| row.name.clone())
        });
        if let Some(subject) = found {
            let message = format!("{subject}: {message}");
            return Err(Error::Refused { reason: refusal, subject, message });
        }
    }
    Ok(())
}

/// Fails the deletions of what is still referred to. One that fails stays, and may refer to another
/// that was to go, so this repeats until nothing more fails.
async fn fail_deletes_in_use<N: Noun>(
    transaction: &Transaction,
    steps: &mut [Step<N>],
) -> Result<()> {
    loop {
        let going: Vec<String> = steps
            .iter()
            .filter(|step| step.is_open() && step.after.is_none())
            .filter_map(|step| Some(step.before.as_ref()?.name().to_owned()))
            .collect();
        if going.is_empty() {
            return Ok(());
        }
        let mut used: HashMap<String, Vec<String>> = HashMap::new();
        for kind in Kind::ALL {
            let except = if *kind == N::KIND { going.as_slice() } else { &[] };
            for (name, by) in referrers(transaction, N::KIND, *kind, &going, except).await? {
                used.entry(name).or_default().push(by);
            }
        }
        if used.is_empty() {
            return Ok(());
        }
        for step in steps.iter_mut().filter(|step| step.is_open() && step.after.is_none()) {
            let name = step.before.as_ref().map(|row| row.name().to_owned()).unwrap_or_default();
            if let Some(by) = used.remove(&name) {
                step.fail(Error::InUse { name, by });
            }
        }
    }
}

/// Those of `names`, which are of kind `to`, that rows of kind `from` refer to or lie under, each with
/// one that does.
async fn referrers(
    transaction: &Transaction,
    to: Kind,
    from: Kind,
    names: &[String],
    except: &[String],
) -> Result<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    for_kind!(from, M => {
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

/// What the open steps write.
fn changes<N: Noun>(steps: &[Step<N>]) -> Vec<Change<N>> {
    let change = |step: &Step<N>| match (&step.before, &step.after) {
        (None, Some(after)) => Some(Change::Insert(after.clone())),
        (Some(before), Some(after)) => Some(Change::Replace(before.clone(), after.clone())),
        (Some(before), None) => Some(Change::Remove(before.clone())),
        (None, None) => None,
    };
    steps.iter().filter(|step| step.is_open()).filter_map(change).collect()
}
