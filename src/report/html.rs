//! The report as one HTML file, with nothing to load and no script.

use minijinja::{
    Environment, context,
    value::{Serde, Value},
};
use serde::Serialize;

use crate::{
    domain::{Fte, figures::Figures},
    planning::report::{
        Report, SkillLine, sentence,
        words::{date, fte, several},
    },
};

use super::{
    Failed,
    chart::Picture,
    palette,
    sections::{self, Section},
    table::{Cell, Table},
};

/// The most rows that a table of the page, or its heat map, has; the spreadsheet has them all.
const MOST_ROWS: usize = 25;

/// The most families of roles that the heat map of the page has.
const MOST_FAMILIES: usize = 12;

const STYLE: &str = include_str!("page.css");
const TEMPLATE: &str = include_str!("page.html");

/// The page. The same report gives the same text.
pub fn page(report: &Report) -> Result<String, Failed> {
    let mut environment = Environment::new();
    // A name that ends in .html is one whose values are escaped.
    environment.add_template("page.html", TEMPLATE)?;
    let about = &report.about;
    let sections = sections::sections(report)?;
    let sections: Vec<Shown> = sections.iter().map(|section| Shown::of(section, report)).collect();
    Ok(environment.get_template("page.html")?.render(context! {
        style => Value::from_safe_string(palette::css() + STYLE),
        title => &about.plan.title,
        owner => &about.owner,
        asked => &about.asked,
        period => about.period.map(date),
        as_of => date(about.as_of),
        revision => about.revision,
        headline => sentence::headline(report),
        posts => posts(report),
        cards => Value::from(Serde(cards(report))),
        sections => Value::from(Serde(sections)),
        facts => sections::facts(report),
        roles_of_technology => roles_of_technology(),
    })?)
}

/// One of the three great numbers.
#[derive(Serialize)]
struct Card {
    ink: &'static str,
    title: &'static str,
    number: String,
    what: String,
}

fn cards(report: &Report) -> Vec<Card> {
    let figures = &report.totals.figures;
    if report.totals.parts == 0 {
        return Vec::new();
    }
    let posts = &report.posts;
    let of_posts = |number: Fte, what: &str, over: &str| match number.cmp(&Fte::ZERO) {
        std::cmp::Ordering::Greater => format!("{} FTE of posts {what}", fte(number)),
        std::cmp::Ordering::Equal => format!("no posts {what}"),
        std::cmp::Ordering::Less => format!("{} FTE of posts {over}", fte(-number)),
    };
    let training = figures.below + figures.expired + figures.unassessed();
    let card = |ink: palette::Ink, title, number, what| Card {
        ink: ink.name,
        title,
        number: fte(number),
        what,
    };
    let money = of_posts(posts.needed - posts.funded, "to fund", "funded beyond need");
    let recruitment = of_posts(posts.funded - posts.in_post, "to fill", "filled beyond funding");
    let levels = format!(
        "{} below the level, {} lapsed, {} never assessed",
        fte(figures.below),
        fte(figures.expired),
        fte(figures.unassessed())
    );
    vec![
        card(palette::MONEY, "Money", figures.unfunded(), money),
        card(palette::RECRUITMENT, "Recruitment", figures.vacant(), recruitment),
        card(palette::TRAINING, "Training", training, levels),
    ]
}

/// The posts behind the skills, in a sentence.
fn posts(report: &Report) -> Option<String> {
    let posts = &report.posts;
    (posts.needed > Fte::ZERO).then(|| {
        format!(
            "A post counts once for each skill that it needs. The posts themselves are {} FTE needed, {} \
             funded and {} filled.",
            fte(posts.needed),
            fte(posts.funded),
            fte(posts.in_post)
        )
    })
}

fn roles_of_technology() -> &'static str {
    "An executive role is the one for digital where its title says digital, information, informatics, \
     technology or data. A skill is one of leadership where its category (or its title, where it has none) \
     speaks of leading, strategy, management, governance, assurance, people, stakeholders, influencing or \
     change; all others are of technology."
}

/// A section as it is shown.
#[derive(Serialize)]
struct Shown {
    id: &'static str,
    title: &'static str,
    said: String,
    shows: &'static str,
    notes: Vec<String>,
    picture: Option<Picture>,
    key: Vec<(&'static str, &'static str, String)>,
    heat: Option<Heat>,
    tables: Vec<Rows>,
}

impl Shown {
    fn of(section: &Section, report: &Report) -> Self {
        Self {
            id: section.id,
            title: section.title,
            said: section.said.clone(),
            shows: section.shows,
            notes: section.notes.clone(),
            picture: section.picture.clone(),
            key: section.key.clone(),
            heat: section.heat.then(|| Heat::of(report)),
            tables: section
                .tables
                .iter()
                .filter(|table| !table.rows.is_empty())
                .map(Rows::of)
                .collect(),
        }
    }
}

/// A table as it is shown.
#[derive(Serialize)]
struct Rows {
    caption: String,
    columns: Vec<(String, bool)>,
    rows: Vec<Vec<(String, bool)>>,
    more: Option<String>,
}

impl Rows {
    fn of(table: &Table) -> Self {
        let columns = table.columns.iter().map(|column| (column.title.clone(), column.number));
        let numbers = table.columns.iter().map(|column| column.number);
        let row = |row: &Vec<Cell>| {
            row.iter().zip(numbers.clone()).map(|(cell, number)| (cell.shown(), number)).collect()
        };
        Self {
            caption: table.caption.clone(),
            columns: columns.collect(),
            rows: table.rows.iter().take(MOST_ROWS).map(row).collect(),
            more: more(table.rows.len(), MOST_ROWS, "row", "rows"),
        }
    }
}

/// What is said of rows that are not shown.
fn more(all: usize, most: usize, one: &str, many: &str) -> Option<String> {
    (all > most)
        .then(|| format!("And {} more, in the spreadsheet.", several(all - most, one, many)))
}

/// The heat map as it is shown.
#[derive(Serialize)]
struct Heat {
    families: Vec<String>,
    rows: Vec<HeatRow>,
    more: Vec<String>,
}

#[derive(Serialize)]
struct HeatRow {
    title: String,
    cells: Vec<HeatCell>,
}

#[derive(Serialize)]
struct HeatCell {
    class: &'static str,
    says: String,
}

impl Heat {
    fn of(report: &Report) -> Self {
        let heat = &report.heat;
        let row = |line: &SkillLine| HeatRow {
            title: line.title.clone(),
            cells: std::iter::once(HeatCell::of(Some(&line.figures)))
                .chain(
                    line.cells.iter().take(MOST_FAMILIES).map(|cell| HeatCell::of(cell.as_ref())),
                )
                .collect(),
        };
        let families = more(heat.families.len(), MOST_FAMILIES, "family", "families");
        let skills = more(heat.skills.len(), MOST_ROWS, "skill", "skills");
        Self {
            families: heat.families.iter().take(MOST_FAMILIES).cloned().collect(),
            rows: heat.skills.iter().take(MOST_ROWS).map(row).collect(),
            more: skills.into_iter().chain(families).collect(),
        }
    }
}

impl HeatCell {
    fn of(figures: Option<&Figures>) -> Self {
        let Some(figures) = figures.filter(|figures| figures.needed > Fte::ZERO) else {
            return Self { class: "none", says: Cell::Nothing.shown() };
        };
        Self {
            class: match figures.coverage().unwrap_or_default() {
                1.0.. => "met",
                0.75.. => "low",
                0.5.. => "medium",
                0.25.. => "high",
                _ => "critical",
            },
            says: Cell::coverage(figures).shown(),
        }
    }
}
