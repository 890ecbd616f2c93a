// SPDX-License-Identifier: Apache-2.0
//! A wasm runtime with a contracts pallet, in the executor of a node.

use codec::{Decode, Encode};
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_io::TestExternalities;
use std::{fs, path::Path};

/// The host functions of our node. The runtime of the other pallet uses the ecosystem's only.
type HostFunctions = (sp_io::SubstrateHostFunctions, revive_vm_runtime_interface::HostFunctions);

/// The executor that both runtimes run in.
pub(crate) type Executor = WasmExecutor<HostFunctions>;

/// The address of a contract.
pub(crate) type Address = [u8; 20];

/// A chain with this runtime.
pub(crate) struct Runtime<'a> {
    executor: &'a Executor,
    wasm: Vec<u8>,
    /// What the executor knows the runtime by.
    hash: Vec<u8>,
    state: TestExternalities,
}

impl<'a> Runtime<'a> {
    /// A fresh chain with the runtime in this file.
    pub(crate) fn new(executor: &'a Executor, path: &Path) -> Result<Self, String> {
        let wasm = fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let hash = sp_io::hashing::blake2_256(&wasm).to_vec();
        let mut runtime = Self { executor, wasm, hash, state: TestExternalities::default() };
        runtime.run::<()>("genesis", ())?;
        Ok(runtime)
    }

    fn run<R: Decode>(&mut self, export: &str, arguments: impl Encode) -> Result<R, String> {
        let fetcher = WrappedRuntimeCode(self.wasm.as_slice().into());
        let code = RuntimeCode { code_fetcher: &fetcher, heap_pages: None, hash: self.hash.clone() };
        let context = CallContext::Onchain { import: true };
        let mut state = self.state.ext();
        let (output, _) = self.executor.call(&mut state, &code, export, &arguments.encode(), context);
        let output = output.map_err(|error| format!("{export}: {error}"))?;
        R::decode(&mut output.as_slice()).map_err(|error| format!("{export}: {error}"))
    }

    /// Creates a contract. It is part of the state that later calls start from.
    pub(crate) fn deploy(&mut self, code: &[u8], input: &[u8]) -> Result<Address, String> {
        let address = self.run("deploy", (code, input))?;
        self.state.commit_all()?;
        Ok(address)
    }

    /// Calls a contract `times` times in one run of the runtime and forgets what that did. Output and weight are the last call's.
    pub(crate) fn call(
        &mut self,
        contract: Address,
        input: &[u8],
        times: u32,
    ) -> Result<(Vec<u8>, u64), String> {
        self.run("call", (contract, input, times))
    }
}
