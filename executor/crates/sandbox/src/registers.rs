// SPDX-License-Identifier: Apache-2.0
//! Registers and gas of a guest, as they are while it does not run.
//!
//! What a host call needs is copied from the shared page when the worker has answered: the registers from `a0` on and the
//! gas, which come in the cache line of the answer. The rest stays where it is until somebody asks for it. It is copied once,
//! like everything that a worker can write, so nobody sees two values of one register.
//!
//! A guest that begins, or that the host gave other ones of the rest, takes them from a cache line of their own, which is written only
//! if it has others: for the second of two calls of a contract it does not travel.

use crate::mapping::Mapping;
use core::cell::OnceCell;
use core::mem::offset_of;
use revive_vm_primitives::machine::{
    Begin, HandOver, Shared, CODE_ADDRESS, FIRST_NEAR_REGISTER, GUEST_REGISTERS,
};

const NEAR: usize = GUEST_REGISTERS - FIRST_NEAR_REGISTER;

/// See the module.
pub(crate) struct Registers {
    /// The registers from `a0` on.
    near: [u64; NEAR],
    pub(crate) gas: i64,
    /// Empty while the worker's shared page has the only copy.
    far: OnceCell<Far>,
    /// Whether the worker is not to go on with the copy of `far` that it has.
    changed: bool,
    /// What was written to `Shared::begin`. A worker that writes there itself only deceives itself: it could as well change what it has
    /// read.
    begin: [u64; FIRST_NEAR_REGISTER],
}

/// What is in the first cache line.
#[derive(Clone, Copy, Default)]
struct Far {
    resume: u64,
    registers: [u64; FIRST_NEAR_REGISTER],
}

impl Registers {
    /// All zero, for a shared page of zeros.
    pub(crate) fn new() -> Self {
        Self {
            near: [0; NEAR],
            gas: 0,
            far: OnceCell::from(Far::default()),
            changed: true,
            begin: [0; FIRST_NEAR_REGISTER],
        }
    }

    fn far(&self, shared: &Mapping) -> &Far {
        self.far.get_or_init(|| Far {
            resume: shared.word(offset_of!(Shared, resume)),
            registers: core::array::from_fn(|index| shared.word(register(index))),
        })
    }

    fn far_mut(&mut self, shared: &Mapping) -> Option<&mut Far> {
        self.far(shared);
        self.changed = true;
        self.far.get_mut()
    }

    /// 0 for an index that is none.
    #[inline(always)]
    pub(crate) fn get(&self, shared: &Mapping, index: usize) -> u64 {
        match index.checked_sub(FIRST_NEAR_REGISTER) {
            Some(near) => self.near.get(near).copied().unwrap_or(0),
            None => self.far(shared).registers.get(index).copied().unwrap_or(0),
        }
    }

    /// Nothing happens for an index that is none.
    #[inline(always)]
    pub(crate) fn set(&mut self, shared: &Mapping, index: usize, value: u64) {
        let register = match index.checked_sub(FIRST_NEAR_REGISTER) {
            Some(near) => self.near.get_mut(near),
            None => self.far_mut(shared).and_then(|far| far.registers.get_mut(index)),
        };
        if let Some(register) = register {
            *register = value;
        }
    }

    /// Sets all of them, without a look at what they were: the first cache line need not come here for that.
    pub(crate) fn set_all(&mut self, values: &[u64; GUEST_REGISTERS]) {
        let mut far = Far::default();
        let (first, rest) = values.split_at(FIRST_NEAR_REGISTER);
        far.registers.copy_from_slice(first);
        self.near.copy_from_slice(rest);
        self.far = OnceCell::from(far);
        self.changed = true;
    }

    /// Where generated code goes on.
    pub(crate) fn resume(&self, shared: &Mapping) -> u64 {
        self.far(shared).resume
    }

    pub(crate) fn set_resume(&mut self, shared: &Mapping, resume: u64) {
        if let Some(far) = self.far_mut(shared) {
            far.resume = resume;
        }
    }

    /// Writes what the guest goes on with to the shared page. Whether it begins, instead of going on where and with what it was left.
    #[inline(always)]
    pub(crate) fn give(&mut self, shared: &Mapping) -> bool {
        let begins = std::mem::take(&mut self.changed);
        if begins {
            if let Some(far) = self.far.get() {
                // Where a worker says that it left may be no place in the program. That does harm to none but itself.
                let entry = far.resume.wrapping_sub(CODE_ADDRESS) as u32;
                shared.set_half(offset_of!(Shared, order) + offset_of!(HandOver, argument), entry);
                if self.begin != far.registers {
                    self.begin = far.registers;
                    shared.set_words(offset_of!(Shared, begin) + offset_of!(Begin, registers), &self.begin);
                }
            }
        }
        let [a0, a1, a2, a3, a4, a5] = self.near;
        shared.set_words(offset_of!(Shared, order), &[a0, a1, a2, a3, a4, a5, self.gas as u64]);
        begins
    }

    /// Copies what a guest that was left has, as far as it is needed at once. The operand of the exit.
    #[inline(always)]
    pub(crate) fn take(&mut self, shared: &Mapping) -> u32 {
        let [near @ .., gas, last] = shared.words::<{ NEAR + 2 }>(offset_of!(Shared, answer));
        self.near = near;
        self.gas = gas as i64;
        self.far.take();
        (last >> 32) as u32
    }
}

// One direction of the hand-over as words: the registers from `a0` on, the gas, and the word of the turn with the operand above it.
const _: () = assert!(offset_of!(HandOver, registers) == 0 && offset_of!(HandOver, gas) == 8 * NEAR);
const _: () = assert!(offset_of!(HandOver, word) == 8 * (NEAR + 1));
const _: () = assert!(offset_of!(HandOver, argument) == offset_of!(HandOver, word) + 4);

/// Offset of a register in the shared page.
const fn register(index: usize) -> usize {
    offset_of!(Shared, registers) + index * 8
}
