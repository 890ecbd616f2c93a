// SPDX-License-Identifier: Apache-2.0
//! The four instruction sets, their opcodes and operands.
//!
//! All knowledge about single opcodes is in one table, the module `table`; the lookups here are computed from it
//! when the crate is compiled. Adding an instruction means adding one row.
//!
//! These numbers are consensus: a byte that changes its meaning changes the result of stored contracts.

mod access;
mod instruction;
mod reg;
mod table;

pub use access::MemoryAccess;
pub use instruction::Instruction;
pub use reg::Reg;
pub use table::Opcode;

use core::fmt;
use table::{Flow, Row, ABSENT, ROWS};

/// Code address at which a guest call returns to the host: a dynamic jump to it finishes the call (instruction set,
/// section 5.4). It is also the end of the usable data address space.
pub const RETURN_ADDRESS: u32 = 0xffff_0000;

/// Dynamic code addresses are multiples of this; entry `k` of the jump table has address `2 * (k + 1)` (instruction
/// set, section 5.4).
pub const CODE_ADDRESS_ALIGNMENT: u32 = 2;

/// The longest an instruction can be, opcode included, in bytes (instruction set, section 3).
pub const INSTRUCTION_BYTES_MAX: u32 = 25;

/// One of the four instruction sets that a blob can be written in (instruction set, section 2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum InstructionSet {
    /// 64-bit registers, 138 opcodes: what the Solidity compiler emits for contracts.
    ReviveV1 = 0,
    /// 32-bit registers, 106 opcodes.
    Latest32 = 1,
    /// 64-bit registers, 141 opcodes.
    Latest64 = 2,
    /// 64-bit registers, 139 opcodes; its code is validated before it may run.
    JamV1 = 3,
}

impl InstructionSet {
    /// All instruction sets in order of their version byte.
    pub const ALL: [Self; 4] = [Self::ReviveV1, Self::Latest32, Self::Latest64, Self::JamV1];

    /// The instruction set that a blob with this version byte is written in; `None` if there is no such set.
    pub const fn from_version_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::ReviveV1),
            1 => Some(Self::Latest32),
            2 => Some(Self::Latest64),
            3 => Some(Self::JamV1),
            _ => None,
        }
    }

    /// The version byte that names this set in a blob (blob format, section 1).
    pub const fn version_byte(self) -> u8 {
        self as u8
    }

    /// The name in text, for instance `revive_v1`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReviveV1 => "revive_v1",
            Self::Latest32 => "latest32",
            Self::Latest64 => "latest64",
            Self::JamV1 => "jam_v1",
        }
    }

    /// The set with this [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|isa| isa.name() == name)
    }

    /// Register width in bits: 32 or 64.
    pub const fn register_bits(self) -> u32 {
        match self {
            Self::Latest32 => 32,
            Self::ReviveV1 | Self::Latest64 | Self::JamV1 => 64,
        }
    }

    /// Whether registers have 64 bits.
    pub const fn is_64_bit(self) -> bool {
        self.register_bits() == 64
    }

    /// What this opcode byte means in this set; `None` for an invalid opcode.
    #[inline]
    pub const fn opcode(self, byte: u8) -> Option<Opcode> {
        DECODE[self as usize][byte as usize]
    }

    /// What each opcode byte means in this set, see [`opcode`](Self::opcode).
    #[inline]
    pub const fn opcodes(self) -> &'static [Option<Opcode>; 256] {
        &DECODE[self as usize]
    }

    /// The byte that stands for this opcode in this set; `None` if the set does not have it.
    #[inline]
    pub const fn byte(self, opcode: Opcode) -> Option<u8> {
        match ROWS[opcode as usize].bytes[self as usize] {
            ABSENT => None,
            byte => Some(byte),
        }
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How the argument bytes of an instruction are laid out (instruction set, section 6).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// 6.1: argument bytes are ignored.
    NoArgs,
    /// 6.2: `d`, `i`.
    RegImm,
    /// 6.3: `d`, `i`, target.
    RegImmOffset,
    /// 6.4: `d`, `i`, `j`.
    RegImmImm,
    /// 6.5: `d`, `s`, `i`.
    RegRegImm,
    /// 6.6: `d`, `s`, target.
    RegRegOffset,
    /// 6.7: `d`, `s`, `t`.
    RegRegReg,
    /// 6.8: target.
    Offset,
    /// 6.9: `i`.
    Imm,
    /// 6.10: `i`, `j`.
    ImmImm,
    /// 6.11: `d`, `s`.
    RegReg,
    /// 6.12: `d`, `s`, `i`, `j`.
    RegRegImmImm,
    /// 6.13: `d`, `k`.
    RegImm64,
}

impl Format {
    /// Whether instructions of this format name a static jump target.
    pub const fn has_target(self) -> bool {
        matches!(self, Self::RegImmOffset | Self::RegRegOffset | Self::Offset)
    }
}

impl Opcode {
    /// The row of the table; all other facts come from it.
    const fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// The name of the instruction, for instance `add_imm_64`.
    pub const fn mnemonic(self) -> &'static str {
        self.row().mnemonic
    }

    /// The opcode with this [`mnemonic`](Self::mnemonic).
    pub fn from_mnemonic(mnemonic: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|opcode| opcode.mnemonic() == mnemonic)
    }

    /// How its argument bytes are laid out.
    #[inline]
    pub const fn format(self) -> Format {
        self.row().format
    }

    /// Whether it ends a basic block (instruction set, section 5.1).
    #[inline]
    pub const fn is_terminator(self) -> bool {
        !matches!(self.row().flow, Flow::Straight)
    }

    /// Whether execution can continue at the instruction behind it (instruction set, section 4). True for branches and
    /// `fallthrough`, although they end their block.
    #[inline]
    pub const fn can_fall_through(self) -> bool {
        !matches!(self.row().flow, Flow::Leaves)
    }

    /// Template of the text form; read by [`disasm`](crate::disasm).
    pub(crate) const fn template(self) -> &'static str {
        self.row().text
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.mnemonic())
    }
}

/// Opcode byte to opcode, per instruction set.
static DECODE: [[Option<Opcode>; 256]; 4] = decode_tables();

const fn decode_tables() -> [[Option<Opcode>; 256]; 4] {
    let mut tables = [[None; 256]; 4];
    let mut set = 0;
    while set < 4 {
        let mut index = 0;
        while index < Opcode::COUNT {
            let byte = ROWS[index].bytes[set];
            if byte != ABSENT {
                let entry = &mut tables[set][byte as usize];
                assert!(entry.is_none(), "two rows of the table claim the same byte");
                *entry = Some(Opcode::ALL[index]);
            }
            index += 1;
        }
        set += 1;
    }
    tables
}
