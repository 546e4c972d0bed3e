//! Trends of gap snapshots.

use crate::{
    domain::{Caller, Organisation, Plan, Result, Skill, Violations},
    planning::trend::{TrendPoint, TrendQuery},
    registry::Registry,
};

use super::{
    gap_query::names,
    page::{PageWindow, Pin},
    standard, v1,
    wire::WireValue,
};

/// Handles ListGapTrends.
pub async fn page(
    registry: &Registry,
    caller: &Caller,
    request: v1::ListGapTrendsRequest,
) -> Result<v1::ListGapTrendsResponse> {
    let mut violations = Violations::default();
    let v = &mut violations;
    let window = PageWindow::read(&request, v);
    let query = TrendQuery {
        plan: standard::one_name::<Plan>("plan", &request.plan, v),
        organisations: names::<Organisation>(
            "organisations",
            &request.organisations,
            TrendQuery::MAX_NAMES,
            v,
        ),
        include_descendants: request.include_descendants,
        skills: names::<Skill>("skills", &request.skills, TrendQuery::MAX_NAMES, v),
        period: WireValue::from_wire(request.period_end_date, "period_end_date", v),
    };
    violations.into_result()?;
    registry.recognise(caller, window.given()).await?;
    let (trends, read_revision) = registry.list_gap_trends(caller, &query, window.as_of()).await?;
    let head = registry.head(caller).await?;
    let pin = Pin { revision: read_revision, day: None };
    let (page, next_page_token) = window.of(&trends, pin, &head);
    let trends = page.iter().map(|(trend, title)| v1::GapTrend {
        skill: trend.skill.clone(),
        skill_title: title.clone(),
        points: trend.points.iter().map(point).collect(),
    });
    Ok(v1::ListGapTrendsResponse {
        trends: trends.collect(),
        next_page_token,
        read_revision: read_revision.number(),
    })
}

fn point(point: &TrendPoint) -> v1::GapTrendPoint {
    v1::GapTrendPoint {
        as_of_date: point.as_of.to_string(),
        period_end_date: point.period_end.to_string(),
        needed_fte: point.needed.to_wire(),
        skilled_fte: point.skilled.to_wire(),
        shortfall_fte: point.shortfall.to_wire(),
        organisation_count: i32::try_from(point.organisations).unwrap_or(i32::MAX),
    }
}
