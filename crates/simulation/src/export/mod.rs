//! What a run looks like in a terminal, and as a recording of one.
//!
//! ```text
//!  Player ── statements, events, time line ──▶ session: lines, each with its moment ──▶ cast: asciicast v2
//!                                                  └──▶ the pane of the page (ui::terminal)
//! ```
//!
//! Nothing here is written down beforehand: a [`Line`] is a statement that was carried out, a line of Lambda's log, a result
//! or a caption. Its time is the one at which the page shows it, waiting squeezed as there.

mod cast;
mod session;

pub use cast::{COLUMNS, ROWS, cast};
pub use session::{Line, LineKind, moment, session};
