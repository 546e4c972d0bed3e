//! The entries of the caches.

use std::{any::Any, collections::BTreeSet, sync::Arc};

use chrono::NaiveDate;

use crate::{
    domain::{Plan, Requirement, Resource},
    planning::analysis::{Establishment, People},
};

use super::key::BlockKey;

/// Format of blocks in the database. Increase it with every change to the content of a block, to its
/// encoding, or to what is computed from the records.
pub(super) const FORMAT: i32 = 3;

/// A value that the memory cache can hold.
pub(super) trait CacheEntry: Any + Send + Sync + Sized {
    /// Approximate size in bytes.
    fn bytes(&self) -> usize;
}

/// A plan as cached.
pub(super) struct PlanData {
    pub plan: Arc<Plan>,
    /// Requirements of the plan itself.
    pub requirements: Arc<Vec<Requirement>>,
}

impl From<(Plan, Vec<Requirement>)> for PlanData {
    fn from((plan, requirements): (Plan, Vec<Requirement>)) -> Self {
        Self { plan: Arc::new(plan), requirements: Arc::new(requirements) }
    }
}

/// A block: data of one organisation.
#[derive(Clone)]
pub(super) enum AnalysisBlock {
    Establishment(Arc<Establishment>),
    People(Arc<People>),
}

impl AnalysisBlock {
    /// Decodes a block of this key from the bytes that `encode` returned.
    pub fn decode(key: &BlockKey, content: &[u8]) -> postcard::Result<Self> {
        Ok(match key {
            BlockKey::Establishment { .. } => {
                Self::Establishment(Arc::new(postcard::from_bytes(content)?))
            }
            BlockKey::People { .. } => Self::People(Arc::new(postcard::from_bytes(content)?)),
        })
    }

    /// Encodes the block.
    pub fn encode(&self) -> postcard::Result<Vec<u8>> {
        match self {
            Self::Establishment(establishment) => postcard::to_stdvec(establishment.as_ref()),
            Self::People(people) => postcard::to_stdvec(people.as_ref()),
        }
    }
}

impl CacheEntry for AnalysisBlock {
    fn bytes(&self) -> usize {
        match self {
            Self::Establishment(establishment) => establishment.bytes(),
            Self::People(people) => people.bytes(),
        }
    }
}

impl CacheEntry for PlanData {
    fn bytes(&self) -> usize {
        row_bytes(self.plan.as_ref()) + self.requirements.bytes()
    }
}

impl<N: Resource> CacheEntry for Vec<Arc<N>> {
    fn bytes(&self) -> usize {
        self.iter().map(|row| row_bytes(row.as_ref())).sum()
    }
}

impl CacheEntry for Vec<Requirement> {
    fn bytes(&self) -> usize {
        self.iter().map(row_bytes).sum()
    }
}

impl CacheEntry for BTreeSet<String> {
    fn bytes(&self) -> usize {
        self.iter().map(|name| name.len() + 48).sum()
    }
}

impl CacheEntry for Vec<(String, NaiveDate)> {
    fn bytes(&self) -> usize {
        size_of_val(self.as_slice()) + self.iter().map(|(name, _)| name.len()).sum::<usize>()
    }
}

impl CacheEntry for Vec<NaiveDate> {
    fn bytes(&self) -> usize {
        size_of_val(self.as_slice())
    }
}

fn row_bytes<N: Resource>(row: &N) -> usize {
    // A row that is no valid JSON was never written.
    size_of::<N>() + serde_json::to_vec(row).map_or(0, |json| json.len())
}

#[cfg(test)]
mod tests {
    use crate::{
        domain::{Fte, assessment::AssessmentSource},
        planning::analysis::{
            AssessmentRecord, EstablishmentBuilder, PeopleBuilder, StaffingRecord, TargetRecord,
        },
    };

    use super::*;

    fn day(text: &str) -> chrono::NaiveDate {
        text.parse().unwrap()
    }

    fn people() -> AnalysisBlock {
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
            source: AssessmentSource::Test,
            name: "1",
        };
        builder.assessment(&assessment);
        let fte = Some(Fte::parts(50_000));
        let of_group =
            AssessmentRecord { subject: "ward", fte, valid_until_date: None, ..assessment };
        builder.assessment(&of_group);
        AnalysisBlock::People(Arc::new(builder.build()))
    }

    fn targets() -> AnalysisBlock {
        let mut builder = EstablishmentBuilder::default();
        builder.target(&TargetRecord {
            role: "roles/r",
            period_end_date: day("2027-03-31"),
            needed: Fte::whole(2),
            funded: Fte::ONE,
        });
        AnalysisBlock::Establishment(Arc::new(builder.build()))
    }

    /// Bytes written by older instances. Bump FORMAT when this layout changes.
    #[test]
    fn blocks_are_written_in_the_format_that_others_read() {
        let hex = |block: &AnalysisBlock| {
            let bytes = block.encode().unwrap();
            bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        let known = (
            3,
            "0107726f6c65732f7201156672616d65776f726b732f662f736b696c6c732f73020000028c995a9caa5ac09a0c0001068c99\
             5afeffffff0fc09a0c0300010202000100020201e89e5ac2a45a020603a08d06e89e5afeffffff0f020603",
            "0107726f6c65732f7201000a323032372d30332d333180b518c09a0c",
        );
        assert_eq!((FORMAT, hex(&people()).as_str(), hex(&targets()).as_str()), known);
    }

    #[test]
    fn a_block_is_read_as_it_was_written_and_not_from_a_part_of_it() {
        let organisation = || Arc::from("organisations/RX1");
        let plan = Arc::from("plans/p");
        for (key, block) in [
            (BlockKey::People { organisation: organisation() }, people()),
            (BlockKey::Establishment { plan, organisation: organisation() }, targets()),
        ] {
            let content = block.encode().unwrap();
            let again = AnalysisBlock::decode(&key, &content).unwrap().encode().unwrap();
            assert_eq!(again, content);
            for end in 0..content.len() {
                assert!(AnalysisBlock::decode(&key, &content[..end]).is_err(), "{end}");
            }
        }
    }
}
