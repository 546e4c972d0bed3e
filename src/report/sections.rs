//! The sections of a report: each with a heading, a picture, a plain sentence, and its tables.

mod sheets;

use crate::planning::report::{Closing, Report, ScenarioLine, sentence, words::several};

pub use sheets::{facts, sheets};

use super::{
    Failed,
    chart::Picture,
    palette::Ink,
    pictures::{self, HELD, SCENARIOS},
    table::Table,
    tables,
};

/// A section.
pub struct Section {
    /// What links lead to.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What it says, in one sentence.
    pub said: String,
    /// What else is to be known.
    pub notes: Vec<String>,
    /// What its picture shows.
    pub shows: &'static str,
    /// Its picture; none where there is nothing to show.
    pub picture: Option<Picture>,
    /// What the marks and colours of the picture stand for: the name of the colour, a letter, the words.
    pub key: Vec<(&'static str, &'static str, String)>,
    /// Whether the heat map stands here.
    pub heat: bool,
    /// Its tables.
    pub tables: Vec<Table>,
}

impl Section {
    fn new(id: &'static str, title: &'static str, shows: &'static str, said: String) -> Self {
        Self {
            id,
            title,
            said,
            shows,
            notes: Vec::new(),
            picture: None,
            key: Vec::new(),
            heat: false,
            tables: Vec::new(),
        }
    }

    /// With what `draw` draws, where there is something to show.
    fn drawn(
        mut self,
        something: bool,
        draw: impl FnOnce() -> Result<Picture, Failed>,
    ) -> Result<Self, Failed> {
        if something {
            self.picture = Some(draw()?);
        }
        Ok(self)
    }

    fn with(mut self, tables: Vec<Table>) -> Self {
        self.tables = tables;
        self
    }
}

/// The sections, in their order.
pub fn sections(report: &Report) -> Result<Vec<Section>, Failed> {
    Ok(vec![
        causes(report)?,
        heat(report),
        trend(report)?,
        outlook(report)?,
        single(report)?,
        forgotten(report)?,
        board(report)?,
        closing(report)?,
    ])
}

fn causes(report: &Report) -> Result<Section, Failed> {
    let said = sentence::waterfall(&report.totals.figures);
    let some = report.totals.parts > 0;
    let mut section = Section::new(
        "causes",
        "Why skilled people are missing",
        "Bars from what is needed down to who is skilled, in FTE",
        if some { said } else { sentence::headline(report) },
    );
    let cautions = &report.cautions;
    let notes = [
        (
            cautions.without_requirements,
            "no skill is required although the plan has a target for the role",
        ),
        (cautions.not_in_plan, "people are in post in a role that the plan has no target for"),
        (cautions.over_assessed, "more was assessed than is in post"),
    ];
    let told = notes.iter().filter(|(number, _)| *number > 0);
    section.notes = told
        .map(|(number, what)| format!("In {}, {what}.", several(*number, "place", "places")))
        .collect();
    let section = section.drawn(some, || pictures::waterfall(report))?;
    Ok(if some {
        section.with(vec![tables::waterfall(report), tables::roles(report)])
    } else {
        section
    })
}

fn heat(report: &Report) -> Section {
    let mut section = Section::new(
        "skills",
        "Which skills are missing, and where",
        "How much of each skill is there in each family of roles",
        sentence::heat(&report.heat),
    );
    section.heat = !report.heat.skills.is_empty();
    section.with(vec![tables::skills(report)])
}

fn trend(report: &Report) -> Result<Section, Failed> {
    let trends = &report.trends;
    Section::new(
        "trend",
        "How it has been changing",
        "A line of the FTE missing on each day of a gap snapshot",
        sentence::trend(trends),
    )
    .with(vec![tables::trend(report)])
    .drawn(trends.days.len() > 1, || pictures::trend(trends))
}

fn outlook(report: &Report) -> Result<Section, Failed> {
    let outlook = &report.outlook;
    let some = !outlook.periods.is_empty();
    let mut section = Section::new(
        "outlook",
        "Where it is going",
        "Lines of the FTE missing to the end of the plan, one for each scenario",
        sentence::outlook(outlook),
    );
    if some {
        section.notes = sentence::outlook_causes(outlook);
        section.notes.extend(sentence::outlook_unknown(outlook));
        let key = |(line, (letter, ink, _, how)): (&ScenarioLine, _)| {
            let (letter, how): (&'static str, &str) = (letter, how);
            let ink: Ink = ink;
            (ink.name, letter, format!("{} ({how})", line.title))
        };
        section.key = outlook.scenarios.iter().zip(SCENARIOS).map(key).collect();
        section.tables = vec![tables::outlook(outlook)];
    }
    section.drawn(some, || pictures::outlook(outlook))
}

fn single(report: &Report) -> Result<Section, Failed> {
    let points = &report.single_points;
    let mut section = Section::new(
        "single",
        "What rests on one person",
        "Bars of how many skills of roles rest on too few people, by family of roles",
        sentence::single(points),
    );
    let found = HELD.iter().filter(|(held, ..)| points.iter().any(|point| point.held == *held));
    section.key = found.map(|(_, what, ink)| (ink.name, "", format!("Skills {what}"))).collect();
    section
        .with(vec![tables::single(report)])
        .drawn(!points.is_empty(), || pictures::single(points))
}

fn forgotten(report: &Report) -> Result<Section, Failed> {
    let forgotten = &report.forgotten;
    let shows = match forgotten.roles.is_empty() {
        true => "Bars of in how many roles each forgotten skill is not required",
        false => "Bars of the FTE in post in each forgotten role, or planned for by the baseline",
    };
    let said = sentence::forgotten(forgotten);
    let mut section = Section::new("forgotten", "What the plan forgets", shows, said);
    section.notes.push(match forgotten.baseline.as_str() {
        "" => "The plan names no baseline plan, so it is measured against people in post and the catalogue \
               alone."
            .to_owned(),
        baseline => format!("The plan is measured against its baseline plan, {baseline}."),
    });
    let some = !(forgotten.roles.is_empty() && forgotten.skills.is_empty());
    section
        .with(vec![tables::forgotten_roles(report), tables::forgotten_skills(report)])
        .drawn(some, || pictures::forgotten(forgotten))
}

fn board(report: &Report) -> Result<Section, Failed> {
    let board = &report.board;
    Section::new(
        "board",
        "The board’s own digital capability",
        "Bars of how much of what the board's roles need is there, and of the double profile of the \
         executive for digital",
        sentence::board(board),
    )
    .with(vec![tables::profiles(report), tables::board(report)])
    .drawn(!board.standings.is_empty(), || pictures::board(board))
}

fn closing(report: &Report) -> Result<Section, Failed> {
    let closing = report.closing.as_ref();
    let mut section = Section::new(
        "closing",
        "What the next pound closes",
        "A line of the FTE that each budget would leave missing",
        sentence::closing(closing),
    );
    let Some(closing) = closing.filter(|closing| closing.options > 0) else { return Ok(section) };
    section.notes = certainty(closing);
    section
        .with(vec![tables::chosen(closing), tables::left(closing), tables::curve(closing)])
        .drawn(!closing.left.is_empty(), || pictures::curve(closing))
}

/// How sure it is that nothing better could be chosen.
fn certainty(closing: &Closing) -> Vec<String> {
    let mut notes = vec![match closing.proven {
        true => "No better choice exists within this budget: that is proven.".to_owned(),
        false => format!(
            "The choice is at most {:.1} % from the best that there could be.",
            closing.point.gap * 100.0
        ),
    }];
    if closing.late {
        notes.push(
            "The search for it, or for one of the other budgets, was ended by a time limit.".into(),
        );
    }
    if closing.unusable > 0 {
        notes.push(format!(
            "Of {} that are recorded, {} on no gap here.",
            several(closing.options, "measure", "measures"),
            several(closing.unusable, "falls", "fall"),
        ));
    }
    notes
}
