// SPDX-License-Identifier: Apache-2.0
//! Programs that were translated to machine code, and their instances, which run in worker processes.
//!
//! A program is translated twice at most: once with instructions translated together, for everything that is ordinary,
//! and once plainly, for starts in the middle of a block, for stepping, and for dynamic paging, where every load and store
//! may be where a run continues. Which of the two runs can be told by the clock only.

mod instance;
mod memory;
mod pages;
mod regions;
mod translation;
mod workers;

use core::ops::Range;
use std::sync::{Arc, OnceLock, Weak};

use revive_vm_primitives::{gas::block_cost, Blob, Code, Footprint, InstructionSet, MemoryMap, Tariff};
use revive_vm_recompiler::{Config, Features, Flavour};
use revive_vm_sandbox as sandbox;

use crate::{
    artefacts::Artefacts, cache::ModuleCache, error::HostTrouble, jitdump::Jitdump, module::ModuleConfig,
};

pub(crate) use instance::Instance;
use translation::Translation;
pub(crate) use workers::Workers;

/// Number of the section with the code (blob format, section 2).
const CODE_SECTION: u8 = 6;

/// What all programs of an engine share.
pub(crate) struct Surroundings {
    /// Extensions of the machine that generated code may use.
    pub(crate) features: Features,
    /// Its workers, and what is counted.
    pub(crate) workers: Arc<Workers>,
    /// Where translations are kept, if somebody wants that.
    pub(crate) artefacts: Option<Arc<Artefacts>>,
    /// Where to say what workers load, if somebody wants to know.
    pub(crate) jitdump: Option<Arc<Jitdump>>,
    /// Which may have the module, and has to know when it grows.
    pub(crate) cache: Weak<ModuleCache>,
}

/// A translated program, and what its instances start with.
pub(crate) struct Program {
    isa: InstructionSet,
    map: MemoryMap,
    config: ModuleConfig,
    /// What blocks cost, if they do.
    tariff: Option<Tariff>,
    engine: Surroundings,
    /// Where the code section is in the blob.
    code: Option<Range<usize>>,
    ro_data: Range<usize>,
    rw_data: Range<usize>,
    /// The translation for block starts: fast unless execution has to stop and continue at any instruction.
    fast: Translation,
    /// The translation for all other starts, made when it is needed.
    plain: OnceLock<Translation>,
}

impl Program {
    /// Translates the program of a blob that has been checked. The ranges are those of the data in the blob's bytes.
    pub(crate) fn new(
        blob: &Blob<'_>,
        bytes: &[u8],
        map: MemoryMap,
        config: &ModuleConfig,
        engine: Surroundings,
        ro_data: Range<usize>,
        rw_data: Range<usize>,
    ) -> Self {
        let flavour = if always_plain(config) { Flavour::Plain } else { Flavour::Fast };
        let code = blob.code();
        let footprint = Footprint::new(&code, &map, config.memory_bytes_max, config.dynamic_paging);
        let tariff = config.gas.map(|model| model.tariff(footprint));
        let section = blob.sections().find(|section| section.id == CODE_SECTION);
        let section = section.map(|section| section.offset..section.offset + section.len);
        let fast = Translation::new(
            &engine,
            &code,
            section.clone().and_then(|range| bytes.get(range)).unwrap_or_default(),
            &translation_config(config, tariff, engine.features, flavour),
        );
        Self {
            isa: code.isa(),
            map,
            config: config.clone(),
            tariff,
            engine,
            code: section,
            ro_data,
            rw_data,
            fast,
            plain: OnceLock::new(),
        }
    }

    /// Whether there is only one translation, a plain one.
    fn is_always_plain(&self) -> bool {
        always_plain(&self.config)
    }

    pub(crate) fn isa(&self) -> InstructionSet {
        self.isa
    }

    pub(crate) fn memory_map(&self) -> &MemoryMap {
        &self.map
    }

    /// Bytes of host memory for the program and for what workers map of it. More once there is a plain translation, which a
    /// program that is not started in odd places never has.
    pub(crate) fn resident_bytes(&self) -> usize {
        let ro_bytes = self.sealed_ro_bytes();
        size_of::<Self>()
            + self.fast.resident_bytes(ro_bytes)
            + self.plain.get().map_or(0, |plain| plain.resident_bytes(ro_bytes))
    }

    /// File descriptors for what workers map of it: one for each translation.
    pub(crate) fn descriptors(&self) -> usize {
        1 + usize::from(self.plain.get().is_some())
    }

    /// Bytes of read-only data in a sealed copy. All of them count: a guest that reads zeros that no byte of its blob is for has
    /// the system find pages for them.
    fn sealed_ro_bytes(&self) -> u32 {
        // Under dynamic paging it is the host that puts data into pages.
        if self.config.dynamic_paging {
            0
        } else {
            self.map.ro_data_size()
        }
    }

    /// The section of code in the bytes of the blob; empty if it has none.
    fn section<'a>(&self, blob: &'a [u8]) -> &'a [u8] {
        self.code.clone().and_then(|range| blob.get(range)).unwrap_or_default()
    }

    /// The code in the bytes of the blob.
    fn code<'a>(&self, blob: &'a [u8]) -> Code<'a> {
        // The blob was parsed when the program was made, so this succeeds; a blob without code has empty code.
        Code::parse(self.isa, self.section(blob)).unwrap_or_else(|_| Code::empty(self.isa))
    }

    /// What the block at a code offset costs, if anything does. Running out of gas there is free, so it must not take the time that
    /// pricing a long block takes.
    fn block_cost(&self, code: &Code<'_>, block: u32) -> Option<u32> {
        let tariff = self.tariff?;
        Some(self.fast.charge_of(block).unwrap_or_else(|| block_cost(tariff, code, block)))
    }

    /// The translation that execution can begin in at a block start, or, if `plain`, everywhere.
    fn translation(&self, blob: &[u8], plain: bool) -> &Translation {
        if !plain || self.is_always_plain() {
            return &self.fast;
        }
        let mut made = false;
        let plain = self.plain.get_or_init(|| {
            made = true;
            let config = translation_config(&self.config, self.tariff, self.engine.features, Flavour::Plain);
            Translation::new(&self.engine, &self.code(blob), self.section(blob), &config)
        });
        if made {
            if let Some(cache) = self.engine.cache.upgrade() {
                cache.something_grew();
            }
        }
        plain
    }

    /// What workers map of a translation.
    fn sealed<'a>(
        &self,
        translation: &'a Translation,
        blob: &[u8],
    ) -> Result<&'a sandbox::Program, HostTrouble> {
        let ro_bytes = self.sealed_ro_bytes();
        let ro_data =
            if ro_bytes == 0 { &[][..] } else { blob.get(self.ro_data.clone()).unwrap_or_default() };
        translation.sealed(ro_data, ro_bytes)
    }
}

fn always_plain(config: &ModuleConfig) -> bool {
    config.step_tracing || config.dynamic_paging
}

fn translation_config(
    config: &ModuleConfig,
    tariff: Option<Tariff>,
    features: Features,
    flavour: Flavour,
) -> Config {
    Config { gas: tariff, flavour, step_tracing: config.step_tracing, features }
}
