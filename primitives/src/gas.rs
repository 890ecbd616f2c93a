// SPDX-License-Identifier: Apache-2.0
//! What a block of guest code costs (gas costs; when it is charged is in execution, section 5).
//!
//! A block is the instructions from a block start up to and including its first terminator, invalid opcode or implicit
//! invalid instruction. Costs are consensus: a model never changes once a chain has charged by it, a better one gets a
//! new id.

use crate::code::{Code, Decoded};
use core::fmt;

/// An amount of gas. Signed because the host may take away more than is left, which ends the next run as out-of-gas.
pub type Gas = i64;

/// How the cost of a block is computed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[non_exhaustive]
pub enum GasModel {
    /// Each instruction costs 1, invalid ones included (gas costs, section 1).
    #[default]
    Flat,
}

impl GasModel {
    /// All models.
    pub const ALL: &'static [Self] = &[Self::Flat];

    /// The number under which chains store the model; never reused.
    pub const fn id(self) -> u32 {
        match self {
            Self::Flat => 0,
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
        }
    }

    /// The model with this [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|model| model.name() == name)
    }
}

impl fmt::Display for GasModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Computes the cost of one block from its instructions, fed in code order.
#[derive(Clone, Debug)]
pub struct BlockCost {
    state: State,
}

/// What each model has to remember within a block.
#[derive(Clone, Debug)]
enum State {
    Flat { instructions: u32 },
}

impl BlockCost {
    /// Starts an empty block of `code`. Models that look at the surroundings of a branch read them from `code`; the
    /// flat model does not.
    pub fn new(model: GasModel, _code: &Code<'_>) -> Self {
        Self {
            state: match model {
                GasModel::Flat => State::Flat { instructions: 0 },
            },
        }
    }

    /// Adds the next instruction of the block; invalid ones, also implicit ones, count.
    #[inline]
    pub fn push(&mut self, _decoded: &Decoded) {
        match &mut self.state {
            State::Flat { instructions } => *instructions = instructions.saturating_add(1),
        }
    }

    /// The cost of the block, at least 1.
    #[inline]
    pub fn finish(self) -> u32 {
        match self.state {
            State::Flat { instructions } => instructions.max(1),
        }
    }
}

/// The cost of the block that starts at `start`, for callers that look at single blocks. `start` that is not an
/// instruction start is a block of one implicit invalid instruction.
pub fn block_cost(model: GasModel, code: &Code<'_>, start: u32) -> u32 {
    let mut cost = BlockCost::new(model, code);
    code.block(start).for_each(|decoded| cost.push(&decoded));
    cost.finish()
}
