//! A log line: a phrase with fields, as JSON or as text for a terminal.

use std::{borrow::Cow, fmt::Write};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;
use tracing::{Level, field, field::Visit};

use crate::api::status::chain;

/// Maximum length of one value in bytes; longer ones are cut.
const MAX_BYTES: usize = 4_096;

/// Names in the log of span fields. Spans also go to collectors, which expect OpenTelemetry's
/// names.
const NAMES: [(&str, &str); 3] =
    [("rpc.method", "method"), ("rpc.response.status_code", "code"), ("client.address", "peer")];

/// Prefixes of fields that are left out of the log.
const SILENT: [&str; 3] = ["otel.", "rpc.system", "log."];

/// Keys of a line that no field may take; such a field gets a trailing `_`.
const RESERVED: [&str; 4] = ["timestamp", "level", "target", "repeated"];

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One JSON object for each line.
    Json,
    /// Text for people, with colours.
    Text,
}

/// Fields in order of arrival, each name once: a later value replaces an earlier one.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(Cow<'static, str>, Value)>);

impl Fields {
    /// Sets a field.
    pub fn set(&mut self, name: &'static str, value: Value) {
        if SILENT.iter().any(|silent| name.starts_with(silent)) {
            return;
        }
        let known = NAMES.iter().find(|(span, _)| *span == name);
        let name = known.map_or(name, |(_, log)| log);
        let name = match RESERVED.contains(&name) {
            true => Cow::Owned(format!("{name}_")),
            false => Cow::Borrowed(name),
        };
        match self.0.iter_mut().find(|(other, _)| *other == name) {
            Some(field) => field.1 = value,
            None => self.0.push((name, value)),
        }
    }

    /// Adds fields; they replace those of the same name.
    pub fn extend(&mut self, others: &Self) {
        for (name, value) in &others.0 {
            match self.0.iter_mut().find(|(other, _)| other == name) {
                Some(field) => field.1.clone_from(value),
                None => self.0.push((name.clone(), value.clone())),
            }
        }
    }

    /// Takes out the message; empty if there is none.
    pub fn take_message(&mut self) -> String {
        let place = self.0.iter().position(|(name, _)| name == "message");
        match place.map(|place| self.0.remove(place).1) {
            Some(Value::String(message)) => message,
            _ => String::new(),
        }
    }

    fn set_text(&mut self, name: &'static str, mut text: String) {
        if text.len() > MAX_BYTES {
            let end = (0..=MAX_BYTES).rev().find(|at| text.is_char_boundary(*at));
            text.truncate(end.unwrap_or(0));
            text.push('…');
        }
        self.set(name, Value::String(text));
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &field::Field, value: f64) {
        self.set(field.name(), value.into());
    }

    fn record_i64(&mut self, field: &field::Field, value: i64) {
        self.set(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &field::Field, value: u64) {
        self.set(field.name(), value.into());
    }

    fn record_bool(&mut self, field: &field::Field, value: bool) {
        self.set(field.name(), value.into());
    }

    fn record_str(&mut self, field: &field::Field, value: &str) {
        self.set_text(field.name(), value.to_owned());
    }

    fn record_error(&mut self, field: &field::Field, value: &(dyn std::error::Error + 'static)) {
        self.set_text(field.name(), chain(value));
    }

    fn record_debug(&mut self, field: &field::Field, value: &dyn std::fmt::Debug) {
        self.set_text(field.name(), format!("{value:?}"));
    }
}

/// A log line.
#[derive(Clone, Debug)]
pub struct Line {
    /// Time of the event.
    pub time: DateTime<Utc>,
    /// Severity.
    pub level: Level,
    /// Module that wrote the line.
    pub target: Cow<'static, str>,
    /// The phrase.
    pub message: String,
    /// The fields.
    pub fields: Fields,
    /// Number of lines of its kind left out before it.
    pub repeated: u64,
}

impl Line {
    /// Creates a line with the current time.
    pub fn now(level: Level, message: impl Into<String>) -> Self {
        Self {
            time: Utc::now(),
            level,
            target: Cow::Borrowed(module_path!()),
            message: message.into(),
            fields: Fields::default(),
            repeated: 0,
        }
    }

    /// Returns the bytes of the line, including the line end.
    pub fn bytes(&self, form: Form) -> Vec<u8> {
        let mut bytes = match form {
            Form::Json => self.json().unwrap_or_default(),
            Form::Text => self.text().into_bytes(),
        };
        bytes.push(b'\n');
        bytes
    }

    fn json(&self) -> serde_json::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(256);
        let mut serializer = serde_json::Serializer::new(&mut bytes);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("timestamp", &self.timestamp())?;
        map.serialize_entry("level", self.level.as_str())?;
        map.serialize_entry("message", &self.message)?;
        for (name, value) in &self.fields.0 {
            map.serialize_entry(name, value)?;
        }
        if self.repeated > 0 {
            map.serialize_entry("repeated", &self.repeated)?;
        }
        map.serialize_entry("target", &self.target)?;
        map.end()?;
        Ok(bytes)
    }

    fn text(&self) -> String {
        let colour = match self.level {
            Level::ERROR => 31,
            Level::WARN => 33,
            Level::INFO => 32,
            _ => 34,
        };
        let level = self.level.as_str();
        let mut text =
            format!("\x1b[2m{}\x1b[0m \x1b[{colour}m{level:>5}\x1b[0m ", self.timestamp());
        text.extend(self.message.chars().map(|c| if c.is_control() { ' ' } else { c }));
        let repeated = (self.repeated > 0).then(|| ("repeated".into(), self.repeated.into()));
        for (name, value) in self.fields.0.iter().chain(&repeated) {
            // Writing to a string cannot fail.
            let _ = match value {
                Value::String(value) if is_plain(value) => write!(text, " {name}={value}"),
                Value::String(value) => write!(text, " {name}={value:?}"),
                value => write!(text, " {name}={value}"),
            };
        }
        text
    }

    fn timestamp(&self) -> String {
        self.time.to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}

/// Whether a text needs no quotes.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '=')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line() -> Line {
        let mut fields = Fields::default();
        fields.set("rpc.method", "a.B/C".into());
        fields.set("otel.kind", "server".into());
        fields.set("error", "two\nlines \u{1b}[2J".into());
        fields.set("error", "\u{1b}[2J of a caller".into());
        fields.set("level", 3.into());
        Line { fields, repeated: 7, ..Line::now(Level::ERROR, "call failed") }
    }

    #[test]
    fn a_line_is_one_object_with_each_key_once() {
        let bytes = line().bytes(Form::Json);
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.matches("\"level\":").count(), 1, "{text}");
        let mut object: Value = serde_json::from_str(&text).unwrap();
        object["timestamp"].take();
        assert_eq!(
            object,
            json!({
                "timestamp": null, "level": "ERROR", "message": "call failed", "method": "a.B/C",
                "error": "\u{1b}[2J of a caller", "level_": 3, "repeated": 7,
                "target": "digital_skills_registry::telemetry::line",
            })
        );
    }

    #[test]
    fn a_line_for_people_is_one_line_whatever_callers_send() {
        let text = String::from_utf8(line().bytes(Form::Text)).unwrap();
        assert_eq!(text.matches('\n').count(), 1);
        assert!(
            text.contains("call failed method=a.B/C error=\"\\u{1b}[2J of a caller\""),
            "{text}"
        );
        assert!(text.trim_end().ends_with("repeated=7"), "{text}");
    }

    #[test]
    fn a_long_value_is_cut() {
        let mut fields = Fields::default();
        fields.set_text("error", "ü".repeat(10_000));
        assert!(fields.0[0].1.as_str().unwrap().len() <= MAX_BYTES + '…'.len_utf8());
    }
}
