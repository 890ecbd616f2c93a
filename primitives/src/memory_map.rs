// SPDX-License-Identifier: Apache-2.0
//! Where the regions of guest memory are (memory map, sections 1 to 3).
//!
//! From low to high: guard, read-only data, guard, read-write data and heap, guard, stack, guard, aux, guard. Guards
//! are at least [`REGION_ALIGNMENT`] bytes. Addresses are consensus: they are visible to programs.

use crate::blob::Blob;
use core::fmt;

/// Smallest page size, and the one used if nothing else is asked for, in bytes.
pub const PAGE_SIZE_MIN: u32 = 4096;

/// Largest page size in bytes.
pub const PAGE_SIZE_MAX: u32 = 65536;

/// Regions start (the stack: ends) at multiples of this, whatever the page size, and are at least this far apart.
pub const REGION_ALIGNMENT: u32 = PAGE_SIZE_MAX;

/// First usable address.
pub const ADDRESS_BOTTOM: u32 = 0x0001_0000;

/// End of the usable addresses.
pub const ADDRESS_TOP: u32 = 0xffff_0000;

/// The layout of one program's memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MemoryMap {
    page_size: u32,
    ro_data_size: u32,
    rw_data_address: u32,
    rw_data_size: u32,
    heap_base: u32,
    heap_size_max: u32,
    stack_low: u32,
    stack_high: u32,
    aux_address: u32,
    aux_size: u32,
}

/// Why there is no layout for the sizes asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemoryMapError {
    /// The page size is not a power of two from [`PAGE_SIZE_MIN`] to [`PAGE_SIZE_MAX`].
    PageSize(u32),
    /// A region cannot be rounded up to whole pages below 2^32.
    RegionTooLarge {
        /// Which region.
        region: &'static str,
        /// Its size in bytes.
        size: u32,
        /// The largest size in bytes.
        max: u32,
    },
    /// The regions together do not fit.
    TotalTooLarge {
        /// Size of all regions, each rounded up to [`REGION_ALIGNMENT`], in bytes.
        size: u64,
        /// The largest such size in bytes.
        max: u64,
    },
}

impl fmt::Display for MemoryMapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::PageSize(size) => {
                write!(f, "page size {size} is not a power of two from {PAGE_SIZE_MIN} to {PAGE_SIZE_MAX}")
            }
            Self::RegionTooLarge { region, size, max } => {
                write!(f, "the {region} region has {size} bytes, at most {max} are allowed")
            }
            Self::TotalTooLarge { size, max } => {
                write!(f, "the memory regions take {size} bytes together, at most {max} are allowed")
            }
        }
    }
}

impl core::error::Error for MemoryMapError {}

/// Rounds up to a multiple of `to`, which is a power of two.
const fn round_up(value: u64, to: u32) -> u64 {
    value.next_multiple_of(to as u64)
}

impl MemoryMap {
    /// Computes the layout. All sizes are in bytes: of a page, the read-only data, the read-write data, the stack, and
    /// the aux region, which is the host's to choose.
    ///
    /// # Errors
    ///
    /// The page size is illegal, or the regions do not fit (memory map, section 3).
    pub fn new(page_size: u32, ro: u32, rw: u32, stack: u32, aux: u32) -> Result<Self, MemoryMapError> {
        if !page_size.is_power_of_two() || !(PAGE_SIZE_MIN..=PAGE_SIZE_MAX).contains(&page_size) {
            return Err(MemoryMapError::PageSize(page_size));
        }
        let max = u32::MAX - page_size;
        for (region, size) in [("read-only", ro), ("read-write", rw), ("stack", stack), ("aux", aux)] {
            if size % page_size != 0 && size > max {
                return Err(MemoryMapError::RegionTooLarge { region, size, max });
            }
        }
        // Sums in 64 bits cannot overflow: no size exceeds 2^32.
        let region = |size: u32| round_up(size.into(), REGION_ALIGNMENT);
        let gap = u64::from(REGION_ALIGNMENT);
        let total = region(ro) + region(rw) + region(stack) + region(aux);
        let total_max = (1 << 32) - 5 * gap;
        if total > total_max {
            return Err(MemoryMapError::TotalTooLarge { size: total, max: total_max });
        }
        // From here on every number is below 2^32, because the regions and the five gaps together are not larger.
        let pages = |size: u32| round_up(size.into(), page_size);
        let rw_address = u64::from(ADDRESS_BOTTOM) + region(ro) + gap;
        let heap_base = rw_address + u64::from(rw);
        let rw_end = rw_address + region(rw);
        let aux_address = u64::from(ADDRESS_TOP) - region(aux);
        let stack_high = aux_address - gap;
        let heap_size_max = (stack_high - region(stack)) - (rw_end + gap) + (rw_end - heap_base);
        Ok(Self {
            page_size,
            ro_data_size: pages(ro) as u32,
            rw_data_address: rw_address as u32,
            rw_data_size: pages(rw) as u32,
            heap_base: heap_base as u32,
            heap_size_max: heap_size_max as u32,
            stack_low: (stack_high - pages(stack)) as u32,
            stack_high: stack_high as u32,
            aux_address: aux_address as u32,
            aux_size: pages(aux) as u32,
        })
    }

    /// The layout for the sizes that a blob declares.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn for_blob(blob: &Blob<'_>, page_size: u32, aux_size: u32) -> Result<Self, MemoryMapError> {
        Self::new(page_size, blob.ro_data_size(), blob.rw_data_size(), blob.stack_size(), aux_size)
    }

    /// Bytes per page.
    pub const fn page_size(&self) -> u32 {
        self.page_size
    }

    /// First address of the read-only region.
    pub const fn ro_data_address(&self) -> u32 {
        ADDRESS_BOTTOM
    }

    /// Accessible bytes of the read-only region, whole pages.
    pub const fn ro_data_size(&self) -> u32 {
        self.ro_data_size
    }

    /// First address of the read-write region.
    pub const fn rw_data_address(&self) -> u32 {
        self.rw_data_address
    }

    /// Bytes of the read-write region that are accessible from the start, whole pages.
    pub const fn rw_data_size(&self) -> u32 {
        self.rw_data_size
    }

    /// Where the heap starts: right behind the read-write data, not rounded.
    pub const fn heap_base(&self) -> u32 {
        self.heap_base
    }

    /// Most bytes that the heap can grow to.
    pub const fn heap_size_max(&self) -> u32 {
        self.heap_size_max
    }

    /// First address of the stack region.
    pub const fn stack_low(&self) -> u32 {
        self.stack_low
    }

    /// End of the stack region, exclusive: the stack pointer at the start of a call.
    pub const fn stack_high(&self) -> u32 {
        self.stack_high
    }

    /// Accessible bytes of the stack region, whole pages.
    pub const fn stack_size(&self) -> u32 {
        self.stack_high - self.stack_low
    }

    /// First address of the aux region.
    pub const fn aux_address(&self) -> u32 {
        self.aux_address
    }

    /// Most accessible bytes of the aux region, whole pages.
    pub const fn aux_size(&self) -> u32 {
        self.aux_size
    }

    /// Bytes of the regions that do not grow: all but the read-write region.
    pub fn fixed_bytes(&self) -> u64 {
        [self.ro_data_size, self.stack_size(), self.aux_size].map(u64::from).iter().sum()
    }

    /// Bytes that all regions of a new instance have.
    pub fn initial_bytes(&self) -> u64 {
        self.fixed_bytes() + u64::from(self.rw_data_size)
    }
}
