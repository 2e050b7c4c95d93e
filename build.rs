//! Compiles the JavaScript that comes with the program into images (`src/js/image.rs`), so that the page carries no parser
//! and no compiler. It is the handler machine's own parser and compiler that do it: this script is built with them. A file
//! that is not in the subset stops the build, with what the parser says of it.

#![allow(dead_code, unused_imports, missing_docs, clippy::all, clippy::pedantic)]

#[path = "src/event.rs"]
mod event;
#[path = "src/float.rs"]
mod float;
#[path = "src/js/mod.rs"]
mod js;
#[path = "src/limits.rs"]
mod limits;
#[path = "src/ordered.rs"]
mod ordered;
#[path = "src/time.rs"]
mod time;

/// The images are what is being made: here the library is compiled from its source.
mod images {
    pub(crate) const PRELUDE: &[u8] = &[];
    pub(crate) const REACHED: &[u8] = &[];
}

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use event::FileId;
use js::{Module, SourceFile, image, reach};

const HANDLERS: &str = "assets/handlers";

fn main() -> ExitCode {
    for path in ["build.rs", HANDLERS, "src/js", "src/event.rs", "src/float.rs", "src/limits.rs", "src/ordered.rs"] {
        println!("cargo::rerun-if-changed={path}");
    }
    match write_images() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn write_images() -> Result<(), String> {
    let to = env::var("OUT_DIR").map_err(|error| error.to_string())?;
    let write = |name: &str, image: Vec<u8>| {
        fs::write(Path::new(&to).join(name).with_extension("image"), image).map_err(|error| error.to_string())
    };
    let mut modules = Vec::new();
    for path in handlers().map_err(|error| format!("{HANDLERS}: {error}"))? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let text = fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
        let source = SourceFile::new(FileId(0), &*name, text);
        let module = Module::compile(source).map_err(|diagnostic| diagnostic.to_string())?;
        write(&name, image::write(&module))?;
        // The page has not this one.
        if name != "experiments.js" {
            modules.push(module);
        }
    }
    let mut reached = reach::reached(&modules);
    write("reached", reached.rows.iter().map(|is| u8::from(*is)).collect())?;
    // Elsewhere than in the page, any module may be run.
    if env::var("CARGO_CFG_TARGET_ARCH").as_deref() != Ok("wasm32") {
        reached.library.fill(true);
    }
    write("prelude", js::language::image(&reached.library))?;
    Ok(())
}

/// The files, in the order of their names.
fn handlers() -> io::Result<Vec<std::path::PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(HANDLERS)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "js") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
