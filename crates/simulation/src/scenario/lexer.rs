//! The characters of a scenario with their positions: blanks, comments, words and durations.
//!
//! There is no list of tokens, because the meaning of a character depends on its statement: `{` begins an event after a
//! handler's name, and is a plain character in a caption.

use core::fmt;

use crate::json;
use crate::limits;
use base::time::Duration;

use super::error::{ParseError, quoted};
use super::syntax::Span;

/// Reads a scenario from its beginning to its end.
#[derive(Clone)]
pub(super) struct Scanner<'t> {
    text: &'t str,
    offset: usize,
    line: u32,
    column: u32,
}

/// Characters without a blank or a separator between them.
#[derive(Clone, Copy)]
pub(super) struct Word<'t> {
    pub text: &'t str,
    pub span: Span,
}

pub(super) fn is_line_break(character: char) -> bool {
    matches!(character, '\n' | '\r')
}

/// True for letters and digits, and for everything beyond ASCII that is not a blank.
fn is_letter(character: char) -> bool {
    character.is_ascii_alphanumeric() || (!character.is_ascii() && !is_blank(character) && !is_line_break(character))
}

/// True for a blank inside a line. A byte order mark is one.
pub(super) fn is_blank(character: char) -> bool {
    character == '\u{feff}' || (character.is_whitespace() && !is_line_break(character))
}

/// True for a character that is not part of a word.
pub(super) fn ends_word(character: char) -> bool {
    character == ';' || is_line_break(character) || is_blank(character)
}

/// True if `text` is an identifier of JavaScript. All characters beyond ASCII count as letters, since the module decides
/// which names exist.
pub(super) fn is_identifier(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_' || c == '$' || (!c.is_ascii() && !ends_word(c));
    text.starts_with(letter) && text.chars().all(|c| letter(c) || c.is_ascii_digit())
}

impl<'t> Scanner<'t> {
    pub fn new(text: &'t str) -> Self {
        let offset = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, offset, line: 1, column: 1 }
    }

    pub fn peek(&self) -> Option<char> {
        self.text[self.offset..].chars().next()
    }

    pub fn rest(&self) -> &'t str {
        &self.text[self.offset..]
    }

    pub fn bump(&mut self) {
        let Some(character) = self.peek() else { return };
        self.offset += character.len_utf8();
        if character == '\n' || (character == '\r' && self.peek() != Some('\n')) {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
    }

    /// Goes on by `bytes`. They must end between two characters.
    pub fn advance(&mut self, bytes: usize) {
        let end = self.offset + bytes;
        while self.offset < end {
            self.bump();
        }
    }

    /// Skips blanks, and a comment up to the end of its line.
    pub fn skip_blanks(&mut self) {
        while self.peek().is_some_and(is_blank) {
            self.bump();
        }
        if self.peek() == Some('#') {
            while self.peek().is_some_and(|c| !is_line_break(c)) {
                self.bump();
            }
        }
    }

    /// Skips everything between two statements.
    pub fn skip_separators(&mut self) {
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(character) if character == ';' || is_line_break(character) => self.bump(),
                _ => return,
            }
        }
    }

    /// True if the statement ends here. Blanks must have been skipped.
    pub fn at_end(&self) -> bool {
        self.peek().is_none_or(|c| c == ';' || is_line_break(c))
    }

    /// The empty span at this place.
    pub fn here(&self) -> Span {
        Span { start: self.offset, end: self.offset, line: self.line, column: self.column }
    }

    /// The span from `start` to this place.
    pub fn since(&self, start: Span) -> Span {
        Span { end: self.offset, ..start }
    }

    /// Reads the characters up to the next blank or separator.
    pub fn word(&mut self) -> Word<'t> {
        let start = self.here();
        let text = self.rest();
        let text = &text[..text.find(ends_word).unwrap_or(text.len())];
        self.advance(text.len());
        Word { text, span: self.since(start) }
    }

    /// Reads the JSON string at this place, and decodes it.
    pub fn string(&mut self) -> Result<(String, Span), ParseError> {
        let start = self.here();
        let scanned = json::scan(self.rest()).map_err(|error| self.not_json(error))?;
        let text = json::unquote(scanned.value.text()).map_err(|error| self.not_json(error))?;
        self.advance(scanned.length);
        Ok((text, self.since(start)))
    }

    /// Reads the JSON value at this place. An error says `expected` if not even the first character could begin a value.
    pub fn json(&mut self, expected: &str) -> Result<json::Json, ParseError> {
        let scanned = json::scan(self.rest()).map_err(|error| {
            if error.offset == 0 && error.expected == json::VALUE {
                self.unexpected(expected)
            } else {
                self.not_json(error)
            }
        })?;
        self.advance(scanned.length);
        Ok(scanned.value)
    }

    fn not_json(&self, error: json::JsonError) -> ParseError {
        let mut place = self.clone();
        place.advance(error.offset);
        place.unexpected(error.expected)
    }

    /// An error at `span` that quotes its text as what was found.
    pub fn error(&self, span: Span, expected: &str) -> ParseError {
        ParseError::new(self.text, span, quoted(&self.text[span.start..span.end]), expected)
    }

    /// An error at this place that names the next word or character as what was found.
    pub fn unexpected(&self, expected: &str) -> ParseError {
        let here = self.here();
        let mut after = self.clone();
        let found = match self.peek() {
            None => return ParseError::new(self.text, here, "the end of the scenario".into(), expected),
            Some(character) if is_line_break(character) => {
                return ParseError::new(self.text, here, "the end of the line".into(), expected);
            }
            Some(character) if is_blank(character) => {
                after.bump();
                if character == '\t' { "a tab".into() } else { "a blank".into() }
            }
            Some(character) if character.is_control() => {
                after.bump();
                format!("a control character (U+{:04X})", u32::from(character))
            }
            Some(character) if is_letter(character) => {
                let end = |c: char| !(is_letter(c) || matches!(c, '_' | '$' | '.' | '-'));
                after.advance(self.rest().find(end).unwrap_or(self.rest().len()));
                quoted(&self.text[here.start..after.offset])
            }
            Some(character) => {
                after.bump();
                // A reader sees an escape as one thing, though it is two characters.
                if character == '\\' && after.peek().is_some_and(|c| !is_line_break(c)) {
                    after.bump();
                }
                quoted(&self.text[here.start..after.offset])
            }
        };
        ParseError::new(self.text, after.since(here), found, expected)
    }
}

/// The meaning of a number without a unit, where a duration is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bare {
    /// The number is refused.
    Refused,
    /// Zero needs no unit. Any other number is refused.
    Zero,
    /// The number counts milliseconds, as the option of the real library does.
    Milliseconds,
}

/// A description of the words that [`duration`] reads.
pub(super) const DURATION: &str = "a duration such as 250ms, 2s, 10m or 8h";

/// Why a word is not a duration. Its text describes what was expected instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DurationError {
    /// The word is not a decimal number with a unit.
    NotADuration,
    /// The number has no unit.
    NoUnit,
    /// The unit is none of the language's.
    UnknownUnit,
    /// The duration is longer than [`limits::LONGEST_DURATION`].
    TooLong,
    /// The duration is not a whole number of microseconds.
    TooFine,
}

impl fmt::Display for DurationError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NotADuration => DURATION,
            Self::NoUnit => "a duration with its unit: ms, s, m or h",
            Self::UnknownUnit => "a duration in one of the units ms, s, m and h (or us)",
            Self::TooLong => "a duration of 30 days (720h) at most",
            Self::TooFine => "a duration of whole microseconds",
        })
    }
}

/// Reads a word as a duration.
pub(super) fn duration(word: &str, bare: Bare) -> Result<Duration, DurationError> {
    use DurationError::{NoUnit, NotADuration, TooFine, TooLong, UnknownUnit};
    let number = word.trim_end_matches(|c: char| !c.is_ascii_digit() && c != '.');
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return Err(NotADuration);
    }
    let unit: u64 = match &word[number.len()..] {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        "" if bare == Bare::Milliseconds => 1_000,
        "" if bare == Bare::Zero && number.bytes().all(|byte| byte == b'0') => 1,
        "" => return Err(NoUnit),
        _ => return Err(UnknownUnit),
    };
    let mut micros = whole.parse::<u64>().ok().and_then(|whole| whole.checked_mul(unit)).ok_or(TooLong)?;
    let fraction = fraction.trim_end_matches('0');
    if !fraction.is_empty() {
        // Nine digits of an hour still fit; no unit has use for more.
        let digits = fraction.parse::<u64>().ok().filter(|_| fraction.len() <= 9).ok_or(TooFine)?;
        let scale = 10u64.pow(fraction.len() as u32);
        if !(digits * unit).is_multiple_of(scale) {
            return Err(TooFine);
        }
        micros = micros.checked_add(digits * unit / scale).ok_or(TooLong)?;
    }
    let duration = Duration::from_micros(micros);
    if duration > limits::LONGEST_DURATION { Err(TooLong) } else { Ok(duration) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_whole_or_decimal_with_their_unit() {
        let micros = |word| duration(word, Bare::Refused).map(Duration::as_micros);
        assert_eq!(micros("250ms"), Ok(250_000));
        assert_eq!(micros("1.5s"), Ok(1_500_000));
        assert_eq!(micros("0.000001s"), Ok(1));
        assert_eq!(micros("1us"), Ok(1));
        assert_eq!(micros("0.25h"), Ok(900_000_000));
        assert_eq!(micros("0.50m"), Ok(30_000_000));
        assert_eq!(micros("0s"), Ok(0));
        assert_eq!(micros("720h"), Ok(2_592_000_000_000));
        assert_eq!(micros("720.0h"), Ok(2_592_000_000_000));
        for word in [
            "",
            "s",
            "5",
            "0",
            "1.s",
            ".5s",
            "1..2s",
            "-1s",
            "+1s",
            "1S",
            "1 s",
            "1d",
            "1e3s",
            "720.1h",
            "0.1us",
            "1,5s",
            "٣s",
            "99999999999999999999s",
            "18446744073709551615h",
            "1.00000000000000001s",
            "5mss",
            "ms5",
            "1.5.ms",
        ] {
            assert!(micros(word).is_err(), "{word}");
        }
    }

    #[test]
    fn a_bare_number_counts_milliseconds_only_where_the_option_does() {
        assert_eq!(duration("1500", Bare::Milliseconds), Ok(Duration::from_millis(1_500)));
        assert_eq!(duration("0", Bare::Zero), Ok(Duration::ZERO));
        assert!(duration("5", Bare::Zero).is_err());
    }

    #[test]
    fn carriage_returns_break_lines_once() {
        let mut scanner = Scanner::new("\u{feff}a\r\nb\rc\n\nd");
        scanner.advance("a\r\nb\rc\n\n".len());
        assert_eq!((scanner.here().line, scanner.here().column, scanner.peek()), (5, 1, Some('d')));
    }
}
