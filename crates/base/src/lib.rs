//! Shared by all layers: virtual time, and compact replacements for parts of the standard library.
//!
//! | module | contents |
//! |---|---|
//! | [`time`] | [`Instant`](time::Instant) and [`Duration`](time::Duration): virtual time in whole microseconds |
//! | [`sorted_map`] | [`SortedMap`](sorted_map::SortedMap) and [`SortedSet`](sorted_map::SortedSet), kept as sorted vectors |
//! | [`sort`] | stable sorting |
//! | [`decimal`] | doubles as decimal digits, and decimal digits as doubles |
//! | [`case`] | upper and lower case |
//!
//! The last three save bytes of the page. The first line of each says how many.

pub mod case;
pub mod decimal;
pub mod sort;
pub mod sorted_map;
pub mod time;
