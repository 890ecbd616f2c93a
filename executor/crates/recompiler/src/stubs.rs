// SPDX-License-Identifier: Apache-2.0
//! The code in front of every program: how the worker enters generated code and how generated code leaves for the
//! worker. `revive_vm_primitives::machine` describes both sides of it.

use revive_vm_assembler::{row, Assembler, Gpr, Mem, Width};
use revive_vm_primitives::machine::{
    exit_code, field, CODE_ADDRESS, ENTER_OFFSET, JUMP_TABLE_ADDRESS, LEAVE_OFFSET,
};

use crate::regs::{GAS, MAP, SCRATCH};

/// Offset of the first translated instruction.
pub(crate) const BODY_OFFSET: u32 = 0x400;

/// Bytes of a call to an exit.
pub(crate) const CALL_BYTES: u32 = 5;

/// The registers that a function of the worker's calling convention must preserve, in the order of saving.
const CALLEE_SAVED: [Gpr; 6] = [Gpr::Rbx, Gpr::Rbp, Gpr::R12, Gpr::R13, Gpr::R14, Gpr::R15];

/// Offsets of the exits, for calls to them. All but `finished` note the address behind the call.
#[derive(Clone, Copy, Default)]
pub(crate) struct Stubs {
    /// Jumped to: the call is complete.
    pub(crate) finished: u32,
    /// Called with the number in the scratch register.
    pub(crate) host_call: u32,
    pub(crate) step: u32,
    pub(crate) sbrk: u32,
    pub(crate) memset: u32,
}

/// Operand for a field of the shared page in an instruction of `len` bytes that comes next.
#[inline(always)]
pub(crate) fn shared(asm: &Assembler, field: u64, len: u32) -> Mem {
    let end = CODE_ADDRESS + asm.len() as u64 + u64::from(len);
    // Code and shared page lie within 2 GiB of each other, so this is exact.
    Mem::rip(field.wrapping_sub(end) as i32)
}

/// `mov reg, [field]`
#[inline(always)]
pub(crate) fn load(asm: &mut Assembler, reg: Gpr, field: u64) {
    let mem = shared(asm, field, 7);
    asm.reg_rm(row::MOV_REG_RM, Width::W64, reg, mem);
}

/// `mov [field], reg`
#[inline(always)]
pub(crate) fn store(asm: &mut Assembler, field: u64, reg: Gpr) {
    let mem = shared(asm, field, 7);
    asm.rm_reg(row::MOV_RM_REG, Width::W64, mem, reg);
}

/// Emits entry and exits into an empty buffer.
pub(crate) fn emit(asm: &mut Assembler) -> Stubs {
    debug_assert_eq!(asm.len() as u64, ENTER_OFFSET);
    for reg in CALLEE_SAVED {
        asm.push(reg);
    }
    store(asm, field::WORKER_SP, Gpr::Rsp);
    for (index, reg) in MAP.into_iter().enumerate() {
        load(asm, reg, field::REGISTERS + 8 * index as u64);
    }
    load(asm, GAS, field::GAS);
    asm.mov_imm64(Gpr::Rsp, JUMP_TABLE_ADDRESS);
    let entry = shared(asm, field::RESUME, 6);
    asm.rm(row::JMP_RM, Width::W64, entry);

    asm.align_with_traps(LEAVE_OFFSET as usize);
    debug_assert_eq!(asm.len() as u64, LEAVE_OFFSET);
    load(asm, Gpr::Rsp, field::WORKER_SP);
    for reg in CALLEE_SAVED.into_iter().rev() {
        asm.pop(reg);
    }
    // Not a return: the guest's calls of exits are never returned from, so the machine would predict a wrong address.
    asm.pop(SCRATCH);
    asm.rm(row::JMP_RM, Width::W64, SCRATCH);

    asm.align_with_traps(16);
    let save = asm.len() as u32;
    for (index, reg) in MAP.into_iter().enumerate() {
        store(asm, field::REGISTERS + 8 * index as u64, reg);
    }
    store(asm, field::GAS, GAS);
    asm.jmp_back(LEAVE_OFFSET as u32);

    let finished = exit(asm, exit_code::FINISHED, save, |_| ());
    let resumable = |asm: &mut Assembler| {
        let resume = shared(asm, field::RESUME, 6);
        asm.rm(row::POP_RM, Width::W64, resume);
    };
    let host_call = exit(asm, exit_code::HOST_CALL, save, |asm| {
        let argument = shared(asm, field::ARGUMENT, 6);
        asm.rm_reg(row::MOV_RM_REG, Width::W32, argument, SCRATCH);
        resumable(asm);
    });
    let step = exit(asm, exit_code::STEP, save, resumable);
    let sbrk = exit(asm, exit_code::SBRK, save, resumable);
    let memset = exit(asm, exit_code::MEMSET, save, resumable);

    debug_assert!(asm.len() <= BODY_OFFSET as usize);
    asm.align_with_traps(BODY_OFFSET as usize);
    Stubs { finished, host_call, step, sbrk, memset }
}

fn exit(asm: &mut Assembler, code: u32, save: u32, operands: impl Fn(&mut Assembler)) -> u32 {
    asm.align_with_traps(16);
    let at = asm.len() as u32;
    operands(asm);
    let exit = shared(asm, field::EXIT, 10);
    asm.rm_imm(row::MOV_RM_IMM, Width::W32, exit, code as i32);
    asm.jmp_back(save);
    at
}
