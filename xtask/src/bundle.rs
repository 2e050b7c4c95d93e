//! Builds the page. Trunk compiles the program and writes the page's files; [`stage`], which Trunk runs after each build,
//! completes them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, IoContext, Result};
use crate::minify::{Language, minified, optimized};
use crate::shell::{root, target};
use crate::tools::{self, Tool};

/// Serves the page at `http://localhost:8080/` and rebuilds it when a file changes. The served page has Trunk's reload
/// script in it, so it is kept apart from [`dist`].
///
/// # Errors
/// When a tool is missing, or Trunk fails.
pub(crate) fn serve(arguments: &[String]) -> Result {
    tools::prepare(&[Tool::WasmTarget, Tool::WasmBindgen, Tool::Trunk])?;
    tools::trunk()?.arg("serve").arg("--dist").arg(target().join("serve")).args(arguments).run()
}

/// Builds the page as it is published, into [`dist`].
///
/// # Errors
/// When a tool is missing, or the page does not build.
pub(crate) fn build() -> Result {
    tools::prepare(tools::FOR_BUILD)?;
    tools::trunk()?
        // Cargo adds these flags to those of .cargo/config.toml.
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", tools::path_remapping_flags()?)
        .args(["build", "--release"])
        .run()
}

/// The folder of the published page.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// Completes the folder that Trunk is about to publish. The program, its glue and the machine's stylesheet get names that
/// contain a hash of their content, so that they can be cached for ever. The loader and the page, whose own names do not
/// change, learn these names in the place of `machine.wasm`, `machine.js` and `machine.css`.
///
/// # Errors
/// When Trunk did not call it, or a file is not as expected.
pub(crate) fn stage() -> Result {
    let folder = PathBuf::from(trunk_variable("TRUNK_STAGING_DIR")?);
    let release = trunk_variable("TRUNK_PROFILE")? == "release";
    if folder.join("snippets").exists() {
        // Snippets would be requests of their own, under names that stay the same when they change.
        return Err(Error::Violated("a dependency brings JavaScript snippets, which the page does not publish".into()));
    }
    let (mut program, glue) = take_program(&folder)?;
    // The stylesheet has its own copy of the tokens, because a page that embeds the machine need not define them.
    let styles = read(&root().join("styles/tokens.css"))? + &read(&root().join("styles/machine.css"))?;
    if release {
        tools::prepare(&[Tool::NpmPackages])?;
        program = optimized(&program)?;
        minify_files(&folder)?;
    }
    let minify = |text: String, language| if release { minified(&text, language) } else { Ok(text) };
    let glue = minify(glue, Language::JavaScript)?;
    let styles = minify(styles, Language::Css)?;

    let mut loader = read(&root().join("assets/loader.js"))?;
    let mut page = read(&folder.join("index.html"))?;
    for (name, content) in
        [("machine.wasm", program.as_slice()), ("machine.js", glue.as_bytes()), ("machine.css", styles.as_bytes())]
    {
        let hashed = hashed_name(name, content);
        fs::write(folder.join(&hashed), content).about(&hashed)?;
        loader = with_name(&loader, name, &hashed).ok_or_else(|| misses("assets/loader.js", name))?;
        page = with_name(&page, name, &hashed).ok_or_else(|| misses("index.html", name))?;
    }
    fs::write(folder.join("loader.js"), minify(loader, Language::JavaScript)?).about("loader.js")?;
    fs::write(folder.join("index.html"), page).about("index.html")
}

fn trunk_variable(name: &str) -> Result<String> {
    std::env::var(name).map_err(|_| Error::Usage(format!("only Trunk runs this command, and it sets {name}")))
}

fn misses(file: &str, name: &str) -> Error {
    Error::malformed(file, format!("there is no \"{name}\" in it"))
}

/// `machine.css` as `machine-0123456789abcdef.css`.
fn hashed_name(name: &str, content: &[u8]) -> String {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    format!("{stem}-{}.{extension}", fingerprint(content))
}

/// The text with `hashed` wherever it has `name` in double quotes; none if it has not.
fn with_name(text: &str, name: &str, hashed: &str) -> Option<String> {
    let quoted = format!("\"{name}\"");
    text.contains(&quoted).then(|| text.replace(&quoted, &format!("\"{hashed}\"")))
}

/// The 64-bit FNV-1a hash of a content, in 16 hexadecimal digits.
pub(crate) fn fingerprint(content: &[u8]) -> String {
    let hash = content
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

/// Reads the program and its glue, and removes them from Trunk's folder.
fn take_program(folder: &Path) -> Result<(Vec<u8>, String)> {
    for entry in fs::read_dir(folder).about(folder.display())? {
        let path = entry.about(folder.display())?.path();
        let Some(stem) = path.file_name().and_then(|name| name.to_str()?.strip_suffix("_bg.wasm")) else { continue };
        let glue = folder.join(format!("{stem}.js"));
        let taken = (fs::read(&path).about(path.display())?, read(&glue)?);
        fs::remove_file(&path).about(path.display())?;
        fs::remove_file(&glue).about(glue.display())?;
        return Ok(taken);
    }
    Err(Error::malformed(folder.display().to_string(), "Trunk left no program in it"))
}

/// Minifies the page's own scripts and stylesheets, in place.
fn minify_files(folder: &Path) -> Result {
    for entry in fs::read_dir(folder).about(folder.display())? {
        let path = entry.about(folder.display())?.path();
        if let Some(language) = Language::of(&path) {
            fs::write(&path, minified(&read(&path)?, language)?).about(path.display())?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).about(path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_follows_the_content() {
        assert_eq!(hashed_name("machine.css", b""), "machine-cbf29ce484222325.css");
        assert_ne!(hashed_name("machine.css", b"a"), hashed_name("machine.css", b"b"));
    }

    #[test]
    fn only_whole_names_are_replaced() {
        let text = r#"href="machine.js" src="other-machine.js""#;
        assert_eq!(
            with_name(text, "machine.js", "machine-1.js").as_deref(),
            Some(r#"href="machine-1.js" src="other-machine.js""#)
        );
        assert_eq!(with_name(text, "machine.css", "machine-1.css"), None);
    }

    #[test]
    fn the_loader_and_the_page_name_the_files_of_the_machine() {
        for file in ["assets/loader.js", "index.html"] {
            let text = read(&root().join(file)).unwrap();
            for name in ["machine.wasm", "machine.js", "machine.css"] {
                assert!(with_name(&text, name, "").is_some(), "{file} does not name {name}");
            }
        }
    }
}
