//! Source files and the positions in them.

use std::fmt;
use std::rc::Rc;

/// The number of a source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

impl fmt::Display for FileId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// A position in a source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The file.
    pub file: FileId,
    /// The line, starting at 1.
    pub line: u32,
    /// The column in characters, starting at 1.
    pub column: u32,
}

/// A source file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The number of the file.
    pub id: FileId,
    /// The path of the file, as stacks and diagnostics show it.
    pub path: Rc<str>,
    /// The text of the file.
    pub text: Rc<str>,
    /// The offset of the first byte of each line.
    line_starts: Vec<u32>,
}

impl SourceFile {
    /// Makes a source file and finds its lines. The text must be shorter than 4 GiB.
    pub fn new(id: FileId, path: impl Into<Rc<str>>, text: impl Into<Rc<str>>) -> Self {
        let text = text.into();
        let mut line_starts = vec![0];
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let carriage_return_alone = character == '\r' && characters.peek().is_none_or(|next| next.1 != '\n');
            if carriage_return_alone || matches!(character, '\n' | '\u{2028}' | '\u{2029}') {
                line_starts.push((at + character.len_utf8()) as u32);
            }
        }
        Self { id, path: path.into(), text, line_starts }
    }

    /// Returns the position of a byte offset. An offset beyond the text has the position of its end.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.line_starts.partition_point(|start| *start <= offset).max(1);
        let start = self.line_starts[line - 1] as usize;
        let before = self.text.as_bytes().get(start..(offset as usize).min(self.text.len())).unwrap_or_default();
        // In UTF-8, every byte but a continuation byte begins a character.
        let column = before.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u32 + 1;
        Position { file: self.id, line: line as u32, column }
    }

    /// Returns the number of lines.
    pub fn lines(&self) -> u32 {
        self.line_starts.len() as u32
    }

    /// Returns the text of a line without its terminator. Lines start at 1; a line that does not exist is empty.
    pub fn line(&self, line: u32) -> &str {
        let Some(start) = self.line_starts.get((line as usize).wrapping_sub(1)) else { return "" };
        let end = self.line_starts.get(line as usize).map_or(self.text.len(), |next| *next as usize);
        self.text[*start as usize..end].trim_end_matches(['\n', '\r', '\u{2028}', '\u{2029}'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let file = SourceFile::new(FileId(3), "a.js", "a\n  é😀b\r\nc\rd\u{2028}e");
        let position = |offset| {
            let position = file.position(offset);
            (position.line, position.column)
        };
        assert_eq!(position(0), (1, 1));
        assert_eq!(position(1), (1, 2));
        assert_eq!(position(2), (2, 1));
        assert_eq!(position(10), (2, 5));
        assert_eq!(position(13), (3, 1));
        assert_eq!(position(15), (4, 1));
        assert_eq!(position(19), (5, 1));
        assert_eq!(position(999), (5, 2));
        assert_eq!(file.position(0).file, FileId(3));
        assert_eq!((1..=6).map(|line| file.line(line)).collect::<Vec<_>>(), ["a", "  é😀b", "c", "d", "e", ""]);
        assert_eq!(file.line(0), "");
    }
}
