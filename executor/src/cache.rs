// SPDX-License-Identifier: Apache-2.0
//! The module cache: modules that were loaded recently, kept up to a number of bytes and of file descriptors.
//!
//! Invariants:
//! 1. A hit and a miss give the same module, so a user of the cache can measure time but not see a difference. To
//!    hold even for a caller that passes a wrong hash, a hit also compares the bytes of the blob.
//! 2. The sum of the entries' [`Module::resident_bytes`] never exceeds the bound, whenever they grow, and that of their
//!    [`Module::descriptors`] no quarter of those that the process may have: a compiled module has a file, and a few thousand small
//!    ones must not take what the node's database and network need. The entry used longest ago goes first. A module that exceeds
//!    a bound alone is returned but not kept.
//! 3. Rejected blobs leave no trace.
//!
//! The lock is never held while a module is made, so a slow load delays nobody else. Two threads that miss at the
//! same time both do the work, and the later one's module stays.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        atomic::{AtomicU64, Ordering},
        Mutex, MutexGuard, PoisonError,
    },
};

use revive_vm_primitives::InstructionSet;

use crate::{
    engine::Engine,
    error::ModuleError,
    module::{Module, ModuleConfig},
};

/// What distinguishes one cached module from another: the code's hash, the instruction set, and all settings,
/// the gas model among them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModuleKey {
    code_hash: [u8; 32],
    isa: Option<InstructionSet>,
    gas_model: Option<u32>,
    config: ModuleConfig,
}

impl ModuleKey {
    /// The key of `blob`, whose hash by the caller's hash function is `code_hash`, under these settings.
    pub fn new(code_hash: [u8; 32], blob: &[u8], config: &ModuleConfig) -> Self {
        // Byte 4 of a container names the instruction set (blob format, section 1).
        let isa = blob.get(4).and_then(|version| InstructionSet::from_version_byte(*version));
        Self { code_hash, isa, gas_model: config.gas.map(|model| model.id()), config: config.clone() }
    }
}

/// The modules that an engine keeps ready, up to a number of bytes: [`Engine::load_module`] fills it.
///
/// A hit and a miss give the same module; a hit compares the bytes of the blob too, so a wrong hash gives nobody the module
/// of another blob. The modules' [`resident_bytes`](Module::resident_bytes) together never exceed the bound: the one used
/// longest ago goes first, and one that is larger than all of it is not kept. Nobody waits for a module that somebody else
/// loads.
///
/// ```
/// use revive_vm_executor::{primitives::BlobBuilder, Engine, EngineConfig, InstructionSet, ModuleConfig};
///
/// let blob = BlobBuilder::new(InstructionSet::Latest64).build();
/// let engine = Engine::new(EngineConfig { module_cache_bytes_max: 1 << 20, ..EngineConfig::default() })?;
/// let (_, was_there) = engine.load_module([7; 32], &blob, &ModuleConfig::default())?;
/// let (_, is_there) = engine.load_module([7; 32], &blob, &ModuleConfig::default())?;
/// assert_eq!((was_there, is_there, engine.module_cache().len()), (false, true, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ModuleCache {
    bytes_max: usize,
    state: Mutex<State>,
    hits: AtomicU64,
    misses: AtomicU64,
}

#[derive(Default)]
struct State {
    entries: HashMap<ModuleKey, Entry>,
    /// The keys by time of last use.
    by_age: BTreeMap<u64, ModuleKey>,
    clock: u64,
    taken: Size,
}

struct Entry {
    module: Module,
    size: Size,
    used_at: u64,
}

/// What modules take.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Size {
    bytes: usize,
    descriptors: usize,
}

impl Size {
    fn of(module: &Module) -> Self {
        Self { bytes: module.resident_bytes(), descriptors: module.descriptors() }
    }

    fn fits(self, max: Self) -> bool {
        self.bytes <= max.bytes && self.descriptors <= max.descriptors
    }

    fn plus(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            descriptors: self.descriptors.saturating_add(other.descriptors),
        }
    }

    /// Of a sum that `part` is in.
    fn minus(self, part: Self) -> Self {
        Self { bytes: self.bytes - part.bytes, descriptors: self.descriptors - part.descriptors }
    }
}

/// Descriptors that cached modules may have: a quarter of those that the process may have now.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn descriptors_max() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    limit.map_or(usize::MAX, |limit| usize::try_from(limit / 4).unwrap_or(usize::MAX))
}

/// Descriptors that cached modules may have: interpreted ones have none.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn descriptors_max() -> usize {
    usize::MAX
}

impl State {
    fn next_tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn remove(&mut self, key: &ModuleKey) -> Option<Entry> {
        let entry = self.entries.remove(key)?;
        self.by_age.remove(&entry.used_at);
        self.taken = self.taken.minus(entry.size);
        Some(entry)
    }

    /// Has the entries used longest ago go until what is left fits.
    fn shrink(&mut self, max: Size, evicted: &mut Vec<Entry>) {
        while !self.taken.fits(max) {
            let Some(key) = self.by_age.first_key_value().map(|(_, key)| key.clone()) else { break };
            evicted.extend(self.remove(&key));
        }
    }
}

impl ModuleCache {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { bytes_max, state: Mutex::default(), hits: AtomicU64::new(0), misses: AtomicU64::new(0) }
    }

    /// See [`Engine::load_module`].
    pub(crate) fn get_or_load(
        &self,
        engine: &Engine,
        code_hash: [u8; 32],
        blob: &[u8],
        config: &ModuleConfig,
    ) -> Result<(Module, bool), ModuleError> {
        let key = ModuleKey::new(code_hash, blob, config);
        if let Some(module) = self.get(&key, blob) {
            return Ok((module, true));
        }
        self.misses.fetch_add(1, Ordering::Relaxed);
        let module = Module::new(engine, blob, config)?;
        self.insert(key, module.clone());
        Ok((module, false))
    }

    /// How often a module was there, and had to be made.
    pub(crate) fn hits_and_misses(&self) -> (u64, u64) {
        (self.hits.load(Ordering::Relaxed), self.misses.load(Ordering::Relaxed))
    }

    /// Number of modules in the cache.
    pub fn len(&self) -> usize {
        self.lock().entries.len()
    }

    /// Whether nothing is cached.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that the cached modules take; at most the bound.
    pub fn bytes(&self) -> usize {
        self.lock().taken.bytes
    }

    /// Bound of [`Self::bytes`].
    pub fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    /// Forgets everything. Modules in use stay alive with their users.
    pub fn clear(&self) {
        let mut state = self.lock();
        let entries = std::mem::take(&mut state.entries);
        state.by_age.clear();
        state.taken = Size::default();
        // To free what nobody else holds takes time, for which nobody should wait.
        drop(state);
        drop(entries);
    }

    /// The module under `key` if it is there and was made of these very bytes. For callers who have something to
    /// verify before a module may enter the cache.
    pub fn get(&self, key: &ModuleKey, blob: &[u8]) -> Option<Module> {
        let found = self.find(key, blob)?;
        self.hits.fetch_add(1, Ordering::Relaxed);
        Some(found)
    }

    fn find(&self, key: &ModuleKey, blob: &[u8]) -> Option<Module> {
        let mut state = self.lock();
        let now = state.next_tick();
        let State { entries, by_age, .. } = &mut *state;
        let entry = entries.get_mut(key)?;
        by_age.remove(&entry.used_at);
        by_age.insert(now, key.clone());
        entry.used_at = now;
        let module = entry.module.clone();
        drop(state);
        // Invariant 1. Outside of the lock, because it reads the whole blob.
        (module.blob_bytes() == blob).then_some(module)
    }

    fn insert(&self, key: ModuleKey, module: Module) {
        let (size, max) = (Size::of(&module), self.max());
        if !size.fits(max) {
            return;
        }
        let mut evicted = Vec::new();
        let mut state = self.lock();
        evicted.extend(state.remove(&key));
        let used_at = state.next_tick();
        state.by_age.insert(used_at, key.clone());
        state.taken = state.taken.plus(size);
        state.entries.insert(key, Entry { module, size, used_at });
        state.shrink(max, &mut evicted);
        // Freeing many megabytes takes time: not while others wait for the lock.
        drop(state);
        drop(evicted);
    }

    /// To be called when a module has grown, which may be in the cache: looks what all of them take now.
    pub(crate) fn something_grew(&self) {
        let max = self.max();
        let mut evicted = Vec::new();
        let mut state = self.lock();
        let mut taken = Size::default();
        let mut too_large = Vec::new();
        for (key, entry) in &mut state.entries {
            entry.size = Size::of(&entry.module);
            taken = taken.plus(entry.size);
            if !entry.size.fits(max) {
                too_large.push(key.clone());
            }
        }
        state.taken = taken;
        // First, so that one that cannot stay has no others go.
        evicted.extend(too_large.iter().filter_map(|key| state.remove(key)));
        state.shrink(max, &mut evicted);
        drop(state);
        drop(evicted);
    }

    fn max(&self) -> Size {
        Size { bytes: self.bytes_max, descriptors: descriptors_max() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs between two changes that belong together, so the state is good even if a
        // thread died while holding the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl core::fmt::Debug for ModuleCache {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ModuleCache")
            .field("modules", &self.len())
            .field("bytes", &self.bytes())
            .field("bytes_max", &self.bytes_max)
            .finish_non_exhaustive()
    }
}
