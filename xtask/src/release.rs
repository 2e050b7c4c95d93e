//! What leaves the repository: the figures that the article takes from the recordings, and the folder that an author
//! copies into a site.

use std::fs;
use std::path::{Path, PathBuf};

use crate::bundle;
use crate::failure::{Outcome, While, failure};
use crate::figures;
use crate::shell::{cargo, program, root, target};

/// Writes the figures into the article: what the simulation counts, and what was recorded.
pub fn know() -> Outcome {
    cargo(["test", "--quiet", "--test", "article", "costs"]).env("WRITE_COSTS", "1").run()?;
    let (present, renewed) = (figures::present(root())?, figures::renewed(root())?);
    if present == renewed {
        println!("the figures in index.html are those of the recordings");
        return Ok(());
    }
    fs::write(root().join("index.html"), renewed).doing("index.html")?;
    println!("the figures in index.html are written anew");
    Ok(())
}

/// The folder of [`run`].
pub fn folder() -> PathBuf {
    target().join("release-folder")
}

/// Puts the files that a site needs into [`folder`], from `dist/`, with a page that says how to use them.
pub fn run() -> Outcome {
    let dist = bundle::dist();
    if !dist.join("loader.js").is_file() {
        bundle::build()?;
    }
    let folder = folder();
    let _ = fs::remove_dir_all(&folder);
    let files = folder.join("lambda-lifecycles");
    fs::create_dir_all(&files).doing(files.display())?;
    let mut names = Vec::new();
    for entry in fs::read_dir(&dist).doing(dist.display())? {
        let file = entry.doing(dist.display())?.path();
        let Some(name) = file.file_name().and_then(|name| name.to_str()) else { continue };
        // The article's own files stay: its page, its styles and script. The loader names the others.
        if name == "loader.js" || name.starts_with("machine-") {
            fs::copy(&file, files.join(name)).doing(name)?;
            names.push(name.to_owned());
        }
    }
    names.sort();
    complete(&dist.join("loader.js"), &names)?;
    fs::write(folder.join("README.md"), readme(&names)).doing("README.md")?;
    fs::copy(root().join("LICENSE"), files.join("LICENSE")).doing("LICENSE")?;
    let include = Path::new("_includes/lambda-lifecycles.html");
    let to = folder.join("jekyll").join(include);
    fs::create_dir_all(to.parent().unwrap_or(&folder)).doing(to.display())?;
    fs::copy(root().join("examples/jekyll").join(include), &to).doing(to.display())?;
    fs::create_dir_all(folder.join("docs")).doing("docs")?;
    for name in ["docs/embedding.md", "docs/scenario-language.md"] {
        fs::copy(root().join(name), folder.join(name)).doing(name)?;
    }
    println!("{} has what a site needs", folder.display());
    Ok(())
}

/// The site of `examples/jekyll/` with the machine's files in it, built by Jekyll. The site's own folder in it is
/// `notes/`, as its `baseurl` says.
pub fn site(jekyll: &Path) -> Outcome<PathBuf> {
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
        .within(&source)
        .run()?;
    Ok(built)
}

fn copy(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to).doing(to.display())?;
    for entry in fs::read_dir(from).doing(from.display())? {
        let file = entry.doing(from.display())?.path();
        let place = to.join(file.file_name().unwrap_or_default());
        if file.is_dir() {
            copy(&file, &place)?;
        } else {
            fs::copy(&file, &place).doing(file.display())?;
        }
    }
    Ok(())
}

/// Nothing that the loader names is missing, and nothing of an earlier build is beside it.
fn complete(loader: &Path, names: &[String]) -> Outcome {
    let text = fs::read_to_string(loader).doing(loader.display())?;
    for ending in ["js", "wasm", "css"] {
        let ours: Vec<_> = names.iter().filter(|name| name.starts_with("machine-") && has(name, ending)).collect();
        match ours[..] {
            [one] if text.contains(&**one) => {}
            _ => return failure(format!("dist/ has not the one machine-….{ending} that its loader names: {ours:?}")),
        }
    }
    Ok(())
}

fn has(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == ending)
}

fn readme(names: &[String]) -> String {
    let list = format!("- `{}`\n", names.join("`\n- `"));
    format!(
        "# The machine for your page\n\n\
         Copy the folder `lambda-lifecycles/` into your site, as it is. It has no inline script or style, and asks for \
         nothing outside itself:\n\n{list}\n\
         Then write, where the machine is to stand:\n\n\
         ```html\n\
         <script type=\"module\" src=\"/lambda-lifecycles/loader.js\"></script>\n\
         <lambda-lifecycles>What stands here is read until the machine has arrived, and without JavaScript.</lambda-lifecycles>\n\
         ```\n\n\
         In a Jekyll site put `lambda-lifecycles/` into `assets/` and `jekyll/_includes/lambda-lifecycles.html` into \
         `_includes/`. Then one tag in a post is enough:\n\n\
         ```liquid\n\
         {{% include lambda-lifecycles.html %}}\n\
         ```\n\n\
         A link that acts on it: `<a href=\"#lambda:invoke check\">Invoke it</a>`, or in kramdown \
         `[Invoke it](#lambda:invoke%20check)`.\n\n\
         Attributes, events, and the content security policy under which it runs: `docs/embedding.md`. What a link can \
         say: `docs/scenario-language.md`.\n"
    )
}
