//! The plain sentences of a report, made from its figures: what a member of a board who is no digital
//! specialist can act on.

use crate::domain::{Fte, analysis::Figures};

use super::{
    Board, Closing, Forgotten, Heat, Held, Omitted, Outlook, Profile, Report, SinglePoint, Trends,
    words::{count, date, family_last, fte, list, money, several, share},
};

/// How many skilled FTE are needed and there.
pub fn headline(report: &Report) -> String {
    let Some(period) = report.about.period else {
        return "The plan has no targets here, so there is no gap to show: record which roles it needs, how \
                many full-time equivalents of each, and by when."
            .to_owned();
    };
    let figures = &report.totals.figures;
    let by = date(period);
    match (report.totals.parts, figures.needed, figures.shortfall) {
        (0, ..) => "The plan's targets ask for no skill, so there is no gap to show: record which skills its \
                    roles require."
            .to_owned(),
        (_, Fte::ZERO, _) => format!("The plan needs nobody by {by}, so there is no gap."),
        (_, needed, Fte::ZERO) => {
            format!("All of the {} skilled FTE that the plan needs by {by} are there.", fte(needed))
        }
        (_, needed, shortfall) => format!(
            "By {by} the plan needs {} skilled FTE and {} are there ({}): {} are missing.",
            fte(needed),
            fte(figures.covered),
            share(figures.covered, needed),
            fte(shortfall),
        ),
    }
}

/// Which cause is the greatest, and so what closes most of it.
pub fn waterfall(figures: &Figures) -> String {
    let training = figures.below + figures.expired + figures.unassessed();
    let (money, recruitment) = (figures.unfunded(), figures.vacant());
    let more = match figures.surplus {
        Fte::ZERO => String::new(),
        surplus => format!(
            " Elsewhere {} FTE more are skilled than needed, which makes up for none of it.",
            fte(surplus)
        ),
    };
    if figures.shortfall == Fte::ZERO {
        return format!(
            "Nothing is missing: no money, no recruitment and no training is needed.{more}"
        );
    }
    let unassessed = figures.unassessed();
    let first = match unassessed > Fte::ZERO && unassessed >= figures.below + figures.expired {
        true => format!(", beginning with the {} FTE who were never assessed", fte(unassessed)),
        false => String::new(),
    };
    let sentence = if training >= recruitment && training >= money {
        format!(
            "Training and assessing people who are already in post closes most of it: {}, against {} to \
             recruit and {} to fund{first}.",
            amount(training),
            amount(recruitment),
            amount(money),
        )
    } else if recruitment >= money {
        format!(
            "Filling posts that are already funded closes most of it: {}, against {} to train or assess and \
             {} to fund.",
            amount(recruitment),
            amount(training),
            amount(money),
        )
    } else {
        format!(
            "Money for posts closes most of it: {} are needed and not funded, against {} to recruit and {} \
             to train or assess.",
            amount(money),
            amount(recruitment),
            amount(training),
        )
    };
    sentence + &more
}

/// FTE, or that there is none.
fn amount(number: Fte) -> String {
    match number > Fte::ZERO {
        true => format!("{} FTE", fte(number)),
        false => "none".to_owned(),
    }
}

/// Which skill is missing most, and where.
pub fn heat(heat: &Heat) -> String {
    let Some(worst) = heat.skills.first() else {
        return "No skill is required yet: record which skills the roles of the plan require."
            .to_owned();
    };
    let met = heat.skills.iter().filter(|line| line.figures.shortfall == Fte::ZERO).count();
    if met == heat.skills.len() {
        let all = several(met, "required skill is", "required skills are");
        return format!("Every one of the {all} covered in every family of roles.");
    }
    let of = |cell: &Option<Figures>| cell.as_ref().map_or(Fte::ZERO, |cell| cell.shortfall);
    let most = (heat.cells_of(worst)).max_by(|a, b| of(a.1).cmp(&of(b.1)).then(b.0.cmp(a.0)));
    let most_of =
        most.map_or_else(String::new, |(family, cell)| match of(cell) == worst.figures.shortfall {
            true => format!(", all of them in {}", family_last(family)),
            false => format!(", {} of them in {}", fte(of(cell)), family_last(family)),
        });
    let covered = match met {
        0 => "no skill is".to_owned(),
        met => format!(
            "{} of {} skills {}",
            count_of(met),
            count_of(heat.skills.len()),
            if met == 1 { "is" } else { "are" }
        ),
    };
    format!(
        "The greatest gap is in {}: {} of {} FTE are missing{most_of}; {covered} covered everywhere.",
        worst.title,
        fte(worst.figures.shortfall),
        fte(worst.figures.needed),
    )
}

fn count_of(number: usize) -> String {
    count(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Whether it gets better.
pub fn trend(trends: &Trends) -> String {
    let (first, last) = match (trends.days.first(), trends.days.last()) {
        (Some(first), Some(last)) if trends.days.len() > 1 => (first, last),
        (Some(only), _) => {
            return format!(
                "One recording exists, of {}, with {} FTE missing: a second one, made with RecordGaps on \
                 another day, shows where it is going.",
                date(only.as_of),
                fte(only.shortfall),
            );
        }
        _ => {
            return "Nothing has been recorded yet, so no trend can be shown: call RecordGaps after each \
                    analysis, such as every month, and the next report has one."
                .to_owned();
        }
    };
    let (before, after) = (first.shortfall, last.shortfall);
    let days = format!("{} and {}", date(first.as_of), date(last.as_of));
    let way = match after.cmp(&before) {
        std::cmp::Ordering::Less => format!("fell by {} FTE", fte(before - after)),
        std::cmp::Ordering::Greater => format!("rose by {} FTE", fte(after - before)),
        std::cmp::Ordering::Equal => {
            return format!("Between {days} the shortfall stayed at {} FTE.", fte(after))
                + alike(trends);
        }
    };
    format!("Between {days} the shortfall {way}, from {} to {}.", fte(before), fte(after))
        + alike(trends)
}

fn alike(trends: &Trends) -> &'static str {
    match trends.comparable() {
        true => "",
        false => {
            " The two are not of the same skills, organisations or period: compare them with care."
        }
    }
}

/// What becomes of it.
pub fn outlook(outlook: &Outlook) -> String {
    let Some(end) = outlook.periods.last() else {
        return format!(
            "The plan has no period that ends after {}, so there is nothing to look ahead to.",
            date(outlook.as_of)
        );
    };
    let missing = |i: usize| {
        let line = outlook.scenarios.get(i).and_then(|line| line.totals.last());
        line.map_or(Fte::ZERO, |total| total.skill_shortfall)
    };
    let [same, cut, doubled] = [0, 1, 2].map(missing);
    let now = fte(outlook.now.skill_shortfall);
    if same == cut && same == doubled {
        return format!(
            "By {} {} skilled FTE will be missing ({now} are today), and neither a cut of funding by 30 % nor \
             twice the training changes that.",
            date(*end),
            fte(same),
        );
    }
    format!(
        "By {} {} skilled FTE will be missing if all goes on as it is ({now} are today), {} if funding is cut \
         by 30 %, and {} if training is doubled.",
        date(*end),
        fte(same),
        fte(cut),
        fte(doubled),
    )
}

/// What the outlook cannot know.
pub fn outlook_unknown(outlook: &Outlook) -> Vec<String> {
    let leavers = (!outlook.leavers_known).then(|| {
        "Nobody is taken to leave or join, because no movements are recorded: record joiners and leavers, or \
         ask for the report with a leaver rate."
    });
    let training = (!outlook.training_known).then(|| {
        "Nobody is taken to be trained, because the request does not say how much training is planned: ask \
         for the report with a trained FTE."
    });
    leavers.into_iter().chain(training).map(str::to_owned).collect()
}

/// What rests on too few.
pub fn single(points: &[SinglePoint]) -> String {
    let Some(first) = points.first() else {
        return "No required skill rests on a single person.".to_owned();
    };
    let held = |held: Held| points.iter().filter(|point| point.held == held).count();
    let parts = [
        (held(Held::ByNobody), "held by nobody"),
        (held(Held::ByOne), "held by one person alone"),
        (held(Held::ByTooFew), "held by fewer people than it should be"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| {
            let what =
                what.replace("it should", if *number == 1 { "it should" } else { "they should" });
            format!("{} {} {what}", count_of(*number), if *number == 1 { "is" } else { "are" })
        })
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
    let side = |figures: &Option<Figures>, what: &str| match figures {
        None => format!("is asked for no {what}"),
        Some(figures) if figures.shortfall == Fte::ZERO => format!("covers {what}"),
        Some(figures) => {
            format!("covers {} of {what}", share(figures.covered, figures.needed))
        }
    };
    let [leadership, technology] = &profile.sides;
    let title = &profile.role;
    match profile.in_post > Fte::ZERO {
        false => format!(
            "the post of {title}, who should join leadership and technology, is not filled."
        ),
        true => format!(
            "the {title} {} and {}.",
            side(leadership, "leadership"),
            side(technology, "technology")
        ),
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
