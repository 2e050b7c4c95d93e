//! A source file as the machine knows it: its text, and where its lines begin.

use std::rc::Rc;

use std::fmt;

/// A source file of a program: its place in the list of files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

impl fmt::Display for FileId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// A place in a source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The file.
    pub file: FileId,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// A file of JavaScript.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its place in the list of files.
    pub id: FileId,
    /// The name it is shown under.
    pub path: Rc<str>,
    /// Its text.
    pub text: Rc<str>,
    line_starts: Vec<u32>,
}

impl SourceFile {
    /// Takes a file in and finds its lines. Texts of 4 GiB and more are outside every limit.
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

    /// The line and column of a byte offset; the end of the file for one past it.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.line_starts.partition_point(|start| *start <= offset).max(1);
        let start = self.line_starts[line - 1] as usize;
        let before = self.text.as_bytes().get(start..(offset as usize).min(self.text.len())).unwrap_or_default();
        // Every byte that is not a continuation byte begins a character.
        let column = before.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u32 + 1;
        Position { file: self.id, line: line as u32, column }
    }

    /// How many lines there are.
    pub fn lines(&self) -> u32 {
        self.line_starts.len() as u32
    }

    /// The text of a line (from 1), without what ends it; empty where there is no such line.
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
