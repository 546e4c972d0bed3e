//! The schema, the protos and the resource types say the same.

use std::collections::HashSet;

use digital_skills_registry::{
    api::DESCRIPTORS,
    domain::{
        Assessment, ClosureOption, Framework, Gap, GapSnapshot, Movement, Noun, Organisation, Plan,
        Requirement, Role, Skill, Staffing, Target,
    },
};
use prost_reflect::MessageDescriptor;
use sea_orm::{ConnectionTrait, IdenStatic, Iterable, Statement};

use crate::{
    both,
    harness::{Db, Server},
};

/// Runs a function for every resource type's row.
macro_rules! every_row {
    ($function:ident($($argument:expr),*)) => {{
        $function::<Organisation>($($argument),*);
        $function::<Framework>($($argument),*);
        $function::<Skill>($($argument),*);
        $function::<Role>($($argument),*);
        $function::<Requirement>($($argument),*);
        $function::<Plan>($($argument),*);
        $function::<Target>($($argument),*);
        $function::<Staffing>($($argument),*);
        $function::<Assessment>($($argument),*);
        $function::<Gap>($($argument),*);
        $function::<GapSnapshot>($($argument),*);
        $function::<Movement>($($argument),*);
        $function::<ClosureOption>($($argument),*);
    }};
}

/// The columns of a resource type's row by name.
fn columns<N: Noun>() -> Vec<&'static str> {
    <<N::Entity as sea_orm::EntityTrait>::Column as Iterable>::iter().map(|c| c.as_str()).collect()
}

fn message<N: Noun>() -> MessageDescriptor {
    DESCRIPTORS.get_message_by_name(&format!("digitalskills.v1.{}", N::KIND.title())).unwrap()
}

fn comment(message: &MessageDescriptor, field: &str) -> String {
    let field = message.get_field_by_name(field).unwrap();
    let file = message.parent_file();
    let info = file.file_descriptor_proto().source_code_info.clone().unwrap();
    let location = info.location.iter().find(|location| location.path == field.path()).unwrap();
    location.leading_comments().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_the_protos_say_of_fields_is_what_the_nouns_do() {
    fn check<N: Noun>() {
        let message = message::<N>();
        let fields: HashSet<_> = message.fields().map(|field| field.name().to_owned()).collect();
        let mut columns: HashSet<_> = columns::<N>().into_iter().map(str::to_owned).collect();
        if !N::PARENTS.is_empty() {
            columns.remove("parent");
        }
        columns.insert("etag".into());
        assert_eq!(fields, columns, "{}", N::COLLECTION);
        let standard = ["etag", "revision", "create_time", "update_time"];
        for field in &fields {
            let comment = comment(&message, field);
            let listed = |list: &[_]| {
                list.iter()
                    .any(|c: &<N::Entity as sea_orm::EntityTrait>::Column| c.as_str() == field)
            };
            let output = listed(N::OUTPUT_ONLY) || standard.contains(&field.as_str());
            assert_eq!(
                comment.contains("Output only"),
                output,
                "{}.{field}: {comment}",
                N::COLLECTION
            );
            let immutable = listed(N::IMMUTABLE) || field == "name";
            assert_eq!(
                comment.contains("Immutable."),
                immutable,
                "{}.{field}: {comment}",
                N::COLLECTION
            );
        }
    }
    every_row!(check());
}

#[test]
fn the_same_standard_fields_have_the_same_numbers() {
    fn check<N: Noun>() {
        let message = message::<N>();
        for (name, number) in
            [("name", 1), ("etag", 2), ("revision", 3), ("create_time", 4), ("update_time", 5)]
        {
            assert_eq!(message.get_field_by_name(name).unwrap().number(), number);
        }
    }
    every_row!(check());
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
    fn references<N: Noun>(all: &mut Vec<(String, String)>) {
        let table = N::KIND.singular().to_owned();
        if !N::PARENTS.is_empty() {
            all.push((table.clone(), "parent".into()));
        }
        // Lists are not: they are few, and in one table.
        for reference in N::REFERENCES.iter().filter(|reference| reference.key.is_none()) {
            all.push((table.clone(), reference.column.as_str().into()));
        }
    }
    let mut all = Vec::new();
    every_row!(references(&mut all));
    assert!(all.len() >= 20);
    for (table, column) in all {
        assert!(indexed(server, &table).await.contains(&column), "{table}.{column}");
    }
}
