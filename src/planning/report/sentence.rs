//! The plain sentences of a report, made from its figures: what a member of a board who is no digital
//! specialist can act on.

mod findings;

use crate::domain::{Fte, figures::Figures};

pub use findings::{board, closing, forgotten, single};

use super::{
    Heat, Moves, Outlook, Report, ScenarioLine, Trends,
    words::{counted, date, family_last, fte, list, share},
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
        let all = match met {
            1 => "The one required skill is".to_owned(),
            met => format!("All {} required skills are", counted(met)),
        };
        return format!("{all} covered in every family of roles.");
    }
    let of = |cell: &Option<Figures>| cell.as_ref().map_or(Fte::ZERO, |cell| cell.shortfall);
    let most = (heat.cells_of(worst)).max_by(|a, b| of(a.1).cmp(&of(b.1)).then(b.0.cmp(a.0)));
    let most_of =
        most.map_or_else(String::new, |(family, cell)| match of(cell) == worst.figures.shortfall {
            true => format!(", all of them in {} roles", family_last(family)),
            false => format!(", {} of them in {} roles", fte(of(cell)), family_last(family)),
        });
    let covered = match met {
        0 => "no skill is".to_owned(),
        met => format!(
            "{} of {} skills {}",
            counted(met),
            counted(heat.skills.len()),
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

/// Whether it gets better.
pub fn trend(trends: &Trends) -> String {
    let (first, last) = match (trends.days.first(), trends.days.last()) {
        (Some(first), Some(last)) if trends.days.len() > 1 => (first, last),
        (Some(only), _) => {
            return format!(
                "One gap snapshot exists, of {}, with {} FTE missing: a second one, made with RecordGaps on \
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
    let missing = |line: &ScenarioLine| line.totals.last().map(|total| total.skill_shortfall);
    let missing: Vec<Fte> = outlook.scenarios.iter().filter_map(missing).collect();
    let same = missing.first().copied().unwrap_or_default();
    let begun = format!(
        "By {} {} skilled FTE will be missing if all goes on as it is ({} are today)",
        date(*end),
        fte(same),
        fte(outlook.now.skill_shortfall),
    );
    match missing.get(1..).unwrap_or_default() {
        [cut] if *cut != same => format!("{begun}, and {} if funding is cut by 30 %.", fte(*cut)),
        [cut, doubled] if *cut == same && *doubled == same => format!(
            "{begun}, and neither a cut of funding by 30 % nor twice the training changes that."
        ),
        [cut, doubled] => format!(
            "{begun}, {} if funding is cut by 30 %, and {} if training is doubled.",
            fte(*cut),
            fte(*doubled),
        ),
        _ => format!("{begun}."),
    }
}

/// What moves it, and what a cut of funding does to who is in post.
pub fn outlook_causes(outlook: &Outlook) -> Vec<String> {
    let Moves { asked, expiring, leaving, trained, hired } = outlook.moves();
    let phrases = [
        (asked, "FTE more are asked for"),
        (-asked, "FTE fewer are asked for"),
        (expiring, "FTE lapse unless they are assessed again"),
        (leaving, "FTE of those skilled leave"),
        (trained, "FTE are trained"),
        (hired, "FTE of those who join are skilled"),
    ];
    let phrases = phrases.into_iter().filter(|(number, _)| *number > Fte::ZERO);
    let phrases: Vec<String> =
        phrases.map(|(number, what)| format!("{} {what}", fte(number))).collect();
    let moves =
        (!phrases.is_empty()).then(|| format!("Until then {}.", list(&phrases, phrases.len())));
    let in_post = |line: &ScenarioLine| line.totals.last().map(|total| total.in_post);
    let cut = match outlook.scenarios.as_slice() {
        [same, cut, ..] => in_post(same).zip(in_post(cut)).filter(|(same, cut)| cut < same),
        _ => None,
    };
    let cut = cut.map(|(same, cut)| {
        format!(
            "A cut of funding by 30 % leaves posts empty: {} FTE are in post then, and {} without it.",
            fte(cut),
            fte(same),
        )
    });
    moves.into_iter().chain(cut).collect()
}

/// What the outlook cannot know.
pub fn outlook_unknown(outlook: &Outlook) -> Vec<String> {
    let leavers = (!outlook.leavers_known).then_some(
        "Nobody is taken to leave or join, because no movements are recorded: record joiners and leavers, or \
         ask for the report with a leaver rate."
    );
    let training = (!outlook.training_known).then_some(
        "Nobody is taken to be trained, because the request does not say how much training is planned: ask \
         for the report with a trained FTE."
    );
    leavers.into_iter().chain(training).map(str::to_owned).collect()
}
