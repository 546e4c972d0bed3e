//! Looks for rows that must not exist for a change to be allowed.

use sea_orm::{
    Condition, EntityTrait, ModelTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    domain::{
        Error, FieldTest, ForbiddenRows, ForbiddenValues, Resource, Result, for_resource_type,
    },
    store::{Transaction, name_range},
};

use super::planned::PlannedWrite;

/// Fails the updates that rows of other resource types forbid.
pub(super) async fn fail_forbidden<N: Resource>(
    transaction: &Transaction,
    writes: &mut [PlannedWrite<N>],
) -> Result<()> {
    for write in writes.iter_mut().filter(|write| write.is_open()) {
        if let (Some(before), Some(after)) = (&write.before, &write.after)
            && let Err(error) = forbid(transaction, N::forbidden_rows(before, after)).await
        {
            write.fail(error);
        }
    }
    Ok(())
}

/// Fails for the first of these rows that exists.
pub(in crate::registry) async fn forbid(
    transaction: &Transaction,
    forbidden: Vec<ForbiddenRows>,
) -> Result<()> {
    for rows in forbidden {
        let found: Option<String> = for_resource_type!(rows.kind, N => {
            let select = <N as ModelTrait>::Entity::find().filter(condition(&rows)).limit(1);
            transaction.select(select).await?.first().map(|row| row.name.clone())
        });
        if let Some(subject) = found {
            let message = format!("{subject}: {}", rows.message);
            return Err(Error::Refused { reason: rows.refusal, subject, message });
        }
    }
    Ok(())
}

/// Query condition for the rows: every test passes.
fn condition(rows: &ForbiddenRows) -> Condition {
    rows.tests.iter().fold(Condition::all(), |all, test| all.add(any_field(test)))
}

/// Query condition that one of the fields has such a value. A field that the type does not have is an error
/// of the database, so a mistake in a rule is noticed.
fn any_field(FieldTest { fields, values }: &FieldTest) -> Condition {
    fields.iter().fold(Condition::any(), |any, field| any.add(holds(Expr::col(*field), values)))
}

fn holds(field: Expr, values: &ForbiddenValues) -> Condition {
    let all = Condition::all();
    match values.clone() {
        ForbiddenValues::Equal(value) => all.add(field.eq(value)),
        ForbiddenValues::OneOf(values) => all.add(field.is_in(values)),
        ForbiddenValues::NoneOf(values) => all.add(field.is_not_in(values)),
        ForbiddenValues::AtLeast(value) => all.add(field.gte(value)),
        ForbiddenValues::AtMost(value) => all.add(field.lte(value)),
        ForbiddenValues::Outside(first, last) => {
            Condition::any().add(field.clone().lt(first)).add(field.gt(last))
        }
        ForbiddenValues::NamesBelow(prefix) => {
            let names = name_range(&prefix);
            all.add(field.clone().gte(names.start)).add(field.lt(names.end))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        domain::{
            Framework, Plan,
            framework::{FrameworkState, Level, Levels},
        },
        planning::example::plan,
    };

    use super::*;

    fn framework(levels: i32) -> Framework {
        let level = |rank| Level { rank, ..Level::default() };
        let time = chrono::DateTime::UNIX_EPOCH;
        Framework {
            name: "frameworks/a".to_owned(),
            revision: 1,
            create_time: time,
            update_time: time,
            title: String::new(),
            version: String::new(),
            publisher: String::new(),
            licence: String::new(),
            levels: Levels((1..=levels).map(level).collect()),
            state: FrameworkState::Draft,
            supersedes: String::new(),
        }
    }

    fn all_forbidden() -> Vec<ForbiddenRows> {
        let long = plan("a", "RAA");
        let short = Plan { last_period_end_date: long.first_period_end_date, ..long.clone() };
        let mut all = Framework::forbidden_rows(&framework(3), &framework(2));
        all.extend(Plan::forbidden_rows(&long, &short));
        all.push(long.overlapping());
        all
    }

    #[test]
    fn rows_are_forbidden_by_fields_that_their_type_has() {
        for rows in all_forbidden() {
            assert!(!rows.tests.is_empty());
            for field in rows.tests.iter().flat_map(|test| test.fields) {
                let known = for_resource_type!(rows.kind, N => N::column(field).is_some());
                assert!(known, "{:?} has no field {field}", rows.kind);
            }
        }
        assert_eq!(all_forbidden().len(), 5);
    }

    #[test]
    fn a_change_that_takes_nothing_away_forbids_no_rows() {
        let (short, long) = (framework(2), framework(3));
        assert!(Framework::forbidden_rows(&short, &long).is_empty());
        assert!(Framework::forbidden_rows(&long, &long).is_empty());
        let same = plan("a", "RAA");
        assert!(Plan::forbidden_rows(&same, &same).is_empty());
    }
}
