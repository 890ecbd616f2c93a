// SPDX-License-Identifier: Apache-2.0
//! What a block of guest code costs (gas costs; when it is charged is in execution, section 5).
//!
//! A block is the instructions from a block start up to and including its first terminator, invalid opcode or implicit
//! invalid instruction. Costs are consensus: a model never changes once a chain has charged by it, a better one gets a
//! new id.

mod few;
mod operation;
mod pipeline;
mod plan;
mod properties;
mod quick;
mod simulator;
mod slots;
mod tariff;
mod units;
mod unread;
mod waiting;

use crate::code::{Code, Decoded};
use core::fmt;
use pipeline::Pipeline;
pub use tariff::{Footprint, Tariff};

/// An amount of gas. Signed because the host may take away more than is left, which ends the next run as out-of-gas.
pub type Gas = i64;

/// How the cost of a block is computed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[non_exhaustive]
pub enum GasModel {
    /// Each instruction costs 1, invalid ones included (gas costs, section 1).
    #[default]
    Flat,
    /// Simulates an out-of-order core whose loads hit the first-level cache and take 4 cycles (gas costs, section 2).
    PipelineL1,
    /// The same with loads from the second-level cache, 25 cycles.
    PipelineL2,
    /// The same with loads from the third-level cache, 37 cycles.
    PipelineL3,
    /// The same, with assumptions that follow from how much memory and code the program has, see [`Footprint`]: which cache
    /// loads hit, for how long loads and stores keep the machine busy, and how long it takes to get to a block.
    PipelineFootprint,
}

impl GasModel {
    /// All models.
    pub const ALL: &'static [Self] =
        &[Self::Flat, Self::PipelineL1, Self::PipelineL2, Self::PipelineL3, Self::PipelineFootprint];

    /// The number under which chains store the model; never reused.
    pub const fn id(self) -> u32 {
        match self {
            Self::Flat => 0,
            Self::PipelineL1 => 1,
            Self::PipelineL2 => 2,
            Self::PipelineL3 => 3,
            Self::PipelineFootprint => 4,
        }
    }

    /// The model with this [`id`](Self::id).
    pub fn from_id(id: u32) -> Option<Self> {
        Self::ALL.iter().copied().find(|model| model.id() == id)
    }

    /// The name in text.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::PipelineL1 => "pipeline-l1",
            Self::PipelineL2 => "pipeline-l2",
            Self::PipelineL3 => "pipeline-l3",
            Self::PipelineFootprint => "pipeline-footprint",
        }
    }

    /// The model with this [`name`](Self::name). `pipeline` alone means the one that the public conformance inputs
    /// use, `pipeline-l2`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "pipeline" => Some(Self::PipelineL2),
            _ => Self::ALL.iter().copied().find(|model| model.name() == name),
        }
    }
}

impl fmt::Display for GasModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The cache that a pipeline model assumes all loads to hit, and what else goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Cache {
    L1,
    L2,
    L3,
    /// None that is near a core.
    Far,
    /// Those near a core, as they were measured.
    Near,
}

impl Cache {
    /// All of them, in order.
    const ALL: [Self; 5] = [Self::L1, Self::L2, Self::L3, Self::Far, Self::Near];

    /// What instructions take.
    const fn latencies(self) -> Latencies {
        match self {
            Self::L1 => Latencies { load: 4, ..Latencies::SPECIFIED },
            Self::L2 => Latencies { load: 25, ..Latencies::SPECIFIED },
            Self::L3 => Latencies { load: 37, ..Latencies::SPECIFIED },
            Self::Far => Latencies { load: 90, ..Latencies::SPECIFIED },
            Self::Near => Latencies { load: 14, store: 4, branch: 14 },
        }
    }
}

/// The latencies that models differ in, in cycles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Latencies {
    load: u8,
    store: u8,
    /// Of a branch that may not be predicted.
    branch: u8,
}

impl Latencies {
    /// Those of the specification; loads are a parameter there (gas costs, section 3).
    const SPECIFIED: Self = Self { load: 0, store: 25, branch: 20 };
}

/// Latency of a branch one of whose ways leads to a trap or is marked as unlikely, so that it is predicted right.
const BRANCH_LATENCY_PREDICTED: u8 = 1;

/// Computes the costs of blocks from their instructions, fed in code order. One of these serves for any number of blocks,
/// one after the other.
#[derive(Clone, Debug)]
pub struct BlockCost<'a> {
    tariff: Tariff,
    code: Code<'a>,
    /// Cycles that the instructions so far keep a machine busy for.
    busy: u32,
    pipeline: Option<Pipeline<'a>>,
}

impl<'a> BlockCost<'a> {
    /// Starts an empty block of `code`. Models that look at the surroundings of a branch read them from `code`; the
    /// flat model does not.
    pub fn new(tariff: Tariff, code: &Code<'a>) -> Self {
        let pipeline = tariff.cache.map(|cache| Pipeline::new(cache, code));
        Self { tariff, code: *code, busy: 0, pipeline }
    }

    /// Adds the next instruction of the block; invalid ones, also implicit ones, count.
    #[inline]
    pub fn push(&mut self, decoded: &Decoded) {
        let opcode = decoded.instruction.map(|instruction| instruction.opcode);
        self.busy = self.busy.saturating_add(self.tariff.busy(opcode));
        if let Some(pipeline) = &mut self.pipeline {
            pipeline.push(decoded);
        }
    }

    /// The cost of the block of so many instructions that starts at `start`, for callers that have not pushed them: it is
    /// cheaper if they need not be decoded. Nothing has been pushed since the last block.
    ///
    /// Where no instruction is, there is an implicit invalid one.
    #[inline(always)]
    pub fn block(&mut self, start: u32, instructions: u32) -> u32 {
        let cycles = self.pipeline.as_mut().map_or(0, |pipeline| pipeline.block(start, instructions));
        let busy = match self.tariff.is_busy() {
            true => self.tariff.busy_block(&self.code, start, instructions),
            false => 0,
        };
        self.tariff.cost(cycles, busy)
    }

    /// The cost of the block, at least 1. What is pushed next belongs to a new block.
    #[inline]
    pub fn finish(&mut self) -> u32 {
        let cycles = self.pipeline.as_mut().map_or(0, Pipeline::finish);
        self.tariff.cost(cycles, core::mem::take(&mut self.busy))
    }
}

/// The cost of the block that starts at `start`, for callers that look at single blocks. `start` that is not an
/// instruction start is a block of one implicit invalid instruction.
pub fn block_cost(tariff: Tariff, code: &Code<'_>, start: u32) -> u32 {
    let mut cost = BlockCost::new(tariff, code);
    code.block(start).for_each(|decoded| cost.push(&decoded));
    cost.finish()
}
