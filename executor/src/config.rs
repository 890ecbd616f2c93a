// SPDX-License-Identifier: Apache-2.0
//! What an embedder chooses for an engine.

use std::path::PathBuf;

pub use revive_vm_recompiler::Features;

/// Default bound of the module cache: room for a few hundred ordinary contracts.
pub const MODULE_CACHE_BYTES_MAX_DEFAULT: usize = 256 * 1024 * 1024;

/// Default number of worker processes that wait for guests: more than the 26 contracts that can be on their way in one call, so
/// that deep calls do not start and end processes, which takes a hundred times as long as an instance.
pub const IDLE_WORKERS_MAX_DEFAULT: usize = 32;

/// Default number of worker processes that there may be.
pub const WORKERS_MAX_DEFAULT: usize = 1024;

/// Default time that a worker process waits for a guest before it is ended, in seconds.
pub const IDLE_WORKER_SECONDS_MAX_DEFAULT: u64 = 60;

/// Default bound of the memory that waiting worker processes keep between them.
pub const IDLE_WORKERS_BYTES_MAX_DEFAULT: u64 = 64 * 1024 * 1024;

/// The implementation to run programs with. All of them give the same results; they differ in speed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
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
    /// All choices.
    pub const ALL: &'static [EngineChoice] = &[Self::Auto, Self::Recompiler, Self::Interpreter];

    /// The name in text.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Recompiler => "recompiler",
            Self::Interpreter => "interpreter",
        }
    }

    /// The choice of this name: `auto`, `recompiler` or `interpreter`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|choice| choice.name() == name)
    }
}

impl core::fmt::Display for EngineChoice {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

/// Default of [`ArtefactCacheConfig::bytes_max`].
pub const ARTEFACT_CACHE_BYTES_MAX_DEFAULT: u64 = 1 << 30;

/// Where and how much of what the recompiler makes is kept on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtefactCacheConfig {
    /// The folder; made if it is not there. It must belong to the user of this process, and only that user may write there.
    pub folder: PathBuf,
    /// How many bytes the files may have together; what was not used for longest goes first. Where several processes share a
    /// folder, each counts what it writes, so for a while it may be more. Default 1 GiB.
    pub bytes_max: u64,
}

impl ArtefactCacheConfig {
    /// In a folder, with the default bound.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), bytes_max: ARTEFACT_CACHE_BYTES_MAX_DEFAULT }
    }
}

/// Settings of an [`Engine`](crate::Engine).
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Which implementation. Default: [`EngineChoice::Auto`].
    pub engine: EngineChoice,
    /// How many bytes the module cache may keep; 0 turns it off. Beside that it leaves the process three quarters of the file
    /// descriptors that it may have. Default: [`MODULE_CACHE_BYTES_MAX_DEFAULT`].
    pub module_cache_bytes_max: usize,
    /// How many worker processes the recompiler may keep waiting for guests. Default: [`IDLE_WORKERS_MAX_DEFAULT`].
    pub idle_workers_max: usize,
    /// How long a worker process waits for a guest before it is ended, in seconds. Default:
    /// [`IDLE_WORKER_SECONDS_MAX_DEFAULT`].
    pub idle_worker_seconds_max: u64,
    /// How many bytes of memory the worker processes that wait may keep between them: their own, their programs', and what
    /// they keep of wiped guest memory. Those that have waited longest are ended first. Default:
    /// [`IDLE_WORKERS_BYTES_MAX_DEFAULT`].
    pub idle_workers_bytes_max: u64,
    /// How many worker processes there may be, waiting or in use. One more is host trouble, at once. Default:
    /// [`WORKERS_MAX_DEFAULT`].
    pub workers_max: usize,
    /// Run machine code without the filter of system calls. Insecure; for systems that do not have it. Default off.
    pub without_call_filter: bool,
    /// Extensions of the machine that the recompiler may use, if this machine has them; `None`: all of those. Results do not
    /// depend on them. Default `None`.
    pub features: Option<Features>,
    /// For profiling: the recompiler writes to this folder what `perf inject --jit` needs to show guest functions in a
    /// profile made with `perf record -k 1`. Costs time whenever a worker loads a program, and disk space. Default off.
    pub jitdump: Option<PathBuf>,
    /// Keep what the recompiler makes on disk, for the next process. Results do not depend on it. Default off.
    pub artefact_cache: Option<ArtefactCacheConfig>,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            engine: EngineChoice::Auto,
            module_cache_bytes_max: MODULE_CACHE_BYTES_MAX_DEFAULT,
            idle_workers_max: IDLE_WORKERS_MAX_DEFAULT,
            idle_worker_seconds_max: IDLE_WORKER_SECONDS_MAX_DEFAULT,
            idle_workers_bytes_max: IDLE_WORKERS_BYTES_MAX_DEFAULT,
            workers_max: WORKERS_MAX_DEFAULT,
            without_call_filter: false,
            features: None,
            jitdump: None,
            artefact_cache: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_choices() {
        for choice in EngineChoice::ALL {
            assert_eq!(EngineChoice::from_name(&choice.to_string()), Some(*choice));
        }
        assert_eq!(EngineChoice::from_name("Interpreter"), None);
    }
}
