//! A small seeded generator (SplitMix64): the sample must be the same bytes with every version of
//! every library.

/// The generator.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        let high = ((self.next() >> 32) * u64::from(bound)) >> 32;
        u32::try_from(high).unwrap_or(0)
    }

    /// One of `choices`; the earlier ones more often when they are repeated.
    pub(super) fn pick<'c>(&mut self, choices: &[&'c str]) -> &'c str {
        let count = u32::try_from(choices.len()).unwrap_or(u32::MAX);
        choices.get(self.below(count.max(1)) as usize).copied().unwrap_or_default()
    }

    /// `length` characters of `alphabet`.
    pub(super) fn word(&mut self, alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        let count = u32::try_from(letters.len()).unwrap_or(u32::MAX).max(1);
        (0..length).filter_map(|_| letters.get(self.below(count) as usize)).collect()
    }
}
