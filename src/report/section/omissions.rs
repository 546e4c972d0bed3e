//! Omissions of the plan, measured against people in post, the baseline plan and the catalogue.

use std::{cmp::Reverse, collections::BTreeMap};

use crate::{
    domain::Fte,
    planning::report::{OmissionLine, Omissions, Report},
    report::{
        chart::{Bar, Picture, bars},
        palette::BLUE,
        table::{Cell, Table},
        text::{date, family, fte, list, several},
    },
};

use super::{MAX_BARS, Section};

pub fn section(report: &Report) -> Section {
    let omissions = &report.omissions;
    let any = !(omissions.roles.is_empty() && omissions.skills.is_empty());
    let note = match report.about.baseline.as_str() {
        "" => "The plan names no baseline plan, so it is measured against people in post and the catalogue \
               alone."
            .to_owned(),
        baseline => format!("The plan is measured against its baseline plan, {baseline}."),
    };
    Section {
        id: "forgotten",
        label: "Forgotten",
        title: "What the plan forgets",
        sentence: sentence(omissions),
        notes: vec![note],
        picture: any.then(|| picture(omissions)),
        tables: vec![roles(&omissions.roles), skills(&omissions.skills)],
        ..Section::default()
    }
}

/// Counts the omissions, and names the first.
fn sentence(omissions: &Omissions) -> String {
    let Omissions { roles, skills } = omissions;
    let in_post: Fte = roles.iter().map(|line| line.in_post).sum();
    let of_roles = format!(
        "The plan has no target for {} with {} FTE in post: {}",
        several(roles.len(), "digital role", "digital roles"),
        fte(in_post),
        titles(roles, |line| &line.role),
    );
    let of_skills = format!(
        "does not require {} that the baseline plan or the catalogue asks for: {}",
        several(skills.len(), "skill of a role", "skills of roles"),
        titles(skills, |line| &line.skill),
    );
    match (roles.is_empty(), skills.is_empty()) {
        (true, true) => {
            "The plan forgets no digital role with people in post, and no skill that its \
                         baseline plan or the catalogue asks for."
                .to_owned()
        }
        (false, true) => format!("{of_roles}."),
        (true, false) => format!("The plan {of_skills}."),
        (false, false) => format!("{of_roles}; and it {of_skills}."),
    }
}

/// Distinct titles of lines, of which the first three are shown.
fn titles(lines: &[OmissionLine], title: fn(&OmissionLine) -> &String) -> String {
    let mut titles: Vec<String> = Vec::new();
    for line in lines {
        if !titles.contains(title(line)) {
            titles.push(title(line).clone());
        }
    }
    list(&titles, 3)
}

/// Bars of omitted roles by FTE in post or in the baseline plan; if no role is omitted, bars of omitted
/// skills by number of roles.
fn picture(omissions: &Omissions) -> Picture {
    let (description, bars_shown) = if omissions.roles.is_empty() {
        let ones = omissions.skills.iter().map(|line| (line.skill.as_str(), Fte::ONE));
        let note = |sum: Fte| several(sum.to_f64() as usize, "role", "roles");
        let description = "Bars of the number of roles that do not require each forgotten skill";
        (description, greatest(ones, note))
    } else {
        let roles = omissions.roles.iter();
        let ftes = roles.map(|line| (line.role.as_str(), line.in_post.max(baseline_needed(line))));
        let description =
            "Bars of the FTE in post in each forgotten role, or planned for by the baseline";
        (description, greatest(ftes, |sum| format!("{} FTE", fte(sum))))
    };
    bars(description, &bars_shown, 0.0)
}

/// Bars of the greatest sums, by title.
fn greatest<'a>(
    amounts: impl Iterator<Item = (&'a str, Fte)>,
    note: impl Fn(Fte) -> String,
) -> Vec<Bar> {
    let mut sums: BTreeMap<&str, Fte> = BTreeMap::new();
    for (title, amount) in amounts {
        let sum = sums.entry(title).or_default();
        *sum = *sum + amount;
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, sum)| Reverse(*sum));
    let bar = |(title, sum): (&str, Fte)| Bar::plain(title, sum.to_f64(), BLUE, note(sum));
    sums.into_iter().take(MAX_BARS).map(bar).collect()
}

fn baseline_needed(line: &OmissionLine) -> Fte {
    line.baseline.map_or(Fte::ZERO, |baseline| baseline.needed)
}

/// Why the role or skill should be in the plan.
fn evidence(line: &OmissionLine) -> String {
    let posts = (line.headcount > 0).then(|| {
        let people = usize::try_from(line.headcount).unwrap_or(usize::MAX);
        format!("{} ({} FTE) in post", several(people, "person", "people"), fte(line.in_post))
    });
    let baseline = line.baseline.map(|baseline| {
        let (needed, day) = (fte(baseline.needed), date(baseline.period_end));
        format!("the baseline plan needs {needed} FTE by {day}")
    });
    let required = line.required_by_baseline.then(|| "the baseline plan requires it".to_owned());
    let core = line.core.then(|| "it is a core skill, which everyone needs".to_owned());
    let all: Vec<String> = [posts, baseline, required, core].into_iter().flatten().collect();
    all.join("; ")
}

fn roles(lines: &[OmissionLine]) -> Table {
    let columns =
        ["Role", "Family", "Organisation", "#In post FTE", "#Baseline plan FTE", "Evidence"];
    let row = |line: &OmissionLine| {
        vec![
            (&line.role).into(),
            Cell::Text(family(&line.family)),
            (&line.organisation).into(),
            line.in_post.into(),
            baseline_needed(line).into(),
            Cell::Text(evidence(line)),
        ]
    };
    Table::new("Forgotten roles", "Digital roles without a target in the plan", &columns)
        .with(lines.iter().map(row))
}

fn skills(lines: &[OmissionLine]) -> Table {
    let columns = ["Skill", "Role", "Family", "#In post FTE", "Evidence"];
    let row = |line: &OmissionLine| {
        vec![
            (&line.skill).into(),
            (&line.role).into(),
            Cell::Text(family(&line.family)),
            line.in_post.into(),
            Cell::Text(evidence(line)),
        ]
    };
    Table::new("Forgotten skills", "Skills that the plan's roles do not require", &columns)
        .with(lines.iter().map(row))
}

#[cfg(test)]
mod tests {
    use crate::report::chart::Shape;

    use super::*;

    #[test]
    fn each_forgotten_skill_says_in_how_many_roles() {
        let line = |skill: &str| OmissionLine { skill: skill.into(), ..OmissionLine::default() };
        let skills = std::iter::repeat_n(line("often"), 11).chain([line("once")]).collect();
        let drawn = picture(&Omissions { skills, ..Omissions::default() }).wide;
        for expected in ["11 roles", "1 role"] {
            let is = |shape: &Shape| matches!(shape, Shape::Text { text, .. } if text == expected);
            assert!(drawn.shapes.iter().any(is), "{drawn:?}");
        }
    }
}
