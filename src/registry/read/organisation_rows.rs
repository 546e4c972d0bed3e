//! Builds the blocks of organisations from records that are very many, but of which few columns are needed.

use std::sync::Arc;

use sea_orm::{ColumnTrait, Condition, ConnectionTrait};

use crate::{
    domain::{
        Assessment, Fte, Result, Staffing, Target,
        assessment::{self, AssessmentSource},
        staffing, target,
    },
    planning::analysis::{
        AssessmentRecord, Establishment, EstablishmentBuilder, People, PeopleBuilder,
        StaffingRecord, TargetRecord,
    },
    registry::blocking::blocking,
    store::{PackedPages, PackedRow, StoreError},
};

use super::input_rows::InputRows;

/// Number of rows that the database returns in one packed text.
const ROWS: u64 = 50_000;

impl InputRows<'_> {
    /// Targets of a plan for an organisation.
    pub async fn establishment(
        self,
        plan: Arc<str>,
        organisation: Arc<str>,
    ) -> Result<Establishment> {
        use target::Column as C;
        let condition =
            Condition::all().add(C::Parent.eq(&*plan)).add(C::Organisation.eq(&*organisation));
        let columns = [C::Role, C::PeriodEndDate, C::NeededFte, C::FundedFte];
        let condition = self.rows.unchanged(condition);
        let rows = self.rows.snapshot.packed::<Target>(condition, &columns, &columns[..2], ROWS);
        let builder = fill(EstablishmentBuilder::default(), rows, |builder, row| {
            builder.target(&TargetRecord {
                role: row.text(0),
                period_end_date: row.date(1)?,
                needed: Fte::parts(row.number(2)?),
                funded: Fte::parts(row.number(3)?),
            });
            Ok(())
        });
        let (mut builder, replaced) = (builder.await?, self.replaced_targets().await?);
        blocking(move || {
            let replaced = replaced.get(&*organisation).into_iter().flatten();
            for target in replaced.filter(|target| *target.parent == *plan) {
                builder.target(&target.into());
            }
            builder.build()
        })
        .await
    }

    /// Staffing and assessments of an organisation.
    pub async fn people(self, organisation: Arc<str>) -> Result<People> {
        let staffing = {
            use staffing::Column as C;
            let columns = [C::StartDate, C::Subject, C::Role, C::Headcount, C::Fte, C::EndDate];
            let condition = self.rows.unchanged(Condition::all().add(C::Parent.eq(&*organisation)));
            self.rows.snapshot.packed::<Staffing>(
                condition,
                &columns,
                &[C::UpdateTime, C::Name],
                ROWS,
            )
        };
        let builder = fill(PeopleBuilder::default(), staffing, |builder, row| {
            builder.staffing(&StaffingRecord {
                start_date: row.date(0)?,
                subject: row.text(1),
                role: row.text(2),
                headcount: row.number(3)?,
                fte: Fte::parts(row.number(4)?),
                end_date: row.optional(5, |row, column| row.date(column))?,
            });
            Ok(())
        });
        let builder = builder.await?;
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
                C::Source,
                C::Name,
            ];
            let condition = self.rows.unchanged(Condition::all().add(C::Parent.eq(&*organisation)));
            // Ordered by time, since rows written together mostly are stored together.
            self.rows.snapshot.packed::<Assessment>(
                condition,
                &columns,
                &[C::UpdateTime, C::Name],
                ROWS,
            )
        };
        let builder = fill(builder, assessments, |builder, row| {
            builder.assessment(&AssessmentRecord {
                assessed_date: row.date(0)?,
                subject: row.text(1),
                skill: row.text(2),
                level: row.number(3)?,
                headcount: row.number(4)?,
                fte: row.optional(5, |row, column| row.number(column).map(Fte::parts))?,
                valid_until_date: row.optional(6, |row, column| row.date(column))?,
                source: row.read(7, AssessmentSource::stored)?,
                name: row.text(8),
            });
            Ok(())
        });
        let mut builder = builder.await?;
        let replaced_staffing = self.replaced(|rows| &rows.staffing, |row| &row.parent).await?;
        let replaced = self.replaced(|rows| &rows.assessments, |row| &row.parent).await?;
        blocking(move || {
            for row in replaced_staffing.get(&*organisation).into_iter().flatten() {
                builder.staffing(&row.into());
            }
            for row in replaced.get(&*organisation).into_iter().flatten() {
                builder.assessment(&row.into());
            }
            builder.build()
        })
        .await
    }
}

/// Feeds all rows of some packed texts to a builder, which processes one while the next is read.
async fn fill<B: Send + 'static, C: ConnectionTrait>(
    mut builder: B,
    mut texts: PackedPages<'_, C>,
    take: fn(&mut B, &PackedRow<'_>) -> Result<(), StoreError>,
) -> Result<B> {
    let mut text = texts.next().await?;
    while let Some(rows) = text {
        let taken = blocking(move || {
            rows.rows(|row| take(&mut builder, row))?;
            Ok::<_, StoreError>(builder)
        });
        let (taken, next) = tokio::join!(taken, texts.next());
        (builder, text) = (taken??, next?);
    }
    Ok(builder)
}
