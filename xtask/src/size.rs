//! What a reader transfers, and what the program consists of.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;

use crate::bundle;
use crate::failure::{Outcome, While, failure};
use crate::wasm;

/// What the program, the scripts and the stylesheets of the page shall come to, in bytes, brotli at its best.
const BUDGET: usize = 130_000;
/// What they come to at most today: the page is over its budget, and this keeps it from growing until it is not. It only
/// ever goes down. These two are the only places that know a number.
const CEILING: usize = 250_900;

/// Prints the tables for `dist/`; fails when it is over its ceiling.
pub fn run() -> Outcome {
    let mut total = Compressed::default();
    println!("{:<44}{:>10}{:>10}{:>10}", "file", "bytes", "gzip", "brotli");
    for (name, content) in files()? {
        let size = Compressed::of(&content);
        let counts = [".wasm", ".js", ".css"].iter().any(|ending| name.ends_with(ending));
        if counts {
            total = total + size;
        }
        println!("{}", size.row(&name, if counts { "" } else { "  (not in the budget)" }));
    }
    println!("{}\n", total.row("program, scripts and stylesheets", &format!("  of {BUDGET}")));
    parts()?;
    if total.brotli > CEILING {
        return failure(format!(
            "the page is {} bytes over the {CEILING} that it had: what is above has to lose weight",
            total.brotli - CEILING
        ));
    }
    if total.brotli > BUDGET {
        let over = total.brotli - BUDGET;
        println!("{over} bytes over the budget of {BUDGET}; the ceiling is {CEILING} for now");
    } else {
        println!("{} bytes are left of the budget of {BUDGET}", BUDGET - total.brotli);
    }
    Ok(())
}

/// The files of the page by name. All that is there is asked for by the page.
fn files() -> Outcome<BTreeMap<String, Vec<u8>>> {
    let dist = bundle::dist();
    let mut files = BTreeMap::new();
    let mut folders = vec![dist.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).doing("reading dist/, which `cargo xtask build` makes")? {
            let path = entry.doing(folder.display())?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&dist).unwrap_or(&path).to_string_lossy().into_owned();
            files.insert(name, fs::read(&path).doing(path.display())?);
        }
    }
    Ok(files)
}

/// The rows for the parts of the program. Compressed alone, parts come to more than the whole.
fn parts() -> Outcome {
    let path = bundle::named_program();
    let module = fs::read(&path).doing(format!("{}, which `cargo xtask build` leaves", path.display()))?;
    let sections = wasm::sections(&module)?;
    println!("{:<44}{:>10}{:>10}{:>10}", "part of the program, compressed alone", "bytes", "gzip", "brotli");
    let mut code: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for function in wasm::functions(&sections)? {
        code.entry(part(&function.name)).or_default().extend_from_slice(function.body);
    }
    let mut rows: Vec<(String, Compressed)> =
        code.iter().map(|(part, bodies)| (format!("code of {part}"), Compressed::of(bodies))).collect();
    for section in &sections {
        let published = wasm::without_custom_sections(&module)?;
        let stays = wasm::sections(&published)?.iter().any(|other| other.name == section.name);
        if stays && section.name != "code" {
            rows.push((format!("section {}", section.name), Compressed::of(section.whole)));
        }
    }
    rows.sort_by_key(|(_, size)| std::cmp::Reverse(size.brotli));
    for (name, size) in rows {
        println!("{}", size.row(&name, ""));
    }
    println!();
    Ok(())
}

/// Whose a function is: a module of ours if its name speaks of one, even as a type that something generic is made for;
/// else the first crate that it speaks of.
fn part(name: &str) -> String {
    const OURS: &str = "lambda_lifecycles::";
    const STANDARD: [&str; 7] = ["core", "alloc", "std", "compiler_builtins", "dlmalloc", "hashbrown", "__rustc"];
    const PRIMITIVE: [&str; 15] =
        ["bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize"];
    // It begins with the function's place.
    let name = name.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
    let in_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if let Some((_, rest)) = name.split_once(OURS) {
        return format!("our {}", rest.split(|c| !in_word(c)).next().unwrap_or_default());
    }
    // `core[0123abcd]::fmt` speaks of core; what follows the last `::` begins no path.
    let heads =
        name.split("::").map(|piece| piece.split('[').next().unwrap_or_default().rsplit(|c| !in_word(c)).next());
    let mut heads = heads.take(name.matches("::").count()).flatten();
    match heads.find(|word| word.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')) {
        Some(word) if STANDARD.contains(&word) || PRIMITIVE.contains(&word) => "the standard library".into(),
        Some(word) => word.to_owned(),
        None => "what has no path (exports, glue)".into(),
    }
}

#[derive(Clone, Copy, Default)]
struct Compressed {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl Compressed {
    fn of(content: &[u8]) -> Self {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        let mut brotli = brotli::CompressorWriter::new(Vec::new(), 1 << 16, 11, 22);
        // Writing into memory has nothing to fail at.
        let _ = gzip.write_all(content).and_then(|()| brotli.write_all(content));
        Self {
            raw: content.len(),
            gzip: gzip.finish().map_or(0, |bytes| bytes.len()),
            brotli: brotli.into_inner().len(),
        }
    }

    fn row(&self, name: &str, remark: &str) -> String {
        format!("{name:<44}{:>10}{:>10}{:>10}{remark}", self.raw, self.gzip, self.brotli)
    }
}

impl std::ops::Add for Compressed {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { raw: self.raw + other.raw, gzip: self.gzip + other.gzip, brotli: self.brotli + other.brotli }
    }
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn a_function_belongs_to_the_module_that_it_speaks_of() {
        assert_eq!(part("lambda_lifecycles::js::parse::statement"), "our js");
        assert_eq!(part("<lambda_lifecycles::event::Event as core::clone::Clone>::clone"), "our event");
        assert_eq!(part("core::ptr::drop_in_place<lambda_lifecycles::world::World>"), "our world");
        assert_eq!(part("<alloc::string::String as core::fmt::Display>::fmt"), "the standard library");
        assert_eq!(part("<dlmalloc[e24a]::Dlmalloc<dlmalloc[e24a]::sys::System>>::malloc"), "the standard library");
        assert_eq!(part("<char as core[c593]::fmt::Debug>::fmt"), "the standard library");
        assert_eq!(part("yew::scheduler::start"), "yew");
        assert_eq!(part("<&T as core::fmt::Debug>::fmt"), "the standard library");
        assert_eq!(part("char::methods::escape"), "the standard library");
        assert_eq!(part("__wbindgen_malloc"), "what has no path (exports, glue)");
    }
}
