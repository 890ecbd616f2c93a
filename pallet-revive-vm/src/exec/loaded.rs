// SPDX-License-Identifier: Apache-2.0
//! Which code was loaded in this block already, and so costs less to load again.
//!
//! Whether a node has a module at hand must not be seen (I5), so the chain keeps its own account of it: the codes that this block
//! has loaded last, few enough for every node to have kept them. It is as deterministic as everything else in a block, and gone
//! when the block ends; a dry run, which is none, pays for everything.

use super::{FrameCode, Stack};
use crate::{engine::Engine, Config, Error, LoadedCode, WeightInfo};
use alloc::vec::Vec;
use frame_support::{traits::ConstU32, BoundedVec};
use sp_core::H256;

/// The most codes that are remembered. Read and written with every call, so there should be few.
const CODES_MAX: u32 = 32;
/// The most bytes that their blobs have together. Machine code takes at most 64 times as many (`worst_cases` of the virtual
/// machine), so a module cache of 64 MiB keeps all of them; the default is larger.
const BYTES_MAX: u32 = 1 << 20;

/// Codes with the lengths of their blobs, the one that was loaded last at the end.
pub type Codes = BoundedVec<(H256, u32), ConstU32<CODES_MAX>>;

/// The account of one transaction.
#[derive(Debug)]
pub(super) struct Loaded {
    codes: Vec<(H256, u32)>,
    /// Whether it differs from what is stored.
    changed: bool,
}

impl Loaded {
    /// What the block has loaded so far.
    fn of_block<T: Config>() -> Self {
        Self { codes: LoadedCode::<T>::get().into_inner(), changed: false }
    }

    fn knows(&self, hash: &H256) -> bool {
        self.codes.iter().any(|(known, _)| known == hash)
    }

    /// Notes that a code that was not known is loaded.
    fn note(&mut self, hash: H256, len: u32) {
        self.changed = true;
        self.codes.push((hash, len));
        let mut bytes = self.codes.iter().fold(0u32, |sum, (_, len)| sum.saturating_add(*len));
        let mut surplus = 0;
        while self.codes.len() - surplus > CODES_MAX as usize || bytes > BYTES_MAX {
            let Some((_, len)) = self.codes.get(surplus) else { break };
            bytes = bytes.saturating_sub(*len);
            surplus += 1;
        }
        self.codes.drain(..surplus);
    }

    /// Leaves it for the next transaction of the block.
    pub(super) fn store<T: Config>(self) {
        if self.changed {
            // It is never longer than that.
            LoadedCode::<T>::put(Codes::truncate_from(self.codes));
        }
    }
}

impl<T: Config> Stack<T> {
    /// Charges for loading `code` and making an instance of it.
    pub(super) fn charge_load(&mut self, code: &FrameCode) -> Result<(), Error<T>> {
        if !T::Engine::keeps_modules() {
            return self.charge(T::WeightInfo::load_code(code.len, code.load));
        }
        if self.loaded.get_or_insert_with(Loaded::of_block::<T>).knows(&code.hash) {
            return self.charge(T::WeightInfo::load_known_code(code.len, code.load));
        }
        self.charge(T::WeightInfo::load_code(code.len, code.load))?;
        // Only what was paid for is loaded.
        if let Some(loaded) = &mut self.loaded {
            loaded.note(code.hash, code.len);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Loads a code. Whether it was known.
    fn note(loaded: &mut Loaded, number: u32, len: u32) -> bool {
        let hash = H256::from_low_u64_be(number.into());
        let is_known = loaded.knows(&hash);
        if !is_known {
            loaded.note(hash, len);
        }
        is_known
    }

    #[test]
    fn what_was_loaded_is_known() {
        let mut loaded = Loaded { codes: Vec::new(), changed: false };
        assert!(!note(&mut loaded, 1, 100));
        assert!(loaded.changed);
        loaded.changed = false;
        assert!(note(&mut loaded, 1, 100));
        assert!(!loaded.changed);
        assert!(!note(&mut loaded, 2, 100));
    }

    #[test]
    fn the_oldest_are_forgotten_where_there_are_too_many() {
        let mut loaded = Loaded { codes: Vec::new(), changed: false };
        for number in 0..=CODES_MAX {
            assert!(!note(&mut loaded, number, 1));
        }
        assert_eq!(loaded.codes.len(), CODES_MAX as usize);
        assert!(note(&mut loaded, 1, 1));
        assert!(!note(&mut loaded, 0, 1));
    }

    #[test]
    fn or_too_much() {
        let mut loaded = Loaded { codes: Vec::new(), changed: false };
        assert!(!note(&mut loaded, 0, BYTES_MAX / 2));
        assert!(!note(&mut loaded, 1, BYTES_MAX / 2));
        assert!(note(&mut loaded, 0, BYTES_MAX / 2));
        assert!(!note(&mut loaded, 2, 1));
        assert!(!note(&mut loaded, 0, BYTES_MAX / 2));
        // One that is too large alone is never known.
        assert!(!note(&mut loaded, 3, BYTES_MAX + 1));
        assert!(!note(&mut loaded, 3, BYTES_MAX + 1));
        assert!(loaded.codes.is_empty());
    }
}
