//! The table in the warehouse, and everything that is said to it in SQL.
//!
//! Purpose: make table, views, procedures and the statements that people and the tool run, for the
//! names of the caller and in the dialect of their database.
//!
//! Invariants:
//! - The statements stand in `sql/*.sql`, in Redshift's SQL; columns come from [`crate::row::COLUMNS`]
//!   alone. [`Dialect`] is the only place that knows how another database says the same.
//! - A range of `request_time` reaches the table through every view: windows are partitioned by it.
//! - Nothing that ships removes the last row of a line, but for retention and erasure, which say so.
//! - A table of an earlier version has a way to this one: `released/*.sql` is what each version made.
//!
//! What it does not do: no I/O, no connection, no knowledge of who runs the statements.

mod audit;
mod dialect;
mod health;
mod load;
mod names;
mod quarantined;
mod questions;
mod retention;
mod script;
mod statements;
mod upgrade;

pub use audit::{LINE_COLUMNS, ObjectRows, object_lines, object_places, object_rows};
pub use dialect::Dialect;
pub use health::{
    newest_requests, relation_columns, rows_of_request, serverless_capacity, table_privileges,
    trial_load,
};
pub use load::{GuardedLoad, guarded_load, guarded_load_of, load_errors, loaded_rows, noted_loads};
pub use names::SqlNames;
pub use quarantined::{AfterPlace, Replacement, quarantined_places, replace_quarantined};
pub use questions::{QUESTIONS, Question, questions_sql};
pub use retention::{Erasure, Unload, erasure, retention};
pub use script::split;
pub use statements::{
    Kind, SUFFIX_BYTES_MAX, Statement, VIEWS, daily_sql, ddl, maintenance_sql, statements,
    table_sql, views_sql,
};
pub use upgrade::{RELEASES, UnknownRelease, upgrade};
