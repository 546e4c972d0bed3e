//! Text patterns: `None` matches any characters, any other part matches itself.

use sea_orm::{
    Condition,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};

use super::{
    Store,
    dialect::{self, Dialect},
    names::list_table,
};

/// Matches texts in the SQL of the store's database.
#[derive(Clone, Copy, Debug)]
pub struct Patterns(Dialect);

impl Store {
    /// Returns the pattern conditions for this database.
    pub fn patterns(&self) -> Patterns {
        Patterns(self.dialect())
    }
}

impl Patterns {
    /// Builds the condition that `text` matches `pattern`, case-sensitively. An index can serve the
    /// literal start of a pattern.
    pub fn like(self, text: Expr, pattern: &[Option<String>]) -> Condition {
        let like = dialect::like(self.0, text.clone(), pattern);
        match pattern.first() {
            Some(Some(start)) => {
                let from = Condition::all().add(text.clone().gte(start.as_str()));
                let to = after_all_with(start).map(|end| text.lt(end));
                from.add_option(to).add(like)
            }
            _ => like,
        }
    }

    /// Builds the query for the names of those records of `table` that have an item that matches `pattern` in
    /// the list `column`.
    pub fn names_with_item(
        self,
        table: &str,
        column: &str,
        pattern: &[Option<String>],
    ) -> SelectStatement {
        let value = Expr::col("value");
        let text: Option<Vec<&str>> = pattern.iter().map(Option::as_deref).collect();
        let matches = match text {
            Some(text) => Condition::all().add(value.eq(text.concat())),
            None => self.like(value, pattern),
        };
        let items = Alias::new(list_table(table, column));
        Query::select().column("name").from(items).cond_where(matches).to_owned()
    }

    /// Builds the condition that `expression` is one of `values`. The SQL text is the same for any
    /// number of values.
    pub fn one_of(self, expression: Expr, values: &[String]) -> Condition {
        dialect::any(self.0, expression, values)
    }
}

/// Returns the first text after all texts that begin with `start`, if there is one.
fn after_all_with(start: &str) -> Option<String> {
    let mut characters: Vec<char> = start.chars().collect();
    while let Some(last) = characters.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_is_after_all_that_have_it() {
        assert_eq!(after_all_with("ab").as_deref(), Some("ac"));
        assert_eq!(after_all_with("a\u{10FFFF}").as_deref(), Some("b"));
        assert_eq!(after_all_with("\u{D7FF}").as_deref(), Some("\u{E000}"));
        assert_eq!(after_all_with("\u{10FFFF}"), None);
    }
}
