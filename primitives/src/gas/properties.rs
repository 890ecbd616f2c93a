// SPDX-License-Identifier: Apache-2.0
//! What the pipeline model assumes about single instructions (gas costs, section 3).
//!
//! [`of`] is the table of the specification, row by row. What is looked up is computed from it when the crate is
//! compiled, see `operation`.

use super::Latencies;
use crate::isa::Opcode;

/// What one instruction asks of the pipeline. `move_reg`, which makes no entry in the reorder buffer, has latency 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Properties {
    /// Cycles from the start to the result; of branches, that of an unpredictable one.
    pub(super) latency: u8,
    /// Decode slots, without the one for a destination that is no source.
    pub(super) slots: u8,
    pub(super) fresh: Fresh,
    /// Arithmetic units held while it executes: 0, 1 or 2. Load and store units need not be counted: there are as many
    /// of each as arithmetic units, and whatever takes one takes an arithmetic unit too.
    pub(super) alu: u8,
    pub(super) unit: Unit,
    pub(super) reads_d: bool,
    pub(super) reads_s: bool,
    pub(super) reads_t: bool,
    pub(super) writes_d: bool,
    /// Whether the latency depends on the code around (section 2.5).
    pub(super) is_branch: bool,
}

/// When an instruction takes one more decode slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fresh {
    Never,
    /// If the destination is not `s`: `n2` of the table.
    NotS,
    /// If the destination is neither `s` nor `t`: `n3` of the table.
    NotST,
}

/// A unit of which there is only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    None,
    Multiplier,
    Divider,
}

impl Properties {
    const NONE: Self = Self {
        latency: 2,
        slots: 1,
        fresh: Fresh::Never,
        alu: 0,
        unit: Unit::None,
        reads_d: false,
        reads_s: false,
        reads_t: false,
        writes_d: false,
        is_branch: false,
    };

    /// `trap`, `fallthrough` and everything invalid.
    pub(super) const INVALID: Self = Self::NONE;

    /// Computes `d` from `s` in an arithmetic unit.
    const fn unary(latency: u8, slots: u8, fresh: Fresh) -> Self {
        Self { latency, slots, fresh, alu: 1, reads_s: true, writes_d: true, ..Self::NONE }
    }

    /// Computes `d` from `s` and `t` in an arithmetic unit.
    const fn binary(latency: u8, slots: u8, fresh: Fresh) -> Self {
        Self { reads_t: true, ..Self::unary(latency, slots, fresh) }
    }

    const fn with(self, unit: Unit) -> Self {
        Self { unit, ..self }
    }

    /// Needs an arithmetic unit and reads and writes nothing.
    const fn alone(latency: u8, slots: u8) -> Self {
        Self { latency, slots, alu: 1, ..Self::NONE }
    }

    const fn jump(latency: u8) -> Self {
        Self { latency, ..Self::NONE }
    }

    const fn branch(latency: u8) -> Self {
        Self { reads_d: true, is_branch: true, ..Self::alone(latency, 1) }
    }
}

/// The row of the table for `opcode`. `wide` is whether registers have 64 bits.
pub(super) const fn of(opcode: Opcode, wide: bool, latencies: Latencies) -> Properties {
    use Fresh::{Never, NotS, NotST};
    use Opcode as O;
    type P = Properties;
    let Latencies { load, store, branch } = latencies;
    // 32-bit operations of 64-bit sets are two operations.
    let b = wide as u8;
    match opcode {
        O::And | O::Or | O::Xor | O::Add64 | O::Sub64 => P::binary(1, 1, NotST),
        O::Add32 | O::Sub32 => P::binary(1 + b, 1 + b, NotST),
        O::AndImm
        | O::OrImm
        | O::XorImm
        | O::AddImm64
        | O::ShiftLogicalLeftImm64
        | O::ShiftLogicalRightImm64
        | O::ShiftArithmeticRightImm64
        | O::RotateRightImm64
        | O::ReverseByte => P::unary(1, 1, NotS),
        O::AddImm32
        | O::ShiftLogicalLeftImm32
        | O::ShiftLogicalRightImm32
        | O::ShiftArithmeticRightImm32
        | O::RotateRightImm32 => P::unary(1 + b, 1 + b, NotS),
        O::CountLeadingZeroBits32
        | O::CountLeadingZeroBits64
        | O::CountSetBits32
        | O::CountSetBits64
        | O::SignExtend8
        | O::SignExtend16
        | O::ZeroExtend16 => P::unary(1, 1, Never),
        O::CountTrailingZeroBits32 | O::CountTrailingZeroBits64 => P { alu: 2, ..P::unary(2, 1, Never) },
        O::ShiftLogicalLeft64
        | O::ShiftLogicalRight64
        | O::ShiftArithmeticRight64
        | O::RotateLeft64
        | O::RotateRight64 => P::binary(1, 2, NotS),
        O::ShiftLogicalLeft32
        | O::ShiftLogicalRight32
        | O::ShiftArithmeticRight32
        | O::RotateLeft32
        | O::RotateRight32 => P::binary(1 + b, 2 + b, NotS),
        O::ShiftLogicalLeftImmAlt64
        | O::ShiftLogicalRightImmAlt64
        | O::ShiftArithmeticRightImmAlt64
        | O::RotateRightImmAlt64 => P::unary(1, 3, Never),
        O::ShiftLogicalLeftImmAlt32
        | O::ShiftLogicalRightImmAlt32
        | O::ShiftArithmeticRightImmAlt32
        | O::RotateRightImmAlt32 => P::unary(2, 4, Never),
        O::SetLessThanUnsigned | O::SetLessThanSigned => P::binary(3, 3, Never),
        O::SetLessThanUnsignedImm
        | O::SetLessThanSignedImm
        | O::SetGreaterThanUnsignedImm
        | O::SetGreaterThanSignedImm => P::unary(3, 3, Never),
        O::CmovIfZero | O::CmovIfNotZero => P::binary(2, 2, Never),
        O::CmovIfZeroImm | O::CmovIfNotZeroImm => P::unary(2, 3, Never),
        O::Maximum | O::MaximumUnsigned | O::Minimum | O::MinimumUnsigned => P::binary(3, 2, NotST),
        O::AndInverted | O::OrInverted => P::binary(2, 3, Never),
        O::Xnor => P::binary(2, 2, NotST),
        O::NegateAndAddImm64 => P::unary(2, 3, Never),
        O::NegateAndAddImm32 => P::unary(3, 4, Never),
        O::Mul64 => P::binary(3, 1, NotST).with(Unit::Multiplier),
        O::Mul32 => P::binary(4, 2, NotST).with(Unit::Multiplier),
        O::MulImm64 => P::unary(3, 1, NotS).with(Unit::Multiplier),
        O::MulImm32 => P::unary(4, 2, NotS).with(Unit::Multiplier),
        O::MulUpperSignedSigned | O::MulUpperUnsignedUnsigned => {
            P::binary(4, 4, Never).with(Unit::Multiplier)
        }
        O::MulUpperSignedUnsigned => P::binary(6, 4, Never).with(Unit::Multiplier),
        O::DivUnsigned32
        | O::DivUnsigned64
        | O::DivSigned32
        | O::DivSigned64
        | O::RemUnsigned32
        | O::RemUnsigned64
        | O::RemSigned32
        | O::RemSigned64 => P::binary(60, 4, Never).with(Unit::Divider),
        O::LoadImm => P { writes_d: true, latency: 1, ..P::NONE },
        O::LoadImm64 => P { writes_d: true, latency: 1, slots: 2, ..P::NONE },
        O::MoveReg => P { latency: 0, reads_s: true, writes_d: true, ..P::NONE },
        O::LoadU8 | O::LoadI8 | O::LoadU16 | O::LoadI16 | O::LoadU32 | O::LoadI32 | O::LoadU64 => {
            P { writes_d: true, ..P::alone(load, 1) }
        }
        O::LoadIndirectU8
        | O::LoadIndirectI8
        | O::LoadIndirectU16
        | O::LoadIndirectI16
        | O::LoadIndirectU32
        | O::LoadIndirectI32
        | O::LoadIndirectU64 => P::unary(load, 1, Never),
        O::StoreU8
        | O::StoreU16
        | O::StoreU32
        | O::StoreU64
        | O::StoreImmIndirectU8
        | O::StoreImmIndirectU16
        | O::StoreImmIndirectU32
        | O::StoreImmIndirectU64 => P { reads_d: true, ..P::alone(store, 1) },
        O::StoreImmU8 | O::StoreImmU16 | O::StoreImmU32 | O::StoreImmU64 => P::alone(store, 1),
        O::StoreIndirectU8 | O::StoreIndirectU16 | O::StoreIndirectU32 | O::StoreIndirectU64 => {
            P { reads_d: true, reads_s: true, ..P::alone(store, 1) }
        }
        O::BranchEq
        | O::BranchNotEq
        | O::BranchLessUnsigned
        | O::BranchLessSigned
        | O::BranchGreaterOrEqualUnsigned
        | O::BranchGreaterOrEqualSigned => P { reads_s: true, ..P::branch(branch) },
        O::BranchEqImm
        | O::BranchNotEqImm
        | O::BranchLessUnsignedImm
        | O::BranchLessOrEqualUnsignedImm
        | O::BranchGreaterOrEqualUnsignedImm
        | O::BranchGreaterUnsignedImm
        | O::BranchLessSignedImm
        | O::BranchLessOrEqualSignedImm
        | O::BranchGreaterOrEqualSignedImm
        | O::BranchGreaterSignedImm => P::branch(branch),
        // They write a register, but nothing behind them in the block could read it.
        O::Jump | O::LoadImmAndJump => P::jump(15),
        O::JumpIndirect => P { reads_d: true, ..P::jump(22) },
        O::LoadImmAndJumpIndirect => P { reads_s: true, ..P::jump(22) },
        O::Trap | O::Fallthrough => P::INVALID,
        O::Unlikely => P { latency: 40, ..P::NONE },
        // Host calls and `memset` do not wait for their operands.
        O::Ecalli | O::Memset => P::alone(100, 4),
        O::Sbrk => P { reads_s: true, writes_d: true, ..P::alone(100, 4) },
    }
}
