//! Strings in UTF-16 code units, as JavaScript counts them, over Rust's UTF-8. In ASCII text, the usual case, each byte is a
//! unit.
//!
//! Half of a surrogate pair becomes U+FFFD.

use core::cmp::Ordering;
use std::rc::Rc;

/// Returns the length of a text in units.
pub(crate) fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

/// Returns the offset of the character that contains a unit, and true if the unit is the second half of the character.
fn locate(text: &str, unit: usize) -> (usize, bool) {
    if text.is_ascii() {
        return (unit.min(text.len()), false);
    }
    let mut units = 0;
    for (byte, character) in text.char_indices() {
        if units >= unit {
            return (byte, units > unit);
        }
        units += character.len_utf16();
        if units > unit {
            return (byte, true);
        }
    }
    (text.len(), false)
}

/// Returns the unit at an index.
pub(crate) fn unit_at(text: &str, unit: usize) -> Option<u16> {
    if text.is_ascii() {
        return text.as_bytes().get(unit).map(|byte| u16::from(*byte));
    }
    text.encode_utf16().nth(unit)
}

/// Finds the units of one long string without a walk from its beginning.
#[derive(Clone, Debug)]
pub(crate) struct UnitIndex {
    text: Rc<str>,
    /// The number of units.
    length: usize,
    /// For every [`UnitIndex::STRIDE`] characters, the unit and the byte at which they begin. Empty for ASCII.
    marks: Vec<(usize, usize)>,
}

impl UnitIndex {
    /// The number of characters between two marks.
    const STRIDE: usize = 256;

    /// Makes the index of a string.
    pub(crate) fn new(text: &Rc<str>) -> Self {
        let (mut length, mut marks) = (text.len(), Vec::new());
        if !text.is_ascii() {
            length = 0;
            for (number, (byte, character)) in text.char_indices().enumerate() {
                if number % Self::STRIDE == 0 {
                    marks.push((length, byte));
                }
                length += character.len_utf16();
            }
        }
        Self { text: text.clone(), length, marks }
    }

    /// Returns true if this is the index of `text` itself. An equal string elsewhere does not count.
    pub(crate) fn is_of(&self, text: &Rc<str>) -> bool {
        Rc::ptr_eq(&self.text, text)
    }

    /// Returns the length of the string in units.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Returns a unit of the string.
    pub(crate) fn unit_at(&self, unit: usize) -> Option<u16> {
        let mark = self.marks.partition_point(|(first, _)| *first <= unit).checked_sub(1);
        match mark.map(|mark| self.marks[mark]) {
            Some((first, byte)) => self.text[byte..].encode_utf16().nth(unit - first),
            None => self.text.as_bytes().get(unit).map(|byte| u16::from(*byte)),
        }
    }
}

/// Returns the code point that begins at a unit. The second half of a surrogate pair is its own code point.
pub(crate) fn code_point_at(text: &str, unit: usize) -> Option<u32> {
    match locate(text, unit) {
        (_, true) => unit_at(text, unit).map(u32::from),
        (byte, false) => text[byte..].chars().next().map(u32::from),
    }
}

/// Returns the units from `from` up to, and without, `to`.
pub(crate) fn slice(text: &str, from: usize, to: usize) -> Rc<str> {
    if from >= to {
        return "".into();
    }
    let (start, cut_before) = locate(text, from);
    let (end, cut_after) = locate(text, to);
    if start == 0 && end == text.len() && !cut_before && !cut_after {
        return text.into();
    }
    if !cut_before && !cut_after {
        return text[start..end].into();
    }
    let mut part = String::new();
    let mut from = start;
    if cut_before {
        part.push(char::REPLACEMENT_CHARACTER);
        from += text[start..].chars().next().map_or(0, char::len_utf8);
    }
    part.push_str(text.get(from..end).unwrap_or_default());
    if cut_after {
        part.push(char::REPLACEMENT_CHARACTER);
    }
    part.into()
}

/// Returns the index of the first occurrence of `part` that begins at the unit `from` or later.
pub(crate) fn index_of(text: &str, part: &str, from: usize) -> Option<usize> {
    let (byte, cut) = locate(text, from);
    let byte = if cut { byte + text[byte..].chars().next().map_or(0, char::len_utf8) } else { byte };
    let found = byte + text.get(byte..)?.find(part)?;
    Some(length(&text[..found]))
}

/// Returns the index of the last occurrence of `part` that begins at the unit `from` or earlier.
pub(crate) fn last_index_of(text: &str, part: &str, from: usize) -> Option<usize> {
    let (byte, _) = locate(text, from);
    let mut end = (byte + part.len()).min(text.len());
    // The end of the latest occurrence may be inside a character.
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let found = text[..end].rfind(part)?;
    Some(length(&text[..found]))
}

/// Compares two strings by units, like `<`.
pub(crate) fn compare(left: &str, right: &str) -> Ordering {
    if left.is_ascii() && right.is_ascii() {
        return left.as_bytes().cmp(right.as_bytes());
    }
    left.encode_utf16().cmp(right.encode_utf16())
}

/// Returns one unit as a string. Half of a surrogate pair becomes U+FFFD.
pub(crate) fn from_unit(unit: u16) -> Rc<str> {
    let character = char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER);
    Rc::from(&*character.encode_utf8(&mut [0; 4]))
}

/// Makes a string of units.
pub(crate) fn from_units(units: impl IntoIterator<Item = u16>) -> Rc<str> {
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>().into()
}

/// Splits a string into its units, like `split('')`.
pub(crate) fn split_units(text: &str) -> Vec<Rc<str>> {
    let mut units = Vec::new();
    let mut buffer = [0; 4];
    for character in text.chars() {
        if character.len_utf16() == 1 {
            units.push(Rc::from(&*character.encode_utf8(&mut buffer)));
        } else {
            units.extend(["\u{FFFD}".into(), "\u{FFFD}".into()]);
        }
    }
    units
}

/// The punctuation and digits of ASCII in the order of ICU's root collation. Letters follow.
const COLLATION: &str = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789";

/// Lower case letters with diacritics, after the letter that they are sorted with.
const MARKED: &[(char, &str)] = &[
    ('a', "àáâãäåāăą"),
    ('c', "çćĉċč"),
    ('d', "ďđ"),
    ('e', "èéêëēĕėęě"),
    ('g', "ĝğġģ"),
    ('i', "ìíîïĩīĭįı"),
    ('l', "ĺļľł"),
    ('n', "ñńņňŋ"),
    ('o', "òóôõöøōŏő"),
    ('r', "ŕŗř"),
    ('s', "śŝşšß"),
    ('t', "ţťŧ"),
    ('u', "ùúûüũūŭůűų"),
    ('y', "ýÿŷ"),
    ('z', "źżž"),
];

/// Calls `left.localeCompare(right)`. The order is that of the letters, then of their diacritics, then lower before upper
/// case. Letters that are not European are ordered by code point.
pub(crate) fn locale_compare(left: &str, right: &str) -> Ordering {
    let weight = |character: char| {
        let lower = base::case::lower(character);
        let base = MARKED.iter().find(|(_, marked)| marked.contains(lower)).map_or(lower, |(base, _)| *base);
        match COLLATION.find(base) {
            Some(place) => place as u32 + 1,
            None if base.is_whitespace() => 0,
            None => base as u32 + 100,
        }
    };
    let by = |key: &dyn Fn(char) -> u32| left.chars().map(key).cmp(right.chars().map(key));
    by(&weight)
        .then_with(|| by(&|character| base::case::lower(character) as u32))
        .then_with(|| by(&|character| u32::from(base::case::lower(character) != character)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_counted_in_utf_16_units() {
        let text = "aé😀b";
        assert_eq!(length(text), 5);
        assert_eq!(length("abc"), 3);
        assert_eq!(
            (0..6).map(|unit| unit_at(text, unit)).collect::<Vec<_>>(),
            [Some(97), Some(233), Some(0xD83D), Some(0xDE00), Some(98), None]
        );
        assert_eq!((code_point_at(text, 2), code_point_at(text, 3)), (Some(0x1_F600), Some(0xDE00)));
        assert_eq!(code_point_at(text, 5), None);
    }

    #[test]
    fn an_index_finds_the_same_units_as_a_walk() {
        for text in ["", "abc", "aé😀b", &"é😀a".repeat(700), &"a".repeat(5_000)] {
            let index = UnitIndex::new(&text.into());
            assert_eq!(index.length(), length(text));
            for unit in (0..index.length() + 3).step_by(1 + text.len() / 100) {
                assert_eq!(index.unit_at(unit), unit_at(text, unit), "unit {unit} of {} bytes", text.len());
            }
        }
    }

    #[test]
    fn a_slice_that_cuts_a_character_has_a_replacement_character() {
        let text = "aé😀b";
        let all: Vec<_> = (0..=5).map(|to| slice(text, 0, to)).collect();
        assert_eq!(all.iter().map(|part| &**part).collect::<Vec<_>>(), ["", "a", "aé", "aé\u{FFFD}", "aé😀", text]);
        assert_eq!(&*slice(text, 3, 5), "\u{FFFD}b");
        assert_eq!(&*slice(text, 3, 4), "\u{FFFD}");
        assert_eq!(&*slice("😀😀", 1, 3), "\u{FFFD}\u{FFFD}");
        assert_eq!(&*slice(text, 4, 2), "");
        assert_eq!(&*slice("abc", 1, 9), "bc");
    }

    #[test]
    fn occurrences_are_found_by_units() {
        assert_eq!(index_of("😀a😀a", "a", 0), Some(2));
        assert_eq!(index_of("😀a😀a", "a", 3), Some(5));
        assert_eq!(index_of("😀a", "a", 1), Some(2));
        assert_eq!(index_of("abc", "", 9), Some(3));
        assert_eq!(last_index_of("😀a😀a", "a", 9), Some(5));
        assert_eq!(last_index_of("😀a😀a", "a", 4), Some(2));
        assert_eq!(last_index_of("aa", "a", 0), Some(0));
        assert_eq!(last_index_of("a😀", "b", 1), None);
    }

    #[test]
    fn strings_are_ordered_by_units_and_by_locale() {
        assert_eq!(compare("\u{FF61}", "😀"), Ordering::Greater);
        assert_eq!(compare("a", "b"), Ordering::Less);
        let mut words = ["b", "A", "a", "B", "_", "-", "1", " ", "ab", "Ab", "ä", "é", "Ä", "z"];
        words.sort_by(|left, right| locale_compare(left, right));
        assert_eq!(words, [" ", "_", "-", "1", "a", "A", "ä", "Ä", "ab", "Ab", "b", "B", "é", "z"]);
    }
}
