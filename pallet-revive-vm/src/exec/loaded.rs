// SPDX-License-Identifier: Apache-2.0
//! The code that a transaction has loaded, so that loading it again costs less.
//!
//! The price must be the same on every node and in every dry run, so it depends on nothing but what the transaction itself did
//! before. And it must be enough: the node keeps the [`MODULES_KEPT`] modules that were entered last, in the same
//! order as this list, and the interpreter in the runtime keeps here what it made of them.

use super::FrameCode;
use alloc::vec::Vec;
use revive_vm_runtime_interface::limits::MODULES_KEPT;
use sp_core::H256;

/// Bytes of code that are kept at most, for the memory of a runtime that interprets it.
const CODE_BYTES_MAX: u32 = 512 * 1024;

/// Code that was loaded before, the latest last, with what a carrier, whose modules are `M`, made of it.
#[derive(Debug)]
pub(crate) struct Loaded<M>(Vec<Entry<M>>);

#[derive(Debug)]
struct Entry<M> {
    hash: H256,
    gas_model: u32,
    len: u32,
    module: Option<M>,
}

impl<M> Default for Loaded<M> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<M> Loaded<M> {
    /// Whether the code was loaded before and is kept.
    pub(crate) fn contains(&self, code: &FrameCode) -> bool {
        self.index(code).is_some()
    }

    /// What the carrier made of the code, to be given back by [`Self::note`].
    pub(crate) fn take(&mut self, code: &FrameCode) -> Option<M> {
        let index = self.index(code)?;
        self.0.get_mut(index)?.module.take()
    }

    /// Notes that the carrier has loaded the code. Too much of what was loaded before it is no longer kept.
    ///
    /// It must be called whenever the node has, and not when the node never saw the code, so that the lists are in
    /// the same order.
    pub(crate) fn note(&mut self, code: &FrameCode, module: Option<M>) {
        if let Some(index) = self.index(code) {
            self.0.remove(index);
        }
        self.0.push(Entry { hash: code.hash, gas_model: code.gas_model, len: code.len, module });
        let bytes = |entries: &[Entry<M>]| entries.iter().map(|entry| entry.len).fold(0, u32::saturating_add);
        while self.0.len() > MODULES_KEPT || bytes(&self.0) > CODE_BYTES_MAX {
            self.0.remove(0);
        }
    }

    fn index(&self, code: &FrameCode) -> Option<usize> {
        self.0.iter().rposition(|entry| entry.hash == code.hash && entry.gas_model == code.gas_model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::LoadSize;

    fn code(number: u64, len: u32) -> FrameCode {
        FrameCode {
            hash: H256::from_low_u64_be(number),
            len,
            gas_model: 0,
            behaviour_version: 1,
            exports_migrate: false,
            load: LoadSize::default(),
        }
    }

    #[test]
    fn the_latest_modules_are_kept() {
        let mut loaded = Loaded::<u64>::default();
        for number in 0..MODULES_KEPT as u64 {
            assert_eq!(loaded.take(&code(number, 1)), None);
            loaded.note(&code(number, 1), Some(number));
        }
        let module = loaded.take(&code(0, 1));
        assert_eq!(module, Some(0));
        loaded.note(&code(0, 1), module);
        loaded.note(&code(99, 1), Some(99));
        assert!(loaded.contains(&code(0, 1)), "it was loaded again");
        assert!(!loaded.contains(&code(1, 1)), "it was the first of the others");
        assert_eq!(loaded.take(&code(0, 1)), Some(0));
        assert_eq!(loaded.take(&code(0, 1)), None, "it is taken");
        assert_eq!(loaded.take(&code(1, 1)), None);
        let other_model = FrameCode { gas_model: 1, ..code(0, 1) };
        assert!(!loaded.contains(&other_model));
    }

    /// The benchmark of the price would measure something else.
    #[test]
    fn what_is_measured_is_kept() {
        use crate::{filling::Filling, programs, weights};
        let mut loaded = Loaded::<()>::default();
        let blob = programs::large(Filling::Blocks, weights::WARM_CODE, 0);
        for number in 0..weights::WARM_MODULES {
            loaded.note(&code(number.into(), blob.len() as u32), None);
        }
        assert!(loaded.contains(&code(0, 0)));
        assert_eq!(weights::WARM_MODULES as usize, MODULES_KEPT);
    }

    #[test]
    fn so_many_bytes_are_kept() {
        let mut loaded = Loaded::<()>::default();
        loaded.note(&code(0, CODE_BYTES_MAX / 2), None);
        loaded.note(&code(1, CODE_BYTES_MAX / 2), None);
        assert!(loaded.contains(&code(0, 0)) && loaded.contains(&code(1, 0)));
        loaded.note(&code(2, 1), None);
        assert!(!loaded.contains(&code(0, 0)) && loaded.contains(&code(1, 0)));
        loaded.note(&code(3, CODE_BYTES_MAX + 1), None);
        assert!((0..4).all(|number| !loaded.contains(&code(number, 0))), "it is more than is kept");
    }
}
