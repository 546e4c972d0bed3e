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
        .packed::<Target>(condition, &columns, &columns[..2], ROWS, |row| {
            let (needed, funded) = (row.number(2)?, row.number(3)?);
            builder.target(row.text(0), row.date(1)?, Exact::parts(needed), Exact::parts(funded));
            Ok(())
        })
        .await?;
    Ok(builder.build())
}

/// All people of an organisation.
pub(super) async fn people(snapshot: &Snapshot, organisation: &str) -> Result<People> {
    let mut builder = PeopleBuilder::default();
    {
        use staffing::Column as C;
        let columns = [C::StartDate, C::Subject, C::Role, C::Headcount, C::Fte, C::EndDate];
        let order = [C::UpdateTime, C::Name];
        let condition = Condition::all().add(C::Parent.eq(organisation));
        snapshot
            .packed::<Staffing>(condition, &columns, &order, ROWS, |row| {
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
    let columns = [
        C::AssessedDate,
        C::Subject,
        C::Skill,
        C::Level,
        C::Headcount,
        C::Fte,
        C::ValidUntilDate,
        C::Revision,
        C::Name,
    ];
    // Those that came together mostly lie together.
    let order = [C::UpdateTime, C::Name];
    let condition = Condition::all().add(C::Parent.eq(organisation));
    snapshot
        .packed::<Assessment>(condition, &columns, &order, ROWS, |row| {
            builder.assessment(&AssessmentRecord {
                assessed_date: row.date(0)?,
                subject: row.text(1),
                skill: row.text(2),
                level: row.number(3)?,
                headcount: row.number(4)?,
                fte: row.optional(5, |row, column| row.number(column).map(Exact::parts))?,
                valid_until_date: row.optional(6, |row, column| row.date(column))?,
                revision: row.number(7)?,
                name: row.text(8),
            });
            Ok(())
        })
        .await?;
    // To sort those of a large organisation takes long enough to hold up others.
    blocking(move || builder.build()).await
}
