//! The machine in the browser: components that draw the views of a [`Session`](crate::session::Session) and dispatch actions
//! to it. They decide nothing.
//!
//! ```text
//!   a click ──▶ SessionAction ──▶ store ──▶ Session::reduce ──▶ effects ──▶ store carries them out:
//!      ▲                                        │                        events of the element, ticks,
//!      │                                        ▼                        clipboard, download
//!   component ◀── drawn again where changed ◀── its view
//!
//!   Machine ─┬─ Messages, LinkField     what went wrong; the share link to copy by hand
//!            ├─ Controls, Freezing      the row of buttons; the switch of when Lambda freezes
//!            ├─ Faults                  what can be broken
//!            ├─ Listing                 the source
//!            ├─ Lanes ─ Lane ─┬─ OutcomeStrip
//!            │                └─ EnvironmentCard ─ ModuleScope, EventLoop
//!            ├─ Cabinet, Wires          the server's slots; the connections to them
//!            ├─ Log                     CloudWatch
//!            ├─ TimeBar ─ Track         play and pause; the whole history
//!            └─ Terminal                the run as a terminal session
//! ```
//!
//! Each file is one component with its private parts. [`store`] has the two hooks that they share: `use_view` gives a component
//! its view and renders it again when that has changed, and `use_dispatch` takes its actions. `button`, `icon`, `handler_mark`
//! and `scrolling` are small things that several components use; `pacer`, `host` and `browser` speak to the browser.
//!
//! The layout is the stylesheet's business (`styles/machine.css`): there is one tree of elements for all widths. Nothing sets
//! the attribute `style` or `innerHTML`, which a content security policy forbids.

mod browser;
mod button;
mod cabinet;
mod controls;
mod environment_card;
mod event_loop;
mod faults;
mod freezing;
mod handler_mark;
pub mod host;
mod icon;
mod lane;
mod lanes;
mod link_field;
mod listing;
mod log;
mod machine;
mod messages;
mod module_scope;
mod outcome_strip;
mod pacer;
mod scrolling;
pub mod store;
mod terminal;
mod time_bar;
mod track;
mod wires;

pub use machine::{Machine, MachineProps};
