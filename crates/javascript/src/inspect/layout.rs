//! The layout of printed values: quotes around strings, the parts of an object on one line or on a line each, long arrays in
//! columns. Source: `lib/internal/util/inspect.js` of Node 20 (`reduceToSingleString`, `groupArrayElements`).

use std::fmt::Write as _;
use std::rc::Rc;

use crate::text;

/// The width in columns that a line does not exceed if it can be broken.
const BREAK_LENGTH: usize = 80;
/// The number of UTF-16 units that are printed of a string inside an object.
const STRING_UNITS: usize = 10_000;
/// The number of elements above which an array may be put into columns.
const MOST_UNGROUPED: usize = 6;
/// The number of nesting levels that are put on one line.
const COMPACT: usize = 3;

/// The printed parts of an object, before they are joined.
pub(super) struct Parts {
    /// The text before the opening bracket.
    pub(super) base: String,
    pub(super) open: String,
    pub(super) close: char,
    pub(super) output: Vec<String>,
    /// For an array, the length of the run of numbers that it begins with. Columns of numbers only are aligned to the right.
    pub(super) numbers: Option<usize>,
    /// True if the last part only says how many more elements there are.
    pub(super) cut: bool,
}

impl Parts {
    /// Puts the parts on one line if they fit, else on a line each. `levels` is the number of nesting levels inside.
    pub(super) fn join(self, indentation: usize, levels: usize) -> String {
        let Parts { base, open, close, mut output, numbers, cut } = self;
        let entries = output.len();
        if let (Some(numbers), true) = (numbers, entries > MOST_UNGROUPED) {
            // Node compares with the number of parts, the one that says how many more there are included.
            output = columns(output, numbers >= entries, cut, indentation);
        }
        let before = if base.is_empty() { open.clone() } else { format!("{base} {open}") };
        if levels < COMPACT && entries == output.len() {
            let start = output.len() + indentation + text::length(&open) + text::length(&base) + 10;
            let total = output.iter().map(|part| text::length(part)).sum::<usize>() + output.len() + start;
            let several_lines = base.contains('\n') || output.iter().any(|part| part.contains('\n'));
            if start + 2 * output.len() <= BREAK_LENGTH && total <= BREAK_LENGTH && !several_lines {
                return format!("{before} {} {close}", output.join(", "));
            }
        }
        let line = format!("\n{}", " ".repeat(indentation));
        let parts = output.join(&format!(",{line}  "));
        format!("{before}{line}  {parts}{line}{close}")
    }
}

/// Puts the elements of a long array into columns if they are short enough.
fn columns(output: Vec<String>, all_numbers: bool, cut: bool, indentation: usize) -> Vec<String> {
    const SEPARATOR: usize = 2;
    let count = output.len() - usize::from(cut);
    let widths: Vec<usize> = output[..count].iter().map(|part| width(part)).collect();
    let longest = widths.iter().copied().max().unwrap_or(0);
    let total: usize = widths.iter().map(|width| width + SEPARATOR).sum();
    let actual = longest + SEPARATOR;
    let short_enough = actual * 3 + indentation < BREAK_LENGTH && (total as f64 / actual as f64 > 5.0 || longest <= 6);
    if !short_enough {
        return output;
    }
    // The table shall look square: a character is about two and a half times as high as it is wide.
    let bias = (actual as f64 - total as f64 / output.len() as f64).sqrt();
    let biased = (actual as f64 - 3.0 - bias).max(1.0);
    let biased = if biased.is_nan() { 1.0 } else { biased };
    let square = ((2.5 * biased * count as f64).sqrt() / biased).round() as usize;
    let columns = square.min((BREAK_LENGTH - indentation) / actual).min(COMPACT * 4).min(15);
    if columns <= 1 {
        return output;
    }
    let column_widths: Vec<usize> = (0..columns)
        .map(|column| widths.iter().skip(column).step_by(columns).copied().max().unwrap_or(0) + SEPARATOR)
        .collect();
    let mut lines = Vec::new();
    for first in (0..count).step_by(columns) {
        let end = (first + columns).min(count);
        let mut line = String::new();
        for place in first..end {
            let last = place + 1 == end;
            let cell = column_widths[place - first] - if last { SEPARATOR } else { 0 };
            let used = widths[place] + if last { 0 } else { SEPARATOR };
            let padding = cell.saturating_sub(used);
            if all_numbers {
                line.extend(core::iter::repeat_n(' ', padding));
            }
            line.push_str(&output[place]);
            if !last {
                line.push_str(", ");
            }
            if !all_numbers && !last {
                line.extend(core::iter::repeat_n(' ', padding));
            }
        }
        lines.push(line);
    }
    lines.extend(output.into_iter().skip(count));
    lines
}

/// A string inside an object: in quotes, cut if it is very long, broken at its line ends if it is wide.
pub(super) fn string(text: &str, indentation: usize) -> String {
    let units = text::length(text);
    let (text, more) = if units > STRING_UNITS {
        (text::slice(text, 0, STRING_UNITS), units - STRING_UNITS)
    } else {
        (Rc::from(text), 0)
    };
    let mut shown = if units > 16 && units + indentation + 4 > BREAK_LENGTH && text.contains('\n') {
        let lines: Vec<String> = text.split_inclusive('\n').map(quoted).collect();
        lines.join(&format!(" +\n{}", " ".repeat(indentation + 2)))
    } else {
        quoted(&text)
    };
    if more > 0 {
        let _ = write!(shown, "... {more} more character{}", if more > 1 { "s" } else { "" });
    }
    shown
}

/// Stands for the lines of a stack while the layout is made. It cannot be in a quoted string, where it is escaped.
const STACK: char = '\u{1}';
const STACK_WIDTH: usize = 60;

/// The placeholder of a stack, after the line of the error itself.
pub(super) fn stack() -> impl Iterator<Item = char> {
    core::iter::repeat_n(STACK, STACK_WIDTH)
}

/// Removes the placeholders from a finished text.
pub(super) fn remove_stacks(text: String) -> String {
    if !text.contains(STACK) {
        return text;
    }
    let mut kept = String::with_capacity(text.len());
    for line in text.split('\n') {
        let content = line.trim_start_matches(' ');
        let stack = content.chars().take(STACK_WIDTH).filter(|character| *character == STACK).count() == STACK_WIDTH;
        if stack {
            // A comma after it is removed too, as it would end the last line of the stack.
            continue;
        }
        if !kept.is_empty() {
            kept.push('\n');
        }
        kept.push_str(line);
    }
    kept
}

/// A string in the quotes that need the fewest escapes.
pub(super) fn quoted(text: &str) -> String {
    let quote = if !text.contains('\'') {
        '\''
    } else if !text.contains('"') {
        '"'
    } else if !text.contains('`') && !text.contains("${") {
        '`'
    } else {
        '\''
    };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            '\u{C}' => out.push_str("\\f"),
            '\\' => out.push_str("\\\\"),
            '\'' if quote == '\'' => out.push_str("\\'"),
            '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' => {
                out.push_str("\\x");
                for shift in [4, 0] {
                    let digit = char::from_digit(character as u32 >> shift & 15, 16).unwrap_or('0');
                    out.push(digit.to_ascii_uppercase());
                }
            }
            _ => out.push(character),
        }
    }
    out.push(quote);
    out
}

/// The width of a text in the columns of a terminal: two for wide characters (East Asia, emoji), none for combining ones.
fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let one = |character: char| match character as u32 {
        0x300..=0x36F | 0x200B..=0x200F | 0x20D0..=0x20FF | 0xFE00..=0xFE0F | 0xFE20..=0xFE2F => 0,
        0x1100..=0x115F
        | 0x2E80..=0x303E
        | 0x3041..=0x3247
        | 0x3250..=0x4DBF
        | 0x4E00..=0xA4C6
        | 0xA960..=0xA97C
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE10..=0xFE19
        | 0xFE30..=0xFE6B
        | 0xFF01..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1_F300..=0x1_F64F
        | 0x1_F900..=0x1_F9FF
        | 0x2_0000..=0x3_FFFD => 2,
        _ => 1,
    };
    text.chars().map(one).sum()
}
