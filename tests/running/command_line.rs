//! Runs the command line as a program of its own, so that a test sees its exit code, also where it is aborted.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The path of the command line's program, which is built in the profile of the test.
pub fn simulate() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let this = std::env::current_exe().unwrap();
        let profile = this.parent().and_then(Path::parent).expect("a test lies in <target>/<profile>/deps");
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--example", "simulate", "--target-dir"]).arg(profile.parent().unwrap());
        if profile.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success(), "the example does not build");
        profile.join("examples").join("simulate")
    })
}

/// What a run of the program gave.
pub struct Output {
    /// The exit code; `None` where a signal ended the program, as it does after a stack overflow.
    pub code: Option<i32>,
    /// The objects on standard output, one for each line.
    pub objects: Vec<Value>,
    /// The text on standard error.
    pub messages: String,
}

/// Runs the program with these arguments and this text on standard input.
pub fn output(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(simulate());
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Writing fails where the program has ended without reading its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    Output {
        code: output.status.code(),
        objects: text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect(),
        messages: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Writes a file for a test and returns its path. Each test uses names of its own.
pub fn file(name: &str, text: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_string()
}
