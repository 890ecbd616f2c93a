// SPDX-License-Identifier: Apache-2.0
//! The guest program of the measurements: as little as there can be around what is measured.

use revive_vm_primitives::{
    BlobBuilder, BuildError, CodeBuilder, Instruction as I, InstructionSet, Opcode::*, Reg,
};

/// Bytes of memory that [`Entry::Touch`] writes to, one word in each page.
pub(crate) const TOUCHED_BYTES: u32 = 64 * 1024;
/// Number of the host function that the host answers.
pub(crate) const OUTSIDE: u32 = 0;
/// Number of the host function that writes [`ADDRESS`] to the address in `a0`, which ours does without leaving the guest's
/// process.
pub(crate) const INSIDE: u32 = 1;
/// What that writes.
pub(crate) const ADDRESS: [u8; 20] = *b"an account's address";

const RW: i32 = 0x2_0000;

/// What can be called. Each returns in `a0` what it was given, so that nobody gets away with not running it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Returns at once.
    Empty,
    /// Calls [`OUTSIDE`] `a0` times.
    Outside,
    /// Calls [`INSIDE`] `a0` times.
    Inside,
    /// Writes to [`TOUCHED_BYTES`].
    Touch,
}

/// The program and the code offsets of its entries.
pub(crate) struct Guest {
    pub(crate) blob: Vec<u8>,
    entries: [u32; 4],
}

impl Guest {
    pub(crate) fn new() -> Result<Self, BuildError> {
        const RETURN: I = I::reg_imm(JumpIndirect, Reg::Ra, 0);
        let mut code = CodeBuilder::new(InstructionSet::ReviveV1);
        let empty = code.label_here();
        code.push(RETURN);
        // a0 is what a host function would return in, or an address, so count elsewhere.
        let mut looping = |number: u32| {
            let entry = code.label_here();
            code.push(I::reg_reg(MoveReg, Reg::S0, Reg::A0)).push(I::reg_reg(MoveReg, Reg::S1, Reg::A0));
            code.push(I::new(Fallthrough));
            let head = code.label_here();
            code.push(I::reg_imm(LoadImm, Reg::A0, RW)).push(I::imm(Ecalli, number as i32));
            code.push(I::reg_reg_imm(AddImm64, Reg::S0, Reg::S0, -1));
            code.push_to(I::reg_imm_offset(BranchNotEqImm, Reg::S0, 0, 0), head);
            code.push(I::reg_reg(MoveReg, Reg::A0, Reg::S1)).push(RETURN);
            entry
        };
        let (outside, inside) = (looping(OUTSIDE), looping(INSIDE));
        let touch = code.label_here();
        for page in 0..TOUCHED_BYTES as i32 / 4096 {
            code.push(I::reg_imm(StoreU64, Reg::A0, RW + 4096 * page));
        }
        code.push(RETURN);
        let parts = code.finish()?;
        // Every label was bound above.
        let entries = [empty, outside, inside, touch].map(|label| parts.offset_of(label).unwrap_or(0));
        let [empty, outside, inside, touch] = entries;
        let blob = BlobBuilder::new(InstructionSet::ReviveV1)
            .rw_data(TOUCHED_BYTES, &[])
            .stack_size(4096)
            .import(b"outside")
            .import(b"inside")
            .export(b"empty", empty)
            .export(b"outside", outside)
            .export(b"inside", inside)
            .export(b"touch", touch)
            .code(parts)
            .build();
        Ok(Self { blob, entries })
    }

    /// Code offset of an entry.
    pub(crate) fn offset(&self, entry: Entry) -> u32 {
        self.entries[entry as usize]
    }
}
