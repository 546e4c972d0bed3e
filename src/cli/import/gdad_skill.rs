//! What the files of the Capability Framework say of one skill.

use crate::api::v1;

use super::{
    SourcedRow,
    source::{Line, one_line},
    titles::preferred,
};

/// Levels in ascending order.
pub const LEVELS: [&str; 4] = ["Awareness", "Working", "Practitioner", "Expert"];

/// Value of a description that the publisher does not have.
const MISSING: &str = "MISSING";

/// Number of cells that say something of a skill: its title, its description in `roles.csv`, its
/// description in `skills.csv`, and what each level means.
const CELLS: usize = 3 + LEVELS.len();

/// The cells of all lines about one skill.
#[derive(Default)]
pub struct SkillCells {
    /// `None` where no file says it.
    cells: [Option<String>; CELLS],
    /// The lines that say anything that the lines before did not.
    origins: Vec<String>,
    conflict: bool,
}

impl SkillCells {
    /// The cells of a line of `roles.csv`.
    pub fn of_roles_file(line: &Line) -> Self {
        let [a, b, c, d] = LEVELS.map(|_| None);
        let cells = [title(line), description(line), None, a, b, c, d];
        Self { cells, origins: vec![line.origin.clone()], conflict: false }
    }

    /// The cells of a line of `skills.csv`.
    pub fn of_skills_file(line: &Line) -> Self {
        let [a, b, c, d] = LEVELS.map(|level| line.find(level));
        let cells = [title(line), None, description(line), a, b, c, d];
        Self { cells, origins: vec![line.origin.clone()], conflict: false }
    }

    /// Adds what another line says of the skill.
    pub fn add(&mut self, line: Self) {
        let mut news = false;
        for (known, cell) in self.cells.iter_mut().zip(line.cells) {
            match (&*known, cell) {
                (Some(known), Some(cell)) if *known != cell => {
                    self.conflict = true;
                    news = true;
                }
                (None, Some(cell)) => {
                    *known = Some(cell);
                    news = true;
                }
                _ => {}
            }
        }
        if news {
            self.origins.extend(line.origins);
        }
    }

    /// Whether two lines say different things.
    pub fn has_conflict(&self) -> bool {
        self.conflict
    }

    /// The lines that say something of the skill.
    pub fn origins(&self) -> Vec<&str> {
        self.origins.iter().map(String::as_str).collect()
    }

    /// The first line.
    pub fn origin(&self) -> &str {
        self.origins.first().map_or("", String::as_str)
    }

    /// The title.
    pub fn title(&self) -> &str {
        self.cells[0].as_deref().unwrap_or_default()
    }

    /// Returns the skill, with what the registry knows of it where the files do not say it.
    pub fn row(self, name: String, known: Option<&v1::Skill>) -> SourcedRow<v1::Skill> {
        let origin = self.origin().to_owned();
        let title = self.title().to_owned();
        let title = known.map_or(title.clone(), |known| preferred(&known.title, &title).to_owned());
        let [_, of_roles, of_skills, levels @ ..] = self.cells;
        let mut description =
            Description::read(known.map_or("", |known| known.description.as_str()));
        let mut fields = vec!["title"];
        if let Some(text) = of_skills.or(of_roles) {
            description.text = text;
            fields = vec!["title", "description"];
        }
        for (meaning, cell) in description.levels.iter_mut().zip(levels) {
            if let Some(cell) = cell {
                *meaning = cell;
                fields = vec!["title", "description"];
            }
        }
        let row = v1::Skill {
            name,
            title,
            description: description.write(),
            state: v1::SkillState::Active as i32,
            ..v1::Skill::default()
        };
        SourcedRow { origin, row, fields }
    }
}

fn title(line: &Line) -> Option<String> {
    Some(one_line(&line.get("Skill Name")))
}

/// A description that is empty says nothing: the other file may have it.
fn description(line: &Line) -> Option<String> {
    Some(line.get("Skill Description")).filter(|text| !text.is_empty() && text != MISSING)
}

/// The description of a skill: a text, then what each level means.
#[derive(Debug, Default, PartialEq, Eq)]
struct Description {
    text: String,
    levels: [String; LEVELS.len()],
}

impl Description {
    fn read(text: &str) -> Self {
        let mut description = Self::default();
        let text = format!("\n\n{text}");
        let mut rest = text.as_str();
        // From the last level to the first, so that each takes what follows its heading.
        for (level, meaning) in LEVELS.iter().zip(&mut description.levels).rev() {
            if let Some((before, after)) = rest.rsplit_once(&format!("\n\n{level}\n")) {
                *meaning = after.to_owned();
                rest = before;
            }
        }
        description.text = rest.trim_start_matches('\n').to_owned();
        description
    }

    fn write(self) -> String {
        let mut text = self.text;
        for (level, meaning) in LEVELS.iter().zip(self.levels) {
            if !meaning.is_empty() {
                text.push_str(&format!("\n\n{level}\n{meaning}"));
            }
        }
        text.trim_start_matches('\n').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_read_as_it_was_written() {
        for text in ["", "a", "a\n\nb", "a\n\nWorking\nb\nc", "Awareness\na\n\nExpert\nd"] {
            assert_eq!(Description::read(text).write(), text);
        }
        let read = Description::read("a\n\nWorking\nb\n\nExpert\nc");
        assert_eq!((read.text.as_str(), read.levels[1].as_str()), ("a", "b"));
        assert_eq!(read.levels[3], "c");
    }
}
