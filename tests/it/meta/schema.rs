//! The schema, the protos and the resource types say the same.

use std::collections::HashSet;

use digital_skills_registry::{
    api::DESCRIPTORS,
    domain::{Resource, ResourceType},
};
use prost_reflect::MessageDescriptor;
use sea_orm::{ConnectionTrait, EntityTrait, IdenStatic, Iterable, ModelTrait, Statement};

use crate::{
    both,
    contract::of_every_type,
    harness::{Db, Server},
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
    message: MessageDescriptor,
}

/// Declarations of the rows of all resource types.
fn row_declarations() -> Vec<RowDeclaration> {
    let all = of_every_type!(declaration_of);
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
        message: DESCRIPTORS.get_message_by_name(&title).unwrap(),
    }
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

/// The first column of every index of a table.
async fn indexed(server: &Server, table: &str) -> HashSet<String> {
    let connection = server.database.connect().await;
    let sql = match server.database.db {
        Db::Sqlite => format!(
            "SELECT info.name AS name FROM pragma_index_list('{table}') AS list, \
             pragma_index_info(list.name) AS info WHERE info.seqno = 0"
        ),
        Db::Postgres => format!(
            "SELECT attribute.attname AS name FROM pg_index JOIN pg_attribute AS attribute \
             ON attribute.attrelid = pg_index.indrelid AND attribute.attnum = pg_index.indkey[0] \
             WHERE pg_index.indrelid = '{table}'::regclass"
        ),
    };
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "name").unwrap()).collect()
}

both!(every_column_that_refers_to_others_is_indexed);
/// Else a deletion, which asks for all that refers to a row, would read whole tables.
async fn every_column_that_refers_to_others_is_indexed(server: &Server) {
    let mut seen = 0;
    for RowDeclaration { kind, looked_up, .. } in row_declarations() {
        let indexed = indexed(server, kind.singular()).await;
        for column in looked_up {
            seen += 1;
            assert!(indexed.contains(column), "{kind:?}.{column}");
        }
    }
    assert!(seen >= 20, "{seen}");
}
