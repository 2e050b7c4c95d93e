//! Diagnostics: why a source file is refused, where, and what to write instead.

use core::fmt;
use std::rc::Rc;

use super::ast::Span;
use super::source::SourceFile;

/// The first error in a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The path of the file.
    pub path: Rc<str>,
    /// The line, starting at 1.
    pub line: u32,
    /// The column in characters, starting at 1.
    pub column: u32,
    /// The name of the construct, or the text of the token, that was found.
    pub found: Rc<str>,
    /// The error.
    pub message: Rc<str>,
    /// The code to write instead.
    pub advice: Option<Rc<str>>,
    /// The text of the line.
    pub source_line: Rc<str>,
    /// The number of characters to underline.
    pub width: u32,
}

impl Diagnostic {
    /// Makes the diagnostic of a part of a source file.
    pub fn new(source: &SourceFile, span: Span, found: &str, message: &str, advice: Option<&str>) -> Self {
        let position = source.position(span.start);
        let source_line = source.line(position.line);
        let on_this_line = source_line.chars().count() as u32 + 1 - position.column.min(source_line.len() as u32 + 1);
        let stretch = source.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let width = (stretch.chars().count() as u32).min(on_this_line).max(1);
        Self {
            path: source.path.clone(),
            line: position.line,
            column: position.column,
            found: found.into(),
            message: message.into(),
            advice: advice.map(Into::into),
            source_line: source_line.into(),
            width,
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}:{}:{}: {}", self.path, self.line, self.column, self.message)?;
        writeln!(out, "  {}", self.source_line)?;
        out.write_str("  ")?;
        // A tab stays a tab, so that the carets are below the text.
        for character in self.source_line.chars().take(self.column as usize - 1) {
            out.write_str(if character == '\t' { "\t" } else { " " })?;
        }
        for _ in 0..self.width {
            out.write_str("^")?;
        }
        match &self.advice {
            Some(advice) => write!(out, "\nwrite instead: {advice}"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for Diagnostic {}
