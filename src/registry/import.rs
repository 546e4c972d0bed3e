//! Imports: many rows of one resource type, in batches.

use std::{
    collections::{HashSet, VecDeque},
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use crate::domain::{
    Actor, Caller, Error, Input, Mutation, Outcome, Reason, Resource, Result, Revision, Right,
    UpdateFields, Violations, WriteOptions, name::Parent,
};

use super::{
    Registry,
    listing::ListQuery,
    write::{self, DryRunOverlay},
};

/// What happens to the rows of the parent that an import does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AbsentRows {
    /// They stay.
    #[default]
    Keep,
    /// They are deleted.
    Delete,
}

/// A running import.
pub struct ImportSession<N> {
    caller: Caller,
    parent: Parent,
    validate_only: bool,
    /// Rows that a dry run would have written, because later rows may refer to them.
    overlay: Arc<DryRunOverlay<N>>,
    absent: AbsentRows,
    /// Hashes of the names in the stream; filled only if absent rows are deleted.
    named: HashSet<u64>,
    hasher: RandomState,
    deleting: Option<AbsentDeletion>,
}

/// Deletion of the absent rows, in progress.
struct AbsentDeletion {
    open: VecDeque<String>,
    refused: Vec<(String, Error)>,
    /// Whether any row was deleted since the refused ones were tried.
    progress: bool,
}

/// Maximum number of resources in a batch: of an import, of writes or of reads.
pub const BATCH: usize = 1_000;

/// Result of a batch: each row's name (empty if it had none) with its outcome, and the revision, which is 0
/// if nothing was written.
pub type ImportBatch<N> = (Vec<(String, Result<Outcome<N>>)>, Revision);

impl<N: Resource> ImportSession<N> {
    /// Starts an import under `parent`. Fails if absent rows are to be deleted and `parent` is not a single parent.
    pub fn begin(
        caller: &Caller,
        parent: Parent,
        absent: AbsentRows,
        validate_only: bool,
    ) -> Result<Self> {
        if absent == AbsentRows::Delete && matches!(parent, Parent::Every(_)) {
            let description = "must not be DELETE if the id of the parent is -";
            let violations = Violations::one("absent_rows", Reason::NotAllowed, description);
            return Err(Error::Invalid(violations));
        }
        caller.require(Right::Write)?;
        Ok(Self {
            caller: caller.clone(),
            parent,
            validate_only,
            overlay: Arc::default(),
            absent,
            named: HashSet::new(),
            hasher: RandomState::new(),
            deleting: None,
        })
    }

    /// Turns a row of the stream into a mutation.
    fn mutation(&mut self, mut input: Input<N>, fields: UpdateFields) -> Mutation<N> {
        if let Some(name) = &input.name {
            if self.absent == AbsentRows::Delete {
                self.named.insert(self.hasher.hash_one(name));
            }
            if !self.parent.holds(name) {
                let description = "must belong to the parent of the stream";
                input.violations.add("name", Reason::NotAllowed, description);
                input.name = None;
            }
        }
        Mutation::Update { input, fields, etag: String::new(), allow_missing: true }
    }

    /// Adds what a dry run would have written to the overlay, if later rows could refer to it.
    fn stage(&mut self, ends: &[Result<Outcome<N>>]) {
        if !self.validate_only || !DryRunOverlay::<N>::matters() {
            return;
        }
        let overlay = Arc::make_mut(&mut self.overlay);
        for end in ends {
            if let Ok(Outcome::Created(row) | Outcome::Updated(row)) = end {
                overlay.add(row.clone());
            }
        }
    }
}

impl Registry {
    /// Imports a batch of at most [`BATCH`] rows, in one transaction and revision. Of rows that
    /// exist, changes these fields.
    pub async fn import<N: Resource>(
        &self,
        session: &mut ImportSession<N>,
        rows: Vec<Input<N>>,
        fields: UpdateFields,
    ) -> Result<ImportBatch<N>> {
        if rows.len() > BATCH {
            let description = format!("must have at most {BATCH} rows per message");
            let violations = Violations::one(N::COLLECTION, Reason::TooLong, description);
            return Err(Error::Invalid(violations));
        }
        let names: Vec<String> =
            rows.iter().map(|input| input.name.clone().unwrap_or_default()).collect();
        let mutations: Vec<_> =
            rows.into_iter().map(|input| session.mutation(input, fields.clone())).collect();
        let (ends, revision) = self.run_batch(session, mutations).await?;
        session.stage(&ends);
        Ok((names.into_iter().zip(ends).collect(), revision))
    }

    /// Deletes up to [`BATCH`] rows that the stream did not name, if the import asks for it. Must be called
    /// after the last batch; returns `None` when there is nothing left to delete.
    pub async fn import_absent<N: Resource>(
        &self,
        session: &mut ImportSession<N>,
    ) -> Result<Option<ImportBatch<N>>> {
        if session.absent == AbsentRows::Keep {
            return Ok(None);
        }
        let mut deleting = match session.deleting.take() {
            Some(deleting) => deleting,
            None => AbsentDeletion {
                open: self.absent(session).await?,
                refused: Vec::new(),
                progress: false,
            },
        };
        if deleting.open.is_empty() {
            if !deleting.progress {
                let refused = deleting.refused;
                let rejected = refused.into_iter().map(|(name, error)| (name, Err(error)));
                let rejected: Vec<_> = rejected.collect();
                session.absent = AbsentRows::Keep;
                return Ok((!rejected.is_empty()).then_some((rejected, Revision::NONE)));
            }
            // Rows that could not be deleted may have been referred to by rows that are deleted now.
            deleting.open = deleting.refused.drain(..).map(|(name, _)| name).collect();
            deleting.progress = false;
        }
        let names: Vec<String> = deleting.open.drain(..deleting.open.len().min(BATCH)).collect();
        let delete = |name: &String| Mutation::Delete {
            name: name.clone(),
            etag: String::new(),
            allow_missing: true,
        };
        let mutations = names.iter().map(delete).collect();
        let (ends, revision) = self.run_batch(session, mutations).await?;
        let mut deleted = Vec::new();
        for (name, end) in names.into_iter().zip(ends) {
            match end {
                Err(error) => deleting.refused.push((name, error)),
                Ok(outcome) => deleted.push((name, Ok(outcome))),
            }
        }
        deleting.progress |= !deleted.is_empty() && !session.validate_only;
        session.deleting = Some(deleting);
        Ok(Some((deleted, revision)))
    }

    async fn run_batch<N: Resource>(
        &self,
        session: &ImportSession<N>,
        mutations: Vec<Mutation<N>>,
    ) -> Result<(Vec<Result<Outcome<N>>>, Revision)> {
        let (caller, now) = (session.caller.clone(), self.now());
        let (validate_only, overlay) = (session.validate_only, session.overlay.clone());
        self.store
            .write(session.caller.origin(&WriteOptions::default()), false, move |transaction| {
                let mutations = mutations.clone();
                let (caller, overlay) = (caller.clone(), overlay.clone());
                Box::pin(async move {
                    let actor = Actor { caller: &caller, now };
                    write::run(transaction, actor, mutations, &overlay, validate_only).await
                })
            })
            .await
    }

    /// Names of the rows of the parent that the stream did not name.
    async fn absent<N: Resource>(&self, session: &ImportSession<N>) -> Result<VecDeque<String>> {
        let mut absent = VecDeque::new();
        let query = ListQuery::everything(session.parent.clone(), BATCH as u64);
        let mut all = self.export::<N>(&session.caller, query, Violations::default()).await?;
        while let Some(rows) = all.next().await? {
            let names = rows.iter().map(|row| row.name().to_owned());
            absent.extend(names.filter(|n| !session.named.contains(&session.hasher.hash_one(n))));
        }
        Ok(absent)
    }
}
