//! `cargo xtask size`: the bytes that a reader transfers, and the parts of the program.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;

use crate::error::{Error, IoContext, Result};
use crate::parts::parts;
use crate::shell::cargo;
use crate::{bundle, minify};

/// The most bytes that the program, the scripts and the stylesheets of the page may come to together, compressed with
/// brotli at its highest quality: 424 KB of 1,024 bytes. This is the only place that knows the number. It is on its way down
/// to 375 KB: the components and the views of the page are what weighs more than it should.
const CEILING: usize = 424 * 1024;

/// Prints the tables for `dist/`.
///
/// # Errors
/// When `dist/` cannot be read, or is over the ceiling.
pub(crate) fn run() -> Result {
    let mut total = Size::default();
    println!("{:<44}{:>10}{:>10}{:>10}", "file", "bytes", "gzip", "brotli");
    for (name, content) in files()? {
        let size = Size::of(&content);
        let counts = [".wasm", ".js", ".css"].iter().any(|ending| name.ends_with(ending));
        if counts {
            total = total + size;
        }
        println!("{}{}", size.row(&name), if counts { "" } else { "  (does not count)" });
    }
    println!("{}  of {CEILING}\n", total.row("program, scripts and stylesheets"));
    print_parts()?;
    if total.brotli > CEILING {
        let over = total.brotli - CEILING;
        return Err(Error::Violated(format!("the page is {over} bytes over its ceiling of {CEILING}")));
    }
    println!("{} bytes below the ceiling of {CEILING}", CEILING - total.brotli);
    Ok(())
}

/// The files of `dist/` by their paths in it.
fn files() -> Result<BTreeMap<String, Vec<u8>>> {
    let dist = bundle::dist();
    let mut files = BTreeMap::new();
    let mut folders = vec![dist.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).about("reading dist/, which `cargo xtask build` makes")? {
            let path = entry.about(folder.display())?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&dist).unwrap_or(&path).to_string_lossy().into_owned();
            files.insert(name, fs::read(&path).about(path.display())?);
        }
    }
    Ok(files)
}

/// Prints a row for each part of the program, the largest first. Each part is compressed alone, so the parts come to more
/// than the whole.
fn print_parts() -> Result {
    let path = minify::named_program();
    let program = fs::read(&path).about(format!("{}, which `cargo xtask build` makes", path.display()))?;
    println!("{:<44}{:>10}{:>10}{:>10}", "part of the program, compressed alone", "bytes", "gzip", "brotli");
    let parts = parts(&program, &own_crates()?)?;
    let mut rows: Vec<(String, Size)> = parts.into_iter().map(|(name, bytes)| (name, Size::of(&bytes))).collect();
    rows.sort_by_key(|(_, size)| Reverse(size.brotli));
    for (name, size) in rows {
        println!("{}", size.row(&name));
    }
    println!();
    Ok(())
}

/// The names of the workspace's crates, as Rust code spells them.
fn own_crates() -> Result<Vec<String>> {
    let metadata = cargo(["metadata", "--no-deps", "--format-version", "1"]).output()?;
    let metadata: serde_json::Value =
        serde_json::from_str(&metadata).map_err(|error| Error::malformed("cargo metadata", error.to_string()))?;
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    Ok(packages.iter().filter_map(|package| package["name"].as_str()).map(|name| name.replace('-', "_")).collect())
}

/// A content compressed with brotli at its highest quality.
pub(crate) fn brotli_compressed(content: &[u8]) -> Vec<u8> {
    let mut compressor = brotli::CompressorWriter::new(Vec::new(), 1 << 16, 11, 22);
    // Writing into memory cannot fail.
    let _ = compressor.write_all(content);
    compressor.into_inner()
}

/// The bytes of a content: as it is, and as servers send it.
#[derive(Clone, Copy, Default)]
struct Size {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl Size {
    fn of(content: &[u8]) -> Self {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        // Writing into memory cannot fail.
        let _ = gzip.write_all(content);
        Self {
            raw: content.len(),
            gzip: gzip.finish().map_or(0, |bytes| bytes.len()),
            brotli: brotli_compressed(content).len(),
        }
    }

    fn row(self, name: &str) -> String {
        format!("{name:<44}{:>10}{:>10}{:>10}", self.raw, self.gzip, self.brotli)
    }
}

impl std::ops::Add for Size {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { raw: self.raw + other.raw, gzip: self.gzip + other.gzip, brotli: self.brotli + other.brotli }
    }
}
