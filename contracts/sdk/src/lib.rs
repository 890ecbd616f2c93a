// SPDX-License-Identifier: Apache-2.0
//! What a Rust guest program needs: exports, imports, ABI words, memory routines, an allocator and a panic handler.
//!
//! - [`export!`] makes a function callable by the host; a contract exports `deploy` and `call`.
//! - [`import!`] makes a function of the host callable; [`register`] says what can be passed.
//! - [`host`] wraps the host functions of the contracts pallet in safe Rust.
//! - [`abi`] reads and writes Solidity ABI words and computes selectors at compile time.
//! - [`keccak`] is the hash behind selectors, as a `const fn`.
//! - [`machine`] has the special instructions and [`min_stack_size!`].
//! - With the feature `memory`: `memcpy` and its kin in words, [`memory`].
//! - With the feature `allocator`: a heap of fixed size, [`heap!`].
//!
//! Without those features there is no allocator and no global state. Everything guest-specific exists only for the guest target
//! (`contracts/targets/`), so the tests of the rest run on any host.
//!
//! ```ignore
//! #![no_std]
//! #![no_main]
//! revive_vm_sdk::export!(fn deploy() {});
//! revive_vm_sdk::export!(fn call() {
//!     revive_vm_sdk::host::return_value(&[42]);
//! });
//! ```

#![cfg_attr(not(test), no_std)]

pub mod abi;
#[cfg(feature = "allocator")]
pub mod allocator;
#[cfg(target_env = "polkavm")]
pub mod export;
#[cfg(target_env = "polkavm")]
pub mod host;
#[cfg(target_env = "polkavm")]
pub mod import;
pub mod keccak;
#[cfg(target_env = "polkavm")]
pub mod machine;
#[cfg(all(feature = "memory", any(test, target_env = "polkavm")))]
pub mod memory;
pub mod register;

/// Ends the program with a trap: the host sees a failed run and undoes what it did.
#[cfg(target_env = "polkavm")]
pub fn trap() -> ! {
    // SAFETY: the instruction takes no operand, touches no memory and never returns.
    unsafe { core::arch::asm!("unimp", options(noreturn, nomem, nostack)) }
}

/// A panic is a trap: there is nobody to read its message.
#[cfg(target_env = "polkavm")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    trap()
}
