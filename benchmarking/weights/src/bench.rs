// SPDX-License-Identifier: Apache-2.0
//! Runs the benchmarks of a runtime, one at a time.

use codec::{Decode, Encode};
use frame_benchmarking::{BenchmarkMetadata, BenchmarkParameter, BenchmarkResult};
use sc_client_db::BenchmarkingState;
use sc_executor::{HeapAllocStrategy, WasmExecutor};
use sp_core::traits::{CallContext, RuntimeCode, WrappedRuntimeCode};
use sp_externalities::Extensions;
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::StateMachine;
use std::{fs, path::Path};

/// What a node offers to a runtime that measures itself.
type HostFunctions = (
    sp_io::SubstrateHostFunctions,
    frame_benchmarking::benchmarking::HostFunctions,
    revive_vm_runtime_interface::HostFunctions,
);

/// Values of the components of a benchmark.
pub(crate) type Components = Vec<(BenchmarkParameter, u32)>;

/// A runtime with benchmarks, and the two states that a benchmark runs on: one that counts what is read and written, and one that
/// only takes time.
pub(crate) struct Bench {
    executor: WasmExecutor<HostFunctions>,
    wasm: Vec<u8>,
    hash: Vec<u8>,
    counting: BenchmarkingState<BlakeTwo256>,
    timing: BenchmarkingState<BlakeTwo256>,
}

impl Bench {
    /// The runtime in this file, on an empty chain.
    pub(crate) fn new(path: &Path) -> Result<Self, String> {
        let wasm = fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let heap = HeapAllocStrategy::Dynamic { maximum_pages: None };
        let executor = WasmExecutor::<HostFunctions>::builder()
            .with_onchain_heap_alloc_strategy(heap)
            .with_offchain_heap_alloc_strategy(heap)
            .build();
        Ok(Self {
            executor,
            hash: sp_io::hashing::blake2_256(&wasm).to_vec(),
            wasm,
            counting: BenchmarkingState::new(Default::default(), None, true, true)?,
            timing: BenchmarkingState::new(Default::default(), None, false, false)?,
        })
    }

    /// All benchmarks.
    pub(crate) fn list(&self) -> Result<Vec<BenchmarkMetadata>, String> {
        self.run(&self.timing, "benchmarks", &())
    }

    /// What is read and written with these components, and how much of the state proves it.
    pub(crate) fn count(&self, name: &[u8], components: &Components) -> Result<Vec<BenchmarkResult>, String> {
        self.run::<Result<_, String>>(&self.counting, "benchmark", &(name, components, false, 1u32))?
    }

    /// So many samples of the time with these components.
    pub(crate) fn time(
        &self,
        name: &[u8],
        components: &Components,
        repeat: u32,
    ) -> Result<Vec<BenchmarkResult>, String> {
        self.run::<Result<_, String>>(&self.timing, "benchmark", &(name, components, false, repeat))?
    }

    fn run<R: Decode>(
        &self,
        state: &BenchmarkingState<BlakeTwo256>,
        export: &str,
        arguments: &impl Encode,
    ) -> Result<R, String> {
        let fetcher = WrappedRuntimeCode(self.wasm.as_slice().into());
        let code = RuntimeCode { code_fetcher: &fetcher, heap_pages: None, hash: self.hash.clone() };
        let mut changes = Default::default();
        let mut extensions = Extensions::default();
        let output = StateMachine::new(
            state,
            &mut changes,
            &self.executor,
            export,
            &arguments.encode(),
            &mut extensions,
            &code,
            CallContext::Offchain,
        )
        .execute()
        .map_err(|error| format!("{export}: {error}"))?;
        R::decode(&mut output.as_slice()).map_err(|error| format!("{export}: {error}"))
    }
}
