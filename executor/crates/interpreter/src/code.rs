// SPDX-License-Identifier: Apache-2.0
//! The table of all forms of instructions that are executed differently, and which of them an instruction is.
//! Everything that is known before the program runs is decided here: the width of registers, which region a memory
//! access tries first, whether a jump can succeed.

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

/// Calls the macro `$use` with the table: code, opcode, condition, body. Of the rows of one opcode the first whose
/// condition holds is taken. The base register of a memory access, `s` or `d`, is the stack pointer; registers are
/// wide. Rows in `last` are of instructions that end a block, which have valid targets.
macro_rules! with_table {
    ($use:ident $($arguments:tt)*) => {
        $use! {
            simple {
                LoadImm: LoadImm => alu::LoadImm;
                LoadImm64: LoadImm64 => alu::LoadImm64;
                MoveReg: MoveReg => Rr<alu::Move>;
                LoadU8: LoadU8 => LoadAt<memory::LoadU8, Absolute, false>;
                LoadI8: LoadI8 => LoadAt<memory::LoadI8, Absolute, false>;
                LoadU16: LoadU16 => LoadAt<memory::LoadU16, Absolute, false>;
                LoadI16: LoadI16 => LoadAt<memory::LoadI16, Absolute, false>;
                LoadU32: LoadU32 => LoadAt<memory::LoadU32, Absolute, false>;
                LoadI32: LoadI32 => LoadAt<memory::LoadI32, Absolute, false>;
                LoadU64: LoadU64 => LoadAt<memory::LoadU64, Absolute, false>;
                StoreU8: StoreU8 => StoreAt<memory::StoreU8, Absolute, ValueD, false>;
                StoreU16: StoreU16 => StoreAt<memory::StoreU16, Absolute, ValueD, false>;
                StoreU32: StoreU32 => StoreAt<memory::StoreU32, Absolute, ValueD, false>;
                StoreU64: StoreU64 => StoreAt<memory::StoreU64, Absolute, ValueD, false>;
                StoreImmU8: StoreImmU8 => StoreAt<memory::StoreU8, Absolute, ValueJ, false>;
                StoreImmU16: StoreImmU16 => StoreAt<memory::StoreU16, Absolute, ValueJ, false>;
                StoreImmU32: StoreImmU32 => StoreAt<memory::StoreU32, Absolute, ValueJ, false>;
                StoreImmU64: StoreImmU64 => StoreAt<memory::StoreU64, Absolute, ValueJ, false>;
                StackLoadIndirectU8: LoadIndirectU8 if stack_s => LoadAt<memory::LoadU8, BaseSp, true>;
                LoadIndirectU8: LoadIndirectU8 => LoadAt<memory::LoadU8, BaseS, false>;
                StackLoadIndirectI8: LoadIndirectI8 if stack_s => LoadAt<memory::LoadI8, BaseSp, true>;
                LoadIndirectI8: LoadIndirectI8 => LoadAt<memory::LoadI8, BaseS, false>;
                StackLoadIndirectU16: LoadIndirectU16 if stack_s => LoadAt<memory::LoadU16, BaseSp, true>;
                LoadIndirectU16: LoadIndirectU16 => LoadAt<memory::LoadU16, BaseS, false>;
                StackLoadIndirectI16: LoadIndirectI16 if stack_s => LoadAt<memory::LoadI16, BaseSp, true>;
                LoadIndirectI16: LoadIndirectI16 => LoadAt<memory::LoadI16, BaseS, false>;
                StackLoadIndirectU32: LoadIndirectU32 if stack_s => LoadAt<memory::LoadU32, BaseSp, true>;
                LoadIndirectU32: LoadIndirectU32 => LoadAt<memory::LoadU32, BaseS, false>;
                StackLoadIndirectI32: LoadIndirectI32 if stack_s => LoadAt<memory::LoadI32, BaseSp, true>;
                LoadIndirectI32: LoadIndirectI32 => LoadAt<memory::LoadI32, BaseS, false>;
                StackLoadIndirectU64: LoadIndirectU64 if stack_s => LoadAt<memory::LoadU64, BaseSp, true>;
                LoadIndirectU64: LoadIndirectU64 => LoadAt<memory::LoadU64, BaseS, false>;
                StackStoreIndirectU8: StoreIndirectU8 if stack_s => StoreAt<memory::StoreU8, BaseSp, ValueD, true>;
                StoreIndirectU8: StoreIndirectU8 => StoreAt<memory::StoreU8, BaseS, ValueD, false>;
                StackStoreIndirectU16: StoreIndirectU16 if stack_s => StoreAt<memory::StoreU16, BaseSp, ValueD, true>;
                StoreIndirectU16: StoreIndirectU16 => StoreAt<memory::StoreU16, BaseS, ValueD, false>;
                StackStoreIndirectU32: StoreIndirectU32 if stack_s => StoreAt<memory::StoreU32, BaseSp, ValueD, true>;
                StoreIndirectU32: StoreIndirectU32 => StoreAt<memory::StoreU32, BaseS, ValueD, false>;
                StackStoreIndirectU64: StoreIndirectU64 if stack_s => StoreAt<memory::StoreU64, BaseSp, ValueD, true>;
                StoreIndirectU64: StoreIndirectU64 => StoreAt<memory::StoreU64, BaseS, ValueD, false>;
                StackStoreImmIndirectU8: StoreImmIndirectU8 if stack_d => StoreAt<memory::StoreU8, BaseSp, ValueJ, true>;
                StoreImmIndirectU8: StoreImmIndirectU8 => StoreAt<memory::StoreU8, BaseD, ValueJ, false>;
                StackStoreImmIndirectU16: StoreImmIndirectU16 if stack_d => StoreAt<memory::StoreU16, BaseSp, ValueJ, true>;
                StoreImmIndirectU16: StoreImmIndirectU16 => StoreAt<memory::StoreU16, BaseD, ValueJ, false>;
                StackStoreImmIndirectU32: StoreImmIndirectU32 if stack_d => StoreAt<memory::StoreU32, BaseSp, ValueJ, true>;
                StoreImmIndirectU32: StoreImmIndirectU32 => StoreAt<memory::StoreU32, BaseD, ValueJ, false>;
                StackStoreImmIndirectU64: StoreImmIndirectU64 if stack_d => StoreAt<memory::StoreU64, BaseSp, ValueJ, true>;
                StoreImmIndirectU64: StoreImmIndirectU64 => StoreAt<memory::StoreU64, BaseD, ValueJ, false>;
                AddImm32: AddImm32 => Rri<alu::Add32>;
                AddImm64: AddImm64 => Rri<alu::Add64>;
                MulImm32: MulImm32 => Rri<alu::Mul32>;
                MulImm64: MulImm64 => Rri<alu::Mul64>;
                AndImm: AndImm => Rri<alu::And>;
                XorImm: XorImm => Rri<alu::Xor>;
                OrImm: OrImm => Rri<alu::Or>;
                SetLessThanUnsignedImm: SetLessThanUnsignedImm => Rri<alu::LessUnsigned>;
                SetLessThanSignedImm: SetLessThanSignedImm => Rri<alu::LessSigned>;
                SetGreaterThanUnsignedImm: SetGreaterThanUnsignedImm => Rri<alu::GreaterUnsigned>;
                SetGreaterThanSignedImm: SetGreaterThanSignedImm => Rri<alu::GreaterSigned>;
                ShiftLogicalLeftImm32: ShiftLogicalLeftImm32 => Rri<alu::ShiftLeft32>;
                ShiftLogicalRightImm32: ShiftLogicalRightImm32 => Rri<alu::ShiftRight32>;
                ShiftArithmeticRightImm32: ShiftArithmeticRightImm32 => Rri<alu::ShiftRightSigned32>;
                ShiftLogicalLeftImm64: ShiftLogicalLeftImm64 => Rri<alu::ShiftLeft64>;
                ShiftLogicalRightImm64: ShiftLogicalRightImm64 => Rri<alu::ShiftRight64>;
                ShiftArithmeticRightImm64: ShiftArithmeticRightImm64 => Rri<alu::ShiftRightSigned64>;
                RotateRightImm32: RotateRightImm32 => Rri<alu::RotateRight32>;
                RotateRightImm64: RotateRightImm64 => Rri<alu::RotateRight64>;
                NegateAndAddImm32: NegateAndAddImm32 => Rir<alu::Sub32>;
                NegateAndAddImm64: NegateAndAddImm64 => Rir<alu::Sub64>;
                ShiftLogicalLeftImmAlt32: ShiftLogicalLeftImmAlt32 => Rir<alu::ShiftLeft32>;
                ShiftLogicalRightImmAlt32: ShiftLogicalRightImmAlt32 => Rir<alu::ShiftRight32>;
                ShiftArithmeticRightImmAlt32: ShiftArithmeticRightImmAlt32 => Rir<alu::ShiftRightSigned32>;
                ShiftLogicalLeftImmAlt64: ShiftLogicalLeftImmAlt64 => Rir<alu::ShiftLeft64>;
                ShiftLogicalRightImmAlt64: ShiftLogicalRightImmAlt64 => Rir<alu::ShiftRight64>;
                ShiftArithmeticRightImmAlt64: ShiftArithmeticRightImmAlt64 => Rir<alu::ShiftRightSigned64>;
                RotateRightImmAlt32: RotateRightImmAlt32 => Rir<alu::RotateRight32>;
                RotateRightImmAlt64: RotateRightImmAlt64 => Rir<alu::RotateRight64>;
                CmovIfZeroImm: CmovIfZeroImm => alu::CmovImm<true>;
                CmovIfNotZeroImm: CmovIfNotZeroImm => alu::CmovImm<false>;
                Add32: Add32 => Rrr<alu::Add32>;
                Sub32: Sub32 => Rrr<alu::Sub32>;
                Mul32: Mul32 => Rrr<alu::Mul32>;
                DivUnsigned32: DivUnsigned32 => Rrr<alu::DivUnsigned32>;
                DivSigned32: DivSigned32 => Rrr<alu::DivSigned32>;
                RemUnsigned32: RemUnsigned32 => Rrr<alu::RemUnsigned32>;
                RemSigned32: RemSigned32 => Rrr<alu::RemSigned32>;
                ShiftLogicalLeft32: ShiftLogicalLeft32 => Rrr<alu::ShiftLeft32>;
                ShiftLogicalRight32: ShiftLogicalRight32 => Rrr<alu::ShiftRight32>;
                ShiftArithmeticRight32: ShiftArithmeticRight32 => Rrr<alu::ShiftRightSigned32>;
                Add64: Add64 => Rrr<alu::Add64>;
                Sub64: Sub64 => Rrr<alu::Sub64>;
                Mul64: Mul64 => Rrr<alu::Mul64>;
                DivUnsigned64: DivUnsigned64 => Rrr<alu::DivUnsigned64>;
                DivSigned64: DivSigned64 => Rrr<alu::DivSigned64>;
                RemUnsigned64: RemUnsigned64 => Rrr<alu::RemUnsigned64>;
                RemSigned64: RemSigned64 => Rrr<alu::RemSigned64>;
                ShiftLogicalLeft64: ShiftLogicalLeft64 => Rrr<alu::ShiftLeft64>;
                ShiftLogicalRight64: ShiftLogicalRight64 => Rrr<alu::ShiftRight64>;
                ShiftArithmeticRight64: ShiftArithmeticRight64 => Rrr<alu::ShiftRightSigned64>;
                And: And => Rrr<alu::And>;
                Xor: Xor => Rrr<alu::Xor>;
                Or: Or => Rrr<alu::Or>;
                MulUpperSignedSignedWide: MulUpperSignedSigned if wide => Rrr<alu::MulUpperSignedSigned>;
                MulUpperSignedSigned: MulUpperSignedSigned => Rrr<alu::MulUpperSignedSignedNarrow>;
                MulUpperUnsignedUnsignedWide: MulUpperUnsignedUnsigned if wide => Rrr<alu::MulUpperUnsignedUnsigned>;
                MulUpperUnsignedUnsigned: MulUpperUnsignedUnsigned => Rrr<alu::MulUpperUnsignedUnsignedNarrow>;
                MulUpperSignedUnsignedWide: MulUpperSignedUnsigned if wide => Rrr<alu::MulUpperSignedUnsigned>;
                MulUpperSignedUnsigned: MulUpperSignedUnsigned => Rrr<alu::MulUpperSignedUnsignedNarrow>;
                SetLessThanUnsigned: SetLessThanUnsigned => Rrr<alu::LessUnsigned>;
                SetLessThanSigned: SetLessThanSigned => Rrr<alu::LessSigned>;
                CmovIfZero: CmovIfZero => alu::Cmov<true>;
                CmovIfNotZero: CmovIfNotZero => alu::Cmov<false>;
                RotateLeft64: RotateLeft64 => Rrr<alu::RotateLeft64>;
                RotateLeft32: RotateLeft32 => Rrr<alu::RotateLeft32>;
                RotateRight64: RotateRight64 => Rrr<alu::RotateRight64>;
                RotateRight32: RotateRight32 => Rrr<alu::RotateRight32>;
                AndInverted: AndInverted => Rrr<alu::AndInverted>;
                OrInverted: OrInverted => Rrr<alu::OrInverted>;
                Xnor: Xnor => Rrr<alu::Xnor>;
                Maximum: Maximum => Rrr<alu::Maximum>;
                MaximumUnsigned: MaximumUnsigned => Rrr<alu::MaximumUnsigned>;
                Minimum: Minimum => Rrr<alu::Minimum>;
                MinimumUnsigned: MinimumUnsigned => Rrr<alu::MinimumUnsigned>;
                CountSetBits64: CountSetBits64 => Rr<alu::CountSetBits64>;
                CountSetBits32: CountSetBits32 => Rr<alu::CountSetBits32>;
                CountLeadingZeroBits64: CountLeadingZeroBits64 => Rr<alu::CountLeadingZeroBits64>;
                CountLeadingZeroBits32: CountLeadingZeroBits32 => Rr<alu::CountLeadingZeroBits32>;
                CountTrailingZeroBits64: CountTrailingZeroBits64 => Rr<alu::CountTrailingZeroBits64>;
                CountTrailingZeroBits32: CountTrailingZeroBits32 => Rr<alu::CountTrailingZeroBits32>;
                SignExtend8: SignExtend8 => Rr<alu::SignExtend8>;
                SignExtend16: SignExtend16 => Rr<alu::SignExtend16>;
                ZeroExtend16: ZeroExtend16 => Rr<alu::ZeroExtend16>;
                ReverseByteWide: ReverseByte if wide => Rr<alu::ReverseByte>;
                ReverseByte: ReverseByte => Rr<alu::ReverseByteNarrow>;
                Unlikely: Unlikely => alu::Nothing;
            }
            last {
                BranchEq: BranchEq => Branch<control::Equal>;
                BranchNotEq: BranchNotEq => Branch<control::NotEqual>;
                BranchLessUnsigned: BranchLessUnsigned => Branch<control::LessUnsigned>;
                BranchLessSigned: BranchLessSigned => Branch<control::LessSigned>;
                BranchGreaterOrEqualUnsigned: BranchGreaterOrEqualUnsigned => Branch<control::GreaterOrEqualUnsigned>;
                BranchGreaterOrEqualSigned: BranchGreaterOrEqualSigned => Branch<control::GreaterOrEqualSigned>;
                BranchEqImm: BranchEqImm => BranchImm<control::Equal>;
                BranchNotEqImm: BranchNotEqImm => BranchImm<control::NotEqual>;
                BranchLessUnsignedImm: BranchLessUnsignedImm => BranchImm<control::LessUnsigned>;
                BranchLessOrEqualUnsignedImm: BranchLessOrEqualUnsignedImm => BranchImm<control::LessOrEqualUnsigned>;
                BranchGreaterOrEqualUnsignedImm: BranchGreaterOrEqualUnsignedImm => BranchImm<control::GreaterOrEqualUnsigned>;
                BranchGreaterUnsignedImm: BranchGreaterUnsignedImm => BranchImm<control::GreaterUnsigned>;
                BranchLessSignedImm: BranchLessSignedImm => BranchImm<control::LessSigned>;
                BranchLessOrEqualSignedImm: BranchLessOrEqualSignedImm => BranchImm<control::LessOrEqualSigned>;
                BranchGreaterOrEqualSignedImm: BranchGreaterOrEqualSignedImm => BranchImm<control::GreaterOrEqualSigned>;
                BranchGreaterSignedImm: BranchGreaterSignedImm => BranchImm<control::GreaterSigned>;
                Fallthrough: Fallthrough => control::Fallthrough;
                Jump: Jump => control::Jump;
                JumpIndirect: JumpIndirect => control::JumpIndirect;
                LoadImmAndJump: LoadImmAndJump => control::LoadImmAndJump;
                LoadImmAndJumpIndirect: LoadImmAndJumpIndirect => control::LoadImmAndJumpIndirect;
            }
            $($arguments)*
        }
    };
}
pub(crate) use with_table;

macro_rules! make_codes {
    (
        simple { $($simple:ident: $opcode:ident $(if $when:ident)? => $body:ty;)* }
        last { $($last:ident: $last_opcode:ident => $last_body:ty;)* }
    ) => {
        /// How an op is executed.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub(crate) enum Code {
            $($simple,)*
            $($last,)*
            /// `sbrk` on 32-bit registers.
            SbrkNarrow,
            /// `sbrk` on 64-bit registers.
            SbrkWide,
            /// `load_imm_and_jump` with a bad target.
            LoadImmAndTrap,
            /// `trap`, an invalid opcode, a jump to nowhere, or an implicit invalid instruction.
            Trap,
            /// `ecalli`.
            HostCall,
            /// `memset`, executed by the caller because it uses gas as it goes.
            Memset,
            /// Returns so that the depth of calls stays bounded (I1 of `op`).
            Yield,
            /// Announces the instruction behind this op.
            Step,
            /// Charges for the block that goes on behind this op, before which a step was announced.
            Charge,
        }

        /// The code of an instruction that does not trap whatever happens, if it is in the table.
        fn from_table(instruction: &Instruction, wide: bool) -> Option<Code> {
            match instruction.opcode {
                $(Opcode::$opcode $(if make_codes!(@$when, instruction, wide))? => Some(Code::$simple),)*
                $(Opcode::$last_opcode => Some(Code::$last),)*
                _ => None,
            }
        }
    };
    (@stack_s, $instruction:ident, $wide:ident) => { $instruction.s == Reg::Sp };
    (@stack_d, $instruction:ident, $wide:ident) => { $instruction.d == Reg::Sp };
    (@wide, $instruction:ident, $wide:ident) => { $wide };
}

with_table!(make_codes);

/// The code of an instruction.
pub(crate) fn code(instruction: &Instruction, context: &Context) -> Code {
    match instruction.opcode {
        Opcode::Fallthrough if !context.falls_into_code => Code::Trap,
        Opcode::LoadImmAndJump if !context.jump_is_valid => Code::LoadImmAndTrap,
        opcode if opcode.format().has_target() && !context.jump_is_valid => Code::Trap,
        Opcode::Memset => Code::Memset,
        Opcode::Ecalli => Code::HostCall,
        Opcode::Sbrk if context.wide => Code::SbrkWide,
        Opcode::Sbrk => Code::SbrkNarrow,
        // The table has all but `trap`, as the test that executes every instruction checks.
        _ => from_table(instruction, context.wide).unwrap_or(Code::Trap),
    }
}

impl Code {
    /// Whether exchanging `s` and `t` changes nothing, only for codes where pre-decoding makes use of it.
    pub(crate) fn operands_commute(self) -> bool {
        use Code::{Add64, And, Mul64, MulUpperUnsignedUnsignedWide, Or, Xor};
        matches!(self, Add64 | And | Mul64 | MulUpperUnsignedUnsignedWide | Or | Xor)
    }

    /// Likewise `d` and `s`.
    pub(crate) fn compared_commute(self) -> bool {
        matches!(self, Code::BranchEq | Code::BranchNotEq)
    }
}
