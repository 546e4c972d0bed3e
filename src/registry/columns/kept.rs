//! The pieces that are kept in the database, so that an instance that has just been started need not make
//! them of a nation's records again. A piece is taken as far as the change rows tell that nothing of it
//! has changed since it was made.

use std::{collections::HashMap, sync::Arc};

use tokio::task::JoinSet;

use crate::{
    domain::Result,
    planning::analysis::{Establishment, People},
    store::{Piece, PieceHead, Snapshot, Store, StoreError},
};

use super::{
    super::{Registry, analysis::blocking, held::Place},
    parts::Missing,
};

/// The format of the pieces. It must be raised with every change of what a piece consists of, of how it is
/// written, and of what is made of the same records.
pub(in crate::registry) const FORMAT: i32 = 1;

/// About how many bytes are read or written at once.
const BATCH: usize = 4 << 20;

/// A piece that takes long to make.
#[derive(Clone)]
pub(super) enum Made {
    Establishment(Arc<Establishment>),
    People(Arc<People>),
}

impl Made {
    fn read(place: &Place, content: &[u8]) -> postcard::Result<Self> {
        Ok(match place {
            Place::People(_) => Self::People(Arc::new(postcard::from_bytes(content)?)),
            _ => Self::Establishment(Arc::new(postcard::from_bytes(content)?)),
        })
    }

    fn write(&self) -> postcard::Result<Vec<u8>> {
        match self {
            Self::People(people) => postcard::to_stdvec(people.as_ref()),
            Self::Establishment(targets) => postcard::to_stdvec(targets.as_ref()),
        }
    }
}

/// As a place is called in the database.
fn name(place: &Place) -> String {
    match place {
        Place::People(organisation) => format!("people {organisation}"),
        Place::Establishment(plan, organisation) => format!("targets {plan} {organisation}"),
        other => format!("{other:?}"),
    }
}

impl Registry {
    /// A piece as it is held in memory.
    pub(super) fn held_piece(&self, place: &Place, at: i64) -> Option<Made> {
        match place {
            Place::People(_) => self.held.get(place, at).map(Made::People),
            _ => self.held.get(place, at).map(Made::Establishment),
        }
    }

    /// Holds a piece that was read at a revision in memory.
    pub(super) fn hold(&self, place: &Place, at: i64, made: &Made) {
        match made {
            Made::Establishment(targets) => {
                self.held.keep(place.clone(), at, targets.clone(), targets.bytes());
            }
            Made::People(people) => {
                self.held.keep(place.clone(), at, people.clone(), people.bytes());
            }
        }
    }

    /// Of what is missing, that which is kept and still holds, each with where it is in the scope.
    pub(super) async fn recall(
        &self,
        snapshot: &Snapshot,
        missing: Vec<Missing>,
    ) -> Result<Vec<(usize, Made)>> {
        let missing = missing.into_iter().map(|missing| (name(&missing.1), missing));
        let missing: Arc<HashMap<String, Missing>> = Arc::new(missing.collect());
        let names: Vec<String> = missing.keys().cloned().collect();
        let mut heads = snapshot.pieces(&names, FORMAT).await?;
        heads.retain(|head| self.held.is_current(&missing[&head.place].1, head.revision));
        let mut reading = JoinSet::new();
        for batch in batches(heads) {
            let pieces = snapshot.whole_pieces(&batch).await?;
            let (registry, missing) = (self.clone(), missing.clone());
            // The next are fetched while these are read.
            reading.spawn_blocking(move || registry.unpack(pieces, &missing));
        }
        let mut found = Vec::new();
        while let Some(read) = reading.join_next().await {
            found.extend(read.map_err(StoreError::Stopped)?);
        }
        Ok(found)
    }

    fn unpack(&self, pieces: Vec<Piece>, missing: &HashMap<String, Missing>) -> Vec<(usize, Made)> {
        let mut found = Vec::new();
        for piece in pieces {
            let (n, place) = &missing[&piece.place];
            match Made::read(place, &piece.content) {
                Ok(made) => {
                    self.hold(place, piece.revision, &made);
                    found.push((*n, made));
                }
                // It is made again.
                Err(error) => {
                    tracing::warn!(place = piece.place, %error, "analysis cache read failed")
                }
            }
        }
        found
    }

    /// Keeps in the database what was made at a revision, while the caller goes on. Where others are being
    /// kept, these are not: they can be made again.
    pub(super) fn keep_beside(&self, made: Vec<(Missing, Made)>, at: i64) {
        let Ok(alone) = self.held.keeping.clone().try_lock_owned() else { return };
        let store = self.store.clone();
        tokio::spawn(async move {
            if let Err(error) = keep(&store, made, at).await {
                tracing::warn!(%error, "analysis cache write failed");
            }
            drop(alone);
        });
    }
}

/// The places of the pieces, as many together as are read at once.
fn batches(heads: Vec<PieceHead>) -> Vec<Vec<String>> {
    let (mut batches, mut bytes) = (vec![Vec::new()], 0);
    for head in heads {
        if bytes + head.bytes > BATCH && bytes > 0 {
            batches.push(Vec::new());
            bytes = 0;
        }
        bytes += head.bytes;
        if let Some(last) = batches.last_mut() {
            last.push(head.place);
        }
    }
    batches.retain(|batch| !batch.is_empty());
    batches
}

async fn keep(store: &Store, made: Vec<(Missing, Made)>, at: i64) -> Result<()> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for ((_, place), made) in made {
        let content = match blocking(move || made.write()).await? {
            Ok(content) => content,
            Err(error) => {
                tracing::warn!(place = name(&place), %error, "analysis cache write failed");
                continue;
            }
        };
        bytes += content.len();
        batch.push(Piece { place: name(&place), format: FORMAT, revision: at, content });
        if bytes > BATCH {
            store.keep_pieces(std::mem::take(&mut batch)).await?;
            bytes = 0;
        }
    }
    if !batch.is_empty() {
        store.keep_pieces(batch).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{
        domain::{Exact, Fte},
        planning::analysis::{
            AssessmentRecord, EstablishmentBuilder, PeopleBuilder, StaffingRecord,
        },
    };

    use super::*;

    fn day(text: &str) -> chrono::NaiveDate {
        text.parse().unwrap()
    }

    fn people() -> Made {
        let mut builder = PeopleBuilder::default();
        let post = StaffingRecord {
            subject: "a",
            role: "roles/r",
            headcount: 1,
            fte: Fte::ONE,
            start_date: day("2024-01-01"),
            end_date: Some(day("2027-01-01")),
        };
        builder.staffing(&post);
        builder.staffing(&StaffingRecord { subject: "ward", headcount: 3, end_date: None, ..post });
        let assessment = AssessmentRecord {
            subject: "a",
            skill: "frameworks/f/skills/s",
            level: 3,
            headcount: 1,
            fte: None,
            assessed_date: day("2025-01-01"),
            valid_until_date: Some(day("2026-01-01")),
            revision: 7,
            name: "1",
        };
        builder.assessment(&assessment);
        let fte = Some(Exact::parts(50_000));
        let of_group =
            AssessmentRecord { subject: "ward", fte, valid_until_date: None, ..assessment };
        builder.assessment(&of_group);
        Made::People(Arc::new(builder.build()))
    }

    fn targets() -> Made {
        let mut builder = EstablishmentBuilder::default();
        builder.target("roles/r", day("2027-03-31"), Fte::whole(2), Fte::ONE);
        Made::Establishment(Arc::new(builder.build()))
    }

    /// An older instance has written it like this. A change of these bytes needs another FORMAT.
    #[test]
    fn pieces_are_written_in_the_format_that_others_read() {
        let hex = |made: &Made| {
            made.write().unwrap().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        let known = (
            1,
            "0107726f6c65732f7201156672616d65776f726b732f662f736b696c6c732f73020000028c995a9caa5ac09a0c0001068c99\
             5afeffffff0fc09a0c0300010202000100020201e89e5ac2a45a020601a08d06e89e5afeffffff0f020601",
            "0107726f6c65732f7201000a323032372d30332d333180b518c09a0c",
        );
        assert_eq!((FORMAT, hex(&people()).as_str(), hex(&targets()).as_str()), known);
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        let place = Place::People("organisations/RX1".into());
        let (written, plan) = (people(), Place::Establishment("plans/p".into(), "o".into()));
        for (place, made) in [(place, written), (plan, targets())] {
            let content = made.write().unwrap();
            let again = Made::read(&place, &content).unwrap().write().unwrap();
            assert_eq!(again, content);
            for end in 0..content.len() {
                assert!(Made::read(&place, &content[..end]).is_err(), "{end}");
            }
        }
    }

    #[test]
    fn pieces_are_read_together_up_to_some_size() {
        let head = |(n, bytes): (usize, &usize)| PieceHead {
            place: n.to_string(),
            revision: 1,
            bytes: *bytes,
        };
        let sizes = |bytes: &[usize]| {
            let heads = bytes.iter().enumerate().map(head).collect();
            batches(heads).iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!(sizes(&[]), [0; 0]);
        assert_eq!(sizes(&[BATCH * 3]), [1]);
        assert_eq!(sizes(&[BATCH / 2, BATCH / 2, 1, BATCH * 2, 0]), [2, 1, 1, 1]);
    }
}
