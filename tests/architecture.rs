//! The rules of the house that the compiler does not enforce: the order of the simulation's modules, and the types that the
//! crates below the page may not name. The compiler enforces the boundaries between crates.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its helpers are not inside of `#[test]` functions"
)]
#![allow(clippy::format_push_string, reason = "the texts of a test are short")]
#![allow(unreachable_pub, reason = "no other crate sees the modules of a test")]

use std::fs;
use std::path::{Path, PathBuf};

/// The simulation's modules, lowest layer first. Modules of one group may import from each other.
const ORDER: [&[&str]; 8] = [
    &["limits", "json", "random", "settings", "event"],
    &["node"],
    &["network", "server"],
    &["knex"],
    &["lambda"],
    &["world"],
    &["scenario"],
    &["history", "export"],
];

/// The place of a module's group in [`ORDER`].
fn rank(module: &str) -> Option<usize> {
    ORDER.iter().position(|group| group.contains(&module))
}

/// Adds the Rust files in a folder and the folders in it to `found`.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The modules that a source text names after `crate::`, each with its line number. Comments do not count, because the
/// documentation of a module may link to any other.
fn imports(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for part in code.split("crate::").skip(1) {
            let names = part.strip_prefix('{').map_or_else(|| vec![part], |list| list.split(',').collect());
            for name in names {
                let name: String =
                    name.trim().chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
                found.push((number + 1, name));
            }
        }
    }
    found
}

#[test]
fn a_module_of_the_simulation_imports_only_from_lower_layers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/simulation/src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.sort();
    let mut wrong = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&root).unwrap();
        let own = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let Some(own_rank) = rank(&own) else {
            assert_eq!(own, "lib", "ORDER does not list the module {own}");
            continue;
        };
        for (line, name) in imports(&fs::read_to_string(&file).unwrap()) {
            if rank(&name).is_some_and(|other| other > own_rank) {
                wrong.push(format!("{}:{line} imports {name}, a higher layer than {own}", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_crates_below_the_page_read_no_clock_and_name_no_web_type() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates");
    let mut files = Vec::new();
    sources(&crates, &mut files);
    assert!(files.len() > 100, "the sources are not where this test looks: {}", crates.display());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for word in ["web_sys", "wasm_bindgen", "js_sys", "gloo_timers", "yew::", "HashMap", "std::time", "std::thread"]
        {
            let named = text.lines().any(|line| line.split("//").next().unwrap_or_default().contains(word));
            assert!(!named, "{} names {word}", file.display());
        }
    }
}
