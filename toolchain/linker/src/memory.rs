// SPDX-License-Identifier: Apache-2.0
//! Where data is in memory, and what its bytes are.

use crate::{
    error::{LinkError, Result},
    ir::{
        data::{DataKind, Place},
        BlockId, Const, DataId, DataSection, FixupValue, Program,
    },
};
use revive_vm_primitives::{memory_map::PAGE_SIZE_MIN, MemoryMap};

/// The layout of memory.
pub(crate) struct Layout {
    /// Address per data section; unspecified for those that are not kept.
    addresses: Vec<u32>,
    pub(crate) ro_size: u32,
    pub(crate) rw_size: u32,
    ro_base: u32,
    rw_base: u32,
    heap_base: u32,
}

/// Data that a blob may hold in bytes; what is zero at the end of a region does not count.
const STORED_BYTES_MAX: usize = 256 << 20;

/// Addresses must be positive as signed numbers of 32 bits, so that they can be immediates.
const ADDRESS_END: u64 = 1 << 31;

/// What to do about too much data.
const SMALLER: &str = "make the largest arrays smaller";

/// The error for data that ends too far up, at the largest section.
fn too_large(program: &Program, end: u64) -> LinkError {
    let sections = program.data.iter().filter(|section| section.kept);
    let error =
        LinkError::new(format!("the data reaches up to byte {end} of memory, addresses to {ADDRESS_END}"))
            .hint(SMALLER);
    match sections.max_by_key(|section| section.size) {
        Some(section) => error.at(&section.name, 0),
        None => error,
    }
}

impl Layout {
    /// Lays out all kept sections: read-only data, then data with initial values, then what starts as zero.
    pub(crate) fn new(program: &Program) -> Result<Self> {
        let mut offsets = vec![0_u64; program.data.len()];
        let place = |kinds: &[DataKind], offsets: &mut Vec<u64>| {
            let mut end = 0_u64;
            for kind in kinds {
                for (section, offset) in program.data.iter().zip(offsets.iter_mut()) {
                    if section.kept && section.kind == *kind {
                        *offset = end.checked_next_multiple_of(section.align).unwrap_or(u64::MAX);
                        end = offset.saturating_add(section.size);
                    }
                }
            }
            match u32::try_from(end) {
                Ok(size) if end < ADDRESS_END => Ok(size),
                _ => Err(too_large(program, end)),
            }
        };
        let ro_size = place(&[DataKind::ReadOnly], &mut offsets)?;
        let rw_size = place(&[DataKind::ReadWrite, DataKind::Zero], &mut offsets)?;
        let map =
            MemoryMap::new(PAGE_SIZE_MIN, ro_size, rw_size, program.stack_size, 0).map_err(|error| {
                let sizes = format!(
                    "{ro_size} bytes of read-only data, {rw_size} of read-write data and {} of stack",
                    program.stack_size
                );
                LinkError::new(format!("the memory of the program has no layout: {error} ({sizes})"))
                    .hint(SMALLER)
            })?;
        let mut addresses = Vec::new();
        for (section, offset) in program.data.iter().zip(offsets) {
            let base = match section.kind {
                DataKind::ReadOnly => map.ro_data_address(),
                DataKind::ReadWrite | DataKind::Zero => map.rw_data_address(),
            };
            let address = u64::from(base) + offset;
            if section.kept && address + section.size >= ADDRESS_END {
                return Err(too_large(program, address + section.size));
            }
            addresses.push(address as u32);
        }
        let (ro_base, rw_base) = (map.ro_data_address(), map.rw_data_address());
        Ok(Self { addresses, ro_size, rw_size, ro_base, rw_base, heap_base: map.heap_base() })
    }

    /// The address of a section.
    pub(crate) fn address(&self, id: DataId) -> u32 {
        self.addresses[id.index()]
    }

    /// A constant as a number.
    pub(crate) fn value(&self, value: Const, code: impl Fn(BlockId) -> u32) -> i64 {
        let data = |id: DataId, offset: i32| i64::from(self.address(id)) + i64::from(offset);
        match value {
            Const::Int(value) => value,
            Const::Data(id, offset) => data(id, offset),
            Const::DataHigh(id, offset) => (data(id, offset) + 0x800) & !0xfff,
            Const::DataLow(id, offset) => data(id, offset) - ((data(id, offset) + 0x800) & !0xfff),
            Const::Code(id) => i64::from(code(id)),
            Const::HeapBase => i64::from(self.heap_base),
        }
    }

    /// The bytes of the read-only or read-write region, without zeros at the end.
    pub(crate) fn region(
        &self,
        program: &Program,
        read_only: bool,
        code: impl Fn(BlockId) -> u32,
    ) -> Result<Vec<u8>> {
        let mut region: Vec<u8> = Vec::new();
        let start = if read_only { self.ro_base } else { self.rw_base };
        for (section, &address) in program.data.iter().zip(&self.addresses) {
            if !section.kept
                || (section.kind == DataKind::ReadOnly) != read_only
                || section.kind == DataKind::Zero
            {
                continue;
            }
            // Regions start at multiples of every alignment that is allowed.
            let at = (address - start) as usize;
            if at > STORED_BYTES_MAX {
                return Err(LinkError::new(format!(
                    "the data before this section takes {at} bytes, at most {STORED_BYTES_MAX} can be stored"
                ))
                .at(&section.name, 0));
            }
            region.resize(region.len().max(at), 0);
            region.extend_from_slice(&self.contents(section, &code)?);
        }
        let used = region.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        region.truncate(used);
        Ok(region)
    }

    /// The bytes of a section with its fixups applied.
    fn contents(&self, section: &DataSection, code: impl Fn(BlockId) -> u32) -> Result<Vec<u8>> {
        let mut bytes = section.bytes.clone();
        let resolve = |place: Place| match place {
            Place::Code(id) => i64::from(code(id)),
            Place::Data(id, offset) => i64::from(self.address(id)).wrapping_add(offset),
            Place::Number(value) => value,
        };
        for fixup in &section.fixups {
            let (value, is_table) = match fixup.value {
                FixupValue::Absolute(place) => (resolve(place), false),
                FixupValue::Difference(first, second) => {
                    let is_table = matches!((first, second), (Place::Code(_), Place::Data(..)));
                    (resolve(first).wrapping_sub(resolve(second)), is_table)
                }
            };
            let bits = u32::from(fixup.bytes) * 8;
            // Signed or unsigned, as long as no bit is lost. Jump tables of 32 bits wrap on purpose.
            let fits = bits == 64 || is_table || (-(1_i64 << (bits - 1))..1_i64 << bits).contains(&value);
            if !fits {
                let what = format!("the value {value} does not fit into {} bytes", fixup.bytes);
                return Err(LinkError::new(what).at(&section.name, fixup.offset));
            }
            let from = fixup.offset as usize;
            if let Some(to) = bytes.get_mut(from..from + usize::from(fixup.bytes)) {
                to.copy_from_slice(&value.to_le_bytes()[..usize::from(fixup.bytes)]);
            }
        }
        Ok(bytes)
    }
}
