// SPDX-License-Identifier: Apache-2.0
//! RISC-V instructions: what the linker understands of RV32/64 E, M, A, C, Zba, Zbb, Zbs, Zicond, XTheadCondMov and the
//! guest's own instructions.
//!
//! Decoding says nothing about relocations. Compressed instructions become what they abbreviate.

mod compressed;
mod decode;

pub(crate) use decode::decode;

use crate::ir::{Bin, Un};

/// A register by its RISC-V number, 0 to 31.
pub(crate) type X = u8;

/// When a branch is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum BranchKind {
    Eq,
    Ne,
    LtS,
    GeS,
    LtU,
    GeU,
}

/// Width of a memory access in bytes, and how a load fills the register.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Access {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
}

impl Access {
    /// Bytes of memory.
    pub(crate) fn bytes(self) -> u32 {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 => 4,
            Self::U64 => 8,
        }
    }

    /// Whether a load repeats the sign.
    pub(crate) fn is_signed(self) -> bool {
        matches!(self, Self::I8 | Self::I16 | Self::I32)
    }
}

/// What an atomic instruction computes from the old value and its operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Atomic {
    Swap,
    Bin(Bin),
}

/// What becomes of one bit of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum BitOp {
    Set,
    Clear,
    Invert,
    /// The bit alone, as 0 or 1.
    Extract,
}

/// An instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Rv {
    Lui {
        rd: X,
        imm: i32,
    },
    Auipc {
        rd: X,
        imm: i32,
    },
    Jal {
        rd: X,
        offset: i32,
    },
    Jalr {
        rd: X,
        rs1: X,
        offset: i32,
    },
    Branch {
        kind: BranchKind,
        rs1: X,
        rs2: X,
        offset: i32,
    },
    Load {
        access: Access,
        rd: X,
        rs1: X,
        offset: i32,
    },
    Store {
        access: Access,
        rs2: X,
        rs1: X,
        offset: i32,
    },
    OpImm {
        op: Bin,
        rd: X,
        rs1: X,
        imm: i32,
    },
    Op {
        op: Bin,
        rd: X,
        rs1: X,
        rs2: X,
    },
    /// `rd = (rs1 << shift) + rs2`, after `rs1` has lost its upper half if `word`.
    ShiftAdd {
        shift: u8,
        word: bool,
        rd: X,
        rs1: X,
        rs2: X,
    },
    /// `rd = zero-extended low half of rs1, shifted left`.
    ShiftWord {
        shift: u8,
        rd: X,
        rs1: X,
    },
    Un {
        op: Un,
        rd: X,
        rs1: X,
    },
    /// `rs1` with the bit changed whose number is in `rs2`, modulo the bits of a register.
    Bit {
        op: BitOp,
        rd: X,
        rs1: X,
        rs2: X,
    },
    /// `rs1` with the bit `at` changed.
    BitAt {
        op: BitOp,
        rd: X,
        rs1: X,
        at: u8,
    },
    /// Each byte that is not 0 becomes 255.
    OrCombine {
        rd: X,
        rs1: X,
    },
    LoadReserved {
        access: Access,
        rd: X,
        rs1: X,
    },
    StoreConditional {
        access: Access,
        rd: X,
        rs1: X,
        rs2: X,
    },
    Atomic {
        op: Atomic,
        access: Access,
        rd: X,
        rs1: X,
        rs2: X,
    },
    /// `if (rc == 0) == if_zero { rd = rs }`.
    Cmov {
        if_zero: bool,
        rd: X,
        rs: X,
        rc: X,
    },
    /// `rd = if (rc == 0) == if_zero { 0 } else { rs }`.
    Zero {
        if_zero: bool,
        rd: X,
        rs: X,
        rc: X,
    },
    /// `rd = if rc != 0 { rt } else { rf }`.
    Select {
        rd: X,
        rc: X,
        rt: X,
        rf: X,
    },
    Fence,
    Trap,
    HostCall,
    Sbrk {
        rd: X,
        rs1: X,
    },
    Memset,
    HeapBase {
        rd: X,
    },
}

/// What an instruction does to registers.
pub(crate) enum Writes {
    Nothing,
    Register(X),
    /// Any of them, for all that is known.
    Anything,
}

impl Rv {
    /// Whether it reads a register. What calls read is the callee's business.
    pub(crate) fn reads(&self, register: X) -> bool {
        let is_one_of = |registers: &[X]| registers.contains(&register);
        match *self {
            Self::Lui { .. }
            | Self::Auipc { .. }
            | Self::Jal { .. }
            | Self::Fence
            | Self::Trap
            | Self::HostCall
            | Self::HeapBase { .. } => false,
            Self::Jalr { rs1, .. }
            | Self::Load { rs1, .. }
            | Self::OpImm { rs1, .. }
            | Self::ShiftWord { rs1, .. }
            | Self::Un { rs1, .. }
            | Self::OrCombine { rs1, .. }
            | Self::BitAt { rs1, .. }
            | Self::LoadReserved { rs1, .. }
            | Self::Sbrk { rs1, .. } => rs1 == register,
            Self::Branch { rs1, rs2, .. }
            | Self::Store { rs1, rs2, .. }
            | Self::Op { rs1, rs2, .. }
            | Self::ShiftAdd { rs1, rs2, .. }
            | Self::Bit { rs1, rs2, .. }
            | Self::StoreConditional { rs1, rs2, .. }
            | Self::Atomic { rs1, rs2, .. } => is_one_of(&[rs1, rs2]),
            Self::Cmov { rd, rs, rc, .. } => is_one_of(&[rd, rs, rc]),
            Self::Zero { rs, rc, .. } => is_one_of(&[rs, rc]),
            Self::Select { rc, rt, rf, .. } => is_one_of(&[rc, rt, rf]),
            // Pointer, value and count.
            Self::Memset => is_one_of(&[10, 11, 12]),
        }
    }

    /// What registers it writes, unless it is a jump or something of the guest's own.
    pub(crate) fn writes(&self) -> Writes {
        match *self {
            Self::Store { .. } | Self::Fence => Writes::Nothing,
            Self::Lui { rd, .. }
            | Self::Auipc { rd, .. }
            | Self::Load { rd, .. }
            | Self::OpImm { rd, .. }
            | Self::Op { rd, .. }
            | Self::ShiftAdd { rd, .. }
            | Self::ShiftWord { rd, .. }
            | Self::Un { rd, .. }
            | Self::OrCombine { rd, .. }
            | Self::Bit { rd, .. }
            | Self::BitAt { rd, .. }
            | Self::LoadReserved { rd, .. }
            | Self::StoreConditional { rd, .. }
            | Self::Atomic { rd, .. }
            | Self::Cmov { rd, .. }
            | Self::Zero { rd, .. }
            | Self::Select { rd, .. } => Writes::Register(rd),
            _ => Writes::Anything,
        }
    }
}

/// An instruction that is not one of those.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Undecodable {
    /// A floating-point, vector, bit-manipulation or other instruction of an extension that guests do not have.
    Extension(&'static str),
    /// Calls of an operating system or a debugger.
    System(&'static str),
    /// Nothing that is known.
    Unknown,
}

impl Undecodable {
    /// What the instruction is.
    pub(crate) fn what(self) -> String {
        match self {
            Self::Extension(name) => format!("is of the extension {name}"),
            Self::System(name) => format!("`{name}`"),
            Self::Unknown => "is unknown".into(),
        }
    }

    /// What to do about it.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::Extension(_) => "compile for rv32emac or rv64emac with at most zba, zbb, zbs, zicond and xtheadcondmov",
            Self::System("ecall") => "guests call the host through imported functions, not by `ecall`",
            Self::System(_) => "use `unimp` to trap; guests have no system instructions",
            Self::Unknown => "data between instructions must not be reached by the control flow; compile for rv32emac or rv64emac",
        }
    }
}

/// Bits `low..low + count` of a word.
fn bits(word: u32, low: u32, count: u32) -> u32 {
    word >> low & ((1 << count) - 1)
}

/// Sign-extends the low `count` bits.
fn sign_extend(value: u32, count: u32) -> i32 {
    ((value << (32 - count)) as i32) >> (32 - count)
}
