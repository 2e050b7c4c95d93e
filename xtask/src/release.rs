//! Writes the figures of the article, and the folder that an author copies into a site.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, IoContext, Result};
use crate::shell::{cargo, program, root, target};
use crate::{bundle, figures};

/// `cargo xtask figures`: writes the figures that the simulation counts and those of the recordings into the article.
///
/// # Errors
/// When the recordings cannot be read.
pub(crate) fn write_figures() -> Result {
    cargo(["test", "--quiet", "--test", "article", "costs"]).env("WRITE_COSTS", "1").run()?;
    let problem = |problem| Error::malformed("the figures of the recordings", problem);
    let present = figures::present(root()).map_err(problem)?;
    let renewed = figures::renewed(root()).map_err(problem)?;
    if present == renewed {
        println!("the figures in index.html are those of the recordings");
        return Ok(());
    }
    fs::write(root().join("index.html"), renewed).about("index.html")?;
    println!("the figures in index.html have been written anew");
    Ok(())
}

/// The folder that [`run`] writes.
pub(crate) fn folder() -> PathBuf {
    target().join("release-folder")
}

/// Copies the files that a site needs from `dist/` into [`folder`], with a README that says how to use them.
///
/// # Errors
/// When `dist/` is incomplete, or has files of an earlier build.
pub(crate) fn run() -> Result {
    let dist = bundle::dist();
    if !dist.join("loader.js").is_file() {
        bundle::build()?;
    }
    let folder = folder();
    let _ = fs::remove_dir_all(&folder);
    let files = folder.join("lambda-lifecycles");
    fs::create_dir_all(&files).about(files.display())?;
    let mut names = Vec::new();
    for entry in fs::read_dir(&dist).about(dist.display())? {
        let file = entry.about(dist.display())?.path();
        let Some(name) = file.file_name().and_then(|name| name.to_str()) else { continue };
        // The other files are the article's own: its page, its stylesheets and its script.
        if name == "loader.js" || name.starts_with("machine-") {
            fs::copy(&file, files.join(name)).about(name)?;
            names.push(name.to_owned());
        }
    }
    names.sort();
    check_complete(&dist.join("loader.js"), &names)?;
    fs::write(folder.join("README.md"), readme(&names)).about("README.md")?;
    fs::copy(root().join("LICENSE"), files.join("LICENSE")).about("LICENSE")?;
    let include = Path::new("_includes/lambda-lifecycles.html");
    let to = folder.join("jekyll").join(include);
    fs::create_dir_all(to.parent().unwrap_or(&folder)).about(to.display())?;
    fs::copy(root().join("examples/jekyll").join(include), &to).about(to.display())?;
    fs::create_dir_all(folder.join("docs")).about("docs")?;
    for name in ["docs/embedding.md", "docs/scenario-language.md"] {
        fs::copy(root().join(name), folder.join(name)).about(name)?;
    }
    println!("{} has the files that a site needs", folder.display());
    Ok(())
}

/// Builds the site of `examples/jekyll/` with the machine's files in it. Returns the folder to serve, in which the site is
/// under `notes/`, its `baseurl`.
///
/// # Errors
/// When Jekyll fails.
pub(crate) fn build_site(jekyll: &Path) -> Result<PathBuf> {
    let (source, built) = (target().join("jekyll/source"), target().join("jekyll/built"));
    for folder in [&source, &built] {
        let _ = fs::remove_dir_all(folder);
    }
    copy(&root().join("examples/jekyll"), &source)?;
    copy(&folder().join("lambda-lifecycles"), &source.join("assets/lambda-lifecycles"))?;
    program(jekyll)
        .args(["build", "--strict_front_matter", "--source"])
        .arg(&source)
        .arg("--destination")
        .arg(built.join("notes"))
        .current_dir(&source)
        .run()?;
    Ok(built)
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) -> Result {
    fs::create_dir_all(to).about(to.display())?;
    for entry in fs::read_dir(from).about(from.display())? {
        let file = entry.about(from.display())?.path();
        let place = to.join(file.file_name().unwrap_or_default());
        if file.is_dir() {
            copy(&file, &place)?;
        } else {
            fs::copy(&file, &place).about(file.display())?;
        }
    }
    Ok(())
}

/// Checks that each file the loader names is there, and that there is none of an earlier build.
fn check_complete(loader: &Path, names: &[String]) -> Result {
    let text = fs::read_to_string(loader).about(loader.display())?;
    for ending in ["js", "wasm", "css"] {
        let ours: Vec<_> = names.iter().filter(|name| name.starts_with("machine-") && has(name, ending)).collect();
        match ours[..] {
            [one] if text.contains(&**one) => {}
            _ => {
                let problem = format!("the loader names one machine-….{ending}, and there are {ours:?}");
                return Err(Error::malformed("dist/", problem));
            }
        }
    }
    Ok(())
}

/// True if a file's name has this extension.
fn has(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == ending)
}

/// The text of the folder's README.
fn readme(names: &[String]) -> String {
    let list = format!("- `{}`\n", names.join("`\n- `"));
    format!(
        "# The machine for your page\n\n\
         Copy the folder `lambda-lifecycles/` into your site without changes. Its files contain no inline script or style, \
         and fetch nothing from outside the folder:\n\n{list}\n\
         Then write this where you want the machine:\n\n\
         ```html\n\
         <script type=\"module\" src=\"/lambda-lifecycles/loader.js\"></script>\n\
         <lambda-lifecycles>Readers see this text until the machine is loaded, and without JavaScript.</lambda-lifecycles>\n\
         ```\n\n\
         In a Jekyll site, copy `lambda-lifecycles/` into `assets/`, and `jekyll/_includes/lambda-lifecycles.html` into \
         `_includes/`. Then one tag in a post is enough:\n\n\
         ```liquid\n\
         {{% include lambda-lifecycles.html %}}\n\
         ```\n\n\
         A link can act on the machine: `<a href=\"#lambda:invoke check\">Invoke it</a>`, or in kramdown \
         `[Invoke it](#lambda:invoke%20check)`.\n\n\
         `docs/embedding.md` describes the attributes, the events, and the content security policy that the machine needs. \
         `docs/scenario-language.md` describes what a link can say.\n"
    )
}
