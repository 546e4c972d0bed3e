//! `audit-plan`: lists what a plan omits, as a table.

use std::process::ExitCode;

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};

use crate::api::v1::{self, OmissionKind, PlanOmission, plan_service_client::PlanServiceClient};

use super::{
    Failure,
    client::{self, Endpoint},
    show,
};

/// Options of `audit-plan`.
#[derive(Debug, Args)]
pub struct AuditPlan {
    /// Plan to audit: plans/ID or the id alone.
    pub plan: String,
    /// The registry to call.
    #[command(flatten)]
    pub endpoint: Endpoint,
    /// Plan to compare with: plans/ID or the id alone. Default: the plan's own baseline plan.
    #[arg(long, value_name = "PLAN")]
    pub baseline: Option<String>,
    /// Day for which people in post are counted: YYYY-MM-DD. Default: today in Europe/London.
    #[arg(long)]
    pub as_of: Option<String>,
}

pub async fn run(options: AuditPlan) -> Result<ExitCode, Failure> {
    let named = |id: &String| client::named("plans", id);
    let query = v1::PlanAuditQuery {
        plan: named(&options.plan),
        baseline_plan: options.baseline.as_ref().map(named).unwrap_or_default(),
        as_of_date: options.as_of.unwrap_or_default(),
    };
    let mut plans = PlanServiceClient::new(client::connect(&options.endpoint).await?);
    let mut all = v1::AuditPlanResponse::default();
    loop {
        let request = v1::AuditPlanRequest {
            query: Some(query.clone()),
            page_size: 1_000,
            page_token: all.next_page_token,
        };
        let page = plans.audit_plan(request).await.map_err(client::explain)?.into_inner();
        all.context = page.context;
        all.omissions.extend(page.omissions);
        all.next_page_token = page.next_page_token;
        if all.next_page_token.is_empty() {
            break;
        }
    }
    show(table(&all).as_bytes())
}

fn table(all: &v1::AuditPlanResponse) -> String {
    let context = all.context.clone().unwrap_or_default();
    let query = context.query.unwrap_or_default();
    let against = match query.baseline_plan.as_str() {
        "" => "without a baseline plan".to_owned(),
        baseline => format!("against {baseline}"),
    };
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["forgotten", "where", "of family", "in post", "why"]);
    for omission in &all.omissions {
        let what = match omission.kind() {
            OmissionKind::Skill | OmissionKind::RequiresRetiredSkill => {
                format!("{}, of {}", omission.skill_title, omission.role_title)
            }
            _ => omission.role_title.clone(),
        };
        let in_post =
            format!("{:.2} FTE, {} people", omission.in_post_fte, omission.in_post_headcount);
        table.add_row([
            what,
            omission.organisation_title.clone(),
            omission.family.clone(),
            in_post,
            why(omission),
        ]);
    }
    let retired = match context.retired_skill_count {
        0 => String::new(),
        count => format!(", {count} retired skills required"),
    };
    format!(
        "{} ({}), {against}, as of {}: {} roles and {} skills forgotten{retired}\n{table}\n",
        context.plan_title,
        query.plan,
        query.as_of_date,
        context.omitted_role_count,
        context.omitted_skill_count
    )
}

fn why(omission: &PlanOmission) -> String {
    let needed = omission.baseline_targets.iter().map(|target| {
        format!("the baseline plan needs {} by {}", target.needed_fte, target.period_end_date)
    });
    let required = omission.baseline_requirements.iter().map(|name| format!("{name} requires it"));
    let is_retired = omission.kind() == OmissionKind::RequiresRetiredSkill;
    let core = (omission.core && !is_retired).then(|| "everyone needs it".to_owned());
    let retired = is_retired.then(|| match omission.replacement.as_str() {
        "" => "it is retired".to_owned(),
        replacement => format!("it is retired and replaced by {replacement}"),
    });
    let in_post = (omission.kind() == OmissionKind::Role && omission.in_post_headcount > 0)
        .then(|| "people are in post".to_owned());
    let reasons: Vec<String> =
        in_post.into_iter().chain(core).chain(retired).chain(needed).chain(required).collect();
    reasons.join("; ")
}
