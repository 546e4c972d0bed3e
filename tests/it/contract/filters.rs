//! Filters mean the same to the databases and to the service itself, which applies them to rows that have
//! changed since the revision asked for.

use digital_skills_registry::{
    api::client::Importable,
    domain::{self, Field, FieldType, Resource, Violations, name::Parent},
    registry::listing::{Filter, ListQuery, fields},
};
use proptest::{prelude::*, sample::select, strategy::ValueTree, test_runner::TestRunner};
use prost_reflect::{FieldDescriptor, Value};
use sea_orm::IdenStatic;

use super::{of_every_type, presence};
use crate::{
    both,
    harness::{Server, client::Batch, fixture::Fixture, load, samples::RowOf, world::World},
};

/// How many samples of each resource type there are at least.
const ROWS: usize = 12;

/// How many filters are tried on each resource type.
const FILTERS: usize = 150;

/// Texts that a pattern, an order or an escape could go wrong with.
const TEXTS: [&str; 16] = [
    "a",
    "A",
    "ab",
    "aB",
    "abc",
    "b%c",
    "b_c",
    "b*c",
    "b?c",
    "[b]",
    "b\\c",
    "é",
    "É",
    "ß",
    "a b",
    "\u{10FFFF}",
];

fn quoted(text: &str, open: bool) -> String {
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '"' | '\\' | '*' => format!("\\{c}"),
            c => c.to_string(),
        })
        .collect();
    format!("\"{escaped}{}\"", if open { "*" } else { "" })
}

/// Values that a filter may compare a field with: those of rows, and others.
fn values<N: domain::Resource>(field: &Field<N>, rows: &[N]) -> Vec<String> {
    let own = rows.iter().filter_map(|row| fields::write(&row.get(field.column)));
    let mut own: Vec<String> = own.collect();
    own.sort();
    own.dedup();
    let texts = || TEXTS.iter().map(|text| (*text).to_owned());
    match field.field_type {
        FieldType::Exact => own
            .iter()
            .map(|count| domain::Fte::parts(count.parse().unwrap()).to_string())
            .chain(["0".into(), "1.5".into()])
            .collect(),
        FieldType::Text => {
            let whole: Vec<String> = own.iter().cloned().chain(texts()).collect();
            let parts = whole.iter().map(|text| text.chars().take(1).collect::<String>());
            let open = parts.map(|part| quoted(&part, true));
            let within = whole.iter().map(|text| format!("\"*{}", &quoted(text, true)[1..]));
            let ends = whole.iter().map(|text| format!("\"*{}", &quoted(text, false)[1..]));
            let exact = whole.iter().map(|text| quoted(text, false));
            open.chain(within).chain(ends).chain(exact).chain(["*".into(), "\"\"".into()]).collect()
        }
        FieldType::List => rows
            .iter()
            .flat_map(|row| items(&row.get(field.column)))
            .flat_map(|item| {
                let start: String = item.chars().take(3).collect();
                [quoted(&item, false), quoted(&start, true)]
            })
            .chain(["*".into(), "\"\"".into()])
            .collect(),
        FieldType::Name(_) => own
            .iter()
            .flat_map(|text| {
                let half: String = text.chars().take(text.len() / 2).collect();
                [quoted(text, false), quoted(&half, true)]
            })
            .chain(["*".into(), "\"\"".into()])
            .collect(),
        FieldType::Term(_, terms) => {
            terms().iter().map(|term| quoted(term, false)).chain(["*".into()]).collect()
        }
        FieldType::Number => own.into_iter().chain(["0".into(), "3".into(), "*".into()]).collect(),
        FieldType::Flag => vec!["true".into(), "false".into(), "*".into()],
        FieldType::Date | FieldType::Time => {
            own.iter().map(|text| quoted(text, false)).chain(["*".into(), "\"\"".into()]).collect()
        }
    }
}

/// The texts of a list.
fn items(list: &sea_orm::Value) -> Vec<String> {
    let sea_orm::Value::Json(Some(list)) = list else { return Vec::new() };
    let items = list.as_array().into_iter().flatten();
    items.map(|item| item.as_str().unwrap().to_owned()).collect()
}

/// The comparisons of a field, as texts: also such as cannot be made.
fn comparisons<N: domain::Resource>(prefix: &str, field: &Field<N>, rows: &[N]) -> Vec<String> {
    let comparators = ["=", "!=", "<", "<=", ">", ">=", ":"];
    let name = field.name();
    let values = values(field, rows);
    let each = comparators.iter().flat_map(|comparator| {
        values.iter().map(move |value| format!("{prefix}{name} {comparator} {value}"))
    });
    each.collect()
}

async fn rows<N: domain::Resource>(server: &Server, filter: &str) -> Option<Vec<N>> {
    let query = ListQuery {
        filter: filter.to_owned(),
        ..ListQuery::everything(Parent::Every(String::new()), 1_000)
    };
    let mut violations = Violations::default();
    let page = query.read::<N>(server.store.patterns(), &mut violations);
    if !violations.is_empty() {
        return None;
    }
    let rows = server.store.snapshot().await.unwrap().page(&page).await;
    Some(rows.unwrap_or_else(|error| panic!("{filter}: {error}")))
}

/// The rows that a filter admits, by the service itself.
async fn admitted<N: domain::Resource>(server: &Server, all: &[N], text: &str) -> Vec<String> {
    let filter = Filter::<N>::read(text).unwrap();
    let mut passing = Vec::new();
    for path in filter.paths() {
        let mut names = None;
        of_every_type!(M => if M::TYPE == path.kind {
            let rows: Vec<RowOf<M>> = rows(server, "").await.unwrap();
            names = Some(path.passing(&rows).unwrap());
        });
        passing.push(names.unwrap());
    }
    let passes = |way: usize, name: &str| passing[way].iter().any(|it| it == name);
    let admitted = all.iter().filter(|row| filter.admits(row, &passes));
    admitted.map(|row| row.name().to_owned()).collect()
}

/// Compares both on filters made of random comparisons.
async fn compare<N: domain::Resource>(server: &Server) {
    let all: Vec<N> = rows(server, "").await.unwrap();
    assert!(all.len() >= ROWS, "{:?}", N::TYPE);
    let can_be_made = |text: &String| Filter::<N>::read(text).is_ok();
    let own = fields::all::<N>().flat_map(|field| comparisons("", &field, &all));
    let own: Vec<String> = own.filter(can_be_made).collect();
    // Most comparisons of random values admit all rows or none. Half of a filter is of those that do not.
    let telling: Vec<String> = own.iter().filter(|text| tells_apart(text, &all)).cloned().collect();
    let every = own.into_iter().chain(through::<N>(server).await).collect::<Vec<_>>();
    let every = select(every).prop_filter("a comparison that cannot be made", can_be_made);
    let comparison = prop_oneof![select(telling), every].prop_flat_map(|text| {
        prop_oneof![Just(text.clone()), Just(format!("NOT {text}")), Just(format!("-({text})"))]
    });
    let filters = prop::collection::vec((comparison, select(vec![" AND ", " OR ", " "])), 1..5)
        .prop_map(|parts| {
            let mut text = String::new();
            for (i, (part, join)) in parts.iter().enumerate() {
                text.push_str(if i == 0 { "" } else { join });
                text.push_str(part);
            }
            text
        });
    let mut runner = TestRunner::default();
    let mut some = 0;
    for _ in 0..FILTERS {
        let text = filters.new_tree(&mut runner).unwrap().current();
        // NOT cannot stand beside another without AND.
        if Filter::<N>::read(&text).is_err() {
            continue;
        }
        let found: Vec<N> = rows(server, &text).await.unwrap();
        let found: Vec<String> = found.iter().map(|row| row.name().to_owned()).collect();
        assert_eq!(admitted(server, &all, &text).await, found, "{:?}: {text}", N::TYPE);
        some += usize::from(!found.is_empty() && found.len() < all.len());
    }
    assert!(some > FILTERS / 10, "{:?}: {some} filters tell rows apart", N::TYPE);
}

/// Whether a comparison of a field of the rows themselves admits some, and not all.
fn tells_apart<N: domain::Resource>(text: &str, all: &[N]) -> bool {
    let filter = Filter::<N>::read(text).unwrap();
    if !filter.paths().is_empty() {
        return false;
    }
    let admitted = all.iter().filter(|row| filter.admits(row, &|_, _| false)).count();
    (1..all.len()).contains(&admitted)
}

/// Creates samples under two parents, and samples with one field at a time set to another value or left out. Those of
/// the latter that break a rule do not come to exist.
async fn fill<N: Fixture>(server: &Server, world: &World) {
    let parent = N::parent(world);
    load(server, &parent, (1..=ROWS).map(|n| N::row(world, n)).collect()).await;
    let mut n = 100;
    let mut next = || {
        n += 1;
        N::row(world, n)
    };
    let mut others = Vec::new();
    for field in RowOf::<N>::FIELDS {
        let on_wire = N::descriptor().get_field_by_name(field.name()).unwrap();
        for value in other_values(field, &on_wire) {
            let mut row = next();
            row.set(field.name(), value);
            others.push(row);
        }
    }
    let mut batches = vec![Batch::of(&parent, others)];
    if N::CHILD {
        let elsewhere = N::other_parent(world);
        let moved = (0..3).map(|_| {
            let mut row = next();
            row.set_name(&row.name().replacen(&parent, &elsewhere, 1));
            row
        });
        batches.push(Batch::of(&elsewhere, moved.collect()));
    }
    N::import_all(&server.channel, batches).await.unwrap();
}

/// Values that take the place of a sample's own.
fn other_values<N: domain::Resource>(field: &Field<N>, on_wire: &FieldDescriptor) -> Vec<Value> {
    let left_out = Value::String(String::new());
    match field.field_type {
        FieldType::Text => {
            let texts = TEXTS.iter().map(|text| Value::String((*text).to_owned()));
            texts.chain([left_out]).collect()
        }
        FieldType::List => {
            let list = |n: usize| TEXTS[..n].iter().map(move |text| format!("t:{text}{n}"));
            (0..4).map(|n| Value::List(list(n).map(Value::String).collect())).collect()
        }
        FieldType::Name(_) | FieldType::Date => vec![left_out],
        FieldType::Term(..) => (0..4).map(Value::EnumNumber).collect(),
        FieldType::Number | FieldType::Exact | FieldType::Flag => {
            (0..4).map(|n| presence::number(on_wire, n)).collect()
        }
        FieldType::Time => Vec::new(),
    }
}

/// The comparisons of fields of the parents, and of what the rows refer to.
async fn through<N: domain::Resource>(server: &Server) -> Vec<String> {
    let parents = N::PARENTS.iter().map(|kind| (kind.singular(), *kind));
    let references = N::REFERENCES.iter().filter(|reference| reference.key.is_none());
    let references = references.filter_map(|reference| match reference.kinds {
        [kind] => Some((reference.column.as_str(), *kind)),
        _ => None,
    });
    let mut found = Vec::new();
    for (path, kind) in parents.chain(references) {
        of_every_type!(M => if M::TYPE == kind {
            let rows: Vec<RowOf<M>> = rows(server, "").await.unwrap();
            found.extend(fields::all().flat_map(|field| comparisons(&format!("{path}."), &field, &rows)));
        });
    }
    found
}

both!(filters_mean_the_same_to_the_database_and_to_the_service);
async fn filters_mean_the_same_to_the_database_and_to_the_service(server: &Server) {
    let world = World::create(server).await;
    of_every_type!(N => fill::<N>(server, &world).await);
    of_every_type!(N => compare::<RowOf<N>>(server).await);
}
