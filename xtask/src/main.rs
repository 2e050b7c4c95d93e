//! Automation of the repository. `cargo xtask` alone prints what there is.

mod bundle;
mod failure;
mod figures;
mod order;
mod record;
mod release;
mod server;
mod shell;
mod size;
mod test;
mod tools;
mod wasm;

use std::process::ExitCode;

use failure::{Outcome, failure};

const USAGE: &str = "\
cargo xtask COMMAND

  serve [TRUNK OPTIONS]   the article with the machine at http://localhost:8080/, built anew when a file changes
  test [--only STAGE]     everything that has to hold, the fast first; --list prints the stages
  build                   the page as it is published, in dist/
  size                    what a reader of dist/ transfers, and what the program consists of; fails over the budget
  preview                 dist/ under the strict content security policy at http://localhost:8081/
  record [OPTIONS]        golden recordings with the real Knex and PostgreSQL
  verify [OPTIONS]        random programs in the handler machine and in Node, compared line by line; --help has the options
  know                    counts the recordings and writes the figures into the article
  release                 the files that an author copies into a site, in target/release-folder/, from dist/
  bench [CARGO OPTIONS]   speed and memory, natively and in Chromium
  setup                   installs what the others need, and nothing else

serve, test and build install what they need into the cache folder and say so.
(stage is what Trunk runs after each build: it completes the folder that Trunk made.)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = arguments.split_first().map_or_else(|| run("help", &[]), |(command, rest)| run(command, rest));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &str, arguments: &[String]) -> Outcome {
    match command {
        "serve" => bundle::serve(arguments),
        "test" => test::run(arguments),
        "build" => bundle::build(),
        "stage" => bundle::stage(),
        "size" => size::run(),
        "preview" => server::preview(),
        "record" => record::run(arguments),
        "verify" => test::verify(arguments),
        "know" => release::know(),
        "release" => release::run(),
        "bench" => test::bench(arguments),
        "setup" => tools::all(),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        other => failure(format!("there is no command {other}\n\n{USAGE}")),
    }
}
