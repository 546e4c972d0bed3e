//! The comments of the proto files, by the element that they describe.

use std::{collections::HashMap, sync::LazyLock};

use prost_reflect::FileDescriptor;

use crate::api::DESCRIPTORS;

/// The package whose files are documented.
pub const PACKAGE: &str = "digitalskills.v1";

/// Path of a file's own comment: it is above `syntax`, field 12 of the descriptor.
const SYNTAX: &[i32] = &[12];

/// The comments by file and path.
static COMMENTS: LazyLock<HashMap<(String, Vec<i32>), Comment>> = LazyLock::new(|| {
    let mut comments = HashMap::new();
    for file in DESCRIPTORS.files() {
        let info = file.file_descriptor_proto().source_code_info.as_ref();
        for location in info.into_iter().flat_map(|info| &info.location) {
            if let Some(text) = &location.leading_comments {
                let key = (file.name().to_owned(), location.path.clone());
                comments.insert(key, Comment::new(text));
            }
        }
    }
    comments
});

/// Returns the proto files: those with a service in alphabetical order, then those without.
pub fn files() -> Vec<FileDescriptor> {
    let mut files: Vec<_> =
        DESCRIPTORS.files().filter(|file| file.package_name() == PACKAGE).collect();
    files.sort_by_key(|file| (file.services().len() == 0, file.name().to_owned()));
    files
}

/// Returns the comment of the element at a path of a file; empty if it has none.
pub fn of(file: &FileDescriptor, path: &[i32]) -> Comment {
    COMMENTS.get(&(file.name().to_owned(), path.to_vec())).cloned().unwrap_or_default()
}

/// Returns the comment on a file as a whole.
pub fn of_file(file: &FileDescriptor) -> Comment {
    of(file, SYNTAX)
}

/// A comment as paragraphs, without the line breaks of the source.
#[derive(Clone, Default)]
pub struct Comment(Vec<String>);

impl Comment {
    fn new(text: &str) -> Self {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let paragraphs = lines.split(|line| line.is_empty()).filter(|lines| !lines.is_empty());
        Self(paragraphs.map(|lines| lines.join(" ")).collect())
    }

    /// The paragraphs.
    pub fn paragraphs(&self) -> &[String] {
        &self.0
    }

    /// Returns the whole comment as one text.
    pub fn text(&self) -> String {
        self.0.join("\n\n")
    }

    /// Returns the first sentence without its full stop.
    pub fn summary(&self) -> String {
        let first = self.0.first().map_or("", String::as_str);
        let sentence = first.split_once(". ").map_or(first, |(sentence, _)| sentence);
        sentence.trim_end_matches('.').to_owned()
    }

    /// Whether the comment has this word among its leading words, such as `Required.`.
    pub fn says(&self, word: &str) -> bool {
        const WORDS: [&str; 3] = ["Required", "Immutable", "Output only"];
        let mut rest = self.0.first().map_or("", String::as_str);
        while let Some((sentence, more)) = rest.split_once('.') {
            let sentence = sentence.trim();
            if sentence == word {
                return true;
            }
            if !WORDS.contains(&sentence) {
                return false;
            }
            rest = more;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_paragraphs_with_a_summary_and_words_before_it() {
        let comment = Comment::new(" Required. Immutable. The role,\n `roles/{id}`.\n\n More.\n");
        assert_eq!(comment.text(), "Required. Immutable. The role, `roles/{id}`.\n\nMore.");
        assert_eq!(comment.summary(), "Required");
        assert!(comment.says("Required") && comment.says("Immutable"));
        assert!(!comment.says("Output only"));
        let etag = Comment::new(" Output only in answers; optional in requests. Changes.");
        assert!(!etag.says("Output only"));
        assert_eq!(etag.summary(), "Output only in answers; optional in requests");
        assert!(!Comment::new(" What it needs. Required.").says("Required"));
        assert_eq!(Comment::default().summary(), "");
    }

    #[test]
    fn every_file_of_the_contract_has_a_comment() {
        assert!(files().len() >= 12);
        for file in files() {
            assert!(!of_file(&file).text().is_empty(), "{}", file.name());
        }
    }
}
