//! The session as an asciicast, version 2: what `asciinema play` and asciinema-player read.

use core::fmt::Write as _;

use super::session::{Line, LineKind};
use crate::scenario::json::write_string;

/// The terminal's columns: enough for the longest line that the post's handlers print.
pub const COLUMNS: u32 = 128;
/// Its rows.
pub const ROWS: u32 = 32;

/// Solarized, dark. Its red is lighter here than the original's, which is hard to read on this ground.
const THEME: &str =
    r##"{"fg":"#839496","bg":"#002b36","palette":"#073642:#e8705f:#859900:#b58900:#268bd2:#d33682:#2aa198:#eee8d5"}"##;

/// The recording. It has no date: the same run gives the same file. Chapters are markers.
pub fn cast(lines: &[Line], title: &str) -> String {
    let mut out = String::new();
    // Writing to a string does not fail, here and below.
    let _ = write!(out, "{{\"version\":2,\"width\":{COLUMNS},\"height\":{ROWS},\"title\":");
    write_string(title, &mut out);
    let _ = write!(out, ",\"theme\":{THEME}}}");
    for line in lines {
        if line.kind == LineKind::Chapter && !line.text.is_empty() {
            event(&mut out, line.at_ms, 'm', &line.text);
        }
        let colour = match line.kind {
            LineKind::Chapter => "1;33",
            LineKind::Command => "1;36",
            LineKind::Complaint | LineKind::Failure => "31",
            LineKind::Result => "32",
            LineKind::Output => "37",
            LineKind::Platform => "0",
        };
        let text = ["\u{1b}[", colour, "m", &line.text, "\u{1b}[0m\r\n"].concat();
        event(&mut out, line.at_ms, 'o', &text);
    }
    out.push('\n');
    out
}

fn event(out: &mut String, at_ms: u64, code: char, data: &str) {
    let _ = write!(out, "\n[{}.{:03},\"{code}\",", at_ms / 1_000, at_ms % 1_000);
    write_string(data, out);
    out.push(']');
}
