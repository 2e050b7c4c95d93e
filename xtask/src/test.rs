//! `cargo xtask test`: every check, in stages. The fast stages come first, and the first that fails ends the run.

use std::env;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::server::Site;
use crate::shell::{Program, cargo, program, root, target};
use crate::tools::{self, Tool};
use crate::{bundle, release, size};

const WASM: [&str; 2] = ["--target", "wasm32-unknown-unknown"];

const USAGE: &str = "\
cargo xtask test [--list] [--only STAGE[,STAGE]] [-- PLAYWRIGHT OPTIONS]

  --list    print the stages
  --only    run these stages alone
  --        options for the stages that run on a page, as in `--only story -- --grep \"by keyboard\"`";

/// A part of the test run.
struct Stage {
    name: &'static str,
    description: &'static str,
    /// The tools without which the stage cannot run.
    tools: &'static [Tool],
    /// A tool without which the stage is skipped, because it cannot be installed on every machine.
    optional_tool: Option<Tool>,
    /// Takes the options for Playwright, which only the stages on a page use.
    run: fn(&[String]) -> Result,
}

impl Stage {
    const fn new(
        name: &'static str,
        description: &'static str,
        tools: &'static [Tool],
        run: fn(&[String]) -> Result,
    ) -> Self {
        Self { name, description, tools, optional_tool: None, run }
    }

    const fn skipped_without(mut self, tool: Tool) -> Self {
        self.optional_tool = Some(tool);
        self
    }
}

const IN_CHROMIUM: &[Tool] = &[Tool::WasmTarget, Tool::WasmBindgen, Tool::Chromium, Tool::Chromedriver];
const IN_FIREFOX: &[Tool] = &[Tool::WasmTarget, Tool::WasmBindgen, Tool::Firefox, Tool::Geckodriver];
const ON_A_PAGE: &[Tool] = &[Tool::NpmPackages, Tool::Chromium];

const STAGES: &[Stage] = &[
    Stage::new("format", "rustfmt has nothing to change", &[], |_| format()),
    Stage::new("clippy", "no warnings, natively", &[], |_| clippy()),
    Stage::new("clippy-wasm", "no warnings, for the browser", &[Tool::WasmTarget], |_| clippy_wasm()),
    Stage::new("native", "unit, property, golden and SQLite tests", &[], |_| native()),
    Stage::new("doc", "the examples in the documentation", &[], |_| doc()),
    Stage::new("chromium", "components in headless Chromium", IN_CHROMIUM, |_| chromium()),
    Stage::new("firefox", "components in headless Firefox", IN_FIREFOX, |_| firefox()),
    Stage::new("build", "the page as it is published", tools::FOR_BUILD, |_| bundle::build()),
    Stage::new("size", "the page is below its ceiling", &[], |_| size::run()),
    Stage::new("story", "a reader's actions on the published page, wide and narrow", ON_A_PAGE, story),
    Stage::new("jekyll", "the machine in a post of a real Jekyll site", ON_A_PAGE, jekyll)
        .skipped_without(Tool::Jekyll),
];

/// The result of one stage.
enum Verdict {
    Passed,
    /// The stage cannot run on this machine, for this reason.
    Skipped(String),
    Failed(Error),
}

/// A stage that ended.
struct Report {
    name: &'static str,
    verdict: Verdict,
    time: Duration,
}

/// The choice that the command line makes.
struct Options {
    stages: Vec<&'static Stage>,
    playwright: Vec<String>,
}

/// Runs the stages that the arguments choose, or all of them.
///
/// # Errors
/// When the arguments are wrong, a tool is missing, or a stage fails. Where the variable `CI` is set, a skipped stage is a
/// failure too: nobody would read that it was skipped.
pub(crate) fn run(arguments: &[String]) -> Result {
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        println!("{USAGE}");
        return Ok(());
    }
    if arguments.iter().any(|argument| argument == "--list") {
        for stage in STAGES {
            println!("{:<14}{}", stage.name, stage.description);
        }
        return Ok(());
    }
    let options = Options::parse(arguments)?;
    let mut needed: Vec<Tool> = Vec::new();
    let mut obstacles = Vec::new();
    for stage in &options.stages {
        let obstacle = stage.optional_tool.map_or(Ok(None), Tool::obstacle)?;
        if obstacle.is_none() {
            needed.extend(stage.tools.iter().chain(stage.optional_tool.as_ref()));
        }
        obstacles.push(obstacle);
    }
    tools::prepare(&needed)?;

    let mut reports: Vec<Report> = Vec::new();
    for (stage, obstacle) in options.stages.iter().zip(obstacles) {
        println!("\n━━ {}: {}", stage.name, stage.description);
        let begun = Instant::now();
        let verdict = match obstacle {
            Some(reason) => Verdict::Skipped(reason),
            None => (stage.run)(&options.playwright).map_or_else(Verdict::Failed, |()| Verdict::Passed),
        };
        let report = Report { name: stage.name, verdict, time: begun.elapsed() };
        println!("━━ {}", report.line());
        let ends = matches!(report.verdict, Verdict::Failed(_));
        reports.push(report);
        if ends {
            break;
        }
    }
    summarize(reports, env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false"))
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut split = arguments.splitn(2, |argument| argument == "--");
        let mut own = split.next().unwrap_or_default().iter();
        let playwright = split.next().unwrap_or_default().to_vec();
        let mut stages = Vec::new();
        while let Some(argument) = own.next() {
            if argument != "--only" {
                return Err(Error::Usage(format!("there is no option {argument}\n\n{USAGE}")));
            }
            for name in own.next().map_or("", String::as_str).split(',') {
                stages.push(STAGES.iter().find(|stage| stage.name == name).ok_or_else(|| {
                    let names: Vec<_> = STAGES.iter().map(|stage| stage.name).collect();
                    Error::Usage(format!("there is no stage {name:?}; the stages are {}", names.join(", ")))
                })?);
            }
        }
        if stages.is_empty() {
            stages.extend(STAGES);
        }
        Ok(Self { stages, playwright })
    }
}

impl Report {
    fn line(&self) -> String {
        let verdict = match self.verdict {
            Verdict::Passed => "passed",
            Verdict::Skipped(_) => "SKIPPED",
            Verdict::Failed(_) => "FAILED",
        };
        format!("{:<14}{verdict:<8}{:>8.1} s", self.name, self.time.as_secs_f32())
    }
}

/// Prints a line for each stage. Returns an error where a stage failed, or where one was skipped and `all_must_run`.
fn summarize(reports: Vec<Report>, all_must_run: bool) -> Result {
    println!();
    let time: Duration = reports.iter().map(|report| report.time).sum();
    for report in &reports {
        println!("{}", report.line());
    }
    println!("{:<22}{:>8.1} s", "all", time.as_secs_f32());
    let mut skipped = Vec::new();
    for Report { name, verdict, .. } in reports {
        match verdict {
            Verdict::Passed => {}
            Verdict::Skipped(reason) => skipped.push(format!("the stage {name} was skipped: {reason}")),
            Verdict::Failed(error) => return Err(Error::Violated(format!("the stage {name} failed: {error}"))),
        }
    }
    if skipped.is_empty() {
        println!("every check passed");
        return Ok(());
    }
    let skipped = skipped.join("\n");
    if all_must_run {
        return Err(Error::Violated(format!("{skipped}\nunder CI every stage has to run")));
    }
    println!("every check that could run here passed, but not all could run\n{skipped}");
    Ok(())
}

fn format() -> Result {
    cargo(["fmt", "--all", "--check"]).run()
}

fn clippy() -> Result {
    cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]).run()
}

fn clippy_wasm() -> Result {
    cargo(["clippy", "--package", "lambda-lifecycles", "--lib", "--bins", "--test", "browser"])
        .args(WASM)
        .args(["--", "-D", "warnings"])
        .run()
}

/// Runs the native tests. The kinds of targets are listed, because Cargo would run the benchmarks too. Random cases come
/// from one seed, so that a commit that passes here passes again. The caller can set another seed, or `LONG_RUN` to hunt
/// for failures.
fn native() -> Result {
    let mut tests = cargo(["test", "--workspace", "--lib", "--bins", "--tests", "--examples"]);
    if ["LONG_RUN", "PROPTEST_RNG_SEED"].iter().all(|name| env::var_os(name).is_none()) {
        tests = tests.env("PROPTEST_RNG_SEED", "1");
    }
    tests.run()
}

fn doc() -> Result {
    cargo(["test", "--workspace", "--doc"]).run()
}

fn chromium() -> Result {
    in_browser()?.env("CHROMEDRIVER", Tool::Chromedriver.path()?).run()
}

fn firefox() -> Result {
    in_browser()?.env("GECKODRIVER", Tool::Geckodriver.path()?).run()
}

/// `tests/browser/` in the browser whose driver the caller names. `webdriver.json` has the browsers' options.
fn in_browser() -> Result<Program> {
    let test = cargo(["test", "--package", "lambda-lifecycles", "--test", "browser"])
        .args(WASM)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tools::wasm_bindgen_test_runner()?)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    Ok(["CHROMEDRIVER", "GECKODRIVER", "SAFARIDRIVER"].into_iter().fold(test, Program::env_remove))
}

fn story(options: &[String]) -> Result {
    playwright(Project::Page, Site::plain(bundle::dist()), options)?;
    println!("screenshots are in {}", screenshots().display());
    Ok(())
}

/// Tests the example site with the files that `cargo xtask release` makes.
fn jekyll(options: &[String]) -> Result {
    release::run()?;
    let site = release::build_site(&Tool::Jekyll.path()?)?;
    playwright(Project::Jekyll, Site::plain(site), options)
}

/// `cargo xtask bench`: speed and memory, first natively, then in Chromium.
///
/// # Errors
/// When a bench does not run.
pub(crate) fn bench(arguments: &[String]) -> Result {
    cargo(["bench", "--package", "lambda-lifecycles"]).args(arguments).run()?;
    playwright(Project::Bench, Site::plain(built()?), &[])
}

/// `cargo xtask usable`: the time until the machine can be used over a slow connection, and its bound.
///
/// # Errors
/// When the time is over its bound.
pub(crate) fn usable() -> Result {
    playwright(Project::Usable, Site::compressed(built()?), &[])
}

/// `cargo xtask verify`: random programs, here and in Node.
///
/// # Errors
/// When a program differs.
pub(crate) fn verify(arguments: &[String]) -> Result {
    cargo(["run", "--quiet", "--release", "--package", "lambda-lifecycles", "--example", "verify", "--"])
        .args(arguments)
        .run()
}

/// The folder of the published page, which is built if it is missing.
fn built() -> Result<PathBuf> {
    if !bundle::dist().is_dir() {
        bundle::build()?;
    }
    Ok(bundle::dist())
}

/// The folder of the tests' screenshots.
fn screenshots() -> PathBuf {
    target().join("screenshots")
}

/// A project of `xtask/e2e/playwright.config.mjs`: a choice of its specs.
#[derive(Clone, Copy)]
enum Project {
    Page,
    Jekyll,
    Bench,
    Usable,
}

impl Project {
    fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Jekyll => "jekyll",
            Self::Bench => "bench",
            Self::Usable => "usable",
        }
    }
}

/// Runs the specs of a project on a site.
fn playwright(project: Project, site: Site, options: &[String]) -> Result {
    tools::prepare(ON_A_PAGE)?;
    let specs = root().join("xtask/e2e");
    tools::resolve_npm_packages_from(&specs)?;
    program("node")
        .arg(tools::npm_packages()?.join("@playwright/test/cli.js"))
        .args(["test", "--project", project.name()])
        .args(options)
        .current_dir(&specs)
        .env("E2E_SITE", format!("http://{}/", site.start()?))
        .env("E2E_BROWSER", Tool::Chromium.path()?)
        .env("E2E_SCREENSHOTS", screenshots())
        .env("E2E_RESULTS", target().join("playwright").join(project.name()))
        .run()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> Result<Options> {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Options::parse(&arguments)
    }

    fn names(options: &Options) -> Vec<&str> {
        options.stages.iter().map(|stage| stage.name).collect()
    }

    fn report(name: &'static str, verdict: Verdict) -> Report {
        Report { name, verdict, time: Duration::from_millis(1500) }
    }

    #[test]
    fn all_stages_run_without_a_choice() {
        assert_eq!(options(&[]).unwrap().stages.len(), STAGES.len());
    }

    #[test]
    fn a_choice_keeps_its_order_and_the_rest_is_for_playwright() {
        let chosen = options(&["--only", "story,format", "--", "--grep", "keyboard"]).unwrap();
        assert_eq!(names(&chosen), ["story", "format"]);
        assert_eq!(chosen.playwright, ["--grep", "keyboard"]);
    }

    #[test]
    fn an_unknown_stage_or_option_is_an_error() {
        assert!(options(&["--only", "nothing"]).is_err());
        assert!(options(&["--fast"]).is_err());
    }

    #[test]
    fn a_stage_installs_only_its_own_tools() {
        for name in ["format", "clippy", "native", "doc", "size"] {
            assert_eq!(options(&["--only", name]).unwrap().stages[0].tools, [], "{name}");
        }
        assert!(!options(&["--only", "story"]).unwrap().stages[0].tools.contains(&Tool::Trunk));
    }

    #[test]
    fn a_skipped_stage_fails_under_ci_alone() {
        let reports = || vec![report("a", Verdict::Passed), report("b", Verdict::Skipped("no tool".into()))];
        assert!(summarize(reports(), false).is_ok());
        let error = summarize(reports(), true).unwrap_err().to_string();
        assert!(error.starts_with("the stage b was skipped: no tool"), "{error}");
    }

    #[test]
    fn a_failed_stage_fails_the_run() {
        let failed = Verdict::Failed(Error::Violated("two is not three".into()));
        let error = summarize(vec![report("a", failed)], false).unwrap_err().to_string();
        assert_eq!(error, "the stage a failed: two is not three");
    }

    #[test]
    fn a_line_of_the_summary_has_the_verdict_and_the_time() {
        assert_eq!(report("story", Verdict::Passed).line(), "story         passed       1.5 s");
        assert_eq!(report("jekyll", Verdict::Skipped(String::new())).line(), "jekyll        SKIPPED      1.5 s");
    }
}
