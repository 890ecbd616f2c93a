// SPDX-License-Identifier: Apache-2.0
//! What a Rust guest program needs: contracts from declarations, exports, imports, memory routines, an allocator and a panic handler.
//!
//! - [`contract!`] makes a contract of one declaration: entry points, decoding, encoding and the ABI; [`interface!`] declares other
//!   contracts, [`structure!`] what calls have that is more than a value, [`event!`] and [`error!`] what libraries emit and revert with.
//! - [`export!`] makes a function callable by the host, which is what a contract's `deploy` and `call` are.
//! - [`import!`] makes a function of the host callable; [`register`] says what can be passed.
//! - [`host`] wraps the host functions of the contracts pallet in safe Rust, calls of other contracts among them.
//! - [`abi`] has the types of Solidity's ABI, reads and writes them, and computes selectors at compile time.
//! - [`uint`] has numbers of 256 bits.
//! - [`keccak`] is the hash behind selectors, as a `const fn`.
//! - [`machine`] has the special instructions and [`min_stack_size!`].
//! - With the feature `memory`: `memcpy` and its kin in words.
//! - With the feature `allocator`: a heap of fixed size, [`heap!`].
//! - With the feature `panic-message`: a panic reverts with its message, instead of being a trap.
//!
//! Without those features there is no allocator and no global state. On other machines than the guest (`contracts/targets/`)
//! `testing` is the host, so that contracts can have unit tests, and everything that is about the guest's machine is left out.
//!
//! ```ignore
//! #![no_std]
//! #![no_main]
//!
//! revive_vm_sdk::contract! {
//!     Answers {
//!         pure fn the_answer() -> u64;
//!     }
//! }
//!
//! fn the_answer() -> u64 {
//!     42
//! }
//! ```

#![cfg_attr(target_env = "polkavm", no_std)]

pub mod abi;
#[cfg(feature = "allocator")]
pub mod allocator;
pub mod contract;
pub mod export;
pub mod host;
pub mod import;
pub mod keccak;
pub mod machine;
#[cfg(all(feature = "memory", any(test, target_env = "polkavm")))]
pub mod memory;
pub mod register;
#[cfg(not(target_env = "polkavm"))]
pub mod testing;
pub mod uint;

/// Keeps what is for the guest's machine only.
#[cfg(target_env = "polkavm")]
#[doc(hidden)]
#[macro_export]
macro_rules! guest_only {
    ($($tokens:tt)*) => { $($tokens)* };
}

/// Keeps what is for other machines, where unit tests run: nothing.
#[cfg(target_env = "polkavm")]
#[doc(hidden)]
#[macro_export]
macro_rules! host_only {
    ($($tokens:tt)*) => {};
}

/// Keeps what is for other machines, where unit tests run.
#[cfg(not(target_env = "polkavm"))]
#[doc(hidden)]
#[macro_export]
macro_rules! host_only {
    ($($tokens:tt)*) => { $($tokens)* };
}

/// Keeps what is for the guest's machine only: nothing.
#[cfg(not(target_env = "polkavm"))]
#[doc(hidden)]
#[macro_export]
macro_rules! guest_only {
    ($($tokens:tt)*) => {};
}

/// Ends the program with a trap: the host sees a failed run and undoes what it did.
pub fn trap() -> ! {
    #[cfg(target_env = "polkavm")]
    // SAFETY: the instruction takes no operand, touches no memory and never returns.
    unsafe {
        core::arch::asm!("unimp", options(noreturn, nomem, nostack))
    }
    #[cfg(not(target_env = "polkavm"))]
    testing::trap()
}

/// A panic is a trap: there is nobody to read its message.
#[cfg(all(target_env = "polkavm", not(feature = "panic-message")))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    trap()
}

/// A panic is a revert with its message, as much of it as there is room for.
#[cfg(all(target_env = "polkavm", feature = "panic-message"))]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let mut text = abi::Text::<{ abi::ERROR_MESSAGE_BYTES_MAX }>::new();
    // What is too long is cut, which is no reason to fail again.
    let _ = core::fmt::Write::write_fmt(&mut text, format_args!("panic: {}", info.message()));
    host::revert(abi::ErrorString::new(text.as_str()).as_bytes())
}
