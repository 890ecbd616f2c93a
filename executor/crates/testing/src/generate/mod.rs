// SPDX-License-Identifier: Apache-2.0
//! Random programs that lean towards the edges: extreme values, addresses around the ends of memory regions, jumps into
//! the middle of blocks, truncated and oversized immediates, invalid opcodes, gaps.
//!
//! Programs are written byte by byte from the instruction table and not through the blob builder, because most of
//! what is interesting here is nothing that a builder would make. They end: either by themselves or, since every
//! block costs gas, when the gas is spent.

mod idioms;
mod loops;
mod operands;

use revive_vm_primitives::{
    isa::{Format, Opcode, INSTRUCTION_BYTES_MAX},
    InstructionSet, Reg,
};

use crate::{
    container::{code_section, Sections},
    random::Random,
};
use operands::Operands;

/// What may occur in a generated program.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The instruction set.
    pub isa: InstructionSet,
    /// Opcodes that the set does not define.
    pub invalid_opcodes: bool,
    /// Stretches of code without instruction starts that are longer than an instruction can be.
    pub gaps: bool,
    /// Instructions that do not occur, although the set has them. Bytes that look like them may still.
    pub left_out: &'static [Opcode],
    /// Begin with instructions that load the registers, so that the host need not.
    pub loads_registers: bool,
}

impl Options {
    /// For one of many programs: whatever may occur does in some of them. Of JamV1 most have neither invalid opcodes nor gaps, because
    /// code with them is refused.
    pub const fn varied(isa: InstructionSet, seed: u64) -> Self {
        let jam = matches!(isa, InstructionSet::JamV1);
        Self {
            isa,
            invalid_opcodes: !jam || seed.is_multiple_of(8),
            gaps: !jam || seed.is_multiple_of(16),
            left_out: &[],
            loads_registers: seed.is_multiple_of(4),
        }
    }
}

/// A program, its memory, and the state that it starts in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The instruction set.
    pub isa: InstructionSet,
    /// The code bytes.
    pub code: Vec<u8>,
    /// One bit per code byte, least significant first.
    pub bitmask: Vec<u8>,
    /// Offsets of the instructions.
    pub starts: Vec<u32>,
    /// Code offsets that dynamic jumps go to.
    pub jump_table: Vec<u32>,
    /// Initial bytes of the read-only region; the region is one page.
    pub ro_data: Vec<u8>,
    /// Initial bytes of the read-write region; the region is two pages.
    pub rw_data: Vec<u8>,
    /// Registers at the start.
    pub regs: [u64; Reg::COUNT],
}

/// Bytes of the read-only region.
pub const RO_BYTES: u32 = 4096;
/// Bytes of the read-write region; not a multiple of the page size, so that the heap begins inside a page.
pub const RW_BYTES: u32 = 5000;
/// Bytes of the stack.
pub const STACK_BYTES: u32 = 4096;

impl Program {
    /// The program of a seed: always the same one.
    pub fn generate(seed: u64, options: &Options) -> Self {
        Self::generate_from(&mut Random::new(seed), options)
    }

    /// A program of random numbers.
    pub fn generate_from(random: &mut Random, options: &Options) -> Self {
        let mut drafts = draft(random, options);
        let jump_table_len = 1 + random.below(6);
        let regs = operands::initial_regs(random, jump_table_len);
        if options.loads_registers {
            drafts.splice(0..0, register_loads(options.isa, &regs));
        }

        let mut starts = Vec::new();
        let mut block_starts = vec![0];
        let mut offset = 0u32;
        for draft in &drafts {
            if draft.is_start {
                starts.push(offset);
            }
            offset += draft.len;
            if draft.ends_block {
                block_starts.push(offset);
            }
        }
        let code_len = offset;

        let jump_table: Vec<u32> = (0..jump_table_len)
            .map(|_| operands::pick_target(random, &block_starts, &starts, code_len))
            .collect();
        let operands = Operands {
            block_starts: &block_starts,
            starts: &starts,
            code_len,
            jump_table_len: jump_table.len(),
            palette: operands::palette(random),
        };
        let mut code = Vec::new();
        for draft in &drafts {
            let at = code.len() as u32;
            operands.write(draft, at, random, &mut code);
        }
        let bytes = |random: &mut Random, len: usize| (0..len).map(|_| random.byte()).collect();
        let mut program = Self {
            isa: options.isa,
            code,
            bitmask: Vec::new(),
            starts,
            jump_table,
            ro_data: bytes(random, 64),
            rw_data: bytes(random, 64),
            regs,
        };
        program.set_bitmask();
        program
    }

    /// Makes the bitmask that of code and starts.
    pub(crate) fn set_bitmask(&mut self) {
        self.bitmask = vec![0; self.code.len().div_ceil(8)];
        for start in &self.starts {
            self.bitmask[*start as usize / 8] |= 1 << (start % 8);
        }
    }

    /// The program as a blob.
    pub fn to_blob(&self) -> Vec<u8> {
        let section = code_section(&self.jump_table, &self.code, &self.bitmask);
        Sections {
            ro_data_size: RO_BYTES,
            ro_data: &self.ro_data,
            rw_data_size: RW_BYTES,
            rw_data: &self.rw_data,
            stack_size: STACK_BYTES,
            code: &section,
        }
        .to_blob(self.isa)
    }

    /// Whether an instruction that can fall through is followed by no other, or code does not begin with one.
    pub fn has_gaps(&self) -> bool {
        let ends = self.starts.iter().skip(1).copied().chain([self.code.len() as u32]);
        let too_long = self.starts.iter().zip(ends).any(|(start, end)| end - start > INSTRUCTION_BYTES_MAX);
        too_long || self.starts.first() != Some(&0)
    }

    /// Whether the program contains one of the two shapes of 25-byte instructions that the reference scans
    /// differently from its own rule (instruction set, section 11, last two rows). No encoder makes them.
    pub fn has_scanning_artefact(&self) -> bool {
        let len = self.code.len() as u32;
        self.starts.windows(2).any(|pair| {
            let (start, next) = (pair[0], pair[1]);
            next - start == INSTRUCTION_BYTES_MAX
                && ((start % 8 == 7 && start + 32 > len) || next.is_multiple_of(8))
        })
    }
}

/// One instruction whose length is decided but not its operands, or a stretch of bytes that is none.
pub(crate) struct Draft {
    pub(crate) byte: u8,
    pub(crate) opcode: Option<Opcode>,
    pub(crate) len: u32,
    pub(crate) is_start: bool,
    pub(crate) ends_block: bool,
    /// Argument bytes, where they are decided too.
    pub(crate) arguments: Option<Vec<u8>>,
    /// For a branch: the register that it compares with zero.
    pub(crate) zero_test: Option<Reg>,
}

impl Draft {
    /// An instruction that is decided wholly.
    pub(crate) fn decided(byte: u8, opcode: Opcode, arguments: Vec<u8>) -> Self {
        Self {
            byte,
            opcode: Some(opcode),
            len: 1 + arguments.len() as u32,
            is_start: true,
            ends_block: opcode.is_terminator(),
            arguments: Some(arguments),
            zero_test: None,
        }
    }
}

/// One `load_imm` per register, of the low 32 bits of its value.
fn register_loads(isa: InstructionSet, regs: &[u64; Reg::COUNT]) -> impl Iterator<Item = Draft> + '_ {
    Reg::ALL.into_iter().zip(regs).filter_map(move |(reg, value)| {
        let byte = isa.byte(Opcode::LoadImm)?;
        let mut arguments = vec![reg as u8];
        arguments.extend((*value as u32).to_le_bytes());
        Some(Draft::decided(byte, Opcode::LoadImm, arguments))
    })
}

fn draft(random: &mut Random, options: &Options) -> Vec<Draft> {
    let count = 2 + random.below(40);
    let mut drafts = Vec::with_capacity(count + 4);
    // Programs differ in how much of them is made of sequences, and in how often an instruction comes again.
    let (idioms, repeats) = (random.pick(&[0, 5, 25]), random.pick(&[0, 0, 40]));
    let favourites: [_; 4] = core::array::from_fn(|_| pick_opcode(random, options));
    while drafts.len() < count {
        if random.chance(idioms) {
            drafts.extend(idioms::pick(random, options.isa, options.left_out).into_iter().flatten());
            continue;
        }
        let opcode = match random.chance(repeats) {
            true => random.pick(&favourites),
            false => pick_opcode(random, options),
        };
        let invalid = options.invalid_opcodes && random.chance(1);
        let (byte, opcode) = match opcode {
            Some((byte, opcode)) if !invalid => (byte, Some(opcode)),
            _ => (255, None),
        };
        let ends_block = opcode.is_none_or(Opcode::is_terminator);
        let mut len = 1 + natural_argument_bytes(opcode, random);
        if random.chance(3) {
            // Anything up to the longest; too long as well, where gaps are welcome.
            let longest = INSTRUCTION_BYTES_MAX as usize;
            len = 1 + random.below(if options.gaps { longest + 8 } else { longest });
        }
        // A start bit that is missing merges the instruction into the one before.
        let is_start = !(options.gaps && random.chance(1));
        drafts.push(Draft {
            byte,
            opcode,
            len: len as u32,
            is_start,
            ends_block,
            arguments: None,
            zero_test: None,
        });
    }
    if random.chance(80) {
        drafts.push(Draft::decided(0, Opcode::Trap, Vec::new()));
    }
    drafts
}

fn pick_opcode(random: &mut Random, options: &Options) -> Option<(u8, Opcode)> {
    loop {
        let opcode = random.pick(&Opcode::ALL);
        let Some(byte) = options.isa.byte(opcode) else { continue };
        // Blocks of one instruction would hide what happens across instructions.
        let rare = match opcode {
            Opcode::Trap => 10,
            // Mostly as a sequence, with a size that makes sense.
            Opcode::Sbrk if !options.left_out.contains(&opcode) => 4,
            _ if options.left_out.contains(&opcode) => 0,
            _ if opcode.is_terminator() => 40,
            _ => 100,
        };
        if random.chance(rare) {
            return Some((byte, opcode));
        }
    }
}

/// Argument bytes as an encoder might choose them, immediates of any length included.
fn natural_argument_bytes(opcode: Option<Opcode>, random: &mut Random) -> usize {
    let Some(opcode) = opcode else { return random.below(4) };
    let mut immediate = || random.pick(&[0, 1, 1, 2, 3, 4, 4]);
    match opcode.format() {
        Format::NoArgs => 0,
        Format::RegImm | Format::RegRegImm | Format::RegRegOffset => 1 + immediate(),
        // Two immediates of up to four bytes. The length field is made to fit when the operands are written.
        Format::RegImmOffset | Format::RegImmImm | Format::ImmImm => 1 + immediate() + immediate(),
        Format::RegRegImmImm => 2 + immediate() + immediate(),
        Format::RegRegReg => 2,
        Format::Offset | Format::Imm => immediate(),
        Format::RegReg => 1,
        Format::RegImm64 => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use revive_vm_primitives::Blob;

    fn options(isa: InstructionSet) -> Options {
        Options { isa, invalid_opcodes: true, gaps: true, left_out: &[], loads_registers: false }
    }

    #[test]
    fn a_seed_always_gives_the_same_program() {
        let bytes = |seed| Program::generate(seed, &options(InstructionSet::Latest64)).to_blob();
        assert_eq!(bytes(3), bytes(3));
        assert_ne!(bytes(3), bytes(4));
    }

    #[test]
    fn programs_cover_the_instruction_table_and_its_edges() {
        for isa in InstructionSet::ALL {
            let mut seen = [false; Opcode::COUNT];
            let (mut invalid, mut gaps) = (0, 0);
            for seed in 0..2000 {
                let program = Program::generate(seed, &options(isa));
                let bytes = program.to_blob();
                let blob = Blob::parse(&bytes).unwrap();
                for decoded in blob.code().instructions() {
                    match decoded.instruction {
                        Some(instruction) => seen[instruction.opcode as usize] = true,
                        None if blob.code().is_instruction_start(decoded.offset) => invalid += 1,
                        None => gaps += 1,
                    }
                }
            }
            for opcode in Opcode::ALL {
                let defined = isa.byte(opcode).is_some();
                assert_eq!(seen[opcode as usize], defined, "{isa}: {opcode:?}");
            }
            assert!(invalid > 100 && gaps > 100, "{isa}: {invalid} invalid opcodes, {gaps} gaps");
        }
    }
}
