//! The schema, the protos and the resource types say the same.

use std::collections::HashSet;

use digital_skills_registry::{
    api::DESCRIPTORS,
    domain::{Field, FieldType, Resource, ResourceType},
    registry::listing::fields,
};
use prost_reflect::MessageDescriptor;
use sea_orm::{
    ConnectionTrait, EntityTrait, IdenStatic, Iterable, ModelTrait, QueryResult, Statement,
};

use crate::{
    both,
    contract::of_every_type,
    harness::{Db, Server, samples::RowOf},
};

/// A column of a resource type's rows.
type Column<N> = <<N as ModelTrait>::Entity as EntityTrait>::Column;

/// Declarations of the row of a resource type.
struct RowDeclaration {
    kind: ResourceType,
    /// Columns, without that of a parent that is part of the name.
    columns: HashSet<String>,
    output_only: Vec<&'static str>,
    immutable: Vec<&'static str>,
    /// Columns by which a deletion finds rows that refer to the deleted one.
    looked_up: Vec<&'static str>,
    natural_key: Vec<&'static str>,
    /// Columns that indexes must begin with, for lists.
    listed: Vec<Vec<&'static str>>,
    /// Tables of the items of lists, by which lists are filtered.
    item_tables: Vec<String>,
    message: MessageDescriptor,
}

/// Declarations of the rows of all resource types.
fn row_declarations() -> Vec<RowDeclaration> {
    let all = of_every_type!(N => declaration_of::<RowOf<N>>());
    let all = Vec::from(all);
    let kinds: Vec<_> = all.iter().map(|declaration| declaration.kind).collect();
    assert_eq!(kinds, ResourceType::ALL);
    all
}

fn declaration_of<N: Resource>() -> RowDeclaration {
    let child = !N::PARENTS.is_empty();
    let mut columns: HashSet<_> = Column::<N>::iter().map(|c| c.as_str().to_owned()).collect();
    if child {
        columns.remove("parent");
    }
    // Lists are excluded: they are few, and in one table.
    let references = N::REFERENCES.iter().filter(|reference| reference.key.is_none());
    let references = references.map(|reference| reference.column.as_str());
    let title = format!("digitalskills.v1.{}", N::TYPE.title());
    RowDeclaration {
        kind: N::TYPE,
        columns,
        output_only: N::OUTPUT_ONLY.iter().map(IdenStatic::as_str).collect(),
        immutable: N::IMMUTABLE.iter().map(IdenStatic::as_str).collect(),
        looked_up: child.then_some("parent").into_iter().chain(references).collect(),
        natural_key: N::NATURAL_KEY.iter().map(IdenStatic::as_str).collect(),
        listed: fields::all::<N>().flat_map(|field| indexes_of(&field, child)).collect(),
        item_tables: fields::all::<N>().filter(is_list).map(|field| item_table(&field)).collect(),
        message: DESCRIPTORS.get_message_by_name(&title).unwrap(),
    }
}

/// Columns that indexes must begin with, for lists that are filtered or ordered by a field. What is equal in it comes
/// in the order of names.
fn indexes_of<N: Resource>(field: &Field<N>, child: bool) -> Vec<Vec<&'static str>> {
    match field.name() {
        _ if is_list(field) => Vec::new(),
        "name" => vec![vec!["name"]],
        name if child && field.ordered => vec![vec![name, "name"], vec!["parent", name, "name"]],
        name => vec![vec![name, "name"]],
    }
}

fn is_list<N: Resource>(field: &Field<N>) -> bool {
    matches!(field.field_type, FieldType::List)
}

fn item_table<N: Resource>(field: &Field<N>) -> String {
    format!("{}_{}", N::TYPE.table(), field.name())
}

fn comment(message: &MessageDescriptor, field: &str) -> String {
    let field = message.get_field_by_name(field).unwrap();
    let file = message.parent_file();
    let info = file.file_descriptor_proto().source_code_info.clone().unwrap();
    let location = info.location.iter().find(|location| location.path == field.path()).unwrap();
    location.leading_comments().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_the_protos_say_of_fields_is_what_the_resource_types_do() {
    let standard = ["etag", "revision", "create_time", "update_time"];
    for RowDeclaration { kind, mut columns, output_only, immutable, message, .. } in
        row_declarations()
    {
        let fields: HashSet<_> = message.fields().map(|field| field.name().to_owned()).collect();
        columns.insert("etag".into());
        assert_eq!(fields, columns, "{kind:?}");
        for field in fields.iter().map(String::as_str) {
            let comment = comment(&message, field);
            let output = output_only.contains(&field) || standard.contains(&field);
            assert_eq!(comment.contains("Output only"), output, "{kind:?}.{field}: {comment}");
            let immutable = immutable.contains(&field) || field == "name";
            assert_eq!(comment.contains("Immutable."), immutable, "{kind:?}.{field}: {comment}");
        }
    }
}

#[test]
fn the_same_standard_fields_have_the_same_numbers() {
    for RowDeclaration { message, .. } in row_declarations() {
        for (name, number) in
            [("name", 1), ("etag", 2), ("revision", 3), ("create_time", 4), ("update_time", 5)]
        {
            assert_eq!(message.get_field_by_name(name).unwrap().number(), number);
        }
    }
}

/// An index of a table.
struct TableIndex {
    unique: bool,
    columns: Vec<String>,
}

/// Every index of a table.
async fn indexes(server: &Server, table: &str) -> Vec<TableIndex> {
    let connection = server.database.connect().await;
    let sql = match server.database.db {
        Db::Sqlite => format!(
            "SELECT list.name AS name, CASE WHEN list.\"unique\" THEN 'unique' ELSE '' END AS kind, \
             info.name AS col FROM pragma_index_list('{table}') AS list, \
             pragma_index_info(list.name) AS info ORDER BY list.name, info.seqno"
        ),
        Db::Postgres => format!(
            "SELECT indexrelid::regclass::text AS name, \
             CASE WHEN indisunique THEN 'unique' ELSE '' END AS kind, attname::text AS col \
             FROM pg_index, unnest(indkey) WITH ORDINALITY AS key (number, place), pg_attribute \
             WHERE indrelid = '{table}'::regclass AND attrelid = indrelid AND attnum = key.number \
             ORDER BY indexrelid, key.place"
        ),
    };
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.unwrap();
    let text = |row: &QueryResult, column: &str| row.try_get::<String>("", column).unwrap();
    let same = rows.chunk_by(|a, b| text(a, "name") == text(b, "name"));
    let index = |rows: &[QueryResult]| TableIndex {
        unique: text(&rows[0], "kind") == "unique",
        columns: rows.iter().map(|row| text(row, "col")).collect(),
    };
    same.map(index).collect()
}

fn begins_with(index: &TableIndex, columns: &[&str]) -> bool {
    index.columns.len() >= columns.len() && index.columns.iter().zip(columns).all(|(a, b)| a == b)
}

both!(every_column_that_refers_to_others_is_indexed);
/// Else a deletion, which asks for all that refers to a row, would read whole tables.
async fn every_column_that_refers_to_others_is_indexed(server: &Server) {
    let mut seen = 0;
    for RowDeclaration { kind, looked_up, .. } in row_declarations() {
        let indexes = indexes(server, kind.table()).await;
        for column in looked_up {
            seen += 1;
            assert!(indexes.iter().any(|index| begins_with(index, &[column])), "{kind:?}.{column}");
        }
    }
    assert!(seen >= 20, "{seen}");
}

both!(every_field_that_lists_are_filtered_or_ordered_by_is_indexed);
async fn every_field_that_lists_are_filtered_or_ordered_by_is_indexed(server: &Server) {
    for RowDeclaration { kind, listed, item_tables, .. } in row_declarations() {
        let of_rows = indexes(server, kind.table()).await;
        for columns in listed {
            let found = of_rows.iter().any(|index| begins_with(index, &columns));
            assert!(found, "{kind:?} has no index on {columns:?}");
        }
        for table in item_tables {
            let of_items = indexes(server, &table).await;
            assert!(of_items.iter().any(|index| begins_with(index, &["value"])), "{table}");
        }
    }
}

both!(the_name_and_the_natural_key_are_unique_and_nothing_else_is);
async fn the_name_and_the_natural_key_are_unique_and_nothing_else_is(server: &Server) {
    for RowDeclaration { kind, natural_key, .. } in row_declarations() {
        let mut expected = vec![vec!["name"], natural_key];
        expected.retain(|columns| !columns.is_empty());
        let indexes = indexes(server, kind.table()).await;
        let mut unique: Vec<_> =
            indexes.into_iter().filter(|index| index.unique).map(|index| index.columns).collect();
        unique.sort_by_key(Vec::len);
        assert_eq!(unique, expected, "{kind:?}");
    }
}
