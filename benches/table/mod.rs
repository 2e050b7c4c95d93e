//! A table of figures, beside those of an earlier run, and the clock for them.

use std::collections::BTreeMap;
use std::time::Instant;

/// Figures by their names, printed as they come.
pub struct Table {
    before: BTreeMap<String, f64>,
}

impl Table {
    /// A table with a column for the figures in the file that the environment variable `BEFORE` names, where it is set. The
    /// file is what an earlier run printed.
    pub fn new(title: &str) -> Self {
        let text = std::env::var("BEFORE")
            .map(|file| std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("BEFORE={file}: {error}")));
        let row = |line: &str| {
            let (name, figures) = line.split_at_checked(NAME)?;
            Some((name.trim().to_owned(), figures.split_whitespace().next()?.parse().ok()?))
        };
        let before: BTreeMap<_, _> = text.iter().flat_map(|text| text.lines().filter_map(row)).collect();
        let columns = if before.is_empty() { "" } else { "      before   now / before" };
        println!("\n{title:<NAME$}{:>12}{columns}", "now");
        Self { before }
    }

    /// Prints a row.
    pub fn row(&self, name: &str, figure: f64) {
        let decimals = if figure < 1_000.0 { 2 } else { 0 };
        print!("{name:<NAME$}{figure:>12.decimals$}");
        if let Some(before) = self.before.get(name) {
            print!("{before:>12.decimals$}{:>15.2}", figure / before);
        }
        println!();
    }
}

/// The width of the column of names.
const NAME: usize = 58;

/// The processor time of this process since a moment, so that other work of the machine does not count. Where the system
/// does not report it, the time that has passed.
pub struct Clock {
    processor: Option<f64>,
    began: Instant,
}

impl Clock {
    /// Starts counting.
    pub fn now() -> Self {
        Self { processor: processor_seconds(), began: Instant::now() }
    }

    /// The seconds since it was started.
    pub fn seconds(&self) -> f64 {
        match (self.processor, processor_seconds()) {
            (Some(before), Some(now)) => now - before,
            _ => self.began.elapsed().as_secs_f64(),
        }
    }
}

/// Linux counts the nanoseconds of the only thread of this process.
fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}
