//! The sample: a small made-up trust, loaded through the service itself.

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage};
use serde_json::Value;
use tonic::{Request, transport::Channel};

use crate::api::{
    DESCRIPTORS,
    client::Importable,
    v1::{
        self, framework_service_client::FrameworkServiceClient,
        gap_service_client::GapServiceClient,
        gap_snapshot_service_client::GapSnapshotServiceClient,
        plan_service_client::PlanServiceClient,
    },
};

use super::{
    Failure,
    client::{self, Endpoint},
    import::{Report, SourcedRow, Upload},
};

/// The resources by resource type, as protobuf's JSON.
const SAMPLE: &str = include_str!("sample.json");

/// The principals that write and approve the sample's plan.
const AUTHOR: &str = "sample.planner";
const APPROVER: &str = "sample.director";

/// Days on which the gaps of the plan are recorded.
const RECORDED: [&str; 7] = [
    "2026-04-30",
    "2026-05-31",
    "2026-06-30",
    "2026-07-31",
    "2026-08-31",
    "2026-09-30",
    "2026-10-31",
];

/// Loads the sample and returns the name of its plan. Loading it again changes nothing.
pub async fn load(endpoint: &Endpoint) -> Result<String, Failure> {
    let channel = client::connect(endpoint).await?;
    let sample: Value = serde_json::from_str(SAMPLE)?;
    let mut report = Report::default();
    load_resources::<v1::Organisation>(&channel, &sample, "", &mut report).await?;
    load_resources::<v1::Framework>(&channel, &sample, "", &mut report).await?;
    load_resources::<v1::Skill>(&channel, &sample, "frameworks/-", &mut report).await?;
    publish_frameworks(&channel, &sample).await?;
    load_resources::<v1::Role>(&channel, &sample, "", &mut report).await?;
    load_resources::<v1::Staffing>(&channel, &sample, "organisations/-", &mut report).await?;
    load_resources::<v1::Movement>(&channel, &sample, "organisations/-", &mut report).await?;
    load_resources::<v1::Assessment>(&channel, &sample, "organisations/-", &mut report).await?;
    load_resources::<v1::Plan>(&channel, &sample, "", &mut report).await?;
    load_resources::<v1::Requirement>(&channel, &sample, "-", &mut report).await?;
    load_resources::<v1::Target>(&channel, &sample, "plans/-", &mut report).await?;
    load_resources::<v1::ClosureOption>(&channel, &sample, "", &mut report).await?;
    if let Some(rejected) = report.rejected().first() {
        return Err(format!("the sample was not accepted: {rejected}").into());
    }
    let plan = approve(&channel, &sample).await?;
    record(&channel, &plan).await?;
    Ok(plan)
}

async fn load_resources<M: Importable>(
    channel: &Channel,
    sample: &Value,
    parent: &str,
    report: &mut Report,
) -> Result<(), Failure> {
    let rows: Vec<M> = read(&DESCRIPTORS, sample, M::TYPE.title())?;
    let rows = rows.into_iter().map(|row| SourcedRow::whole("sample.json", row)).collect();
    Upload { channel, principal: AUTHOR, parent, dry_run: None }.send(rows, report).await
}

/// Reads the sample's resources of one type.
fn read<M: Message + Default>(
    descriptors: &DescriptorPool,
    sample: &Value,
    title: &str,
) -> Result<Vec<M>, Failure> {
    let descriptor = descriptors
        .get_message_by_name(&format!("digitalskills.v1.{title}"))
        .ok_or_else(|| format!("there is no message {title}"))?;
    let rows = sample.get(title).and_then(Value::as_array);
    let row = |row: &Value| -> Result<M, Failure> {
        let message = DynamicMessage::deserialize(descriptor.clone(), row)
            .map_err(|error| format!("{title} in the sample: {error}"))?;
        Ok(message.transcode_to()?)
    };
    rows.into_iter().flatten().map(row).collect()
}

async fn publish_frameworks(channel: &Channel, sample: &Value) -> Result<(), Failure> {
    let mut frameworks = FrameworkServiceClient::new(channel.clone());
    for v1::Framework { name, .. } in read(&DESCRIPTORS, sample, "Framework")? {
        let get = v1::GetFrameworkRequest { name: name.clone(), ..Default::default() };
        let framework = frameworks.get_framework(get).await.map_err(client::explain)?;
        if framework.into_inner().state() == v1::FrameworkState::Draft {
            let publish = v1::PublishFrameworkRequest { name, ..Default::default() };
            frameworks.publish_framework(publish).await.map_err(client::explain)?;
        }
    }
    Ok(())
}

/// Takes the plan from draft to approved, each transition by the principal that may make it. Returns
/// its name.
async fn approve(channel: &Channel, sample: &Value) -> Result<String, Failure> {
    let mut plans = PlanServiceClient::new(channel.clone());
    let plan = read::<v1::Plan>(&DESCRIPTORS, sample, "Plan")?.pop();
    let name = plan.ok_or("the sample has no plan")?.name;
    let get = v1::GetPlanRequest { name: name.clone(), ..Default::default() };
    let mut state = plans.get_plan(get).await.map_err(client::explain)?.into_inner().state();
    let etag = String::new;
    if state == v1::PlanState::Draft {
        let submit =
            v1::SubmitPlanRequest { name: name.clone(), etag: etag(), ..Default::default() };
        let plan = plans.submit_plan(by(AUTHOR, submit)?).await.map_err(client::explain)?;
        state = plan.into_inner().state();
    }
    if state == v1::PlanState::Submitted {
        let approve =
            v1::ApprovePlanRequest { name: name.clone(), etag: etag(), ..Default::default() };
        plans.approve_plan(by(APPROVER, approve)?).await.map_err(client::explain)?;
    }
    Ok(name)
}

/// Records the gaps of the plan month by month, unless some are recorded already.
async fn record(channel: &Channel, plan: &str) -> Result<(), Failure> {
    let mut gap_snapshots = GapSnapshotServiceClient::new(channel.clone());
    let list =
        v1::ListGapSnapshotsRequest { parent: plan.to_owned(), page_size: 1, ..Default::default() };
    let any = gap_snapshots.list_gap_snapshots(list).await.map_err(client::explain)?;
    if !any.into_inner().gap_snapshots.is_empty() {
        return Ok(());
    }
    let mut gaps = GapServiceClient::new(channel.clone());
    for day in RECORDED {
        let (plan, as_of_date) = (plan.to_owned(), day.to_owned());
        let query = v1::GapQuery { plan, as_of_date, ..Default::default() };
        let record = v1::RecordGapsRequest { query: Some(query), ..Default::default() };
        gaps.record_gaps(by(AUTHOR, record)?).await.map_err(client::explain)?;
    }
    Ok(())
}

fn by<T>(principal: &'static str, message: T) -> Result<Request<T>, Failure> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("registry-caller", principal.parse()?);
    Ok(request)
}
