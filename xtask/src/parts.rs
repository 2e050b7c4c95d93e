//! The parts of a WebAssembly program: its functions by the module or crate they belong to, and its other sections.

use std::collections::BTreeMap;
use std::ops::Range;

use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

use crate::error::Result;

/// Crates that come with the Rust compiler.
const STANDARD: [&str; 7] = ["core", "alloc", "std", "compiler_builtins", "dlmalloc", "hashbrown", "__rustc"];
/// Types whose methods belong to the standard library.
const PRIMITIVE: [&str; 15] =
    ["bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize"];

/// The bytes of each part of `program` by the part's name. Function names come from the program's name section. Other
/// custom sections are not published, so they are left out. `own_crates` are the crates of the workspace, as Rust spells
/// their names.
///
/// # Errors
/// When `program` is not a WebAssembly module.
pub(crate) fn parts(program: &[u8], own_crates: &[String]) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut parts: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut names: BTreeMap<u32, &str> = BTreeMap::new();
    let mut imported = 0;
    let mut bodies = Vec::new();
    for payload in Parser::new(0).parse_all(program) {
        let payload = payload?;
        match &payload {
            Payload::ImportSection(imports) => {
                for import in imports.clone().into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionStart { .. } => continue,
            Payload::CodeSectionEntry(body) => bodies.push(bytes(program, body.range())),
            Payload::CustomSection(custom) => {
                if let KnownCustom::Name(section) = custom.as_known() {
                    for name in section {
                        let Name::Function(functions) = name? else { continue };
                        for naming in functions {
                            let naming = naming?;
                            names.insert(naming.index, naming.name);
                        }
                    }
                }
                continue;
            }
            _ => {}
        }
        if let Some((id, range)) = payload.as_section() {
            parts.insert(format!("section {}", section_name(id)), bytes(program, range).to_vec());
        }
    }
    for (index, body) in (imported..).zip(bodies) {
        let owner = owner(names.get(&index).copied().unwrap_or_default(), own_crates);
        parts.entry(format!("code of {owner}")).or_default().extend_from_slice(body);
    }
    Ok(parts)
}

/// The part of `program` in a range that the parser gave.
fn bytes(program: &[u8], range: Range<u64>) -> &[u8] {
    let place = |at: u64| usize::try_from(at).unwrap_or(program.len());
    program.get(place(range.start)..place(range.end)).unwrap_or_default()
}

/// The standard's name of a section.
fn section_name(id: u8) -> &'static str {
    match id {
        1 => "type",
        2 => "import",
        3 => "function",
        4 => "table",
        5 => "memory",
        6 => "global",
        7 => "export",
        8 => "start",
        9 => "element",
        10 => "code",
        11 => "data",
        12 => "data count",
        13 => "tag",
        _ => "unknown",
    }
}

/// The module or crate to which a function belongs. A function whose name mentions one of `own_crates` belongs to that
/// crate's module, even where it is a generic function of another crate. Any other function belongs to the first crate
/// that its name mentions.
fn owner<'a>(name: &'a str, own_crates: &[String]) -> String {
    let in_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    // `<core[0123abcd]::Option>::map` has the pieces `<core[0123abcd]`, `Option>` and `map`. The last one begins no path.
    let pieces: Vec<&str> = name.split("::").collect();
    let (_, before_separators) = pieces.split_last().unwrap_or((&"", &[]));
    let word = |piece: &&'a str| piece.split('[').next()?.rsplit(|c| !in_word(c)).next();
    let words: Vec<&str> = before_separators.iter().filter_map(word).collect();
    if let Some(place) = words.iter().position(|word| own_crates.iter().any(|own| own == word)) {
        let module = pieces[place + 1].split(|c| !in_word(c)).next().unwrap_or_default();
        return format!("{}::{module}", words[place]);
    }
    match words.into_iter().find(|word| word.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')) {
        Some(word) if STANDARD.contains(&word) || PRIMITIVE.contains(&word) => "the standard library".into(),
        Some(word) => word.to_owned(),
        None => "no crate (exports, glue)".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with one imported function, one function of its own with the name `a::b`, and a name section.
    fn module() -> Vec<u8> {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        module.extend([1, 4, 1, 0x60, 0, 0]);
        module.extend([2, 7, 1, 1, b'm', 1, b'f', 0, 0]);
        module.extend([3, 2, 1, 0]);
        module.extend([10, 4, 1, 2, 0, 0x0b]);
        module.extend([0, 14, 4, b'n', b'a', b'm', b'e', 1, 7, 1, 1, 4, b'a', b':', b':', b'b']);
        module
    }

    #[test]
    fn a_function_has_the_name_of_its_index_after_the_imports() {
        let parts = parts(&module(), &[]).unwrap();
        assert_eq!(parts["code of a"], [0, 0x0b]);
        let names: Vec<&String> = parts.keys().collect();
        assert_eq!(names, ["code of a", "section function", "section import", "section type"]);
    }

    #[test]
    fn a_damaged_module_is_an_error() {
        let module = module();
        assert!(parts(&module[..module.len() - 1], &[]).is_err());
    }

    #[test]
    fn a_function_belongs_to_the_crate_that_its_name_mentions() {
        let own = ["lambda_lifecycles".to_owned(), "handler_language".to_owned()];
        for (name, part) in [
            ("lambda_lifecycles::ui::card", "lambda_lifecycles::ui"),
            ("<handler_language::parse::Parser as core::clone::Clone>::clone", "handler_language::parse"),
            ("core::ptr::drop_in_place<lambda_lifecycles::world::World>", "lambda_lifecycles::world"),
            ("core::ptr::drop_in_place<lambda_lifecycles[5a]::world::World>", "lambda_lifecycles::world"),
            ("<alloc::string::String as core::fmt::Display>::fmt", "the standard library"),
            ("<dlmalloc[e24a]::Dlmalloc<dlmalloc[e24a]::sys::System>>::malloc", "the standard library"),
            ("<char as core[c593]::fmt::Debug>::fmt", "the standard library"),
            ("<&T as core::fmt::Debug>::fmt", "the standard library"),
            ("char::methods::escape", "the standard library"),
            ("yew::scheduler::start", "yew"),
            ("__wbindgen_malloc", "no crate (exports, glue)"),
        ] {
            assert_eq!(owner(name, &own), part, "{name}");
        }
    }
}
