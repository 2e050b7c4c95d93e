//! The message for a scenario that cannot be read: the place, the text that was found there, the text that was expected, and
//! the line itself with a caret under the place.

use core::fmt;

use super::syntax::Span;

/// The first place at which a scenario could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The text that was found there: between backticks, or described in words.
    pub found: String,
    /// A description of the text that was expected there.
    pub expected: String,
    /// A question that names what was probably meant.
    pub suggestion: Option<String>,
    /// The line of the scenario, or a part of a very long one.
    excerpt: String,
    /// Characters of the excerpt before the caret.
    caret: usize,
    /// The number of carets.
    carets: usize,
}

/// Characters of the excerpt.
const EXCERPT: usize = 100;
/// Characters that are quoted of the text that was found.
const QUOTED: usize = 40;

impl ParseError {
    /// An error at `span` of `text`.
    pub(super) fn new(text: &str, span: Span, found: String, expected: &str) -> Self {
        let is_break = |c| c == '\n' || c == '\r';
        let start = text[..span.start].rfind(is_break).map_or(0, |at| at + 1);
        let end = text[span.start..].find(is_break).map_or(text.len(), |at| span.start + at);
        let before = text[start..span.start].trim_start_matches('\u{feff}');
        let (before, after) = (before.chars().count(), &text[span.start..end]);
        let skipped = if before > EXCERPT * 2 / 3 { before - EXCERPT / 2 } else { 0 };
        let line = text[start..end].trim_start_matches('\u{feff}');
        let mut excerpt: String = if skipped > 0 { "…".into() } else { String::new() };
        excerpt.extend(line.chars().skip(skipped).take(EXCERPT));
        if line.chars().count() > skipped + EXCERPT {
            excerpt.push('…');
        }
        let caret = before - skipped + usize::from(skipped > 0);
        let wide = text[span.start..span.end.clamp(span.start, span.start + after.len())].chars().count();
        let carets = wide.clamp(1, (EXCERPT + 1).saturating_sub(caret).max(1));
        Self {
            line: span.line,
            column: span.column,
            found,
            expected: expected.into(),
            suggestion: None,
            excerpt,
            caret,
            carets,
        }
    }

    /// Adds a question that names what was probably meant.
    pub(super) fn suggesting(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, found, expected, .. } = self;
        write!(out, "line {line}, column {column}: found {found}, expected {expected}")?;
        if let Some(suggestion) = &self.suggestion {
            write!(out, "; {suggestion}")?;
        }
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        write!(out, "\n{margin} |\n{number} | {}\n{margin} | ", self.excerpt)?;
        // A tab is as wide in this line as in the one above; any other character is one column wide.
        for character in self.excerpt.chars().take(self.caret) {
            out.write_str(if character == '\t' { "\t" } else { " " })?;
        }
        out.write_str(&"^".repeat(self.carets))
    }
}

impl core::error::Error for ParseError {}

/// `text` between backticks, cut to 40 characters.
pub(super) fn quoted(text: &str) -> String {
    let mut shown = String::from("`");
    shown.extend(text.chars().take(QUOTED));
    if text.chars().count() > QUOTED {
        shown.push('…');
    }
    shown.push('`');
    shown
}

/// The question "did you mean …?" for the candidate that is most like `word`. `None` if none is.
pub(super) fn did_you_mean<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
    let word: Vec<char> = word.chars().take(QUOTED).collect();
    let allowed = (word.len() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .filter_map(|candidate| Some((distance(&word, candidate, allowed)?, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

/// The number of letters that have to be added, dropped, changed or swapped with their neighbour. `None` if it is more than
/// `allowed`.
///
/// The case of letters does not count, and neither does a missing first part (`max_connections` for
/// `postgres.max_connections`).
fn distance(word: &[char], candidate: &str, allowed: usize) -> Option<usize> {
    let letters = |text: &str| text.chars().map(|c| c.to_ascii_lowercase()).collect::<Vec<_>>();
    let word: Vec<char> = word.iter().map(char::to_ascii_lowercase).collect();
    let full = letters(candidate);
    let last = candidate.rfind('.').map(|dot| letters(&candidate[dot + 1..]));
    [Some(full), last].into_iter().flatten().filter_map(|other| edits(&word, &other, allowed)).min()
}

/// The number of edits between two words: their optimal string alignment distance.
fn edits(one: &[char], other: &[char], allowed: usize) -> Option<usize> {
    if one.len().abs_diff(other.len()) > allowed {
        return None;
    }
    // The table of distances between prefixes needs only three rows: the one before the last, the last, and this one.
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let mut cost = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = core::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|edits| *edits <= allowed)
}
