//! Chance that can be repeated.

/// Numbers that look random, and are the same in every run with the same seed.
pub struct Dice(u64);

impl Dice {
    /// Dice that fall by a seed.
    pub fn new(seed: u64) -> Self {
        // Seeds that are close to each other begin far apart, and none at 0, where the numbers would stay.
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `most`.
    pub fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % most as u64) as usize
    }

    /// One of some.
    pub fn pick<'a, T>(&mut self, some: &'a [T]) -> &'a T {
        &some[self.below(some.len())]
    }
}
