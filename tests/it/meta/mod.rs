//! The sources, the contract and the schema agree with each other: layers, imports, methods, tables and
//! their history.

mod imports;
mod layers;
mod migrations;
mod openapi;
mod rpcs;
mod schema;
mod words;
