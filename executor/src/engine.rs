// SPDX-License-Identifier: Apache-2.0
//! Engines: which implementation runs the programs, and the module cache that its users share.

use core::{ops::Range, time::Duration};
use std::sync::{
    atomic::{AtomicBool, Ordering},
    Arc, OnceLock,
};

use revive_vm_interpreter as interpreter;
use revive_vm_primitives::Blob;
use revive_vm_recompiler::Features;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
use crate::{artefacts::Artefacts, compiled, jitdump::Jitdump};
use crate::{
    cache::ModuleCache,
    config::{EngineChoice, EngineConfig},
    error::{EngineError, ModuleError},
    module::{Module, ModuleConfig, Program},
};

/// Target of this crate's log lines.
pub(crate) const LOG_TARGET: &str = "revive-vm::executor";

/// What an engine has done, for metrics. All but the first two are 0 for the interpreter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineStatistics {
    /// Modules asked for that were in the cache.
    pub cache_hits: u64,
    /// Modules that had to be made.
    pub cache_misses: u64,
    /// Programs translated to machine code.
    pub compiled: u64,
    /// Nanoseconds that took.
    pub compile_nanoseconds: u64,
    /// Translations that were kept on disk and taken from there.
    pub artefact_hits: u64,
    /// Those that were not there.
    pub artefact_misses: u64,
    /// Those that were there and could not be used.
    pub artefacts_rejected: u64,
    /// Translations that could not be kept on disk.
    pub artefacts_not_kept: u64,
    /// Worker processes that there are.
    pub workers_live: usize,
    /// Those of them that wait for a guest.
    pub workers_idle: usize,
    /// Worker processes started.
    pub workers_started: u64,
    /// Worker processes lost: killed, dead, or not fit for another guest.
    pub workers_lost: u64,
    /// Hand-overs to a worker whose answer came while the host was spinning.
    pub hand_overs_spun: u64,
    /// Hand-overs to a worker for whose answer the host slept.
    pub hand_overs_slept: u64,
    /// Host calls that workers answered without a hand-over.
    pub answered: u64,
    /// Exits of compiled programs, by [`EXIT_KINDS`].
    pub exits: [u64; EXIT_KINDS.len()],
}

/// Names of the kinds of exits in [`EngineStatistics::exits`].
pub const EXIT_KINDS: [&str; 7] =
    ["finished", "host_call", "trap", "out_of_gas", "segfault", "step", "host_trouble"];

/// The implementation that a choice came out as.
enum EngineKind {
    Interpreter,
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    Recompiler {
        workers: Arc<compiled::Workers>,
        features: Features,
        jitdump: Option<Arc<Jitdump>>,
        artefacts: Option<Arc<Artefacts>>,
    },
}

impl EngineKind {
    /// The recompiler, or why it cannot be used on this machine.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    fn recompiler(config: &EngineConfig, folders: Folders) -> Result<Self, String> {
        use core::sync::atomic::{AtomicBool, Ordering};
        use revive_vm_sandbox::{available, protocol::layer, PoolConfig};

        // Found once with the filter of system calls and once without. That it does not work is asked again: it may have been for want of
        // something.
        static AVAILABLE: [AtomicBool; 2] = [const { AtomicBool::new(false) }; 2];
        let leave_out = if config.without_call_filter { layer::FILTER } else { 0 };
        let [with, without] = &AVAILABLE;
        let found = if config.without_call_filter { without } else { with };
        if !found.load(Ordering::Relaxed) {
            available(leave_out).map_err(|error| format!("no worker process starts here: {error}"))?;
            found.store(true, Ordering::Relaxed);
        }
        let pool = PoolConfig {
            idle_max: config.idle_workers_max,
            idle_time_max: Duration::from_secs(config.idle_worker_seconds_max),
            idle_bytes_max: config.idle_workers_bytes_max,
            workers_max: config.workers_max,
            leave_out,
        };
        let Folders { artefacts, jitdump } = folders;
        Ok(Self::Recompiler {
            workers: Arc::new(compiled::Workers::new(pool)),
            // Of an extension that the machine lacks, an instruction may well do something else.
            features: config.features.map_or_else(Features::detect, |wanted| wanted.both(Features::detect())),
            jitdump,
            artefacts,
        })
    }

    /// The recompiler, or why it cannot be used on this machine.
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    fn recompiler(_: &EngineConfig, _: Folders) -> Result<Self, String> {
        Err("machine code is generated for Linux on x86-64 only".into())
    }
}

/// What the recompiler writes to disk, if that is wanted.
#[derive(Default)]
struct Folders {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    artefacts: Option<Arc<Artefacts>>,
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    jitdump: Option<Arc<Jitdump>>,
}

impl Folders {
    /// Programs are interpreted, so nothing is written.
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    fn open(_: &EngineConfig) -> Result<Self, EngineError> {
        Ok(Self::default())
    }

    /// Those that are asked for. A wrong one is an error whatever engine there will be, so that it does not decide which.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    fn open(config: &EngineConfig) -> Result<Self, EngineError> {
        if config.engine == EngineChoice::Interpreter {
            return Ok(Self::default());
        }
        let artefacts = config.artefact_cache.as_ref().map(|cache| {
            let refused = |why| EngineError::ArtefactCache { folder: cache.folder.clone(), why };
            Artefacts::open(cache).map(Arc::new).map_err(refused)
        });
        let jitdump = config.jitdump.as_ref().map(|folder| {
            let refused = |error: std::io::Error| EngineError::Jitdump {
                folder: folder.clone(),
                why: error.to_string(),
            };
            Jitdump::open(folder).map_err(refused)
        });
        Ok(Self { artefacts: artefacts.transpose()?, jitdump: jitdump.transpose()? })
    }
}

/// One layer of the wall around guest code, as a worker process on this machine has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WallLayer {
    /// What it is.
    pub name: &'static str,
    /// Whether this machine gives it.
    pub present: bool,
    /// Whether no worker starts without it.
    pub needed: bool,
}

/// Starts a worker process, has it run a guest of a few instructions, and says which layers of the wall it got. Errors: no
/// worker works here.
pub fn wall_layers() -> Result<Vec<WallLayer>, EngineError> {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    let found = {
        use revive_vm_sandbox::{available, protocol::layer, Process};
        let found = available(0).and_then(|()| Process::spawn()).map(|worker| worker.layers());
        let describe = |layers: u64| {
            let describe = |(bit, name): &(u64, &'static str)| WallLayer {
                name,
                present: layers & bit != 0,
                needed: layer::NEEDED & bit != 0,
            };
            layer::ALL.iter().map(describe).collect()
        };
        found.map(describe).map_err(|error| format!("no worker process starts here: {error}"))
    };
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    let found = Err("machine code is generated for Linux on x86-64 only".to_owned());
    found.map_err(|why: String| EngineError::RecompilerUnavailable { why })
}

/// An implementation of the virtual machine together with its module cache. Cheap to clone; clones share the cache.
///
/// ```
/// use revive_vm_executor::{Engine, EngineChoice, EngineConfig};
///
/// // The recompiler where it works, else the interpreter, with a bound of what programs of strangers can take.
/// let engine = Engine::new(EngineConfig { workers_max: 100, idle_workers_max: 10, ..EngineConfig::default() })?;
/// println!("programs run in the {}", engine.engine_name());
///
/// // The interpreter, whatever there is.
/// let engine = Engine::new(EngineConfig { engine: EngineChoice::Interpreter, ..EngineConfig::default() })?;
/// assert_eq!(engine.engine_name(), "interpreter");
/// assert_eq!(engine.statistics().workers_live, 0);
/// # Ok::<(), revive_vm_executor::EngineError>(())
/// ```
#[derive(Clone)]
pub struct Engine(Arc<EngineInner>);

struct EngineInner {
    kind: EngineKind,
    cache: Arc<ModuleCache>,
}

impl Engine {
    /// Sets up an engine.
    ///
    /// Fails when an engine that was asked for by name is not to be had, and when it is to keep artefacts or to write a jitdump in a
    /// folder that cannot be used; otherwise [`EngineChoice::Auto`] never fails.
    pub fn new(config: EngineConfig) -> Result<Self, EngineError> {
        let folders = Folders::open(&config)?;
        let kind = match config.engine {
            EngineChoice::Interpreter => EngineKind::Interpreter,
            EngineChoice::Recompiler => EngineKind::recompiler(&config, folders)
                .map_err(|why| EngineError::RecompilerUnavailable { why })?,
            EngineChoice::Auto => {
                static SAID: AtomicBool = AtomicBool::new(false);
                let recompiler = EngineKind::recompiler(&config, folders);
                if !SAID.swap(true, Ordering::Relaxed) {
                    match &recompiler {
                        Ok(_) => log::info!(
                            target: LOG_TARGET,
                            "programs are compiled and run in worker processes: they start on this machine"
                        ),
                        Err(why) => log::info!(target: LOG_TARGET, "programs run in the interpreter: {why}"),
                    }
                }
                recompiler.unwrap_or(EngineKind::Interpreter)
            }
        };
        let cache = Arc::new(ModuleCache::new(config.module_cache_bytes_max));
        Ok(Self(Arc::new(EngineInner { kind, cache })))
    }

    /// The engine that everything in this process can share, with default settings and so with one module cache.
    pub fn process_wide() -> Result<&'static Engine, EngineError> {
        static ENGINE: OnceLock<Result<Engine, EngineError>> = OnceLock::new();
        ENGINE.get_or_init(|| Engine::new(EngineConfig::default())).as_ref().map_err(Clone::clone)
    }

    /// Name of the implementation in use, as [`EngineChoice::from_name`] knows it.
    pub fn engine_name(&self) -> &'static str {
        match self.0.kind {
            EngineKind::Interpreter => EngineChoice::Interpreter.name(),
            #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
            EngineKind::Recompiler { .. } => EngineChoice::Recompiler.name(),
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

    /// Makes the program of a blob, parsed from `bytes`, ready to run; the ranges are those of its data. Errors: as
    /// [`Module::new`].
    #[cfg_attr(
        not(all(target_os = "linux", target_arch = "x86_64")),
        allow(unused_variables, reason = "compiled programs have their data in the blob's bytes")
    )]
    pub(crate) fn program(
        &self,
        blob: &Blob<'_>,
        bytes: &[u8],
        config: &ModuleConfig,
        ro_data: Range<usize>,
        rw_data: Range<usize>,
    ) -> Result<Program, ModuleError> {
        let settings = config.for_interpreter();
        match &self.0.kind {
            EngineKind::Interpreter => Ok(Program::Interpreted(interpreter::Module::new(blob, &settings)?)),
            #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
            EngineKind::Recompiler { workers, features, jitdump, artefacts } => {
                let map = revive_vm_primitives::MemoryMap::for_blob(blob, config.page_size, config.aux_size)
                    .map_err(interpreter::ModuleError::from)?;
                let code = blob.code();
                interpreter::Module::check(&code, &map, blob.ro_data(), blob.rw_data(), &settings)?;
                let surroundings = compiled::Surroundings {
                    features: *features,
                    workers: workers.clone(),
                    jitdump: jitdump.clone(),
                    artefacts: artefacts.clone(),
                    cache: Arc::downgrade(&self.0.cache),
                };
                let program =
                    compiled::Program::new(blob, bytes, map, config, surroundings, ro_data, rw_data);
                Ok(Program::Compiled(Arc::new(program)))
            }
        }
    }

    /// What the engine has done so far, for metrics only.
    pub fn statistics(&self) -> EngineStatistics {
        let mut statistics = match &self.0.kind {
            EngineKind::Interpreter => EngineStatistics::default(),
            #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
            EngineKind::Recompiler { workers, artefacts, .. } => {
                let kept = artefacts.as_ref().map(|artefacts| artefacts.counts()).unwrap_or_default();
                EngineStatistics {
                    artefact_hits: kept.hits,
                    artefact_misses: kept.misses,
                    artefacts_rejected: kept.rejected,
                    artefacts_not_kept: kept.not_kept,
                    ..workers.statistics()
                }
            }
        };
        (statistics.cache_hits, statistics.cache_misses) = self.0.cache.hits_and_misses();
        statistics
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
    fn where_workers_start_they_have_what_they_need() {
        if let Ok(layers) = wall_layers() {
            assert!(layers.iter().any(|layer| layer.needed));
            assert!(layers.iter().all(|layer| layer.present || !layer.needed), "{layers:?}");
        } else {
            assert_eq!(Engine::new(EngineConfig::default()).unwrap().engine_name(), "interpreter");
        }
    }

    #[test]
    fn the_shared_engine_is_one() {
        let first = Engine::process_wide().unwrap();
        let second = Engine::process_wide().unwrap();
        assert!(core::ptr::eq(first, second));
    }
}
