// SPDX-License-Identifier: Apache-2.0
//! The code in front of every program: how the worker enters generated code and how generated code leaves for the
//! worker. `revive_vm_primitives::machine` describes both sides of it.

use std::sync::LazyLock;

use revive_vm_assembler::{row, Assembler, Condition, Gpr, Mem, Width};
use revive_vm_primitives::machine::{
    exit_code, field, CODE_ADDRESS, ENTER_OFFSET, FIRST_NEAR_REGISTER, JUMP_TABLE_ADDRESS, LEAVE_OFFSET,
};

use crate::regs::{GAS, MAP, SCRATCH};

/// Offset of the first translated instruction.
pub(crate) const BODY_OFFSET: u32 = 0x400;

/// Bytes of a call to an exit.
pub(crate) const CALL_BYTES: u32 = 5;

/// The registers that a function of the worker's calling convention must preserve, in the order of saving.
const CALLEE_SAVED: [Gpr; 6] = [Gpr::Rbx, Gpr::Rbp, Gpr::R12, Gpr::R13, Gpr::R14, Gpr::R15];

/// Bytes of the stack of generated code: one return address.
const RETURN_BYTES: u64 = 8;

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

/// Puts entry and exits into an empty buffer. They are the same in front of all programs, so they are emitted once: that takes as long as
/// fifty instructions of a program.
pub(crate) fn put(asm: &mut Assembler) -> Stubs {
    static EMITTED: LazyLock<(Vec<u8>, Stubs)> = LazyLock::new(|| {
        let mut asm = Assembler::new();
        let stubs = emit(&mut asm);
        (asm.finish(), stubs)
    });
    let (code, stubs) = &*EMITTED;
    asm.raw(code);
    *stubs
}

/// Emits entry and exits into an empty buffer.
fn emit(asm: &mut Assembler) -> Stubs {
    debug_assert_eq!(asm.len() as u64, ENTER_OFFSET);
    for reg in CALLEE_SAVED {
        asm.push(reg);
    }
    // The argument: the function that answers host calls. With it the stack is where a function may be called.
    asm.push(Gpr::Rdi);
    store(asm, field::WORKER_SP, Gpr::Rsp);
    for (index, reg) in MAP.into_iter().enumerate() {
        match index.checked_sub(FIRST_NEAR_REGISTER) {
            Some(near) => load(asm, reg, field::ORDER_REGISTERS + 8 * near as u64),
            None => load(asm, reg, field::REGISTERS + 8 * index as u64),
        }
    }
    load(asm, GAS, field::ORDER_GAS);
    asm.mov_imm64(Gpr::Rsp, JUMP_TABLE_ADDRESS);
    let entry = shared(asm, field::RESUME, 6);
    asm.rm(row::JMP_RM, Width::W64, entry);

    asm.align_with_traps(LEAVE_OFFSET as usize);
    debug_assert_eq!(asm.len() as u64, LEAVE_OFFSET);
    load(asm, Gpr::Rsp, field::WORKER_SP);
    asm.pop(SCRATCH);
    for reg in CALLEE_SAVED.into_iter().rev() {
        asm.pop(reg);
    }
    // Not a return: the guest's calls of exits are never returned from, so the machine would predict a wrong address.
    asm.pop(SCRATCH);
    asm.rm(row::JMP_RM, Width::W64, SCRATCH);

    asm.align_with_traps(16);
    let save = asm.len() as u32;
    store_guest(asm, |_| true);
    store(asm, field::GAS, GAS);
    asm.jmp_back(LEAVE_OFFSET as u32);

    let finished = exit(asm, exit_code::FINISHED, save, |_| ());
    let host_call = emit_host_call(asm);
    let step = exit(asm, exit_code::STEP, save, note_resume);
    let sbrk = exit(asm, exit_code::SBRK, save, note_resume);
    let memset = exit(asm, exit_code::MEMSET, save, note_resume);

    debug_assert!(asm.len() <= BODY_OFFSET as usize);
    asm.align_with_traps(BODY_OFFSET as usize);
    Stubs { finished, host_call, step, sbrk, memset }
}

/// Emits the exit for a host call. The worker is asked first whether it answers it. It mostly does, if it ever does, and that takes
/// about as long as the registers take that go to memory and back: so those that a C function preserves stay where they are.
fn emit_host_call(asm: &mut Assembler) -> u32 {
    let is_preserved = |reg| CALLEE_SAVED.contains(&reg);
    asm.align_with_traps(16);
    let at = asm.len() as u32;
    let argument = shared(asm, field::ARGUMENT, 6);
    asm.rm_reg(row::MOV_RM_REG, Width::W32, argument, SCRATCH);
    store_guest(asm, |reg| !is_preserved(reg));
    store(asm, field::GAS, GAS);
    load(asm, Gpr::Rsp, field::WORKER_SP);
    asm.reg_rm(row::MOV_REG_RM, Width::W32, Gpr::Rdi, SCRATCH);
    asm.rm(row::CALL_RM, Width::W64, Mem::base(Gpr::Rsp, 0));
    asm.rm_reg(row::TEST_RM_REG, Width::W32, Gpr::Rax, Gpr::Rax);
    let refused = asm.jcc_short(Condition::Equal);
    for (index, reg) in MAP.into_iter().enumerate().filter(|(_, reg)| !is_preserved(*reg)) {
        load(asm, reg, field::REGISTERS + 8 * index as u64);
    }
    load(asm, GAS, field::GAS);
    asm.mov_imm64(Gpr::Rsp, JUMP_TABLE_ADDRESS - RETURN_BYTES);
    // The machine foresees where to, as calls and returns have come in pairs.
    asm.ret();
    asm.aim_here(refused);
    store_guest(asm, is_preserved);
    asm.mov_imm64(Gpr::Rsp, JUMP_TABLE_ADDRESS - RETURN_BYTES);
    note_resume(asm);
    note_exit(asm, exit_code::HOST_CALL);
    asm.jmp_back(LEAVE_OFFSET as u32);
    at
}

/// Stores those guest registers whose machine register is `wanted`.
fn store_guest(asm: &mut Assembler, wanted: impl Fn(Gpr) -> bool) {
    for (index, reg) in MAP.into_iter().enumerate().filter(|(_, reg)| wanted(*reg)) {
        store(asm, field::REGISTERS + 8 * index as u64, reg);
    }
}

/// Notes the address behind the call of an exit.
fn note_resume(asm: &mut Assembler) {
    let resume = shared(asm, field::RESUME, 6);
    asm.rm(row::POP_RM, Width::W64, resume);
}

/// Notes why the guest is left.
fn note_exit(asm: &mut Assembler, code: u32) {
    let exit = shared(asm, field::EXIT, 10);
    asm.rm_imm(row::MOV_RM_IMM, Width::W32, exit, code as i32);
}

fn exit(asm: &mut Assembler, code: u32, save: u32, operands: impl Fn(&mut Assembler)) -> u32 {
    asm.align_with_traps(16);
    let at = asm.len() as u32;
    operands(asm);
    note_exit(asm, code);
    asm.jmp_back(save);
    at
}
