//! Makes a release small, with wasm-opt and esbuild.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{IoContext, Result};
use crate::shell::{Program, program, root, target};
use crate::tools;

/// The program of the last release with the names of its functions. The published one has no names.
pub(crate) fn named_program() -> PathBuf {
    target().join("size/named.wasm")
}

/// The program after `wasm-opt -Oz`, without names. A copy with names stays at [`named_program`] for `cargo xtask size`.
///
/// # Errors
/// When wasm-opt fails.
pub(crate) fn optimized(wasm: &[u8]) -> Result<Vec<u8>> {
    let named = named_program();
    let folder = named.parent().unwrap_or(root());
    fs::create_dir_all(folder).about(folder.display())?;
    let (before, published) = (folder.join("before.wasm"), folder.join("published.wasm"));
    fs::write(&before, wasm).about(before.display())?;
    // The program itself says which features of WebAssembly it uses.
    // Saves 5.5 KB brotli beside `-Oz --converge`: functions that differ in constants alone become one.
    wasm_opt()?
        .args(["-Oz", "--merge-similar-functions", "-Oz"])
        .args(["--low-memory-unused", "--one-caller-inline-max-function-size=0", "-g"])
        .arg(&before)
        .arg("-o")
        .arg(&named)
        .run()?;
    wasm_opt()?
        .args(["--strip-debug", "--strip-producers", "--strip-target-features"])
        .arg(&named)
        .arg("-o")
        .arg(&published)
        .run()?;
    fs::read(&published).about(published.display())
}

/// A language that esbuild minifies.
#[derive(Clone, Copy)]
pub(crate) enum Language {
    /// A JavaScript module.
    JavaScript,
    /// A stylesheet.
    Css,
}

impl Language {
    /// The language of a file by its extension.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "js" => Some(Self::JavaScript),
            "css" => Some(Self::Css),
            _ => None,
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::JavaScript => "js",
            Self::Css => "css",
        }
    }
}

/// A file's text after esbuild has minified it. Nothing is bundled: files that load late stay files of their own.
///
/// # Errors
/// When the text is not in its language.
pub(crate) fn minified(text: &str, language: Language) -> Result<String> {
    let folder = target().join("size");
    fs::create_dir_all(&folder).about(folder.display())?;
    let from = folder.join(format!("from.{}", language.extension()));
    fs::write(&from, text).about(from.display())?;
    let esbuild = node_tool("esbuild/bin/esbuild")?.arg(&from).args([
        "--minify",
        "--charset=utf8",
        "--legal-comments=none",
        "--target=es2022",
        "--log-level=warning",
    ]);
    match language {
        Language::JavaScript => esbuild.args(["--format=esm", "--tree-shaking=true"]),
        Language::Css => esbuild,
    }
    .output()
}

fn wasm_opt() -> Result<Program> {
    node_tool("binaryen/bin/wasm-opt")
}

/// A program of one of the npm packages.
fn node_tool(path: &str) -> Result<Program> {
    Ok(program("node").arg(tools::npm_packages()?.join(path)))
}
