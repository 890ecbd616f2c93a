// SPDX-License-Identifier: Apache-2.0
//! What a Rust guest program needs: exports, host functions, ABI words and a panic handler.
//!
//! - [`export!`] makes a function callable by the host; a contract exports `deploy` and `call`.
//! - [`host`] wraps the host functions of the contracts pallet in safe Rust.
//! - [`abi`] reads and writes Solidity ABI words and computes selectors at compile time.
//! - [`keccak`] is the hash behind selectors, as a `const fn`.
//!
//! There is no allocator and no global state. Everything guest-specific exists only for the guest target
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
#[cfg(target_env = "polkavm")]
pub mod export;
#[cfg(target_env = "polkavm")]
pub mod host;
pub mod keccak;

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
