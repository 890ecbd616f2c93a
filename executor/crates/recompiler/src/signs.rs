// SPDX-License-Identifier: Apache-2.0
//! What is known of the upper halves of guest registers while a block is translated.

use revive_vm_primitives::Reg;

/// For each guest register one of: nothing is known; it holds the sign-extension of its low half; it should, but the machine register
/// still has zeros above, so that the extension is pending.
///
/// Both sets are one number: it changes at nearly every instruction, and two neighbours of 16 bits invite a compiler to
/// change them by vector instructions, whose loads then wait for the narrower stores before them.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Signs(u32);

impl Signs {
    /// Nothing is known.
    pub(crate) const UNKNOWN: Self = Self(0);
    const PENDING: u32 = 1;
    const EXTENDED: u32 = 1 << 16;
    const ANY: u32 = Self::PENDING | Self::EXTENDED;

    /// A bit for each register whose extension is pending.
    #[inline(always)]
    pub(crate) fn pending(self) -> u16 {
        self.0 as u16
    }

    /// A bit for each register that holds an extended value, or will once it is extended.
    #[inline(always)]
    pub(crate) fn extended_or_pending(self) -> u16 {
        (self.0 | self.0 >> 16) as u16
    }

    /// Whether the extension is pending.
    #[inline(always)]
    pub(crate) fn is_pending(self, reg: Reg) -> bool {
        self.0 & Self::PENDING << reg as u32 != 0
    }

    /// Says that nothing is known.
    #[inline(always)]
    pub(crate) fn forget(&mut self, reg: Reg) {
        self.0 &= !(Self::ANY << reg as u32);
    }

    /// Says that it holds an extended value.
    #[inline(always)]
    pub(crate) fn set_extended(&mut self, reg: Reg) {
        self.forget(reg);
        self.0 |= Self::EXTENDED << reg as u32;
    }

    /// Says that its extension is pending.
    #[inline(always)]
    pub(crate) fn set_pending(&mut self, reg: Reg) {
        self.forget(reg);
        self.0 |= Self::PENDING << reg as u32;
    }

    /// Says that of `to` the same is known as of `from`.
    #[inline(always)]
    pub(crate) fn copy(&mut self, to: Reg, from: Reg) {
        let known = self.0 >> from as u32 & Self::ANY;
        self.forget(to);
        self.0 |= known << to as u32;
    }

    /// Says that nothing is known of all registers but those whose extension is pending.
    #[inline(always)]
    pub(crate) fn forget_extended(&mut self) {
        self.0 &= u32::from(u16::MAX);
    }
}
