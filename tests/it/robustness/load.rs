//! Those who write, each to roles that no one else writes.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use digital_skills_registry::api::v1::Role;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, transport::Channel};
use uuid::Uuid;

use crate::{
    faults::load::{answer, channel},
    harness::{
        client::{Batch, WriteCall},
        dice::Dice,
        fixture::{Fixture, ListCall},
        ledger::{Ledger, Outcome, Write},
    },
};

/// One who writes.
pub struct Writer {
    channel: Channel,
    number: usize,
    round: usize,
    ledger: Arc<Ledger>,
    dice: Dice,
    /// Its roles of which it knows exactly what they are.
    known: Vec<Role>,
}

/// What is asked for, of one role or of several at once.
enum Request {
    /// Ids and roles.
    Create(Vec<(String, Role)>),
    /// Roles with another title.
    Update(Vec<Role>),
    /// Roles as they are.
    Delete(Vec<Role>),
}

impl Request {
    fn names(&self) -> BTreeSet<String> {
        match self {
            Self::Create(rows) => rows.iter().map(|(id, _)| format!("roles/{id}")).collect(),
            Self::Update(rows) | Self::Delete(rows) => {
                rows.iter().map(|row| row.name.clone()).collect()
            }
        }
    }

    /// Asks for it. Gives the roles as they then are.
    async fn send(&self, channel: &Channel, asked: WriteCall) -> Result<Vec<Role>, Status> {
        match self {
            Self::Create(rows) => match &rows[..] {
                [(id, row)] => {
                    let made = Role::create_as(channel, "", id, Some(row.clone()), asked);
                    Ok(vec![made.await?])
                }
                _ => Role::batch_create(channel, "", rows.clone(), asked).await,
            },
            Self::Update(rows) => match &rows[..] {
                [row] => {
                    let mask = Some(&["title"][..]);
                    Ok(vec![Role::update_as(channel, row.clone(), mask, false, asked).await?])
                }
                _ => Role::batch_update(channel, "", rows.clone(), false, asked).await,
            },
            Self::Delete(rows) => {
                match &rows[..] {
                    [row] => Role::delete_as(channel, &row.name, &row.etag, false, asked).await?,
                    _ => {
                        let rows = rows.iter().map(|row| (row.name.clone(), row.etag.clone()));
                        Role::batch_delete(channel, "", rows.collect(), asked).await?;
                    }
                }
                Ok(Vec::new())
            }
        }
    }
}

impl Writer {
    pub fn new(address: &str, number: usize, ledger: Arc<Ledger>, dice: Dice) -> Self {
        Self { channel: channel(address), number, round: 0, ledger, dice, known: Vec::new() }
    }

    /// Works until it is told to stop.
    pub async fn work(mut self, stopped: CancellationToken) {
        while !stopped.is_cancelled() {
            self.round += 1;
            let done = match self.dice.below(12) {
                0..3 => self.create(1, &stopped).await,
                3 => {
                    let count = 2 + self.dice.below(10);
                    self.create(count, &stopped).await
                }
                4..6 => self.update(1, &stopped).await,
                6 => {
                    let count = 2 + self.dice.below(5);
                    self.update(count, &stopped).await
                }
                7 => self.delete(1, &stopped).await,
                8 => self.delete(3, &stopped).await,
                9 => self.import().await,
                10 => self.read().await,
                _ => self.list().await,
            };
            if !done {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }

    /// The title that nothing else gives.
    fn title(&self) -> String {
        format!("{}/{}", self.number, self.round)
    }

    fn new_rows(&self, count: usize) -> Vec<(String, Role)> {
        let id = |index: usize| format!("w{}-{}-{index}", self.number, self.round);
        let row = Role { title: self.title(), ..Role::default() };
        (0..count).map(|index| (id(index), row.clone())).collect()
    }

    /// Takes some of the roles that are known.
    fn take(&mut self, count: usize) -> Vec<Role> {
        let mut taken = Vec::new();
        while taken.len() < count && !self.known.is_empty() {
            let index = self.dice.below(self.known.len());
            taken.push(self.known.swap_remove(index));
        }
        taken
    }

    /// Half of the writes can be repeated.
    fn asked(&mut self) -> WriteCall {
        match self.dice.below(2) {
            0 => WriteCall::default(),
            _ => WriteCall::once(Uuid::now_v7()),
        }
    }

    /// Does a write, again and again where it can be repeated, and keeps what is known of it.
    async fn write(
        &mut self,
        request: Request,
        stopped: &CancellationToken,
    ) -> (Outcome, Vec<Role>) {
        let asked = self.asked();
        let repeatable = !asked.request_id.is_empty();
        let (outcome, rows) = loop {
            let asked = WriteCall { told: Arc::default(), ..asked.clone() };
            let call = request.send(&self.channel, asked.clone());
            let (outcome, rows) = match answer(&self.ledger, call).await {
                None => (Outcome::Unknown, Vec::new()),
                Some(Ok(rows)) => (Outcome::Done(asked.revision()), rows),
                Some(Err(status)) => (self.ledger.failed(&status, repeatable), Vec::new()),
            };
            let enough = !repeatable || stopped.is_cancelled();
            if enough || matches!(outcome, Outcome::Done(_)) {
                break (outcome, rows);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        if let Outcome::Done(revision) = outcome
            && repeatable
            && self.dice.below(4) == 0
        {
            self.repeat(&request, asked, revision).await;
        }
        let title = match &request {
            Request::Delete(_) => None,
            Request::Create(_) | Request::Update(_) => Some(self.title()),
        };
        self.ledger.note(Write { names: request.names(), title, outcome });
        (outcome, rows)
    }

    /// A request that was done is known again.
    async fn repeat(&self, request: &Request, asked: WriteCall, revision: i64) {
        let asked = WriteCall { told: Arc::default(), ..asked };
        let call = request.send(&self.channel, asked.clone());
        match answer(&self.ledger, call).await {
            Some(Ok(_)) if asked.revision() != revision => {
                self.ledger.complain("a repeated request was done again".to_owned());
            }
            Some(Err(status)) => _ = self.ledger.failed(&status, true),
            Some(Ok(_)) | None => {}
        }
    }

    async fn create(&mut self, count: usize, stopped: &CancellationToken) -> bool {
        let request = Request::Create(self.new_rows(count));
        let (outcome, made) = self.write(request, stopped).await;
        self.known.extend(made);
        matches!(outcome, Outcome::Done(_))
    }

    async fn update(&mut self, count: usize, stopped: &CancellationToken) -> bool {
        let before = self.take(count);
        if before.is_empty() {
            return true;
        }
        let mut rows = before.clone();
        rows.iter_mut().for_each(|row| row.title = self.title());
        let (outcome, after) = self.write(Request::Update(rows), stopped).await;
        self.known.extend(if outcome == Outcome::NotDone { before } else { after });
        matches!(outcome, Outcome::Done(_))
    }

    /// Deletes some roles, whose names are never used again: neither where it was refused.
    async fn delete(&mut self, count: usize, stopped: &CancellationToken) -> bool {
        let before = self.take(count);
        if before.is_empty() {
            return true;
        }
        let (outcome, _) = self.write(Request::Delete(before), stopped).await;
        matches!(outcome, Outcome::Done(_))
    }

    /// Imports a few batches. Of what is not answered nothing is known.
    async fn import(&mut self) -> bool {
        let batches: Vec<_> = (0..1 + self.dice.below(3))
            .map(|batch| {
                let title = format!("{}/import {batch}", self.title());
                let name =
                    |row: usize| format!("roles/i{}-{}-{batch}-{row}", self.number, self.round);
                let row = |row| Role { name: name(row), title: title.clone(), ..Role::default() };
                (title.clone(), (0..1 + batch * 5).map(row).collect::<Vec<_>>())
            })
            .collect();
        let sent = batches.iter().map(|(_, rows)| Batch::of("", rows.clone())).collect::<Vec<_>>();
        let mut revisions = Vec::new();
        let read = async {
            let mut answers =
                Role::import_stream(&self.channel, Box::pin(tokio_stream::iter(sent))).await?;
            while let Some(answer) = answers.next().await? {
                revisions.push(answer.revision);
            }
            Ok(())
        };
        let answered = answer(&self.ledger, read).await;
        if let Some(Err(status)) = &answered {
            self.ledger.failed(status, true);
        }
        for (index, (title, rows)) in batches.into_iter().enumerate() {
            let outcome = revisions.get(index).copied().map_or(Outcome::Unknown, Outcome::Done);
            let names = rows.into_iter().map(|row| row.name).collect();
            self.ledger.note(Write { names, title: Some(title), outcome });
        }
        matches!(answered, Some(Ok(())))
    }

    /// Reads a role of which it knows what it is.
    async fn read(&mut self) -> bool {
        let Some(row) = self.take(1).pop() else { return true };
        let call = Role::get_as(&self.channel, &row.name, 0, row.revision);
        let read = answer(&self.ledger, call).await;
        match &read {
            Some(Ok(read)) if *read == row => {}
            Some(Ok(read)) => self.ledger.complain(format!("{read:?} instead of {row:?}")),
            Some(Err(status)) if status.code() == Code::NotFound => {
                self.ledger.complain(format!("acknowledged, and not to be read: {}", row.name));
            }
            Some(Err(status)) => _ = self.ledger.failed(status, true),
            None => {}
        }
        self.known.push(row);
        matches!(read, Some(Ok(_)))
    }

    async fn list(&mut self) -> bool {
        let listing = ListCall { page_size: 20, ..ListCall::default() };
        let listed = answer(&self.ledger, Role::list_as(&self.channel, listing)).await;
        if let Some(Err(status)) = &listed {
            self.ledger.failed(status, true);
        }
        matches!(listed, Some(Ok(_)))
    }
}
