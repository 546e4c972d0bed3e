//! The board's own digital capability.

use crate::{
    domain::{Fte, figures::Figures},
    planning::report::{Board, BoardSkill, Profile, Report, Side},
    report::{
        chart::{Bar, Picture, bars},
        palette::{BLUE, Ink, MUTED, SKILLED, TRAINING},
        table::{Cell, Table},
        text::{fte, list, share},
    },
};

use super::{MAX_BARS, Section};

pub fn section(report: &Report) -> Section {
    let board = &report.board;
    Section {
        id: "board",
        label: "Board",
        title: "The board’s own digital capability",
        sentence: sentence(board),
        picture: (!board.skills.is_empty()).then(|| picture(board)),
        tables: vec![profiles(&board.profiles), skills(&board.skills)],
        ..Section::default()
    }
}

/// Says what executives, non-executives and the first digital executive cover.
fn sentence(board: &Board) -> String {
    let (executive, non_executive) = (&board.executive, &board.non_executive);
    if executive.is_none() && non_executive.is_none() {
        return match board.without_requirements.as_slice() {
            [] => "The plan has no target for any board role, executive or non-executive: that is itself a \
                   finding, because it does not say who leads on digital."
                .to_owned(),
            roles => format!(
                "The plan requires no digital skill of the board's own roles ({}): record what they need.",
                list(roles, 3)
            ),
        };
    }
    let directors = |figures: &Option<Figures>, who: &str| match figures {
        None => format!("no skill is required of {who}"),
        Some(figures) => format!(
            "{who} have {} of the {} skilled FTE needed",
            fte(figures.covered),
            fte(figures.needed)
        ),
    };
    let sentence = format!(
        "{}, and {}; {}",
        directors(executive, "executive directors"),
        directors(non_executive, "non-executive directors"),
        profile(board.profiles.first())
    );
    let mut letters = sentence.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

fn profile(profile: Option<&Profile>) -> String {
    let Some(profile) = profile else {
        return "the plan has no executive for digital and information, which is itself a finding."
            .to_owned();
    };
    let title = &profile.role;
    let covered = |figures: &Figures| match figures.shortfall {
        Fte::ZERO => "all".to_owned(),
        _ => share(figures.covered, figures.needed),
    };
    if profile.in_post == Fte::ZERO && profile.sides.iter().any(Option::is_some) {
        return format!(
            "the post of {title}, which combines leadership and technology, is vacant."
        );
    }
    match &profile.sides {
        [Some(leadership), Some(technology)] => format!(
            "the {title} covers {} of the leadership and {} of the technology that the role requires.",
            covered(leadership),
            covered(technology),
        ),
        [Some(leadership), None] => format!(
            "the {title} covers {} of the leadership that the role requires, and no technology is required.",
            covered(leadership),
        ),
        [None, Some(technology)] => format!(
            "the {title} covers {} of the technology that the role requires, and no leadership is required.",
            covered(technology),
        ),
        [None, None] => format!("nothing is required of the {title}: record what the role needs."),
    }
}

fn name(side: Side) -> &'static str {
    match side {
        Side::Leadership => "Leadership",
        Side::Technology => "Technology",
    }
}

fn picture(board: &Board) -> Picture {
    let bar = |label: String, figures: Option<&Figures>, ink: Ink| match figures {
        Some(figures) => Bar::plain(
            &label,
            figures.coverage().unwrap_or_default() * 100.0,
            ink,
            share(figures.covered, figures.needed),
        ),
        None => Bar::plain(&label, 0.0, MUTED, "not required".to_owned()),
    };
    let mut all = vec![
        bar("Executive directors".to_owned(), board.executive.as_ref(), BLUE),
        bar("Non-executive directors".to_owned(), board.non_executive.as_ref(), BLUE),
    ];
    for profile in board.profiles.iter().take(MAX_BARS / 2) {
        for (side, figures) in Side::ALL.into_iter().zip(&profile.sides) {
            let ink = if side == Side::Leadership { SKILLED } else { TRAINING };
            let label = match board.profiles.len() {
                1 => format!("Digital executive: {}", name(side).to_lowercase()),
                _ => format!("{}: {}", name(side), profile.role),
            };
            all.push(bar(label, figures.as_ref(), ink));
        }
    }
    let description = "Bars of the coverage of what the board's roles need, and of the double profile of \
                       the executive for digital";
    bars(description, &all, 100.0)
}

fn profiles(profiles: &[Profile]) -> Table {
    let columns = ["Role", "Side", "#Needed", "#Skilled", "#Coverage"];
    let rows = |profile: &Profile| {
        let role = profile.role.clone();
        let sides = Side::ALL.into_iter().zip(profile.sides.clone());
        sides.map(move |(side, figures)| {
            let cells = figures.map_or([Cell::Empty, Cell::Empty, Cell::Empty], |figures| {
                [figures.needed.into(), figures.skilled.into(), Cell::coverage(&figures)]
            });
            [(&role).into(), name(side).into()].into_iter().chain(cells).collect()
        })
    };
    Table::new("Double profile", "The executive for digital: leader and technologist", &columns)
        .with(profiles.iter().flat_map(rows))
}

fn skills(skills: &[BoardSkill]) -> Table {
    let columns =
        ["Role", "Of the board", "Skill", "Of", "#Needed", "#Skilled", "#Missing", "#Coverage"];
    let row = |skill: &BoardSkill| {
        let figures = &skill.figures;
        vec![
            (&skill.role).into(),
            if skill.non_executive { "Non-executive" } else { "Executive" }.into(),
            (&skill.skill).into(),
            name(skill.side).into(),
            figures.needed.into(),
            figures.skilled.into(),
            figures.shortfall.into(),
            Cell::coverage(figures),
        ]
    };
    Table::new("Board", "What the board's own roles require, in FTE", &columns)
        .with(skills.iter().map(row))
}
