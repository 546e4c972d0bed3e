//! Conversion of values between domain types and messages.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::{
    Fte, FteError, Input, Ratio, Reason, Resource, TextList, Violations, name_form,
};

use super::standard_fields::StandardFields;

/// A domain type that is `P` in messages.
pub trait WireValue<P>: Sized {
    /// Converts to the message form.
    fn to_wire(&self) -> P;

    /// Converts from the message form. If that is impossible, adds a violation of `field` and returns a
    /// placeholder.
    fn from_wire(wire: P, field: &str, violations: &mut Violations) -> Self;
}

/// A resource type with its message.
pub trait Wire: Resource {
    /// The message.
    type Message: prost::Message + StandardFields + Default + Clone + 'static;

    /// Converts a row to a message.
    fn to_message(&self) -> Self::Message;

    /// Converts a message to a row without a name; adds what is wrong to `violations`.
    fn from_message(message: Self::Message, violations: &mut Violations) -> Self;

    /// Clears the fields of a message that are not among `fields`, except its name.
    fn reduce(message: &mut Self::Message, fields: &[String]);
}

/// Message of a resource type.
pub type MessageOf<N> = <N as Wire>::Message;

/// Converts a message to an input of a write. A malformed name is a violation.
pub fn input<N: Wire>(message: N::Message, mut violations: Violations) -> Input<N> {
    let name = match message.name() {
        "" => {
            violations.add("name", Reason::Required, "must not be empty");
            None
        }
        text => match name_form::parse(&[N::TYPE], text) {
            Ok((_, name)) => Some(name),
            Err(bad) => {
                violations.add("name", Reason::Malformed, bad.description());
                None
            }
        },
    };
    let row = N::from_message(message, &mut violations);
    Input { name, row, violations }
}

/// Implements `Wire` for a resource type: first the fields that callers set, then those that only the
/// registry sets. `field or default` is a field that is optional in the message but not in the row: if a request
/// does not set it, it gets the default, and every response sets it. If a field of the row or the message is
/// missing here, the code does not compile.
macro_rules! wire {
    (
        $Resource:ident $(in $parent:ident)? { $($field:ident $(or $default:expr)?),* $(,)? }
        output { $($output:ident),* $(,)? }
    ) => {
        impl $crate::api::wire::Wire for $crate::domain::$Resource {
            type Message = $crate::api::v1::$Resource;

            fn to_message(&self) -> Self::Message {
                use $crate::api::wire::WireValue;
                let Self { name, revision, create_time, update_time, $($parent: _,)? $($field,)* $($output,)* } = self;
                Self::Message {
                    name: name.clone(),
                    etag: $crate::domain::etag(self),
                    revision: *revision,
                    create_time: create_time.to_wire(),
                    update_time: update_time.to_wire(),
                    $($field: $crate::api::wire::wire!(@to $field $(or $default)?),)*
                    $($output: $output.to_wire(),)*
                }
            }

            fn from_message(
                message: Self::Message,
                violations: &mut $crate::domain::Violations,
            ) -> Self {
                use $crate::api::wire::WireValue;
                let Self::Message {
                    name: _, etag: _, revision: _, create_time: _, update_time: _,
                    $($field,)* $($output: _,)*
                } = message;
                Self {
                    name: String::new(),
                    $($parent: String::new(),)?
                    revision: 0,
                    create_time: Default::default(),
                    update_time: Default::default(),
                    $($field: $crate::api::wire::wire!(@from violations $field $(or $default)?),)*
                    $($output: Default::default(),)*
                }
            }

            fn reduce(message: &mut Self::Message, fields: &[String]) {
                let wanted = |field: &str| fields.iter().any(|wanted| wanted == field);
                $crate::api::wire::wire!(@reduce message wanted
                    etag revision create_time update_time $($field)* $($output)*);
            }
        }
    };
    (@to $field:ident) => { $field.to_wire() };
    (@to $field:ident or $default:expr) => { Some($field.to_wire()) };
    (@from $violations:ident $field:ident) => {
        WireValue::from_wire($field, stringify!($field), $violations)
    };
    (@from $violations:ident $field:ident or $default:expr) => {
        match $field {
            Some(wire) => WireValue::from_wire(wire, stringify!($field), $violations),
            None => $default,
        }
    };
    (@reduce $message:ident $wanted:ident $($field:ident)*) => {
        $(if !$wanted(stringify!($field)) {
            $message.$field = Default::default();
        })*
    };
}
pub(super) use wire;

/// Implements the conversion of an enum. Both enums have the same variants, and the message's has a zero
/// value, which becomes `unspecified`, or a violation if there is none.
macro_rules! wire_enum {
    ($Domain:path => $Wire:ident { $first:ident $(, $variant:ident $(as $other:ident)?)* $(,)? } $(unspecified $default:ident)?) => {
        impl $crate::api::wire::WireValue<i32> for $Domain {
            fn to_wire(&self) -> i32 {
                use $Domain as Domain;
                use $crate::api::v1::$Wire as Wire;
                let wire = match self {
                    Domain::$first => Wire::$first,
                    $(Domain::$variant => $crate::api::wire::wire_enum!(@wire $variant $($other)?),)*
                };
                wire as i32
            }

            fn from_wire(wire: i32, field: &str, violations: &mut $crate::domain::Violations) -> Self {
                use $Domain as Domain;
                use $crate::{api::v1::$Wire as Wire, domain::Reason};
                match Wire::try_from(wire) {
                    Ok(Wire::$first) => Domain::$first,
                    $(Ok($crate::api::wire::wire_enum!(@wire $variant $($other)?)) => Domain::$variant,)*
                    $(Ok(Wire::Unspecified) => Domain::$default,)?
                    #[allow(unreachable_patterns, reason = "not every enum has a default")]
                    Ok(Wire::Unspecified) => {
                        violations.add(field, Reason::Required, "must not be unspecified");
                        Domain::$first
                    }
                    Err(_) => {
                        let description = concat!("must be a value of ", stringify!($Wire));
                        violations.add(field, Reason::UnknownValue, description);
                        Domain::$first
                    }
                }
            }
        }
    };
    (@wire $variant:ident) => { Wire::$variant };
    (@wire $variant:ident $other:ident) => { Wire::$other };
}
pub(super) use wire_enum;

/// Converts an optional enum; `None` is the zero value.
pub fn optional<T: WireValue<i32>>(
    wire: i32,
    field: &str,
    violations: &mut Violations,
) -> Option<T> {
    (wire != 0).then(|| T::from_wire(wire, field, violations))
}

/// Implements the conversion of a type that is the same in messages.
macro_rules! plain {
    ($($Type:ty),*) => {
        $(impl WireValue<$Type> for $Type {
            fn to_wire(&self) -> $Type {
                self.clone()
            }

            fn from_wire(wire: $Type, _field: &str, _violations: &mut Violations) -> Self {
                wire
            }
        })*
    };
}
plain!(String, bool, i32, i64);

impl WireValue<Vec<String>> for TextList {
    fn to_wire(&self) -> Vec<String> {
        self.0.clone()
    }

    fn from_wire(wire: Vec<String>, _field: &str, _violations: &mut Violations) -> Self {
        Self(wire)
    }
}

/// A number that must be set, even if it is 0.
impl WireValue<Option<i32>> for i32 {
    fn to_wire(&self) -> Option<i32> {
        Some(*self)
    }

    fn from_wire(wire: Option<i32>, field: &str, violations: &mut Violations) -> Self {
        if wire.is_none() {
            violations.add(field, Reason::Required, "must be set");
        }
        wire.unwrap_or_default()
    }
}

/// Implements the conversion of numbers with five decimals, which are doubles in messages.
macro_rules! exact {
    ($Name:ident) => {
        impl WireValue<f64> for $Name {
            fn to_wire(&self) -> f64 {
                self.to_f64()
            }

            fn from_wire(wire: f64, field: &str, violations: &mut Violations) -> Self {
                Self::read(wire).unwrap_or_else(|inexact| {
                    violations.add(field, reason(inexact), inexact.to_string());
                    Self::ZERO
                })
            }
        }

        impl WireValue<Option<f64>> for Option<$Name> {
            fn to_wire(&self) -> Option<f64> {
                self.map($Name::to_f64)
            }

            fn from_wire(wire: Option<f64>, field: &str, violations: &mut Violations) -> Self {
                wire.map(|wire| $Name::from_wire(wire, field, violations))
            }
        }
    };
}

exact!(Fte);
exact!(Ratio);

fn reason(inexact: FteError) -> Reason {
    match inexact {
        FteError::NotFinite => Reason::Malformed,
        FteError::OutOfRange => Reason::OutOfRange,
        FteError::TooPrecise => Reason::TooLong,
    }
}

impl WireValue<String> for Option<NaiveDate> {
    fn to_wire(&self) -> String {
        self.map_or_else(String::new, |date| date.to_string())
    }

    fn from_wire(wire: String, field: &str, violations: &mut Violations) -> Self {
        if wire.is_empty() {
            return None;
        }
        let date = date(&wire);
        if date.is_none() {
            let description = "must be a date in the form YYYY-MM-DD, from 1900 to 2200";
            violations.add(field, Reason::Malformed, description);
        }
        date
    }
}

impl WireValue<String> for NaiveDate {
    fn to_wire(&self) -> String {
        self.to_string()
    }

    fn from_wire(wire: String, field: &str, violations: &mut Violations) -> Self {
        violations.required(field, &wire);
        let date = Option::<Self>::from_wire(wire, field, violations);
        date.unwrap_or_default()
    }
}

/// Parses `YYYY-MM-DD`, with all digits.
pub fn date(text: &str) -> Option<NaiveDate> {
    use chrono::Datelike;
    let date: NaiveDate = text.parse().ok()?;
    (text.len() == 10 && (1900..=2200).contains(&date.year())).then_some(date)
}

impl WireValue<Option<prost_types::Timestamp>> for DateTime<Utc> {
    fn to_wire(&self) -> Option<prost_types::Timestamp> {
        Some(prost_types::Timestamp {
            seconds: self.timestamp(),
            nanos: i32::try_from(self.timestamp_subsec_nanos()).unwrap_or(0),
        })
    }

    /// Only the registry sets times.
    fn from_wire(
        _wire: Option<prost_types::Timestamp>,
        _field: &str,
        _violations: &mut Violations,
    ) -> Self {
        Self::default()
    }
}
