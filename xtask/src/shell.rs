//! Runs other programs.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, IoContext, Result};

/// Lines of a program's output that its error repeats.
const LAST_LINES: usize = 40;

/// The root folder of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Cargo's target folder. `xtask` writes its own files there too.
pub(crate) fn target() -> PathBuf {
    // A relative CARGO_TARGET_DIR is relative to the folder in which Cargo was started: the current one.
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A program to run, by default in the root folder of the repository.
pub(crate) struct Program {
    command: Command,
    /// The command line for error messages.
    shown: String,
}

/// A program with this path, or with this name on the `PATH`.
pub(crate) fn program(program: impl AsRef<OsStr>) -> Program {
    let mut command = Command::new(&program);
    command.current_dir(root());
    let shown = Path::new(&program).file_name().unwrap_or(program.as_ref()).to_string_lossy().into_owned();
    Program { command, shown }
}

/// The Cargo that runs `xtask`.
pub(crate) fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Program {
    program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).args(arguments)
}

/// The Rust compiler that Cargo uses.
pub(crate) fn rustc() -> Program {
    program(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

impl Program {
    /// Adds one argument.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.shown.push(' ');
        self.shown.push_str(&argument.as_ref().to_string_lossy());
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub(crate) fn args<S: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = S>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Removes an environment variable.
    pub(crate) fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Runs the program in another folder.
    pub(crate) fn current_dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Puts a folder before the others of the `PATH`.
    pub(crate) fn prepend_path(self, folder: &Path) -> Self {
        let rest = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&rest));
        let path = std::env::join_paths(folders).unwrap_or_else(|_| OsString::new());
        self.env("PATH", path)
    }

    /// Runs the program to its end and shows its output meanwhile.
    ///
    /// # Errors
    /// When the program cannot be started or does not succeed.
    pub(crate) fn run(mut self) -> Result {
        let status = self.command.status().about(&self.shown)?;
        if status.success() {
            return Ok(());
        }
        Err(Error::Program { command: self.shown, status, output: String::new() })
    }

    /// Runs the program to its end without showing its output. Returns its standard output.
    ///
    /// # Errors
    /// When the program cannot be started or does not succeed. The error has the end of its standard error.
    pub(crate) fn output(mut self) -> Result<String> {
        let output = self.command.output().about(&self.shown)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let output_end = last_lines(&String::from_utf8_lossy(&output.stderr));
        Err(Error::Program { command: self.shown, status: output.status, output: output_end })
    }
}

/// The last [`LAST_LINES`] lines of a text.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}

/// The path of a program that is on the `PATH`.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_repeats_the_end_of_the_output() {
        let lines: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let end = last_lines(&lines.join("\n"));
        assert_eq!(end.lines().count(), LAST_LINES);
        assert!(end.ends_with("\n99"));
        assert_eq!(last_lines("one"), "one");
    }
}
