//! The numbers that the article gives of the recordings, counted from the files themselves, as the piece of the page that
//! has them. Only `std`, so that `tests/article/figures.rs` can count the same way.

use std::fs;
use std::path::{Path, PathBuf};

/// What stands before the piece in `index.html`.
pub const BEGIN: &str = "<!-- written by `cargo xtask know` -->\n";
/// What stands after it.
pub const END: &str = "<!-- up to here -->";

const PROFILES: [&str; 2] = ["0.17.0", "3.3.0"];

/// What was recorded with one version of Knex.
struct Recorded {
    pg: String,
    tarn: String,
    schedules: usize,
    runs: u64,
    fewest_runs: u64,
    races: usize,
    most_ways: usize,
}

/// The page with its figures as the files of the repository at `root` have them.
///
/// # Errors
/// A sentence, when a file cannot be read or has not the form it should have.
pub fn renewed(root: &Path) -> Result<String, String> {
    let page = read(&root.join("index.html"))?;
    let missing = || format!("index.html has no {BEGIN:?} with {END:?} after it");
    let (before, rest) = page.split_once(BEGIN).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    Ok(format!("{before}{BEGIN}{}{END}{after}", piece(root)?))
}

/// The page as it is.
///
/// # Errors
/// When it cannot be read.
pub fn present(root: &Path) -> Result<String, String> {
    read(&root.join("index.html"))
}

fn piece(root: &Path) -> Result<String, String> {
    let recorded: Vec<Recorded> = PROFILES.iter().map(|profile| count(root, profile)).collect::<Result<_, _>>()?;
    let handlers = read(&root.join("assets/handlers/experiments.js"))?;
    let handlers = between(&handlers, "module.exports = {\n", "\n}").map_or(0, |names| names.lines().count());
    let client = read(&root.join("tests/recorder/runtime-client/package.json"))?;
    let client = between(&client, "\"aws-lambda-ric\": \"", "\"").ok_or("the recorder has no runtime client")?;
    let programs = named(&root.join("crates/javascript/src/vm/tests/programs"), "out")?.len();
    let verified = read(&root.join("tests/programs/summary.json"))?;
    let figure = |name: &str| -> Result<&str, String> {
        let value = between(&verified, &format!("\"{name}\": "), "\n").map(|value| value.trim_matches([',', '"']));
        value.ok_or_else(|| format!("tests/programs/summary.json does not tell its {name}"))
    };
    let random: u64 = figure("programs")?.parse().map_err(|_| "the summary's programs are no number".to_owned())?;
    let (differences, node, kept) = (figure("differences")?, figure("node")?, figure("recorded")?);
    if differences != "0" {
        return Err(format!("the summary of the random programs has {differences} differences"));
    }
    let fewest = recorded.iter().map(|profile| profile.fewest_runs).min().unwrap_or(0);
    let row = |name: &str, cell: &dyn Fn(&Recorded) -> String| {
        let cells: Vec<_> = recorded.iter().map(|profile| format!("<td>{}</td>", cell(profile))).collect();
        format!("      <tr><th scope=\"row\">{name}</th>{}</tr>\n", cells.concat())
    };
    let heads: Vec<_> = PROFILES.iter().map(|profile| format!("<th scope=\"col\">Knex {profile}</th>")).collect();
    let heads = heads.concat();
    let rows = [
        row("With", &|profile| format!("pg {}, tarn {}", profile.pg, profile.tarn)),
        row("Schedules", &|profile| grouped(profile.schedules as u64)),
        row("Runs of them", &|profile| grouped(profile.runs)),
        row("Ended the same way in every run", &|profile| grouped((profile.schedules - profile.races) as u64)),
        row("Races", &|profile| format!("{}, of up to {} endings", profile.races, profile.most_ways)),
    ];
    Ok(format!(
        "  <div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"What was recorded\">\n  <table>\n    \
         <caption>What was recorded. Each schedule ran at least {fewest} times with each version.</caption>\n    \
         <thead><tr><th scope=\"col\">PostgreSQL 15, Node 20</th>{heads}</tr></thead>\n    <tbody>\n{}    </tbody>\n  \
         </table>\n  </div>\n  <p>The handlers were the two of this page and {handlers} more, called by AWS’s runtime client {client}. The \
         language has recordings of its own: {programs} small programs, whose output is \
         line by line what Node 20 printed. On top of that, random programs full of promises, timers and odd arguments ran \
         both here and in Node {node}: all {random} whose order hangs on no race of timers did the same, line by line, and {kept} of them are kept with what Node \
         printed.</p>\n",
        rows.concat(),
        random = grouped(random),
    ))
}

fn count(root: &Path, profile: &str) -> Result<Recorded, String> {
    let packages = root.join(format!("tests/recorder/knex-{profile}"));
    let package = read(&packages.join("package.json"))?;
    let lock = read(&packages.join("package-lock.json"))?;
    let pg = between(&package, "\"pg\": \"", "\"").ok_or_else(|| format!("the recorder of {profile} has no pg"))?;
    let tarn = lock.split_once("\"node_modules/tarn\"").and_then(|(_, rest)| between(rest, "\"version\": \"", "\""));
    let tarn = tarn.ok_or_else(|| format!("the recorder of {profile} has no tarn"))?;
    let mut recorded = Recorded {
        pg: pg.to_owned(),
        tarn: tarn.to_owned(),
        schedules: 0,
        runs: 0,
        fewest_runs: u64::MAX,
        races: 0,
        most_ways: 0,
    };
    for file in named(&root.join(format!("tests/golden/knex-{profile}")), "jsonl")? {
        let text = read(&file)?;
        // One line for each distinct outcome; each begins with its own count and says of how many runs.
        let runs = between(&text, "\"runs\":", ",").and_then(|runs| runs.parse().ok());
        let runs: u64 = runs.ok_or_else(|| format!("{} does not say how many runs it has", file.display()))?;
        let ways = text.lines().count();
        recorded.schedules += 1;
        recorded.runs += runs;
        recorded.fewest_runs = recorded.fewest_runs.min(runs);
        recorded.races += usize::from(ways > 1);
        recorded.most_ways = recorded.most_ways.max(ways);
    }
    Ok(recorded)
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    Some(text.split_once(before)?.1.split_once(after)?.0)
}

/// 1776 as 1,776.
fn grouped(number: u64) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", grouped(number / 1000), number % 1000) }
}

/// The files of a folder that end so.
fn named(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, String> {
    let told = |error| format!("{}: {error}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(told)? {
        let file = entry.map_err(told)?.path();
        if file.extension().is_some_and(|extension| extension == ending) {
            files.push(file);
        }
    }
    Ok(files)
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}
