//! The history as a terminal session, made once for each length, and saved as a recording.

use std::cell::RefCell;
use std::rc::Rc;

use super::browser;
use crate::export::{Line, cast, session};
use crate::history::Player;

const TITLE: &str = "What persists between Lambda invocations?";
const FILE: &str = "lambda-lifecycles.cast";

/// The session of a run.
#[derive(Default)]
pub struct Recording {
    /// With how long the history was.
    kept: RefCell<Option<(usize, Rc<[Line]>)>>,
    /// The address of the file that was saved last.
    file: RefCell<String>,
}

impl Recording {
    /// Its lines.
    pub fn lines(&self, player: &Player) -> Rc<[Line]> {
        let length = player.events().len() + player.statements().count();
        if let Some((_, lines)) = self.kept.borrow().as_ref().filter(|(kept, _)| *kept == length) {
            return lines.clone();
        }
        let lines: Rc<[Line]> = session(player).into();
        self.kept.replace(Some((length, lines.clone())));
        lines
    }

    /// A part of the history is about to be replaced: another one can be as long.
    pub fn forget(&self) {
        self.kept.take();
    }

    /// Saves it for the reader.
    pub fn save(&self, player: &Player) {
        browser::download(FILE, &cast(&self.lines(player), TITLE), &self.file);
    }
}
