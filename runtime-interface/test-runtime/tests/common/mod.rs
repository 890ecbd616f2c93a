// SPDX-License-Identifier: Apache-2.0
//! Calls into the wasm test runtime, the way a node makes them.

use codec::Encode;
use revive_vm_test_runtime::WASM_BINARY;
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use std::sync::OnceLock;

/// The host functions of a node: the ecosystem's and ours.
type HostFunctions = (sp_io::SubstrateHostFunctions, revive_vm_runtime_interface::HostFunctions);

/// Calls an export of the test runtime in these externalities, as one runtime call.
pub(crate) fn call_runtime(
    externalities: &mut sp_io::TestExternalities,
    export: &str,
    args: impl Encode,
) -> Result<Vec<u8>, String> {
    static EXECUTOR: OnceLock<WasmExecutor<HostFunctions>> = OnceLock::new();
    let executor = EXECUTOR.get_or_init(|| WasmExecutor::builder().build());
    let wasm = WASM_BINARY.expect("the test runtime was built; unset SKIP_WASM_BUILD");
    let code = RuntimeCode {
        code_fetcher: &WrappedRuntimeCode(wasm.into()),
        heap_pages: None,
        // The executor keeps compiled runtimes by this. There is one.
        hash: vec![0; 32],
    };
    let context = CallContext::Onchain { import: true };
    let (result, _) = executor.call(&mut externalities.ext(), &code, export, &args.encode(), context);
    result.map_err(|error| error.to_string())
}
