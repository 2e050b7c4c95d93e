//! The only source of chance: a small generator that starts from `seed`. Request ids, jitter and `Math.random` are drawn
//! from it, so the same seed gives the same run on every machine.

/// The generator `SplitMix64`: a 64-bit state that grows by a constant and is mixed for each number. (Source: Steele, Lea
/// and Flood, "Fast splittable pseudorandom number generators", 2014.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random(u64);

impl Random {
    /// A generator for `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of at least 0 and below 1.
    pub fn share(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A version 4 UUID for the `number`th thing of a kind, in a run with this seed.
pub fn uuid(seed: u64, kind: u64, number: u32) -> String {
    let (high, low) = pair(seed, kind, number);
    let high = (high & 0xffff_ffff_ffff_0fff) | 0x4000;
    let low = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

/// 32 hexadecimal digits for the `number`th thing of a kind, in a run with this seed.
pub fn hex(seed: u64, kind: u64, number: u32) -> String {
    let (high, low) = pair(seed, kind, number);
    format!("{high:016x}{low:016x}")
}

fn pair(seed: u64, kind: u64, number: u32) -> (u64, u64) {
    let mut random = Random::new(seed ^ kind.wrapping_mul(0xd6e8_feb8_6659_fd93) ^ (u64::from(number) << 20));
    (random.next_u64(), random.next_u64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_and_come_from_the_seed() {
        let id = uuid(1, 1, 1);
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert_eq!(id, uuid(1, 1, 1));
        assert_ne!(id, uuid(2, 1, 1));
        assert_ne!(id, uuid(1, 1, 2));
    }

    #[test]
    fn shares_stay_below_one() {
        let mut random = Random::new(7);
        assert!((0..1_000).map(|_| random.share()).all(|share| (0.0..1.0).contains(&share)));
    }
}
