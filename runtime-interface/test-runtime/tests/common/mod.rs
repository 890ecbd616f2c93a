// SPDX-License-Identifier: Apache-2.0
//! Calls into the wasm test runtime, the way a node makes them.

use codec::Encode;
use revive_vm_test_runtime::WASM_BINARY;
use sc_executor::{RuntimeBlob, WasmExecutor};
use std::sync::OnceLock;

/// The host functions of a node: the ecosystem's and ours.
pub type HostFunctions = (sp_io::SubstrateHostFunctions, revive_vm_runtime_interface::HostFunctions);

/// Calls an export of the test runtime in these externalities, as one runtime call.
pub fn call_runtime(
    externalities: &mut sp_io::TestExternalities,
    export: &str,
    args: impl Encode,
) -> Result<Vec<u8>, String> {
    static BLOB: OnceLock<RuntimeBlob> = OnceLock::new();
    let blob = BLOB.get_or_init(|| {
        let wasm = WASM_BINARY.expect("the test runtime was built; unset SKIP_WASM_BUILD");
        RuntimeBlob::uncompress_if_needed(wasm).expect("the builder makes valid wasm")
    });
    WasmExecutor::<HostFunctions>::builder()
        .build()
        .uncached_call(blob.clone(), &mut externalities.ext(), false, export, &args.encode())
        .map_err(|error| error.to_string())
}
