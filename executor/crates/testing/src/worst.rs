// SPDX-License-Identifier: Apache-2.0
//! Programs that are as bad as they can be for whoever loads them: the densest code, nothing but branches, nothing but
//! invalid bytes, one giant block.
//!
//! Each is a pattern of a few bytes again and again, so it comes in every size up to the limit.

use revive_vm_primitives::{InstructionSet, Opcode};

use crate::container::{code_section, Sections};

/// A kind of bad program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// What it is.
    pub name: String,
    /// The bytes that are repeated.
    pub pattern: Vec<u8>,
    /// Bytes from one instruction to the next; without, all is one with a gap behind it.
    pub starts_every: Option<usize>,
    /// Entries in the jump table for a thousand bytes of code.
    pub entries_per_1000: usize,
}

/// The instruction set of the shapes: it has all that is dense.
pub const ISA: InstructionSet = InstructionSet::Latest64;

impl Shape {
    fn new(name: &str, pattern: &[u8]) -> Self {
        Self {
            name: name.into(),
            pattern: pattern.into(),
            starts_every: Some(pattern.len()),
            entries_per_1000: 0,
        }
    }

    /// A mixture: each byte is an instruction, whose operands are the bytes behind it.
    pub fn mixture(bytes: &[u8]) -> Self {
        Self { starts_every: Some(1), ..Self::new(&format!("{bytes:02x?} mixed"), bytes) }
    }

    /// The blob with so many bytes of code.
    pub fn blob(&self, code_bytes: usize) -> Vec<u8> {
        let code: Vec<u8> = self.pattern.iter().copied().cycle().take(code_bytes).collect();
        let mut bitmask = vec![0u8; code_bytes.div_ceil(8)];
        let step = self.starts_every.unwrap_or(usize::MAX);
        let mut at = 0;
        while at < code_bytes {
            bitmask[at / 8] |= 1 << (at % 8);
            at = at.saturating_add(step);
        }
        let entries = self.entries_per_1000 * code_bytes / 1000;
        let jump_table: Vec<u32> = (0..entries).map(|entry| (entry % code_bytes) as u32).collect();
        let section = code_section(&jump_table, &code, &bitmask);
        Sections { rw_data_size: 4096, stack_size: 4096, code: &section, ..Sections::default() }.to_blob(ISA)
    }
}

fn byte(opcode: Opcode) -> u8 {
    // The set has nearly all instructions; what it lacks would be an invalid byte, which is a shape as well.
    ISA.byte(opcode).unwrap_or(255)
}

/// The bad programs that have a name.
pub fn named() -> Vec<Shape> {
    let branch = byte(Opcode::BranchEqImm);
    vec![
        Shape::new("memset, the densest", &[byte(Opcode::Memset)]),
        Shape::new("host calls", &[byte(Opcode::Ecalli)]),
        Shape::new("branches to themselves", &[branch, 0x00]),
        Shape::new("branches to the next one", &[branch, 0x00, 3]),
        Shape::new("branches a little back", &[byte(Opcode::BranchLessUnsigned), 0x87, 0xf0]),
        // Two blocks each, the first of which leaves.
        Shape {
            starts_every: Some(3),
            ..Shape::new("small loops", &[branch, 0x00, 6, byte(Opcode::BranchLessUnsigned), 0x87, 0xfd])
        },
        Shape::new("jumps to themselves", &[byte(Opcode::Jump)]),
        Shape::new("dynamic jumps", &[byte(Opcode::JumpIndirect), 0]),
        Shape::new("invalid bytes", &[255]),
        Shape::new("traps", &[0]),
        Shape::new("blocks of nothing", &[byte(Opcode::Fallthrough)]),
        Shape::new("one block of moves", &[byte(Opcode::MoveReg), 0x87]),
        Shape::new("one block of the densest divisions", &[byte(Opcode::DivSigned64)]),
        Shape::new("one block of divisions", &[byte(Opcode::DivSigned64), 0x87, 0x09]),
        Shape::new("one block of loads", &[byte(Opcode::LoadIndirectU64), 0x17, 0x08]),
        Shape::new("one block of constants", &[byte(Opcode::LoadImm64), 7, 1, 2, 3, 4, 5, 6, 7, 8]),
        Shape { starts_every: None, ..Shape::new("one gap", &[byte(Opcode::MoveReg)]) },
        Shape { entries_per_1000: 500, ..Shape::new("a jump table", &[byte(Opcode::Fallthrough)]) },
    ]
}

/// Every byte as an instruction of one, two and three bytes, whatever it then means.
pub fn every_byte() -> Vec<Shape> {
    let mut all = Vec::new();
    for byte in 0..=255 {
        for (len, rest) in [(1, 0), (2, 0x12), (3, 0x00), (3, 0xff), (3, 0x78), (4, 0x33)] {
            let mut pattern = vec![rest; len];
            pattern[0] = byte;
            all.push(Shape::new(&format!("{pattern:02x?}"), &pattern));
        }
    }
    all
}
