//! A simulated PostgreSQL without a server around it: sessions, and the answers to their SQL.
//!
//! The crate knows neither the network nor the page. A [`Database`] executes a [`SqlQuery`] for one [`SqlSession`] at a
//! given time and returns a [`Reply`]. [`MockDatabase`], "the mock", implements a subset of SQL with PostgreSQL's answers and errors;
//! `tests/postgres/answers.jsonl` holds it to recordings of PostgreSQL 15.
//!
//! | module | contents |
//! |---|---|
//! | `database` | the trait [`Database`]: the interface to the server |
//! | `session`, `backend_state` | the state of one session, and of its backend |
//! | `value`, `numeric` | values, their types, results |
//! | `error`, `sqlstate` | errors: SQLSTATE, message, position |
//! | [`limits`] | bounds on time and memory |
//! | `sql` | query text to syntax tree: lexer, keywords, parser |
//! | `mock` | the executor: syntax tree to results |
//!
//! # Adding to the mock
//!
//! Record PostgreSQL's answers first: add statements to `tests/postgres/statements.sql` and run
//! `tests/postgres/record.js`.
//!
//! | what | where |
//! |---|---|
//! | a statement | a variant of `sql::ast::Statement`, its grammar in `sql::statement`, its execution in `Execution::statement` (`mock/execution.rs`) and a module of its own in `mock` |
//! | a clause of SELECT (JOIN, GROUP BY, ...) | a field of `sql::ast::Select`, its grammar in `sql::select`, its execution in `mock::select`; a FROM item with several tables widens `mock::evaluate::Scope` |
//! | an expression | a variant of `sql::ast::ExprKind` with its children, its grammar in `sql::expression`, its value in `mock::evaluate` |
//! | a function | a row in `mock::functions::FUNCTIONS` and an arm of `Execution::apply` |
//! | an aggregate | a variant of `mock::aggregates::Aggregate` |
//! | an operator | a variant of `sql::ast::Operator`, its value in `mock::operators` |
//! | a type | a variant of [`SqlType`] and, if needed, of [`SqlValue`]; its names in `sql::types`; reading and casting in `mock::convert`; comparing in `mock::operators::compare` |
//! | a run-time parameter | a row in `mock::parameters::PARAMETERS` |
//! | a keyword that the mock refuses | `sql::keywords::UNSUPPORTED`, so that the error says that the real PostgreSQL may know it |
#![warn(missing_docs, unreachable_pub)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod backend_state;
mod database;
mod error;
pub mod limits;
mod mock;
mod numeric;
mod session;
mod sql;
mod sqlstate;
mod value;

pub use backend_state::BackendState;
pub use database::{Database, Notice, QueryOutcome, Reply, SessionContext, Severity, SqlQuery};
pub use error::{SqlError, UNKNOWN_TO_MOCK};
pub use mock::MockDatabase;
pub use numeric::Numeric;
pub use session::{BackendPid, SessionDefaults, SqlSession, TransactionStatus};
pub use sqlstate::SqlState;
pub use value::{Column, NodeValue, QueryResult, SqlType, SqlValue};
