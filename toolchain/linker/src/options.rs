// SPDX-License-Identifier: Apache-2.0
//! What the caller can choose.

use revive_vm_primitives::InstructionSet;

/// How much is done to the code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub enum OptLevel {
    /// As it stands in the input, without what cannot be reached.
    O0,
    /// What makes code smaller and faster without moving it around.
    O1,
    /// Everything.
    #[default]
    O2,
}

impl OptLevel {
    /// All levels.
    pub const ALL: [Self; 3] = [Self::O0, Self::O1, Self::O2];

    /// The level with this number.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.get(number as usize).copied()
    }
}

/// Which instruction set the blob is for.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Isa {
    /// The newest set of the input's width: latest32 or latest64.
    #[default]
    Latest,
    /// This one; its width must be that of the input.
    Exactly(InstructionSet),
}

/// The stack in bytes that a program gets which asks for less.
pub const STACK_SIZE_MIN_DEFAULT: u32 = 8192;

/// What the caller can choose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// How much is done to the code.
    pub opt_level: OptLevel,
    /// Runs these passes, in this order, instead of those of the level.
    pub passes: Option<Vec<String>>,
    /// Measures what each pass did, which takes some time.
    pub report: bool,
    /// Leaves out debug info.
    pub strip: bool,
    /// The instruction set.
    pub isa: Isa,
    /// The least stack in bytes; the program can ask for more. Rounded up to 4096.
    pub stack_size_min: u32,
    /// Exports that get a jump at the start of the code, the first at code offset 0, the next at 5, and so on.
    pub dispatch_table: Vec<Vec<u8>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            opt_level: OptLevel::default(),
            passes: None,
            report: false,
            strip: false,
            isa: Isa::default(),
            stack_size_min: STACK_SIZE_MIN_DEFAULT,
            dispatch_table: Vec::new(),
        }
    }
}
