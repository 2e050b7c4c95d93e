//! A run as a session in a terminal, and as a recording of that terminal.
//!
//! ```text
//!  Player ── statements, events, time line ──▶ session: lines, each with its moment ──▶ cast: asciicast v2
//!                                                  └──▶ the pane of the page (ui::terminal)
//! ```
//!
//! Each [`Line`] is a statement that was carried out, a line of Lambda's log, a result or a caption. It appears at the time
//! at which the page shows it, with waits squeezed.

mod cast;
mod session;

pub use cast::{COLUMNS, ROWS, cast};
pub use session::{Line, LineKind, moment, session};
