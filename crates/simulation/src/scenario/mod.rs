//! The scenario language: what a reader, a link, a test or the CLI asks of the simulation, as text.
//!
//! ```text
//! text ──parse──▶ Scenario ──settings──▶ World::new
//!                    │ ◀──print──
//!                    └──Run::begin_next──▶ Action ──▶ World ──events──▶ Account ──▶ StatementReport ──▶ JSON
//! ```
//!
//! [`parse`] reads a whole scenario or says where it went wrong and what was expected there ([`ParseError`]); nothing
//! runs unless all of it was read. [`print()`] writes it in its one canonical form, and `parse(print(s)) == s`. [`Run`]
//! carries out one statement after the other in a world, at the pace of whoever drives it; [`Account`] makes of the
//! events the object that the CLI prints for a statement.
//!
//! Where the language's contract is silent, it is read like this:
//!
//! - A setting may be given once in a scenario: the second one is refused with its position, since one of the two would
//!   do nothing.
//! - `both` is read as two statements, `check` and then `proper`, after `start` and `queue` too; both have the span of
//!   the one that was written.
//! - Where the package's exports are known, an export that is itself called `check`, `proper` or `both` is meant before
//!   the alias.
//! - `#` in the middle of a word is data (`a#b`), and `KEY=VALUE` is one word: `connection.password=#1` sets `#1`.
//! - A duration is a whole number of microseconds (`us` is a unit, since `latency.step` is given in it); a finer one is
//!   refused, not rounded. A bare `0` is also a duration where the reference says "0 = off".
//! - An event is kept as JSON without the blanks between its tokens; `{}` is the same as none.

mod error;
pub mod json;
mod lexer;
pub mod link;
mod parse;
mod print;
mod report;
mod run;
pub mod settings;
mod syntax;

pub use error::ParseError;
pub use json::Json;
pub use parse::parse;
pub use print::print;
pub use report::{Account, LogEntry, PoolReport, ReportError, StatementReport, StatementStatus};
pub use run::{Begun, Goal, Run, run};
pub use settings::Assignment;
pub use syntax::{Call, STATEMENTS, Scenario, Span, Statement, StatementDoc, StatementKind};
