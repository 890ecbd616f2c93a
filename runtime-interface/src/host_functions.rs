// SPDX-License-Identifier: Apache-2.0
//! The host functions themselves, version 1.
//!
//! This is the raw boundary: ids are plain numbers and requests are bytes. Runtimes use
//! [`Instance`](crate::Instance), which closes what it opens; the layouts are in [`wire`](crate::wire).

// The macro's wasm side declares and calls foreign functions.
#![cfg_attr(not(feature = "std"), allow(unsafe_code))]
// The macro makes items without docs, and asks for `substrate_runtime`, which only the wasm builder sets.
#![allow(missing_docs, unexpected_cfgs)]
// One crossing carries all that an entry takes.
#![allow(clippy::too_many_arguments)]

#[cfg(feature = "std")]
use crate::native;
#[cfg(not(feature = "std"))]
use alloc::vec::Vec;
use sp_runtime_interface::{
    pass_by::{
        AllocateAndReturnFatPointer, PassFatPointerAndRead, PassFatPointerAndWrite, PassPointerAndRead,
    },
    runtime_interface,
};

/// Runs contracts. See [`Instance`](crate::Instance) for the way to use it.
#[runtime_interface]
pub trait ReviveVm {
    /// Loads the code that is the state item at `storage_key`, makes an instance of it and runs its export `export` with
    /// `gas` to the first exit. Returns an exit record with the id of the instance.
    ///
    /// The host always reads the state item. `code_hash` is the Keccak-256 hash it must have; `imports` is an import
    /// table; `gas_model` the number of a gas model; `frame` the constants and the input that answers are made from.
    ///
    /// An instance that will never run again is gone when its exit comes back; the record says so.
    fn enter(
        &mut self,
        code_hash: PassPointerAndRead<&[u8; 32], 32>,
        storage_key: PassFatPointerAndRead<&[u8]>,
        imports: PassFatPointerAndRead<&[u8]>,
        gas_model: u32,
        export: PassFatPointerAndRead<&[u8]>,
        gas: i64,
        frame: PassFatPointerAndRead<&[u8]>,
    ) -> AllocateAndReturnFatPointer<Vec<u8>> {
        native::count();
        native::enter(*self, code_hash, storage_key, imports, gas_model, export, gas, frame)
    }

    /// Makes the memory writes, sets the gas and, if `has_result`, a0 to `result`, and runs to the next exit. Returns
    /// an exit record. An instance that will never run again is gone, as with `enter`.
    fn resume(
        &mut self,
        instance: u32,
        gas: i64,
        has_result: bool,
        result: u64,
        writes: PassFatPointerAndRead<&[u8]>,
    ) -> AllocateAndReturnFatPointer<Vec<u8>> {
        native::count();
        native::resume(*self, instance, gas, has_result.then_some(result), writes)
    }

    /// Reads memory of an instance into the whole of `out`: what no import of the table declares. Returns 0 or the code
    /// of a [`MemoryError`](crate::MemoryError), and then `out` is all zeros.
    fn read_memory(&mut self, instance: u32, address: u32, out: PassFatPointerAndWrite<&mut [u8]>) -> u32 {
        native::count();
        native::read_memory(*self, instance, address, out)
    }

    /// Ends an instance, whatever its state. Ids that are not valid are ignored.
    fn close(&mut self, instance: u32) {
        native::count();
        native::close(*self, instance)
    }
}
