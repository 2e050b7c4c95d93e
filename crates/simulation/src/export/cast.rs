//! A terminal session as an asciicast of version 2, the format of asciinema.

use serde::Serialize;

use super::session::{Line, LineKind};

/// The columns of the terminal: enough for the longest line that the post's handlers print.
pub const COLUMNS: u32 = 128;
/// The rows of the terminal.
pub const ROWS: u32 = 32;

/// The first line of the file.
#[derive(Serialize)]
struct Header<'t> {
    version: u32,
    width: u32,
    height: u32,
    title: &'t str,
    theme: Theme,
}

#[derive(Serialize)]
struct Theme {
    fg: &'static str,
    bg: &'static str,
    palette: &'static str,
}

/// Solarized, dark. Its red is lighter here than the original's, which is hard to read on this ground.
const THEME: Theme =
    Theme { fg: "#839496", bg: "#002b36", palette: "#073642:#e8705f:#859900:#b58900:#268bd2:#d33682:#2aa198:#eee8d5" };

/// The asciicast of a session. It has no date, so the same run gives the same file. Chapters are markers.
pub fn cast(lines: &[Line], title: &str) -> String {
    let mut out = json(&Header { version: 2, width: COLUMNS, height: ROWS, title, theme: THEME });
    let mut event = |line: &Line, code: char, data: &str| {
        out.push('\n');
        out.push_str(&json(&(line.at_ms as f64 / 1_000.0, code, data)));
    };
    for line in lines {
        if line.kind == LineKind::Chapter && !line.text.is_empty() {
            event(line, 'm', &line.text);
        }
        let colour = match line.kind {
            LineKind::Chapter => "1;33",
            LineKind::Command => "1;36",
            LineKind::Complaint | LineKind::Failure => "31",
            LineKind::Result => "32",
            LineKind::Output => "37",
            LineKind::Platform => "0",
        };
        event(line, 'o', &format!("\u{1b}[{colour}m{}\u{1b}[0m\r\n", line.text));
    }
    out.push('\n');
    out
}

#[expect(clippy::expect_used, reason = "a line of the file has no maps, so nothing in it can fail")]
fn json(line: &impl Serialize) -> String {
    serde_json::to_string(line).expect("a line of the file can be written as JSON")
}
