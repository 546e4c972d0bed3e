//! Parses filters, in the syntax of AIP-160.

use pest::{Parser, error::ErrorVariant, iterators::Pair};
use pest_derive::Parser;

use crate::domain::text;

/// Maximum length of a filter in bytes.
const MAX_BYTES: usize = 4_096;

/// Maximum number of comparisons.
const MAX_TERMS: usize = 50;

/// Maximum depth of nested brackets.
const MAX_DEPTH: usize = 32;

#[derive(Parser)]
#[grammar = "registry/listing/grammar.pest"]
struct Grammar;

/// A parsed filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Compare(Comparison),
}

/// Comparison of a field with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    /// Segments of the field path, such as `role` and `family`.
    pub field: Vec<String>,
    pub comparator: Comparator,
    pub value: Literal,
    /// Position in characters, from 1, at which field and value begin.
    pub field_at: usize,
    pub value_at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Has,
}

/// A value as written: pieces of text, with `None` for each `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literal(pub Vec<Option<String>>);

impl Literal {
    /// The text; `None` if it contains a `*`.
    pub fn text(&self) -> Option<String> {
        let parts: Option<Vec<&str>> = self.0.iter().map(|part| part.as_deref()).collect();
        parts.map(|parts| parts.concat())
    }

    /// The value with its texts folded.
    pub fn folded(&self) -> Self {
        Self(self.0.iter().map(|part| part.as_deref().map(text::fold)).collect())
    }

    /// Whether the value is `*` alone.
    pub fn is_anything(&self) -> bool {
        matches!(self.0[..], [None])
    }
}

/// Parses a filter; `None` if it is empty. The error says what is wrong, and at which character.
pub(super) fn parse(text: &str) -> Result<Option<Expression>, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("must have at most {MAX_BYTES} bytes"));
    }
    check_depth(text)?;
    let mut filter =
        Grammar::parse(Rule::filter, text).map_err(|error| unreadable(&error, text))?;
    let inner = filter.next().into_iter().flat_map(Pair::into_inner);
    let mut terms = 0;
    let expression = inner
        .filter(|pair| pair.as_rule() == Rule::expression)
        .map(|pair| read(pair, text, &mut terms))
        .next();
    if terms > MAX_TERMS {
        return Err(format!("must have at most {MAX_TERMS} comparisons"));
    }
    Ok(expression)
}

/// Limits the depth of brackets before parsing, because the parser is recursive.
fn check_depth(text: &str) -> Result<(), String> {
    let (mut depth, mut quote, mut escaped) = (0usize, None, false);
    for c in text.chars() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(format!("must nest at most {MAX_DEPTH} brackets"));
        }
    }
    Ok(())
}

fn unreadable(error: &pest::error::Error<Rule>, text: &str) -> String {
    let at = match error.location {
        pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
    };
    let mut expected: Vec<&str> = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => {
            positives.iter().filter_map(|rule| name(*rule)).collect()
        }
        ErrorVariant::CustomError { .. } => Vec::new(),
    };
    expected.sort_unstable();
    expected.dedup();
    let expected = match expected.is_empty() {
        true => "something else".to_owned(),
        false => expected.join(" or "),
    };
    format!("cannot be parsed at character {}: expected {expected}", character(text, at))
}

/// Describes what a grammar rule expects.
fn name(rule: Rule) -> Option<&'static str> {
    match rule {
        Rule::field | Rule::comparison | Rule::term | Rule::factor | Rule::sequence => {
            Some("a comparison")
        }
        Rule::composite => Some("a bracket"),
        Rule::close => Some("a closing bracket"),
        Rule::negation => Some("NOT"),
        Rule::comparator => Some("one of = != < <= > >= :"),
        Rule::value | Rule::quoted | Rule::plain => Some("a value"),
        Rule::EOI => Some("the end"),
        _ => None,
    }
}

/// Number of the character at a byte offset, from 1.
fn character(text: &str, byte: usize) -> usize {
    text.get(..byte).map_or(0, |before| before.chars().count()) + 1
}

fn read(pair: Pair<Rule>, text: &str, terms: &mut usize) -> Expression {
    match pair.as_rule() {
        Rule::expression | Rule::sequence => joined(pair, text, terms, Expression::All),
        Rule::factor => joined(pair, text, terms, Expression::Any),
        Rule::comparison => {
            *terms += 1;
            Expression::Compare(comparison(pair, text))
        }
        // A comparison, a bracket, or a negation of either: parse what is inside.
        _ => {
            let mut negated = false;
            let mut inner = Expression::All(Vec::new());
            for part in pair.into_inner() {
                match part.as_rule() {
                    Rule::negation => negated = true,
                    Rule::close => {}
                    _ => inner = read(part, text, terms),
                }
            }
            if negated { Expression::Not(Box::new(inner)) } else { inner }
        }
    }
}

fn joined(
    pair: Pair<Rule>,
    text: &str,
    terms: &mut usize,
    join: fn(Vec<Expression>) -> Expression,
) -> Expression {
    let parts: Vec<Expression> = pair.into_inner().map(|part| read(part, text, terms)).collect();
    match <[Expression; 1]>::try_from(parts) {
        Ok([one]) => one,
        Err(parts) => join(parts),
    }
}

fn comparison(pair: Pair<Rule>, text: &str) -> Comparison {
    let mut comparison = Comparison {
        field: Vec::new(),
        comparator: Comparator::Equal,
        value: Literal(Vec::new()),
        field_at: 0,
        value_at: 0,
    };
    for part in pair.into_inner() {
        let at = character(text, part.as_span().start());
        match part.as_rule() {
            Rule::field => {
                comparison.field = part.as_str().split('.').map(str::to_owned).collect();
                comparison.field_at = at;
            }
            Rule::comparator => comparison.comparator = comparator(part.as_str()),
            _ => {
                comparison.value = literal(part);
                comparison.value_at = at;
            }
        }
    }
    comparison
}

fn comparator(text: &str) -> Comparator {
    match text {
        "!=" => Comparator::NotEqual,
        "<" => Comparator::Less,
        "<=" => Comparator::LessOrEqual,
        ">" => Comparator::Greater,
        ">=" => Comparator::GreaterOrEqual,
        ":" => Comparator::Has,
        _ => Comparator::Equal,
    }
}

fn literal(value: Pair<Rule>) -> Literal {
    // A value is quoted or plain text; the content of a quoted one is nested one level deeper.
    let inner = value.into_inner().next().map(|pair| {
        let within = pair.clone().into_inner().next();
        within.map_or_else(|| pair.as_str().to_owned(), |within| within.as_str().to_owned())
    });
    let mut parts: Vec<Option<String>> = Vec::new();
    let mut characters = inner.as_deref().unwrap_or_default().chars();
    while let Some(c) = characters.next() {
        let c = match c {
            '*' => {
                parts.push(None);
                continue;
            }
            '\\' => characters.next().unwrap_or(c),
            c => c,
        };
        match parts.last_mut() {
            Some(Some(text)) => text.push(c),
            _ => parts.push(Some(c.to_string())),
        }
    }
    if parts.is_empty() {
        parts.push(Some(String::new()));
    }
    Literal(parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shape(text: &str) -> String {
        fn show(expression: &Expression) -> String {
            let list = |parts: &[Expression]| parts.iter().map(show).collect::<Vec<_>>().join(" ");
            match expression {
                Expression::All(parts) => format!("(and {})", list(parts)),
                Expression::Any(parts) => format!("(or {})", list(parts)),
                Expression::Not(part) => format!("(not {})", show(part)),
                Expression::Compare(c) => {
                    let value = c.value.0.iter().map(|part| part.as_deref().unwrap_or("*"));
                    format!("{}{:?}{}", c.field.join("."), c.comparator, value.collect::<String>())
                }
            }
        }
        parse(text).unwrap().as_ref().map_or_else(String::new, show)
    }

    #[test]
    fn filters_are_read_as_the_grammar_says() {
        assert_eq!(shape("  "), "");
        assert_eq!(shape("a = 1"), "aEqual1");
        assert_eq!(shape("a=1 AND b!=2"), "(and aEqual1 bNotEqual2)");
        assert_eq!(shape("a=1 AND b=2 OR c=3"), "(and aEqual1 (or bEqual2 cEqual3))");
        assert_eq!(shape("a=1 b=2 OR c=3"), "(and aEqual1 (or bEqual2 cEqual3))");
        assert_eq!(shape("(a=1 AND b=2) OR c=3"), "(or (and aEqual1 bEqual2) cEqual3)");
        assert_eq!(shape("NOT a=1 AND -b=2"), "(and (not aEqual1) (not bEqual2))");
        assert_eq!(shape("NOT (a=1 OR b=2)"), "(not (or aEqual1 bEqual2))");
        assert_eq!(shape("order = x AND note:y"), "(and orderEqualx noteHasy)");
        assert_eq!(shape(r#"a.b <= "x \"y\" z""#), r#"a.bLessOrEqualx "y" z"#);
        assert_eq!(shape("a = 'AND' AND b = roles/x-1"), "(and aEqualAND bEqualroles/x-1)");
        let stars = |text: &str| match parse(text) {
            Ok(Some(Expression::Compare(comparison))) => comparison.value.0,
            other => panic!("{other:?}"),
        };
        assert_eq!(stars(r#"a = "x*\*""#), [Some("x".into()), None, Some("*".into())]);
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_place() {
        for (text, at) in [
            ("a", 2),
            ("a =", 4),
            ("a = 1 AND", 7),
            ("= 1", 1),
            ("(a = 1", 7),
            ("a = 1)", 6),
            ("é = 1", 1),
            ("a = \"x", 5),
            ("a == 1", 4),
            ("a = AND", 5),
            ("f(x)", 2),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(&format!("at character {at}:")), "{text}: {error}");
        }
    }

    #[test]
    fn limits_are_kept() {
        let nested = |depth: usize| format!("{}a=1{}", "(".repeat(depth), ")".repeat(depth));
        assert!(parse(&nested(32)).is_ok());
        assert!(parse(&nested(33)).unwrap_err().contains("32 brackets"));
        let terms = |count: usize| vec!["a=1"; count].join(" OR ");
        assert!(parse(&terms(50)).is_ok());
        assert!(parse(&terms(51)).unwrap_err().contains("50 comparisons"));
        assert!(
            parse(&format!("a = \"{}\"", "x".repeat(4_096))).unwrap_err().contains("4096 bytes")
        );
        assert!(parse(&format!("a = \"{}\"", "(".repeat(100))).is_ok());
    }

    proptest! {
        #[test]
        fn nothing_makes_the_parser_panic(text in "[ab=<>!:()\"'*\\\\ ANDORT.-]{0,60}") {
            let _ = parse(&text);
        }
    }
}
