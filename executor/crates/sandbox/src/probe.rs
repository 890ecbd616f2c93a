// SPDX-License-Identifier: Apache-2.0
//! Whether workers work on this machine.

use crate::error::SandboxError;
use crate::process::Process;
use crate::program::Program;
use revive_vm_primitives::machine::{exit_code, field, CODE_ADDRESS, LEAVE_OFFSET};

/// Where the probe begins in its code, behind the two entries.
const BODY_OFFSET: u64 = 0x140;
/// The guest register `a0` (in `rdi`), which the probe changes.
const A0: usize = 7;
/// What the probe leaves in it.
const VALUE: u64 = 0x5eed;
/// Bytes from the byte 0xea of a charge on, which is no instruction, to its end.
const REFUSED_FROM_END: u64 = 4;

/// Starts a worker without the layers to be left out, runs a program of a few bytes that writes a register and then
/// faults as a block does that the gas does not cover, and ends the worker.
///
/// # Errors
/// Why it does not work here.
pub fn available(leave_out: u64) -> Result<(), SandboxError> {
    let program = Program::new(&code(), &[0; 4096], &[], 0)?;
    let mut process = Process::spawn_without(leave_out)?;
    process.load(&program)?;
    let exit = process.run(CODE_ADDRESS + BODY_OFFSET)?;
    let fault = CODE_ADDRESS + code().len() as u64 - REFUSED_FROM_END;
    if exit.code != exit_code::FAULT || process.resume() != fault || process.register(A0) != VALUE {
        return Err(SandboxError::Protocol { step: "probing", value: exit.code });
    }
    Ok(())
}

/// The smallest program: the two entries that all generated code has, and a body.
fn code() -> Vec<u8> {
    let mut code = Vec::new();
    // push rbx, rbp, r12, r13, r14, r15
    code.extend([0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57]);
    // mov [worker_sp], rsp
    code.extend([0x48, 0x89, 0x25]);
    relative(&mut code, field::WORKER_SP);
    // jmp [entry]
    code.extend([0xff, 0x25]);
    relative(&mut code, field::RESUME);
    code.resize(LEAVE_OFFSET as usize, 0xcc);
    // mov rsp, [worker_sp]
    code.extend([0x48, 0x8b, 0x25]);
    relative(&mut code, field::WORKER_SP);
    // pop r15, r14, r13, r12, rbp, rbx; ret
    code.extend([0x41, 0x5f, 0x41, 0x5e, 0x41, 0x5d, 0x41, 0x5c, 0x5d, 0x5b, 0xc3]);
    code.resize(BODY_OFFSET as usize, 0xcc);
    // mov edi, VALUE; xor r10d, r10d; sub r10, 1; jb back into the midst of the subtraction
    code.push(0xbf);
    code.extend((VALUE as u32).to_le_bytes());
    code.extend([0x45, 0x31, 0xd2, 0x49, 0x83, 0xea, 1, 0x72, 0xfc]);
    code
}

/// Appends the displacement of an operand at `address`, which ends the instruction.
fn relative(code: &mut Vec<u8>, address: u64) {
    let next = CODE_ADDRESS + code.len() as u64 + 4;
    code.extend((address.wrapping_sub(next) as u32).to_le_bytes());
}
