//! How virtual time is shown: at which pace, and in both directions.
//!
//! ```text
//!            statements                      tick(elapsed) ── debt paid ──▶ one step of the World
//!  run(…) ──▶ queue ──▶ Player ─────────────────────────────────────────────▶ events, boundaries,
//!                         │  seek(n): nearest checkpoint, then replay         checkpoints, time line
//!                         ▼
//!                       Ledger: what the events up to now add up to (invocations, lines that ran, log)
//! ```
//!
//! The [`Player`] owns the world and is the only one to drive it. It keeps every event and every statement with the place
//! where it was applied, so any moment can be looked at again: a world is plain data, and the same statements after the
//! same number of steps give the same events. What is done at a moment of the past replaces what came after it; one such
//! replacement can be taken back.
//!
//! The reader's pace ([`pace`]) is not proportional to virtual time and unknown to the simulation: each lit line and each
//! hop on a wire gets a moment long enough to see, waiting is squeezed.

mod ledger;
pub mod pace;
mod player;
mod script;
mod timeline;

pub use ledger::{Hop, InvocationRecord, Ledger};
pub use player::{Changed, Player};
pub use timeline::{Mark, MarkKind, Segment, SegmentKind, Timeline};

#[cfg(test)]
mod tests;
