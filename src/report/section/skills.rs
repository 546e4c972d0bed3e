//! The missing skills, by family of roles.

use crate::{
    domain::{Fte, figures::Figures},
    planning::report::{Report, SkillLine, SkillMap},
    report::{
        heat_map::{HeatCell, HeatMap, HeatRow},
        table::{Cell, Column, FIGURES, Table, figures},
        text::{counted, family, family_in_sentence, fte},
    },
};

use super::Section;

pub fn section(report: &Report) -> Section {
    let map = &report.skills;
    Section {
        id: "skills",
        label: "Skills",
        title: "Which skills are missing, and where",
        sentence: sentence(map),
        heat_map: (!map.skills.is_empty()).then(|| heat_map(map)),
        tables: vec![by_family(map).on_page(false), skills(map)],
        ..Section::default()
    }
}

/// Names the skill with the greatest shortfall, and the family with most of it.
fn sentence(map: &SkillMap) -> String {
    let Some(worst) = map.skills.first() else {
        return "No skill is required yet: record which skills the roles of the plan require."
            .to_owned();
    };
    let met = map.skills.iter().filter(|line| line.figures.shortfall == Fte::ZERO).count();
    if met == map.skills.len() {
        let all = match met {
            1 => "The one required skill is".to_owned(),
            met => format!("All {} required skills are", counted(met)),
        };
        return format!("{all} covered in every family of roles.");
    }
    let shortfall = |cell: &Option<Figures>| cell.as_ref().map_or(Fte::ZERO, |cell| cell.shortfall);
    let most = map.cells_of(worst).max_by(|a, b| {
        // Equal shortfalls are ordered by title.
        shortfall(a.1).cmp(&shortfall(b.1)).then_with(|| family(b.0).cmp(&family(a.0)))
    });
    let most = most.map_or_else(String::new, |(name, cell)| {
        let roles = family_in_sentence(name);
        match shortfall(cell) {
            all if all == worst.figures.shortfall => format!(", all of them in {roles} roles"),
            some => format!(", {} of them in {roles} roles", fte(some)),
        }
    });
    let covered = match met {
        0 => "no skill is".to_owned(),
        1 => format!("1 of {} skills is", counted(map.skills.len())),
        met => format!("{} of {} skills are", counted(met), counted(map.skills.len())),
    };
    format!(
        "The greatest gap is in {}: {} of {} FTE are missing{most}; {covered} covered everywhere.",
        worst.title,
        fte(worst.figures.shortfall),
        fte(worst.figures.needed),
    )
}

fn heat_map(map: &SkillMap) -> HeatMap {
    let row = |line: &SkillLine| HeatRow {
        title: line.title.clone(),
        total: HeatCell::of(Some(&line.figures)),
        cells: line.cells.iter().map(|cell| HeatCell::of(cell.as_ref())).collect(),
    };
    HeatMap {
        families: map.families.iter().map(|name| family(name)).collect(),
        rows: map.skills.iter().map(row).collect(),
    }
}

fn by_family(map: &SkillMap) -> Table {
    let mut table = Table::new(
        "Skill by family",
        "Coverage of what is needed, by skill and family of roles",
        &["Skill", "#All families"],
    );
    let families = map.families.iter().map(|name| Column { title: family(name), number: true });
    table.columns.extend(families);
    let cell = |cell: &Option<Figures>| cell.as_ref().map_or(Cell::Empty, Cell::coverage);
    table.with(map.skills.iter().map(|line| {
        let key = [Cell::from(&line.title), Cell::coverage(&line.figures)];
        key.into_iter().chain(line.cells.iter().map(cell)).collect()
    }))
}

fn skills(map: &SkillMap) -> Table {
    let columns: Vec<&str> = ["Skill"].into_iter().chain(FIGURES).chain(["Id"]).collect();
    let row = |line: &SkillLine| {
        let (title, id) = (Cell::from(&line.title), Cell::from(&line.id));
        [title].into_iter().chain(figures(&line.figures)).chain([id]).collect()
    };
    Table::new("Skills", "Skills by what is missing, in FTE", &columns)
        .with(map.skills.iter().map(row))
}
