//! Running other programs.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Outcome, While, failure};

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Cargo's folder for what it builds; this program keeps its own leavings there too.
pub fn target() -> PathBuf {
    // An environment's relative path is relative to where Cargo was started, which is here.
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A program to run in the repository's root.
pub struct Program {
    command: Command,
    shown: String,
}

/// `program`, found on the `PATH`.
pub fn program(program: impl AsRef<OsStr>) -> Program {
    let mut command = Command::new(&program);
    command.current_dir(root());
    let shown = Path::new(&program).file_name().unwrap_or(program.as_ref()).to_string_lossy().into_owned();
    Program { command, shown }
}

/// The Cargo that runs this program.
pub fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Program {
    program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).args(arguments)
}

impl Program {
    /// Adds one argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.shown.push(' ');
        self.shown.push_str(&argument.as_ref().to_string_lossy());
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = S>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Sets a variable of its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes a variable out of its environment.
    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Runs it somewhere else.
    pub fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Finds these folders' programs before those of the `PATH`.
    pub fn with_path(self, folders: &[&Path]) -> Self {
        let rest = std::env::var_os("PATH").unwrap_or_default();
        let folders = folders.iter().map(PathBuf::from).chain(std::env::split_paths(&rest));
        let path = std::env::join_paths(folders).unwrap_or_else(|_| OsString::new());
        self.env("PATH", path)
    }

    /// Runs it to its end; its output is shown.
    pub fn run(mut self) -> Outcome {
        let status = self.command.status().doing(&self.shown)?;
        if status.success() { Ok(()) } else { failure(format!("`{}` ended with {status}", self.shown)) }
    }

    /// What it prints on standard output.
    pub fn output(mut self) -> Outcome<String> {
        let output = self.command.output().doing(&self.shown)?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            return failure(format!("`{}` ended with {}\n{words}", self.shown, output.status));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Where a program is on the `PATH`.
pub fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|candidate| candidate.is_file())
}
