// SPDX-License-Identifier: Apache-2.0
//! Builds this crate a second time as a wasm runtime, which the native build then contains.

fn main() {
    #[cfg(feature = "std")]
    substrate_wasm_builder::WasmBuilder::init_with_defaults().disable_runtime_version_section_check().build();
}
