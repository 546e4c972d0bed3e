//! What writers were told while the registry was in trouble, and whether it is true afterwards: what was
//! acknowledged is there, what was refused is not, and the feed tells each revision once and whole.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use digital_skills_registry::api::v1::{ChangeVerb, RevisionChanges, Role};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::{failure, fixture::Fixture};

/// What a caller knows of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was acknowledged with this revision.
    Done(i64),
    /// It was refused: nothing of it may be there.
    NotDone,
    /// It may be there, whole, or not.
    Unknown,
}

/// One write of one revision, to roles that no other writer touches.
#[derive(Clone, Debug)]
pub struct Write {
    /// The roles that it writes.
    pub names: BTreeSet<String>,
    /// The title that it gives to all of them, which no other write gives; none where it deletes them.
    pub title: Option<String>,
    /// What its caller was told.
    pub outcome: Outcome,
}

impl Write {
    /// What identifies the write in the feed: its title, or the first role that it deletes.
    fn mark(&self) -> String {
        mark(self.title.as_deref(), &self.names)
    }
}

fn mark(title: Option<&str>, names: &BTreeSet<String>) -> String {
    match title {
        Some(title) => format!("written as {title}"),
        None => format!("deleted {}", names.first().unwrap()),
    }
}

/// What a failed call may mean besides a fault of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connections {
    /// The registry stays up: its callers never lose their connection.
    Hold,
    /// The registry is killed: connections break, and then nothing is known of the call.
    Break,
}

/// Every write, with what its caller was told.
pub struct Ledger {
    connections: Connections,
    writes: Mutex<Vec<Write>>,
    /// What nobody may be told, and how often it was.
    complaints: Mutex<BTreeMap<String, usize>>,
    /// Failures that may be told, by code and reason.
    refusals: Mutex<BTreeMap<String, usize>>,
    done: AtomicUsize,
    refused: AtomicUsize,
}

impl Ledger {
    pub fn new(connections: Connections) -> Self {
        Self {
            connections,
            writes: Mutex::default(),
            complaints: Mutex::default(),
            refusals: Mutex::default(),
            done: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
        }
    }

    /// Keeps a write.
    pub fn note(&self, write: Write) {
        if let Outcome::Done(_) = write.outcome {
            self.done.fetch_add(1, Ordering::SeqCst);
        }
        self.writes.lock().unwrap().push(write);
    }

    /// Keeps something that must not have happened.
    pub fn complain(&self, complaint: String) {
        *self.complaints.lock().unwrap().entry(complaint).or_default() += 1;
    }

    /// What a failure of a call tells its caller; complains where it is one that no fault of a database
    /// explains. A call with a request id that failed is to be repeated: nothing is known of it yet.
    pub fn failed(&self, status: &Status, repeatable: bool) -> Outcome {
        self.refused.fetch_add(1, Ordering::SeqCst);
        let details = status.get_error_details();
        let Some(info) = details.error_info() else {
            let told = format!("{:?}: {}", status.code(), status.message());
            if self.connections == Connections::Hold {
                self.complain(format!("no word from the registry: {told}"));
            }
            return Outcome::Unknown;
        };
        let told = format!("{:?}/{}", status.code(), info.reason);
        *self.refusals.lock().unwrap().entry(told.clone()).or_default() += 1;
        match status.code() {
            Code::Unavailable | Code::ResourceExhausted => {
                let told = failure::<()>(Err(status.clone()), status.code());
                if told.details.retry_info().is_none() {
                    self.complain(format!("{} without a RetryInfo", told.reason));
                }
                if repeatable { Outcome::Unknown } else { Outcome::NotDone }
            }
            Code::Aborted if info.reason == "OUTCOME_UNKNOWN" => {
                failure::<()>(Err(status.clone()), Code::Aborted);
                if repeatable {
                    self.complain("OUTCOME_UNKNOWN of a call with a request id".to_owned());
                }
                Outcome::Unknown
            }
            Code::DeadlineExceeded => Outcome::Unknown,
            _ => {
                self.complain(format!("{told}: {}", status.message()));
                Outcome::Unknown
            }
        }
    }

    /// How many writes were acknowledged.
    pub fn done(&self) -> usize {
        self.done.load(Ordering::SeqCst)
    }

    /// How many calls failed, in whatever way.
    pub fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }

    /// How often callers were told so, as `Unavailable/DATABASE_FULL`.
    pub fn told(&self, code_and_reason: &str) -> usize {
        self.refusals.lock().unwrap().get(code_and_reason).copied().unwrap_or_default()
    }

    /// Fails where anybody was told what nobody may be told.
    pub fn check_complaints(&self) {
        let complaints = self.complaints.lock().unwrap();
        assert!(complaints.is_empty(), "{complaints:#?}\nbesides: {:#?}", self.summary());
    }

    /// How many were told what.
    pub fn summary(&self) -> BTreeMap<String, usize> {
        let mut summary = self.refusals.lock().unwrap().clone();
        summary.insert("OK".to_owned(), self.done());
        summary
    }

    /// Compares what callers were told with all changes from the first on, and with every role.
    pub fn check(&self, feed: &[RevisionChanges], rows: &BTreeMap<String, Role>) {
        let writes = self.writes.lock().unwrap();
        let mut by_mark: HashMap<String, &Write> = HashMap::new();
        for write in writes.iter() {
            assert!(by_mark.insert(write.mark(), write).is_none(), "two writes: {write:?}");
        }
        let (mut seen, mut last) = (BTreeMap::new(), 0);
        let mut replayed = BTreeMap::new();
        for revision in feed {
            let number = revision.revision;
            assert!(number > last, "revision {number} came after {last}");
            last = number;
            let (names, title) = replay(revision, &mut replayed);
            let mark = mark(title.as_deref(), &names);
            let Some(write) = by_mark.get(&mark) else {
                panic!("nobody asked for revision {number}: {mark}");
            };
            assert_eq!(names, write.names, "revision {number} is not whole");
            let again = seen.insert(mark, number);
            assert_eq!(again, None, "{write:?} was done again in revision {number}");
        }
        for (mark, write) in &by_mark {
            match (write.outcome, seen.get(mark)) {
                (Outcome::Done(told), Some(revision)) => assert_eq!(told, *revision, "{write:?}"),
                (Outcome::Done(_), None) => panic!("acknowledged and lost: {write:?}"),
                (Outcome::NotDone, Some(_)) => panic!("refused, and done all the same: {write:?}"),
                (Outcome::NotDone, None) | (Outcome::Unknown, _) => {}
            }
        }
        let differ = rows.iter().find(|(name, row)| replayed.get(*name) != Some(*row));
        assert!(differ.is_none(), "the feed tells otherwise: {differ:?}");
        assert_eq!(rows.len(), replayed.len(), "the feed tells of roles that are not there");
    }
}

/// Does to the rows what a revision did. The names that it changed, and the title that it gave to all.
fn replay(
    revision: &RevisionChanges,
    rows: &mut BTreeMap<String, Role>,
) -> (BTreeSet<String>, Option<String>) {
    let (mut names, mut titles) = (BTreeSet::new(), BTreeSet::new());
    for change in &revision.changes {
        assert!(
            names.insert(change.name.clone()),
            "{} twice in {}",
            change.name,
            revision.revision
        );
        if change.verb == ChangeVerb::Deleted as i32 {
            assert!(rows.remove(&change.name).is_some(), "{} was not there", change.name);
            titles.insert(None);
            continue;
        }
        let row = Role::of_resource(change.resource.clone().unwrap()).unwrap();
        titles.insert(Some(row.title.clone()));
        rows.insert(change.name.clone(), row);
    }
    assert_eq!(titles.len(), 1, "several writes in revision {}: {titles:?}", revision.revision);
    (names, titles.into_iter().next().unwrap())
}
