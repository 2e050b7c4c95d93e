//! PostgreSQL as a client meets it: sessions, and what their statements answer.
//!
//! | file | what lives there |
//! |---|---|
//! | [`database`] | `trait Database`: evaluates SQL for one session, knows neither slots nor time |
//! | [`session`] | what one session carries from statement to statement: transaction, parameters |
//! | [`server`] | slots, the life of a session, timeouts, stops and restarts |
//! | `backend` | one of its backends: which connection it serves, what it is at |
//! | `wire` | what passes between a client and the server: addresses, and the packets both ways |
//! | [`mock`] | the database of the page: the subset of SQL that handlers here use, with PostgreSQL's answers and errors |
//! | `sql` | its grammar: lexer, syntax tree, parser |
//! | [`value`], [`decimal`] | values, their types, and what node-postgres makes of them |
//! | [`error`] | errors in PostgreSQL's words, with SQLSTATE and position |

mod backend;
pub mod database;
pub mod decimal;
pub mod error;
pub mod mock;
pub mod server;
pub mod session;
mod sql;
pub mod value;
mod wire;

pub use database::{Database, Notice, Outcome, Query, Reply, SessionContext};
pub use error::SqlError;
pub use mock::MockDatabase;
pub use session::{Session, SessionDefaults, TransactionState};
pub use value::{Column, NodeValue, QueryResult, SqlType, SqlValue};
