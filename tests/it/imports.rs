//! Which module imports which, read off the `use` lines of the sources: no circle.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use crate::layers::{root, sources};

/// The modules that still stand in circles. None may be added.
const LEFT: [&str; 17] = [
    "api::request",
    "api::wire",
    "domain::caller",
    "domain::change",
    "domain::error",
    "domain::field",
    "domain::forbidden",
    "domain::name",
    "domain::noun",
    "domain::reference",
    "domain::resource_type",
    "planning::analysis::catalogue",
    "planning::analysis::establishment",
    "planning::analysis::inputs",
    "planning::analysis::scope",
    "store::dialect::connect",
    "store::pool",
];

/// The path of a module, or of what it declares, from the root of the crate.
type ItemPath = Vec<String>;

#[test]
fn no_module_imports_in_a_circle() {
    let imports = imports();
    let in_circles: BTreeSet<&str> = imports
        .keys()
        .map(String::as_str)
        .filter(|module| reaches_itself(&imports, module))
        .collect();
    let left: BTreeSet<&str> = LEFT.into_iter().collect();
    assert_eq!(in_circles, left, "the modules in circles, and the list of those that are left");
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

/// A `use` of one item.
struct Use {
    public: bool,
    item: ItemPath,
}

impl Use {
    /// Whether it only passes on what lies within the module.
    fn re_exports(&self, module: &ItemPath) -> bool {
        self.public && self.item.len() > module.len() && self.item.starts_with(module)
    }
}

/// All modules, each with what it uses.
struct Modules {
    uses: BTreeMap<ItemPath, Vec<Use>>,
}

impl Modules {
    fn read() -> Self {
        let src = root().join("src");
        let files =
            sources(&src).into_iter().map(|file| (module(file.strip_prefix(&src).unwrap()), file));
        let files: BTreeMap<ItemPath, _> =
            files.filter(|(module, _)| !module.ends_with(&["tests".to_owned()])).collect();
        let uses = files.iter().map(|(module, file)| {
            let uses = uses(&fs::read_to_string(file).unwrap()).into_iter();
            let uses = uses.filter_map(|(public, path)| {
                let path: ItemPath = path.split("::").map(str::to_owned).collect();
                let child = files.contains_key(&[module.as_slice(), &path[..1]].concat());
                Some(Use { public, item: absolute(module, &path, child)? })
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
        let passed_on = self.uses[&module]
            .iter()
            .find(|used| used.re_exports(&module) && used.item.last() == Some(name));
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

/// What a file uses, but for its tests, and whether it passes it on.
fn uses(text: &str) -> Vec<(bool, String)> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let code: Vec<&str> =
        code.lines().map(str::trim).filter(|line| !line.starts_with("//")).collect();
    let mut uses = Vec::new();
    for statement in code.join("\n").split(';') {
        let begins = |line: &str| {
            line.starts_with("use ") || (line.starts_with("pub") && line.contains(" use "))
        };
        let lines: Vec<&str> = statement.lines().collect();
        if let Some(first) = lines.iter().rposition(|line| begins(line)) {
            let tree = lines[first..].concat();
            let (visibility, tree) = tree.split_once("use ").unwrap();
            uses.extend(items(tree).into_iter().map(|item| (!visibility.is_empty(), item)));
        }
    }
    // The list of resource types passes each type on.
    let listed = code.iter().filter_map(|line| line.strip_suffix(',')?.split_once(" in "));
    let listed =
        listed.filter(|(item, _)| item.starts_with(char::is_uppercase) && !item.contains(' '));
    uses.extend(listed.map(|(item, module)| (true, format!("{module}::{item}"))));
    uses
}

/// The paths of a tree such as `a::{b, c::{d, e}}`.
fn items(tree: &str) -> Vec<String> {
    let Some((prefix, list)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap();
        return vec![path.trim_end_matches("::self").trim().to_owned()];
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
