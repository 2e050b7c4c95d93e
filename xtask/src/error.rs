//! The errors that end a command.

use std::io;
use std::process::ExitStatus;

/// Why a command ended early. Its text is a sentence for the person who ran it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The command line asks for something that does not exist.
    #[error("{0}")]
    Usage(String),
    /// A tool is missing on this machine. The text says how to install it.
    #[error("{0}")]
    Missing(String),
    /// A file, a folder or a socket could not be used.
    #[error("{subject}: {source}")]
    Io {
        /// The file's path, or the action that failed.
        subject: String,
        /// The system's own reason.
        source: io::Error,
    },
    /// Another program failed.
    #[error("`{command}` ended with {status}{}{output}", if output.is_empty() { "" } else { "\n" })]
    Program {
        /// The command line as a person would type it.
        command: String,
        /// The program's exit status.
        status: ExitStatus,
        /// The end of what the program printed, where its output was not shown while it ran.
        output: String,
    },
    /// A file does not have the content that is expected of it.
    #[error("{file}: {problem}")]
    Malformed {
        /// The file's name.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Something that has to hold does not hold.
    #[error("{0}")]
    Violated(String),
    /// The built program is not a WebAssembly module.
    #[error("the program: {0}")]
    Wasm(#[from] wasmparser::Error),
}

/// The result of a command or of a step of one.
pub(crate) type Result<T = ()> = std::result::Result<T, Error>;

impl Error {
    /// An error about the content of `file`.
    pub(crate) fn malformed(file: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Malformed { file: file.into(), problem: problem.into() }
    }
}

/// Adds the subject to an error of the system, which does not name the file it is about.
pub(crate) trait IoContext<T> {
    /// Turns the error into [`Error::Io`] about `subject`.
    fn about(self, subject: impl ToString) -> Result<T>;
}

impl<T> IoContext<T> for io::Result<T> {
    fn about(self, subject: impl ToString) -> Result<T> {
        self.map_err(|source| Error::Io { subject: subject.to_string(), source })
    }
}
