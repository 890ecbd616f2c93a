// SPDX-License-Identifier: Apache-2.0
//! Modules: blobs that were checked and made ready to run.
//!
//! A module keeps the blob's bytes and, for its import and export names, only ranges into them. Import symbols of
//! one blob may overlap, so copies of them could outgrow the blob by orders of magnitude.

use core::ops::Range;
use std::sync::Arc;

use revive_vm_interpreter as interpreter;
use revive_vm_primitives::{
    blob::section_id, gas::GasModel, Blob, Code, DebugInfo, InstructionSet, MemoryMap,
};

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
use crate::compiled;
use crate::{engine::Engine, error::ModuleError};

/// Default of [`ModuleConfig::memory_bytes_max`].
pub const MEMORY_BYTES_MAX_DEFAULT: u32 = 64 * 1024 * 1024;

/// Settings of a [`Module`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModuleConfig {
    /// Bytes in a page: a power of two between 4096 and 65536. Default 4096.
    pub page_size: u32,
    /// Bytes of the region that only the host writes, below the top of the address space. Default 0.
    pub aux_size: u32,
    /// How instructions are paid for; `None` turns metering off, and then nothing stops a program that never ends. Default:
    /// the flat model.
    pub gas: Option<GasModel>,
    /// Return to the host before every instruction. Default off.
    pub step_tracing: bool,
    /// The host maps every page itself and sees faults as exits. Default off. With more than some 30,000 separate pages
    /// mapped at a time the recompiler may have host trouble.
    pub dynamic_paging: bool,
    /// Bytes of guest memory that one instance may keep resident. A module whose fixed regions are larger is
    /// refused; `sbrk` beyond it fails. Default 64 MiB.
    pub memory_bytes_max: u32,
}

impl Default for ModuleConfig {
    fn default() -> Self {
        Self {
            page_size: 4096,
            aux_size: 0,
            gas: Some(GasModel::Flat),
            step_tracing: false,
            dynamic_paging: false,
            memory_bytes_max: MEMORY_BYTES_MAX_DEFAULT,
        }
    }
}

impl ModuleConfig {
    pub(crate) fn for_interpreter(&self) -> interpreter::Config {
        interpreter::Config {
            page_size: self.page_size,
            aux_size: self.aux_size,
            gas: self.gas,
            step_tracing: self.step_tracing,
            dynamic_paging: self.dynamic_paging,
            memory_bytes_max: self.memory_bytes_max,
        }
    }
}

/// A checked blob, ready for instances. Cheap to clone; can be used from several threads.
///
/// ```
/// use revive_vm_executor::{primitives::BlobBuilder, Engine, EngineConfig, InstructionSet, Module, ModuleConfig, ModuleError};
///
/// let engine = Engine::new(EngineConfig::default())?;
/// let blob = BlobBuilder::new(InstructionSet::Latest32).import(b"log").export(b"run", 0).stack_size(1 << 20).build();
/// let module = Module::new(&engine, &blob, &ModuleConfig::default())?;
/// assert_eq!(module.isa(), InstructionSet::Latest32);
/// assert!(module.imports().eq([Some(&b"log"[..])]));
/// assert!(module.exports().eq([(&b"run"[..], 0)]));
///
/// let small = ModuleConfig { memory_bytes_max: 1 << 16, ..ModuleConfig::default() };
/// let error = Module::new(&engine, &blob, &small).unwrap_err();
/// assert_eq!(error, ModuleError::TooMuchMemory { bytes: 1 << 20, max: 1 << 16 });
/// assert!(matches!(Module::new(&engine, &blob[1..], &small), Err(ModuleError::Blob(_))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Module(Arc<ModuleInner>);

struct ModuleInner {
    bytes: Box<[u8]>,
    config: ModuleConfig,
    program: Program,
    /// Where the code section is in the blob.
    code: Range<usize>,
    ro_data: Range<usize>,
    rw_data: Range<usize>,
    imports: Box<[Option<Range<usize>>]>,
    exports: Box<[ExportRange]>,
    /// Indices into `exports`, ordered by name, each name once.
    exports_by_name: Box<[u32]>,
}

/// The program of a module, as one of the engines runs it.
pub(crate) enum Program {
    Interpreted(interpreter::Module),
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    Compiled(Arc<compiled::Program>),
}

struct ExportRange {
    offset: u32,
    name_start: u32,
    name_bytes: u32,
}

impl ExportRange {
    fn name<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let start = self.name_start as usize;
        bytes.get(start..start + self.name_bytes as usize).unwrap_or(&[])
    }
}

/// Where `part`, a slice of `whole`, lies in it.
fn range_in(whole: &[u8], part: &[u8]) -> Range<usize> {
    if part.is_empty() {
        // The parser may answer "nothing" with a slice that lies anywhere.
        return 0..0;
    }
    let start = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
    debug_assert!(start + part.len() <= whole.len());
    start..start + part.len()
}

impl Module {
    /// Parses and checks a blob and makes it ready to run.
    ///
    /// Errors (rejected input): the container is malformed; the page size is illegal; the memory regions do not fit
    /// into the address space or into [`ModuleConfig::memory_bytes_max`]; JamV1 code is invalid. Invalid code of
    /// the other instruction sets is no error here: it traps when it is executed (instruction set, section 4).
    pub fn new(engine: &Engine, blob: &[u8], config: &ModuleConfig) -> Result<Self, ModuleError> {
        let bytes: Box<[u8]> = blob.into();
        let blob = Blob::parse(&bytes)?;
        let ro_data = range_in(&bytes, blob.ro_data());
        let rw_data = range_in(&bytes, blob.rw_data());
        let section = blob.sections().find(|section| section.id == section_id::CODE);
        let code = section.map_or(0..0, |section| section.offset..section.offset + section.len);
        let program = engine.program(&blob, &bytes, config, ro_data.clone(), rw_data.clone())?;

        let imports =
            blob.imports().iter().map(|symbol| symbol.map(|symbol| range_in(&bytes, symbol))).collect();
        let exports: Box<[ExportRange]> = blob
            .exports()
            .map(|export| {
                let range = range_in(&bytes, export.name);
                // A blob's length is not limited to 4 GiB by its format; nothing beyond can be addressed here.
                ExportRange {
                    offset: export.offset,
                    name_start: u32::try_from(range.start).unwrap_or(u32::MAX),
                    name_bytes: u32::try_from(range.len()).unwrap_or(0),
                }
            })
            .collect();
        let exports_by_name = order_by_name(&exports, &bytes);
        Ok(Self(Arc::new(ModuleInner {
            config: config.clone(),
            program,
            code,
            ro_data,
            rw_data,
            imports,
            exports,
            exports_by_name,
            bytes,
        })))
    }

    /// The settings that the module was made with.
    pub fn config(&self) -> &ModuleConfig {
        &self.0.config
    }

    /// The instruction set of its code.
    pub fn isa(&self) -> InstructionSet {
        match &self.0.program {
            Program::Interpreted(program) => program.isa(),
            #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
            Program::Compiled(program) => program.isa(),
        }
    }

    /// Where its memory regions lie.
    pub fn memory_map(&self) -> &MemoryMap {
        match &self.0.program {
            Program::Interpreted(program) => program.memory_map(),
            #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
            Program::Compiled(program) => program.memory_map(),
        }
    }

    /// The bytes it was made from.
    pub fn blob_bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The code, in constant time.
    pub fn code(&self) -> Code<'_> {
        let section = self.0.bytes.get(self.0.code.clone()).unwrap_or_default();
        // The section was parsed when the module was made, so this succeeds.
        Code::parse(self.isa(), section).unwrap_or_else(|_| Code::empty(self.isa()))
    }

    /// Where the code comes from in the source, as far as the blob says; nothing of it is checked before it is read.
    /// Takes time proportional to the number of the blob's sections.
    pub fn debug_info(&self) -> DebugInfo<'_> {
        Blob::parse(&self.0.bytes).map(|blob| blob.debug_info()).unwrap_or_default()
    }

    /// Number of imports; host call `n` is import `n`.
    pub fn import_count(&self) -> u32 {
        u32::try_from(self.0.imports.len()).unwrap_or(u32::MAX)
    }

    /// Symbol of the import at `index`; `None` if there is no such import or its symbol is invalid.
    pub fn import_symbol(&self, index: u32) -> Option<&[u8]> {
        let range = self.0.imports.get(usize::try_from(index).ok()?)?.clone()?;
        self.0.bytes.get(range)
    }

    /// The symbols of all imports in order, `None` for an invalid one.
    pub fn imports(&self) -> impl ExactSizeIterator<Item = Option<&[u8]>> + '_ {
        self.0.imports.iter().map(|range| range.clone().and_then(|range| self.0.bytes.get(range)))
    }

    /// All exports in the blob's order, as name and code offset.
    pub fn exports(&self) -> impl ExactSizeIterator<Item = (&[u8], u32)> + '_ {
        self.0.exports.iter().map(|export| (export.name(&self.0.bytes), export.offset))
    }

    /// Code offset of the export called `name`; of the first one, where several have that name.
    pub fn export_offset(&self, name: &[u8]) -> Option<u32> {
        let name_of = |index: &u32| self.0.exports[*index as usize].name(&self.0.bytes);
        let at = self.0.exports_by_name.binary_search_by(|index| name_of(index).cmp(name)).ok()?;
        Some(self.0.exports[self.0.exports_by_name[at] as usize].offset)
    }

    /// Initial bytes of the read-only region; it may be longer, then zeros follow.
    pub fn ro_data(&self) -> &[u8] {
        self.0.bytes.get(self.0.ro_data.clone()).unwrap_or(&[])
    }

    /// Initial bytes of the read-write region; it may be longer, then zeros follow.
    pub fn rw_data(&self) -> &[u8] {
        self.0.bytes.get(self.0.rw_data.clone()).unwrap_or(&[])
    }

    /// Bytes of host memory that keeping this module costs. It may grow once, when an instance first begins within a block.
    pub fn resident_bytes(&self) -> usize {
        let inner = &*self.0;
        size_of::<ModuleInner>()
            .saturating_add(inner.bytes.len())
            .saturating_add(size_of_val(&*inner.imports))
            .saturating_add(size_of_val(&*inner.exports))
            .saturating_add(size_of_val(&*inner.exports_by_name))
            .saturating_add(match &inner.program {
                Program::Interpreted(program) => program.resident_bytes(),
                #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
                Program::Compiled(program) => program.resident_bytes(),
            })
    }

    /// File descriptors that keeping this module costs, at most. It may grow as [`Self::resident_bytes`] may.
    pub fn descriptors(&self) -> usize {
        match &self.0.program {
            Program::Interpreted(_) => 0,
            #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
            Program::Compiled(program) => program.descriptors(),
        }
    }

    pub(crate) fn program(&self) -> &Program {
        &self.0.program
    }
}

fn order_by_name(exports: &[ExportRange], bytes: &[u8]) -> Box<[u32]> {
    let name_of = |index: &u32| exports[*index as usize].name(bytes);
    let mut order: Vec<u32> = (0..).take(exports.len()).collect();
    // The sort is stable and `dedup_by` keeps the first, which is the one that counts (blob format, section 5).
    order.sort_by(|a, b| name_of(a).cmp(name_of(b)));
    order.dedup_by(|later, earlier| name_of(later) == name_of(earlier));
    order.into()
}

impl core::fmt::Debug for Module {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Module")
            .field("isa", &self.isa())
            .field("blob_bytes", &self.0.bytes.len())
            .field("imports", &self.0.imports.len())
            .field("exports", &self.0.exports.len())
            .finish_non_exhaustive()
    }
}
