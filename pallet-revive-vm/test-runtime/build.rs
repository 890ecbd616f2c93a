// SPDX-License-Identifier: Apache-2.0
//! Builds this crate as two wasm runtimes, one for each carrier. Both are one project of the builder, so that what they stand on is
//! compiled once.

fn main() {
    #[cfg(feature = "std")]
    {
        use substrate_wasm_builder::WasmBuilder;
        let runtime = |file| WasmBuilder::init_with_defaults().set_file_name(file);
        runtime("host.rs").build();
        runtime("embedded.rs").enable_feature("embedded-engine").build();
    }
}
