//! The organisations that data files name.

use std::collections::{BTreeMap, HashMap};

use crate::{
    api::v1::{self, organisation_service_client::OrganisationServiceClient},
    cli::Failure,
};

use super::{
    SourcedRow,
    session::{Session, exported},
};

/// The organisations that a file names, by resource name.
pub type Organisations = BTreeMap<String, SourcedRow<v1::Organisation>>;

/// Returns the resource name of an organisation.
pub fn name(code: &str) -> String {
    match code {
        "" => String::new(),
        code => format!("organisations/{}", code.to_ascii_uppercase()),
    }
}

/// Returns the code at the end of a name, which is the title of an organisation known only by its
/// code.
pub fn code(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, code)| code)
}

/// Sorts organisations so that parents come first: regions have no parent, boards have a region,
/// trusts have a board.
pub fn parents_first(rows: &mut [SourcedRow<v1::Organisation>]) {
    rows.sort_by_cached_key(|SourcedRow { row, fields, .. }| {
        let rank = match row.kind() {
            v1::OrganisationKind::Region => 0,
            v1::OrganisationKind::IntegratedCareBoard => 1,
            _ => 2,
        };
        (rank, fields.clone(), row.name.clone())
    });
}

/// Reads all organisations of the registry, by name.
pub async fn known(session: &Session<'_>) -> Result<HashMap<String, v1::Organisation>, Failure> {
    let mut service = OrganisationServiceClient::new(session.channel.clone());
    let export = v1::ExportOrganisationsRequest::default();
    let export = service.export_organisations(export).await;
    let known = exported(export, |part| part.organisations).await?;
    Ok(known.into_iter().map(|row| (row.name.clone(), row)).collect())
}
