//! The source of the built-ins that are written in the language itself; see [`super::language`].

/// Functions that take what they are called on as their first parameter.
///
/// What stands in the file for its readers, comments and indentation, is left out: each reader of the page would fetch it.
pub const SOURCE: &str = match core::str::from_utf8(&PACKED) {
    Ok(text) => text,
    Err(_) => panic!("lines of UTF-8, without some whole ones and the spaces before the others, are UTF-8"),
};

const FILE: &[u8] = include_str!("prelude.js").as_bytes();
const PACKED: [u8; packed(&mut [0; FILE.len()])] = {
    let (mut whole, mut packed_bytes) = ([0; FILE.len()], [0; packed(&mut [0; FILE.len()])]);
    packed(&mut whole);
    let mut at = 0;
    while at < packed_bytes.len() {
        packed_bytes[at] = whole[at];
        at += 1;
    }
    packed_bytes
};

/// Puts what is needed of the file into `to`, and gives back how many bytes that is.
const fn packed(to: &mut [u8]) -> usize {
    let (mut from, mut length) = (0, 0);
    while from < FILE.len() {
        while from < FILE.len() && FILE[from] == b' ' {
            from += 1;
        }
        let comment = from + 1 < FILE.len() && FILE[from] == b'/' && FILE[from + 1] == b'/';
        let mut ended = false;
        while from < FILE.len() && !ended {
            if !comment {
                to[length] = FILE[from];
                length += 1;
            }
            ended = FILE[from] == b'\n';
            from += 1;
        }
    }
    length
}
