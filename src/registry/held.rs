//! What is held in memory for analyses: pieces of the newest state, each as it was read once, until
//! something of it changes. Which have changed is told by the change rows; revisions follow the order of
//! commits, so that none can be missed, whichever instance wrote it.

use std::{
    any::Any,
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    domain::{Kind, Result, name},
    store::Snapshot,
};

use super::columns::FORMAT;

/// How many changes are looked through before everything is taken as changed.
const MOST_CHANGES: u64 = 50_000;

/// Of how many places it is remembered when they changed.
const MOST_PLACES: usize = 100_000;

/// What a piece is of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// All organisations.
    Organisations,
    /// All roles.
    Roles,
    /// All skills.
    Skills,
    /// The requirements of all roles.
    RoleRequirements,
    /// A plan with its requirements and periods.
    Plan(String),
    /// The organisations that a plan has targets for.
    Planned(String),
    /// The targets of a plan for an organisation.
    Establishment(String, String),
    /// The people of an organisation.
    People(String),
}

/// The pieces.
pub(super) struct Held {
    most_bytes: usize,
    state: Mutex<State>,
    /// Whoever reads many pieces has this: two who read the same would take twice the memory.
    pub filling: tokio::sync::Mutex<()>,
    /// Whoever keeps many pieces in the database has this.
    pub keeping: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct State {
    /// All changes up to this revision are heeded.
    revision: i64,
    /// Of all changes after this revision it is known what they changed.
    known_after: i64,
    pieces: HashMap<Place, Piece>,
    /// The revision of the last change of each place since then. That of a plan's organisations is that
    /// of all its establishments: a target does not say by its name of which organisation it is.
    changed: HashMap<Place, i64>,
    bytes: usize,
    /// Counts the uses.
    uses: u64,
}

struct Piece {
    value: Arc<dyn Any + Send + Sync>,
    /// It has been like this since this revision at the latest, and nothing of it has changed since.
    since: i64,
    bytes: usize,
    used: u64,
}

impl Held {
    pub fn new(most_bytes: usize) -> Self {
        Self {
            most_bytes,
            state: Mutex::default(),
            filling: tokio::sync::Mutex::new(()),
            keeping: Arc::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What panicked was a reader of the state: it is whole between any two statements that matter.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Heeds all changes up to what a snapshot sees.
    pub async fn follow(&self, snapshot: &Snapshot) -> Result<()> {
        let (seen, known) = (snapshot.revision(), self.state().revision);
        if seen <= known {
            return Ok(());
        }
        let from = match known {
            0 => beginning(snapshot).await?,
            known => known,
        };
        let all_told = from > 0 && snapshot.retained().await?.after <= from;
        let changed = match all_told {
            true => snapshot.changed(from, MOST_CHANGES).await?,
            false => Vec::new(),
        };
        let all_told = all_told && (changed.len() as u64) < MOST_CHANGES;
        let names = changed.iter().map(|(revision, name)| (*revision, name.as_str()));
        self.state().advance(from, seen, all_told.then_some(names));
        Ok(())
    }

    /// Whether what was read at a revision is still so, as far as changes are heeded.
    pub fn is_current(&self, place: &Place, at: i64) -> bool {
        let state = self.state();
        state.last_change(place) <= at && at <= state.revision
    }

    /// A piece as it is at a revision.
    pub fn get<T: Any + Send + Sync>(&self, place: &Place, at: i64) -> Option<Arc<T>> {
        let mut state = self.state();
        state.uses += 1;
        let (uses, revision) = (state.uses, state.revision);
        let piece = state.pieces.get_mut(place).filter(|p| p.since <= at && at <= revision)?;
        piece.used = uses;
        Arc::clone(&piece.value).downcast().ok()
    }

    /// Keeps a piece that was read at a revision, unless it has changed since. What was not used for the
    /// longest time makes room.
    pub fn keep<T: Any + Send + Sync>(&self, place: Place, at: i64, value: Arc<T>, bytes: usize) {
        let mut state = self.state();
        let since = state.last_change(&place);
        if bytes > self.most_bytes || !(since..=state.revision).contains(&at) {
            return;
        }
        state.uses += 1;
        let piece = Piece { value, since, bytes, used: state.uses };
        state.bytes += bytes;
        if let Some(before) = state.pieces.insert(place, piece) {
            state.bytes -= before.bytes;
        }
        if state.bytes > self.most_bytes {
            state.make_room(self.most_bytes / 8 * 7);
        }
    }
}

/// The revision to begin at: the changes after it are told, and the pieces that are kept were made then or
/// later, as far as that is of use. 0 where none is.
async fn beginning(snapshot: &Snapshot) -> Result<i64> {
    let told_after = snapshot.told_after(MOST_CHANGES).await?;
    Ok(snapshot.oldest_piece(FORMAT, told_after).await?.unwrap_or_default())
}

impl State {
    /// Heeds the changes after a revision, up to another, in their order; without them, everything may
    /// have changed.
    fn advance<'a>(
        &mut self,
        from: i64,
        to: i64,
        changes: Option<impl Iterator<Item = (i64, &'a str)>>,
    ) {
        if self.revision >= to {
            return;
        }
        if self.revision < from {
            self.forget_everything(from);
        }
        let Some(changes) = changes else {
            return self.forget_everything(to);
        };
        // Another may have heeded some of them meanwhile: they are heeded twice then.
        for (revision, name) in changes {
            let Some(places) = places(name) else {
                return self.forget_everything(to);
            };
            for place in places {
                self.forget(place, revision);
            }
        }
        self.revision = to;
        if self.changed.len() > MOST_PLACES {
            self.changed.clear();
            self.known_after = to;
        }
    }

    fn forget_everything(&mut self, revision: i64) {
        *self = Self { revision, known_after: revision, ..Self::default() };
    }

    fn forget(&mut self, place: Place, revision: i64) {
        let before = self.changed.insert(place.clone(), revision);
        if before == Some(revision) {
            return;
        }
        let bytes = &mut self.bytes;
        // What is so only since then, or later, was read after the change.
        let mut gone = |piece: &Piece| {
            let gone = piece.since < revision;
            *bytes -= if gone { piece.bytes } else { 0 };
            gone
        };
        if let Place::Planned(plan) = &place {
            let of_plan =
                |place: &Place| matches!(place, Place::Establishment(of, _) if of == plan);
            self.pieces.retain(|place, piece| !of_plan(place) || !gone(piece));
        }
        if self.pieces.get(&place).is_some_and(gone) {
            self.pieces.remove(&place);
        }
    }

    /// The revision since which nothing of a place has changed, as far as is known.
    fn last_change(&self, place: &Place) -> i64 {
        let last = match place {
            Place::Establishment(plan, _) => self.changed.get(&Place::Planned(plan.clone())),
            place => self.changed.get(place),
        };
        last.copied().unwrap_or_default().max(self.known_after)
    }

    fn make_room(&mut self, bytes: usize) {
        let mut by_use: Vec<(u64, Place)> =
            self.pieces.iter().map(|(place, piece)| (piece.used, place.clone())).collect();
        by_use.sort_unstable_by_key(|(used, _)| *used);
        for (_, place) in by_use {
            if self.bytes <= bytes {
                return;
            }
            if let Some(piece) = self.pieces.remove(&place) {
                self.bytes -= piece.bytes;
            }
        }
    }
}

/// The places that a change of the resource of that name changes; none where there is no such name: what
/// it changes is not known then.
fn places(name: &str) -> Option<Vec<Place>> {
    let (kind, name) = name::parse(Kind::ALL, name).ok()?;
    let parent = || name::parent_of(&name).unwrap_or_default().to_owned();
    let of_plan = || name::parse(&[Kind::Plan], &parent()).is_ok();
    Some(match kind {
        Kind::Organisation => vec![Place::Organisations],
        Kind::Role => vec![Place::Roles],
        Kind::Skill => vec![Place::Skills],
        Kind::Plan => vec![Place::Plan(name)],
        Kind::Requirement if of_plan() => vec![Place::Plan(parent())],
        Kind::Requirement => vec![Place::RoleRequirements],
        Kind::Staffing | Kind::Assessment => vec![Place::People(parent())],
        Kind::Target => vec![Place::Plan(parent()), Place::Planned(parent())],
        Kind::Framework | Kind::Gap | Kind::GapSnapshot | Kind::Movement | Kind::ClosureOption => {
            Vec::new()
        }
    })
}

#[cfg(test)]
mod tests;
