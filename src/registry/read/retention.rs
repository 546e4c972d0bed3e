//! Which revisions can still be read, and which positions are of this history.

use crate::{
    domain::{Error, Result},
    store::{Position, ReadConnection, Reads, Revision, Standing, name_range},
};

/// What comes after every name.
pub(in crate::registry) fn after_all() -> String {
    name_range("").end
}

/// Fails unless what came after a revision can still be told, and the revision was reached by this
/// history.
pub(in crate::registry) async fn retained<C: ReadConnection>(
    reads: &Reads<C>,
    revision: Revision,
    newest: Revision,
) -> Result<()> {
    let Standing { oldest, passed_over, .. } = reads.standing(revision).await?;
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

/// Fails where a position that a caller was given is not one of this history. One that is older than
/// what is kept of the changes cannot be told from another, and passes.
pub(in crate::registry) async fn recognised<C: ReadConnection>(
    reads: &Reads<C>,
    given: Option<&Position>,
) -> Result<()> {
    let Some(given) = given else { return Ok(()) };
    let revision = given.revision;
    let Standing { newest, oldest, passed_over, position } = reads.standing(revision).await?;
    if !passed_over && revision > newest {
        return Err(Error::RevisionAhead { revision, newest });
    }
    if passed_over || (revision >= oldest && position != *given) {
        return Err(Error::RevisionOfOtherHistory { revision, newest });
    }
    Ok(())
}
