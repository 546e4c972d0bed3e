//! A database with a few resources, made once and copied for each test that needs it: creating them anew
//! takes longer than most of these tests.

use std::{env, fs, pin::Pin};

use sea_orm::{ConnectionTrait, Database};
use tokio::sync::OnceCell;

use super::{Db, Server, TestDatabase, postgres, world::World};

/// A test on a fresh server with a world.
pub type Body = for<'a> fn(&'a Server, &'a World) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Source of the copies.
enum Template {
    /// Content of the file.
    Sqlite(Vec<u8>, World),
    /// Name of the database. It is removed together with the cluster of the tests.
    Postgres(String, World),
}

/// Runs a test against a fresh server with a world.
pub async fn run_in_world(db: Db, body: Body) {
    let Some((database, world)) = world(db).await else {
        return;
    };
    let server = Server::start(database).await;
    let world = match world {
        Some(world) => world.clone(),
        None => World::create(&server).await,
    };
    body(&server, &world).await;
    server.stop().await;
}

/// A fresh database, with the world it contains, if any.
async fn world(db: Db) -> Option<(TestDatabase, Option<&'static World>)> {
    static SQLITE: OnceCell<Option<Template>> = OnceCell::const_new();
    static POSTGRES: OnceCell<Option<Template>> = OnceCell::const_new();
    let template = match db {
        Db::Sqlite => SQLITE.get_or_init(|| Template::make(db)).await,
        // Nobody would remove the template from a PostgreSQL server that stays.
        Db::Postgres if env::var_os("TEST_POSTGRES_URL").is_some() => &None,
        Db::Postgres => POSTGRES.get_or_init(|| Template::make(db)).await,
    };
    match template {
        None => Some((TestDatabase::create(db).await?, None)),
        Some(Template::Sqlite(bytes, world)) => {
            let database = TestDatabase::create(db).await?;
            fs::write(database.file(), bytes).unwrap();
            Some((database, Some(world)))
        }
        Some(Template::Postgres(name, world)) => {
            Some((TestDatabase::create_from(name).await?, Some(world)))
        }
    }
}

impl Template {
    /// Creates the template through a server, which has stopped afterwards.
    async fn make(db: Db) -> Option<Self> {
        let server = Server::start(TestDatabase::create(db).await?).await;
        let world = World::create(&server).await;
        let mut database = server.pause().await;
        Some(match database.drop.take() {
            None => Self::Sqlite(database.bytes().await, world),
            Some((_, name)) => Self::Postgres(name, world),
        })
    }
}

impl TestDatabase {
    /// Creates a PostgreSQL database as a copy of another.
    async fn create_from(template: &str) -> Option<Self> {
        let admin = tokio::task::spawn_blocking(postgres::admin_url).await.unwrap().ok()?;
        let connection = Database::connect(&admin).await.unwrap();
        let name = format!("it_{}", uuid::Uuid::now_v7().simple());
        let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
        connection.execute_unprepared(&create).await.unwrap();
        connection.close().await.unwrap();
        Some(Self::of_postgres(admin, name))
    }
}
