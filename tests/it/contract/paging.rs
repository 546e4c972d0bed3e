//! Pages cost the same at any depth: how the databases read them, at 100,000 rows.

use digital_skills_registry::{
    api::v1,
    domain::{self, Field, FieldType, Violations, name::Parent},
    registry::listing::{self, ListQuery, fields},
    store::PageQuery,
};
use sea_orm::ConnectionTrait;

use crate::{
    both,
    harness::{Db, Server, client::Batch, fixture::Fixture, samples::Samples, world::World},
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

/// A filter by which a field is found, and one by which it is found with others beside it.
fn filters<N: domain::Resource>(field: &Field<N>, row: Option<&N>) -> (String, String) {
    let name = field.name();
    let own =
        row.and_then(|row| fields::write(&row.get(field.column))).filter(|own| !own.is_empty());
    if let FieldType::List = field.field_type {
        return (format!("{name} : \"a:x\""), format!("{name} : \"a:*\""));
    }
    let value = match field.field_type {
        _ if own.is_some() => format!("{:?}", own.unwrap_or_default()),
        FieldType::Name(kinds) => {
            let kind = kinds.first().copied().unwrap_or(N::TYPE);
            let pattern = domain::name_form::patterns(kind).remove(0);
            let id = |part: &str| match part {
                "{organisation}" => "RJ1".to_owned(),
                part => part.replace(['{', '}'], "").replace('_', "-"),
            };
            format!("\"{}\"", pattern.split('/').map(id).collect::<Vec<_>>().join("/"))
        }
        FieldType::Term(_, values) => values().remove(0),
        FieldType::Date => "2027-01-01".into(),
        FieldType::Time => "\"2027-01-01T00:00:00Z\"".into(),
        FieldType::Flag => "true".into(),
        FieldType::Text | FieldType::List => "x".into(),
        FieldType::Number | FieldType::Exact => "1".into(),
    };
    (format!("{name} = {value}"), format!("{name} >= {value}"))
}

/// Explains every kind of page that a resource type's lists have, at the beginning and deep within.
async fn explain<N: domain::Resource>(
    server: &Server,
    scopes: &[Parent],
    deep: Option<&N>,
) -> usize {
    let mut seen = 0;
    for scope in scopes {
        for field in fields::all::<N>() {
            let (equal, at_least) = filters(&field, deep);
            let name = field.name();
            let mut lists = vec![(equal, String::new())];
            if field.ordered {
                let falling = format!("{name} desc");
                lists.extend([(String::new(), name.to_owned()), (String::new(), falling.clone())]);
                lists.extend([(at_least.clone(), name.to_owned()), (at_least, falling)]);
            }
            for (filter, order_by) in lists {
                let first = page::<N>(server, scope, &filter, &order_by, None);
                let mark = deep.map(|row| listing::mark(&first.order, row));
                let after =
                    mark.map(|mark| page::<N>(server, scope, &filter, &order_by, Some(mark)));
                for query in std::iter::once(first).chain(after) {
                    for plan in server.store.reads().explain_page(&query).await.unwrap() {
                        seen += 1;
                        let list = format!("{} {scope:?} {filter} / {order_by}", N::COLLECTION);
                        assert!(is_served(server.database.db, &plan), "{list}:\n{plan}");
                    }
                }
            }
        }
    }
    seen
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
    let reads = server.store.reads();
    let lock = digital_skills_registry::store::Lock::None;
    let deep = reads.find::<domain::Staffing>(&[middle], lock).await.unwrap().remove(0);
    let scopes =
        [Parent::One(trust), Parent::Every("organisations/".into()), Parent::Every(String::new())];
    let seen = explain(server, &scopes, Some(&deep)).await;
    assert!(seen > 100, "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_listed_field_of_every_resource_type_has_an_index() {
    crate::harness::run(Db::Sqlite, async |server| {
        // SQLite plans by the schema alone, so no rows are needed.
        let one = |name: &str| [Parent::One(name.to_owned()), Parent::Every(String::new())];
        let none = [Parent::None];
        explain::<domain::Organisation>(server, &none, None).await;
        explain::<domain::Framework>(server, &none, None).await;
        explain::<domain::Skill>(server, &one("frameworks/f"), None).await;
        explain::<domain::Role>(server, &none, None).await;
        explain::<domain::Requirement>(server, &one("roles/r"), None).await;
        explain::<domain::Requirement>(server, &[Parent::Every("roles/".into())], None).await;
        explain::<domain::Plan>(server, &none, None).await;
        explain::<domain::Target>(server, &one("plans/p"), None).await;
        explain::<domain::Staffing>(server, &one("organisations/RJ1"), None).await;
        explain::<domain::Assessment>(server, &one("organisations/RJ1"), None).await;
        explain::<domain::Gap>(server, &one("plans/p"), None).await;
        explain::<domain::GapSnapshot>(server, &one("plans/p"), None).await;
        explain::<domain::Movement>(server, &one("organisations/RJ1"), None).await;
        explain::<domain::ClosureOption>(server, &none, None).await;
    })
    .await;
}
