// SPDX-License-Identifier: Apache-2.0
//! What large programs are filled with to find out what loading costs. Benchmarks make these programs; prices are computed from what
//! they took and from what is counted in them, in every runtime.

use crate::code::HEAVY;

/// What the code of a large contract consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filling {
    /// Blocks of one byte.
    Blocks,
    /// Divisions, which take the most machine code.
    Divisions,
    /// Host calls.
    HostCalls,
    /// Branches to places far off.
    Branches,
    /// Loads, stores and sums, which wait for each other and for units.
    Memory,
    /// What needs the only multiplier, or two units at once, and loads.
    Units,
}

impl Filling {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Self::Blocks, Self::Divisions, Self::HostCalls, Self::Branches, Self::Memory, Self::Units];

    /// Bytes of code, and how many instructions that is.
    pub(crate) const fn density(self) -> (u32, u32) {
        match self {
            Self::Blocks | Self::HostCalls => (1, 1),
            Self::Divisions => (3, 1),
            Self::Branches => (5, 1),
            Self::Memory | Self::Units => (10, 4),
        }
    }

    /// Bytes of code, and as how many instructions they count where loading is priced.
    pub const fn counted(self) -> (u32, u32) {
        match self {
            Self::Divisions => (3, HEAVY),
            Self::HostCalls => (1, HEAVY),
            Self::Units => (10, 2 * HEAVY + 2),
            Self::Blocks | Self::Branches | Self::Memory => self.density(),
        }
    }
}
