// SPDX-License-Identifier: Apache-2.0
//! Which machine register holds which guest register, for the whole program.

use revive_vm_assembler::{Gpr, Mem};
use revive_vm_primitives::{
    machine::{GAS_REGISTER, GUEST_REGISTERS, REGISTER_MAP, SCRATCH_REGISTER},
    Reg,
};

/// The machine registers of the guest registers, in their order.
pub(crate) const MAP: [Gpr; GUEST_REGISTERS] = {
    let mut map = [Gpr::Rax; GUEST_REGISTERS];
    let mut index = 0;
    while index < GUEST_REGISTERS {
        map[index] = Gpr::ALL[REGISTER_MAP[index] as usize];
        index += 1;
    }
    map
};

/// Holds the gas left.
pub(crate) const GAS: Gpr = Gpr::ALL[GAS_REGISTER as usize];

/// Free within the translation of an instruction. It is `rcx`, because shifts of the baseline want their count in `cl`
/// and `rep stosb` its count in `ecx`.
pub(crate) const SCRATCH: Gpr = Gpr::ALL[SCRATCH_REGISTER as usize];

const _: () = assert!(matches!(SCRATCH, Gpr::Rcx));

/// The machine register of a guest register.
#[inline(always)]
pub(crate) fn gpr(reg: Reg) -> Gpr {
    // The mask tells the compiler that the index is in bounds; there are 13 registers.
    const PADDED: [Gpr; 16] = {
        let mut padded = [Gpr::Rax; 16];
        let mut index = 0;
        while index < GUEST_REGISTERS {
            padded[index] = MAP[index];
            index += 1;
        }
        padded
    };
    PADDED[reg as usize & 15]
}

/// Where generated code keeps a value for the length of an instruction: below the one return address of its stack. Nobody
/// else uses that memory; the worker handles faults on another stack.
pub(crate) const fn kept(index: i32) -> Mem {
    Mem::base(Gpr::Rsp, -16 - 8 * index)
}
