// SPDX-License-Identifier: Apache-2.0
//! Two neighbouring instructions executed by one handler, which saves the dispatch between them.
//!
//! The op of a pair's second instruction stays as it is, behind the first: it holds the operands, and a start, a
//! resumption or a fault between the two finds everything as if there were no pairs. Which instructions take part
//! was chosen by how often they were executed next to each other in compiled programs (hashes, sieve, 256-bit
//! arithmetic, sorting, an emulator, memory moves).

use super::alu::{Add64, And, AndInverted, LessUnsigned, Move, Mul64, MulUpperUnsignedUnsigned, Or};
use super::alu::{LoadImm, RotateRight32, RotateRight64, Rr, Rri, Rrr, ShiftLeft64, ShiftRight64, Xor};
use super::control::{
    Branch, BranchImm, Equal, GreaterOrEqualUnsigned, Jump, JumpIndirect, LessUnsigned as Less, NotEqual,
};
use super::memory::{BaseS, LoadAt, LoadI32, LoadU64, LoadU8, StoreAt, StoreU32, StoreU64, StoreU8, ValueD};
use super::{take, Last, Simple};
use crate::op::{Handler, Image, Rest, State, Stop};
use revive_vm_primitives::{Instruction, Opcode, Reg};

/// A pair of simple instructions.
fn pair<'m, A: Simple, B: Simple>(mut rest: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) -> Stop {
    take!(first, here, rest, image, gas, state);
    if !A::exec(first, state) {
        return A::slow(here, image, gas, state);
    }
    take!(second, here, rest, image, gas, state);
    if !B::exec(second, state) {
        return B::slow(here, image, gas, state);
    }
    (second.next)(rest, image, gas, state)
}

/// A simple instruction and the end of a block.
fn pair_last<'m, A: Simple, B: Last>(
    mut rest: Rest<'m>,
    image: &'m Image,
    gas: i64,
    state: &mut State,
) -> Stop {
    take!(first, here, rest, image, gas, state);
    if !A::exec(first, state) {
        return A::slow(here, image, gas, state);
    }
    take!(second, here, rest, image, gas, state);
    B::exec(second, here, rest, image, gas, state)
}

/// Makes the list of instructions that take part: name, opcode, condition, body. Conditions: the base register is the
/// `stack` pointer or an `other` register; registers are `wide`, for bodies that the 32-bit set has another of.
macro_rules! participants {
    (
        simple { $($simple:ident: $opcode:ident $(if $when:ident)? => $body:ty;)* }
        last { $($last:ident: $last_opcode:ident => $last_body:ty;)* }
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
        pub(crate) fn pair_handler(first: Participant, second: Participant) -> Option<Handler> {
            match first {
                $(Participant::$simple => Some(handler_with::<$body>(second)),)*
                $(Participant::$last => None,)*
            }
        }

        fn handler_with<A: Simple>(second: Participant) -> Handler {
            match second {
                $(Participant::$simple => pair::<A, $body>,)*
                $(Participant::$last => pair_last::<A, $last_body>,)*
            }
        }
    };
    (@stack, $instruction:ident, $wide:ident) => { $instruction.s == Reg::Sp };
    (@other, $instruction:ident, $wide:ident) => { $instruction.s != Reg::Sp };
    (@wide, $instruction:ident, $wide:ident) => { $wide };
}

participants! {
    simple {
    MoveReg: MoveReg => Rr<Move>;
    LoadImmediate: LoadImm => LoadImm;
    AddImm: AddImm64 => Rri<Add64>;
    AndImm: AndImm => Rri<And>;
    ShiftLeftImm: ShiftLogicalLeftImm64 => Rri<ShiftLeft64>;
    ShiftRightImm: ShiftLogicalRightImm64 => Rri<ShiftRight64>;
    RotateImm32: RotateRightImm32 => Rri<RotateRight32>;
    RotateImm64: RotateRightImm64 => Rri<RotateRight64>;
    Add: Add64 => Rrr<Add64>;
    Xor: Xor => Rrr<Xor>;
    Or: Or => Rrr<Or>;
    And: And => Rrr<And>;
    AndInverted: AndInverted => Rrr<AndInverted>;
    Less: SetLessThanUnsigned => Rrr<LessUnsigned>;
    Mul: Mul64 => Rrr<Mul64>;
    MulUpper: MulUpperUnsignedUnsigned if wide => Rrr<MulUpperUnsignedUnsigned>;
    StackLoad: LoadIndirectU64 if stack => LoadAt<LoadU64, BaseS, true>;
    StackStore: StoreIndirectU64 if stack => StoreAt<StoreU64, BaseS, ValueD, true>;
    Load64: LoadIndirectU64 if other => LoadAt<LoadU64, BaseS, false>;
    Load32: LoadIndirectI32 if other => LoadAt<LoadI32, BaseS, false>;
    Load8: LoadIndirectU8 if other => LoadAt<LoadU8, BaseS, false>;
    Store64: StoreIndirectU64 if other => StoreAt<StoreU64, BaseS, ValueD, false>;
    Store32: StoreIndirectU32 if other => StoreAt<StoreU32, BaseS, ValueD, false>;
    Store8: StoreIndirectU8 if other => StoreAt<StoreU8, BaseS, ValueD, false>;
    }
    last {
    JumpEqual: BranchEq => Branch<Equal>;
    JumpNotEqual: BranchNotEq => Branch<NotEqual>;
    JumpLess: BranchLessUnsigned => Branch<Less>;
    JumpGreaterOrEqual: BranchGreaterOrEqualUnsigned => Branch<GreaterOrEqualUnsigned>;
    JumpEqualImm: BranchEqImm => BranchImm<Equal>;
    JumpNotEqualImm: BranchNotEqImm => BranchImm<NotEqual>;
    Jump: Jump => Jump;
    JumpIndirect: JumpIndirect => JumpIndirect;
    }
}
