//! Share links: a scenario and a moment of its run as the end of an address, short enough to read and safe to send.
//!
//! ```text
//! #ll=1;t=209013.2;m=cache;s=set+knex=0.17.0;invoke+checkDatabaseConnection;freeze+for+5m
//!     │   │         │       └ the scenario, up to the end: statement by statement
//!     │   │         └ the module that runs; without it, the post's
//!     │   └ microseconds of the run, and the number of events at that time (all of them, if there is no number);
//!     │     without it, the end of the run
//!     └ the version
//! ```
//!
//! Characters that a chat program could take for the end of the link, or for markup, are percent-encoded. A blank is `+`.
//! [`decode`] reads the text of a [`Link`] as the same link. A link of version 1 begins with the settings of a machine on the
//! page ([`Settings::page`](crate::settings::Settings::page)), whichever page opens it.

use core::fmt::{self, Write as _};

use base::time::Instant;

/// The beginning of a share link's fragment.
pub const PREFIX: &str = "ll=";
/// The version that is written. There has been no other.
const VERSION: &str = "1";

/// A share link: a run, and a moment of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// The moment that is shown. `None` is the end of the run.
    pub moment: Option<Moment>,
    /// The name of the module that runs. `None` is the post's.
    pub module: Option<String>,
    /// The scenario that is run.
    pub scenario: String,
}

/// A moment of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The virtual time.
    pub at: Instant,
    /// The number of events of this very time that have happened. `None` means all of them.
    pub events: Option<u32>,
}

/// Why a link could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkError {
    /// The column: characters after the `#`, from 1.
    pub column: usize,
    /// The text that was found there.
    pub found: String,
    /// A description of the text that was expected there.
    pub expected: &'static str,
}

impl fmt::Display for LinkError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, found, expected } = self;
        write!(out, "the link cannot be read: column {column}: found {found}, expected {expected}")
    }
}

impl core::error::Error for LinkError {}

/// Writes the fragment, without the `#`.
impl fmt::Display for Link {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(PREFIX)?;
        out.write_str(VERSION)?;
        if let Some(Moment { at, events }) = self.moment {
            write!(out, ";t={}", at.as_micros())?;
            if let Some(events) = events {
                write!(out, ".{events}")?;
            }
        }
        if let Some(module) = &self.module {
            out.write_str(";m=")?;
            encode(module, false, out)?;
        }
        out.write_str(";s=")?;
        encode(&self.scenario, true, out)
    }
}

/// Writes `text` percent-encoded. A text that is `last` goes to the end of the link, so a `;` in it separates nothing.
fn encode(text: &str, last: bool, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let end = text.len().saturating_sub(1);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b' ' => out.write_char('+')?,
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'=' | b'/' => out.write_char(char::from(byte))?,
            // At the end of the link these would be taken for the punctuation of the sentence around it.
            b'.' | b',' | b':' | b';' if at < end && (last || byte != b';') => out.write_char(char::from(byte))?,
            _ => {
                out.write_char('%')?;
                for digit in [byte >> 4, byte & 15] {
                    out.write_char(char::from(b"0123456789ABCDEF"[usize::from(digit)]))?;
                }
            }
        }
    }
    Ok(())
}

/// Reads the fragment of a link, with or without its `#`.
///
/// # Errors
/// The first place at which it is not a link.
pub fn decode(fragment: &str) -> Result<Link, LinkError> {
    let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
    let error = |at: usize, found: &str, expected| LinkError {
        column: fragment[..at].chars().count() + 1,
        found: if found.is_empty() { "its end".into() } else { super::error::quoted(found) },
        expected,
    };
    let mut link = Link::default();
    let mut at = 0;
    for first in [true, false, false, false] {
        let rest = &fragment[at..];
        let end = rest.find(';').unwrap_or(rest.len());
        let (key, value) = rest[..end].split_once('=').unwrap_or((&rest[..end], ""));
        let place = at + key.len() + 1;
        match key {
            "ll" if first && value == VERSION => {}
            "ll" if first => return Err(error(place.min(fragment.len()), value, "version 1 of links")),
            "t" if !first && link.moment.is_none() => {
                link.moment = Some(moment(value).ok_or_else(|| {
                    error(place.min(fragment.len()), value, "microseconds of the run, such as 209013 or 209013.2")
                })?);
            }
            "m" if !first && link.module.is_none() => {
                let broken = |from| error(place + from, &value[from..], ENCODED);
                link.module = Some(decoded(value).map_err(broken)?);
            }
            "s" if !first && rest.starts_with("s=") => {
                let broken = |from| error(place + from, &fragment[place + from..], ENCODED);
                link.scenario = decoded(&fragment[place..]).map_err(broken)?;
                return Ok(link);
            }
            _ if first => return Err(error(at, &rest[..end], "`ll=` with the version of the link")),
            _ => return Err(error(at, &rest[..end], "`t=` a moment, `m=` a module, or `s=` the scenario")),
        }
        at += end + 1;
        if at > fragment.len() {
            return Err(error(fragment.len(), "", "`;s=` and the scenario"));
        }
    }
    Err(error(at, &fragment[at..], "`s=` and the scenario"))
}

const ENCODED: &str = "a character, or `%` with two hexadecimal digits of UTF-8";

fn moment(text: &str) -> Option<Moment> {
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok())?;
    let (at, events) = text.split_once('.').map_or((text, None), |(at, events)| (at, Some(events)));
    let events = events.map(|events| number(events).and_then(|events| u32::try_from(events).ok()));
    match events {
        Some(None) => None,
        events => Some(Moment { at: Instant::from_micros(number(at)?), events: events.flatten() }),
    }
}

/// Decodes a text. The error is the byte at which it is not encoded.
fn decoded(text: &str) -> Result<String, usize> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        let step = match byte {
            b'%' => {
                let digits = text.get(at + 1..at + 3).filter(|it| it.bytes().all(|digit| digit.is_ascii_hexdigit()));
                bytes.push(digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).ok_or(at)?);
                3
            }
            byte => {
                bytes.push(if *byte == b'+' { b' ' } else { *byte });
                1
            }
        };
        at += step;
    }
    // Only percent-encoded bytes can be wrong UTF-8: the rest came as text.
    String::from_utf8(bytes).map_err(|_| text.find('%').unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn broken(fragment: &str) -> String {
        decode(fragment).expect_err(fragment).to_string()
    }

    #[test]
    fn a_link_is_short_and_can_be_read_by_people() {
        let link = Link {
            moment: Some(Moment { at: Instant::from_micros(209_013), events: Some(2) }),
            module: Some("cache".into()),
            scenario: "set knex=0.17.0;invoke rates {\"a\":\"(é)\"};say well.".into(),
        };
        let text =
            "ll=1;t=209013.2;m=cache;s=set+knex=0.17.0;invoke+rates+%7B%22a%22:%22%28%C3%A9%29%22%7D;say+well%2E";
        assert_eq!(link.to_string(), text);
        assert_eq!(decode(&format!("#{text}")), Ok(link));
    }

    #[test]
    fn a_link_is_read_if_a_program_has_encoded_it_once_more() {
        assert_eq!(decode("ll=1;s=invoke%20check%3Bfreeze for%205m").unwrap().scenario, "invoke check;freeze for 5m");
    }

    #[test]
    fn an_error_names_its_place() {
        let cannot = "the link cannot be read: column ";
        for (fragment, message) in [
            ("ll=2;s=x", "4: found `2`, expected version 1 of links"),
            ("ll", "3: found its end, expected version 1 of links"),
            ("lambda", "1: found `lambda`, expected `ll=` with the version of the link"),
            ("ll=1", "5: found its end, expected `;s=` and the scenario"),
            ("ll=1;", "6: found its end, expected `t=` a moment, `m=` a module, or `s=` the scenario"),
            ("ll=1;x=2;s=", "6: found `x=2`, expected `t=` a moment, `m=` a module, or `s=` the scenario"),
            ("ll=1;t=soon;s=", "8: found `soon`, expected microseconds of the run, such as 209013 or 209013.2"),
            ("ll=1;t=1;t=2;s=", "10: found `t=2`, expected `t=` a moment, `m=` a module, or `s=` the scenario"),
            ("ll=1;s=invoke+ä%2", "16: found `%2`, expected a character, or `%` with two hexadecimal digits of UTF-8"),
            ("ll=1;s=%FF", "8: found `%FF`, expected a character, or `%` with two hexadecimal digits of UTF-8"),
        ] {
            assert_eq!(broken(fragment), format!("{cannot}{message}"), "{fragment}");
        }
    }

    proptest! {
        #[test]
        fn a_link_is_read_as_it_was_written(
            scenario in "\\PC*|[ -~\n\u{80}-\u{200}]*",
            module in proptest::option::of("\\PC+"),
            at in proptest::option::of((any::<u64>(), proptest::option::of(any::<u32>()))),
        ) {
            let moment = at.map(|(at, events)| Moment { at: Instant::from_micros(at), events });
            let link = Link { moment, module, scenario };
            let text = link.to_string();
            prop_assert_eq!(decode(&text), Ok(link));
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=/.,:;+%".contains(&byte)));
            prop_assert!(!text.ends_with(['.', ',', ':', ';']));
        }

        #[test]
        fn any_text_is_read_or_refused(fragment in "\\PC*|(ll=1;)?[a-z=;%+0-9é]*") {
            let _ = decode(&fragment);
        }
    }
}
