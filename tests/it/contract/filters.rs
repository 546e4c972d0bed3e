//! Filters mean the same to the databases and to the service itself, which applies them to rows that have
//! changed since the revision asked for.

use digital_skills_registry::{
    api::v1::{self, *},
    domain::{self, Field, FieldType, Violations, name::Parent},
    registry::listing::{Filter, ListQuery, fields},
};
use proptest::{prelude::*, sample::select, strategy::ValueTree, test_runner::TestRunner};

use crate::{
    both,
    harness::{Server, client::Batch, fixture::Fixture, samples::Samples, world::World},
};

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
        let names = match path.kind {
            domain::ResourceType::Framework => {
                path.passing(&rows::<domain::Framework>(server, "").await.unwrap())
            }
            domain::ResourceType::Skill => {
                path.passing(&rows::<domain::Skill>(server, "").await.unwrap())
            }
            domain::ResourceType::Role => {
                path.passing(&rows::<domain::Role>(server, "").await.unwrap())
            }
            domain::ResourceType::Plan => {
                path.passing(&rows::<domain::Plan>(server, "").await.unwrap())
            }
            domain::ResourceType::Organisation => {
                path.passing(&rows::<domain::Organisation>(server, "").await.unwrap())
            }
            kind => panic!("{kind:?}"),
        };
        passing.push(names.unwrap());
    }
    let passes = |way: usize, name: &str| passing[way].iter().any(|it| it == name);
    let admitted = all.iter().filter(|row| filter.admits(row, &passes));
    admitted.map(|row| row.name().to_owned()).collect()
}

/// Compares both on filters made of random comparisons.
async fn compare<N: domain::Resource>(server: &Server, through: Vec<String>) {
    let all: Vec<N> = rows(server, "").await.unwrap();
    assert!(all.len() >= 12, "{:?}", N::TYPE);
    let own = fields::all::<N>().flat_map(|field| comparisons("", &field, &all));
    let mut good = Vec::new();
    for comparison in own.chain(through) {
        if Filter::<N>::read(&comparison).is_ok() {
            good.push(comparison);
        }
    }
    // Most comparisons of random values admit all rows or none. Half of a filter is of those that do not.
    let telling: Vec<String> =
        good.iter().filter(|text| tells_apart(text, &all)).cloned().collect();
    let comparison = prop_oneof![select(telling), select(good)].prop_flat_map(|text| {
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

async fn fill<N: Fixture>(server: &Server, world: &World) {
    let rows = (1..=12).map(|n| N::row(world, n)).collect();
    let answers = N::import_all(&server.channel, vec![Batch::of(&N::parent(world), rows)]).await;
    assert!(answers.unwrap()[0].outcomes.iter().all(|outcome| outcome.error.is_none()));
}

/// The comparisons of what lies behind a field.
async fn through<M: domain::Resource>(server: &Server, field: &str) -> Vec<String> {
    let rows: Vec<M> = rows(server, "").await.unwrap();
    fields::all::<M>().flat_map(|it| comparisons(&format!("{field}."), &it, &rows)).collect()
}

both!(filters_mean_the_same_to_the_database_and_to_the_service);
async fn filters_mean_the_same_to_the_database_and_to_the_service(server: &Server) {
    let world = World::create(server).await;
    let channel = &server.channel;
    let titled = |i: usize| Role {
        title: TEXTS[i].into(),
        group: TEXTS[(i * 5 + 3) % TEXTS.len()].into(),
        seniority: Some(i32::try_from(i % 4).unwrap()),
        codes: TEXTS[..i % 4].iter().map(|text| format!("t:{text}{i}")).collect(),
        ..Role::default()
    };
    let roles = (0..TEXTS.len()).map(|i| (format!("text-{i}"), titled(i))).collect();
    Role::batch_create(channel, "", roles, Default::default()).await.unwrap();
    fill::<v1::Organisation>(server, &world).await;
    fill::<v1::Framework>(server, &world).await;
    fill::<v1::Skill>(server, &world).await;
    fill::<v1::Requirement>(server, &world).await;
    fill::<v1::Plan>(server, &world).await;
    fill::<v1::Target>(server, &world).await;
    fill::<v1::Staffing>(server, &world).await;
    fill::<v1::Assessment>(server, &world).await;
    fill::<v1::Gap>(server, &world).await;
    fill::<v1::GapSnapshot>(server, &world).await;
    fill::<v1::Movement>(server, &world).await;
    fill::<v1::ClosureOption>(server, &world).await;
    // Dates that are not there, and rows of others.
    let open = Assessment { valid_until_date: String::new(), ..Assessment::nth(&world, 90) };
    Assessment::create(channel, &world.other_trust, "open", Some(open)).await.unwrap();
    let open = Staffing { end_date: String::new(), ..Staffing::nth(&world, 90) };
    Staffing::create(channel, &world.other_trust, "open", Some(open)).await.unwrap();

    compare::<domain::Role>(server, Vec::new()).await;
    compare::<domain::Organisation>(
        server,
        through::<domain::Organisation>(server, "parent").await,
    )
    .await;
    compare::<domain::Framework>(server, Vec::new()).await;
    compare::<domain::Skill>(server, through::<domain::Framework>(server, "framework").await).await;
    let mut of_requirements = through::<domain::Role>(server, "role").await;
    of_requirements.extend(through::<domain::Skill>(server, "skill").await);
    compare::<domain::Requirement>(server, of_requirements).await;
    compare::<domain::Plan>(server, through::<domain::Organisation>(server, "owner").await).await;
    let mut of_targets = through::<domain::Role>(server, "role").await;
    of_targets.extend(through::<domain::Plan>(server, "plan").await);
    compare::<domain::Target>(server, of_targets).await;
    compare::<domain::Staffing>(server, through::<domain::Role>(server, "role").await).await;
    compare::<domain::Assessment>(server, through::<domain::Skill>(server, "skill").await).await;
    compare::<domain::Gap>(server, through::<domain::Organisation>(server, "organisation").await)
        .await;
    compare::<domain::GapSnapshot>(
        server,
        through::<domain::Organisation>(server, "organisation").await,
    )
    .await;
    compare::<domain::Movement>(server, through::<domain::Role>(server, "role").await).await;
    compare::<domain::ClosureOption>(server, Vec::new()).await;
}
