// SPDX-License-Identifier: Apache-2.0
//! Instructions and terminators.

use super::{Bin, BlockId, DataId, Reg, RegSet, Un};
use crate::riscv::Access;

/// A value that is known, at the latest when memory is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Const {
    /// A number, sign-extended to 64 bits in 32-bit programs.
    Int(i64),
    /// Address of a byte of data.
    Data(DataId, i32),
    /// The part of such an address that `lui` loads: a multiple of 4096, at most 2048 above or below the address.
    DataHigh(DataId, i32),
    /// What has to be added to that.
    DataLow(DataId, i32),
    /// Address of a block for dynamic jumps.
    Code(BlockId),
    /// Where the heap starts.
    HeapBase,
}

impl Const {
    /// The number, if it is one.
    pub(crate) fn int(self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(value),
            _ => None,
        }
    }

    /// Whether it can be an immediate. Addresses always can: they are below 2^31.
    pub(crate) fn fits_immediate(self) -> bool {
        self.int().is_none_or(|value| i32::try_from(value).is_ok())
    }
}

/// A register, or a constant in its place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Operand {
    Reg(Reg),
    Const(Const),
}

impl Operand {
    /// A number.
    pub(crate) const fn int(value: i64) -> Self {
        Self::Const(Const::Int(value))
    }

    /// The register, if it is one.
    pub(crate) fn reg(self) -> Option<Reg> {
        match self {
            Self::Reg(reg) => Some(reg),
            Self::Const(_) => None,
        }
    }

    /// The register as a set.
    fn regs(self) -> RegSet {
        self.reg().map_or(RegSet::EMPTY, |reg| RegSet::EMPTY.with(reg))
    }

    /// The constant, if it is one.
    pub(crate) fn constant(self) -> Option<Const> {
        match self {
            Self::Reg(_) => None,
            Self::Const(value) => Some(value),
        }
    }
}

/// Where a load or store accesses memory: base plus offset, of which the low 32 bits count.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Address {
    pub(crate) base: Option<Reg>,
    /// Fits an immediate.
    pub(crate) offset: Const,
}

impl Address {
    /// Its register as a set.
    fn regs(self) -> RegSet {
        self.base.map_or(RegSet::EMPTY, |base| RegSet::EMPTY.with(base))
    }
}

/// When a branch is taken. Signed and unsigned comparisons look at the whole register.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Cond {
    Eq,
    Ne,
    LtU,
    GeU,
    LtS,
    GeS,
    /// Only with a constant on the right.
    LeU,
    /// Only with a constant on the right.
    GtU,
    /// Only with a constant on the right.
    LeS,
    /// Only with a constant on the right.
    GtS,
}

impl Cond {
    /// The opposite.
    pub(crate) fn negated(self) -> Self {
        match self {
            Self::Eq => Self::Ne,
            Self::Ne => Self::Eq,
            Self::LtU => Self::GeU,
            Self::GeU => Self::LtU,
            Self::LtS => Self::GeS,
            Self::GeS => Self::LtS,
            Self::LeU => Self::GtU,
            Self::GtU => Self::LeU,
            Self::LeS => Self::GtS,
            Self::GtS => Self::LeS,
        }
    }

    /// The same with the operands exchanged.
    pub(crate) fn swapped(self) -> Self {
        match self {
            Self::Eq => Self::Eq,
            Self::Ne => Self::Ne,
            Self::LtU => Self::GtU,
            Self::GeU => Self::LeU,
            Self::LtS => Self::GtS,
            Self::GeS => Self::LeS,
            Self::LeU => Self::GeU,
            Self::GtU => Self::LtU,
            Self::LeS => Self::GeS,
            Self::GtS => Self::LtS,
        }
    }

    /// Whether it exists for two registers.
    pub(crate) fn for_registers(self) -> bool {
        !matches!(self, Self::LeU | Self::GtU | Self::LeS | Self::GtS)
    }
}

/// An instruction that does not end a block.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Inst {
    Load {
        access: Access,
        d: Reg,
        address: Address,
    },
    Store {
        access: Access,
        s: Operand,
        address: Address,
        /// Whether it is to an object on the stack that others read, see the pass `objects`.
        for_others: bool,
    },
    Const {
        d: Reg,
        value: Const,
    },
    Move {
        d: Reg,
        s: Reg,
    },
    Bin {
        op: Bin,
        d: Reg,
        a: Operand,
        b: Operand,
    },
    Un {
        op: Un,
        d: Reg,
        s: Reg,
    },
    /// `if (c == 0) == if_zero { d = s }`.
    Cmov {
        if_zero: bool,
        d: Reg,
        s: Operand,
        c: Reg,
    },
    /// Calls an import, by its index in [`Program::imports`](super::Program::imports).
    HostCall {
        import: u32,
        inputs: u8,
    },
    Sbrk {
        d: Reg,
        s: Reg,
    },
    Memset,
}

impl Inst {
    /// The registers that it reads.
    pub(crate) fn reads(&self) -> RegSet {
        match *self {
            Self::Load { address, .. } => address.regs(),
            Self::Store { s, address, .. } => s.regs().union(address.regs()),
            Self::Const { .. } => RegSet::EMPTY,
            Self::Move { s, .. } | Self::Un { s, .. } | Self::Sbrk { s, .. } => RegSet::EMPTY.with(s),
            Self::Bin { a, b, .. } => a.regs().union(b.regs()),
            Self::Cmov { d, s, c, .. } => s.regs().with(d).with(c),
            Self::HostCall { inputs, .. } => {
                let args = Reg::ARGS.get(..usize::from(inputs)).unwrap_or(&Reg::ARGS);
                RegSet::of(args).with(Reg::SP)
            }
            Self::Memset => RegSet::of(&[Reg::A0, Reg::A1, Reg::A2]),
        }
    }

    /// Whether it reads registers that it does not name, so that it cannot read others.
    pub(crate) fn reads_fixed(&self) -> bool {
        matches!(self, Self::HostCall { .. } | Self::Memset)
    }

    /// The registers that it writes. A conditional move counts, though it may leave the register as it was.
    pub(crate) fn writes(&self) -> RegSet {
        match self {
            Self::HostCall { .. } => RegSet::of(&Reg::ARGS),
            Self::Memset => RegSet::of(&[Reg::A0, Reg::A2]),
            _ => self.destination().map_or(RegSet::EMPTY, |d| RegSet::EMPTY.with(d)),
        }
    }

    /// The register that it writes, if it is one that the instruction names.
    pub(crate) fn destination(&self) -> Option<Reg> {
        match *self {
            Self::Load { d, .. }
            | Self::Const { d, .. }
            | Self::Move { d, .. }
            | Self::Bin { d, .. }
            | Self::Un { d, .. }
            | Self::Cmov { d, .. }
            | Self::Sbrk { d, .. } => Some(d),
            Self::Store { .. } | Self::HostCall { .. } | Self::Memset => None,
        }
    }

    /// Whether it does more than to write its destination. A load that nobody needs may go although it could trap.
    pub(crate) fn has_side_effect(&self) -> bool {
        matches!(self, Self::Store { .. } | Self::HostCall { .. } | Self::Memset | Self::Sbrk { .. })
    }

    /// Calls `f` with each constant operand.
    pub(crate) fn for_each_const(&self, mut f: impl FnMut(Const)) {
        match *self {
            Self::Load { address, .. } => f(address.offset),
            Self::Store { s, address, .. } => {
                s.constant().into_iter().for_each(&mut f);
                f(address.offset);
            }
            Self::Const { value, .. } => f(value),
            Self::Bin { a, b, .. } => {
                a.constant().into_iter().for_each(&mut f);
                b.constant().into_iter().for_each(f);
            }
            Self::Cmov { s, .. } => s.constant().into_iter().for_each(f),
            Self::Move { .. }
            | Self::Un { .. }
            | Self::HostCall { .. }
            | Self::Sbrk { .. }
            | Self::Memset => {}
        }
    }

    /// Replaces each constant operand.
    pub(crate) fn map_consts(&mut self, f: impl Fn(Const) -> Const) {
        let operand = |operand: &mut Operand| {
            if let Operand::Const(value) = operand {
                *value = f(*value);
            }
        };
        match self {
            Self::Load { address, .. } => address.offset = f(address.offset),
            Self::Store { s, address, .. } => {
                operand(s);
                address.offset = f(address.offset);
            }
            Self::Const { value, .. } => *value = f(*value),
            Self::Bin { a, b, .. } => {
                operand(a);
                operand(b);
            }
            Self::Cmov { s, .. } => operand(s),
            Self::Move { .. }
            | Self::Un { .. }
            | Self::HostCall { .. }
            | Self::Sbrk { .. }
            | Self::Memset => {}
        }
    }

    /// Replaces each register that it reads, but for those that it cannot do without: the fixed ones of host calls, and
    /// the destination of a conditional move.
    pub(crate) fn map_reads(&mut self, f: impl Fn(Reg) -> Reg) {
        let operand = |operand: &mut Operand| {
            if let Operand::Reg(reg) = operand {
                *reg = f(*reg);
            }
        };
        match self {
            Self::Load { address, .. } => address.base = address.base.map(&f),
            Self::Store { s, address, .. } => {
                operand(s);
                address.base = address.base.map(&f);
            }
            Self::Move { s, .. } | Self::Un { s, .. } | Self::Sbrk { s, .. } => *s = f(*s),
            Self::Bin { a, b, .. } => {
                operand(a);
                operand(b);
            }
            Self::Cmov { s, c, .. } => {
                operand(s);
                *c = f(*c);
            }
            Self::Const { .. } | Self::HostCall { .. } | Self::Memset => {}
        }
    }

    /// Replaces the destination; false if the instruction names none, or needs its old value.
    pub(crate) fn set_destination(&mut self, new: Reg) -> bool {
        match self {
            Self::Load { d, .. }
            | Self::Const { d, .. }
            | Self::Move { d, .. }
            | Self::Bin { d, .. }
            | Self::Un { d, .. }
            | Self::Sbrk { d, .. } => *d = new,
            Self::Cmov { .. } | Self::Store { .. } | Self::HostCall { .. } | Self::Memset => return false,
        }
        true
    }
}

/// What ends a block.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Terminator {
    Trap,
    Jump(BlockId),
    /// `a` is never a constant.
    Branch {
        cond: Cond,
        a: Reg,
        b: Operand,
        yes: BlockId,
        no: BlockId,
    },
    /// Jumps to a code address.
    JumpIndirect {
        base: Reg,
    },
    /// Jumps after `link` has got the address of `back`.
    Call {
        link: Reg,
        to: BlockId,
        back: BlockId,
    },
    /// Jumps to a code address after `link` has got the address of `back`.
    CallIndirect {
        link: Reg,
        base: Reg,
        back: BlockId,
    },
}

impl Terminator {
    /// Calls `f` with each block that it goes to directly, not with those whose address it takes.
    pub(crate) fn for_each_successor(&self, mut f: impl FnMut(BlockId)) {
        match *self {
            Self::Jump(to) | Self::Call { to, .. } => f(to),
            Self::Branch { yes, no, .. } => {
                f(yes);
                f(no);
            }
            Self::Trap | Self::JumpIndirect { .. } | Self::CallIndirect { .. } => {}
        }
    }

    /// The block that is returned to.
    pub(crate) fn back(&self) -> Option<BlockId> {
        match *self {
            Self::Call { back, .. } | Self::CallIndirect { back, .. } => Some(back),
            _ => None,
        }
    }

    /// The registers that it reads.
    pub(crate) fn reads(&self) -> RegSet {
        match *self {
            Self::Trap | Self::Jump(_) | Self::Call { .. } => RegSet::EMPTY,
            Self::Branch { a, b, .. } => b.reg().into_iter().fold(RegSet::EMPTY.with(a), RegSet::with),
            Self::JumpIndirect { base } | Self::CallIndirect { base, .. } => RegSet::EMPTY.with(base),
        }
    }

    /// The register that it writes.
    pub(crate) fn link(&self) -> Option<Reg> {
        match *self {
            Self::Call { link, .. } | Self::CallIndirect { link, .. } => Some(link),
            _ => None,
        }
    }

    /// Replaces each register that it reads.
    pub(crate) fn map_reads(&mut self, f: impl Fn(Reg) -> Reg) {
        match self {
            Self::Branch { a, b, .. } => {
                *a = f(*a);
                if let Operand::Reg(b) = b {
                    *b = f(*b);
                }
            }
            Self::JumpIndirect { base } | Self::CallIndirect { base, .. } => *base = f(*base),
            Self::Trap | Self::Jump(_) | Self::Call { .. } => {}
        }
    }

    /// Replaces each block that it leads to; `address` those whose address it compares with.
    pub(crate) fn map_blocks(
        &mut self,
        f: impl Fn(BlockId) -> BlockId,
        address: impl Fn(BlockId) -> BlockId,
    ) {
        match self {
            Self::Jump(to) => *to = f(*to),
            Self::Branch { b, yes, no, .. } => {
                *yes = f(*yes);
                *no = f(*no);
                if let Operand::Const(Const::Code(block)) = b {
                    *block = address(*block);
                }
            }
            Self::Call { to, back, .. } => {
                *to = f(*to);
                *back = f(*back);
            }
            Self::CallIndirect { back, .. } => *back = f(*back),
            Self::Trap | Self::JumpIndirect { .. } => {}
        }
    }
}
