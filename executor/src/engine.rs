// SPDX-License-Identifier: Apache-2.0
//! Engines: which implementation runs the programs, and the module cache that its users share.

use core::ops::Range;
use std::{
    path::PathBuf,
    sync::{Arc, Once, OnceLock},
};

use revive_vm_interpreter as interpreter;
use revive_vm_primitives::Blob;
pub use revive_vm_recompiler::Features;

use crate::{
    cache::ModuleCache,
    error::{EngineError, ModuleError},
    module::{Module, ModuleConfig, Program},
};
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
use crate::{compiled, jitdump::Jitdump};

/// Target of this crate's log lines.
pub(crate) const LOG_TARGET: &str = "revive-vm::executor";

/// Default bound of the module cache: room for a few hundred ordinary contracts.
pub const MODULE_CACHE_BYTES_MAX_DEFAULT: usize = 256 * 1024 * 1024;

/// Default number of worker processes that wait for guests.
pub const IDLE_WORKERS_MAX_DEFAULT: usize = 8;

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
    /// How many worker processes the recompiler may keep waiting for guests.
    pub idle_workers_max: usize,
    /// Extensions of the machine that the recompiler may use; `None`: those that this machine has. Results do not
    /// depend on them.
    pub features: Option<Features>,
    /// For profiling: the recompiler writes to this folder what `perf inject --jit` needs to show guest functions in a
    /// profile made with `perf record -k 1`. Costs time whenever a worker loads a program, and disk space. Default off.
    pub jitdump: Option<PathBuf>,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            engine: EngineChoice::Auto,
            module_cache_bytes_max: MODULE_CACHE_BYTES_MAX_DEFAULT,
            idle_workers_max: IDLE_WORKERS_MAX_DEFAULT,
            features: None,
            jitdump: None,
        }
    }
}

/// The implementation that a choice came out as.
enum EngineKind {
    Interpreter,
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    Recompiler {
        pool: Arc<revive_vm_sandbox::Pool>,
        features: Features,
        jitdump: Option<Arc<Jitdump>>,
    },
}

impl EngineKind {
    /// The recompiler, or why it cannot be used on this machine.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    fn recompiler(config: &EngineConfig) -> Result<Self, String> {
        // Asked once.
        static AVAILABLE: OnceLock<Result<(), String>> = OnceLock::new();
        let ask = || {
            revive_vm_sandbox::available().map_err(|error| format!("no worker process starts here: {error}"))
        };
        AVAILABLE.get_or_init(ask).clone()?;
        let jitdump = config.jitdump.as_deref().map(|folder| {
            let create = || Jitdump::create(folder).map(Arc::new);
            create().map_err(|error| format!("no jitdump can be written in {}: {error}", folder.display()))
        });
        Ok(Self::Recompiler {
            pool: Arc::new(revive_vm_sandbox::Pool::new(config.idle_workers_max)),
            features: config.features.unwrap_or_else(Features::detect),
            jitdump: jitdump.transpose()?,
        })
    }

    /// The recompiler, or why it cannot be used on this machine.
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    fn recompiler(_: &EngineConfig) -> Result<Self, String> {
        Err("machine code is generated for Linux on x86-64 only".into())
    }
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
            EngineChoice::Interpreter => EngineKind::Interpreter,
            EngineChoice::Recompiler => {
                EngineKind::recompiler(&config).map_err(|why| EngineError::RecompilerUnavailable { why })?
            }
            EngineChoice::Auto => {
                static SAID: Once = Once::new();
                let recompiler = EngineKind::recompiler(&config);
                SAID.call_once(|| match &recompiler {
                    Ok(_) => log::info!(
                        target: LOG_TARGET,
                        "programs are compiled and run in worker processes: they start on this machine"
                    ),
                    Err(why) => log::info!(target: LOG_TARGET, "programs run in the interpreter: {why}"),
                });
                recompiler.unwrap_or(EngineKind::Interpreter)
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
            #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
            EngineKind::Recompiler { .. } => "recompiler",
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

    /// Makes the program of a blob ready to run; the ranges are those of its data in the blob's bytes. Errors: as
    /// [`Module::new`].
    #[cfg_attr(
        not(all(target_os = "linux", target_arch = "x86_64")),
        allow(unused_variables, reason = "compiled programs have their data in the blob's bytes")
    )]
    pub(crate) fn program(
        &self,
        blob: &Blob<'_>,
        config: &ModuleConfig,
        ro_data: Range<usize>,
        rw_data: Range<usize>,
    ) -> Result<Program, ModuleError> {
        let settings = config.for_interpreter();
        match &self.0.kind {
            EngineKind::Interpreter => Ok(Program::Interpreted(interpreter::Module::new(blob, &settings)?)),
            #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
            EngineKind::Recompiler { pool, features, jitdump } => {
                let map = revive_vm_primitives::MemoryMap::for_blob(blob, config.page_size, config.aux_size)
                    .map_err(interpreter::ModuleError::from)?;
                let code = blob.code();
                interpreter::Module::check(&code, &map, blob.ro_data(), blob.rw_data(), &settings)?;
                let surroundings = compiled::Surroundings {
                    features: *features,
                    pool: pool.clone(),
                    jitdump: jitdump.clone(),
                };
                let program = compiled::Program::new(blob, map, config, surroundings, ro_data, rw_data);
                Ok(Program::Compiled(Arc::new(program)))
            }
        }
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
    fn auto_is_the_recompiler_where_workers_start() {
        let config = |engine| EngineConfig { engine, ..EngineConfig::default() };
        assert_eq!(Engine::new(config(EngineChoice::Interpreter)).unwrap().engine_name(), "interpreter");
        let auto = Engine::new(config(EngineChoice::Auto)).unwrap();
        match Engine::new(config(EngineChoice::Recompiler)) {
            Ok(engine) => {
                assert_eq!((engine.engine_name(), auto.engine_name()), ("recompiler", "recompiler"))
            }
            Err(error) => {
                let why = match cfg!(all(target_os = "linux", target_arch = "x86_64")) {
                    true => "no worker process starts here",
                    false => "for Linux on x86-64 only",
                };
                assert!(error.to_string().contains(why), "{error}");
                assert_eq!(auto.engine_name(), "interpreter");
            }
        }
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
