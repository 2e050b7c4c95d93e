//! An order for functions in which those that look alike are near each other: what a function has in common with those
//! just before it costs a packer the least.

use std::collections::HashMap;

/// Bytes of code that are compared as one.
const PIECE: usize = 6;
/// A piece that more functions have says nothing of them.
const COMMON: usize = 60;
/// What is left of a likeness with each function that is put between.
const FADING: f64 = 0.95;
/// Counted as pieces of each function, so that the smallest ones do not all come first.
const SMALL: usize = 20;

/// The places of `bodies` in that order: the smallest, then always the one that is most like those just before it.
pub fn by_likeness(bodies: &[&[u8]]) -> Vec<usize> {
    let pieces: Vec<Vec<&[u8]>> = bodies
        .iter()
        .map(|body| {
            let mut pieces: Vec<&[u8]> = body.windows(PIECE).collect();
            pieces.sort_unstable();
            pieces.dedup();
            pieces
        })
        .collect();
    let mut owners: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (place, pieces) in pieces.iter().enumerate() {
        for piece in pieces {
            owners.entry(piece).or_default().push(place);
        }
    }
    owners.retain(|_, owners| (2..=COMMON).contains(&owners.len()));

    let mut left: Vec<usize> = (0..bodies.len()).collect();
    left.sort_by_key(|&place| bodies[place].len());
    let mut likeness = vec![0.0; bodies.len()];
    let mut order = Vec::new();
    while !left.is_empty() {
        let worth = |place: usize| likeness[place] / (pieces[place].len() + SMALL) as f64;
        let mut best = 0;
        for at in 1..left.len() {
            if worth(left[at]) > worth(left[best]) {
                best = at;
            }
        }
        let next = left.remove(best);
        order.push(next);
        for likeness in &mut likeness {
            *likeness *= FADING;
        }
        for owners in pieces[next].iter().filter_map(|piece| owners.get(piece)) {
            for &owner in owners {
                likeness[owner] += 1.0 / (owners.len() - 1) as f64;
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_is_side_by_side() {
        let bodies: [&[u8]; 4] = [b"a first kind of body", b"another, the second", b"a first kind of thing", b"small"];
        assert_eq!(by_likeness(&bodies), [3, 1, 0, 2]);
        assert_eq!(by_likeness(&[]), []);
    }
}
