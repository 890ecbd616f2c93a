// SPDX-License-Identifier: Apache-2.0
//! Which instruction an operator means, by the kinds of its operands (command-line tool, sections 2.3 and 3.5).

use revive_vm_primitives::Opcode::{self, *};

/// The opcodes of one operation in the register's width and in 32 bits. Operations that have only one variant have no
/// narrow one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Widths {
    pub(crate) wide: Opcode,
    pub(crate) narrow: Option<Opcode>,
}

const fn both(wide: Opcode, narrow: Opcode) -> Option<Widths> {
    Some(Widths { wide, narrow: Some(narrow) })
}

const fn one(wide: Opcode) -> Option<Widths> {
    Some(Widths { wide, narrow: None })
}

/// What `A op B` becomes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operator {
    /// Two registers.
    pub(crate) registers: Option<Widths>,
    /// Whether the two registers change places.
    pub(crate) swapped: bool,
    /// A register and a constant.
    pub(crate) constant: Option<Widths>,
    /// A constant and a register.
    pub(crate) constant_first: Option<Widths>,
}

const fn operator(
    registers: Option<Widths>,
    constant: Option<Widths>,
    constant_first: Option<Widths>,
) -> Option<Operator> {
    Some(Operator { registers, swapped: false, constant, constant_first })
}

const fn swapped(
    registers: Option<Widths>,
    constant: Option<Widths>,
    constant_first: Option<Widths>,
) -> Option<Operator> {
    Some(Operator { registers, swapped: true, constant, constant_first })
}

/// The operator of an arithmetic statement. `& ~` and `| ~` are one operator each. Subtraction of a constant is no entry:
/// it is an addition.
pub(crate) fn arithmetic(symbol: &str) -> Option<Operator> {
    let add = both(AddImm64, AddImm32);
    let mul = both(MulImm64, MulImm32);
    let (and, or, xor) = (one(AndImm), one(OrImm), one(XorImm));
    match symbol {
        "+" => operator(both(Add64, Add32), add, add),
        "-" => operator(both(Sub64, Sub32), None, both(NegateAndAddImm64, NegateAndAddImm32)),
        "*" => operator(both(Mul64, Mul32), mul, mul),
        "&" => operator(one(And), and, and),
        "|" => operator(one(Or), or, or),
        "^" => operator(one(Xor), xor, xor),
        "& ~" => operator(one(AndInverted), None, None),
        "| ~" => operator(one(OrInverted), None, None),
        "/u" => operator(both(DivUnsigned64, DivUnsigned32), None, None),
        "/s" => operator(both(DivSigned64, DivSigned32), None, None),
        "%u" => operator(both(RemUnsigned64, RemUnsigned32), None, None),
        "%s" => operator(both(RemSigned64, RemSigned32), None, None),
        "<<" => operator(
            both(ShiftLogicalLeft64, ShiftLogicalLeft32),
            both(ShiftLogicalLeftImm64, ShiftLogicalLeftImm32),
            both(ShiftLogicalLeftImmAlt64, ShiftLogicalLeftImmAlt32),
        ),
        ">>" => operator(
            both(ShiftLogicalRight64, ShiftLogicalRight32),
            both(ShiftLogicalRightImm64, ShiftLogicalRightImm32),
            both(ShiftLogicalRightImmAlt64, ShiftLogicalRightImmAlt32),
        ),
        ">>a" => operator(
            both(ShiftArithmeticRight64, ShiftArithmeticRight32),
            both(ShiftArithmeticRightImm64, ShiftArithmeticRightImm32),
            both(ShiftArithmeticRightImmAlt64, ShiftArithmeticRightImmAlt32),
        ),
        "<<r" => operator(both(RotateLeft64, RotateLeft32), None, None),
        ">>r" => operator(
            both(RotateRight64, RotateRight32),
            both(RotateRightImm64, RotateRightImm32),
            both(RotateRightImmAlt64, RotateRightImmAlt32),
        ),
        "<u" => {
            operator(one(SetLessThanUnsigned), one(SetLessThanUnsignedImm), one(SetGreaterThanUnsignedImm))
        }
        "<s" => operator(one(SetLessThanSigned), one(SetLessThanSignedImm), one(SetGreaterThanSignedImm)),
        ">u" => {
            swapped(one(SetLessThanUnsigned), one(SetGreaterThanUnsignedImm), one(SetLessThanUnsignedImm))
        }
        ">s" => swapped(one(SetLessThanSigned), one(SetGreaterThanSignedImm), one(SetLessThanSignedImm)),
        "mulh" => operator(one(MulUpperSignedSigned), None, None),
        "mulhu" => operator(one(MulUpperUnsignedUnsigned), None, None),
        "mulhsu" => operator(one(MulUpperSignedUnsigned), None, None),
        _ => None,
    }
}

/// The operator of a branch's condition.
pub(crate) fn comparison(symbol: &str) -> Option<Operator> {
    let equal = one(BranchEqImm);
    let not_equal = one(BranchNotEqImm);
    let (less_u, less_s) = (one(BranchLessUnsignedImm), one(BranchLessSignedImm));
    let (more_u, more_s) = (one(BranchGreaterUnsignedImm), one(BranchGreaterSignedImm));
    let (at_most_u, at_most_s) = (one(BranchLessOrEqualUnsignedImm), one(BranchLessOrEqualSignedImm));
    let (at_least_u, at_least_s) = (one(BranchGreaterOrEqualUnsignedImm), one(BranchGreaterOrEqualSignedImm));
    match symbol {
        "==" => operator(one(BranchEq), equal, equal),
        "!=" => operator(one(BranchNotEq), not_equal, not_equal),
        "<u" => operator(one(BranchLessUnsigned), less_u, more_u),
        "<s" => operator(one(BranchLessSigned), less_s, more_s),
        ">u" => swapped(one(BranchLessUnsigned), more_u, less_u),
        ">s" => swapped(one(BranchLessSigned), more_s, less_s),
        ">=u" => operator(one(BranchGreaterOrEqualUnsigned), at_least_u, at_most_u),
        ">=s" => operator(one(BranchGreaterOrEqualSigned), at_least_s, at_most_s),
        "<=u" => swapped(one(BranchGreaterOrEqualUnsigned), at_most_u, at_least_u),
        "<=s" => swapped(one(BranchGreaterOrEqualSigned), at_most_s, at_least_s),
        _ => None,
    }
}

/// The operation on one register that this word names.
pub(crate) fn unary(word: &str) -> Option<Widths> {
    match word {
        "sbrk" => one(Sbrk),
        "cpop" => both(CountSetBits64, CountSetBits32),
        "clz" => both(CountLeadingZeroBits64, CountLeadingZeroBits32),
        "ctz" => both(CountTrailingZeroBits64, CountTrailingZeroBits32),
        "sext8" => one(SignExtend8),
        "sext16" => one(SignExtend16),
        "zext16" => one(ZeroExtend16),
        "reverse" => one(ReverseByte),
        _ => None,
    }
}

/// The function of two registers that this word names.
pub(crate) fn function(word: &str) -> Option<Opcode> {
    match word {
        "maxs" => Some(Maximum),
        "maxu" => Some(MaximumUnsigned),
        "mins" => Some(Minimum),
        "minu" => Some(MinimumUnsigned),
        _ => None,
    }
}

/// Loads of the kind that this word names: from an address, and relative to a register.
pub(crate) fn load(word: &str) -> Option<(Opcode, Opcode)> {
    match word {
        "u8" => Some((LoadU8, LoadIndirectU8)),
        "i8" => Some((LoadI8, LoadIndirectI8)),
        "u16" => Some((LoadU16, LoadIndirectU16)),
        "i16" => Some((LoadI16, LoadIndirectI16)),
        "u32" => Some((LoadU32, LoadIndirectU32)),
        "i32" => Some((LoadI32, LoadIndirectI32)),
        "u64" => Some((LoadU64, LoadIndirectU64)),
        _ => None,
    }
}

/// Stores of one width.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stores {
    /// A register to an address.
    pub(crate) register: Opcode,
    /// A register, relative to a register.
    pub(crate) register_indirect: Opcode,
    /// A constant to an address.
    pub(crate) constant: Opcode,
    /// A constant, relative to a register.
    pub(crate) constant_indirect: Opcode,
    /// Bits that are stored.
    pub(crate) bits: u32,
}

/// The stores of the kind that this word names.
pub(crate) fn store(word: &str) -> Option<Stores> {
    let stores = |register, register_indirect, constant, constant_indirect, bits| {
        Some(Stores { register, register_indirect, constant, constant_indirect, bits })
    };
    match word {
        "u8" => stores(StoreU8, StoreIndirectU8, StoreImmU8, StoreImmIndirectU8, 8),
        "u16" => stores(StoreU16, StoreIndirectU16, StoreImmU16, StoreImmIndirectU16, 16),
        "u32" => stores(StoreU32, StoreIndirectU32, StoreImmU32, StoreImmIndirectU32, 32),
        "u64" => stores(StoreU64, StoreIndirectU64, StoreImmU64, StoreImmIndirectU64, 64),
        _ => None,
    }
}
