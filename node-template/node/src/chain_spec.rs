// SPDX-License-Identifier: Apache-2.0
//! The chains that the node knows by name.

use revive_vm_runtime::WASM_BINARY;
use sc_service::{ChainType, NoExtension, Properties};
use sp_genesis_builder::{DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};

use crate::service::ContractsHostFunctions;

/// A chain specification. Genesis is computed by the runtime itself, so its host functions must be known here too.
pub(crate) type ChainSpec = sc_service::GenericChainSpec<NoExtension, ContractsHostFunctions>;

/// `dev`: one authority, and this node seals blocks at once or on a timer.
pub(crate) fn development() -> Result<ChainSpec, String> {
    chain("Development", "dev", ChainType::Development, DEV_RUNTIME_PRESET)
}

/// `local`: the validators Alice and Bob on one machine.
pub(crate) fn local() -> Result<ChainSpec, String> {
    chain("Local Testnet", "local_testnet", ChainType::Local, LOCAL_TESTNET_RUNTIME_PRESET)
}

fn chain(name: &str, id: &str, chain_type: ChainType, preset: &str) -> Result<ChainSpec, String> {
    let code = WASM_BINARY.ok_or(
        "this node was built with SKIP_WASM_BUILD and so has no runtime; build it again without that variable",
    )?;
    let mut properties = Properties::new();
    properties.insert("tokenSymbol".into(), "UNIT".into());
    properties.insert("tokenDecimals".into(), 12.into());
    properties.insert("ss58Format".into(), 42.into());
    Ok(ChainSpec::builder(code, None)
        .with_name(name)
        .with_id(id)
        .with_chain_type(chain_type)
        .with_genesis_config_preset_name(preset)
        .with_properties(properties)
        .build())
}
