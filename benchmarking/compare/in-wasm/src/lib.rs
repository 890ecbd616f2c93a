// SPDX-License-Identifier: Apache-2.0
//! Interpreters as a wasm module, the way that a chain's runtime has them: ours, and that of the `polkavm` crate.
//!
//! One module of this is one instance of one program. The host asks for room for the blob, writes it there, and calls [`compile`],
//! [`instantiate`] and [`call`]. What goes wrong is a trap, and so an error of the call for the host.

#![no_std]

extern crate alloc;

mod ours;
mod theirs;

use alloc::{boxed::Box, vec, vec::Vec};
use core::ptr::addr_of_mut;

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

/// Far more than any program needs, so that metering happens but never ends a run.
const GAS: i64 = 1 << 60;

/// The names of the exports, by the number that [`call`] takes.
const EXPORTS: [&[u8]; 2] = [b"initialize", b"run"];

/// A compiled program.
trait Module {
    fn instantiate(&self) -> Box<dyn Instance>;
}

/// A program that can be called.
trait Instance {
    /// Calls the export at an offset, and answers host calls with the argument plus one.
    fn call(&mut self, export: usize, argument: u64) -> u64;
    fn gas_left(&self) -> i64;
}

struct State {
    blob: Vec<u8>,
    module: Option<Box<dyn Module>>,
    instance: Option<Box<dyn Instance>>,
}

static mut STATE: State = State { blob: Vec::new(), module: None, instance: None };

fn state() -> &'static mut State {
    // SAFETY: the module has one thread, and each exported function takes the state once.
    unsafe { &mut *addr_of_mut!(STATE) }
}

/// Makes room for a blob and says where.
#[no_mangle]
extern "C" fn reserve(bytes: u32) -> *mut u8 {
    let state = state();
    state.blob = vec![0; bytes as usize];
    state.blob.as_mut_ptr()
}

/// Compiles the blob for our interpreter (0) or for polkavm's (1).
#[no_mangle]
extern "C" fn compile(machine: u32) {
    let state = state();
    state.instance = None;
    state.module = Some(match machine {
        0 => Box::new(ours::Compiled::new(&state.blob)),
        _ => Box::new(theirs::Compiled::new(&state.blob)),
    });
}

/// Makes an instance, in place of the one before.
#[no_mangle]
extern "C" fn instantiate() {
    let state = state();
    state.instance = None;
    state.instance = state.module.as_ref().map(|module| module.instantiate());
}

/// Calls an export and gives its result.
#[no_mangle]
extern "C" fn call(export: u32, argument: u64) -> u64 {
    state().instance.as_mut().map_or_else(|| fail(), |instance| instance.call(export as usize, argument))
}

/// The gas that the instance has used.
#[no_mangle]
extern "C" fn gas_used() -> i64 {
    GAS - state().instance.as_ref().map_or_else(|| fail(), |instance| instance.gas_left())
}

/// Ends the call with a trap.
fn fail() -> ! {
    core::arch::wasm32::unreachable()
}

/// A panic is a trap: there is nobody to read its message.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    fail()
}
