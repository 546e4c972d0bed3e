//! Imports between modules, read from the `use` lines and paths in the sources: there is no circle, and each room
//! imports only what it may.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use digital_skills_registry::domain::ResourceType;

use super::layers::{root, sources};

/// Rooms that each room may import. The wiring (`cli`, `telemetry`, `main`) may import all.
const MAY_IMPORT: [(&str, &[&str]); 8] = [
    ("api", &["registry", "planning", "domain", "report"]),
    ("registry", &["planning", "domain", "store"]),
    ("planning", &["domain"]),
    (
        "domain",
        &[
            "store::Record",
            "store::Column",
            "store::Revision",
            "store::Position",
            "store::ChangeRow",
            "store::Verb",
            "store::Origin",
            "store::BrokenLink",
            "store::StoreError",
            "store::WriteError",
        ],
    ),
    ("store", &[]),
    ("migration", &["store::schema"]),
    ("report", &["planning", "domain"]),
    ("server", &["api", "registry"]),
];

/// The path of a module, or of what it declares, from the root of the crate.
type ItemPath = Vec<String>;

#[test]
fn no_module_imports_in_a_circle() {
    let imports = imports();
    let in_circles = imports.keys().filter(|module| reaches_itself(&imports, module));
    let in_circles: Vec<&String> = in_circles.collect();
    assert!(
        in_circles.is_empty(),
        "these modules import themselves by way of others: {in_circles:?}"
    );
}

#[test]
fn no_room_imports_what_it_may_not() {
    for (room, allowed) in MAY_IMPORT {
        let own = [room];
        let allowed = || allowed.iter().chain(&own);
        for file in sources(&root().join("src").join(room)) {
            if file.ends_with("tests.rs") {
                continue;
            }
            for (_, path, _) in uses(&code(&file)) {
                let Some(item) = path.strip_prefix("crate::") else { continue };
                let may = |of: &&str| {
                    item.strip_prefix(*of)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
                };
                assert!(allowed().copied().any(|of| may(&of)), "{} imports {item}", file.display());
            }
        }
    }
}

fn reaches_itself(imports: &BTreeMap<String, BTreeSet<String>>, module: &str) -> bool {
    let (mut reached, mut open) = (BTreeSet::new(), vec![module]);
    while let Some(next) = open.pop() {
        for imported in &imports[next] {
            if reached.insert(imported) {
                open.push(imported);
            }
        }
    }
    reached.contains(&module.to_owned())
}

/// The modules that each module imports from. What the file of a folder declares is at hand in all of the folder:
/// to take it from there is no import.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let modules = Modules::read();
    let imports = modules.uses.iter().map(|(module, uses)| {
        let imported = uses.iter().filter(|used| !used.re_exports(module));
        let imported = imported.map(|used| modules.declaring(&used.item));
        let imported = imported.filter(|other| !module.starts_with(other));
        (module.join("::"), imported.map(|other| other.join("::")).collect())
    });
    imports.collect()
}

/// A path to an item that a module uses.
struct UsedItem {
    public: bool,
    item: ItemPath,
    /// Name of the item in the module.
    name: String,
}

impl UsedItem {
    /// Whether it only re-exports an item of the module's own children.
    fn re_exports(&self, module: &ItemPath) -> bool {
        self.public && self.item.len() > module.len() && self.item.starts_with(module)
    }
}

/// All modules, each with what it uses.
struct Modules {
    uses: BTreeMap<ItemPath, Vec<UsedItem>>,
}

impl Modules {
    fn read() -> Self {
        let src = root().join("src");
        let files =
            sources(&src).into_iter().map(|file| (module(file.strip_prefix(&src).unwrap()), file));
        let files: BTreeMap<ItemPath, _> =
            files.filter(|(module, _)| !module.ends_with(&["tests".to_owned()])).collect();
        let uses = files.iter().map(|(module, file)| {
            let uses =
                uses(without_tests(&code(file))).into_iter().filter_map(|(public, path, name)| {
                    let path: ItemPath = path.split("::").map(str::to_owned).collect();
                    let child = files.contains_key(&[module.as_slice(), &path[..1]].concat());
                    Some(UsedItem { public, item: absolute(module, &path, child)?, name })
                });
            (module.clone(), uses.collect())
        });
        Self { uses: uses.collect() }
    }

    /// The module that declares an item, behind all re-exports.
    fn declaring(&self, item: &ItemPath) -> ItemPath {
        let mut module = item.clone();
        while !self.uses.contains_key(&module) {
            module.pop();
        }
        let Some(name) = item.get(module.len()) else { return module };
        let passed_on =
            self.uses[&module].iter().find(|used| used.re_exports(&module) && used.name == *name);
        match passed_on {
            Some(used) if used.item != *item => self.declaring(&used.item),
            _ => module,
        }
    }
}

/// The path of the module in a file of `src`.
fn module(file: &Path) -> ItemPath {
    let path = file.with_extension("");
    let parts = path.iter().map(|part| part.to_string_lossy().into_owned());
    parts.filter(|part| part != "mod" && part != "lib").collect()
}

/// A path in a module from the root; none where it is of another crate. `child` says that it begins with a module
/// in this one.
fn absolute(module: &ItemPath, path: &[String], child: bool) -> Option<ItemPath> {
    let up = path.iter().take_while(|part| *part == "super").count();
    match path[0].as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([module, &path[1..]].concat()),
        "super" => Some([&module[..module.len() - up], &path[up..]].concat()),
        _ => child.then(|| [module, path].concat()),
    }
}

/// Code of a file without comments, preceded by the template of the code that the file includes, if any. A line of
/// the template that names a resource type is repeated for each type.
fn code(file: &Path) -> String {
    let own = fs::read_to_string(file).unwrap();
    let included =
        own.split_once("env!(\"OUT_DIR\"), \"/").and_then(|(_, rest)| rest.split_once('"'));
    let template = included.map(|(name, _)| file.with_file_name(format!("{name}.jinja")));
    let template = template.and_then(|template| fs::read_to_string(template).ok());
    let mut text = String::new();
    for line in template.iter().flat_map(|template| template.lines()) {
        let of_types =
            ResourceType::ALL.iter().map(|kind| line.replace("{{ type.title }}", kind.title()));
        let of_types: BTreeSet<String> = of_types.collect();
        text.extend(of_types.iter().flat_map(|line| [line.as_str(), "\n"]));
    }
    text.push_str(&own);
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

fn without_tests(code: &str) -> &str {
    code.split("#[cfg(test)]\nmod tests {").next().unwrap()
}

/// Items that code uses: whether it re-exports the item, the path, and the name in the code.
fn uses(code: &str) -> Vec<(bool, String, String)> {
    let begins = |line: &str| {
        line.starts_with("use ") || (line.starts_with("pub") && line.contains(" use "))
    };
    let mut uses = Vec::new();
    for statement in code.split(';') {
        let lines: Vec<&str> = statement.lines().collect();
        let first = lines.iter().rposition(|line| begins(line)).unwrap_or(lines.len());
        let paths = lines[..first].iter().flat_map(|line| paths(line));
        uses.extend(paths.map(|path| (false, path, String::new())));
        if let Some((visibility, tree)) = lines[first..].concat().split_once("use ") {
            let public = !visibility.is_empty();
            uses.extend(items(tree).into_iter().map(|(path, name)| (public, path, name)));
        }
    }
    uses
}

/// Paths in a line that begin with `crate` or `super`.
fn paths(line: &str) -> Vec<String> {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words = line.split(|c| !part(c)).map(|word| word.trim_end_matches(':'));
    let paths = words.filter(|word| word.starts_with("crate::") || word.starts_with("super::"));
    paths.map(str::to_owned).collect()
}

/// Paths of a tree such as `a::{b, c::{d as e}}`, each with its name in the code.
fn items(tree: &str) -> Vec<(String, String)> {
    let Some((prefix, list)) = tree.split_once('{') else {
        let (path, other) = tree.split_once(" as ").unwrap_or((tree, ""));
        let path = path.trim().trim_end_matches("::self");
        let name = if other.is_empty() { path.rsplit("::").next().unwrap() } else { other.trim() };
        return vec![(path.to_owned(), name.to_owned())];
    };
    let list = list.trim().strip_suffix('}').unwrap();
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().push(c);
    }
    let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    parts.flat_map(|part| items(&format!("{}{part}", prefix.trim()))).collect()
}
