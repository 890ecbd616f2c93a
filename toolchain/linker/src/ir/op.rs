// SPDX-License-Identifier: Apache-2.0
//! Operations on registers, and which instruction of the virtual machine each is.

use crate::elf::Xlen;
use revive_vm_primitives::Opcode;

/// How many bits of its operands an operation looks at. Results of 32 bits are sign-extended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum W {
    W32,
    W64,
}

impl W {
    /// The width of registers.
    pub(crate) fn native(xlen: Xlen) -> Self {
        match xlen {
            Xlen::X32 => Self::W32,
            Xlen::X64 => Self::W64,
        }
    }

    /// In bits.
    pub(crate) fn bits(self) -> u32 {
        match self {
            Self::W32 => 32,
            Self::W64 => 64,
        }
    }
}

/// An operation on two values.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Bin {
    Add(W),
    Sub(W),
    Mul(W),
    DivU(W),
    DivS(W),
    RemU(W),
    RemS(W),
    Shl(W),
    Shr(W),
    Sar(W),
    Rotl(W),
    Rotr(W),
    And,
    Or,
    Xor,
    AndNot,
    OrNot,
    Xnor,
    MulHighSS,
    MulHighUU,
    MulHighSU,
    SltU,
    SltS,
    /// Only with a constant on the right.
    SgtU,
    /// Only with a constant on the right.
    SgtS,
    MaxS,
    MaxU,
    MinS,
    MinU,
}

/// An operation on one value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Un {
    Popcnt(W),
    Clz(W),
    Ctz(W),
    Sext8,
    Sext16,
    Zext16,
    ReverseBytes,
}

fn by_width(w: W, narrow: Opcode, wide: Opcode) -> Opcode {
    match w {
        W::W32 => narrow,
        W::W64 => wide,
    }
}

impl Bin {
    /// The instruction with two registers.
    pub(crate) fn opcode(self) -> Option<Opcode> {
        use Opcode as O;
        Some(match self {
            Self::Add(w) => by_width(w, O::Add32, O::Add64),
            Self::Sub(w) => by_width(w, O::Sub32, O::Sub64),
            Self::Mul(w) => by_width(w, O::Mul32, O::Mul64),
            Self::DivU(w) => by_width(w, O::DivUnsigned32, O::DivUnsigned64),
            Self::DivS(w) => by_width(w, O::DivSigned32, O::DivSigned64),
            Self::RemU(w) => by_width(w, O::RemUnsigned32, O::RemUnsigned64),
            Self::RemS(w) => by_width(w, O::RemSigned32, O::RemSigned64),
            Self::Shl(w) => by_width(w, O::ShiftLogicalLeft32, O::ShiftLogicalLeft64),
            Self::Shr(w) => by_width(w, O::ShiftLogicalRight32, O::ShiftLogicalRight64),
            Self::Sar(w) => by_width(w, O::ShiftArithmeticRight32, O::ShiftArithmeticRight64),
            Self::Rotl(w) => by_width(w, O::RotateLeft32, O::RotateLeft64),
            Self::Rotr(w) => by_width(w, O::RotateRight32, O::RotateRight64),
            Self::And => O::And,
            Self::Or => O::Or,
            Self::Xor => O::Xor,
            Self::AndNot => O::AndInverted,
            Self::OrNot => O::OrInverted,
            Self::Xnor => O::Xnor,
            Self::MulHighSS => O::MulUpperSignedSigned,
            Self::MulHighUU => O::MulUpperUnsignedUnsigned,
            Self::MulHighSU => O::MulUpperSignedUnsigned,
            Self::SltU => O::SetLessThanUnsigned,
            Self::SltS => O::SetLessThanSigned,
            Self::SgtU | Self::SgtS => return None,
            Self::MaxS => O::Maximum,
            Self::MaxU => O::MaximumUnsigned,
            Self::MinS => O::Minimum,
            Self::MinU => O::MinimumUnsigned,
        })
    }

    /// The instruction with a constant on the right.
    pub(crate) fn opcode_const_right(self) -> Option<Opcode> {
        use Opcode as O;
        Some(match self {
            Self::Add(w) => by_width(w, O::AddImm32, O::AddImm64),
            Self::Mul(w) => by_width(w, O::MulImm32, O::MulImm64),
            Self::Shl(w) => by_width(w, O::ShiftLogicalLeftImm32, O::ShiftLogicalLeftImm64),
            Self::Shr(w) => by_width(w, O::ShiftLogicalRightImm32, O::ShiftLogicalRightImm64),
            Self::Sar(w) => by_width(w, O::ShiftArithmeticRightImm32, O::ShiftArithmeticRightImm64),
            Self::Rotr(w) => by_width(w, O::RotateRightImm32, O::RotateRightImm64),
            Self::And => O::AndImm,
            Self::Or => O::OrImm,
            Self::Xor => O::XorImm,
            Self::SltU => O::SetLessThanUnsignedImm,
            Self::SltS => O::SetLessThanSignedImm,
            Self::SgtU => O::SetGreaterThanUnsignedImm,
            Self::SgtS => O::SetGreaterThanSignedImm,
            _ => return None,
        })
    }

    /// The instruction with a constant on the left.
    pub(crate) fn opcode_const_left(self) -> Option<Opcode> {
        use Opcode as O;
        Some(match self {
            Self::Sub(w) => by_width(w, O::NegateAndAddImm32, O::NegateAndAddImm64),
            Self::Shl(w) => by_width(w, O::ShiftLogicalLeftImmAlt32, O::ShiftLogicalLeftImmAlt64),
            Self::Shr(w) => by_width(w, O::ShiftLogicalRightImmAlt32, O::ShiftLogicalRightImmAlt64),
            Self::Sar(w) => by_width(w, O::ShiftArithmeticRightImmAlt32, O::ShiftArithmeticRightImmAlt64),
            Self::Rotr(w) => by_width(w, O::RotateRightImmAlt32, O::RotateRightImmAlt64),
            _ => return None,
        })
    }

    /// Whether the operands can change places.
    pub(crate) fn is_commutative(self) -> bool {
        matches!(
            self,
            Self::Add(_)
                | Self::Mul(_)
                | Self::And
                | Self::Or
                | Self::Xor
                | Self::Xnor
                | Self::MulHighSS
                | Self::MulHighUU
                | Self::MaxS
                | Self::MaxU
                | Self::MinS
                | Self::MinU
        )
    }

    /// Whether it shifts or rotates the left operand by the right one.
    pub(crate) fn is_shift(self) -> bool {
        self.shift_bits().is_some()
    }

    /// The width of a shift or rotation in bits.
    pub(crate) fn shift_bits(self) -> Option<u32> {
        match self {
            Self::Shl(w) | Self::Shr(w) | Self::Sar(w) | Self::Rotl(w) | Self::Rotr(w) => Some(w.bits()),
            _ => None,
        }
    }

    /// The width, of operations that have two.
    pub(crate) fn width(self) -> Option<W> {
        match self {
            Self::Add(w)
            | Self::Sub(w)
            | Self::Mul(w)
            | Self::DivU(w)
            | Self::DivS(w)
            | Self::RemU(w)
            | Self::RemS(w)
            | Self::Shl(w)
            | Self::Shr(w)
            | Self::Sar(w)
            | Self::Rotl(w)
            | Self::Rotr(w) => Some(w),
            _ => None,
        }
    }
}

impl Un {
    /// The instruction.
    pub(crate) fn opcode(self) -> Opcode {
        use Opcode as O;
        match self {
            Self::Popcnt(w) => by_width(w, O::CountSetBits32, O::CountSetBits64),
            Self::Clz(w) => by_width(w, O::CountLeadingZeroBits32, O::CountLeadingZeroBits64),
            Self::Ctz(w) => by_width(w, O::CountTrailingZeroBits32, O::CountTrailingZeroBits64),
            Self::Sext8 => O::SignExtend8,
            Self::Sext16 => O::SignExtend16,
            Self::Zext16 => O::ZeroExtend16,
            Self::ReverseBytes => O::ReverseByte,
        }
    }
}
