//! References of a row: canonical form and existence.

use std::collections::HashSet;

use sea_orm::IdenStatic;

use crate::domain::{
    Reason, Reference, RelatedRows, Resource, UpdateFields, Violations, name_form,
};

/// Brings the references of a row into canonical form; malformed ones are violations.
pub(super) fn canonicalise<N: Resource>(
    row: &mut N,
    violations: &mut Violations,
    fields: &UpdateFields,
) {
    for reference in N::REFERENCES {
        let field = reference.column.as_str();
        if let UpdateFields::Only(fields) = fields
            && !fields.iter().any(|wanted| wanted == field)
        {
            continue;
        }
        for (path, text) in reference.names(row) {
            match name_form::parse(reference.kinds, &text) {
                Ok((_, name)) if name != text => reference.set(row, &path, name),
                Ok(_) => {}
                Err(bad) => violations.add(&path, Reason::Malformed, bad.description()),
            }
        }
    }
}

/// Adds a violation for every reference to a missing resource, and for every chain that forms a cycle.
pub(super) fn follow_references<N: Resource>(
    row: &N,
    related: &RelatedRows,
    violations: &mut Violations,
) {
    for reference in N::REFERENCES {
        for (path, name) in reference.names(row) {
            if violations.has(&path) {
                continue;
            }
            if !related.has(&name) {
                let description = "must name a resource that exists";
                violations.add(&path, Reason::ReferenceNotFound, description);
            } else if reference.chain && leads_back(row, &name, reference, related) {
                violations.add(&path, Reason::Loop, "must not form a cycle");
            }
        }
    }
}

fn leads_back<N: Resource>(
    row: &N,
    first: &str,
    reference: &Reference<N>,
    related: &RelatedRows,
) -> bool {
    let next = |name: &String| {
        let row = related.get::<N>(name)?;
        reference.names(row).pop().map(|(_, name)| name)
    };
    let mut passed = HashSet::new();
    for name in std::iter::successors(Some(first.to_owned()), next) {
        if name == row.name() {
            return true;
        }
        // A cycle that does not contain this row is not a violation of this row.
        if !passed.insert(name) {
            return false;
        }
    }
    false
}
