//! Connect's calls of one message each way.

mod calls;
mod errors;

use digital_skills_registry::api::v1::Role;

const GET: &str = "RoleService/GetRole";
const CREATE: &str = "RoleService/CreateRole";

fn role(id: &str) -> Role {
    Role { name: format!("roles/{id}"), title: id.into(), ..Role::default() }
}
