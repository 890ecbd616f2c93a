// SPDX-License-Identifier: Apache-2.0
//! The one host function of the suite: it takes a word and gives it back increased by one.

#[cfg(target_env = "polkavm")]
core::arch::global_asm!(
    // The custom instruction word that the linker turns into a host call, and the record that names the function.
    ".pushsection .polkavm_metadata.import.host_call,\"aw\",@progbits",
    ".Limport_name_host_call:",
    ".ascii \"host_call\"",
    ".Limport_record_host_call:",
    ".byte 1",
    ".4byte 0",
    ".4byte 9",
    ".8byte .Limport_name_host_call",
    ".byte 1",
    ".byte 1",
    ".popsection",
    ".pushsection .text.import.host_call,\"ax\",@progbits",
    ".p2align 1",
    ".hidden host_call",
    ".globl host_call",
    ".type host_call, @function",
    "host_call:",
    ".insn r 0xb, 0, 0, zero, zero, zero",
    "auipc zero, %pcrel_hi(.Limport_record_host_call)",
    ".4byte 0",
    "ret",
    ".popsection",
);

#[cfg(any(target_env = "polkavm", target_arch = "wasm32"))]
mod guest {
    extern "C" {
        pub(super) fn host_call(value: u64) -> u64;
    }
}

/// Calls the host.
#[cfg(any(target_env = "polkavm", target_arch = "wasm32"))]
pub fn host_call(value: u64) -> u64 {
    // SAFETY: the function takes and gives a word, and touches no memory.
    unsafe { guest::host_call(value) }
}

/// Calls the host, which natively is a function of the same program.
#[cfg(not(any(target_env = "polkavm", target_arch = "wasm32")))]
#[inline(never)]
pub fn host_call(value: u64) -> u64 {
    core::hint::black_box(value) + 1
}
