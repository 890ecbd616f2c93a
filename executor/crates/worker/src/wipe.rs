// SPDX-License-Identifier: Apache-2.0
//! Wiping what the worker's own memory and registers have of the last guest: what it answered from is copied through the
//! stack, and the kernel puts all registers on the signal stack at a fault.
//!
//! Guest memory, the shared page and what is behind it are the supervisor's to wipe. `sandbox/tests/wiping.rs` looks
//! through all of it.

use crate::fault;
use crate::machine::JUMP_TABLE_ADDRESS;
use core::arch::asm;

/// Bytes below the frame of the main function that are wiped: far more than anything called from there takes.
const STACK_BYTES: u64 = 4096;
/// Bytes at the end of the stack of generated code that are wiped; it is one return address deep.
const RETURN_BYTES: u64 = 64;

/// See the module. Registers for integers are not wiped: those of the next guest are loaded next.
#[inline(never)]
pub fn wipe() {
    fault::wipe_stack();
    // SAFETY: writes the stack of generated code, which runs not now, and below the stack pointer, where nothing is while
    // this function calls nothing: the assembly is said to use the stack, so there is no red zone. The stack has sixteen
    // times as many bytes. The instructions need no more of a processor than x86-64 has.
    unsafe {
        asm!(
            "rep stosb",
            inout("rcx") RETURN_BYTES => _,
            inout("rdi") JUMP_TABLE_ADDRESS - RETURN_BYTES => _,
            in("al") 0u8,
        );
        asm!(
            "lea rdi, [rsp - {bytes}]",
            "mov ecx, {bytes}",
            "rep stosb",
            "pxor xmm0, xmm0",
            "pxor xmm1, xmm1",
            "pxor xmm2, xmm2",
            "pxor xmm3, xmm3",
            "pxor xmm4, xmm4",
            "pxor xmm5, xmm5",
            "pxor xmm6, xmm6",
            "pxor xmm7, xmm7",
            "pxor xmm8, xmm8",
            "pxor xmm9, xmm9",
            "pxor xmm10, xmm10",
            "pxor xmm11, xmm11",
            "pxor xmm12, xmm12",
            "pxor xmm13, xmm13",
            "pxor xmm14, xmm14",
            "pxor xmm15, xmm15",
            bytes = const STACK_BYTES,
            in("al") 0u8,
            out("rcx") _,
            out("rdi") _,
            out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _,
            out("xmm4") _, out("xmm5") _, out("xmm6") _, out("xmm7") _,
            out("xmm8") _, out("xmm9") _, out("xmm10") _, out("xmm11") _,
            out("xmm12") _, out("xmm13") _, out("xmm14") _, out("xmm15") _,
        );
    }
}
