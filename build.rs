//! Compiles the JavaScript that comes with the program into bytecode (`src/js/bytecode.rs`), so that the page carries no
//! parser and no compiler. It is the handler machine's own parser and compiler that do it: this script is built with them. A
//! file that is not in the subset stops the build, with what the parser says of it.

// They are the library's, and only a part of each is wanted here.
#[allow(dead_code)]
#[path = "src/event.rs"]
mod event;
#[allow(dead_code)]
#[path = "src/float.rs"]
mod float;
#[allow(dead_code, unused_imports)]
#[path = "src/js/mod.rs"]
mod js;
#[allow(dead_code)]
#[path = "src/limits.rs"]
mod limits;
#[allow(dead_code)]
#[path = "src/ordered.rs"]
mod ordered;
#[allow(dead_code)]
#[path = "src/time.rs"]
mod time;

/// What is being made here: nothing reads it before.
mod compiled {
    pub(crate) const PRELUDE: &[u8] = &[];
    pub(crate) const REACHED: &[u8] = &[];
}

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

use event::FileId;
use js::{Module, SourceFile, bytecode, language, reach};

const HANDLERS: &str = "assets/handlers";
/// What this script is built with, beside itself.
const OWN: [&str; 6] = ["src/event.rs", "src/float.rs", "src/js", "src/limits.rs", "src/ordered.rs", "src/time.rs"];
/// Recorded and tested, and on no page.
const EXPERIMENTS: &str = "experiments.js";

fn main() -> ExitCode {
    for path in OWN.into_iter().chain(["build.rs", HANDLERS]) {
        println!("cargo::rerun-if-changed={path}");
    }
    match compile() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn compile() -> Result<(), String> {
    let to = env::var("OUT_DIR").map_err(|error| error.to_string())?;
    let write =
        |name: &str, bytes: Vec<u8>| fs::write(Path::new(&to).join(name), bytes).map_err(|error| error.to_string());
    let mut modules = Vec::new();
    for path in handlers().map_err(|error| format!("{HANDLERS}: {error}"))? {
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let module = Module::compile(SourceFile::new(FileId(0), &*name, text)).map_err(|error| error.to_string())?;
        write(&name.replace(".js", ".bytecode"), bytecode::write(&module))?;
        modules.push(module);
    }
    let mut reached = reach::reached(&modules);
    write("reached", reached.rows.iter().map(|is| u8::from(*is)).collect())?;
    // Elsewhere than in the page, any module may be run.
    if env::var("CARGO_CFG_TARGET_ARCH").as_deref() != Ok("wasm32") {
        reached.library.fill(true);
    }
    write("prelude.bytecode", language::bytecode(&reached.library))
}

/// The files of the page's modules and their configuration, in the order of their names.
fn handlers() -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(HANDLERS)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "js") && !path.ends_with(EXPERIMENTS) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
