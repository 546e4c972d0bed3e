//! Records the answers that writers got while the registry was in trouble, and checks them afterwards: what
//! was acknowledged exists, what was refused does not, and the feed contains each revision once and complete.

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
    /// Acknowledged with this revision.
    Done(i64),
    /// Refused: nothing of it may exist.
    NotDone,
    /// Unknown: it may exist completely, or not at all.
    Unknown,
}

/// One write of one revision, to roles that no other writer touches.
#[derive(Clone, Debug)]
pub struct Write {
    /// Names of the roles that it writes.
    pub names: BTreeSet<String>,
    /// Title that it gives to all of them, unique to this write; `None` if it deletes them.
    pub title: Option<String>,
    /// What its caller was told.
    pub outcome: Outcome,
}

impl Write {
    /// Identifies the write in the feed: its title, or the first role that it deletes.
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

/// How connections of callers may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connections {
    /// The registry stays up, so callers never lose their connection.
    Hold,
    /// The registry is killed, so connections break and the outcome of the call is unknown.
    Break,
}

/// Every write, with what its caller was told.
pub struct Ledger {
    connections: Connections,
    writes: Mutex<Vec<Write>>,
    /// Answers that no caller should get, with their number.
    complaints: Mutex<BTreeMap<String, usize>>,
    /// Failures that callers may get, by code and reason.
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

    /// Records a write.
    pub fn note(&self, write: Write) {
        if let Outcome::Done(_) = write.outcome {
            self.done.fetch_add(1, Ordering::SeqCst);
        }
        self.writes.lock().unwrap().push(write);
    }

    /// Records something that must not happen.
    pub fn complain(&self, complaint: String) {
        *self.complaints.lock().unwrap().entry(complaint).or_default() += 1;
    }

    /// Interprets the failure of a call, and complains if no fault of the database explains it. A failed call
    /// with a request id will be repeated: its outcome is unknown until then.
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

    /// Number of acknowledged writes.
    pub fn done(&self) -> usize {
        self.done.load(Ordering::SeqCst)
    }

    /// Number of failed calls.
    pub fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }

    /// Number of failures with a code and reason, given as `Unavailable/DATABASE_FULL`.
    pub fn answers_with(&self, code_and_reason: &str) -> usize {
        self.refusals.lock().unwrap().get(code_and_reason).copied().unwrap_or_default()
    }

    /// Fails if any caller got an answer that it should not get.
    pub fn check_complaints(&self) {
        let complaints = self.complaints.lock().unwrap();
        assert!(complaints.is_empty(), "{complaints:#?}\nbesides: {:#?}", self.summary());
    }

    /// Number of failures by code and reason.
    pub fn summary(&self) -> BTreeMap<String, usize> {
        let mut summary = self.refusals.lock().unwrap().clone();
        summary.insert("OK".to_owned(), self.done());
        summary
    }

    /// Compares what callers were told with all changes since the first, and with every role.
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

/// Applies the changes of a revision to the rows. Returns the names changed, and the title given to all.
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
