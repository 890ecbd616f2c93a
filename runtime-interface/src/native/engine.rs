// SPDX-License-Identifier: Apache-2.0
//! The one engine of the process, and the way from a code hash to a compiled module.

use super::LOG_TARGET;
use crate::{error::LoadError, limits, HOST_TROUBLE};
use core::fmt;
use revive_vm_executor::{Engine, EngineConfig, EngineStatistics, GasModel, Module, ModuleConfig, ModuleKey};
use sp_core::{Hasher, KeccakHasher};
use std::sync::OnceLock;

static ENGINE: OnceLock<Engine> = OnceLock::new();

/// Why the engine was not configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigureError {
    /// The process has an engine already: configured before, or made with defaults when a runtime first needed it.
    AlreadyRunning {
        /// Name of that engine.
        engine: &'static str,
    },
}

impl fmt::Display for ConfigureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyRunning { engine } => {
                write!(
                    f,
                    "contracts already run in the engine `{engine}`; configure it before the node starts"
                )
            }
        }
    }
}

impl std::error::Error for ConfigureError {}

/// Gives the engine that runs contracts in this process. For the node, once, before it executes any runtime.
///
/// Without it the first use makes an engine with `EngineConfig::default()`. All engines give the same results, so this
/// is about speed and memory only.
pub fn configure_engine(engine: Engine) -> Result<(), ConfigureError> {
    ENGINE.set(engine).map_err(|_| ConfigureError::AlreadyRunning { engine: engine_name() })
}

/// Name of the engine that runs contracts in this process. Makes one with default settings if there was none.
pub fn engine_name() -> &'static str {
    engine().engine_name()
}

/// What the engine that runs contracts in this process has done so far. All zero as long as there is none.
pub fn engine_statistics() -> EngineStatistics {
    ENGINE.get().map_or_else(EngineStatistics::default, Engine::statistics)
}

fn engine() -> &'static Engine {
    ENGINE.get_or_init(|| match Engine::new(EngineConfig::default()) {
        Ok(engine) => engine,
        Err(error) => panic!("{HOST_TROUBLE}: no engine: {error}"),
    })
}

/// How version 1 of the host functions runs contracts. A runtime can observe all of it.
fn module_config(gas_model: GasModel) -> ModuleConfig {
    ModuleConfig {
        page_size: limits::PAGE_BYTES,
        aux_size: 0,
        gas: Some(gas_model),
        step_tracing: false,
        dynamic_paging: false,
        memory_bytes_max: limits::GUEST_MEMORY_BYTES_MAX,
    }
}

/// The module of `blob`, compiled now or earlier.
///
/// Both ways have the same outcome. A module gets into the cache only after its hash was verified, and the cache hands
/// it out only for the same bytes; so what a hit skips, hashing and compiling, has been done for these very bytes.
pub(super) fn module(code_hash: &[u8; 32], blob: &[u8], gas_model: GasModel) -> Result<Module, LoadError> {
    let engine = engine();
    let config = module_config(gas_model);
    let key = ModuleKey::new(*code_hash, blob, &config);
    if let Some(module) = engine.module_cache().get(&key, blob) {
        return Ok(module);
    }
    if KeccakHasher::hash(blob).as_fixed_bytes() != code_hash {
        return Err(LoadError::HashMismatch);
    }
    match engine.load_module(*code_hash, blob, &config) {
        Ok((module, _)) => Ok(module),
        Err(error) => {
            log::debug!(target: LOG_TARGET, "code {} was refused: {error}", Hex(code_hash));
            Err(LoadError::InvalidBlob)
        }
    }
}

/// Shows a hash for log lines.
pub(super) struct Hex<'a>(pub(super) &'a [u8; 32]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
