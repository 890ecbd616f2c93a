// SPDX-License-Identifier: Apache-2.0
//! Which handler executes an instruction. Everything that is known before the program runs is decided here: the
//! width of registers, which region a memory access tries first, whether a jump can succeed.

use crate::op::{host_call, memset, trap, Handler};
use crate::ops::alu::*;
use crate::ops::control;
use crate::ops::memory::{self, Absolute, BaseD, BaseS, LoadAt, StoreAt, ValueD, ValueJ};
use crate::ops::memory::{LoadI16, LoadI32, LoadI8, LoadU16, LoadU32, LoadU64, LoadU8};
use crate::ops::memory::{StoreU16, StoreU32, StoreU64, StoreU8};
use crate::ops::{last, single};
use revive_vm_primitives::{Instruction, Opcode, Reg};

/// What pre-decoding knows about an instruction besides its operands.
pub(crate) struct Context {
    /// Registers of 64 bits.
    pub(crate) wide: bool,
    /// The static jump goes to a valid target; for branches also: the next instruction is a valid target.
    pub(crate) jump_is_valid: bool,
    /// There is code behind the instruction, be it an instruction or a gap.
    pub(crate) falls_into_code: bool,
}

/// Makes handlers that try the stack first when the base is the stack pointer.
macro_rules! by_base {
    ($base:expr, $kind:ident<$access:ident, $address:ident $(, $value:ident)?>) => {
        if $base == Reg::Sp {
            single::<$kind<$access, $address $(, $value)?, true>>
        } else {
            single::<$kind<$access, $address $(, $value)?, false>>
        }
    };
}

/// The handler of an instruction.
pub(crate) fn handler(instruction: &Instruction, context: &Context) -> Handler {
    use Opcode as O;
    let Instruction { d, s, .. } = *instruction;
    match instruction.opcode {
        O::Trap => trap,
        O::Fallthrough if context.falls_into_code => last::<control::Fallthrough>,
        O::Fallthrough => trap,
        O::Memset => memset,
        O::Unlikely => single::<Nothing>,
        O::Ecalli => host_call,
        O::Sbrk if context.wide => memory::sbrk::<true>,
        O::Sbrk => memory::sbrk::<false>,

        O::JumpIndirect => last::<control::JumpIndirect>,
        O::LoadImmAndJumpIndirect => control::load_imm_and_jump_indirect,
        O::LoadImmAndJump if context.jump_is_valid => control::load_imm_and_jump,
        O::LoadImmAndJump => control::load_imm_and_trap,
        O::Jump if context.jump_is_valid => last::<control::Jump>,
        O::Jump => trap,
        opcode => match branch_handler(opcode) {
            Some(_) if !context.jump_is_valid => trap,
            Some(handler) => handler,
            None => simple_handler(opcode, d, s, context.wide),
        },
    }
}

/// The handler of a branch whose targets are valid.
fn branch_handler(opcode: Opcode) -> Option<Handler> {
    use control::*;
    use Opcode as O;
    Some(match opcode {
        O::BranchEq => last::<Branch<Equal>>,
        O::BranchNotEq => last::<Branch<NotEqual>>,
        O::BranchLessUnsigned => last::<Branch<LessUnsigned>>,
        O::BranchLessSigned => last::<Branch<LessSigned>>,
        O::BranchGreaterOrEqualUnsigned => last::<Branch<GreaterOrEqualUnsigned>>,
        O::BranchGreaterOrEqualSigned => last::<Branch<GreaterOrEqualSigned>>,
        O::BranchEqImm => last::<BranchImm<Equal>>,
        O::BranchNotEqImm => last::<BranchImm<NotEqual>>,
        O::BranchLessUnsignedImm => last::<BranchImm<LessUnsigned>>,
        O::BranchLessOrEqualUnsignedImm => last::<BranchImm<LessOrEqualUnsigned>>,
        O::BranchGreaterOrEqualUnsignedImm => last::<BranchImm<GreaterOrEqualUnsigned>>,
        O::BranchGreaterUnsignedImm => last::<BranchImm<GreaterUnsigned>>,
        O::BranchLessSignedImm => last::<BranchImm<LessSigned>>,
        O::BranchLessOrEqualSignedImm => last::<BranchImm<LessOrEqualSigned>>,
        O::BranchGreaterOrEqualSignedImm => last::<BranchImm<GreaterOrEqualSigned>>,
        O::BranchGreaterSignedImm => last::<BranchImm<GreaterSigned>>,
        _ => return None,
    })
}

/// The handler of an instruction that always goes on to the next one.
fn simple_handler(opcode: Opcode, d: Reg, s: Reg, wide: bool) -> Handler {
    use Opcode as O;
    match opcode {
        O::LoadImm => single::<LoadImm>,
        O::LoadImm64 => single::<LoadImm64>,
        O::MoveReg => single::<Rr<Move>>,

        O::LoadU8 => single::<LoadAt<LoadU8, Absolute, false>>,
        O::LoadI8 => single::<LoadAt<LoadI8, Absolute, false>>,
        O::LoadU16 => single::<LoadAt<LoadU16, Absolute, false>>,
        O::LoadI16 => single::<LoadAt<LoadI16, Absolute, false>>,
        O::LoadU32 => single::<LoadAt<LoadU32, Absolute, false>>,
        O::LoadI32 => single::<LoadAt<LoadI32, Absolute, false>>,
        O::LoadU64 => single::<LoadAt<LoadU64, Absolute, false>>,
        O::StoreU8 => single::<StoreAt<StoreU8, Absolute, ValueD, false>>,
        O::StoreU16 => single::<StoreAt<StoreU16, Absolute, ValueD, false>>,
        O::StoreU32 => single::<StoreAt<StoreU32, Absolute, ValueD, false>>,
        O::StoreU64 => single::<StoreAt<StoreU64, Absolute, ValueD, false>>,
        O::StoreImmU8 => single::<StoreAt<StoreU8, Absolute, ValueJ, false>>,
        O::StoreImmU16 => single::<StoreAt<StoreU16, Absolute, ValueJ, false>>,
        O::StoreImmU32 => single::<StoreAt<StoreU32, Absolute, ValueJ, false>>,
        O::StoreImmU64 => single::<StoreAt<StoreU64, Absolute, ValueJ, false>>,
        O::LoadIndirectU8 => by_base!(s, LoadAt<LoadU8, BaseS>),
        O::LoadIndirectI8 => by_base!(s, LoadAt<LoadI8, BaseS>),
        O::LoadIndirectU16 => by_base!(s, LoadAt<LoadU16, BaseS>),
        O::LoadIndirectI16 => by_base!(s, LoadAt<LoadI16, BaseS>),
        O::LoadIndirectU32 => by_base!(s, LoadAt<LoadU32, BaseS>),
        O::LoadIndirectI32 => by_base!(s, LoadAt<LoadI32, BaseS>),
        O::LoadIndirectU64 => by_base!(s, LoadAt<LoadU64, BaseS>),
        O::StoreIndirectU8 => by_base!(s, StoreAt<StoreU8, BaseS, ValueD>),
        O::StoreIndirectU16 => by_base!(s, StoreAt<StoreU16, BaseS, ValueD>),
        O::StoreIndirectU32 => by_base!(s, StoreAt<StoreU32, BaseS, ValueD>),
        O::StoreIndirectU64 => by_base!(s, StoreAt<StoreU64, BaseS, ValueD>),
        O::StoreImmIndirectU8 => by_base!(d, StoreAt<StoreU8, BaseD, ValueJ>),
        O::StoreImmIndirectU16 => by_base!(d, StoreAt<StoreU16, BaseD, ValueJ>),
        O::StoreImmIndirectU32 => by_base!(d, StoreAt<StoreU32, BaseD, ValueJ>),
        O::StoreImmIndirectU64 => by_base!(d, StoreAt<StoreU64, BaseD, ValueJ>),

        O::AddImm32 => single::<Rri<Add32>>,
        O::AddImm64 => single::<Rri<Add64>>,
        O::MulImm32 => single::<Rri<Mul32>>,
        O::MulImm64 => single::<Rri<Mul64>>,
        O::AndImm => single::<Rri<And>>,
        O::XorImm => single::<Rri<Xor>>,
        O::OrImm => single::<Rri<Or>>,
        O::SetLessThanUnsignedImm => single::<Rri<LessUnsigned>>,
        O::SetLessThanSignedImm => single::<Rri<LessSigned>>,
        O::SetGreaterThanUnsignedImm => single::<Rri<GreaterUnsigned>>,
        O::SetGreaterThanSignedImm => single::<Rri<GreaterSigned>>,
        O::ShiftLogicalLeftImm32 => single::<Rri<ShiftLeft32>>,
        O::ShiftLogicalRightImm32 => single::<Rri<ShiftRight32>>,
        O::ShiftArithmeticRightImm32 => single::<Rri<ShiftRightSigned32>>,
        O::ShiftLogicalLeftImm64 => single::<Rri<ShiftLeft64>>,
        O::ShiftLogicalRightImm64 => single::<Rri<ShiftRight64>>,
        O::ShiftArithmeticRightImm64 => single::<Rri<ShiftRightSigned64>>,
        O::RotateRightImm32 => single::<Rri<RotateRight32>>,
        O::RotateRightImm64 => single::<Rri<RotateRight64>>,
        O::NegateAndAddImm32 => single::<Rir<Sub32>>,
        O::NegateAndAddImm64 => single::<Rir<Sub64>>,
        O::ShiftLogicalLeftImmAlt32 => single::<Rir<ShiftLeft32>>,
        O::ShiftLogicalRightImmAlt32 => single::<Rir<ShiftRight32>>,
        O::ShiftArithmeticRightImmAlt32 => single::<Rir<ShiftRightSigned32>>,
        O::ShiftLogicalLeftImmAlt64 => single::<Rir<ShiftLeft64>>,
        O::ShiftLogicalRightImmAlt64 => single::<Rir<ShiftRight64>>,
        O::ShiftArithmeticRightImmAlt64 => single::<Rir<ShiftRightSigned64>>,
        O::RotateRightImmAlt32 => single::<Rir<RotateRight32>>,
        O::RotateRightImmAlt64 => single::<Rir<RotateRight64>>,
        O::CmovIfZeroImm => single::<CmovImm<true>>,
        O::CmovIfNotZeroImm => single::<CmovImm<false>>,

        O::Add32 => single::<Rrr<Add32>>,
        O::Sub32 => single::<Rrr<Sub32>>,
        O::Mul32 => single::<Rrr<Mul32>>,
        O::DivUnsigned32 => single::<Rrr<DivUnsigned32>>,
        O::DivSigned32 => single::<Rrr<DivSigned32>>,
        O::RemUnsigned32 => single::<Rrr<RemUnsigned32>>,
        O::RemSigned32 => single::<Rrr<RemSigned32>>,
        O::ShiftLogicalLeft32 => single::<Rrr<ShiftLeft32>>,
        O::ShiftLogicalRight32 => single::<Rrr<ShiftRight32>>,
        O::ShiftArithmeticRight32 => single::<Rrr<ShiftRightSigned32>>,
        O::Add64 => single::<Rrr<Add64>>,
        O::Sub64 => single::<Rrr<Sub64>>,
        O::Mul64 => single::<Rrr<Mul64>>,
        O::DivUnsigned64 => single::<Rrr<DivUnsigned64>>,
        O::DivSigned64 => single::<Rrr<DivSigned64>>,
        O::RemUnsigned64 => single::<Rrr<RemUnsigned64>>,
        O::RemSigned64 => single::<Rrr<RemSigned64>>,
        O::ShiftLogicalLeft64 => single::<Rrr<ShiftLeft64>>,
        O::ShiftLogicalRight64 => single::<Rrr<ShiftRight64>>,
        O::ShiftArithmeticRight64 => single::<Rrr<ShiftRightSigned64>>,
        O::And => single::<Rrr<And>>,
        O::Xor => single::<Rrr<Xor>>,
        O::Or => single::<Rrr<Or>>,
        O::MulUpperSignedSigned if wide => single::<Rrr<MulUpperSignedSigned>>,
        O::MulUpperSignedSigned => single::<Rrr<MulUpperSignedSignedNarrow>>,
        O::MulUpperUnsignedUnsigned if wide => single::<Rrr<MulUpperUnsignedUnsigned>>,
        O::MulUpperUnsignedUnsigned => single::<Rrr<MulUpperUnsignedUnsignedNarrow>>,
        O::MulUpperSignedUnsigned if wide => single::<Rrr<MulUpperSignedUnsigned>>,
        O::MulUpperSignedUnsigned => single::<Rrr<MulUpperSignedUnsignedNarrow>>,
        O::SetLessThanUnsigned => single::<Rrr<LessUnsigned>>,
        O::SetLessThanSigned => single::<Rrr<LessSigned>>,
        O::CmovIfZero => single::<Cmov<true>>,
        O::CmovIfNotZero => single::<Cmov<false>>,
        O::RotateLeft64 => single::<Rrr<RotateLeft64>>,
        O::RotateLeft32 => single::<Rrr<RotateLeft32>>,
        O::RotateRight64 => single::<Rrr<RotateRight64>>,
        O::RotateRight32 => single::<Rrr<RotateRight32>>,
        O::AndInverted => single::<Rrr<AndInverted>>,
        O::OrInverted => single::<Rrr<OrInverted>>,
        O::Xnor => single::<Rrr<Xnor>>,
        O::Maximum => single::<Rrr<Maximum>>,
        O::MaximumUnsigned => single::<Rrr<MaximumUnsigned>>,
        O::Minimum => single::<Rrr<Minimum>>,
        O::MinimumUnsigned => single::<Rrr<MinimumUnsigned>>,

        O::CountSetBits64 => single::<Rr<CountSetBits64>>,
        O::CountSetBits32 => single::<Rr<CountSetBits32>>,
        O::CountLeadingZeroBits64 => single::<Rr<CountLeadingZeroBits64>>,
        O::CountLeadingZeroBits32 => single::<Rr<CountLeadingZeroBits32>>,
        O::CountTrailingZeroBits64 => single::<Rr<CountTrailingZeroBits64>>,
        O::CountTrailingZeroBits32 => single::<Rr<CountTrailingZeroBits32>>,
        O::SignExtend8 => single::<Rr<SignExtend8>>,
        O::SignExtend16 => single::<Rr<SignExtend16>>,
        O::ZeroExtend16 => single::<Rr<ZeroExtend16>>,
        O::ReverseByte if wide => single::<Rr<ReverseByte>>,
        O::ReverseByte => single::<Rr<ReverseByteNarrow>>,

        // Everything else was selected by the callers; the match over the group of control instructions in `handler`
        // and `branch_handler` is checked by the test that executes every instruction.
        _ => trap,
    }
}
