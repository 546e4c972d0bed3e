//! Pages cost the same at any depth: how the databases read them, at 100,000 rows.

use digital_skills_registry::{
    api::v1,
    domain::{self, Field, FieldType, Violations, name::Parent},
    registry::listing::{self, ListQuery, fields},
    store::{Lock, PageQuery},
};
use sea_orm::ConnectionTrait;

use super::of_every_type;
use crate::{
    both,
    harness::{
        Db, Server,
        client::Batch,
        fixture::Fixture,
        samples::{RowOf, Samples, unused_names},
        world::World,
    },
};

/// How many rows there are.
const ROWS: usize = 100_000;

/// A list as its queries.
fn page<N: domain::Resource>(
    server: &Server,
    parent: &Parent,
    filter: &str,
    order_by: &str,
    after: Option<String>,
) -> PageQuery<N> {
    let query = ListQuery {
        filter: filter.to_owned(),
        order_by: order_by.to_owned(),
        after,
        ..ListQuery::everything(parent.clone(), 50)
    };
    let mut violations = Violations::default();
    let page = query.read::<N>(server.store.patterns(), &mut violations);
    assert!(violations.is_empty(), "{filter} {order_by}: {violations:?}");
    page
}

/// What a plan must not have: a walk through the table as it lies, or a sort of all that was found.
fn is_served(db: Db, plan: &str) -> bool {
    plan.lines().all(|line| match db {
        Db::Sqlite => {
            let walks = line.starts_with("SCAN") && !line.contains("USING");
            // Sorting what is equal in the first columns of an index is no sort of the whole.
            let sorts = line.contains("USE TEMP B-TREE FOR ORDER BY");
            !walks && !sorts
        }
        // A few rows are sooner sorted than read in order; they are not the whole.
        Db::Postgres => {
            let rows = line.split_once("rows=").and_then(|(_, rest)| rest.split(' ').next());
            let many = rows
                .and_then(|rows| rows.parse::<usize>().ok())
                .is_some_and(|rows| rows > ROWS / 50);
            let sorts = line.contains("Sort") && !line.contains("Incremental") && many;
            !line.contains("Seq Scan") && !sorts
        }
    })
}

/// A value of a field, as a filter says it: that of a row, if it has one.
fn value<N: domain::Resource>(field: &Field<N>, row: &N) -> String {
    let own = fields::write(&row.get(field.column)).filter(|own| !own.is_empty());
    match (field.field_type, own) {
        (FieldType::Flag, _) => "true".into(),
        (FieldType::Number | FieldType::Exact, _) => "1".into(),
        (FieldType::List, _) => "\"a:x\"".into(),
        (_, Some(own)) => format!("{own:?}"),
        (FieldType::Name(kinds), None) => {
            format!("{:?}", unused_names(kinds.first().copied().unwrap_or(N::TYPE))[0])
        }
        (FieldType::Term(_, values), None) => values().remove(0),
        (FieldType::Date, None) => "2027-01-01".into(),
        (FieldType::Time, None) => "\"2027-01-01T00:00:00Z\"".into(),
        (FieldType::Text, None) => "x".into(),
    }
}

/// A kind of list.
struct ListKind {
    field: &'static str,
    filter: String,
    order_by: String,
}

/// Every kind of list by one field.
fn list_kinds<N: domain::Resource>(field: &Field<N>, row: &N) -> Vec<ListKind> {
    let (name, value) = (field.name(), value(field, row));
    let kind = |filter: &str, order_by: &str| ListKind {
        field: name,
        filter: filter.to_owned(),
        order_by: order_by.to_owned(),
    };
    if let FieldType::List = field.field_type {
        // The items of lists are looked up in a table of their own.
        return vec![ListKind { field: "value", ..kind(&format!("{name} : {value}"), "") }];
    }
    let mut kinds = vec![kind(&format!("{name} = {value}"), "")];
    if field.ordered {
        for order_by in [name.to_owned(), format!("{name} desc")] {
            kinds.push(kind("", &order_by));
            kinds.push(kind(&format!("{name} >= {value}"), &order_by));
        }
    }
    kinds
}

/// Every kind of parent that lists of a resource type can be asked for.
fn scopes<N: domain::Resource>() -> Vec<Parent> {
    if N::PARENTS.is_empty() {
        return vec![Parent::None];
    }
    let one = N::PARENTS.iter().flat_map(|kind| unused_names(*kind)).map(Parent::One);
    let top = N::PARENTS.iter().filter(|kind| kind.parents().is_empty());
    let every = top.map(|kind| format!("{}/", kind.collection())).chain([String::new()]);
    one.chain(every.map(Parent::Every)).collect()
}

/// The column that an index must begin with, if the list needs more than some order of its rows: the one that it is
/// filtered by, or the parent, if it is not in the order of names.
fn looked_up(scope: &Parent, kind: &ListKind) -> Option<&'static str> {
    match scope {
        _ if kind.order_by.is_empty() => Some(kind.field),
        Parent::One(_) if kind.field != "name" => Some("parent"),
        _ => None,
    }
}

/// How a database reads pages of a list.
struct ListPlan {
    list: String,
    looked_up: Option<&'static str>,
    plan: String,
}

/// Explains every kind of page that a resource type's lists have, at the beginning and after a row.
async fn explain<N: domain::Resource>(
    server: &Server,
    scopes: &[Parent],
    row: &N,
) -> Vec<ListPlan> {
    let mut plans = Vec::new();
    for scope in scopes {
        let kinds = fields::all::<N>().flat_map(|field| list_kinds(&field, row));
        for kind in kinds {
            let ListKind { filter, order_by, .. } = &kind;
            let first = page::<N>(server, scope, filter, order_by, None);
            let mark = listing::mark(&first.order, row);
            let after = page::<N>(server, scope, filter, order_by, Some(mark));
            for query in [first, after] {
                for plan in server.store.reads().explain_page(&query).await.unwrap() {
                    let list = format!("{} {scope:?} {filter} / {order_by}", N::COLLECTION);
                    assert!(is_served(server.database.db, &plan), "{list}:\n{plan}");
                    plans.push(ListPlan { list, looked_up: looked_up(scope, &kind), plan });
                }
            }
        }
    }
    plans
}

/// The row of this name.
async fn stored<N: domain::Resource>(server: &Server, name: String) -> N {
    server.store.reads().find(&[name], Lock::None).await.unwrap().remove(0)
}

both!(every_page_of_100_000_rows_is_read_by_an_index);
async fn every_page_of_100_000_rows_is_read_by_an_index(server: &Server) {
    let world = World::create(server).await;
    let roles: Vec<v1::Role> = (0..1_000).map(|n| v1::Role::row(&world, n)).collect();
    v1::Role::import_all(&server.channel, vec![Batch::of("", roles.clone())]).await.unwrap();
    let parents = [&world.trust, &world.other_trust];
    let row = |n: usize| v1::Staffing {
        name: format!("{}/staffing/s{n:06}", parents[n % 2]),
        subject: format!("subject-{}", n % 50_000),
        role: roles[n % 200].name.clone(),
        headcount: Some(1),
        fte: Some(1.0),
        start_date: format!("20{:02}-{:02}-{:02}", 10 + n % 17, 1 + n % 12, 1 + n % 28),
        end_date: if n.is_multiple_of(3) {
            format!("20{:02}-06-30", 28 + n % 9)
        } else {
            String::new()
        },
        ..v1::Staffing::default()
    };
    let batches = (0..ROWS / 1_000).map(|batch| {
        Batch::of("organisations/-", (batch * 1_000..(batch + 1) * 1_000).map(row).collect())
    });
    v1::Staffing::import_all(&server.channel, batches.collect()).await.unwrap();
    server.database.connect().await.execute_unprepared("ANALYZE").await.unwrap();

    let (trust, middle) = (world.trust.clone(), row(ROWS / 2).name);
    let deep: domain::Staffing = stored(server, middle).await;
    let scopes =
        [Parent::One(trust), Parent::Every("organisations/".into()), Parent::Every(String::new())];
    let plans = explain(server, &scopes, &deep).await;
    assert!(plans.len() > 100, "{}", plans.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_of_every_resource_type_is_read_by_an_index() {
    crate::harness::run(Db::Sqlite, async |server| {
        // SQLite knows nothing of the rows, so it plans by the schema alone, and one row is enough.
        let world = World::create(server).await;
        let plans = of_every_type!(N => {
            let name = N::made(&server.channel, &world, 1).await.name;
            let row = stored::<RowOf<N>>(server, name).await;
            explain(server, &scopes::<RowOf<N>>(), &row).await
        });
        for ListPlan { list, looked_up, plan } in plans.into_iter().flatten() {
            let within = |column: String| plan.contains(&format!("({column}=?"));
            let found = looked_up.is_none_or(|column| {
                within(column.to_owned()) || within(format!("{column}_folded"))
            });
            assert!(found, "{list}:\n{plan}");
        }
    })
    .await;
}
