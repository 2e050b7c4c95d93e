//! Everything that has to hold, in stages, the fast first; the first that fails ends it.

use std::env;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::failure::{Outcome, failure};
use crate::shell::{Program, cargo, program, root, target};
use crate::{bundle, release, server, size, tools};

const WASM: [&str; 2] = ["--target", "wasm32-unknown-unknown"];

struct Stage {
    name: &'static str,
    what: &'static str,
    run: fn() -> Outcome,
}

const STAGES: &[Stage] = &[
    Stage { name: "format", what: "rustfmt has nothing to change", run: format },
    Stage { name: "clippy", what: "no warnings, natively", run: clippy },
    Stage { name: "clippy-wasm", what: "no warnings, for the browser", run: clippy_wasm },
    Stage { name: "native", what: "unit, property, golden and SQLite tests", run: native },
    Stage { name: "doc", what: "the examples in the documentation", run: doc },
    Stage { name: "chromium", what: "components in headless Chromium", run: chromium },
    Stage { name: "firefox", what: "components in headless Firefox", run: firefox },
    Stage { name: "build", what: "the page as it is published", run: bundle::build },
    Stage { name: "size", what: "the page is no heavier than it was", run: size::run },
    Stage { name: "story", what: "a reader's clicks on the published page, wide and narrow", run: story },
    Stage { name: "jekyll", what: "the machine in a post of a real Jekyll site", run: jekyll },
];

/// Runs the stages, or those that `--only` names.
pub fn run(arguments: &[String]) -> Outcome {
    let mut chosen: Vec<&Stage> = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--list" => {
                for stage in STAGES {
                    println!("{:<14}{}", stage.name, stage.what);
                }
                return Ok(());
            }
            "--only" => {
                let name = arguments.next().map_or("", String::as_str);
                for name in name.split(',') {
                    let Some(stage) = STAGES.iter().find(|stage| stage.name == name) else {
                        let names: Vec<_> = STAGES.iter().map(|stage| stage.name).collect();
                        return failure(format!("there is no stage {name:?}; there are {}", names.join(", ")));
                    };
                    chosen.push(stage);
                }
            }
            other => return failure(format!("cargo xtask test takes --list or --only STAGE[,STAGE], not {other}")),
        }
    }
    if chosen.is_empty() {
        chosen.extend(STAGES);
    }
    let mut took: Vec<(&str, Duration)> = Vec::new();
    let mut outcome = Ok(());
    for stage in chosen {
        println!("\n━━ {}: {}", stage.name, stage.what);
        let begun = Instant::now();
        let ended = (stage.run)();
        let time = begun.elapsed();
        took.push((stage.name, time));
        println!("━━ {}: {:.1} s", stage.name, time.as_secs_f32());
        if let Err(failed) = ended {
            outcome = failure(format!("{} failed: {failed}", stage.name));
            break;
        }
    }
    println!();
    for (name, time) in &took {
        println!("{name:<14}{:>8.1} s", time.as_secs_f32());
    }
    let all: Duration = took.iter().map(|(_, time)| *time).sum();
    println!(
        "{:<14}{:>8.1} s{}",
        "all",
        all.as_secs_f32(),
        if outcome.is_ok() { ", and everything holds" } else { "" }
    );
    outcome
}

fn format() -> Outcome {
    cargo(["fmt", "--all", "--check"]).run()
}

fn clippy() -> Outcome {
    cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]).run()
}

fn clippy_wasm() -> Outcome {
    tools::wasm_target()?;
    cargo(["clippy", "--package", "lambda-lifecycles", "--lib", "--bins", "--test", "browser"])
        .args(WASM)
        .args(["--", "-D", "warnings"])
        .run()
}

/// The target is named by kind, so that benchmarks are not run here. Random cases are drawn from one seed, unless the
/// caller gives another or hunts with `LONG_RUN`: a commit that passes here passes again.
fn native() -> Outcome {
    let mut tests = cargo(["test", "--workspace", "--lib", "--bins", "--tests", "--examples"]);
    if ["LONG_RUN", "PROPTEST_RNG_SEED"].iter().all(|name| env::var_os(name).is_none()) {
        tests = tests.env("PROPTEST_RNG_SEED", "1");
    }
    tests.run()
}

fn doc() -> Outcome {
    cargo(["test", "--workspace", "--doc"]).run()
}

fn chromium() -> Outcome {
    in_browser()?.env("CHROMEDRIVER", tools::chromium()?.driver).run()
}

fn firefox() -> Outcome {
    in_browser()?.env("GECKODRIVER", tools::firefox()?.driver).run()
}

/// `tests/browser.rs` in the browser whose driver the caller names; `webdriver.json` has its options.
fn in_browser() -> Outcome<Program> {
    tools::wasm_target()?;
    let test = cargo(["test", "--package", "lambda-lifecycles", "--test", "browser"])
        .args(WASM)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tools::wasm_bindgen("wasm-bindgen-test-runner")?)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    Ok(["CHROMEDRIVER", "GECKODRIVER", "SAFARIDRIVER"].into_iter().fold(test, Program::without))
}

/// What a reader does, on `dist/`.
fn story() -> Outcome {
    on_the_page("run.mjs")?;
    println!("screenshots are in {}", screenshots().display());
    Ok(())
}

/// The site of an author, with the files that `cargo xtask release` makes.
fn jekyll() -> Outcome {
    let jekyll = match tools::jekyll() {
        Ok(jekyll) => jekyll,
        Err(missing) => {
            println!("SKIPPED, since there is no Jekyll here.\n{missing}");
            return Ok(());
        }
    };
    release::run()?;
    in_chromium("jekyll.mjs", release::site(&jekyll)?)
}

/// Speed and memory: natively, then in Chromium.
pub fn bench(arguments: &[String]) -> Outcome {
    cargo(["bench", "--package", "lambda-lifecycles"]).args(arguments).run()?;
    if !bundle::dist().is_dir() {
        bundle::build()?;
    }
    on_the_page("bench.mjs")
}

/// Random programs, here and in Node.
pub fn verify(arguments: &[String]) -> Outcome {
    cargo(["run", "--quiet", "--release", "--package", "lambda-lifecycles", "--example", "verify", "--"])
        .args(arguments)
        .run()
}

fn screenshots() -> PathBuf {
    target().join("screenshots")
}

/// A script of `xtask/e2e/` on `dist/`.
fn on_the_page(script: &str) -> Outcome {
    in_chromium(script, bundle::dist())
}

/// A script of `xtask/e2e/` on a folder, served as strictly as can be.
fn in_chromium(script: &str, folder: PathBuf) -> Outcome {
    let address = server::start(folder)?;
    program("node")
        .arg(root().join("xtask/e2e").join(script))
        .env("E2E_PAGE", format!("http://{address}/"))
        .env("E2E_TOOLS", tools::npm()?)
        .env("E2E_BROWSER", tools::chromium()?.browser)
        .env("E2E_SCREENSHOTS", screenshots())
        .run()
}
