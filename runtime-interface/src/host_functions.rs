// SPDX-License-Identifier: Apache-2.0
//! The host functions themselves, version 1.
//!
//! This is the raw boundary: ids are plain numbers and requests are bytes. Runtimes use [`Module`](crate::Module) and
//! [`Instance`](crate::Instance), which close what they open; the layouts are in [`wire`](crate::wire).

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

/// Runs contracts. See [`Module`](crate::Module) and [`Instance`](crate::Instance) for the way to use it.
#[runtime_interface]
pub trait ReviveVm {
    /// Loads the module whose code is the state item at `storage_key`.
    ///
    /// The host always reads the state item. `code_hash` is the Keccak-256 hash it must have; `imports` is an import
    /// table; `gas_model` the number of a gas model. Returns a status word: a module id or a
    /// [`LoadError`](crate::LoadError). Loading the same code with the same table and model again returns the same id,
    /// which then must be dropped as often as it was returned.
    fn load(
        &mut self,
        code_hash: PassPointerAndRead<&[u8; 32], 32>,
        storage_key: PassFatPointerAndRead<&[u8]>,
        imports: PassFatPointerAndRead<&[u8]>,
        gas_model: u32,
    ) -> u64 {
        native::count();
        native::load(*self, code_hash, storage_key, imports, gas_model)
    }

    /// Loads, makes an instance and starts it, as [`load`](Self::load), [`instantiate`](Self::instantiate) and
    /// [`start`](Self::start) do one after the other, and gives the host the constants and the input of the frame. Returns an
    /// exit record with the id of the instance.
    ///
    /// `imports` may have answers. The module's handle is given back. An instance that will never run again is gone when its
    /// exit comes back; the record says so.
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

    /// As [`resume`](Self::resume), of an instance that [`enter`](Self::enter) made.
    fn resume_entered(
        &mut self,
        instance: u32,
        gas: i64,
        has_result: bool,
        result: u64,
        writes: PassFatPointerAndRead<&[u8]>,
    ) -> AllocateAndReturnFatPointer<Vec<u8>> {
        native::count();
        native::resume_entered(*self, instance, gas, has_result.then_some(result), writes)
    }

    /// Gives back one handle of a module. Its instances live on. Ids that are not valid are ignored.
    fn drop_module(&mut self, module: u32) {
        native::count();
        native::drop_module(*self, module)
    }

    /// Makes an instance of a module. Returns a status word: an instance id or an
    /// [`InstantiateError`](crate::InstantiateError).
    fn instantiate(&mut self, module: u32) -> u64 {
        native::count();
        native::instantiate(*self, module)
    }

    /// Starts the export of that name with `gas` and runs to the first exit. Returns an exit record.
    fn start(
        &mut self,
        instance: u32,
        export: PassFatPointerAndRead<&[u8]>,
        gas: i64,
    ) -> AllocateAndReturnFatPointer<Vec<u8>> {
        native::count();
        native::start(*self, instance, export, gas)
    }

    /// Makes the memory writes, sets the gas and, if `has_result`, a0 to `result`, and runs to the next exit. Returns
    /// an exit record.
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

    /// Reads guest memory into the whole of `out`. Returns 0 or the code of a [`MemoryError`](crate::MemoryError), and
    /// then `out` is all zeros.
    fn read_memory(&mut self, instance: u32, address: u32, out: PassFatPointerAndWrite<&mut [u8]>) -> u32 {
        native::count();
        native::read_memory(*self, instance, address, out)
    }

    /// Writes guest memory. Returns 0 or the code of a [`MemoryError`](crate::MemoryError), and then nothing was
    /// written.
    fn write_memory(&mut self, instance: u32, address: u32, bytes: PassFatPointerAndRead<&[u8]>) -> u32 {
        native::count();
        native::write_memory(*self, instance, address, bytes)
    }

    /// Ends an instance, whatever its state. Ids that are not valid are ignored.
    fn drop_instance(&mut self, instance: u32) {
        native::count();
        native::drop_instance(*self, instance)
    }
}
