// SPDX-License-Identifier: Apache-2.0
//! The benchmarks of the pallet, to be run by `revive-vm-weights`.
//!
//! | Export | Does |
//! |---|---|
//! | `benchmarks() -> metadata` | says which there are |
//! | `benchmark(name, components, verify, repeats) -> results` | runs one |

use super::{Revive, Runtime};
use alloc::{string::String, vec::Vec};
use frame_benchmarking::{BenchmarkMetadata, BenchmarkParameter, BenchmarkResult, Benchmarking};
use frame_support::traits::WhitelistedStorageKeys;

fn run(
    name: Vec<u8>,
    components: Vec<(BenchmarkParameter, u32)>,
    verify: bool,
    repeats: u32,
) -> Result<Vec<BenchmarkResult>, String> {
    let whitelist = super::AllPalletsWithSystem::whitelisted_storage_keys();
    Revive::run_benchmark(&name, &components, &whitelist, verify, repeats).map_err(|error| {
        let text: &'static str = error.into();
        text.into()
    })
}

sp_core::wasm_export_functions! {
    fn benchmarks() -> Vec<BenchmarkMetadata> {
        <pallet_revive_vm::Pallet<Runtime> as Benchmarking>::benchmarks(false)
    }

    fn benchmark(
        name: Vec<u8>,
        components: Vec<(BenchmarkParameter, u32)>,
        verify: bool,
        repeats: u32,
    ) -> Result<Vec<BenchmarkResult>, String> {
        run(name, components, verify, repeats)
    }
}
