//! The tests of the service: the real server on a real socket, called through the generated client,
//! on SQLite and on PostgreSQL.

mod harness;

mod contract;
