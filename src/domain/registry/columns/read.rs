//! Reads the columns themselves.

use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, Func},
};

use crate::{
    domain::{
        Assessment, Exact, Result, Staffing, Target,
        analysis::{
            AssessmentRecord, Establishment, EstablishmentBuilder, People, PeopleBuilder,
            StaffingRecord,
        },
        assessment, staffing, target,
    },
    store::Snapshot,
};

use super::super::analysis::blocking;

/// How many rows are read as one text.
const ROWS: u64 = 50_000;

/// The period ends that a plan has targets for, in order: each by one step through an index.
pub(super) async fn periods(snapshot: &Snapshot, plan: &str) -> Result<Vec<NaiveDate>> {
    let mut periods: Vec<NaiveDate> = Vec::new();
    loop {
        let mut select = target::Entity::find()
            .select_only()
            .expr(Func::min(Expr::col(target::Column::PeriodEndDate)))
            .filter(target::Column::Parent.eq(plan));
        if let Some(last) = periods.last() {
            select = select.filter(target::Column::PeriodEndDate.gt(*last));
        }
        let next: Vec<Option<NaiveDate>> = snapshot.select_tuple(select).await?;
        match next.into_iter().flatten().next() {
            Some(next) => periods.push(next),
            None => return Ok(periods),
        }
    }
}

/// The targets of a plan for an organisation.
pub(super) async fn establishment(
    snapshot: &Snapshot,
    plan: &str,
    organisation: &str,
) -> Result<Establishment> {
    use target::Column as C;
    let mut builder = EstablishmentBuilder::default();
    let condition = Condition::all().add(C::Parent.eq(plan)).add(C::Organisation.eq(organisation));
    let columns = [C::Role, C::PeriodEndDate, C::NeededFte, C::FundedFte];
    snapshot
        .packed::<Target>(condition, &columns, None, &columns[..2], ROWS, |row| {
            let (needed, funded) = (row.number(2)?, row.number(3)?);
            builder.target(row.text(0), row.date(1)?, Exact::parts(needed), Exact::parts(funded));
            Ok(())
        })
        .await?;
    Ok(builder.build())
}

/// All people of an organisation.
pub(super) async fn people(snapshot: &Snapshot, organisation: &str) -> Result<People> {
    let people = read_people(snapshot, organisation, false).await?;
    match people.is_undecided() {
        true => read_people(snapshot, organisation, true).await,
        false => Ok(people),
    }
}

/// All people of an organisation. The names of assessments are half of all that is to be read of them, and
/// matter only where a subject has several of one day, as groups have: so those of others are told where
/// they are `named`.
async fn read_people(snapshot: &Snapshot, organisation: &str, named: bool) -> Result<People> {
    let mut builder = PeopleBuilder::default();
    {
        use staffing::Column as C;
        let columns = [C::StartDate, C::Subject, C::Role, C::Headcount, C::Fte, C::EndDate];
        let order = [C::UpdateTime, C::Name];
        let condition = Condition::all().add(C::Parent.eq(organisation));
        snapshot
            .packed::<Staffing>(condition, &columns, None, &order, ROWS, |row| {
                builder.staffing(&StaffingRecord {
                    start_date: row.date(0)?,
                    subject: row.text(1),
                    role: row.text(2),
                    headcount: row.number(3)?,
                    fte: Exact::parts(row.number(4)?),
                    end_date: row.optional(5, |row, column| row.date(column))?,
                });
                Ok(())
            })
            .await?;
    }
    use assessment::Column as C;
    let columns =
        [C::AssessedDate, C::Subject, C::Skill, C::Level, C::Headcount, C::Fte, C::ValidUntilDate];
    let of_group = Condition::any().add(C::Fte.is_not_null()).add(C::Headcount.gt(1));
    let told = if named { Condition::all().add(C::Headcount.gte(0)) } else { of_group };
    // Those that came together mostly lie together.
    let order = [C::UpdateTime, C::Name];
    let condition = Condition::all().add(C::Parent.eq(organisation));
    let rarely = Some((told, &[C::Revision, C::Name][..]));
    snapshot
        .packed::<Assessment>(condition, &columns, rarely, &order, ROWS, |row| {
            builder.assessment(&AssessmentRecord {
                assessed_date: row.date(0)?,
                subject: row.text(1),
                skill: row.text(2),
                level: row.number(3)?,
                headcount: row.number(4)?,
                fte: row.optional(5, |row, column| row.number(column).map(Exact::parts))?,
                valid_until_date: row.optional(6, |row, column| row.date(column))?,
                revision: row.optional(7, |row, column| row.number(column))?.unwrap_or_default(),
                name: row.text(8),
            });
            Ok(())
        })
        .await?;
    // To sort those of a large organisation takes long enough to hold up others.
    blocking(move || builder.build()).await
}
