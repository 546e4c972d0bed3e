//! Uploads rows to the service.

use prost_types::FieldMask;
use tonic::{Request, transport::Channel};

use crate::{
    api::{
        client::{BatchOptions, Importable},
        standard_fields::StandardFields,
    },
    cli::{Failure, client},
};

use super::{Report, SourcedRow, dry_run::DryRun};

/// Number of rows in a batch. Rows of one parent stay together, in one revision, if they fit.
const BATCH: usize = 500;

/// Maximum number of rows in a batch.
const MAX_BATCH: usize = 600;

/// Where rows go.
pub struct Upload<'a> {
    pub channel: &'a Channel,
    /// On whose behalf.
    pub principal: &'a str,
    /// Parent of the rows; empty if they have none.
    pub parent: &'a str,
    /// What the rows of earlier uploads would have created, if nothing is to be written.
    pub dry_run: Option<&'a mut DryRun>,
}

impl Upload<'_> {
    /// Imports rows and adds the outcome of each to `report`.
    pub async fn send<M: Importable>(
        mut self,
        rows: Vec<SourcedRow<M>>,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let title = M::TYPE.title();
        report.begin(title, rows.len());
        let mut sent = Vec::with_capacity(rows.len());
        for SourcedRow { origin, row, .. } in &rows {
            sent.push((origin.clone(), self.dry_run.is_some().then(|| row.clone())));
        }
        let batch = |Batch { fields, rows }: Batch<M>| {
            let update_mask = mask(&fields);
            let (parent, validate_only) = (self.parent, self.dry_run.is_some());
            M::batch(BatchOptions { parent, update_mask, validate_only }, rows)
        };
        let batches: Vec<M::Request> = batches(rows).into_iter().map(batch).collect();
        let mut request = Request::new(tokio_stream::iter(batches));
        request.metadata_mut().insert("registry-caller", self.principal.parse()?);
        let mut answers =
            M::import(self.channel.clone(), request).await.map_err(client::explain)?;
        let mut sent = sent.into_iter();
        while let Some(answer) = answers.message().await.map_err(client::explain)? {
            for mut outcome in M::outcomes(answer) {
                let (origin, row) = sent.next().unwrap_or_default();
                if let (Some(dry_run), Some(row)) = (&mut self.dry_run, row) {
                    outcome = dry_run.correct(&row, outcome);
                }
                report.add(title, &origin, outcome);
            }
        }
        match sent.len() {
            0 => Ok(()),
            left => Err(format!("{left} rows of {title} were not answered").into()),
        }
    }
}

/// Rows that change the same fields.
struct Batch<M> {
    fields: Vec<&'static str>,
    rows: Vec<M>,
}

fn batches<M: StandardFields>(rows: Vec<SourcedRow<M>>) -> Vec<Batch<M>> {
    let mut batches: Vec<Batch<M>> = Vec::new();
    for SourcedRow { fields, row, .. } in rows {
        match batches.last_mut().filter(|batch| batch.fields == fields && batch.has_room(&row)) {
            Some(batch) => batch.rows.push(row),
            None => batches.push(Batch { fields, rows: vec![row] }),
        }
    }
    batches
}

impl<M: StandardFields> Batch<M> {
    fn has_room(&self, row: &M) -> bool {
        let parent = |row: &M| row.name().rsplit('/').skip(2).collect::<Vec<_>>().join("/");
        let same_parent = || self.rows.last().is_some_and(|last| parent(last) == parent(row));
        self.rows.len() < BATCH || (self.rows.len() < MAX_BATCH && same_parent())
    }
}

fn mask(fields: &[&str]) -> Option<FieldMask> {
    let paths = fields.iter().map(|field| (*field).to_owned());
    (!fields.is_empty()).then(|| FieldMask { paths: paths.collect() })
}
