//! Creates the organisations that data files refer to if the registry does not have them.

use std::collections::{BTreeMap, HashMap};

use tonic::transport::Channel;

use crate::{
    api::v1::{self, organisation_service_client::OrganisationServiceClient},
    cli::{Failure, client},
};

use super::{Report, SourcedRow, load};

/// The organisations that a file names, by resource name.
pub type OrganisationNames = BTreeMap<String, SourcedRow<v1::Organisation>>;

/// Returns the resource name of an organisation.
pub fn name(code: &str) -> String {
    match code {
        "" => String::new(),
        code => format!("organisations/{}", code.to_ascii_uppercase()),
    }
}

/// Creates those of `wanted` that the registry does not have, parents before children. Gives a
/// title to those that it knows only by their code; leaves all others as they are.
pub async fn make_missing(
    channel: &Channel,
    wanted: OrganisationNames,
    report: &mut Report,
) -> Result<(), Failure> {
    let known = known(channel).await?;
    let mut rows: Vec<SourcedRow<v1::Organisation>> = Vec::new();
    for (name, wanted) in wanted {
        match known.get(&name) {
            None => rows.push(wanted),
            Some(known) if known.title == code(&name) && wanted.row.title != known.title => {
                let row = v1::Organisation { title: wanted.row.title, ..known.clone() };
                rows.push(SourcedRow { row, ..wanted });
            }
            Some(_) => {}
        }
    }
    // Regions have no parent, boards have a region, trusts have a board.
    rows.sort_by_key(|sourced| (rank(&sourced.row), sourced.row.name.clone()));
    if rows.is_empty() {
        return Ok(());
    }
    load(channel, "", rows, report).await
}

fn rank(organisation: &v1::Organisation) -> u8 {
    match organisation.kind() {
        v1::OrganisationKind::Region => 0,
        v1::OrganisationKind::IntegratedCareBoard => 1,
        _ => 2,
    }
}

/// Returns the code at the end of a name, which is the title of an organisation known only by its
/// code.
pub fn code(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, code)| code)
}

/// Reads all organisations of the registry, by name.
async fn known(channel: &Channel) -> Result<HashMap<String, v1::Organisation>, Failure> {
    let mut organisations = OrganisationServiceClient::new(channel.clone());
    let mut known = HashMap::new();
    let mut page_token = String::new();
    loop {
        let request =
            v1::ListOrganisationsRequest { page_size: 1_000, page_token, ..Default::default() };
        let page = organisations.list_organisations(request).await.map_err(client::explain)?;
        let page = page.into_inner();
        known.extend(page.organisations.into_iter().map(|row| (row.name.clone(), row)));
        if page.next_page_token.is_empty() {
            return Ok(known);
        }
        page_token = page.next_page_token;
    }
}
