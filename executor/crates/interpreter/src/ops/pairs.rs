// SPDX-License-Identifier: Apache-2.0
//! Two neighbouring instructions executed by one handler, which saves the dispatch between them.
//!
//! The op of a pair's second instruction stays as it is, behind the first: it holds the operands, and a start, a
//! resumption or a fault between the two finds everything as if there were no pairs. Which instructions take part
//! was chosen by how often they were executed next to each other in compiled programs (hashes, sieve, 256-bit
//! arithmetic, sorting, an emulator, memory moves).

use super::alu::{Add64, And, AndInverted, LessUnsigned, Move, Mul64, MulUpperUnsignedUnsigned, Or};
use super::alu::{
    LoadImm, RotateRight32, RotateRight64, Rr, Rri, Rrr, ShiftLeft64, ShiftRight64, Sub64, Xor,
};
use super::control::{
    Branch, BranchImm, Equal, Fallthrough, GreaterOrEqualUnsigned, Jump, JumpIndirect, LessUnsigned as Less,
    NotEqual,
};
use super::memory::{BaseS, LoadAt, LoadI32, LoadU64, LoadU8, StoreAt, StoreU32, StoreU64, StoreU8, ValueD};
use super::{take, FromRegisters, Last, Operands, Simple};
use crate::op::{Handler, Image, Op, Rest, State, Stop};
use revive_vm_primitives::{Instruction, Opcode, Reg};

/// Makes operands of which one is the value that the instruction before has just written. Reading it from the
/// registers would wait for the write.
macro_rules! forwards {
    ($($(#[$doc:meta])* $name:ident: $operand:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy)]
        struct $name(u64);

        impl $name {
            fn of(op: &Op) -> Reg {
                op.$operand
            }
        }

        impl Operands for $name {
            #[inline(always)]
            fn new(value: u64) -> Self {
                Self(value)
            }

            #[inline(always)]
            fn $operand(self, _op: &Op, _state: &State) -> u64 {
                self.0
            }
        }
    )*};
}

forwards! {
    /// The value is that of `d`.
    D: d;
    /// The value is that of `s`.
    S: s;
    /// The value is that of `t`.
    T: t;
}

/// A pair of simple instructions.
fn pair<'m, A: Simple, B: Simple, R: Operands>(
    mut rest: Rest<'m>,
    image: &'m Image,
    gas: i64,
    state: &mut State,
) -> Stop {
    take!(first, here, rest, image, gas, state);
    let Some(value) = A::exec(first, FromRegisters, state) else { return A::slow(here, image, gas, state) };
    take!(second, here, rest, image, gas, state);
    if B::exec(second, R::new(value), state).is_none() {
        return B::slow(here, image, gas, state);
    }
    (second.next)(rest, image, gas, state)
}

/// A simple instruction and the end of a block.
fn pair_last<'m, A: Simple, B: Last, R: Operands>(
    mut rest: Rest<'m>,
    image: &'m Image,
    gas: i64,
    state: &mut State,
) -> Stop {
    take!(first, here, rest, image, gas, state);
    let Some(value) = A::exec(first, FromRegisters, state) else { return A::slow(here, image, gas, state) };
    take!(second, here, rest, image, gas, state);
    B::exec(second, R::new(value), here, rest, image, gas, state)
}

/// Makes the list of instructions that take part: name, opcode, condition, body. Conditions: the base register is the
/// `stack` pointer or an `other` register; registers are `wide`, for bodies that the 32-bit set has another of.
macro_rules! participants {
    (
        simple { $($simple:ident: $opcode:ident $(if $when:ident)? => $body:ty $(, reads $operand:ident)*;)* }
        last { $($last:ident: $last_opcode:ident => $last_body:ty $(, reads $last_operand:ident)*;)* }
    ) => {
        /// An instruction that can be half of a pair.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum Participant {
            $($simple,)*
            $($last,)*
        }

        /// What an instruction is in a pair. Jumps must have valid targets.
        pub(crate) fn participant(instruction: &Instruction, wide: bool) -> Option<Participant> {
            match instruction.opcode {
                $(Opcode::$opcode $(if participants!(@$when, instruction, wide))? => Some(Participant::$simple),)*
                $(Opcode::$last_opcode => Some(Participant::$last),)*
                _ => None,
            }
        }

        /// The handler of a pair.
        pub(crate) fn pair_handler(first: (Participant, &Op), second: (Participant, &Op)) -> Option<Handler> {
            match first.0 {
                $(Participant::$simple => Some(handler_with::<$body>(first.1, second)),)*
                $(Participant::$last => None,)*
            }
        }

        fn handler_with<A: Simple>(first: &Op, (second, op): (Participant, &Op)) -> Handler {
            match second {
                $(
                    $(Participant::$simple if A::WRITES && $operand::of(op) == first.d => pair::<A, $body, $operand>,)*
                    Participant::$simple => pair::<A, $body, FromRegisters>,
                )*
                $(
                    $(Participant::$last if A::WRITES && $last_operand::of(op) == first.d => {
                        pair_last::<A, $last_body, $last_operand>
                    })*
                    Participant::$last => pair_last::<A, $last_body, FromRegisters>,
                )*
            }
        }
    };
    (@stack, $instruction:ident, $wide:ident) => { $instruction.s == Reg::Sp };
    (@other, $instruction:ident, $wide:ident) => { $instruction.s != Reg::Sp };
    (@wide, $instruction:ident, $wide:ident) => { $wide };
}

participants! {
    simple {
        MoveReg: MoveReg => Rr<Move>, reads S;
        LoadImmediate: LoadImm => LoadImm;
        AddImm: AddImm64 => Rri<Add64>, reads S;
        AndImm: AndImm => Rri<And>, reads S;
        ShiftLeftImm: ShiftLogicalLeftImm64 => Rri<ShiftLeft64>, reads S;
        ShiftRightImm: ShiftLogicalRightImm64 => Rri<ShiftRight64>, reads S;
        RotateImm32: RotateRightImm32 => Rri<RotateRight32>, reads S;
        RotateImm64: RotateRightImm64 => Rri<RotateRight64>, reads S;
        Add: Add64 => Rrr<Add64>, reads S, reads T;
        Sub: Sub64 => Rrr<Sub64>, reads S, reads T;
        Xor: Xor => Rrr<Xor>, reads S, reads T;
        Or: Or => Rrr<Or>, reads S, reads T;
        And: And => Rrr<And>, reads S, reads T;
        AndInverted: AndInverted => Rrr<AndInverted>, reads S, reads T;
        Less: SetLessThanUnsigned => Rrr<LessUnsigned>, reads S, reads T;
        Mul: Mul64 => Rrr<Mul64>, reads S, reads T;
        MulUpper: MulUpperUnsignedUnsigned if wide => Rrr<MulUpperUnsignedUnsigned>, reads S, reads T;
        StackLoad: LoadIndirectU64 if stack => LoadAt<LoadU64, BaseS, true>, reads S;
        StackStore: StoreIndirectU64 if stack => StoreAt<StoreU64, BaseS, ValueD, true>, reads S, reads D;
        Load64: LoadIndirectU64 if other => LoadAt<LoadU64, BaseS, false>, reads S;
        Load32: LoadIndirectI32 if other => LoadAt<LoadI32, BaseS, false>, reads S;
        Load8: LoadIndirectU8 if other => LoadAt<LoadU8, BaseS, false>, reads S;
        Store64: StoreIndirectU64 if other => StoreAt<StoreU64, BaseS, ValueD, false>, reads S, reads D;
        Store32: StoreIndirectU32 if other => StoreAt<StoreU32, BaseS, ValueD, false>, reads S, reads D;
        Store8: StoreIndirectU8 if other => StoreAt<StoreU8, BaseS, ValueD, false>, reads S, reads D;
    }
    last {
        JumpEqual: BranchEq => Branch<Equal>, reads D, reads S;
        JumpNotEqual: BranchNotEq => Branch<NotEqual>, reads D, reads S;
        JumpLess: BranchLessUnsigned => Branch<Less>, reads D, reads S;
        JumpGreaterOrEqual: BranchGreaterOrEqualUnsigned => Branch<GreaterOrEqualUnsigned>, reads D, reads S;
        JumpEqualImm: BranchEqImm => BranchImm<Equal>, reads D;
        JumpNotEqualImm: BranchNotEqImm => BranchImm<NotEqual>, reads D;
        Fallthrough: Fallthrough => Fallthrough;
        Jump: Jump => Jump;
        JumpIndirect: JumpIndirect => JumpIndirect, reads D;
    }
}
