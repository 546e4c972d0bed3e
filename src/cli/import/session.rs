//! One run of `import`: where rows go, and what becomes of them.

use tonic::{Code, Request, Response, Status, Streaming, transport::Channel};

use crate::{
    api::{
        client::Importable,
        v1::{self, framework_service_client::FrameworkServiceClient},
    },
    cli::{Failure, client, complain},
};

use super::{Import, Report, SourcedRow, dry_run::DryRun, upload::Upload};

/// A run of `import`.
pub struct Session<'a> {
    pub channel: Channel,
    pub options: &'a Import,
    pub report: Report,
    dry_run: Option<DryRun>,
}

impl<'a> Session<'a> {
    /// Begins a run.
    pub fn begin(channel: Channel, options: &'a Import) -> Self {
        let dry_run = options.dry_run.then(DryRun::default);
        Self { channel, options, report: Report::with_progress(), dry_run }
    }

    /// Imports rows of one resource type, if there are any.
    pub async fn load<M: Importable>(
        &mut self,
        parent: &str,
        rows: Vec<SourcedRow<M>>,
    ) -> Result<(), Failure> {
        if rows.is_empty() {
            return Ok(());
        }
        let Self { channel, options, report, dry_run } = self;
        let (principal, dry_run) = (options.caller.as_str(), dry_run.as_mut());
        Upload { channel, principal, parent, dry_run }.send(rows, report).await
    }

    /// A request on behalf of the caller.
    pub fn request<T>(&self, message: T) -> Result<Request<T>, Failure> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("registry-caller", self.options.caller.parse()?);
        Ok(request)
    }

    /// Rejects the rows that refer to a rejected row, and returns the others.
    pub fn without_rejected<M: Importable>(
        &mut self,
        rows: Vec<SourcedRow<M>>,
        references: impl Fn(&M) -> Vec<String>,
    ) -> Vec<SourcedRow<M>> {
        let mut kept = Vec::new();
        for sourced in rows {
            let mut references = references(&sourced.row).into_iter();
            match references.find(|name| self.report.has_rejected(name)) {
                None => kept.push(sourced),
                Some(other) => {
                    let name = sourced.row.name().to_owned();
                    let reasons = format!("refers to {other}, which was rejected");
                    self.report.reject(M::TYPE.title(), &sourced.origin, name, reasons);
                }
            }
        }
        kept
    }

    /// Creates a framework. If it exists, only sets its version, if the command gives one: all else
    /// that the importer says of it does not come from the files. Fails if it cannot be the same
    /// framework.
    pub async fn load_framework(&mut self, mut wanted: v1::Framework) -> Result<(), Failure> {
        let name = wanted.name.clone();
        wanted.version = self.options.edition.clone().unwrap_or_default();
        let origin = self.options.files.first().map(|path| path.display().to_string());
        let mut row = SourcedRow::whole(origin.unwrap_or_default(), wanted);
        if let Some(known) = self.framework(&name).await? {
            check_same_framework(&known, &row.row)?;
            let field = if self.options.edition.is_some() { "version" } else { "publisher" };
            row.fields = vec![field];
        }
        self.load("", vec![row]).await?;
        match self.report.has_rejected(&name) {
            true => Err(format!("{name} was rejected, so nothing else was imported").into()),
            false => Ok(()),
        }
    }

    /// Publishes a framework if it is a draft and the command asks for it.
    pub async fn publish(&self, name: &str) -> Result<(), Failure> {
        if !self.options.publish || self.options.dry_run {
            return Ok(());
        }
        let framework = self.framework(name).await?;
        let draft = framework.filter(|known| known.state() == v1::FrameworkState::Draft);
        if let Some(v1::Framework { etag, .. }) = draft {
            let publish =
                v1::PublishFrameworkRequest { name: name.to_owned(), etag, ..Default::default() };
            let mut frameworks = FrameworkServiceClient::new(self.channel.clone());
            let publish = self.request(publish)?;
            let published = frameworks.publish_framework(publish).await.map_err(client::explain)?;
            if published.into_inner().warnings().any(|kind| kind == v1::FrameworkWarning::NoLevels)
            {
                complain(format_args!(
                    "warning: {name} is published without levels, and can no longer be given any"
                ));
            }
        }
        Ok(())
    }

    async fn framework(&self, name: &str) -> Result<Option<v1::Framework>, Failure> {
        let mut frameworks = FrameworkServiceClient::new(self.channel.clone());
        let get = v1::GetFrameworkRequest { name: name.to_owned(), ..Default::default() };
        match frameworks.get_framework(get).await {
            Ok(framework) => Ok(Some(framework.into_inner())),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) => Err(client::explain(status)),
        }
    }
}

fn check_same_framework(known: &v1::Framework, wanted: &v1::Framework) -> Result<(), Failure> {
    if known.publisher != wanted.publisher {
        return Err(format!(
            "{} is of the publisher {:?}, not {:?}: give another id with --framework",
            known.name, known.publisher, wanted.publisher
        )
        .into());
    }
    let levels = |framework: &v1::Framework| -> Vec<(i32, String)> {
        framework.levels.iter().map(|level| (level.rank, level.id.clone())).collect()
    };
    if levels(known) != levels(wanted) {
        return Err(format!(
            "{} has other levels than the files: give another id with --framework",
            known.name
        )
        .into());
    }
    Ok(())
}

/// Collects the rows of an export; none if there is no parent yet.
pub async fn exported<A, M>(
    stream: Result<Response<Streaming<A>>, Status>,
    rows: fn(A) -> Vec<M>,
) -> Result<Vec<M>, Failure> {
    let mut all = Vec::new();
    let end = match stream {
        Ok(stream) => collect(stream.into_inner(), |part| all.extend(rows(part))).await,
        Err(status) => Err(status),
    };
    match end {
        Err(status) if status.code() != Code::NotFound => Err(client::explain(status)),
        _ => Ok(all),
    }
}

async fn collect<A>(mut stream: Streaming<A>, mut add: impl FnMut(A)) -> Result<(), Status> {
    while let Some(part) = stream.message().await? {
        add(part);
    }
    Ok(())
}
