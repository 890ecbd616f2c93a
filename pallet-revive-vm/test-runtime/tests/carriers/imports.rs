// SPDX-License-Identifier: Apache-2.0
//! What the wasm runtimes import: that of a stock node, and only on one carrier more.
//!
//! That the embedded flavour runs on a stock executor is shown by every scenario: [`crate::chain`] gives it no other.

use revive_vm_carriers::{EMBEDDED_WASM, HOST_WASM};
use sp_wasm_interface::HostFunctions;
use std::collections::BTreeSet;
use wasmparser::{Parser, Payload};

/// The functions that a wasm file imports, by name.
fn imported_functions(wasm: &[u8]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::ImportSection(imports) = payload.expect("the runtime is valid wasm") else { continue };
        for import in imports {
            let import = import.expect("the section is sound");
            if matches!(import.ty, wasmparser::TypeRef::Func(_)) {
                assert_eq!(import.module, "env");
                names.insert(import.name.to_owned());
            }
        }
    }
    names
}

fn names_of<H: HostFunctions>() -> BTreeSet<String> {
    H::host_functions().into_iter().map(|function| function.name().to_owned()).collect()
}

#[test]
fn only_the_runtime_over_host_functions_imports_ours() {
    let host = imported_functions(HOST_WASM.expect("the wasm runtimes were built; unset SKIP_WASM_BUILD"));
    let embedded = imported_functions(EMBEDDED_WASM.expect("they were built both"));
    let ours = names_of::<revive_vm_runtime_interface::HostFunctions>();
    let stock = names_of::<sp_io::SubstrateHostFunctions>();
    assert!(!host.is_disjoint(&ours), "{host:?}");
    assert!(host.is_subset(&stock.union(&ours).cloned().collect()));
    assert!(embedded.is_disjoint(&ours), "{embedded:?}");
    assert!(embedded.is_subset(&stock), "{embedded:?}");
    // An import section was found at all.
    assert!(embedded.contains("ext_storage_get_version_1"), "{embedded:?}");
}
