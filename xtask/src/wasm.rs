//! Just enough of the WebAssembly binary format to tell what a program consists of.

use std::collections::BTreeMap;

use crate::failure::{Outcome, failure};

const PREAMBLE: usize = 8;
const CUSTOM: u8 = 0;
const IMPORT: u8 = 2;
const CODE: u8 = 10;
const FUNCTION_NAMES: u8 = 1;

/// A section with its header.
#[derive(Clone, Copy)]
pub struct Section<'a> {
    id: u8,
    /// A custom section's own name, else the standard's.
    pub name: &'a str,
    /// All of it.
    pub whole: &'a [u8],
    content: &'a [u8],
}

/// The body of one function, with its name where the program has one.
pub struct Function<'a> {
    /// As the name section has it.
    pub name: String,
    /// Its bytes, their count included.
    pub body: &'a [u8],
}

/// The sections in their order.
pub fn sections(module: &[u8]) -> Outcome<Vec<Section<'_>>> {
    if !module.starts_with(b"\0asm\x01\0\0\0") {
        return failure("this is not a WebAssembly module");
    }
    let mut reader = Reader { rest: &module[PREAMBLE..] };
    let mut sections = Vec::new();
    while !reader.rest.is_empty() {
        let start = reader.rest;
        let id = reader.byte()?;
        let length = reader.number()?;
        let content = reader.take(length)?;
        let whole = &start[..start.len() - reader.rest.len()];
        let (name, content) = if id == CUSTOM {
            let mut custom = Reader { rest: content };
            (custom.text()?, custom.rest)
        } else {
            (standard_name(id), content)
        };
        sections.push(Section { id, name, whole, content });
    }
    Ok(sections)
}

/// The module without names, producers and the like: what a browser runs.
pub fn without_custom_sections(module: &[u8]) -> Outcome<Vec<u8>> {
    let mut kept = module[..PREAMBLE.min(module.len())].to_vec();
    for section in sections(module)?.iter().filter(|section| section.id != CUSTOM) {
        kept.extend_from_slice(section.whole);
    }
    Ok(kept)
}

/// The functions that the module itself brings.
pub fn functions<'a>(sections: &[Section<'a>]) -> Outcome<Vec<Function<'a>>> {
    let mut names = BTreeMap::new();
    let mut imported = 0;
    let mut functions = Vec::new();
    for section in sections {
        let mut reader = Reader { rest: section.content };
        match section.id {
            CUSTOM if section.name == "name" => names = reader.function_names()?,
            IMPORT => imported = reader.imported_functions()?,
            CODE => {
                for _ in 0..reader.number()? {
                    let start = reader.rest;
                    let length = reader.number()?;
                    reader.take(length)?;
                    functions.push(Function { name: String::new(), body: &start[..start.len() - reader.rest.len()] });
                }
            }
            _ => {}
        }
    }
    for (index, function) in functions.iter_mut().enumerate() {
        if let Some(&name) = names.get(&(imported + index)) {
            name.clone_into(&mut function.name);
        }
    }
    Ok(functions)
}

/// The module with these names for the functions that it brings, and no others.
pub fn with_names(module: &[u8], names: &[String]) -> Outcome<Vec<u8>> {
    let sections = sections(module)?;
    let imports = sections.iter().find(|section| section.id == IMPORT);
    let first = imports.map_or(Ok(0), |imports| Reader { rest: imports.content }.imported_functions())?;
    let mut list = Vec::new();
    push_number(&mut list, names.len());
    for (place, name) in names.iter().enumerate() {
        push_number(&mut list, first + place);
        push_bytes(&mut list, name.as_bytes());
    }
    let mut content = Vec::new();
    push_bytes(&mut content, b"name");
    content.push(FUNCTION_NAMES);
    push_bytes(&mut content, &list);

    let mut result = module[..PREAMBLE].to_vec();
    for section in sections.iter().filter(|section| section.id != CUSTOM || section.name != "name") {
        result.extend_from_slice(section.whole);
    }
    result.push(CUSTOM);
    push_bytes(&mut result, &content);
    Ok(result)
}

/// An unsigned LEB128.
fn push_number(bytes: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Bytes after their count.
fn push_bytes(bytes: &mut Vec<u8>, content: &[u8]) {
    push_number(bytes, content.len());
    bytes.extend_from_slice(content);
}

fn standard_name(id: u8) -> &'static str {
    match id {
        1 => "type",
        IMPORT => "import",
        3 => "function",
        4 => "table",
        5 => "memory",
        6 => "global",
        7 => "export",
        8 => "start",
        9 => "element",
        CODE => "code",
        11 => "data",
        12 => "data count",
        13 => "tag",
        _ => "unknown",
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Outcome<&'a [u8]> {
        let Some((taken, rest)) = self.rest.split_at_checked(length) else {
            return failure("the WebAssembly module is cut short");
        };
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Outcome<u8> {
        Ok(self.take(1)?[0])
    }

    /// An unsigned LEB128.
    fn number(&mut self) -> Outcome<usize> {
        let mut value = 0;
        for shift in (0..usize::BITS).step_by(7) {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        failure("a number in the WebAssembly module is too long")
    }

    fn text(&mut self) -> Outcome<&'a str> {
        let length = self.number()?;
        std::str::from_utf8(self.take(length)?).or_else(|_| failure("a name in the WebAssembly module is not UTF-8"))
    }

    fn function_names(&mut self) -> Outcome<BTreeMap<usize, &'a str>> {
        let mut names = BTreeMap::new();
        while !self.rest.is_empty() {
            let kind = self.byte()?;
            let length = self.number()?;
            let mut content = Reader { rest: self.take(length)? };
            if kind != FUNCTION_NAMES {
                continue;
            }
            for _ in 0..content.number()? {
                let index = content.number()?;
                names.insert(index, content.text()?);
            }
        }
        Ok(names)
    }

    fn imported_functions(&mut self) -> Outcome<usize> {
        let mut functions = 0;
        for _ in 0..self.number()? {
            self.text()?;
            self.text()?;
            match self.byte()? {
                0 => {
                    self.number()?;
                    functions += 1;
                }
                1 => {
                    self.byte()?;
                    self.limits()?;
                }
                2 => self.limits()?,
                3 => {
                    self.take(2)?;
                }
                _ => return failure("an import of the WebAssembly module is of a kind not known here"),
            }
        }
        Ok(functions)
    }

    fn limits(&mut self) -> Outcome {
        let has_maximum = self.byte()? & 1 == 1;
        self.number()?;
        if has_maximum {
            self.number()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One imported function, one of its own named `a::b`, a custom section.
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
        let module = module();
        let functions = functions(&sections(&module).unwrap()).unwrap();
        assert_eq!(functions.len(), 1);
        assert_eq!(functions[0].name, "a::b");
        assert_eq!(functions[0].body, [2, 0, 0x0b]);
    }

    #[test]
    fn functions_can_be_named_anew() {
        let module = with_names(&module(), &["c".repeat(200)]).unwrap();
        let sections = sections(&module).unwrap();
        assert_eq!(functions(&sections).unwrap()[0].name, "c".repeat(200));
        assert_eq!(sections.iter().filter(|section| section.name == "name").count(), 1);
    }

    #[test]
    fn custom_sections_can_be_left_out() {
        let module = module();
        let bare = without_custom_sections(&module).unwrap();
        assert_eq!(bare, &module[..module.len() - 16]);
        assert!(sections(&bare[..bare.len() - 1]).is_err());
    }
}
