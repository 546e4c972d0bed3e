//! Positions in the history of a database. A revision alone does not identify a history: after a
//! backup is restored, the same numbers are assigned again to other changes. The hash of the last
//! change row up to a revision tells the histories apart; a position carries some of its digits.

use std::{fmt, str::FromStr};

use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Order, Query, SelectStatement},
};

use super::{StoreError, read::Reads, restored, revision::Revision};

/// Number of hexadecimal digits of the hash in a position.
const DIGITS: usize = 8;

/// A revision and the first digits of the hash of the last change row up to it. Written as
/// `101-1f3a9c02`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The revision.
    pub revision: Revision,
    digits: String,
}

impl Position {
    /// Creates the position of a revision. `hash` is that of the last change row up to it; empty if
    /// there is none.
    pub fn new(revision: Revision, hash: &str) -> Self {
        let digits = hash.get(..DIGITS).map_or_else(|| "0".repeat(DIGITS), str::to_owned);
        Self { revision, digits }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.revision, self.digits)
    }
}

/// The text is not a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a position in a history")]
pub struct PositionError;

impl FromStr for Position {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, PositionError> {
        let (revision, digits) = text.split_once('-').ok_or(PositionError)?;
        let revision = Revision::new(revision.parse().map_err(|_| PositionError)?);
        let read = Self::new(revision, digits);
        // Each position has exactly one text.
        if revision >= Revision::NONE && read.to_string() == text && digits.bytes().all(is_digit) {
            Ok(read)
        } else {
            Err(PositionError)
        }
    }
}

fn is_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// What the history of this database has at a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionStatus {
    /// Newest revision.
    pub newest: Revision,
    /// Oldest revision that can be compared; every change after it can still be read.
    pub oldest: Revision,
    /// Whether a restore skipped the revision: whoever holds it got it from another history.
    pub passed_over: bool,
    /// Position of the revision in this history; meaningless unless the revision lies between
    /// `oldest` and `newest`.
    pub position: Position,
}

impl<C: ConnectionTrait> Reads<C> {
    /// Reads the newest position.
    pub async fn head(&self) -> Result<Position, StoreError> {
        let query = Query::select().columns(["revision", "hash"]).from("revision").to_owned();
        let row = self.connection.query_one(&query).await?;
        let row = row.ok_or(StoreError::RowMissing("revision"))?;
        let (revision, hash): (Revision, String) =
            (row.try_get("", "revision")?, row.try_get("", "hash")?);
        Ok(Position::new(revision, &hash))
    }

    /// Reads what the history has at a revision, with one query that reads one row of the change
    /// index.
    pub async fn position_status(&self, revision: Revision) -> Result<PositionStatus, StoreError> {
        // Each is a query of its own. In a join, PostgreSQL overestimates the size of the one-row
        // tables and JIT-compiles the query at each call.
        let one = |column: &'static str, table: &'static str| {
            value(Query::select().column(column).from(table).to_owned())
        };
        let last = Query::select()
            .column("hash")
            .from("change")
            .and_where(Expr::col("revision").lte(revision))
            .and_where(Expr::col("revision").gt(one("compacted", "retention")))
            .order_by("revision", Order::Desc)
            .order_by("name", Order::Desc)
            .limit(1)
            .to_owned();
        let query = Query::select()
            .expr_as(one("revision", "revision"), "newest")
            .expr_as(one("compacted", "retention"), "oldest")
            .expr_as(Expr::exists(restored::span_over(revision)), "passed_over")
            .expr_as(value(last), "last")
            .expr_as(one("hash", "retention"), "first")
            .to_owned();
        let row = self.connection.query_one(&query).await?;
        let row = row.ok_or(StoreError::RowMissing("revision"))?;
        let (last, first): (Option<String>, String) =
            (row.try_get("", "last")?, row.try_get("", "first")?);
        Ok(PositionStatus {
            newest: row.try_get("", "newest")?,
            oldest: row.try_get("", "oldest")?,
            passed_over: row.try_get("", "passed_over")?,
            position: Position::new(revision, last.as_ref().unwrap_or(&first)),
        })
    }
}

/// Turns a query that returns one value into an expression.
fn value(query: SelectStatement) -> Expr {
    Expr::SubQuery(None, Box::new(query.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_back_from_its_text() {
        let hash = "1f3a9c02".to_owned() + &"e".repeat(56);
        let (written, new) = (Revision::new(101), Revision::NONE);
        for position in [Position::new(written, &hash), Position::new(new, "")] {
            assert_eq!(position.to_string().parse(), Ok(position));
        }
        assert_eq!(Position::new(written, &hash).to_string(), "101-1f3a9c02");
        assert_eq!(Position::new(new, "").to_string(), "0-00000000");
    }

    #[test]
    fn no_other_text_is_a_position() {
        for text in [
            "",
            "101",
            "101-",
            "-1f3a9c02",
            "-1-1f3a9c02",
            "+101-1f3a9c02",
            "0101-1f3a9c02",
            "101-1F3A9C02",
            "101-1f3a9c0",
            "101-1f3a9c02e",
            "101-1f3a9c0x",
            "9223372036854775808-1f3a9c02",
            "101-1f3a9cé",
        ] {
            assert_eq!(text.parse::<Position>(), Err(PositionError), "{text}");
        }
    }
}
