//! LIKE (PostgreSQL's documentation, "Pattern Matching").

use core::str::Chars;

use super::execution::Execution;
use crate::SqlState;
use crate::error::Stop;

impl Execution<'_> {
    /// True if a text matches a pattern: `%` stands for any text, `_` for any character, and a backslash takes the next
    /// character literally.
    pub(super) fn like(&mut self, text: &str, pattern: &str) -> Result<bool, Stop> {
        let (mut text, mut pattern) = (text.chars(), pattern.chars());
        // After a mismatch, the last `%` takes one more character. Those before it need not be tried again.
        let mut retry: Option<(Chars<'_>, Chars<'_>)> = None;
        loop {
            self.spend(1)?;
            let (mut text_rest, mut pattern_rest) = (text.clone(), pattern.clone());
            let is_match = match (pattern_rest.next(), text_rest.next()) {
                (Some('%'), _) => {
                    pattern = pattern_rest.clone();
                    retry = Some((text.clone(), pattern_rest));
                    continue;
                }
                (None, None) => return Ok(true),
                (Some('_'), Some(_)) => true,
                (Some('\\'), found @ Some(_)) => match pattern_rest.next() {
                    None => {
                        let message = "LIKE pattern must not end with escape character";
                        return Err(Stop::error(SqlState::INVALID_ESCAPE_SEQUENCE, message));
                    }
                    escaped => found == escaped,
                },
                (expected, found) => found.is_some() && expected == found,
            };
            if is_match {
                (text, pattern) = (text_rest, pattern_rest);
                continue;
            }
            let Some((retry_text, retry_pattern)) = &mut retry else { return Ok(false) };
            if retry_text.next().is_none() {
                return Ok(false);
            }
            (text, pattern) = (retry_text.clone(), retry_pattern.clone());
        }
    }
}
