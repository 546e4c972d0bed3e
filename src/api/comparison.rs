//! Comparisons of organisations, and mutual aid between them.

use crate::{
    domain::{Caller, Result, Violations},
    planning::{
        analysis::{Analysis, RowKey},
        comparison::{self, Comparison, OrganisationComparison, Spread},
        surplus::{Nearness, SurplusOffer},
    },
    registry::Registry,
};

use super::{
    gap_analysis::{self, AnalysisAnswer},
    gap_query,
    page::PageWindow,
    v1,
    wire::{WireValue, wire_enum},
};

wire_enum! {
    Nearness => Nearness { SameBoard, SameRegion }
}

/// Maximum number of skills with a spread in a response.
const MAX_SKILLS: usize = 1_000;

/// Handles CompareOrganisations.
pub async fn compare(
    registry: &Registry,
    caller: &Caller,
    request: v1::CompareOrganisationsRequest,
) -> Result<v1::CompareOrganisationsResponse> {
    let mut violations = Violations::default();
    let window = PageWindow::read(&request, &mut violations);
    let mut query = gap_query::query(registry, request.query, &mut violations);
    query.as_of = window.day(query.as_of);
    comparison::check_query(&query, &mut violations);
    violations.into_result()?;
    registry.recognise(caller, window.given()).await?;
    let as_of = window.as_of();
    let (compared, plan, revision) = registry.compare_organisations(caller, &query, as_of).await?;
    let Comparison { analysis, organisations, skills, spread } = compared;
    let analysed = AnalysisAnswer { query, analysis, plan, revision };
    let head = registry.head(caller).await?;
    let (page, next_page_token) = window.of(&organisations, analysed.pin(), &head);
    let one_skill = skills.len() == 1;
    let skill = |(key, spread): &(RowKey, Spread)| {
        let skill = analysed.analysis.catalogue.skill(*key);
        v1::SkillSpread {
            skill: text(skill.map(|skill| skill.name.as_str())),
            skill_title: text(skill.map(|skill| skill.title.as_str())),
            spread: Some(self::spread(spread)),
        }
    };
    Ok(v1::CompareOrganisationsResponse {
        context: Some(context(&analysed, organisations.len())),
        organisations: page
            .iter()
            .map(|one| organisation(&analysed.analysis, one, one_skill))
            .collect(),
        spread: Some(self::spread(&spread)),
        skills: skills.iter().take(MAX_SKILLS).map(skill).collect(),
        warnings: analysed.warnings(),
        next_page_token,
    })
}

/// Handles FindSurplus.
pub async fn find_surplus(
    registry: &Registry,
    caller: &Caller,
    request: v1::FindSurplusRequest,
) -> Result<v1::FindSurplusResponse> {
    let mut violations = Violations::default();
    let window = PageWindow::read(&request, &mut violations);
    let mut query = gap_query::query(registry, request.query, &mut violations);
    query.as_of = window.day(query.as_of);
    comparison::check_surplus_query(&query, &mut violations);
    violations.into_result()?;
    registry.recognise(caller, window.given()).await?;
    let as_of = window.as_of();
    let (analysis, aid, plan, revision) = registry.find_surplus(caller, &query, as_of).await?;
    let analysed = AnalysisAnswer { query, analysis, plan, revision };
    let head = registry.head(caller).await?;
    let (page, next_page_token) = window.of(&aid.offers, analysed.pin(), &head);
    Ok(v1::FindSurplusResponse {
        context: Some(context(&analysed, aid.offers.len())),
        offers: page.iter().map(|one| offer(&analysed.analysis, one)).collect(),
        surplus_fte: aid.surplus.to_wire(),
        shortfall_fte: aid.shortfall.to_wire(),
        warnings: analysed.warnings(),
        next_page_token,
    })
}

/// Context of a comparison with this number of rows, whose order is fixed.
fn context(analysed: &AnalysisAnswer, rows: usize) -> v1::GapContext {
    let mut context = analysed.context();
    context.row_count = i32::try_from(rows).unwrap_or(i32::MAX);
    if let Some(query) = &mut context.query {
        query.order_by.clear();
    }
    context
}

fn organisation(
    analysis: &Analysis,
    compared: &OrganisationComparison,
    one_skill: bool,
) -> v1::ComparedOrganisation {
    let OrganisationComparison { key, totals, place, levels } = compared;
    let organisation = analysis.catalogue.organisation(*key);
    v1::ComparedOrganisation {
        organisation: text(organisation.map(|one| one.name.as_str())),
        organisation_title: text(organisation.map(|one| one.title.as_str())),
        region_code: text(analysis.catalogue.region(*key)),
        figures: Some(gap_analysis::figures(&totals.figures)),
        rank: place.map(|place| i32::try_from(place.rank).unwrap_or(i32::MAX)),
        percentile: place.map(|place| place.percentile),
        assessed_fte: levels.fte().to_wire(),
        mean_level: levels.mean().filter(|_| one_skill),
    }
}

fn spread(spread: &Spread) -> v1::LevelSpread {
    v1::LevelSpread { assessed_fte: spread.assessed.to_wire(), eta_squared: spread.eta_squared() }
}

fn offer(analysis: &Analysis, offer: &SurplusOffer) -> v1::SurplusOffer {
    let catalogue = &analysis.catalogue;
    let (donor, recipient) =
        (catalogue.organisation(offer.donor), catalogue.organisation(offer.recipient));
    let (role, skill) = (catalogue.role(offer.donor), catalogue.skill(offer.donor));
    v1::SurplusOffer {
        donor: text(donor.map(|row| row.name.as_str())),
        donor_title: text(donor.map(|row| row.title.as_str())),
        recipient: text(recipient.map(|row| row.name.as_str())),
        recipient_title: text(recipient.map(|row| row.title.as_str())),
        role: text(role.map(|row| row.name.as_str())),
        role_title: text(role.map(|row| row.title.as_str())),
        skill: text(skill.map(|row| row.name.as_str())),
        skill_title: text(skill.map(|row| row.title.as_str())),
        nearness: offer.nearness.to_wire(),
        surplus_fte: offer.surplus.to_wire(),
        shortfall_fte: offer.shortfall.to_wire(),
        fte: offer.fte().to_wire(),
    }
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}
