//! Filters, orders, masks and exports, for every resource type.

use std::collections::BTreeSet;

use digital_skills_registry::{api::v1, registry::listing::fields};
use prost_reflect::{DynamicMessage, Kind, ReflectMessage, Value};
use tonic::Code;

use super::{every_type, listed, of_every_type};
use crate::harness::{
    Failure, Server,
    client::Batch,
    failure,
    fixture::{Fixture, ListCall},
    samples::RowOf,
    world::World,
};

/// How many resources there are to list.
const COUNT: usize = 12;

async fn fill<N: Fixture>(server: &Server, world: &World) {
    let rows = (1..=COUNT).map(|n| N::row(world, n)).collect();
    let answers = N::import_all(&server.channel, vec![Batch::of(&N::parent(world), rows)]).await;
    for outcome in &answers.unwrap()[0].outcomes {
        assert!(outcome.error.is_none(), "{outcome:?}");
    }
}

/// A list of the resource type under the parent of its samples.
fn of<N: Fixture>(world: &World, filter: &str, order_by: &str) -> ListCall {
    ListCall {
        parent: N::parent(world),
        filter: filter.to_owned(),
        order_by: order_by.to_owned(),
        ..ListCall::default()
    }
}

async fn names<N: Fixture>(server: &Server, listing: ListCall) -> Vec<String> {
    let listing = ListCall { page_size: 1_000, ..listing };
    let page = N::list_as(&server.channel, listing.clone()).await;
    let page = page.unwrap_or_else(|status| panic!("{listing:?}: {status:?}"));
    page.rows.iter().map(|row| row.name().to_owned()).collect()
}

async fn refused<N: Fixture>(server: &Server, listing: ListCall) -> Failure {
    failure(N::list_as(&server.channel, listing).await, Code::InvalidArgument)
}

/// A value of a field, or the first of a list, as a filter writes it.
fn literal(message: &DynamicMessage, field: &str) -> String {
    let descriptor = message.descriptor().get_field_by_name(field).unwrap();
    match (&*message.get_field(&descriptor), descriptor.kind()) {
        (Value::EnumNumber(number), Kind::Enum(values)) => {
            values.get_value(*number).unwrap().name().to_owned()
        }
        (Value::String(text), _) => format!("{:?}", text),
        (Value::I32(number), _) => number.to_string(),
        (Value::I64(number), _) => number.to_string(),
        (Value::F64(number), _) => number.to_string(),
        (Value::Bool(flag), _) => flag.to_string(),
        (Value::List(items), _) => format!("{:?}", items[0].as_str().unwrap()),
        (Value::Message(time), _) => {
            let time: prost_types::Timestamp = time.transcode_to().unwrap();
            format!("\"{time}\"")
        }
        (value, _) => panic!("{field}: {value:?}"),
    }
}

/// What a filter by a row's own value, or by an item of its list, must find, by the rows themselves.
fn with<N: Fixture>(rows: &[N], field: &str, value: &str) -> BTreeSet<String> {
    let has = |message: &DynamicMessage| match &*message.get_field_by_name(field).unwrap() {
        Value::List(items) => {
            items.iter().any(|item| format!("{:?}", item.as_str().unwrap()) == value)
        }
        _ => literal(message, field) == value,
    };
    let same = rows.iter().filter(|row| has(&row.dynamic()));
    same.map(|row| row.name().to_owned()).collect()
}

every_type!(every_listed_field_finds_the_rows_that_have_a_value);
async fn every_listed_field_finds_the_rows_that_have_a_value<N: Fixture>(
    server: &Server,
    world: &World,
) {
    fill::<N>(server, world).await;
    let all = N::list_as(&server.channel, ListCall { page_size: 1_000, ..of::<N>(world, "", "") });
    let rows = all.await.unwrap().rows;
    for field in listed::<N>("filter") {
        let is_list = N::descriptor().get_field_by_name(&field).unwrap().is_list();
        let is = if is_list { ":" } else { "=" };
        for row in rows.iter().take(4) {
            let value = literal(&row.dynamic(), &field);
            let filter = format!("{field} {is} {value}");
            let equal = names::<N>(server, of::<N>(world, &filter, "")).await;
            let expected = with(&rows, &field, &value);
            assert_eq!(
                equal.iter().cloned().collect::<BTreeSet<_>>(),
                expected,
                "{field} = {value}"
            );
            assert!(equal.is_sorted());
            // Every row is on one side or the other, also those that are empty.
            let unequal = (!is_list).then(|| format!("{field} != {value}"));
            for filter in unequal.into_iter().chain([format!("NOT {filter}")]) {
                let other = names::<N>(server, of::<N>(world, &filter, "")).await;
                assert_eq!(other.len() + equal.len(), rows.len(), "{filter}");
                assert!(other.iter().all(|name| !expected.contains(name)), "{filter}");
            }
        }
        let present = names::<N>(server, of::<N>(world, &format!("{field}:*"), "")).await;
        let absent = names::<N>(server, of::<N>(world, &format!("-{field}:*"), "")).await;
        assert_eq!(present.len() + absent.len(), rows.len(), "{field}:*");
    }
}

every_type!(every_order_is_kept_from_page_to_page_and_back_to_front);
async fn every_order_is_kept_from_page_to_page_and_back_to_front<N: Fixture>(
    server: &Server,
    world: &World,
) {
    fill::<N>(server, world).await;
    for field in listed::<N>("order_by") {
        let mut orders = Vec::new();
        let other = if field == "name" { "update_time" } else { "name" };
        for order_by in [field.clone(), format!("{field} desc"), format!("{field} desc, {other}")] {
            let (mut found, mut page_token) = (Vec::new(), String::new());
            loop {
                let listing =
                    ListCall { page_size: 5, page_token, ..of::<N>(world, "", &order_by) };
                let page = N::list_as(&server.channel, listing).await.unwrap();
                found.extend(page.rows);
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
            orders.push(found);
        }
        let [rising, falling, _] = &orders[..] else { panic!() };
        let rows: Vec<N> = rising.clone();
        let everything = names::<N>(server, of::<N>(world, "", "")).await;
        for order in &orders {
            let found: BTreeSet<_> = order.iter().map(|row| row.name().to_owned()).collect();
            assert_eq!((order.len(), found.len()), (everything.len(), everything.len()), "{field}");
        }
        assert!(falling.iter().rev().eq(rising.iter()), "{field}");
        for pair in rows.windows(2) {
            let value = |row: &N| row.dynamic().get_field_by_name(&field).unwrap().into_owned();
            assert!(at_most(&value(&pair[0]), &value(&pair[1])), "{field}: {pair:?}");
        }
    }
}

every_type!(comparisons_join_as_they_say);
async fn comparisons_join_as_they_say<N: Fixture>(server: &Server, world: &World) {
    fill::<N>(server, world).await;
    let all = names::<N>(server, of::<N>(world, "", "")).await;
    let (third, fifth) = (&all[2], &all[4]);
    let found = async |filter: String| names::<N>(server, of::<N>(world, &filter, "")).await;
    assert_eq!(found(format!("name < {third:?}")).await, all[..2]);
    assert_eq!(found(format!("name <= {third:?}")).await, all[..3]);
    assert_eq!(found(format!("name > {third:?}")).await, all[3..]);
    assert_eq!(found(format!("name >= {third:?} AND name < {fifth:?}")).await, all[2..4]);
    let either = format!("name = {third:?} OR name = {fifth:?}");
    assert_eq!(found(either.clone()).await, [third.clone(), fifth.clone()]);
    assert_eq!(found(format!("({either}) AND NOT name = {third:?}")).await, all[4..5]);
    assert_eq!(found(format!("({either}) -name = {third:?}")).await, all[4..5]);
    let start = &third[..third.len() - 1];
    let starting: Vec<_> = all.iter().filter(|name| name.starts_with(start)).cloned().collect();
    assert_eq!(found(format!("name = \"{start}*\"")).await, starting);
    assert_eq!(found(format!("name = \"*{}\"", &third[third.len() - 3..])).await, all[2..3]);
    assert_eq!(found("update_time > \"2020-01-01T00:00:00Z\"".into()).await, all);
    assert!(found("update_time < \"2020-01-01T00:00:00Z\"".into()).await.is_empty());
}

every_type!(the_total_is_that_of_all_pages);
async fn the_total_is_that_of_all_pages<N: Fixture>(server: &Server, world: &World) {
    fill::<N>(server, world).await;
    let all = names::<N>(server, of::<N>(world, "", "")).await;
    let filter = format!("name > {:?}", all[2]);
    let listing =
        ListCall { page_size: 2, include_total_size: true, ..of::<N>(world, &filter, "") };
    let page = N::list_as(&server.channel, listing.clone()).await.unwrap();
    assert_eq!(page.total_size, Some(all.len() as i32 - 3));
    assert_eq!(page.rows.len(), 2);
    let next = ListCall { page_token: page.next_page_token, ..listing.clone() };
    assert_eq!(N::list_as(&server.channel, next).await.unwrap().total_size, page.total_size);
    let listing = ListCall { include_total_size: false, ..listing };
    assert_eq!(N::list_as(&server.channel, listing).await.unwrap().total_size, None);
}

every_type!(a_read_mask_fills_in_what_it_names);
async fn a_read_mask_fills_in_what_it_names<N: Fixture>(server: &Server, world: &World) {
    fill::<N>(server, world).await;
    let whole = N::list_as(&server.channel, of::<N>(world, "", "")).await.unwrap().rows;
    let masked = ListCall { read_mask: Some(&["etag", "create_time"]), ..of::<N>(world, "", "") };
    let rows = N::list_as(&server.channel, masked.clone()).await.unwrap().rows;
    let exported = N::export(&server.channel, masked).await.unwrap().remove(0).rows;
    assert_eq!(rows, exported);
    assert_eq!(rows.len(), whole.len());
    for (row, whole) in rows.iter().zip(&whole) {
        let mut expected = N::default();
        expected.set_name(whole.name());
        expected.set_etag(whole.etag());
        let mut expected = expected.dynamic();
        let time = whole.dynamic().get_field_by_name("create_time").unwrap().into_owned();
        expected.set_field_by_name("create_time", time);
        assert_eq!(row.dynamic(), expected);
    }
    let everything = ListCall { read_mask: Some(&["*"]), ..of::<N>(world, "", "") };
    assert_eq!(N::list_as(&server.channel, everything).await.unwrap().rows, whole);
    let unknown = ListCall { read_mask: Some(&["etag", "nothing"]), ..of::<N>(world, "", "") };
    assert!(refused::<N>(server, unknown).await.violates("read_mask.paths[1]", "UNKNOWN_FIELD"));
}

every_type!(what_is_wrong_with_a_list_is_said_with_its_place);
async fn what_is_wrong_with_a_list_is_said_with_its_place<N: Fixture>(
    server: &Server,
    world: &World,
) {
    for (filter, reason, says) in [
        ("nothing = 1", "UNKNOWN_FIELD", "at character 1,"),
        ("name:* AND etag = 1", "UNKNOWN_FIELD", "at character 12,"),
        ("name", "MALFORMED", "at character 5:"),
        ("(name = \"x\"", "MALFORMED", "at character 12:"),
        ("name = \"x y\"", "MALFORMED", "at character 8,"),
        ("update_time > \"yesterday\"", "MALFORMED", "at character 15,"),
        ("update_time = \"2026*\"", "MALFORMED", "at character 15,"),
        ("name < \"x*\"", "MALFORMED", "at character 8,"),
        ("nobody.title = \"x\"", "UNKNOWN_FIELD", "at character 1,"),
        ("a.b.c = \"x\"", "UNKNOWN_FIELD", "at character 1,"),
    ] {
        let failure = refused::<N>(server, of::<N>(world, filter, "")).await;
        assert!(failure.violates("filter", reason), "{filter}: {failure:?}");
        assert!(failure.message.contains(says), "{filter}: {failure:?}");
    }
    for (order_by, says) in [
        ("nothing", "at character 1,"),
        ("name, etag desc", "at character 7,"),
        ("name down", "at character 1,"),
        ("update_time, update_time", "at character 14,"),
        (",", "at character 1,"),
    ] {
        let failure = refused::<N>(server, of::<N>(world, "", order_by)).await;
        assert!(failure.violates("order_by", "MALFORMED"), "{order_by}: {failure:?}");
        assert!(failure.message.contains(says), "{order_by}: {failure:?}");
    }
    let both = ListCall { page_size: -1, ..of::<N>(world, "nothing = 1", "nothing") };
    let failure = refused::<N>(server, both).await;
    for field in ["page_size", "filter", "order_by"] {
        assert!(failure.fields().any(|violated| violated == field), "{failure:?}");
    }
    let deep = format!("{}name:*{}", "(".repeat(40), ")".repeat(40));
    let many = vec!["name:*"; 51].join(" OR ");
    let long = format!("name = {:?}", "x".repeat(4_096));
    for filter in [deep, many, long] {
        assert!(
            refused::<N>(server, of::<N>(world, &filter, "")).await.violates("filter", "MALFORMED")
        );
    }
}

every_type!(a_token_is_bound_to_its_filter_and_order);
async fn a_token_is_bound_to_its_filter_and_order<N: Fixture>(server: &Server, world: &World) {
    fill::<N>(server, world).await;
    let first = ListCall { page_size: 1, ..of::<N>(world, "name:*", "update_time") };
    let page_token = N::list_as(&server.channel, first.clone()).await.unwrap().next_page_token;
    let first = ListCall { page_token, ..first };
    assert_eq!(N::list_as(&server.channel, first.clone()).await.unwrap().rows.len(), 1);
    for other in [
        ListCall { filter: String::new(), ..first.clone() },
        ListCall { order_by: "update_time desc".into(), ..first.clone() },
    ] {
        assert!(refused::<N>(server, other).await.violates("page_token", "MALFORMED"));
    }
}

every_type!(an_export_imported_again_changes_nothing);
async fn an_export_imported_again_changes_nothing<N: Fixture>(server: &Server, world: &World) {
    fill::<N>(server, world).await;
    let revision = server.revision().await;
    let pages = N::export(&server.channel, of::<N>(world, "", "")).await.unwrap();
    assert!(pages.iter().all(|page| page.read_revision == revision));
    let rows: Vec<N> = pages.into_iter().flat_map(|page| page.rows).collect();
    let list = ListCall { page_size: 1_000, ..of::<N>(world, "", "") };
    assert_eq!(rows, N::list_as(&server.channel, list).await.unwrap().rows);
    let batch =
        Batch { absent_rows: v1::AbsentRows::Delete as i32, ..Batch::of(&N::parent(world), rows) };
    for answer in N::import_all(&server.channel, vec![batch]).await.unwrap() {
        for outcome in answer.outcomes {
            assert_eq!(outcome.status(), v1::ImportStatus::Unchanged, "{outcome:?}");
        }
    }
    assert_eq!(server.revision().await, revision);
    let none = N::export(&server.channel, of::<N>(world, "-name:*", "")).await.unwrap();
    assert_eq!((none.len(), none[0].rows.len(), none[0].read_revision), (1, 0, revision));
}

/// Whether a value comes before another in rising order, or is equal.
fn at_most(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one <= other,
        (Value::I32(one), Value::I32(other)) => one <= other,
        (Value::I64(one), Value::I64(other)) => one <= other,
        (Value::F64(one), Value::F64(other)) => one <= other,
        (Value::Message(one), Value::Message(other)) => {
            let time = |time: &DynamicMessage| {
                let time: prost_types::Timestamp = time.transcode_to().unwrap();
                (time.seconds, time.nanos)
            };
            time(one) <= time(other)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_fields_that_the_protos_list_are_those_of_the_resource_types() {
    fn check<N: Fixture>() {
        let own = |ordered: bool| {
            let fields = fields::all::<RowOf<N>>().filter(move |field| field.ordered || !ordered);
            fields.map(|field| field.name().to_owned()).collect::<BTreeSet<_>>()
        };
        assert_eq!(
            listed::<N>("filter").into_iter().collect::<BTreeSet<_>>(),
            own(false),
            "{}",
            N::TITLE
        );
        assert_eq!(
            listed::<N>("order_by").into_iter().collect::<BTreeSet<_>>(),
            own(true),
            "{}",
            N::TITLE
        );
    }
    of_every_type!(N => check::<N>());
}
