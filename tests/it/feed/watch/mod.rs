//! Watches: what they deliver, and how they end.

mod delivery;
mod ends;

use digital_skills_registry::api::v1::Role;

fn role(title: &str) -> Role {
    Role { title: title.into(), ..Role::default() }
}
