//! Required skills by family of roles.

use std::{cmp::Reverse, collections::BTreeMap};

use crate::{
    domain::{Fte, figures::Figures, name},
    planning::analysis::{Analysis, Dimension},
};

use super::sums;

/// Required skills by family of roles.
#[derive(Clone, Debug, Default)]
pub struct SkillMap {
    /// Families as recorded on roles, the greatest shortfall first.
    pub families: Vec<String>,
    /// Skills, the greatest shortfall first.
    pub skills: Vec<SkillLine>,
}

/// One skill over all families.
#[derive(Clone, Debug)]
pub struct SkillLine {
    pub title: String,
    /// Ids of framework and skill, such as `f/s`.
    pub id: String,
    /// Figures over all families together.
    pub figures: Figures,
    /// Figures in each of [`SkillMap::families`]; `None` if the family does not require the skill.
    pub cells: Vec<Option<Figures>>,
}

impl SkillMap {
    /// Cells of a skill, each with its family.
    pub fn cells_of<'a>(
        &'a self,
        line: &'a SkillLine,
    ) -> impl Iterator<Item = (&'a String, &'a Option<Figures>)> {
        self.families.iter().zip(&line.cells)
    }
}

/// Arranges the required skills of an analysis by family.
pub fn skill_map(analysis: &Analysis) -> SkillMap {
    let catalogue = &analysis.catalogue;
    let by_family = sums::by(analysis, &[Dimension::Family]);
    let mut families: Vec<(String, Fte)> = by_family
        .into_iter()
        .map(|(key, sum)| {
            (catalogue.family(key).unwrap_or_default().to_owned(), sum.figures.shortfall)
        })
        .collect();
    families.sort_by_key(|(_, shortfall)| Reverse(*shortfall));
    let column: BTreeMap<&str, usize> =
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
        let family = column.get(catalogue.family(key).unwrap_or_default());
        if let (Some(line), Some(family)) = (skill, family) {
            line.cells[*family] = Some(sum.figures);
        }
    }
    let mut skills: Vec<SkillLine> = lines.into_values().collect();
    skills.sort_by_key(|line| Reverse(line.figures.shortfall));
    SkillMap { families: families.into_iter().map(|(family, _)| family).collect(), skills }
}
