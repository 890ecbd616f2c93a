// SPDX-License-Identifier: Apache-2.0
//! A program that instances can be made of.

use crate::config::Config;
use crate::error::ModuleError;
use crate::memory::Layout;
use crate::op::{Block, Image, Op};
use crate::predecode::{predecode, BYTES_PER_CODE_BYTE, BYTES_PER_CODE_BYTE_TRACING, BYTES_PER_JUMP};
use alloc::sync::Arc;
use core::fmt;
use revive_vm_primitives::{Blob, Code, Footprint, InstructionSet, MemoryMap};

/// A pre-decoded program with its initial memory. Cheap to clone, and to share between threads.
///
/// It keeps no reference to the blob. Its memory is linear in the blob's size: see
/// [`resident_bytes_max`](Self::resident_bytes_max).
#[derive(Clone)]
pub struct Module {
    inner: Arc<Inner>,
}

struct Inner {
    image: Image,
    layout: Layout,
    isa: InstructionSet,
    config: Config,
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module")
            .field("isa", &self.inner.isa)
            .field("config", &self.inner.config)
            .finish_non_exhaustive()
    }
}

impl Module {
    /// Makes a module of a blob.
    ///
    /// # Errors
    ///
    /// The memory layout is not possible or larger than the host allows, or code of the JamV1 set fails validation.
    pub fn new(blob: &Blob<'_>, config: &Config) -> Result<Self, ModuleError> {
        let map = MemoryMap::for_blob(blob, config.page_size, config.aux_size)?;
        Self::from_code(&blob.code(), map, blob.ro_data(), blob.rw_data(), config)
    }

    /// Makes a module of code without a blob. The page and aux sizes are those of `map`, not of `config`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and if initial data is longer than its region.
    pub fn from_code(
        code: &Code<'_>,
        map: MemoryMap,
        ro: &[u8],
        rw: &[u8],
        config: &Config,
    ) -> Result<Self, ModuleError> {
        Self::check(code, &map, ro, rw, config)?;
        let footprint = Footprint::new(code, &map, config.memory_bytes_max, config.dynamic_paging);
        let tariff = config.gas.map(|model| model.tariff(footprint));
        let image = predecode(code, &map, tariff, config.step_tracing);
        let layout = Layout {
            map,
            ro: ro.into(),
            rw: rw.into(),
            bytes_max: config.memory_bytes_max,
            dynamic_paging: config.dynamic_paging,
        };
        Ok(Self { inner: Arc::new(Inner { image, layout, isa: code.isa(), config: *config }) })
    }

    /// What [`from_code`](Self::from_code) checks. Every other engine must refuse the same programs.
    ///
    /// # Errors
    ///
    /// As [`from_code`](Self::from_code).
    pub fn check(
        code: &Code<'_>,
        map: &MemoryMap,
        ro: &[u8],
        rw: &[u8],
        config: &Config,
    ) -> Result<(), ModuleError> {
        let bytes = map.initial_bytes();
        if !config.dynamic_paging && bytes > u64::from(config.memory_bytes_max) {
            return Err(ModuleError::TooMuchMemory { bytes, max: config.memory_bytes_max });
        }
        for (region, data, max) in
            [("read-only", ro, map.ro_data_size()), ("read-write", rw, map.rw_data_size())]
        {
            if u64::try_from(data.len()).map_or(true, |bytes| bytes > u64::from(max)) {
                return Err(ModuleError::DataTooLong { region, bytes: data.len(), max });
            }
        }
        code.validate().map_err(|offset| ModuleError::Validation { offset })
    }

    /// Where the regions of memory are.
    pub fn memory_map(&self) -> &MemoryMap {
        &self.inner.layout.map
    }

    /// The instruction set of the program.
    pub fn isa(&self) -> InstructionSet {
        self.inner.isa
    }

    /// What the host chose.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// Bytes of memory that this module keeps as long as it or one of its instances exists.
    pub fn resident_bytes(&self) -> usize {
        let Inner { image, layout, .. } = &*self.inner;
        size_of::<Inner>()
            + size_of_val::<[Op]>(&image.ops)
            + size_of_val::<[u32]>(&image.offsets)
            + size_of_val::<[u32]>(&image.jump_table)
            + size_of_val::<[Block]>(&image.blocks)
            + layout.ro.len()
            + layout.rw.len()
    }

    /// Upper bound of [`resident_bytes`](Self::resident_bytes), known before the module is made: 44 bytes per byte of
    /// code (104 with step tracing), 4 per entry of the jump table, the initial data, and 1 KiB.
    pub fn resident_bytes_max(code: &Code<'_>, ro: &[u8], rw: &[u8], config: &Config) -> usize {
        let per_byte = if config.step_tracing { BYTES_PER_CODE_BYTE_TRACING } else { BYTES_PER_CODE_BYTE };
        let code_bytes = (code.len() as usize).saturating_mul(per_byte);
        let jump_bytes = (code.jump_table().len() as usize).saturating_mul(BYTES_PER_JUMP);
        [code_bytes, jump_bytes, ro.len(), rw.len(), 1024].into_iter().fold(0, usize::saturating_add)
    }

    pub(crate) fn image(&self) -> &Image {
        &self.inner.image
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.inner.layout
    }
}
