//! The source as the listing shows it: its lines in pieces of one colour, and what each line belongs to.

use std::rc::Rc;

use crate::event::FileId;
use crate::lambda::Package;

/// What a line belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Nothing stands there.
    Blank,
    /// Module scope: evaluated once for each process.
    Module,
    /// The body of a handler, with its place among the exports: runs with each invocation.
    Handler(usize),
    /// The body of another function.
    Function,
}

/// A line.
pub struct Line {
    /// Its text.
    pub text: Rc<str>,
    /// Its text in pieces, with the class of those that have one.
    pub pieces: Vec<(Option<&'static str>, String)>,
    /// What it belongs to.
    pub part: Part,
    /// The handler whose count of runs is shown here.
    pub note: Option<usize>,
}

/// A file.
pub struct Source {
    file: FileId,
    name: Rc<str>,
    lines: Vec<Line>,
}

const KEYWORDS: [&str; 22] = [
    "async", "await", "break", "case", "catch", "const", "continue", "default", "else", "finally", "for", "function", "if",
    "let", "new", "of", "require", "return", "switch", "throw", "try", "while",
];

impl Source {
    /// The package's first file.
    pub fn new(package: &Rc<Package>, exports: &[Rc<str>]) -> Self {
        let Some(file) = package.files().first() else {
            return Self { file: FileId(0), name: "".into(), lines: Vec::new() };
        };
        let mut lines = Vec::new();
        let mut body = None;
        for text in file.text.lines() {
            let handler = || exports.iter().position(|name| declares(text, name));
            let top = !text.starts_with([' ', '\t']);
            let part = match body {
                _ if text.trim().is_empty() => Part::Blank,
                Some(part) if !top => part,
                _ => Part::Module,
            };
            if top && !text.is_empty() {
                let opens = text.contains("=>") || text.contains("function");
                body = opens.then(|| handler().map_or(Part::Function, Part::Handler));
                if let (true, Some(handler)) = (opens, handler()) {
                    let blank = lines.last_mut().filter(|line: &&mut Line| line.text.is_empty());
                    if let Some(before) = blank {
                        before.note = Some(handler);
                        lines.push(line(text, part, None));
                    } else {
                        lines.push(line(text, part, Some(handler)));
                    }
                    continue;
                }
            }
            lines.push(line(text, part, None));
        }
        Self { file: file.id, name: file.path.clone(), lines }
    }

    /// Its number.
    pub fn file(&self) -> FileId {
        self.file
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many lines it has.
    pub fn lines(&self) -> u32 {
        self.lines.len() as u32
    }

    /// A line, from 1 to [`Self::lines`].
    pub fn line(&self, number: u32) -> &Line {
        &self.lines[number as usize - 1]
    }
}

fn declares(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let after = text[at + name.len()..].chars().next();
        let before = text[..at].chars().next_back();
        before.is_some_and(char::is_whitespace) && !after.is_some_and(|it| it.is_alphanumeric() || it == '_' || it == ',')
    })
}

fn line(text: &str, part: Part, note: Option<usize>) -> Line {
    let mut pieces: Vec<(Option<&'static str>, String)> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (class, length) = match first {
            '\'' | '"' | '`' => (Some("s"), rest[1..].find(first).map_or(rest.len(), |end| end + 2)),
            '/' if rest.starts_with("//") => (Some("c"), rest.len()),
            _ if first.is_alphabetic() || first == '_' || first == '$' => {
                let end = rest.find(|it: char| !(it.is_alphanumeric() || it == '_' || it == '$')).unwrap_or(rest.len());
                (KEYWORDS.contains(&&rest[..end]).then_some("k"), end)
            }
            _ => (None, first.len_utf8()),
        };
        match pieces.last_mut() {
            Some((last, piece)) if *last == class => piece.push_str(&rest[..length]),
            _ => pieces.push((class, rest[..length].into())),
        }
        rest = &rest[length..];
    }
    Line { text: text.into(), pieces, part, note }
}
