// SPDX-License-Identifier: Apache-2.0
//! Engines: which implementation runs the programs, and the module cache that its users share.

use std::sync::{Arc, Once, OnceLock};

use crate::{
    cache::ModuleCache,
    error::{EngineError, ModuleError},
    module::{Module, ModuleConfig},
};

/// Target of this crate's log lines.
const LOG_TARGET: &str = "revive-vm::executor";

/// Default bound of the module cache: room for a few hundred ordinary contracts.
pub const MODULE_CACHE_BYTES_MAX_DEFAULT: usize = 256 * 1024 * 1024;

/// Why no recompiler can be chosen. One place, so that log line and error say the same.
const RECOMPILER_MISSING: &str = "this build contains no recompiler";

/// The implementation to run programs with. All of them give the same results; they differ in speed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EngineChoice {
    /// The fastest one that works on this machine; one log line per process says which and why.
    #[default]
    Auto,
    /// Compile to machine code and run it in a sandboxed process, or fail.
    Recompiler,
    /// Interpret.
    Interpreter,
}

impl EngineChoice {
    /// The choice of this name: `auto`, `recompiler` or `interpreter`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "auto" => Some(Self::Auto),
            "recompiler" => Some(Self::Recompiler),
            "interpreter" => Some(Self::Interpreter),
            _ => None,
        }
    }
}

/// Settings of an [`Engine`].
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Which implementation.
    pub engine: EngineChoice,
    /// How many bytes the module cache may keep; 0 turns it off.
    pub module_cache_bytes_max: usize,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self { engine: EngineChoice::Auto, module_cache_bytes_max: MODULE_CACHE_BYTES_MAX_DEFAULT }
    }
}

/// The implementation that a choice came out as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum EngineKind {
    Interpreter,
}

/// An implementation of the virtual machine together with its module cache. Cheap to clone; clones share the cache.
#[derive(Clone)]
pub struct Engine(Arc<EngineInner>);

struct EngineInner {
    kind: EngineKind,
    cache: ModuleCache,
}

impl Engine {
    /// Sets up an engine.
    ///
    /// Fails when an engine that was asked for by name is not to be had; [`EngineChoice::Auto`] never fails.
    pub fn new(config: EngineConfig) -> Result<Self, EngineError> {
        let kind = match config.engine {
            EngineChoice::Recompiler => {
                return Err(EngineError::RecompilerUnavailable { why: RECOMPILER_MISSING })
            }
            EngineChoice::Interpreter => EngineKind::Interpreter,
            EngineChoice::Auto => {
                static SAID: Once = Once::new();
                SAID.call_once(|| {
                    log::info!(target: LOG_TARGET, "programs run in the interpreter: {RECOMPILER_MISSING}");
                });
                EngineKind::Interpreter
            }
        };
        Ok(Self(Arc::new(EngineInner { kind, cache: ModuleCache::new(config.module_cache_bytes_max) })))
    }

    /// The engine that everything in this process can share, with default settings and so with one module cache.
    pub fn process_wide() -> Result<&'static Engine, EngineError> {
        static ENGINE: OnceLock<Result<Engine, EngineError>> = OnceLock::new();
        ENGINE.get_or_init(|| Engine::new(EngineConfig::default())).as_ref().map_err(Clone::clone)
    }

    /// Name of the implementation in use, as [`EngineChoice::from_name`] knows it.
    pub fn engine_name(&self) -> &'static str {
        match self.0.kind {
            EngineKind::Interpreter => "interpreter",
        }
    }

    /// The module of `blob`: from the cache, or made now and kept there. The flag says whether it was there already,
    /// which is for metrics only and must not influence anything else.
    ///
    /// `code_hash` is the hash of `blob` by whatever hash function the caller uses throughout; it is trusted for
    /// finding the module, not for its identity. Errors: as [`Module::new`].
    pub fn load_module(
        &self,
        code_hash: [u8; 32],
        blob: &[u8],
        config: &ModuleConfig,
    ) -> Result<(Module, bool), ModuleError> {
        self.0.cache.get_or_load(self, code_hash, blob, config)
    }

    /// The modules that this engine keeps ready.
    pub fn module_cache(&self) -> &ModuleCache {
        &self.0.cache
    }
}

impl core::fmt::Debug for Engine {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Engine").field("engine", &self.engine_name()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recompiler_is_host_trouble_only_when_asked_for_by_name() {
        let config = |engine| EngineConfig { engine, ..EngineConfig::default() };
        let error = Engine::new(config(EngineChoice::Recompiler)).unwrap_err();
        assert!(matches!(error, EngineError::RecompilerUnavailable { .. }));
        assert!(error.to_string().contains("no recompiler"), "{error}");
        assert_eq!(Engine::new(config(EngineChoice::Auto)).unwrap().engine_name(), "interpreter");
        assert_eq!(Engine::new(config(EngineChoice::Interpreter)).unwrap().engine_name(), "interpreter");
    }

    #[test]
    fn names_lead_to_choices() {
        assert_eq!(EngineChoice::from_name("auto"), Some(EngineChoice::Auto));
        assert_eq!(EngineChoice::from_name("recompiler"), Some(EngineChoice::Recompiler));
        assert_eq!(EngineChoice::from_name("interpreter"), Some(EngineChoice::Interpreter));
        assert_eq!(EngineChoice::from_name("Interpreter"), None);
    }

    #[test]
    fn the_shared_engine_is_one() {
        let first = Engine::process_wide().unwrap();
        let second = Engine::process_wide().unwrap();
        assert!(core::ptr::eq(first, second));
    }
}
