//! The report as one HTML page that loads nothing and runs no script.

use minijinja::{
    AutoEscape, Environment, context,
    value::{Serde, Value},
};
use serde::Serialize;

use crate::{
    planning::report::Report,
    report::{
        RenderError,
        chart::Picture,
        heat_map::{HeatCell, HeatMap, HeatRow},
        palette,
        section::Section,
        summary,
        table::{Cell, Table},
        text::{date, several},
    },
};

/// Maximum number of rows of a table or the heat map on the page; the spreadsheet has all.
const MAX_ROWS: usize = 25;

/// Maximum number of families of roles in the heat map on the page.
const MAX_FAMILIES: usize = 12;

const STYLE: &str = include_str!("page.css");
const PAGE: &str = include_str!("page.html");
const CHART: &str = include_str!("../chart/chart.svg");

/// Renders the page. Equal reports give equal texts.
pub fn page(report: &Report, sections: &[Section]) -> Result<String, RenderError> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("page.html", PAGE)?;
    environment.add_template("chart.svg", CHART)?;
    let about = &report.about;
    let sections: Vec<SectionView> = sections.iter().map(SectionView::of).collect();
    Ok(environment.get_template("page.html")?.render(context! {
        style => Value::from_safe_string(palette::css() + STYLE),
        title => &about.plan.title,
        owner => &about.owner,
        asked => &about.asked,
        period => about.period.map(date),
        as_of => date(about.as_of),
        revision => about.revision.number(),
        headline => summary::headline(report),
        posts => summary::posts(report),
        cards => Value::from(Serde(summary::cards(report))),
        sections => Value::from(Serde(sections)),
        facts => summary::facts(report),
    })?)
}

/// A section, for the template.
#[derive(Serialize)]
struct SectionView<'a> {
    id: &'static str,
    title: &'static str,
    sentence: &'a str,
    notes: &'a [String],
    picture: Option<&'a Picture>,
    heat_map: Option<HeatMapView<'a>>,
    tables: Vec<TableView<'a>>,
}

impl<'a> SectionView<'a> {
    fn of(section: &'a Section) -> Self {
        let tables = section.tables.iter().filter(|table| table.on_page && !table.rows.is_empty());
        Self {
            id: section.id,
            title: section.title,
            sentence: &section.sentence,
            notes: &section.notes,
            picture: section.picture.as_ref(),
            heat_map: section.heat_map.as_ref().map(HeatMapView::of),
            tables: tables.map(TableView::of).collect(),
        }
    }
}

/// A table, for the template: texts, each with whether it is a number.
#[derive(Serialize)]
struct TableView<'a> {
    caption: &'static str,
    columns: Vec<(&'a str, bool)>,
    rows: Vec<Vec<(String, bool)>>,
    more: Option<String>,
}

impl<'a> TableView<'a> {
    fn of(table: &'a Table) -> Self {
        let columns = table.columns.iter().map(|column| (column.title.as_str(), column.number));
        let numbers = table.columns.iter().map(|column| column.number);
        let row = |row: &Vec<Cell>| {
            row.iter().zip(numbers.clone()).map(|(cell, number)| (cell.text(), number)).collect()
        };
        Self {
            caption: table.caption,
            columns: columns.collect(),
            rows: table.rows.iter().take(MAX_ROWS).map(row).collect(),
            more: more(table.rows.len(), MAX_ROWS, "row", "rows"),
        }
    }
}

/// The heat map, for the template; the first cell of a row covers all families.
#[derive(Serialize)]
struct HeatMapView<'a> {
    families: &'a [String],
    rows: Vec<(&'a str, Vec<&'a HeatCell>)>,
    more: Vec<String>,
}

impl<'a> HeatMapView<'a> {
    fn of(map: &'a HeatMap) -> Self {
        let row = |row: &'a HeatRow| {
            let cells = std::iter::once(&row.total).chain(row.cells.iter().take(MAX_FAMILIES));
            (row.title.as_str(), cells.collect())
        };
        let skills = more(map.rows.len(), MAX_ROWS, "skill", "skills");
        let families = more(map.families.len(), MAX_FAMILIES, "family", "families");
        Self {
            families: &map.families[..map.families.len().min(MAX_FAMILIES)],
            rows: map.rows.iter().take(MAX_ROWS).map(row).collect(),
            more: skills.into_iter().chain(families).collect(),
        }
    }
}

/// Line below a table that was cut; `None` if it was not.
fn more(all: usize, max: usize, one: &str, many: &str) -> Option<String> {
    (all > max).then(|| format!("And {} more, in the spreadsheet.", several(all - max, one, many)))
}
