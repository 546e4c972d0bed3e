//! Reads the past: the changes of a record, and records as they were at a revision.

use std::collections::HashSet;

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityName, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
    sea_query::{Expr, ExprTrait},
};

use super::{
    StoreError, change,
    change::Verb,
    feed::newest,
    read::{Lock, Reads},
    record::Record,
    revision::Revision,
};

impl<C: ConnectionTrait> Reads<C> {
    /// Reads the change rows of one name before a revision, newest first.
    pub async fn history(
        &self,
        name: &str,
        before: Option<Revision>,
        limit: u64,
    ) -> Result<Vec<change::Model>, StoreError> {
        let mut select = change::Entity::find().filter(change::Column::Name.eq(name));
        if let Some(before) = before {
            select = select.filter(change::Column::Revision.lt(before));
        }
        let select = select.order_by_desc(change::Column::Revision).limit(limit);
        Ok(select.all(&self.connection).await?)
    }

    /// Reads these records as they were at a revision, in no particular order. Leaves out names
    /// that did not exist then.
    pub async fn find_as_of<R: Record>(
        &self,
        names: &[String],
        revision: Revision,
    ) -> Result<Vec<R>, StoreError> {
        let mut rows: Vec<R> = self.find(names, Lock::None).await?;
        rows.retain(|row| row.revision() <= revision);
        let found: HashSet<&str> = rows.iter().map(Record::name).collect();
        let others = names.iter().filter(|name| !found.contains(name.as_str()));
        let others: Vec<String> = others.cloned().collect();
        rows.extend(self.former(&others, revision).await?);
        Ok(rows)
    }

    /// Reads the records that `select` would have returned at a revision, in no particular order.
    /// `holds` must test a record for the condition that `select` states.
    pub async fn as_of<R: Record>(
        &self,
        select: Select<R::Entity>,
        revision: Revision,
        holds: impl Fn(&R) -> bool,
    ) -> Result<Vec<R>, StoreError> {
        // Records that have not changed since are read from their table, the others from the change
        // rows.
        let unchanged = select.filter(Expr::col("revision").lte(revision));
        let mut rows: Vec<R> = unchanged.all(&self.connection).await?;
        rows.extend(self.replaced_since(revision).await?.into_iter().filter(holds));
        Ok(rows)
    }

    /// The records that existed at a revision and have changed since, as they were at it, in no certain
    /// order.
    pub async fn replaced_since<R: Record>(
        &self,
        revision: Revision,
    ) -> Result<Vec<R>, StoreError> {
        let changed: Vec<String> = change::Entity::find()
            .select_only()
            .distinct()
            .column(change::Column::Name)
            .filter(change::Column::ResourceType.eq(R::Entity::default().table_name()))
            .filter(change::Column::Revision.gt(revision))
            .into_tuple()
            .all(&self.connection)
            .await?;
        self.former(&changed, revision).await
    }

    /// Reads the revision and name of at most `limit` changes of a type, in order of revision and
    /// name, after the change of `name` in `revision`. A name appears once for each change.
    pub async fn changed_names<R: Record>(
        &self,
        (revision, name): (Revision, &str),
        limit: u64,
    ) -> Result<Vec<(Revision, String)>, StoreError> {
        let same = change::Column::Revision.eq(revision).and(change::Column::Name.gt(name));
        let later = change::Column::Revision.gt(revision);
        let mut names: Vec<(Revision, String)> = Vec::new();
        for place in [same, later] {
            let left = limit.saturating_sub(names.len() as u64);
            let select = change::Entity::find()
                .select_only()
                .columns([change::Column::Revision, change::Column::Name])
                .filter(place)
                .filter(change::Column::ResourceType.eq(R::Entity::default().table_name()))
                .order_by_asc(change::Column::Revision)
                .order_by_asc(change::Column::Name)
                .limit(left);
            if left > 0 {
                names.extend(self.select_tuple::<_, (Revision, String)>(select).await?);
            }
        }
        Ok(names)
    }

    /// Reads these records from the change rows, as they were at a revision.
    pub async fn former<R: Record>(
        &self,
        names: &[String],
        revision: Revision,
    ) -> Result<Vec<R>, StoreError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let rows = change::Entity::find()
            .filter(self.any("name", names))
            .filter(Expr::col((change::Entity, change::Column::Revision)).eq(newest(revision)))
            .filter(change::Column::Verb.ne(Verb::Deleted))
            .all(&self.connection)
            .await?;
        let read = |row: &change::Model| serde_json::from_str(&row.resource);
        let rows: Result<Vec<R>, _> = rows.iter().map(read).collect();
        Ok(rows?)
    }
}
