//! The sentences of what is found beside the gap itself, and of what can be done.

use crate::{
    domain::{Fte, figures::Figures},
    planning::report::{
        Board, Closing, Forgotten, Held, Omitted, Profile, SinglePoint,
        words::{fte, list, money, several, share},
    },
};

/// What rests on too few.
pub fn single(points: &[SinglePoint]) -> String {
    let Some(first) = points.first() else {
        return "No required skill rests on a single person.".to_owned();
    };
    let held = |held: Held| points.iter().filter(|point| point.held == held).count();
    let parts = [
        (Held::ByNobody, ["is held by nobody", "are held by nobody"]),
        (Held::ByOne, ["is held by one person alone", "are held by one person alone"]),
        (
            Held::ByTooFew,
            [
                "is held by fewer people than it should be",
                "are held by fewer people than they should be",
            ],
        ),
    ];
    let parts = parts.into_iter().map(|(of, [one, more])| (held(of), one, more));
    let parts: Vec<String> = parts
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, more)| several(number, one, more))
        .collect();
    format!(
        "{} could fail with one absence: {}; begin with {} ({}).",
        several(points.len(), "skill of a role", "skills of roles"),
        list(&parts, 3),
        first.skill,
        first.role,
    )
}

/// What the plan forgets.
pub fn forgotten(forgotten: &Forgotten) -> String {
    let Forgotten { roles, skills, .. } = forgotten;
    let in_post: Fte = roles.iter().map(|omitted| omitted.in_post).sum();
    let named = |omitted: &[Omitted], title: fn(&Omitted) -> &String| {
        let mut names: Vec<String> = Vec::new();
        for omitted in omitted {
            if !names.contains(title(omitted)) {
                names.push(title(omitted).clone());
            }
        }
        list(&names, 3)
    };
    let of_roles = format!(
        "The plan has no target for {} with {} FTE in post: {}",
        several(roles.len(), "digital role", "digital roles"),
        fte(in_post),
        named(roles, |omitted| &omitted.role),
    );
    let of_skills = || {
        format!(
            "does not require {} that the baseline plan or the catalogue asks for: {}",
            several(skills.len(), "skill of a role", "skills of roles"),
            named(skills, |omitted| &omitted.skill),
        )
    };
    match (roles.is_empty(), skills.is_empty()) {
        (true, true) => {
            "The plan forgets no digital role with people in post, and no skill that its baseline \
                         plan or the catalogue asks for."
                .to_owned()
        }
        (false, true) => format!("{of_roles}."),
        (true, false) => format!("The plan {}.", of_skills()),
        (false, false) => format!("{of_roles}; and it {}.", of_skills()),
    }
}

/// How the board itself stands.
pub fn board(board: &Board) -> String {
    let (executive, non_executive) = (&board.executive, &board.non_executive);
    if executive.is_none() && non_executive.is_none() {
        return match board.without_requirements.as_slice() {
            [] => "The plan has no target for any board role, executive or non-executive: that itself is a \
                   finding, for who leads on digital is then not planned."
                .to_owned(),
            roles => format!(
                "The plan asks no digital skill of the board's own roles ({}): record what they require.",
                list(roles, 3)
            ),
        };
    }
    let of = |figures: &Option<Figures>, who: &str| match figures {
        None => format!("no skill is asked of {who}"),
        Some(figures) => format!(
            "{who} have {} of the {} skilled FTE needed",
            fte(figures.covered),
            fte(figures.needed)
        ),
    };
    let sentence = format!(
        "{}, and {}; {}",
        of(executive, "executive directors"),
        of(non_executive, "non-executive directors"),
        profiles(&board.profiles)
    );
    let mut letters = sentence.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

fn profiles(profiles: &[Profile]) -> String {
    let Some(profile) = profiles.first() else {
        return "the plan has no executive for digital and information, which itself is a finding."
            .to_owned();
    };
    let title = &profile.role;
    let covered = |figures: &Figures| match figures.shortfall {
        Fte::ZERO => "all".to_owned(),
        _ => share(figures.covered, figures.needed),
    };
    if profile.in_post == Fte::ZERO && profile.sides.iter().any(Option::is_some) {
        return format!(
            "the post of {title}, who is to join leadership and technology, is not filled."
        );
    }
    match &profile.sides {
        [Some(leadership), Some(technology)] => format!(
            "the {title} covers {} of the leadership and {} of the technology that the role asks for.",
            covered(leadership),
            covered(technology),
        ),
        [Some(leadership), None] => format!(
            "the {title} covers {} of the leadership that the role asks for, which asks for no technology.",
            covered(leadership),
        ),
        [None, Some(technology)] => format!(
            "the {title} covers {} of the technology that the role asks for, which asks for no leadership.",
            covered(technology),
        ),
        [None, None] => format!("nothing is asked of the {title}: record what the role requires."),
    }
}

/// What a budget closes.
pub fn closing(closing: Option<&Closing>) -> String {
    let Some(closing) = closing else {
        return "There are too many ways to close the gaps of so many organisations to choose among: ask for \
                the report of fewer organisations."
            .to_owned();
    };
    let point = &closing.point;
    if closing.shortfall == Fte::ZERO {
        return "Nothing is missing, so no money is needed to close a gap.".to_owned();
    }
    if closing.options == 0 {
        return "No way to close a gap is recorded: record options, such as a course, an assessment or a \
                recruitment campaign, each with its cost and what it brings."
            .to_owned();
    }
    let next = match closing.next {
        Fte::ZERO => "the next £10,000 would gain nothing more".to_owned(),
        next => format!("the next £10,000 would gain {} more", fte(next)),
    };
    if closing.chosen.is_empty() {
        return format!("Nothing can be closed for {}; {next}.", money(point.budget));
    }
    format!(
        "Of {}, {} well spent on {} gains {} skilled FTE and leaves {} of {} missing; {next}.",
        money(point.budget),
        money(point.cost),
        several(closing.chosen.len(), "measure", "measures"),
        fte(point.gained),
        fte(point.left),
        fte(closing.shortfall),
    )
}
