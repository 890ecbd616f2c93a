// SPDX-License-Identifier: Apache-2.0
//! Which memory an instruction accesses.

use super::{Instruction, Opcode, Reg};

/// The access of a load, a store or a `memset` to data memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MemoryAccess {
    /// Register that the address is relative to.
    pub base: Option<Reg>,
    /// What is added to it, or the address.
    pub offset: i32,
    /// How many bytes: 1, 2, 4 or 8. A `memset` accesses one after the other.
    pub bytes: u32,
    /// Whether they are written.
    pub is_store: bool,
}

impl MemoryAccess {
    /// The address of the first byte, given the values of registers (instruction set, section 1).
    pub fn address(&self, reg: impl FnOnce(Reg) -> u64) -> u32 {
        // Only the low half of the sum counts, and so only those of its parts.
        let base = self.base.map_or(0, reg) as u32;
        base.wrapping_add(self.offset as u32)
    }
}

impl Instruction {
    /// The memory that the instruction accesses when it is executed. For a `memset` it is the byte that would be next.
    pub const fn memory_access(&self) -> Option<MemoryAccess> {
        use Opcode::*;
        let (base, bytes, is_store) = match self.opcode {
            LoadU8 | LoadI8 => (None, 1, false),
            LoadU16 | LoadI16 => (None, 2, false),
            LoadU32 | LoadI32 => (None, 4, false),
            LoadU64 => (None, 8, false),
            LoadIndirectU8 | LoadIndirectI8 => (Some(self.s), 1, false),
            LoadIndirectU16 | LoadIndirectI16 => (Some(self.s), 2, false),
            LoadIndirectU32 | LoadIndirectI32 => (Some(self.s), 4, false),
            LoadIndirectU64 => (Some(self.s), 8, false),
            StoreU8 | StoreImmU8 => (None, 1, true),
            StoreU16 | StoreImmU16 => (None, 2, true),
            StoreU32 | StoreImmU32 => (None, 4, true),
            StoreU64 | StoreImmU64 => (None, 8, true),
            StoreIndirectU8 => (Some(self.s), 1, true),
            StoreIndirectU16 => (Some(self.s), 2, true),
            StoreIndirectU32 => (Some(self.s), 4, true),
            StoreIndirectU64 => (Some(self.s), 8, true),
            StoreImmIndirectU8 => (Some(self.d), 1, true),
            StoreImmIndirectU16 => (Some(self.d), 2, true),
            StoreImmIndirectU32 => (Some(self.d), 4, true),
            StoreImmIndirectU64 => (Some(self.d), 8, true),
            Memset => (Some(Reg::A0), 1, true),
            _ => return None,
        };
        Some(MemoryAccess { base, offset: self.i, bytes, is_store })
    }
}
