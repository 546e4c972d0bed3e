//! Reads the columns themselves.

use std::sync::Arc;

use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, Func},
};
use tokio::task::JoinHandle;

use crate::{
    domain::{Assessment, Exact, Result, Staffing, Target, assessment, staffing, target},
    planning::analysis::{AssessmentRecord, EstablishmentBuilder, PeopleBuilder, StaffingRecord},
    store::{Packed, Packs, Snapshot, StoreError},
};

use super::{super::analysis::blocking, kept::Made};

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

/// What is made of texts, each while the next is read.
pub(super) struct Making<T>(JoinHandle<Result<T>>);

impl<T: Send + 'static> Making<T> {
    /// What is made of nothing yet.
    fn of(made: T) -> Self {
        Self(tokio::spawn(async { Ok(made) }))
    }

    /// Makes another of it, once it is made; whoever asks for it goes on meanwhile.
    fn then<U: Send + 'static>(
        self,
        work: impl FnOnce(T) -> Result<U, StoreError> + Send + 'static,
    ) -> Making<U> {
        Making(tokio::spawn(async {
            let made = self.made().await?;
            Ok(blocking(move || work(made)).await??)
        }))
    }

    /// What was made.
    pub(super) async fn made(self) -> Result<T> {
        self.0.await.map_err(StoreError::Stopped)?
    }

    /// Takes the rows of all texts, of which two are in memory at a time.
    async fn taking<C: ConnectionTrait>(
        mut self,
        mut texts: Packs<'_, C>,
        take: fn(&mut T, &Packed<'_>) -> Result<(), StoreError>,
    ) -> Result<Self> {
        while let Some(text) = texts.next().await? {
            let made = Self::of(self.made().await?);
            self = made.then(move |mut made| text.rows(|row| take(&mut made, row)).map(|()| made));
        }
        Ok(self)
    }
}

/// The targets of a plan for an organisation.
pub(super) async fn establishment(
    snapshot: &Snapshot,
    plan: &str,
    organisation: &str,
) -> Result<Making<Made>> {
    use target::Column as C;
    let condition = Condition::all().add(C::Parent.eq(plan)).add(C::Organisation.eq(organisation));
    let columns = [C::Role, C::PeriodEndDate, C::NeededFte, C::FundedFte];
    let targets = snapshot.packed::<Target>(condition, &columns, &columns[..2], ROWS);
    let taken = Making::of(EstablishmentBuilder::default()).taking(targets, |builder, row| {
        let (needed, funded) = (row.number(2)?, row.number(3)?);
        builder.target(row.text(0), row.date(1)?, Exact::parts(needed), Exact::parts(funded));
        Ok(())
    });
    Ok(taken.await?.then(|builder| Ok(Made::Establishment(Arc::new(builder.build())))))
}

/// All people of an organisation.
pub(super) async fn people(snapshot: &Snapshot, organisation: &str) -> Result<Making<Made>> {
    let staffing = {
        use staffing::Column as C;
        let columns = [C::StartDate, C::Subject, C::Role, C::Headcount, C::Fte, C::EndDate];
        let condition = Condition::all().add(C::Parent.eq(organisation));
        snapshot.packed::<Staffing>(condition, &columns, &[C::UpdateTime, C::Name], ROWS)
    };
    let taken = Making::of(PeopleBuilder::default()).taking(staffing, |builder, row| {
        builder.staffing(&StaffingRecord {
            start_date: row.date(0)?,
            subject: row.text(1),
            role: row.text(2),
            headcount: row.number(3)?,
            fte: Exact::parts(row.number(4)?),
            end_date: row.optional(5, |row, column| row.date(column))?,
        });
        Ok(())
    });
    let assessments = {
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
        let condition = Condition::all().add(C::Parent.eq(organisation));
        // Those that came together mostly lie together.
        snapshot.packed::<Assessment>(condition, &columns, &[C::UpdateTime, C::Name], ROWS)
    };
    let taken = taken.await?.taking(assessments, |builder, row| {
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
    });
    Ok(taken.await?.then(|builder| Ok(Made::People(Arc::new(builder.build())))))
}
