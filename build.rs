//! Compiles `proto/` with protox, so that no `protoc` is needed, into
//!
//! * the generated messages, clients and servers, and the descriptor set that reflection serves;
//! * the code that is the same for every resource type and follows from its proto: the templates of [`TEMPLATES`]
//!   say what. A proto that lacks a standard method, or a field of one, fails the build.

use std::{env, error::Error, fs, io, path::PathBuf};

use minijinja::{Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig};
use tonic_prost_build::{Config, FileDescriptorSet};

/// Files generated into `OUT_DIR`, each with its template.
const TEMPLATES: [(&str, &str); 4] = [
    ("resource_types.rs", "src/domain/resource_types.rs.jinja"),
    ("any_resource.rs", "src/domain/any_resource.rs.jinja"),
    ("services.rs", "src/api/services.rs.jinja"),
    ("every_type.rs", "tests/it/contract/every_type.rs.jinja"),
];

/// The standard methods: name, request fields and response fields. `{Type}` is the resource type, `{Types}`
/// its plural; in lower case, the field names. A method without response fields returns the resource or
/// nothing.
const STANDARD_METHODS: [(&str, &str, &str); 11] = [
    ("Get{Type}", "name revision min_revision", ""),
    ("BatchGet{Types}", "names min_revision", "{types}"),
    (
        "List{Types}",
        "page_size page_token filter order_by read_mask include_total_size min_revision",
        "{types} next_page_token read_revision total_size",
    ),
    ("Export{Types}", "filter read_mask min_revision", "{types} read_revision"),
    ("Create{Type}", "{type}_id {type} validate_only request_id", ""),
    ("Update{Type}", "{type} update_mask allow_missing validate_only request_id", ""),
    ("Delete{Type}", "name etag allow_missing validate_only request_id", ""),
    ("BatchCreate{Types}", "requests validate_only request_id", "{types}"),
    ("BatchUpdate{Types}", "requests validate_only request_id", "{types}"),
    ("BatchDelete{Types}", "requests validate_only request_id", ""),
    ("Import{Types}", "validate_only absent_rows {types} update_mask", "outcomes revision"),
];

/// Standard methods whose requests have a parent, if the resource type has one.
const UNDER_PARENT: [&str; 8] = [
    "BatchGet{Types}",
    "List{Types}",
    "Export{Types}",
    "Create{Type}",
    "BatchCreate{Types}",
    "BatchUpdate{Types}",
    "BatchDelete{Types}",
    "Import{Types}",
];

/// Fields of every resource.
const STANDARD_FIELDS: &str = "name etag revision create_time update_time";

/// Fields of a request that writes, fields of a paged request, and the fields of the latter that may differ
/// from page to page.
const WRITE: &str = "validate_only request_id";
const PAGE: &str = "page_size page_token";
const MAY_DIFFER: [&str; 5] =
    ["page_size", "page_token", "read_mask", "include_total_size", "min_revision"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let mut protos: Vec<PathBuf> = fs::read_dir("proto/digitalskills/v1")?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    protos.sort();

    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_imports(true).include_source_info(true).open_files(protos)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("digitalskills.v1.bin"), compiler.encode_file_descriptor_set())?;
    let descriptors = compiler.file_descriptor_set();

    let values = Package::of(&descriptors).values()?;
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    for (file, template) in TEMPLATES {
        println!("cargo:rerun-if-changed={template}");
        let text = fs::read_to_string(template)?;
        fs::write(out.join(file), templates.render_named_str(template, &text, &values)?)?;
    }

    let mut config = Config::new();
    config.enable_type_names();
    tonic_prost_build::configure().compile_fds_with_config(descriptors, config)?;
    Ok(())
}

/// Messages and services of the registry's own package, by name.
#[derive(Default)]
struct Package {
    messages: Vec<Message>,
    services: Vec<Service>,
}

struct Message {
    name: String,
    fields: Vec<String>,
}

struct Service {
    name: String,
    methods: Vec<Method>,
}

struct Method {
    name: String,
    request: String,
    answer: String,
}

impl Package {
    fn of(descriptors: &FileDescriptorSet) -> Self {
        let mut package = Self::default();
        for file in descriptors.file.iter().filter(|file| file.package() == "digitalskills.v1") {
            package.messages.extend(file.message_type.iter().map(|message| Message {
                name: message.name().to_owned(),
                fields: message.field.iter().map(|field| field.name().to_owned()).collect(),
            }));
            package.services.extend(file.service.iter().map(|service| {
                Service {
                    name: service.name().to_owned(),
                    methods: service
                        .method
                        .iter()
                        .map(|method| Method {
                            name: method.name().to_owned(),
                            request: simple_name(method.input_type()),
                            answer: simple_name(method.output_type()),
                        })
                        .collect(),
                }
            }));
        }
        package
    }

    /// Values for the templates.
    fn values(&self) -> Result<Value, String> {
        // The resource types are those in the change feed, in the order of that message.
        let types = self.message("Resource")?.fields.iter();
        let types: Vec<Value> =
            types.map(|singular| self.resource_type(singular)).collect::<Result<_, _>>()?;
        let services = self.services.iter();
        let services: Vec<Value> = services
            .map(|service| context! { name => service.name.clone(), module => snake_case(&service.name) })
            .collect();
        let writes = self.messages.iter().filter(|message| message.lacks(WRITE).is_none());
        let writes: Vec<String> = writes.map(|message| message.name.clone()).collect();
        let paged = self.messages.iter().filter(|message| message.lacks(PAGE).is_none());
        let paged: Vec<Value> = paged
            .map(|message| {
                let differ = MAY_DIFFER.into_iter().filter(|field| message.has(field));
                context! { request => message.name.clone(), differ => differ.collect::<Vec<_>>() }
            })
            .collect();
        Ok(context! { types, services, writes, paged })
    }

    /// Values of one resource type, named in snake case. Fails if any standard method or field is missing.
    fn resource_type(&self, singular: &str) -> Result<Value, String> {
        let title = camel_case(singular);
        let service =
            self.services.iter().find(|service| service.name == format!("{title}Service"));
        let service = service.ok_or_else(|| format!("{title} has no {title}Service"))?;
        let plural = service.methods.iter().find_map(|method| method.name.strip_prefix("BatchGet"));
        let plural = plural.ok_or_else(|| format!("{} has no BatchGet", service.name))?;
        let rows = snake_case(plural);
        let named = |text: &str| {
            let text = text.replace("{Type}", &title).replace("{Types}", plural);
            text.replace("{type}", singular).replace("{types}", &rows)
        };
        self.message(&title)?.require(STANDARD_FIELDS)?;
        let child = self.message(&named("List{Types}Request"))?.has("parent");
        for (method, request, answer) in STANDARD_METHODS {
            let method_name = named(method);
            let known = service.methods.iter().any(|known| known.name == method_name);
            if !known {
                return Err(format!("{} lacks the method {method_name}", service.name));
            }
            let message = self.message(&format!("{method_name}Request"))?;
            message.require(&named(request))?;
            if message.has("parent") != (child && UNDER_PARENT.contains(&method)) {
                return Err(format!("{}: either all have a parent, or none", message.name));
            }
            if !answer.is_empty() {
                self.message(&format!("{method_name}Response"))?.require(&named(answer))?;
            }
        }
        let standard =
            |name: &str| STANDARD_METHODS.iter().any(|(method, ..)| named(method) == name);
        let transitions = service.methods.iter().filter(|method| {
            let request = self.message(&method.request).ok();
            let named = request.is_some_and(|request| request.lacks("name etag").is_none());
            let changed = method.answer == title
                || self.message(&method.answer).is_ok_and(|answer| answer.has(singular));
            named && changed && !standard(&method.name)
        });
        let transitions: Vec<String> = transitions.map(|method| method.request.clone()).collect();
        let requests = STANDARD_METHODS.iter().map(|(name, ..)| format!("{}Request", named(name)));
        let requests: Vec<String> = requests.chain(transitions.iter().cloned()).collect();
        let client = format!("{}_client::{}Client", snake_case(&service.name), service.name);
        let collection = plural[..1].to_lowercase() + &plural[1..];
        Ok(context! {
            title, plural, singular, collection, rows, child, requests, transitions, client
        })
    }

    fn message(&self, name: &str) -> Result<&Message, String> {
        let message = self.messages.iter().find(|message| message.name == name);
        message.ok_or_else(|| format!("there is no message {name}"))
    }
}

impl Message {
    fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|known| known == field)
    }

    /// First of these fields that the message does not have.
    fn lacks<'a>(&self, fields: &'a str) -> Option<&'a str> {
        fields.split(' ').find(|field| !self.has(field))
    }

    fn require(&self, fields: &str) -> Result<(), String> {
        match self.lacks(fields) {
            Some(field) => Err(format!("{} lacks the field {field}", self.name)),
            None => Ok(()),
        }
    }
}

/// `Skill` for `.digitalskills.v1.Skill`.
fn simple_name(full: &str) -> String {
    full.rsplit('.').next().unwrap_or_default().to_owned()
}

/// `closure_option` for `ClosureOption`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (i, letter) in name.char_indices() {
        if letter.is_uppercase() && i > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// `ClosureOption` for `closure_option`.
fn camel_case(name: &str) -> String {
    let words = name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
    words.collect()
}
