//! Roles: what people are employed as and plans set targets for.

#![allow(missing_docs, reason = "the proto of the same name says what each field is")]

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Field, Reason, Resource, ResourceType, TextList, Violations,
    resource::{record, term},
    text::is_visible,
};

term! {
    /// Agenda for Change band, in ascending order.
    #[allow(clippy::enum_variant_names, reason = "bands are known by their numbers")]
    pub enum AfcBand {
        AfcBand1,
        AfcBand2,
        AfcBand3,
        AfcBand4,
        AfcBand5,
        AfcBand6,
        AfcBand7,
        AfcBand8a,
        AfcBand8b,
        AfcBand8c,
        AfcBand8d,
        AfcBand9,
    }
}

/// A family of roles that the registry knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleFamily {
    /// Identifier, as in the `family` field of a role.
    pub family: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    /// Whether its roles are digital, data and technology roles.
    pub digital: bool,
}

const fn family(
    family: &'static str,
    digital: bool,
    title: &'static str,
    description: &'static str,
) -> RoleFamily {
    RoleFamily { family, title, description, digital }
}

/// The families that the registry knows, ordered by identifier. They are the registry's own: no NHS staff
/// group means "digital".
pub const FAMILIES: &[RoleFamily] = &[
    family(
        "ARCHITECTURE",
        true,
        "Architecture",
        "Designing how systems, data and services fit together.",
    ),
    family(
        "BOARD_EXECUTIVE",
        true,
        "Board, executive",
        "Executive directors, among them the chief digital and information officer.",
    ),
    family(
        "BOARD_NON_EXECUTIVE",
        true,
        "Board, non-executive",
        "Chairs and non-executive directors, who hold the executives to account for digital.",
    ),
    family(
        "CLINICAL_INFORMATICS",
        true,
        "Clinical informatics",
        "Clinicians who lead or work on digital: chief clinical, nursing and pharmacy information officers, digital midwives.",
    ),
    family(
        "CORPORATE",
        false,
        "Corporate services",
        "Finance, people, estates and other support of the organisation.",
    ),
    family("CYBER", true, "Cyber security", "Protecting systems, data and services."),
    family(
        "DATA",
        true,
        "Data and analytics",
        "Analysts, data scientists, data engineers, data governance.",
    ),
    family(
        "DIGITAL_LEADERSHIP",
        true,
        "Digital leadership",
        "Heads and chiefs of digital, data and technology below or beside the board.",
    ),
    family(
        "FRONTLINE",
        false,
        "Front line",
        "Everyone who cares for patients and uses digital tools to do it.",
    ),
    family(
        "INFORMATICS",
        true,
        "Informatics",
        "Health records, clinical coding, information management and systems administration.",
    ),
    family(
        "IT_OPERATIONS",
        true,
        "IT operations",
        "Infrastructure, service desks, end user computing and service management.",
    ),
    family(
        "PRODUCT_AND_DELIVERY",
        true,
        "Product and delivery",
        "Product managers, delivery managers, business analysts, programme managers.",
    ),
    family(
        "QUALITY_ASSURANCE_TESTING",
        true,
        "Quality assurance testing",
        "Testers and test engineers.",
    ),
    family(
        "SOFTWARE_DEVELOPMENT",
        true,
        "Software development",
        "Developers and development operations.",
    ),
    family(
        "USER_CENTRED_DESIGN",
        true,
        "User-centred design",
        "User researchers, content, interaction and service designers.",
    ),
];

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "role")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub revision: i64,
    pub create_time: DateTimeUtc,
    pub update_time: DateTimeUtc,
    pub title: String,
    pub family: String,
    pub group: String,
    /// Position in its group, from 1; 0 if it has none.
    pub seniority: i32,
    pub afc_band_from: Option<AfcBand>,
    pub afc_band_to: Option<AfcBand>,
    pub codes: TextList,
    pub description: String,
}

record!(; title, group);

impl Resource for Model {
    const TYPE: ResourceType = ResourceType::Role;
    const FIELDS: &'static [Field<Self>] = &[
        Field::text(Column::Title).ordered(),
        Field::text(Column::Family),
        Field::text(Column::Group),
        Field::number(Column::Seniority).ordered(),
        Field::list(Column::Codes),
    ];
    const LONG_COLUMNS: &'static [Column] = &[Column::Codes, Column::Description];

    fn validate(&self, violations: &mut Violations) {
        violations.title("title", &self.title);
        check_family("family", &self.family, violations);
        violations.line("group", &self.group, 200);
        violations.range("seniority", self.seniority, 0..=100);
        violations.prose("description", &self.description);
        match (self.afc_band_from, self.afc_band_to) {
            (Some(from), Some(to)) if to < from => {
                let description = "must not be below afc_band_from";
                violations.add("afc_band_to", Reason::OutOfRange, description);
            }
            (Some(_), None) => {
                violations.add("afc_band_to", Reason::Required, "must be set if afc_band_from is");
            }
            (None, Some(_)) => {
                violations.add("afc_band_from", Reason::Required, "must be set if afc_band_to is");
            }
            _ => {}
        }
        self.check_codes(violations);
    }
}

impl Model {
    fn check_codes(&self, violations: &mut Violations) {
        let codes = &self.codes.0;
        violations.items("codes", codes, 50);
        for (i, code) in codes.iter().enumerate() {
            let field = format!("codes[{i}]");
            violations.line(&field, code, 200);
            let parts = code.split_once(':');
            if !parts.is_some_and(|(scheme, code)| is_visible(scheme) && is_visible(code)) {
                violations.add(&field, Reason::Malformed, "must have the form scheme:code");
            }
            if codes[..i].contains(code) {
                violations.add(&field, Reason::Duplicate, "must not repeat an earlier code");
            }
        }
    }
}

/// Whether the registry knows the family as one of digital, data and technology roles.
pub fn is_digital(family: &str) -> bool {
    FAMILIES.iter().any(|known| known.digital && known.family == family)
}

/// Validates the form of a family; an empty one is valid.
pub(super) fn check_family(field: &str, family: &str, violations: &mut Violations) {
    violations
        .code(field, family, 64, |c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_families_are_in_order_and_of_their_own_form() {
        assert!(FAMILIES.is_sorted_by_key(|family| family.family));
        let mut violations = Violations::default();
        for family in FAMILIES {
            check_family(family.family, family.family, &mut violations);
        }
        assert!(violations.is_empty());
    }
}
