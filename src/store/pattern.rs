//! Texts with a form: `None` in a pattern stands for any characters, the rest for itself.

use sea_orm::{
    Condition,
    sea_query::{Expr, ExprTrait},
};

use super::{
    Store,
    dialect::{self, Dialect},
};

/// How texts are compared with patterns by the database that a store is in.
#[derive(Clone, Copy, Debug)]
pub struct Patterns(Dialect);

impl Store {
    /// How texts are compared with patterns here.
    pub fn patterns(&self) -> Patterns {
        Patterns(self.dialect())
    }
}

impl Patterns {
    /// The condition that `text` has the form of `pattern`; capitals count. What the pattern begins
    /// with, an index can find.
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

    /// The condition that `expression` is one of `values`, in a form whose text does not depend on how
    /// many there are.
    pub fn one_of(self, expression: Expr, values: &[String]) -> Condition {
        dialect::any(self.0, expression, values)
    }
}

/// The first text after all that begin with `start`, where there is one.
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
