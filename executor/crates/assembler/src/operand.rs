// SPDX-License-Identifier: Apache-2.0
//! Operands of AMD64 instructions: registers, widths, memory.

/// A general purpose register. The discriminant is the number in the machine encoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names are the machine's own")]
pub enum Gpr {
    Rax = 0,
    Rcx = 1,
    Rdx = 2,
    Rbx = 3,
    Rsp = 4,
    Rbp = 5,
    Rsi = 6,
    Rdi = 7,
    R8 = 8,
    R9 = 9,
    R10 = 10,
    R11 = 11,
    R12 = 12,
    R13 = 13,
    R14 = 14,
    R15 = 15,
}

impl Gpr {
    /// All sixteen, in the order of their numbers.
    pub const ALL: [Gpr; 16] = [
        Gpr::Rax,
        Gpr::Rcx,
        Gpr::Rdx,
        Gpr::Rbx,
        Gpr::Rsp,
        Gpr::Rbp,
        Gpr::Rsi,
        Gpr::Rdi,
        Gpr::R8,
        Gpr::R9,
        Gpr::R10,
        Gpr::R11,
        Gpr::R12,
        Gpr::R13,
        Gpr::R14,
        Gpr::R15,
    ];

    /// The low three bits of the number, which go into ModRM, SIB or the opcode byte.
    pub(crate) const fn low(self) -> u8 {
        self as u8 & 7
    }

    /// The high bit of the number, which goes into a REX or VEX prefix.
    pub(crate) const fn high(self) -> u8 {
        self as u8 >> 3
    }
}

/// Width of an operation's operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Width {
    /// 8 bits.
    W8,
    /// 16 bits.
    W16,
    /// 32 bits; writing a 32-bit register clears its upper half.
    W32,
    /// 64 bits.
    W64,
}

/// Factor of an index register.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum Scale {
    /// index × 1
    X1 = 0,
    /// index × 2
    X2 = 1,
    /// index × 4
    X4 = 2,
    /// index × 8
    X8 = 3,
}

/// What a memory operand's address starts from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Base {
    /// A register.
    Reg(Gpr),
    /// Nothing: a 32-bit displacement (sign-extended, or zero-extended with 32-bit addresses).
    None,
    /// The end of the instruction.
    Rip,
}

/// A memory operand.
///
/// With [`Mem::addr32`] the address is computed modulo 2^32 (address-size prefix): an access can then never leave the low 4 GiB,
/// whatever the registers hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mem {
    pub(crate) base: Base,
    pub(crate) index: Option<(Gpr, Scale)>,
    pub(crate) disp: i32,
    pub(crate) addr32: bool,
}

impl Mem {
    /// `[base + disp]`
    pub const fn base(base: Gpr, disp: i32) -> Self {
        Self { base: Base::Reg(base), index: None, disp, addr32: false }
    }

    /// `[base + index × scale + disp]`.
    ///
    /// # Panics
    /// If `index` is `Rsp`, which the machine cannot encode as an index: a bug of the caller, never the consequence of an input.
    pub const fn base_index(base: Gpr, index: Gpr, scale: Scale, disp: i32) -> Self {
        assert!(!matches!(index, Gpr::Rsp), "rsp cannot be an index register");
        Self { base: Base::Reg(base), index: Some((index, scale)), disp, addr32: false }
    }

    /// `[one + other + disp]`, with that one as base that makes the address shorter: `Rbp` and `R13` always have a displacement as a
    /// base, and an address of three parts makes some machines slower.
    ///
    /// # Panics
    /// If that makes `Rsp` the index, as in [`Mem::base_index`].
    pub const fn sum(one: Gpr, other: Gpr, disp: i32) -> Self {
        let (base, index) =
            if disp == 0 && matches!(one, Gpr::Rbp | Gpr::R13) { (other, one) } else { (one, other) };
        Self::base_index(base, index, Scale::X1, disp)
    }

    /// `[index × scale + disp]`, without a base.
    ///
    /// # Panics
    /// If `index` is `Rsp`, as in [`Mem::base_index`].
    pub const fn index(index: Gpr, scale: Scale, disp: i32) -> Self {
        assert!(!matches!(index, Gpr::Rsp), "rsp cannot be an index register");
        Self { base: Base::None, index: Some((index, scale)), disp, addr32: false }
    }

    /// `[disp]`: an absolute address, sign-extended to 64 bits, or zero-extended with [`Mem::addr32`].
    pub const fn absolute(disp: i32) -> Self {
        Self { base: Base::None, index: None, disp, addr32: false }
    }

    /// `[rip + disp]`, counted from the end of the instruction.
    pub const fn rip(disp: i32) -> Self {
        Self { base: Base::Rip, index: None, disp, addr32: false }
    }

    /// The same operand with its address truncated to 32 bits.
    #[must_use]
    pub const fn addr32(mut self) -> Self {
        self.addr32 = true;
        self
    }
}

/// An operand that ModRM can name: a register or memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RegMem {
    /// A register.
    Reg(Gpr),
    /// Memory.
    Mem(Mem),
}

impl From<Gpr> for RegMem {
    fn from(reg: Gpr) -> Self {
        Self::Reg(reg)
    }
}

impl From<Mem> for RegMem {
    fn from(mem: Mem) -> Self {
        Self::Mem(mem)
    }
}

/// Condition of a jump, a conditional move or a set. The discriminant is the number in the machine encoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum Condition {
    /// Overflow.
    Overflow = 0,
    /// No overflow.
    NotOverflow = 1,
    /// Unsigned less; carry.
    Below = 2,
    /// Unsigned greater or equal; no carry.
    AboveOrEqual = 3,
    /// Equal; zero.
    Equal = 4,
    /// Not equal; not zero.
    NotEqual = 5,
    /// Unsigned less or equal.
    BelowOrEqual = 6,
    /// Unsigned greater.
    Above = 7,
    /// Negative.
    Sign = 8,
    /// Not negative.
    NotSign = 9,
    /// Signed less.
    Less = 12,
    /// Signed greater or equal.
    GreaterOrEqual = 13,
    /// Signed less or equal.
    LessOrEqual = 14,
    /// Signed greater.
    Greater = 15,
}

impl Condition {
    /// All of them (parity is left out: nothing of ours can want it).
    pub const ALL: [Condition; 14] = [
        Condition::Overflow,
        Condition::NotOverflow,
        Condition::Below,
        Condition::AboveOrEqual,
        Condition::Equal,
        Condition::NotEqual,
        Condition::BelowOrEqual,
        Condition::Above,
        Condition::Sign,
        Condition::NotSign,
        Condition::Less,
        Condition::GreaterOrEqual,
        Condition::LessOrEqual,
        Condition::Greater,
    ];

    /// The opposite condition.
    #[must_use]
    pub const fn negate(self) -> Self {
        match self {
            Condition::Overflow => Condition::NotOverflow,
            Condition::NotOverflow => Condition::Overflow,
            Condition::Below => Condition::AboveOrEqual,
            Condition::AboveOrEqual => Condition::Below,
            Condition::Equal => Condition::NotEqual,
            Condition::NotEqual => Condition::Equal,
            Condition::BelowOrEqual => Condition::Above,
            Condition::Above => Condition::BelowOrEqual,
            Condition::Sign => Condition::NotSign,
            Condition::NotSign => Condition::Sign,
            Condition::Less => Condition::GreaterOrEqual,
            Condition::GreaterOrEqual => Condition::Less,
            Condition::LessOrEqual => Condition::Greater,
            Condition::Greater => Condition::LessOrEqual,
        }
    }
}
