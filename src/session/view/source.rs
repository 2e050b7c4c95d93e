//! A source file as the listing shows it: its lines in pieces of one colour, and the function that each line belongs to.

use std::rc::Rc;

use crate::session::Session;
use javascript::SourceFile;
use javascript::highlight::{Class, highlight};
use javascript::outline::functions;
use simulation::event::{FileId, Position};
use simulation::lambda::Package;

/// The part of the file that a line belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// An empty line.
    Blank,
    /// Module scope, which is evaluated once for each process.
    Module,
    /// The body of the handler at this place of the exports, which runs with each invocation.
    Handler(usize),
    /// The body of another function.
    Function,
}

/// A line of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLine {
    /// Its text in pieces, each with its colour.
    pub pieces: Vec<Piece>,
    /// The part of the file that it belongs to.
    pub region: Region,
    /// The handler whose number of runs is noted on this line: its place among the exports.
    pub note: Option<usize>,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its text, without line breaks.
    pub text: Rc<str>,
    /// Its colour.
    pub colour: Colour,
}

/// The colour of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// The colour of the text around it.
    Plain,
    /// A keyword.
    Keyword,
    /// A string or a template.
    String,
    /// A comment.
    Comment,
}

impl Colour {
    const fn of(class: Class) -> Self {
        match class {
            Class::Keyword => Self::Keyword,
            Class::String => Self::String,
            Class::Comment => Self::Comment,
            _ => Self::Plain,
        }
    }
}

/// A source file.
#[derive(Debug)]
pub(in crate::session) struct SourceListing {
    file: FileId,
    name: Rc<str>,
    lines: Vec<Rc<SourceLine>>,
}

impl Session {
    /// The file of the module that runs.
    pub(super) fn source(&self) -> &SourceListing {
        self.sources[self.module].get_or_init(|| SourceListing::new(self.packages.get(self.module), self.exports()))
    }
}

impl SourceListing {
    /// The package's first file, which has its handlers.
    fn new(package: &Package, exports: &[Rc<str>]) -> Self {
        let Some(file) = package.files().first() else {
            return Self { file: FileId(0), name: "".into(), lines: Vec::new() };
        };
        let text = &*file.text;
        let source = SourceFile::new(file.id, file.path.clone(), file.text.clone());
        let line_of = |at: u32| source.position(at).line as usize;
        let mut lines: Vec<SourceLine> = (1..=source.lines())
            .map(|number| SourceLine {
                pieces: Vec::new(),
                region: if source.line(number).trim().is_empty() { Region::Blank } else { Region::Module },
                note: None,
            })
            .collect();

        let mut at = 0;
        let piece = |from: u32, to: u32| &text[from as usize..to as usize];
        for (span, class) in highlight(text) {
            add(&mut lines, line_of(at), piece(at, span.start), Colour::Plain);
            add(&mut lines, line_of(span.start), piece(span.start, span.end), Colour::of(class));
            at = span.end;
        }
        add(&mut lines, line_of(at), piece(at, text.len() as u32), Colour::Plain);
        if text.ends_with('\n') {
            lines.pop();
        }

        for (name, body) in functions(text) {
            let handler = exports.iter().position(|export| &**export == name);
            let (first, last) = (line_of(body.start), line_of(body.end - 1));
            for line in lines.iter_mut().take(last - 1).skip(first) {
                if line.region != Region::Blank {
                    line.region = handler.map_or(Region::Function, Region::Handler);
                }
            }
            if handler.is_some() {
                // The note stands on the blank line above the handler and its comment, else on the handler's first line.
                let comment =
                    |line: &SourceLine| line.pieces.first().is_some_and(|piece| piece.colour == Colour::Comment);
                let above = lines[..first - 1].iter().rposition(|line| !comment(line));
                let blank = above.filter(|at| lines[*at].region == Region::Blank);
                lines[blank.unwrap_or(first - 1)].note = handler;
            }
        }
        Self { file: file.id, name: file.path.clone(), lines: lines.into_iter().map(Rc::new).collect() }
    }

    /// The file's number.
    pub(super) fn file(&self) -> FileId {
        self.file
    }

    /// The file's name.
    pub(super) fn name(&self) -> &Rc<str> {
        &self.name
    }

    /// The lines, of which the first has the number 1.
    pub(super) fn lines(&self) -> &[Rc<SourceLine>] {
        &self.lines
    }

    /// The number of the line at this position; `None` in another file.
    pub(super) fn line_at(&self, position: Position) -> Option<u32> {
        (position.file == self.file).then_some(position.line)
    }
}

/// Adds text that begins on the line of this number (from 1), line by line.
fn add(lines: &mut [SourceLine], first: usize, text: &str, colour: Colour) {
    for (nth, piece) in text.split('\n').enumerate() {
        if let Some(line) = lines.get_mut(first - 1 + nth).filter(|_| !piece.is_empty()) {
            line.pieces.push(Piece { text: piece.into(), colour });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions(text: &str, exports: &[&str]) -> Vec<Region> {
        let package = Package::from_source("index.js", text).unwrap();
        let exports: Vec<Rc<str>> = exports.iter().map(|name| (*name).into()).collect();
        SourceListing::new(&package, &exports).lines.iter().map(|line| line.region).collect()
    }

    #[test]
    fn a_line_belongs_to_the_outermost_function_around_it() {
        use Region::{Blank, Function, Handler, Module};
        let text = "const wait = async () => {\n  await 1;\n};\n\nexports.main = async function (event) {\n                      return [1].map((x) => {\n    return x;\n  });\n};\n";
        let expected = [Module, Function, Module, Blank, Module, Handler(0), Handler(0), Handler(0), Module];
        assert_eq!(regions(text, &["main"]).len(), expected.len());
    }

    #[test]
    fn the_note_of_a_handler_stands_on_the_blank_line_above_its_comment() {
        let package = Package::post();
        let source = SourceListing::new(&package, package.exports().unwrap_or_default());
        let notes: Vec<_> = source.lines.iter().filter(|line| line.note.is_some()).collect();
        assert_eq!(notes.len(), 2);
        assert!(notes.iter().all(|line| line.region == Region::Blank && line.pieces.is_empty()));
    }

    #[test]
    fn the_pieces_of_all_lines_are_the_text() {
        let package = Package::post();
        let source = SourceListing::new(&package, package.exports().unwrap_or_default());
        let line = |line: &Rc<SourceLine>| line.pieces.iter().map(|piece| &*piece.text).collect::<String>() + "\n";
        assert_eq!(source.lines.iter().map(line).collect::<String>(), *package.files()[0].text);
    }
}
