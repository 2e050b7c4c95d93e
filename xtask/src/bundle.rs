//! The page as files: Trunk compiles the program and writes the page, and [`stage`], which Trunk runs after each build,
//! completes its folder. A release is made small there too.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Outcome, While, failure};
use crate::shell::{program, root, target};
use crate::{order, tools, wasm};

/// The page at `http://localhost:8080/`, built anew when a file changes. What it serves has Trunk's script for that in it,
/// so it is not put where the published page is.
pub fn serve(arguments: &[String]) -> Outcome {
    let folder = target().join("serve");
    tools::trunk()?.call().arg("serve").arg("--dist").arg(folder).args(arguments).run()
}

/// The page as it is published, in [`dist`].
pub fn build() -> Outcome {
    tools::npm()?;
    let flags = tools::same_paths()?;
    tools::trunk()?
        .call()
        // These are added to those of .cargo/config.toml.
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags)
        .args(["build", "--release"])
        .run()
}

/// Where Trunk leaves the page.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// The program of the last release with the names of its functions, which the published one has not.
pub fn named_program() -> PathBuf {
    target().join("size/named.wasm")
}

/// Completes the folder that Trunk is about to publish: the program, its glue and the machine's stylesheet get names by
/// their content, and the loader, whose own name stays, learns them.
pub fn stage() -> Outcome {
    let variable = |name: &str| std::env::var(name).doing(format!("{name}, which Trunk sets when it runs this"));
    let folder = PathBuf::from(variable("TRUNK_STAGING_DIR")?);
    let release = variable("TRUNK_PROFILE")? == "release";
    if folder.join("snippets").exists() {
        return failure(
            "a dependency brings JavaScript snippets: requests of their own, whose names do not change with them",
        );
    }

    let (program, glue) = take_program(&folder)?;
    // The machine has its own copy of the tokens: a page that embeds it need not have them.
    let styles = read(&root().join("styles/tokens.css"))? + &read(&root().join("styles/machine.css"))?;
    let mut loader = read(&root().join("assets/loader.js"))?;
    let mut page = read(&folder.join("index.html"))?;

    let (program, glue, styles) = if release {
        let small = Minifier::new()?;
        small.page(&folder)?;
        let (program, glue) = optimised(&program, glue)?;
        (program, small.minified(&glue, "js")?, small.minified(&styles, "css")?)
    } else {
        (program, glue, styles)
    };
    for (placeholder, ending, content) in
        [("@wasm", "wasm", &program[..]), ("@glue", "js", glue.as_bytes()), ("@styles", "css", styles.as_bytes())]
    {
        let name = format!("machine-{}.{ending}", fingerprint(content));
        fs::write(folder.join(&name), content).doing(&name)?;
        let quoted = format!("\"{placeholder}\"");
        if !loader.contains(&quoted) {
            return failure(format!("assets/loader.js has no {quoted} to put {name} in"));
        }
        loader = loader.replace(&quoted, &format!("\"{name}\""));
        if ending == "css" {
            // A first state that the page brings as a declarative shadow root names the stylesheet itself.
            page = page.replace("\"machine.css\"", &format!("\"{name}\""));
        }
    }
    if release {
        loader = Minifier::new()?.minified(&loader, "js")?;
    }
    fs::write(folder.join("loader.js"), loader).doing("loader.js")?;
    fs::write(folder.join("index.html"), page).doing("index.html")
}

/// A name for a content, in 16 characters: FNV-1a.
pub fn fingerprint(content: &[u8]) -> String {
    let hash = content
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

/// Takes the program and its glue out of Trunk's folder.
fn take_program(folder: &Path) -> Outcome<(Vec<u8>, String)> {
    for entry in fs::read_dir(folder).doing(folder.display())? {
        let path = entry.doing(folder.display())?.path();
        let Some(stem) = path.file_name().and_then(|name| name.to_str()?.strip_suffix("_bg.wasm")) else { continue };
        let glue = folder.join(format!("{stem}.js"));
        let taken = (fs::read(&path).doing(path.display())?, read(&glue)?);
        fs::remove_file(&path).doing(path.display())?;
        fs::remove_file(&glue).doing(glue.display())?;
        return Ok(taken);
    }
    failure(format!("Trunk left no program in {}", folder.display()))
}

/// The program through `wasm-opt -Oz`, and its glue. The program keeps the names of its functions on the way, for
/// `cargo xtask size`, and is published without them; the names that the two have for each other become short.
fn optimised(program: &[u8], glue: String) -> Outcome<(Vec<u8>, String)> {
    let named = named_program();
    let folder = named.parent().unwrap_or(root());
    fs::create_dir_all(folder).doing(folder.display())?;
    let before = folder.join("before.wasm");
    fs::write(&before, program).doing(before.display())?;
    // No pointer leads below 1024: that is the far end of the stack. What is called once stays a function: it is packed
    // better than inside a large one; what is little more than a call goes to its callers. An expression that stands twice
    // is packed better than a variable for it, and so is code in which variables are not moved and merged any further.
    // Not --all-features: what it would allow, no browser need have. The program itself says what it uses.
    let optimiser = || node_tool("binaryen/bin/wasm-opt");
    optimiser()?
        .args(["-Oz", "--converge", "--low-memory-unused", "--one-caller-inline-max-function-size=0"])
        .args(["--always-inline-max-function-size=6", "--skip-pass=local-cse", "--skip-pass=simplify-locals"])
        .args(["--skip-pass=merge-locals", "--skip-pass=dae-optimizing", "--skip-pass=precompute-propagate"])
        .args(["--gufa-optimizing", "-Oz", "-g"])
        .arg(&before)
        .arg("-o")
        .arg(&named)
        .run()?;
    // Functions that look alike are packed better side by side: for wasm-opt, a name begins with the place.
    let module = fs::read(&named).doing(named.display())?;
    let functions = wasm::functions(&wasm::sections(&module)?)?;
    let bodies: Vec<&[u8]> = functions.iter().map(|function| function.body).collect();
    let mut placed = vec![String::new(); functions.len()];
    for (place, function) in order::by_likeness(&bodies).into_iter().enumerate() {
        placed[function] = format!("{place:05} {}", functions[function].name);
    }
    fs::write(&named, wasm::with_names(&module, &placed)?).doing(named.display())?;
    // A run of its own: the one above makes its rounds until nothing changes any more.
    let agreed = optimiser()?
        .args(["--optimize-level=2", "--shrink-level=2", "--code-folding", "--rse", "--coalesce-locals"])
        .args(["--reorder-locals", "--reorder-functions-by-name", "--minify-imports-and-exports-and-modules", "-g"])
        .arg(&named)
        .arg("-o")
        .arg(&named)
        .output()?;
    let named = fs::read(&named).doing(named.display())?;
    // What the loader never calls, and the minifier drops then.
    let glue = glue.replace("export { initSync, ", "export { ");
    Ok((wasm::without_custom_sections(&named)?, renamed(glue, &agreed)?))
}

/// The glue with the names that `wasm-opt` says the program has now: in `["module", "name", "short"]` for what the glue
/// gives it, whose module is `a` from then on, and in `["name", "short"]` for what it gives the glue.
fn renamed(mut glue: String, names: &str) -> Outcome<String> {
    for line in names.lines() {
        match line.split('"').collect::<Vec<_>>()[..] {
            [_, module, _, name, _, short, _] => {
                glue = glue
                    .replace(&format!("\"{module}\""), "\"a\"")
                    .replace(&format!("{name}: "), &format!("{short}: "));
                if glue.contains(name) {
                    return failure(format!("the glue has {name} where no name was looked for"));
                }
            }
            [_, name, _, short, _] => {
                let continues = |rest: &str| rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
                let used = format!("wasm.{name}");
                let mut parts = glue.split(&used);
                let mut whole = parts.next().unwrap_or_default().to_owned();
                for part in parts {
                    whole.push_str("wasm.");
                    whole.push_str(if continues(part) { name } else { short });
                    whole.push_str(part);
                }
                glue = whole;
            }
            _ => {}
        }
    }
    Ok(glue)
}

/// A program of one of the npm packages.
fn node_tool(path: &str) -> Outcome<crate::shell::Program> {
    Ok(program("node").arg(tools::npm()?.join("node_modules").join(path)))
}

/// esbuild, for one file at a time: nothing is bundled, so that what can be loaded late stays apart.
struct Minifier {
    folder: PathBuf,
}

impl Minifier {
    fn new() -> Outcome<Self> {
        let folder = target().join("size");
        fs::create_dir_all(&folder).doing(folder.display())?;
        Ok(Self { folder })
    }

    /// The text without what only people need. A script is a module here.
    fn minified(&self, text: &str, ending: &str) -> Outcome<String> {
        let from = self.folder.join(format!("from.{ending}"));
        let to = self.folder.join(format!("to.{ending}"));
        fs::write(&from, text).doing(from.display())?;
        let call = node_tool("esbuild/bin/esbuild")?
            .arg(&from)
            .args(["--minify", "--charset=utf8", "--legal-comments=none", "--target=es2022", "--log-level=warning"])
            .arg(format!("--outfile={}", to.display()));
        if ending == "js" { call.args(["--format=esm", "--tree-shaking=true"]) } else { call }.run()?;
        read(&to)
    }

    /// What Trunk put into the folder for the page itself.
    fn page(&self, folder: &Path) -> Outcome {
        for entry in fs::read_dir(folder).doing(folder.display())? {
            let path = entry.doing(folder.display())?.path();
            let Some(ending @ ("js" | "css")) = path.extension().and_then(|ending| ending.to_str()) else { continue };
            let small = self.minified(&read(&path)?, ending)?;
            fs::write(&path, small).doing(path.display())?;
        }
        Ok(())
    }
}

fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).doing(path.display())
}
