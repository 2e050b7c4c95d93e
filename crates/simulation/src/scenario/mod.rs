//! The scenario language: what a reader, a link, a test or the CLI asks of the simulation, as text.
//!
//! ```text
//!  text ──parse──▶ Scenario ──settings──▶ World::new
//!                     │ ◀──print──
//!                     └──Statement::begin──▶ Action ──▶ World ──events──▶ StatementReport ──▶ JSON
//! ```
//!
//! [`parse`] reads a whole scenario, or returns the first place that it cannot read ([`ParseError`]). Nothing runs unless
//! the whole scenario was read. [`print()`] writes a scenario in its one canonical form, and `parse(print(s)) == s`.
//! [`Statement::begin`] applies a statement to a world, and [`run`] carries out a whole scenario and reports each statement.
//!
//! The language's contract leaves some questions open. They are decided like this:
//!
//! - A setting may be set once in a scenario. Setting it again is an error, since one of the two values would have no
//!   effect.
//! - `both` is read as two statements, `check` and then `proper`, also after `start` and `queue`. Both have the span of the
//!   one that was written.
//! - An export that is itself called `check`, `proper` or `both` is preferred to the short name.
//! - `#` in the middle of a word is data (`a#b`), and `KEY=VALUE` is one word: `connection.password=#1` sets `#1`.
//! - A duration is a whole number of microseconds, since `latency.step` is given in `us`. A finer one is refused, not
//!   rounded. A bare `0` is a duration where the reference says "0 = off".
//! - An event is kept as JSON without the blanks between its tokens. `{}` is the same as no event.

mod error;
mod lexer;
pub mod link;
mod parse;
mod print;
mod report;
mod run;
pub mod settings;
mod syntax;

pub use error::ParseError;
pub use parse::parse;
pub use print::print;
pub use report::{LogEntry, StatementReport, StatementResult};
pub use run::{Begun, run};
pub use settings::Assignment;
pub use syntax::{STATEMENTS, Scenario, Span, Statement, StatementDoc, StatementKind};
