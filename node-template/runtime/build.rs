// SPDX-License-Identifier: Apache-2.0
//! Builds the runtime a second time, as wasm. The node embeds the result.

fn main() {
    #[cfg(feature = "std")]
    build_wasm();
}

#[cfg(feature = "std")]
fn build_wasm() {
    // The builder looks for the lock file above the target directory, where it is not when CARGO_TARGET_DIR
    // lies outside the workspace.
    const HINT: &str = "WASM_BUILD_WORKSPACE_HINT";
    println!("cargo:rerun-if-env-changed={HINT}");
    if std::env::var_os(HINT).is_none() {
        // Asked when it runs: checkouts that share a target folder share this executable too.
        let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts");
        std::env::set_var(HINT, format!("{here}/../.."));
    }

    let builder = substrate_wasm_builder::WasmBuilder::init_with_defaults();
    #[cfg(feature = "metadata-hash")]
    let builder = builder.enable_metadata_hash("UNIT", 12);
    builder.build();
}
