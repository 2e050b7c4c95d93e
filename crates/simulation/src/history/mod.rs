//! The history of a run, and the pace at which it is shown to a reader, forwards and backwards.
//!
//! ```text
//!           statements                   tick(elapsed) ── when the last step has been shown ──▶ one step
//!  run(…) ───────────▶ Player ──────────────────────────────────────────────────────────────▶ of the world
//!                        │  seek(n): the nearest checkpoint, then replay
//!                        ▼
//!                  Invocations: a summary of the events up to the shown moment
//! ```
//!
//! The [`Player`] owns the world, and drives it as everybody does (see the [crate's documentation](crate#driving-a-world)),
//! one step at a time. It records the events, and each statement with its place. So every moment can be shown again: a
//! world is plain data, and the same statements after the same number of steps give the same events.
//!
//! The [`pace`] decides for how long each step is shown.

mod invocations;
pub mod pace;
mod player;
mod script;
mod timeline;

pub use invocations::{Hop, InvocationRecord, Invocations};
pub use player::{Changed, Player};
pub use timeline::{Mark, MarkKind, Segment, SegmentKind, Timeline};

#[cfg(test)]
mod tests;
