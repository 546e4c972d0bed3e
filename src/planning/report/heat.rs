//! Skill by family of roles: where what is needed is there.

use std::{cmp::Reverse, collections::BTreeMap};

use crate::{
    domain::{Fte, figures::Figures, name},
    planning::analysis::{Analysis, Dimension},
};

use super::{sums, words};

/// Skills by families of roles.
#[derive(Clone, Debug, Default)]
pub struct Heat {
    /// What the families are called, the greatest shortfall first.
    pub families: Vec<String>,
    /// The skills, the greatest shortfall first.
    pub skills: Vec<SkillLine>,
}

/// A skill in every family.
#[derive(Clone, Debug)]
pub struct SkillLine {
    /// What the skill is called.
    pub title: String,
    /// Which it is: the ids of its framework and itself.
    pub id: String,
    /// In all families.
    pub figures: Figures,
    /// In each family; none where it is not required there.
    pub cells: Vec<Option<Figures>>,
}

impl Heat {
    /// The cells of a skill, each with what its family is called.
    pub fn cells_of<'a>(
        &'a self,
        line: &'a SkillLine,
    ) -> impl Iterator<Item = (&'a String, &'a Option<Figures>)> {
        self.families.iter().zip(&line.cells)
    }
}

/// The heat map of an analysis.
pub fn of(analysis: &Analysis) -> Heat {
    let catalogue = &analysis.catalogue;
    let by_family = sums::by(analysis, &[Dimension::Family]);
    let mut families: Vec<(String, Fte)> = by_family
        .into_iter()
        .map(|(key, sum)| {
            (catalogue.family(key).unwrap_or_default().to_owned(), sum.figures.shortfall)
        })
        .collect();
    families.sort_by_key(|(_, shortfall)| Reverse(*shortfall));
    let place: BTreeMap<&str, usize> =
        families.iter().enumerate().map(|(i, (family, _))| (family.as_str(), i)).collect();

    let mut lines: BTreeMap<&str, SkillLine> = BTreeMap::new();
    for (key, sum) in sums::by(analysis, &[Dimension::Skill]) {
        let Some(skill) = catalogue.skill(key) else { continue };
        let framework = name::parent_of(&skill.name).map(name::id_of).unwrap_or_default();
        lines.insert(
            &skill.name,
            SkillLine {
                title: skill.title.clone(),
                id: format!("{framework}/{}", name::id_of(&skill.name)),
                figures: sum.figures,
                cells: vec![None; families.len()],
            },
        );
    }
    for (key, sum) in sums::by(analysis, &[Dimension::Skill, Dimension::Family]) {
        let skill = catalogue.skill(key).and_then(|skill| lines.get_mut(skill.name.as_str()));
        let family = place.get(catalogue.family(key).unwrap_or_default());
        if let (Some(line), Some(family)) = (skill, family) {
            line.cells[*family] = Some(sum.figures);
        }
    }
    let mut skills: Vec<SkillLine> = lines.into_values().collect();
    skills.sort_by_key(|line| Reverse(line.figures.shortfall));
    Heat { families: families.iter().map(|(family, _)| words::family(family)).collect(), skills }
}
