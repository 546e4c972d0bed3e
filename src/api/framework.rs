//! Frameworks on the wire.

use crate::domain::{
    Violations,
    framework::{FrameworkState, Level, Levels},
};

use super::{
    service::service,
    v1,
    wire::{Travels, wire, wire_enum},
};

wire_enum! {
    FrameworkState => FrameworkState { Draft, Published, Retired }
}

wire! {
    Framework { title, version, publisher, licence, levels, supersedes }
    output { state }
}

service!(Framework, Frameworks steps(publish_framework, retire_framework) {});

impl Travels<Vec<v1::FrameworkLevel>> for Levels {
    fn to_wire(&self) -> Vec<v1::FrameworkLevel> {
        let level = |level: &Level| {
            let Level { rank, id, title, description } = level.clone();
            v1::FrameworkLevel { rank, id, title, description }
        };
        self.0.iter().map(level).collect()
    }

    fn from_wire(wire: Vec<v1::FrameworkLevel>, _field: &str, _: &mut Violations) -> Self {
        let level = |level| {
            let v1::FrameworkLevel { rank, id, title, description } = level;
            Level { rank, id, title, description }
        };
        Self(wire.into_iter().map(level).collect())
    }
}
