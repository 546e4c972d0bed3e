//! `serve`.

use std::{process::ExitCode, time::Duration};

use tokio::net::TcpListener;

use crate::{
    config::{Endpoint, Serve},
    domain::Registry,
    server,
    store::Store,
};

use super::{Failure, client, migrate_up, sample};

pub async fn run(options: Serve) -> Result<ExitCode, Failure> {
    if !options.listen.ip().is_loopback() && !options.insecure {
        return Err(format!(
            "{} can be reached from outside, and whoever reaches the registry has every right; \
             listen on a loopback address, or say --insecure",
            options.listen
        )
        .into());
    }
    let listener = TcpListener::bind(options.listen).await;
    let listener =
        listener.map_err(|error| format!("cannot listen on {}: {error}", options.listen))?;
    let address = listener.local_addr()?;
    let store = open(&options.database.database_url).await?;
    migrate_up(&store).await?;

    let serve = server::Options {
        drain: Duration::from_secs(options.drain_seconds),
        cors_origins: options.cors_origins,
        change_retention: options.change_retention,
    };
    let registry = Registry::new(store.clone());
    let serving = tokio::spawn(server::serve(listener, registry, serve, asked_to_stop()));
    tracing::info!("serving the registry on http://{address}");
    if options.sample {
        let mut local = address;
        if local.ip().is_unspecified() {
            local.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        let endpoint = Endpoint { endpoint: format!("http://{local}") };
        let plan = sample::load(&endpoint).await?;
        tracing::info!("the sample is loaded; see its gaps with: skills-registry gaps {plan}");
    }
    let end = serving.await?;
    store.close().await;
    tracing::info!("stopped");
    end.map(|()| ExitCode::SUCCESS)
}

/// Opens the database; a failure says why, and never with what password.
pub async fn open(url: &str) -> Result<Store, Failure> {
    Store::open(url).await.map_err(|error| {
        let causes = client::causes(error);
        format!("cannot open the database {}: {causes}", without_password(url)).into()
    })
}

fn without_password(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut url) if url.password().is_some() => {
            // Cannot fail for a URL that has a password.
            let _ = url.set_password(Some("…"));
            url.set_query(None);
            url.to_string()
        }
        Ok(mut url) => {
            url.set_query(None);
            url.to_string()
        }
        Err(_) => "at the URL given".to_owned(),
    }
}

/// Done when the process is asked to end: Ctrl-C or SIGTERM.
async fn asked_to_stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                terminate.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_url_is_told_without_its_password() {
        let told =
            without_password("postgres://registry:s3cret@db/registry?sslmode=require&password=x");
        assert!(!told.contains("s3cret") && !told.contains("password=x"), "{told}");
        assert!(told.contains("registry") && told.contains("db"), "{told}");
    }
}
