//! PostgreSQL as a client meets it: sessions, and what their statements answer.
//!
//! | file | what lives there |
//! |---|---|
//! | [`database`] | `trait Database`: evaluates SQL for one session, knows neither slots nor time |
//! | [`session`] | what one session carries from statement to statement: transaction, parameters |
//! | [`mock`] | the database of the page: the subset of SQL that handlers here use, with PostgreSQL's answers and errors |
//! | `sql` | its grammar: lexer, syntax tree, parser |
//! | [`value`], [`decimal`] | values, their types, and what node-postgres makes of them |
//! | [`error`] | errors in PostgreSQL's words, with SQLSTATE and position |

pub mod database;
pub mod decimal;
pub mod error;
pub mod limits;
pub mod mock;
pub mod session;
mod sql;
pub mod value;

pub use database::{Database, Notice, Outcome, Query, Reply, SessionContext};
pub use error::SqlError;
pub use mock::MockDatabase;
pub use session::{BackendPid, Session, SessionDefaults, TransactionState};
pub use value::{Column, NodeValue, QueryResult, SqlType, SqlValue};
