//! The source as the listing shows it: its lines in pieces of one colour, and what each line belongs to.

use std::rc::Rc;

use crate::event::FileId;
use crate::js::SourceFile;
use crate::js::ast::Span;
use crate::js::highlight::{Class, highlight};
use crate::js::lexer::{Token, tokenize};
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
    /// Its text in pieces, with the class of those that have one.
    pub pieces: Vec<(Option<&'static str>, Rc<str>)>,
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

impl Source {
    /// The package's first file.
    pub fn new(package: &Package, exports: &[Rc<str>]) -> Self {
        let Some(file) = package.files().first() else {
            return Self { file: FileId(0), name: "".into(), lines: Vec::new() };
        };
        let text = &*file.text;
        let source = SourceFile::new(file.id, file.path.clone(), file.text.clone());
        let line_of = |at: u32| source.position(at).line as usize;
        let mut lines: Vec<Line> = (1..=source.lines())
            .map(|number| Line {
                pieces: Vec::new(),
                part: if source.line(number).trim().is_empty() { Part::Blank } else { Part::Module },
                note: None,
            })
            .collect();

        let mut at = 0;
        for (span, class) in highlight(text) {
            add(&mut lines, line_of(at), &text[at as usize..span.start as usize], None);
            add(&mut lines, line_of(span.start), &text[span.start as usize..span.end as usize], look(class));
            at = span.end;
        }
        add(&mut lines, line_of(at), &text[at as usize..], None);
        if text.ends_with('\n') {
            lines.pop();
        }

        for (name, body) in functions(text) {
            let handler = exports.iter().position(|export| &**export == name);
            let (first, last) = (line_of(body.start), line_of(body.end - 1));
            for line in lines.iter_mut().take(last - 1).skip(first) {
                if line.part != Part::Blank {
                    line.part = handler.map_or(Part::Function, Part::Handler);
                }
            }
            if handler.is_some() {
                let comment =
                    |line: &Line| line.pieces.first().is_some_and(|(class, _)| *class == look(Class::Comment));
                let above = lines[..first - 1].iter().rposition(|line| !comment(line));
                let blank = above.filter(|at| lines[*at].part == Part::Blank);
                lines[blank.unwrap_or(first - 1)].note = handler;
            }
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

const fn look(class: Class) -> Option<&'static str> {
    match class {
        Class::Keyword => Some("k"),
        Class::String => Some("s"),
        Class::Comment => Some("c"),
        _ => None,
    }
}

/// Adds a stretch of text that begins on this line (from 1).
fn add(lines: &mut [Line], first: usize, text: &str, class: Option<&'static str>) {
    for (nth, piece) in text.split('\n').enumerate() {
        if let Some(line) = lines.get_mut(first - 1 + nth).filter(|_| !piece.is_empty()) {
            line.pieces.push((class, piece.into()));
        }
    }
}

/// The functions that stand in no other, each with its name (empty where it has none) and the span of its body in braces.
fn functions(text: &str) -> Vec<(&str, Span)> {
    let tokens = tokenize(text).list;
    let word = |at: usize| {
        tokens.get(at).map_or("", |token: &Token| &text[token.span.start as usize..token.span.end as usize])
    };
    let partner = |at: usize| tokens.get(at).and_then(|token| token.partner).map(|at| at as usize);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (name, open) = match word(at) {
            "=>" => {
                // Back over the parameters to what the arrow function is given to.
                let parameters = at.checked_sub(1).map_or(0, |last| partner(last).unwrap_or(last));
                let given = parameters.saturating_sub(1 + usize::from(word(parameters.saturating_sub(1)) == "async"));
                let named = matches!(word(given), "=" | ":");
                (if named { word(given.saturating_sub(1)) } else { "" }, at + 1)
            }
            "function" => {
                let own = word(at + 1);
                let (name, parameters) = if own == "(" { ("", at + 1) } else { (own, at + 2) };
                let before = at.saturating_sub(1 + usize::from(word(at.saturating_sub(1)) == "async"));
                let given = matches!(word(before), "=" | ":").then(|| word(before.saturating_sub(1)));
                (given.unwrap_or(name), partner(parameters).map_or(tokens.len(), |end| end + 1))
            }
            _ => ("", tokens.len()),
        };
        match partner(open).filter(|_| word(open) == "{") {
            Some(close) => {
                found.push((name, Span { start: tokens[open].span.start, end: tokens[close].span.end }));
                at = close;
            }
            None => at += 1,
        }
    }
    found
}
