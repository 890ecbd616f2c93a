// SPDX-License-Identifier: Apache-2.0
//! A gas model applied to a program: what all of its blocks have in common.
//!
//! All models but one are the same for every program. [`GasModel::PipelineFootprint`] assumes of a program what its
//! [`Footprint`] lets it do to a machine. So whoever brings a large program pays for what large programs can do, and nobody
//! else does. A block costs the most of three:
//!
//! - the cycles that the pipeline takes for it, with loads from a cache that all memory of the program fits into. That is for
//!   results that others wait for;
//! - the cycles that its instructions keep the machine busy for, one after the other. That is for loads and stores that wait
//!   for nothing: the pipeline has four of them under way, a machine may have fewer, if each of them is over the border of two
//!   lines and all of them are where caches put them in the same place;
//! - what it takes to get to a block in code of that size, whose branches and lines the machine may have forgotten.
//!
//! Decision 0014 has the measurements that the numbers are from.

use super::{Cache, GasModel};
use crate::code::Code;
use crate::isa::{Instruction, Opcode};
use crate::memory_map::MemoryMap;

/// How much of a machine's caches a program can occupy. A pure function of the program and of limits that chains fix.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Footprint {
    /// Bytes of code, without bitmask and jump table.
    pub code_bytes: u32,
    /// Bytes of memory that an instance can come to have: all regions, each in whole pages, and the most heap that it may
    /// get.
    pub memory_bytes: u64,
}

impl Footprint {
    /// Of a program with this code and layout. `memory_bytes_max` is what the host lets an instance have; it counts where
    /// memory can grow: by `sbrk`, in instruction sets that have it, or if the host maps pages.
    pub fn new(code: &Code<'_>, map: &MemoryMap, memory_bytes_max: u32, dynamic_paging: bool) -> Self {
        let initial = map.initial_bytes();
        let grows = code.isa().byte(Opcode::Sbrk).is_some();
        let memory_bytes = match (dynamic_paging, grows) {
            (true, _) => u64::from(memory_bytes_max),
            // The last page of the read-write data can hold the beginning of the heap.
            (false, true) => {
                initial.max((initial + u64::from(map.heap_size_max())).min(memory_bytes_max.into()))
            }
            (false, false) => initial,
        };
        Self { code_bytes: code.len(), memory_bytes }
    }
}

/// What the blocks of a program cost: a [`GasModel`] with what it assumes of the program.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Tariff {
    /// Of a pipeline model.
    pub(super) cache: Option<Cache>,
    /// No block costs less.
    block_min: u32,
    /// No block costs less than what its instructions keep a machine busy for, one after the other.
    busy: Busy,
}

/// Cycles that instructions keep a machine busy for if many of them are under way at the same time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Busy {
    load: u8,
    store: u8,
    other: u8,
}

impl Tariff {
    /// One for each instruction.
    pub const FLAT: Self = Self { cache: None, block_min: 1, busy: Busy { load: 1, store: 1, other: 1 } };

    /// A pipeline model that is the same for all programs.
    const fn pipeline(cache: Cache) -> Self {
        Self { cache: Some(cache), block_min: 1, busy: Busy { load: 0, store: 0, other: 0 } }
    }

    /// Whether a block costs as much as it has instructions.
    pub const fn is_flat(self) -> bool {
        self.cache.is_none()
    }

    /// Bytes that differ if a tariff does, for keys.
    pub fn to_bytes(self) -> [u8; 8] {
        let Self { cache, block_min, busy: Busy { load, store, other } } = self;
        let cache = cache.map_or(0, |cache| cache as u8 + 1);
        let [a, b, c, d] = block_min.to_le_bytes();
        [cache, load, store, other, a, b, c, d]
    }

    /// Whether there is an instruction that keeps a machine busy.
    #[inline]
    pub(super) const fn is_busy(self) -> bool {
        let Busy { load, store, other } = self.busy;
        load | store | other != 0
    }

    /// For how many cycles an instruction keeps a machine busy.
    #[inline]
    pub(super) fn busy(self, opcode: Option<Opcode>) -> u32 {
        if self.is_flat() {
            return 1;
        }
        let other = u32::from(self.busy.other);
        match opcode.map(kind) {
            Some(Kind::Load) => self.busy.load.into(),
            Some(Kind::Store) => self.busy.store.into(),
            Some(Kind::Wide) => 2 * other,
            Some(Kind::Other) | None => other,
        }
    }

    /// For how many cycles so many instructions from `start` on do that, the last of which ends a block.
    #[inline(never)]
    pub(super) fn busy_block(self, code: &Code<'_>, start: u32, instructions: u32) -> u32 {
        if self.is_flat() {
            return instructions;
        }
        let (bytes, opcodes) = (code.bytes(), code.isa().opcodes());
        let mut base = start & !7;
        let mut starts = code.start_bits(base) & u64::MAX << (start % 8);
        // What ends a block neither loads nor stores, and may not be there.
        let mut busy = u32::from(self.busy.other);
        for _ in 1..instructions {
            while starts == 0 && base < code.len() {
                base += u64::BITS;
                starts = code.start_bits(base);
            }
            let opcode = bytes.get((base + starts.trailing_zeros()) as usize);
            busy = busy.saturating_add(self.busy(opcode.and_then(|byte| opcodes[usize::from(*byte)])));
            starts &= starts.wrapping_sub(1);
        }
        busy
    }

    /// The cost of a block for which the pipeline takes so many cycles, and whose instructions keep it busy for so many.
    #[inline(always)]
    pub(super) fn cost(self, cycles: u32, busy: u32) -> u32 {
        cycles.max(busy).max(self.block_min)
    }
}

/// What decides for how long an instruction keeps a machine busy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Load,
    Store,
    /// Has an immediate of eight bytes, which takes as much room as two instructions.
    Wide,
    Other,
}

#[inline]
fn kind(opcode: Opcode) -> Kind {
    const KINDS: [Kind; Opcode::COUNT] = {
        let mut kinds = [Kind::Other; Opcode::COUNT];
        let mut index = 0;
        while index < Opcode::COUNT {
            // `memset` pays for its bytes as it goes along.
            kinds[index] = match (Opcode::ALL[index], Instruction::new(Opcode::ALL[index]).memory_access()) {
                (Opcode::Memset, _) => Kind::Other,
                (Opcode::LoadImm64, _) => Kind::Wide,
                (_, Some(access)) if access.is_store => Kind::Store,
                (_, Some(_)) => Kind::Load,
                (_, None) => Kind::Other,
            };
            index += 1;
        }
        kinds
    };
    KINDS[opcode as usize]
}

impl GasModel {
    /// What blocks of a program with this footprint cost.
    pub fn tariff(self, footprint: Footprint) -> Tariff {
        match self {
            Self::Flat => Tariff::FLAT,
            Self::PipelineL1 => Tariff::pipeline(Cache::L1),
            Self::PipelineL2 => Tariff::pipeline(Cache::L2),
            Self::PipelineL3 => Tariff::pipeline(Cache::L3),
            Self::PipelineFootprint => {
                let (cache, load, store) = class(&MEMORY, footprint.memory_bytes);
                let (block_min, other) = class(&CODE, footprint.code_bytes.into());
                Tariff { cache: Some(cache), block_min, busy: Busy { load, store, other } }
            }
        }
    }
}

/// Sizes up to a number of bytes, and what is assumed of them. Part of consensus, as all of [`GasModel::PipelineFootprint`].
struct Class<T> {
    bytes_max: u64,
    assumed: T,
}

/// Where loads hit, and for how many cycles a load and a store keep a machine busy, by the bytes of memory.
///
/// The first class has room for what compilers give a contract by default, 100 KiB, and some read-only data. Latencies are what was
/// measured there, of loads and stores and also of branches: where code is large, so that more of them are not foreseen, each block
/// costs more anyway. What a few pages of memory allow is bounded by their number: a cache puts the same line of each of them
/// in the same place. What is in the second class still fits into a second-level cache, but not if all of it is wanted in the same places. What is in the third is
/// shared with other cores, and takes longer while they use it too.
const MEMORY: [Class<(Cache, u8, u8)>; 3] = [
    Class { bytes_max: 112 * 1024, assumed: (Cache::Near, 13, 11) },
    Class { bytes_max: 256 * 1024, assumed: (Cache::L2, 28, 14) },
    Class { bytes_max: u64::MAX, assumed: (Cache::Far, 55, 35) },
];

/// What a block costs at least, and for how many cycles other instructions keep a machine busy, by the bytes of code.
///
/// In the first class a machine remembers all branches and jumps, and decoded instructions are at hand. In the second there may be
/// more jumps than it remembers; in the third also branches and dynamic jumps, but the code is in a cache near the core; in
/// the fourth it need not be.
const CODE: [Class<(u32, u8)>; 4] = [
    Class { bytes_max: 9 * 1024, assumed: (6, 1) },
    Class { bytes_max: 12 * 1024, assumed: (24, 2) },
    Class { bytes_max: 64 * 1024, assumed: (48, 2) },
    Class { bytes_max: u64::MAX, assumed: (100, 4) },
];

/// What is assumed of so many bytes.
fn class<T: Copy, const N: usize>(classes: &[Class<T>; N], bytes: u64) -> T {
    let last = &classes[N - 1];
    classes.iter().find(|class| bytes <= class.bytes_max).unwrap_or(last).assumed
}
