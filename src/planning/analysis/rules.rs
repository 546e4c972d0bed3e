//! Rules of queries: how much a query may ask for, and which of its parts each method accepts. Paths of
//! violations begin with the request field `query`.

use chrono::NaiveDate;

use crate::domain::{Reason, Violations};

use super::{AnalysisQuery, Periods};

/// A part of a query that selects, sums or orders the rows of the result, or what they are computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryPart {
    /// Dimensions that rows are summed by.
    GroupBy,
    /// Order of the rows.
    OrderBy,
    /// Minimum severity of the rows.
    MinimumSeverity,
    /// Sources whose assessments count.
    AssessmentSources,
}

impl AnalysisQuery {
    /// Maximum number of organisations, roles, skills or periods.
    pub const MAX_NAMES: usize = 1_000;
    /// Maximum number of families of roles.
    pub const MAX_FAMILIES: usize = 100;
    /// Maximum number of frameworks.
    pub const MAX_FRAMEWORKS: usize = 100;
    /// Maximum number of the plan's periods that a violation names.
    const MAX_SHOWN: usize = 12;
    /// Maximum number of dimensions to sum by, and of parts of an order; further dimensions are ignored.
    pub const MAX_PARTS: usize = 20;

    /// Validates the values alone.
    pub fn check(&self, violations: &mut Violations) {
        violations.items("query.families", &self.families, Self::MAX_FAMILIES);
        for (i, family) in self.families.iter().take(Self::MAX_FAMILIES).enumerate() {
            let field = format!("query.families[{i}]");
            violations.required(&field, family);
            violations.line(&field, family, 64);
        }
        for (i, dimension) in self.group_by.iter().enumerate() {
            if self.group_by[..i].contains(dimension) {
                let field = format!("query.group_by[{i}]");
                violations.add(&field, Reason::Duplicate, "must not repeat a dimension");
            }
        }
        for (i, source) in self.assessment_sources.iter().enumerate() {
            if self.assessment_sources[..i].contains(source) {
                let field = format!("query.assessment_sources[{i}]");
                violations.add(&field, Reason::Duplicate, "must not repeat a source");
            }
        }
    }

    /// Adds a violation for each of these parts that is set, for methods in which they have no meaning. `place`
    /// completes the description "must be empty".
    pub(in crate::planning) fn refuse(
        &self,
        parts: &[QueryPart],
        place: &str,
        violations: &mut Violations,
    ) {
        for part in parts {
            let (field, empty) = match part {
                QueryPart::GroupBy => ("query.group_by", self.group_by.is_empty()),
                QueryPart::OrderBy => ("query.order_by", self.order_by.is_empty()),
                QueryPart::MinimumSeverity => {
                    ("query.minimum_severity", self.minimum_severity.is_none())
                }
                QueryPart::AssessmentSources => {
                    ("query.assessment_sources", self.assessment_sources.is_empty())
                }
            };
            if !empty {
                violations.add(field, Reason::NotAllowed, format!("must be empty {place}"));
            }
        }
    }

    /// Adds a violation for each period asked for that is not among `known`, those of the plan. `path` gives the
    /// field of a period by its index.
    pub fn check_periods(
        &self,
        known: &[NaiveDate],
        path: impl Fn(usize) -> String,
        violations: &mut Violations,
    ) {
        let Periods::Ending(asked) = &self.periods else { return };
        let shown: Vec<String> =
            known.iter().take(Self::MAX_SHOWN).map(NaiveDate::to_string).collect();
        let rest = known.len() - shown.len();
        let description = match rest {
            _ if known.is_empty() => "must be empty: the plan has no target".to_owned(),
            0 => format!("must be the last day of a period of the plan: {}", shown.join(", ")),
            rest => format!(
                "must be the last day of a period of the plan: {} and {rest} more",
                shown.join(", ")
            ),
        };
        for (i, _) in asked.iter().enumerate().filter(|(_, end)| !known.contains(end)) {
            violations.add(&path(i), Reason::OutOfRange, description.clone());
        }
    }

    /// Adds a violation, described by `words`, if the query can match more than one period.
    pub(in crate::planning) fn require_one_period(&self, words: &str, violations: &mut Violations) {
        let one = match &self.periods {
            Periods::Current => true,
            Periods::Every => false,
            Periods::Ending(ends) => ends.len() == 1,
        };
        if !one {
            violations.add("query.period_end_dates", Reason::TooLong, words);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use crate::planning::analysis::Dimension;

    use super::*;

    fn found(
        check: impl Fn(&AnalysisQuery, &mut Violations),
        query: &AnalysisQuery,
    ) -> Vec<(String, Reason)> {
        let mut violations = Violations::default();
        check(query, &mut violations);
        violations.iter().map(|one| (one.field.clone(), one.reason)).collect()
    }

    fn query() -> AnalysisQuery {
        AnalysisQuery::of("plans/p", NaiveDate::default())
    }

    #[test]
    fn a_dimension_must_not_stand_twice() {
        let twice = vec![Dimension::Role, Dimension::Skill, Dimension::Role];
        let query = AnalysisQuery { group_by: twice, ..query() };
        let expected = [("query.group_by[2]".to_owned(), Reason::Duplicate)];
        assert_eq!(found(AnalysisQuery::check, &query), expected);
    }

    #[test]
    fn only_the_current_period_or_one_that_is_named_is_one() {
        let days = [NaiveDate::default(), NaiveDate::MAX];
        let one = |periods| {
            let query = AnalysisQuery { periods, ..query() };
            found(|query, v| query.require_one_period("must be one", v), &query).is_empty()
        };
        assert!(one(Periods::Current) && one(Periods::Ending(days[..1].to_vec())));
        assert!(!one(Periods::Every) && !one(Periods::Ending(days.to_vec())));
    }
}
