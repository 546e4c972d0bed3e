//! Checks which revisions can still be read, and which positions belong to this history.

use crate::{
    domain::{Error, Result},
    store::{Position, PositionStatus, ReadConnection, Reads, Revision, name_range},
};

/// A text that sorts after every name.
pub(in crate::registry) fn after_all() -> String {
    name_range("").end
}

/// Fails unless the changes after a revision are retained, and this history has reached the revision.
pub(in crate::registry) async fn retained<C: ReadConnection>(
    reads: &Reads<C>,
    revision: Revision,
    newest: Revision,
) -> Result<()> {
    let PositionStatus { oldest, passed_over, .. } = reads.position_status(revision).await?;
    if passed_over {
        return Err(Error::RevisionOfOtherHistory { revision, newest });
    }
    if revision < oldest {
        return Err(Error::RevisionCompacted { revision, oldest });
    }
    if revision > newest {
        return Err(Error::RevisionAhead { revision, newest });
    }
    Ok(())
}

/// Fails if a position does not belong to this history. A position older than the retained changes cannot be
/// checked, and passes.
pub(in crate::registry) async fn recognised<C: ReadConnection>(
    reads: &Reads<C>,
    given: Option<&Position>,
) -> Result<()> {
    let Some(given) = given else { return Ok(()) };
    let revision = given.revision;
    let PositionStatus { newest, oldest, passed_over, position } =
        reads.position_status(revision).await?;
    if !passed_over && revision > newest {
        return Err(Error::RevisionAhead { revision, newest });
    }
    if passed_over || (revision >= oldest && position != *given) {
        return Err(Error::RevisionOfOtherHistory { revision, newest });
    }
    Ok(())
}
