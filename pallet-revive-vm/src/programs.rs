// SPDX-License-Identifier: Apache-2.0
//! Contracts assembled on the spot, for tests, benchmarks and the check of prices.
//!
//! Every one has a page of read-only data, 64 KiB of read-write data, 64 KiB of stack, and these addresses:

pub mod kernels;

pub use crate::filling::Filling;
use alloc::{string::String, vec, vec::Vec};
use revive_vm_primitives::{BlobBuilder, CodeBuilder, Instruction, InstructionSet, Label, Opcode, Reg};

/// The read-only page.
pub const RO: u64 = 0x1_0000;
/// The read-write data.
pub const RW: u64 = 0x3_0000;
/// Bytes of read-write data.
pub const RW_BYTES: u32 = 0x1_0000;
/// The first address behind the read-write data.
pub const BEHIND_RW: u64 = RW + RW_BYTES as u64;
/// "None", in a 32-bit argument.
pub const NONE: u64 = 0xFFFF_FFFF;

const ARGS: [Reg; 6] = [Reg::A0, Reg::A1, Reg::A2, Reg::A3, Reg::A4, Reg::A5];

/// An argument of a host call.
#[derive(Clone, Copy)]
pub enum Arg {
    /// This number.
    Value(u64),
    /// What is in this register.
    In(Reg),
}

impl From<u64> for Arg {
    fn from(value: u64) -> Self {
        Self::Value(value)
    }
}

impl From<Reg> for Arg {
    fn from(reg: Reg) -> Self {
        Self::In(reg)
    }
}

/// Two 32-bit arguments in one register.
pub fn pack(high: u64, low: u64) -> Arg {
    Arg::Value(high << 32 | low)
}

/// Writes the code of a contract.
pub struct Asm {
    /// The code so far.
    pub code: CodeBuilder,
    imports: Vec<String>,
    exports: Vec<(&'static str, Label)>,
    /// Where the rounds begin and end, of the last loop.
    round: Option<[Label; 2]>,
}

impl Default for Asm {
    fn default() -> Self {
        Self::new()
    }
}

impl Asm {
    /// Without code.
    pub fn new() -> Self {
        Self {
            code: CodeBuilder::new(InstructionSet::ReviveV1),
            imports: Vec::new(),
            exports: Vec::new(),
            round: None,
        }
    }

    /// The export `name` begins here.
    pub fn export(&mut self, name: &'static str) -> &mut Self {
        let label = self.code.label_here();
        self.exports.push((name, label));
        self
    }

    /// Adds an instruction.
    pub fn push(&mut self, instruction: Instruction) -> &mut Self {
        self.code.push(instruction);
        self
    }

    /// `reg = value`
    pub fn load(&mut self, reg: Reg, value: u64) -> &mut Self {
        self.push(Instruction::reg_imm64(Opcode::LoadImm64, reg, value))
    }

    /// `to = from`
    pub fn mv(&mut self, to: Reg, from: Reg) -> &mut Self {
        self.push(Instruction::reg_reg(Opcode::MoveReg, to, from))
    }

    /// Stores eight bytes at `address`.
    pub fn store(&mut self, address: u64, reg: Reg) -> &mut Self {
        self.push(Instruction::reg_imm(Opcode::StoreU64, reg, address as u32 as i32))
    }

    /// Loads eight bytes from `address`.
    pub fn fetch(&mut self, reg: Reg, address: u64) -> &mut Self {
        self.push(Instruction::reg_imm(Opcode::LoadU64, reg, address as u32 as i32))
    }

    /// Stores `bytes`, filled up with zeros to a multiple of eight, at `address`.
    pub fn data(&mut self, address: u64, bytes: &[u8]) -> &mut Self {
        for (index, chunk) in bytes.chunks(8).enumerate() {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.load(Reg::T0, u64::from_le_bytes(word)).store(address + 8 * index as u64, Reg::T0);
        }
        self
    }

    /// Creates a contract from the code whose hash is at `hash`, with the value and the deposit limit that are at these addresses, all the
    /// weight that there is, and no input, salt or output.
    pub fn instantiate(&mut self, hash: u64, value: u64, deposit_limit: u64) -> &mut Self {
        let all = Arg::from(u64::MAX);
        let none = pack(NONE, NONE);
        self.host("instantiate", [all, all, pack(deposit_limit, value), pack(32, hash), none, none])
    }

    /// Calls a host function.
    pub fn host<A: Into<Arg>>(&mut self, symbol: &str, args: impl IntoIterator<Item = A>) -> &mut Self {
        for (reg, arg) in ARGS.into_iter().zip(args) {
            match arg.into() {
                Arg::Value(value) => self.load(reg, value),
                Arg::In(from) => self.mv(reg, from),
            };
        }
        let index = match self.imports.iter().position(|import| import == symbol) {
            Some(index) => index,
            None => {
                self.imports.push(symbol.into());
                self.imports.len() - 1
            }
        };
        self.push(Instruction::imm(Opcode::Ecalli, index as i32))
    }

    /// `seal_return` of `len` bytes at `address`.
    pub fn ret(&mut self, flags: u64, address: u64, len: u64) -> &mut Self {
        self.host("seal_return", [flags, address, len]).trap()
    }

    /// Ends by returning from the export.
    pub fn done(&mut self) -> &mut Self {
        self.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0))
    }

    /// Ends by a trap.
    pub fn trap(&mut self) -> &mut Self {
        self.push(Instruction::new(Opcode::Trap))
    }

    /// Ends a chain of calls where nothing is to be returned.
    pub fn end(&mut self) {}

    /// Never ends.
    pub fn spin(&mut self) -> &mut Self {
        // Only what follows a terminator can be jumped to.
        let label = self.push(Instruction::new(Opcode::Fallthrough)).code.label_here();
        self.code.push_to(Instruction::offset(Opcode::Jump, 0), label);
        self
    }

    /// Repeats `body` as often as s1 says, and counts it down to zero.
    pub fn rounds(&mut self, body: impl FnOnce(&mut Self)) -> &mut Self {
        let end = self.code.label();
        // Only what follows a terminator can be jumped to.
        let top = self.push(Instruction::new(Opcode::Fallthrough)).code.label_here();
        self.code.push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, Reg::S1, 0, 0), end);
        body(self);
        self.push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::S1, Reg::S1, -1));
        self.code.push_to(Instruction::offset(Opcode::Jump, 0), top);
        self.code.bind(end);
        self.round = Some([top, end]);
        self
    }

    /// Code offsets from which to which a round goes, of the last loop; 0 without one or if the code cannot be encoded.
    pub fn round_offsets(&self) -> [u32; 2] {
        let offset = |label| self.code.finish().ok().and_then(|parts| parts.offset_of(label));
        self.round.map_or([0; 2], |labels| labels.map(|label| offset(label).unwrap_or(0)))
    }

    /// The input, copied to [`RW`]; its length in s0.
    pub fn take_input(&mut self) -> &mut Self {
        self.host::<u64>("call_data_size", [])
            .mv(Reg::S0, Reg::A0)
            .host("call_data_copy", [Arg::from(RW), Reg::S0.into(), 0.into()])
    }

    /// The blob, to be changed further.
    ///
    /// # Panics
    ///
    /// If the code cannot be encoded: a jump that is too far, a label without a place.
    pub fn builder(&self) -> BlobBuilder {
        let parts = self.code.finish().expect("the fixture is sound");
        let offsets: Vec<_> = self
            .exports
            .iter()
            .map(|(name, label)| (*name, parts.offset_of(*label).expect("exports are bound")))
            .collect();
        let mut builder = BlobBuilder::new(InstructionSet::ReviveV1)
            .ro_data(0x1000, b"read-only")
            .rw_data(RW_BYTES, &[])
            .stack_size(0x1_0000)
            .code(parts);
        for import in &self.imports {
            builder = builder.import(import.as_bytes());
        }
        for (name, offset) in offsets {
            builder = builder.export(name.as_bytes(), offset);
        }
        builder
    }
}

/// A contract with these two exports; both return at their end.
pub fn contract(deploy: impl FnOnce(&mut Asm), call: impl FnOnce(&mut Asm)) -> Vec<u8> {
    builder(deploy, call).build()
}

/// As [`contract`], to be changed further.
pub fn builder(deploy: impl FnOnce(&mut Asm), call: impl FnOnce(&mut Asm)) -> BlobBuilder {
    let mut asm = Asm::new();
    asm.export("deploy");
    deploy(&mut asm);
    asm.done();
    asm.export("call");
    call(&mut asm);
    asm.done();
    asm.builder()
}

/// A contract whose `deploy` does nothing.
pub fn callable(call: impl FnOnce(&mut Asm)) -> Vec<u8> {
    contract(|_| {}, call)
}

/// Calls itself until the stack is full; the deepest frame does `end`.
pub fn deep(end: impl FnOnce(&mut Asm)) -> Vec<u8> {
    callable(|asm| {
        asm.host("address", [RW]).data(RW + 64, &[0; 32]).data(RW + 96, &8u32.to_le_bytes()).host(
            "call_evm",
            [Arg::from(8), RW.into(), (RW + 64).into(), u64::MAX.into(), 0.into(), pack(RW + 96, NONE)],
        );
        let fine = asm.code.label();
        asm.code.push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, Reg::A0, 0, 0), fine);
        end(asm);
        asm.push(Instruction::new(Opcode::Fallthrough));
        asm.code.bind(fine);
    })
}

impl Filling {
    /// The instructions that take turns.
    fn instructions(self) -> Vec<Instruction> {
        let three = |opcode| Instruction::reg_reg_reg(opcode, Reg::A0, Reg::A1, Reg::A2);
        let two = |opcode| Instruction::reg_reg_imm(opcode, Reg::A0, Reg::A1, 0);
        match self {
            Self::Blocks => vec![Instruction::new(Opcode::Fallthrough)],
            Self::Divisions => vec![three(Opcode::DivSigned64)],
            Self::HostCalls => vec![Instruction::imm(Opcode::Ecalli, 0)],
            Self::Branches => vec![Instruction::reg_reg_offset(Opcode::BranchEq, Reg::A0, Reg::A1, 0)],
            Self::Memory => vec![
                two(Opcode::LoadIndirectU64),
                three(Opcode::Add64),
                two(Opcode::StoreIndirectU64),
                three(Opcode::Add64),
            ],
            Self::Units => vec![
                three(Opcode::Mul64),
                three(Opcode::MulUpperSignedUnsigned),
                two(Opcode::LoadIndirectU64),
                Instruction::reg_reg(Opcode::CountTrailingZeroBits64, Reg::A0, Reg::A1),
            ],
        }
    }
}

/// A contract that does nothing and has about `bytes` of code behind that, different for each `seed`.
pub fn large(filling: Filling, bytes: u32, seed: u64) -> Vec<u8> {
    let mut asm = Asm::new();
    asm.export("deploy").done();
    asm.export("call").done();
    let far = asm.code.label_here();
    asm.load(Reg::A0, seed).trap();
    let start = 32;
    let (instructions, (of_bytes, of_instructions)) = (filling.instructions(), filling.density());
    if filling == Filling::HostCalls {
        asm.host::<u64>("call_data_size", []);
    }
    let count = bytes.saturating_sub(start) / of_bytes * of_instructions;
    for (index, instruction) in (0..count).zip(instructions.iter().cycle()) {
        match filling {
            Filling::Branches => {
                asm.code.push_to(*instruction, far);
            }
            _ => {
                asm.push(*instruction);
            }
        }
        // A block is at most so long.
        if index % 500 == 499 {
            asm.push(Instruction::new(Opcode::Fallthrough));
        }
    }
    asm.trap().builder().build()
}

/// A contract that does nothing and has so many bytes of data, different for each `seed`.
pub fn with_data(bytes: u32, seed: u64) -> Vec<u8> {
    let mut data = vec![0x5A; bytes as usize + 8];
    data[..8].copy_from_slice(&seed.to_le_bytes());
    builder(|_| {}, |_| {}).ro_data(bytes + 8, &data).build()
}

/// A contract with so many pages of memory, all of which it writes to.
pub fn touching(pages: u32) -> Vec<u8> {
    // The first address behind the lowest 64 KiB and what keeps regions apart.
    const MEMORY: u64 = 0x2_0000;
    let builder = builder(
        |_| {},
        |asm| {
            asm.load(Reg::S1, pages.into()).load(Reg::A1, MEMORY).rounds(|asm| {
                asm.push(Instruction::reg_reg_imm(Opcode::StoreIndirectU64, Reg::A1, Reg::A1, 0));
                asm.push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::A1, Reg::A1, 4096));
            });
        },
    );
    builder.ro_data(0, &[]).rw_data(pages * 4096, &[]).stack_size(0).build()
}

/// A contract that writes to a line after another of more memory than near caches have.
pub fn evicting() -> Vec<u8> {
    const BYTES: u32 = 1 << 20;
    let call = |asm: &mut Asm| {
        asm.load(Reg::S1, u64::from(BYTES) / 64).load(Reg::A1, RW).rounds(|asm| {
            asm.push(Instruction::reg_reg_imm(Opcode::StoreIndirectU64, Reg::A1, Reg::A1, 0));
            asm.push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::A1, Reg::A1, 64));
        });
    };
    builder(|_| {}, call).rw_data(BYTES, &[]).stack_size(0).build()
}

/// Returns its input.
pub fn echo() -> Vec<u8> {
    callable(|asm| {
        asm.take_input().host("seal_return", [Arg::from(0), RW.into(), Reg::S0.into()]);
    })
}

/// Stores the 32 bytes of input behind the first 32 at the key in the first 32. Zeros remove the item. Returns what
/// `set_storage_or_clear` returned, as eight bytes.
pub fn store_word() -> Vec<u8> {
    callable(|asm| {
        asm.take_input().host("set_storage_or_clear", [0, RW, RW + 32]).store(RW + 64, Reg::A0).ret(
            0,
            RW + 64,
            8,
        );
    })
}

/// Where [`relay`] keeps a value of zero, a length cell and what it returns.
const VALUE: u64 = RW + 0x6000;
const CELL: u64 = RW + 0x6020;
const OUT: u64 = RW + 0x8000;

/// Calls, or delegate calls, the address in the first 20 bytes of input with the rest of it. Returns the return code as eight
/// bytes and then all of the output.
pub fn relay(delegate: bool, flags: u64) -> Vec<u8> {
    callable(|asm| {
        asm.take_input();
        relay_input(asm, delegate, flags);
    })
}

/// What [`relay`] does, with the input at [`RW`] and its length in s0.
pub fn relay_input(asm: &mut Asm, delegate: bool, flags: u64) {
    asm.data(VALUE, &[0; 32])
        .data(CELL, &[0; 8])
        // The input behind the address: its length is in the upper half.
        .push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::S0, Reg::S0, -20))
        .push(Instruction::reg_reg_imm(Opcode::ShiftLogicalLeftImm64, Reg::S0, Reg::S0, 32))
        .load(Reg::S1, RW + 20)
        .push(Instruction::reg_reg_reg(Opcode::Or, Reg::S0, Reg::S0, Reg::S1));
    let output = pack(CELL, NONE);
    if delegate {
        asm.host("delegate_call_evm", [Arg::from(flags), RW.into(), u64::MAX.into(), Reg::S0.into(), output]);
    } else {
        asm.host(
            "call_evm",
            [Arg::from(flags), RW.into(), VALUE.into(), u64::MAX.into(), Reg::S0.into(), output],
        );
    }
    asm.store(OUT, Reg::A0)
        .host::<u64>("return_data_size", [])
        .mv(Reg::S0, Reg::A0)
        .store(CELL, Reg::S0)
        .host("return_data_copy", [OUT + 8, CELL, 0])
        .push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::S0, Reg::S0, 8))
        .host("seal_return", [Arg::from(0), OUT.into(), Reg::S0.into()])
        .trap();
}
