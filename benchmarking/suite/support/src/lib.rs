// SPDX-License-Identifier: Apache-2.0
//! What makes a workload a program for each target: entry points, memory routines, an allocator.
//!
//! A workload is a library with `pub fn initialize()`, which makes its input, and `pub fn run(n: u64) -> u64`, which does
//! `n` units of work and returns a checksum of all of it. It knows nothing of targets. Its `main.rs` is one line,
//! [`program!`], and makes of it
//!
//! - a RISC-V guest with the exports `initialize` and `run`, built on the SDK with its memory routines;
//! - a wasm module with the same exports, where copying memory is an instruction.
//!
//! The comparison links the library itself as the native program.

#![no_std]

#[cfg(feature = "heap")]
pub mod heap;
mod host;

pub use host::host_call;

#[cfg(target_env = "polkavm")]
#[doc(hidden)]
pub use revive_vm_sdk as sdk;

/// Makes a program of a workload: exports its `initialize` and `run`. With `stack_bytes = N` it asks for a stack of that size.
#[macro_export]
#[cfg(target_env = "polkavm")]
macro_rules! program {
    ($workload:ident, stack_bytes = $bytes:expr) => {
        $crate::program!($workload);
        $crate::sdk::min_stack_size!($bytes);
    };
    ($workload:ident) => {
        $crate::sdk::export!(
            fn initialize() {
                $workload::initialize()
            }
        );
        $crate::sdk::export!(
            fn run(n: u64) -> u64 {
                $workload::run(n)
            }
        );
    };
}

/// Makes a program of a workload: exports its `initialize` and `run`. The size of the stack is up to others here.
#[macro_export]
#[cfg(not(target_env = "polkavm"))]
macro_rules! program {
    ($workload:ident, stack_bytes = $bytes:expr) => {
        $crate::program!($workload);
    };
    ($workload:ident) => {
        #[no_mangle]
        extern "C" fn initialize() {
            $workload::initialize()
        }

        #[no_mangle]
        extern "C" fn run(n: u64) -> u64 {
            $workload::run(n)
        }
    };
}

/// A panic is a trap: there is nobody to read its message.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
