//! Packages from npm, in versions that a lock file pins.

use std::fs;
use std::path::{Path, PathBuf};

#[cfg(unix)]
use std::os::unix::fs::symlink;
#[cfg(windows)]
use std::os::windows::fs::symlink_dir as symlink;

use super::cache;
use crate::bundle::fingerprint;
use crate::error::{IoContext, Result};
use crate::shell::{program, root};

const MODULES: &str = "node_modules";

/// The packages that `xtask/npm/` pins, if they are installed.
///
/// # Errors
/// When the lock file cannot be read.
pub(crate) fn find() -> Result<Option<PathBuf>> {
    let modules = folder_for(&tools_source(), "npm")?.join(MODULES);
    Ok(Some(modules).filter(|modules| modules.is_dir()))
}

/// The `node_modules` folder with the packages that `xtask/npm/` pins.
///
/// # Errors
/// When they are not installed.
pub(crate) fn packages() -> Result<PathBuf> {
    super::Tool::NpmPackages.path()
}

/// Installs the packages that `xtask/npm/` pins.
///
/// # Errors
/// When npm fails.
pub(crate) fn install_tools() -> Result {
    install(&tools_source(), "npm").map(drop)
}

/// Installs the packages that the folder `source` pins, unless they are installed. Returns their `node_modules` folder.
/// Each content of the lock file has a folder of its own in the cache.
///
/// # Errors
/// When npm fails.
pub(crate) fn install(source: &Path, name: &str) -> Result<PathBuf> {
    let folder = folder_for(source, name)?;
    if folder.is_dir() {
        return Ok(folder.join(MODULES));
    }
    // A folder of this name is complete, because it gets the name last.
    let partial = folder.with_extension("partial");
    let _ = fs::remove_dir_all(&partial);
    fs::create_dir_all(&partial).about(partial.display())?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(source.join(file), partial.join(file)).about(file)?;
    }
    program("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&partial).output()?;
    fs::rename(&partial, &folder).about(folder.display())?;
    println!("installed the npm packages of {}", source.strip_prefix(root()).unwrap_or(source).display());
    Ok(folder.join(MODULES))
}

/// Lets the scripts of a folder import the installed packages: Node looks for them in `node_modules` beside a script, so
/// that becomes a link to the cache.
///
/// # Errors
/// When the packages are not installed, or the link cannot be made.
pub(crate) fn resolve_from(scripts: &Path) -> Result {
    let (link, packages) = (scripts.join(MODULES), packages()?);
    if fs::read_link(&link).is_ok_and(|target| target == packages) {
        return Ok(());
    }
    match fs::remove_file(&link) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).about(link.display())?,
        _ => {}
    }
    symlink(&packages, &link).about(link.display())
}

fn tools_source() -> PathBuf {
    root().join("xtask/npm")
}

fn folder_for(source: &Path, name: &str) -> Result<PathBuf> {
    let lock = source.join("package-lock.json");
    let content = fs::read(&lock).about(lock.display())?;
    Ok(cache()?.join(format!("{name}-{}", fingerprint(&content))))
}
