//! `gaps`: shows what is missing in a plan, and why, as a table, JSON or CSV.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};

use crate::api::v1::{
    self, AssessmentSource, GapDimension, GapFigures, GapRow, GapSeverity, StreamGapsResponse,
    gap_service_client::GapServiceClient,
};

use super::{
    Failure,
    client::{self, Endpoint, named},
    json::WholeMessage,
    show,
};

/// Options of `gaps`.
#[derive(Debug, Args)]
pub struct Gaps {
    /// Plan to analyse: plans/ID or the id alone.
    pub plan: String,
    /// The registry to call.
    #[command(flatten)]
    pub endpoint: Endpoint,
    /// Only this organisation, given by its ODS code. Repeatable. Default: all of the plan.
    #[arg(long = "organisation", value_name = "ODS")]
    pub organisations: Vec<String>,
    /// Include all organisations below those given.
    #[arg(long)]
    pub descendants: bool,
    /// Only this role family. Repeatable. Default: all.
    #[arg(long = "family")]
    pub families: Vec<String>,
    /// Day for which staffing and assessments are counted: YYYY-MM-DD. Default: today in Europe/London.
    #[arg(long)]
    pub as_of: Option<String>,
    /// Only this period of the plan: its last day, YYYY-MM-DD, or - for every period. Repeatable.
    /// Default: the earliest period that has not ended.
    #[arg(long = "period", value_name = "DATE", allow_hyphen_values = true)]
    pub periods: Vec<String>,
    /// Only assessments of this source count: self, manager, assessor, test, certificate, course or
    /// system. Repeatable. Default: all.
    #[arg(long = "assessment-source", value_name = "SOURCE", value_parser = source)]
    pub assessment_sources: Vec<AssessmentSource>,
    /// Sum the gaps by this dimension. Repeatable. Default: one row for each organisation, role,
    /// period and skill.
    #[arg(long, value_enum)]
    pub group_by: Vec<GroupBy>,
    /// Order of the rows, such as `coverage, needed_fte desc`.
    #[arg(long, default_value = "")]
    pub order_by: String,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// Dimensions that gaps can be summed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GroupBy {
    /// By organisation.
    Organisation,
    /// By region of the organisation.
    Region,
    /// By role.
    Role,
    /// By role family.
    Family,
    /// By skill.
    Skill,
    /// By category of the skill.
    Category,
    /// By period.
    Period,
}

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people.
    Table,
    /// One StreamGapsResponse with the whole result, as protobuf's JSON with every field.
    Json,
    /// A heading, then one line for each gap.
    Csv,
}

pub async fn run(options: Gaps) -> Result<ExitCode, Failure> {
    let channel = client::connect(&options.endpoint).await?;
    let request = v1::StreamGapsRequest { query: Some(query(&options)), ..Default::default() };
    let mut gaps = GapServiceClient::new(channel);
    let stream = gaps.stream_gaps(request).await.map_err(client::explain)?;
    let mut stream = stream.into_inner();
    let mut all = StreamGapsResponse::default();
    while let Some(message) = stream.message().await.map_err(client::explain)? {
        all.context = all.context.or(message.context);
        all.totals = all.totals.or(message.totals);
        all.period_totals.extend(message.period_totals);
        all.warnings.extend(message.warnings);
        all.rows.extend(message.rows);
    }
    let shown = match options.format {
        Format::Table => table(&all).into_bytes(),
        Format::Json => json(&all)?,
        Format::Csv => csv(&all.rows)?,
    };
    show(&shown)
}

fn query(options: &Gaps) -> v1::GapQuery {
    let organisations = options.organisations.iter();
    v1::GapQuery {
        plan: named("plans", &options.plan),
        organisations: organisations.map(|id| named("organisations", id)).collect(),
        include_descendants: options.descendants,
        families: options.families.clone(),
        period_end_dates: options.periods.clone(),
        as_of_date: options.as_of.clone().unwrap_or_default(),
        group_by: options.group_by.iter().map(|by| dimension(*by) as i32).collect(),
        order_by: options.order_by.clone(),
        assessment_sources: options.assessment_sources.iter().map(|s| *s as i32).collect(),
        ..v1::GapQuery::default()
    }
}

/// Reads the source of assessments that an option names.
fn source(text: &str) -> Result<AssessmentSource, &'static str> {
    AssessmentSource::from_str_name(&format!("ASSESSMENT_SOURCE_{}", text.to_uppercase()))
        .filter(|source| *source != AssessmentSource::Unspecified)
        .ok_or("must be self, manager, assessor, test, certificate, course or system")
}

fn dimension(by: GroupBy) -> GapDimension {
    match by {
        GroupBy::Organisation => GapDimension::Organisation,
        GroupBy::Region => GapDimension::Region,
        GroupBy::Role => GapDimension::Role,
        GroupBy::Family => GapDimension::Family,
        GroupBy::Skill => GapDimension::Skill,
        GroupBy::Category => GapDimension::Category,
        GroupBy::Period => GapDimension::Period,
    }
}

fn json(all: &StreamGapsResponse) -> Result<Vec<u8>, Failure> {
    let mut text = serde_json::to_vec_pretty(&WholeMessage::of(all)?)?;
    text.push(b'\n');
    Ok(text)
}

/// Returns the named figures of a row in FTE, with the terms of the waterfall in its order.
fn amounts(figures: &GapFigures) -> [(&'static str, f64); 16] {
    [
        ("needed_fte", figures.needed_fte),
        ("funded_fte", figures.funded_fte),
        ("in_post_fte", figures.in_post_fte),
        ("skilled_fte", figures.skilled_fte),
        ("unfunded_fte", figures.unfunded_fte),
        ("vacant_fte", figures.vacant_fte),
        ("below_fte", figures.below_fte),
        ("expired_fte", figures.expired_fte),
        ("unassessed_fte", figures.unassessed_fte),
        ("shortfall_fte", figures.shortfall_fte),
        ("unfunded_shortfall_fte", figures.unfunded_shortfall_fte),
        ("vacant_shortfall_fte", figures.vacant_shortfall_fte),
        ("below_shortfall_fte", figures.below_shortfall_fte),
        ("expired_shortfall_fte", figures.expired_shortfall_fte),
        ("unassessed_shortfall_fte", figures.unassessed_shortfall_fte),
        ("surplus_fte", figures.surplus_fte),
    ]
}

fn csv(rows: &[GapRow]) -> Result<Vec<u8>, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let figures = amounts(&GapFigures::default());
    let heading = [
        "organisation",
        "organisation_title",
        "region_code",
        "role",
        "role_title",
        "family",
        "skill",
        "skill_title",
        "category",
        "period_end_date",
    ];
    let figures = figures.iter().map(|(name, _)| *name);
    let rest = ["coverage", "coverage_upper_bound", "severity", "priority", "holders"];
    writer.write_record(heading.into_iter().chain(figures).chain(rest))?;
    for row in rows {
        let figures = row.figures.unwrap_or_default();
        let key = [
            &row.organisation,
            &row.organisation_title,
            &row.region_code,
            &row.role,
            &row.role_title,
            &row.family,
            &row.skill,
            &row.skill_title,
            &row.category,
            &row.period_end_date,
        ];
        let optional = |value: Option<f64>| value.map_or_else(String::new, |v| v.to_string());
        let rest = [
            optional(figures.coverage),
            optional(figures.coverage_upper_bound),
            severity(&figures),
            figures.priority.to_string(),
            figures.holders.map_or_else(String::new, |holders| holders.to_string()),
        ];
        let numbers = amounts(&figures).map(|(_, fte)| fte.to_string());
        writer.write_record(key.into_iter().chain(&numbers).chain(&rest))?;
    }
    Ok(writer.into_inner()?)
}

fn severity(figures: &GapFigures) -> String {
    match figures.severity() {
        GapSeverity::Unspecified => String::new(),
        severity => severity.as_str_name().trim_start_matches("GAP_SEVERITY_").to_owned(),
    }
}

fn table(all: &StreamGapsResponse) -> String {
    let mut text = heading(all);
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    let keys: Vec<[String; 4]> = all.rows.iter().map(key).collect();
    // A column whose value is the same in every row is left out.
    let differs = |column: &usize| keys.iter().any(|key| key[*column] != keys[0][*column]);
    let columns: Vec<usize> = (0..4).filter(differs).collect();
    let headings = ["where", "role", "skill", "period"];
    let figures = [
        "needed",
        "skilled",
        "unfunded",
        "vacant",
        "below",
        "expired",
        "unassessed",
        "shortfall",
        "cover",
        "severity",
    ];
    table.set_header(columns.iter().map(|column| headings[*column]).chain(figures));
    for (key, row) in keys.iter().zip(&all.rows) {
        let key = columns.iter().map(|column| key[*column].clone());
        table.add_row(key.chain(line(&row.figures.unwrap_or_default())));
    }
    // A stock is not summed over time: of several periods each has its own line.
    let of_all = all.totals.map(|totals| (String::new(), totals));
    let of_periods = (all.period_totals.iter())
        .filter_map(|period| Some((period.period_end_date.clone(), period.totals?)));
    for (period, totals) in of_all.into_iter().chain(of_periods) {
        let key = columns.iter().enumerate().map(|(place, column)| match (place, column) {
            (_, 3) if !period.is_empty() => period.clone(),
            (0, _) => "all".to_owned(),
            _ => String::new(),
        });
        table.add_row(key.chain(line(&totals.figures.unwrap_or_default())));
    }
    for column in columns.len()..columns.len() + 9 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    text.push_str(&format!("{table}\n"));
    text.push_str("shortfall = unfunded (money) + vacant (recruitment) + below + expired + unassessed (training)\n");
    for warning in &all.warnings {
        text.push_str(&warning_line(warning));
    }
    text
}

fn heading(all: &StreamGapsResponse) -> String {
    let context = all.context.clone().unwrap_or_default();
    let (plan, query) = (context.plan.unwrap_or_default(), context.query.unwrap_or_default());
    let state = plan.state().as_str_name().trim_start_matches("PLAN_STATE_").to_lowercase();
    format!(
        "{} ({}, {state}), period {} as of {}\n",
        plan.title,
        plan.name,
        query.period_end_dates.join(", "),
        query.as_of_date
    )
}

/// Returns the texts that identify a row: where, role, skill and period.
fn key(row: &GapRow) -> [String; 4] {
    let either = |title: &String, code: &String| match title.is_empty() {
        true => code.clone(),
        false => title.clone(),
    };
    [
        either(&row.organisation_title, &row.region_code),
        either(&row.role_title, &row.family),
        either(&row.skill_title, &row.category),
        row.period_end_date.clone(),
    ]
}

/// Returns the cells of a line: what is needed, who is skilled, and the shortfall after its causes.
fn line(figures: &GapFigures) -> impl Iterator<Item = String> {
    let fte = |fte: f64| format!("{fte:.2}");
    let numbers = [
        figures.needed_fte,
        figures.skilled_fte,
        figures.unfunded_shortfall_fte,
        figures.vacant_shortfall_fte,
        figures.below_shortfall_fte,
        figures.expired_shortfall_fte,
        figures.unassessed_shortfall_fte,
        figures.shortfall_fte,
    ];
    let coverage = figures.coverage.map_or_else(String::new, |c| format!("{:.0} %", c * 100.0));
    numbers.map(fte).into_iter().chain([coverage, severity(figures)])
}

fn warning_line(warning: &v1::GapWarning) -> String {
    let what = match warning.kind() {
        v1::GapWarningKind::Unspecified => "",
        v1::GapWarningKind::NothingSelected => {
            let name = if warning.name.is_empty() { "this query" } else { &warning.name };
            return format!("! the plan has no target for {name}\n");
        }
        v1::GapWarningKind::RoleWithoutRequirements => "needed, but the role has no requirements",
        v1::GapWarningKind::RoleNotInPlan => "in post, but the role is not in the plan",
        v1::GapWarningKind::OverAssessed => "assessed in excess of those in post",
        v1::GapWarningKind::GroupSplitIncomplete => "left out of the newest assessments of groups",
        v1::GapWarningKind::RequirementOfRetiredSkill => "needed, but the skill is retired",
    };
    let v1::GapWarning { organisation, role, skill, fte, replacement, .. } = warning;
    let replaced = if replacement.is_empty() { "" } else { ", replaced by " };
    format!("! {organisation} {role} {skill}: {fte} FTE {what}{replaced}{replacement}\n")
}
