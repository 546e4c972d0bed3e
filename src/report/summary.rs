//! Summary of a report, and its sources.

use serde::Serialize;

use crate::{domain::Fte, planning::report::Report};

use super::{
    palette::{Ink, MONEY, RECRUITMENT, TRAINING},
    text::{date, fte, share},
};

/// Needed and skilled FTE, in one sentence.
pub fn headline(report: &Report) -> String {
    let Some(period) = report.about.period else {
        return "The plan has no targets here, so there is no gap to show: record which roles it needs, how \
                many full-time equivalents of each, and by when."
            .to_owned();
    };
    let figures = &report.totals.figures;
    let by = date(period);
    match (report.totals.parts, figures.needed, figures.shortfall) {
        (0, ..) => "The plan's targets require no skill, so there is no gap to show: record which skills its \
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

/// The posts behind the skills, in two sentences; `None` if no post is needed.
pub fn posts(report: &Report) -> Option<String> {
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

/// One of the three causes of what is missing, as a card.
#[derive(Serialize)]
pub struct Card {
    /// Name of its colour in the style sheet.
    ink: &'static str,
    title: &'static str,
    number: String,
    detail: String,
}

/// Cards for money, recruitment and training; empty if no skill is required.
pub fn cards(report: &Report) -> Vec<Card> {
    if report.totals.parts == 0 {
        return Vec::new();
    }
    let (causes, posts) = (&report.totals.figures.causes, &report.posts);
    let of_posts = |number: Fte, what: &str| match number {
        Fte::ZERO => format!("no posts {what}"),
        number => format!("{} FTE of posts {what}", fte(number)),
    };
    let card = |ink: Ink, title, number, detail| Card {
        ink: ink.name,
        title,
        number: fte(number),
        detail,
    };
    let money = of_posts(posts.unfunded, "to fund");
    let recruitment = of_posts(posts.vacant, "to fill");
    let levels = format!(
        "{} below the level, {} expired, {} never assessed",
        fte(causes.below),
        fte(causes.expired),
        fte(causes.unassessed)
    );
    vec![
        card(MONEY, "Money", causes.unfunded, money),
        card(RECRUITMENT, "Recruitment", causes.vacant, recruitment),
        card(TRAINING, "Training", causes.training(), levels),
    ]
}

/// Sources of the report, so that readers can check it.
pub fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let about = &report.about;
    let plan = &about.plan;
    let mut facts = vec![
        ("Plan", format!("{} ({})", plan.title, plan.name)),
        ("State", format!("{:?}", plan.state).to_lowercase()),
        ("Owner", about.owner.clone()),
    ];
    facts.extend(about.period.map(|period| ("Needs of the period to", date(period))));
    facts.push(("Staffing and assessments as of", date(about.as_of)));
    facts.push(("Revision of the registry", about.revision.to_string()));
    let optional = [
        ("Only of", about.asked.join(", ")),
        ("Skills from", about.frameworks.join(", ")),
        ("Baseline plan", about.baseline.clone()),
    ];
    facts.extend(optional.into_iter().filter(|(_, fact)| !fact.is_empty()));
    facts
}
