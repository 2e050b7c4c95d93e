//! Packages of the operating system. They are installed only where that needs no password.

use crate::error::Result;
use crate::shell::{program, which};

/// Names of Debian packages.
pub(crate) type Packages = &'static [&'static str];

/// The reason why these packages cannot be installed from here, with the command that installs them; none if they can be.
pub(crate) fn obstacle(packages: &[&str]) -> Option<String> {
    if packages.is_empty() {
        return None;
    }
    let is_root = program("id").arg("-u").output().is_ok_and(|id| id.trim() == "0");
    if is_root && which("apt-get").is_some() {
        return None;
    }
    let list = packages.join(" ");
    Some(format!(
        "missing: {list}. Install them with your system's package manager and run this again; on Debian and Ubuntu:\n\n    \
         sudo apt-get update && sudo apt-get install --yes --no-install-recommends {list}\n"
    ))
}

/// Installs these packages.
///
/// # Errors
/// When apt-get fails.
pub(crate) fn install(packages: &[&str]) -> Result {
    if packages.is_empty() {
        return Ok(());
    }
    program("apt-get").arg("update").output()?;
    program("apt-get")
        .args(["install", "--yes", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .output()?;
    println!("installed {}", packages.join(" "));
    Ok(())
}
