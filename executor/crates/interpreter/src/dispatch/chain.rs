// SPDX-License-Identifier: Apache-2.0
//! Ops executed by functions, *handlers*, that call each other.
//!
//! A handler does the work of the first op of the rest and then calls the handler of the next op as its last act. An
//! optimising build turns that call into a jump, so that a program runs without returning, with the machine state in
//! registers and one indirect jump per op: the branch predictor sees each handler's own jump instead of one shared by
//! all. In other builds the calls nest, at most as deep as I1 of `op` says.

use crate::code::{with_table, Code};
use crate::op::{Image, Op, Rest, State, Stop};
use crate::ops::alu::{self, Rir, Rr, Rri, Rrr};
use crate::ops::control::{self, Branch, BranchImm};
use crate::ops::memory::{self, Absolute, BaseD, BaseS, BaseSp, LoadAt, Sbrk, StoreAt, ValueD, ValueJ};
use crate::ops::{FromRegisters, Last, Simple, Then};

/// The part of the gas that one chain of handlers may use before it returns. Returning costs what dozens of ops do, but
/// where calls nest it bounds the stack, and frames are large in builds without optimisation.
pub(crate) fn slice(gas: i64) -> i64 {
    const SLICE: i64 = if cfg!(debug_assertions) { 512 } else { 4096 };
    gas.min(SLICE)
}

/// The op at `at` and all behind it.
#[inline(always)]
fn fetch(image: &Image, at: u32) -> Option<(&Op, Rest<'_>)> {
    image.ops.get(at as usize..)?.split_first()
}

/// How an op is executed.
pub(crate) type Target = for<'m> fn(Rest<'m>, &'m Image, i64, &mut State);

/// Executes ops from `at` on with the given slice of gas until a chain of handlers returns. The start is not charged.
pub(crate) fn run(image: &Image, at: u32, state: &mut State, slice: i64) {
    match fetch(image, at.wrapping_sub(1)) {
        Some((before, rest)) => (before.next)(rest, image, slice, state),
        // Indices come from pre-decoding; should one be wrong the guest traps instead of the host panicking.
        None => {
            state.at = 0;
            state.gas = slice;
            state.stop = Stop::Trap;
        }
    }
}

macro_rules! make_target {
    (
        simple { $($simple:ident: $opcode:ident $(if $when:ident)? => $body:ty;)* }
        last { $($last:ident: $last_opcode:ident => $last_body:ty;)* }
    ) => {
        /// The handler of a code.
        pub(crate) fn target(code: Code) -> Target {
            match code {
                $(Code::$simple => single::<$body>,)*
                $(Code::$last => last::<$last_body>,)*
                Code::SbrkNarrow => single::<Sbrk<false>>,
                Code::SbrkWide => single::<Sbrk<true>>,
                Code::LoadImmAndTrap => last::<control::LoadImmAndTrap>,
                Code::Trap => |rest, image, gas, state| halt(rest, image, gas, state, Stop::Trap),
                Code::HostCall => |rest, image, gas, state| halt(rest, image, gas, state, Stop::HostCall),
                Code::Memset => |rest, image, gas, state| halt(rest, image, gas, state, Stop::Memset),
                Code::Yield => |rest, image, gas, state| halt(rest, image, gas, state, Stop::Yield),
                Code::Step => |rest, image, gas, state| halt(rest, image, gas, state, Stop::Step),
                Code::Charge => charge,
            }
        }
    };
}

with_table!(make_target);

/// Takes the first op of a rest, in a handler: `$rest` becomes the ops behind it and `$here` is the rest as it was.
macro_rules! take {
    ($op:ident, $here:ident, $rest:ident, $image:ident, $gas:ident, $state:ident) => {
        let $here = $rest;
        let Some(($op, $rest)) = $rest.split_first() else {
            return crate::dispatch::chain::halt($here, $image, $gas, $state, Stop::Trap);
        };
    };
}

/// Handler of one simple instruction.
fn single<'m, A: Simple>(rest: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) {
    take!(op, here, rest, image, gas, state);
    if A::exec(op, FromRegisters, state).is_none() {
        return slow::<A>(here, image, gas, state);
    }
    (op.next)(rest, image, gas, state)
}

/// Handler of one simple instruction in the cases that its body declines.
#[inline(never)]
pub(super) fn slow<'m, A: Simple>(rest: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) {
    take!(op, here, rest, image, gas, state);
    match A::slow(op, state) {
        Ok(()) => (op.next)(rest, image, gas, state),
        Err(stop) => halt(here, image, gas, state, stop),
    }
}

/// Handler of one instruction at the end of a block.
fn last<'m, A: Last>(rest: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) {
    take!(op, here, rest, image, gas, state);
    A::exec(op, FromRegisters, image, state, Follow { op, here, rest, image, gas });
}

/// Goes on after `op`, the first of `here`, in front of `rest`.
pub(super) struct Follow<'m> {
    pub(super) op: &'m Op,
    pub(super) here: Rest<'m>,
    pub(super) rest: Rest<'m>,
    pub(super) image: &'m Image,
    pub(super) gas: i64,
}

impl Then for Follow<'_> {
    type Output = ();

    #[inline(always)]
    fn next(self, state: &mut State) {
        enter_next(self.op, self.rest, self.image, self.gas, state);
    }

    #[inline(always)]
    fn to(self, target: u32, state: &mut State) {
        match fetch(self.image, target) {
            Some((op, rest)) => enter_next(op, rest, self.image, self.gas, state),
            None => self.stop(Stop::Trap, state),
        }
    }

    #[inline(always)]
    fn stop(self, stop: Stop, state: &mut State) {
        halt(self.here, self.image, self.gas, state, stop);
    }
}

/// Executes the op behind `op`, which is the first of a block, and charges for the block.
#[inline(always)]
fn enter_next<'m>(op: &Op, rest: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) {
    let left = gas.wrapping_sub(i64::from(op.next_cost));
    if left < 0 {
        return refill(rest, image, left, state);
    }
    (op.next)(rest, image, left, state)
}

/// Stops at the first op of the rest, whose block was charged for and cannot be paid. Giving the charge back here saves the
/// handlers from keeping two amounts of gas.
#[cold]
#[inline(never)]
fn refill<'m>(rest: Rest<'m>, image: &'m Image, left: i64, state: &mut State) {
    let cost = image.cost(image.index(rest));
    halt(rest, image, left.wrapping_add(cost), state, Stop::Refill)
}

/// Stops at the first op of the rest. What handlers have comes where they have it, so that calling this costs them nothing.
#[cold]
#[inline(never)]
pub(super) fn halt<'m>(rest: Rest<'m>, image: &'m Image, gas: i64, state: &mut State, stop: Stop) {
    state.at = image.index(rest);
    state.gas = gas;
    state.stop = stop;
}

/// Charges the cost in `j` for the block that goes on behind this op.
fn charge<'m>(rest: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) {
    take!(op, here, rest, image, gas, state);
    let left = gas.wrapping_sub(i64::from(op.j));
    if left < 0 {
        return halt(here, image, gas, state, Stop::Charge);
    }
    (op.next)(rest, image, left, state)
}
