//! Automation of the repository. `cargo xtask` alone prints the commands.

mod bundle;
mod error;
mod figures;
mod minify;
mod parts;
mod record;
mod release;
mod server;
mod shell;
mod size;
mod test;
mod tools;

use std::process::ExitCode;

use error::{Error, Result};

const USAGE: &str = "\
cargo xtask COMMAND

  serve [TRUNK OPTIONS]   serve the article at http://localhost:8080/ and rebuild it when a file changes
  test [OPTIONS]          run every check, the fast ones first; --help prints the options
  build                   build the page as it is published, into dist/
  size                    list what a reader of dist/ transfers and what the program consists of; fails over the ceiling
  usable                  measure the seconds until the machine of dist/ can be used over a slow connection
  preview                 serve dist/ at http://localhost:8081/ under the strict content security policy
  record [OPTIONS]        record the real Knex and PostgreSQL into tests/golden/; --help prints the options
  verify [OPTIONS]        compare random programs in the handler machine and in Node; --help prints the options
  figures                 count the recordings and write the figures into the article
  release                 copy the files that an author needs from dist/ to target/release-folder/
  bench [CARGO OPTIONS]   measure speed and memory, natively and in Chromium
  setup                   install the tools of serve, test and build, and do nothing else

Each command first installs the tools that it needs and says so. Tools are kept in the user's cache folder.
(Trunk itself runs `cargo xtask stage` after each build, to complete the folder that it made.)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((command, rest)) => run(command, rest),
        None => run("help", &[]),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &str, arguments: &[String]) -> Result {
    match command {
        "serve" => bundle::serve(arguments),
        "test" => test::run(arguments),
        "build" => bundle::build(),
        "stage" => bundle::stage(),
        "size" => size::run(),
        "usable" => test::usable(),
        "preview" => server::preview(),
        "record" => record::run(arguments),
        "verify" => test::verify(arguments),
        "figures" => release::write_figures(),
        "release" => release::run(),
        "bench" => test::bench(arguments),
        "setup" => tools::prepare(tools::ALL),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        other => Err(Error::Usage(format!("there is no command {other}\n\n{USAGE}"))),
    }
}
