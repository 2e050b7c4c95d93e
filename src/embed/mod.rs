//! The `<lambda-lifecycles>` element: where the machine meets a page.
//!
//! ```text
//!  page ── attributes, run(), highlight() ──▶ assets/loader.js ──▶ element ──▶ Root ──▶ ui::Machine
//!   ▲                                        (the class itself)    (a pool)     (Yew)        │
//!   └──────────── lambda-state, lambda-outcome, lambda-error ◀── ui::host ◀─── ui::store ◀────┘
//! ```
//!
//! The class is a hand-written file, so that a page shows its own content at once and fetches this program when it is
//! wanted, once for all elements. It owns the shadow root, keeps what is asked before the program is there, and calls the
//! functions of [`element`] afterwards.
//!
//! # The shadow root is open
//! Browser tests, accessibility checkers and an author's own inspector can look into it. The price is one rare case: when
//! the page around the element is *itself* a Yew app, its handlers can fire for clicks inside the machine. Yew listens at
//! its root in the capture phase and finds the owner of an element by a number that starts at 1 in every program, so an
//! outer app takes an inner element for its own when the two numbers are the same. Stopping the event at the edge of this
//! shadow root cannot cure that: the capture phase comes to the outer root first. Such a page puts the element into an
//! `<iframe>`.

pub mod element;

pub use element::start;
