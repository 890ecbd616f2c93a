// SPDX-License-Identifier: Apache-2.0
//! Ops executed by one loop around a `match`.
//!
//! Compiled to WebAssembly this is one `br_table` per turn, with what the loop needs in locals. A turn executes an
//! instruction or a sequence of [`fused`](super::fused) ones.

use super::body::{Body, Of};
use super::fused::with_fused;
use super::LONGEST;
use crate::code::{with_table, Code};
use crate::op::{Image, Op, State, Stop};
use crate::ops::alu::{self, Rir, Rr, Rri, Rrr};
use crate::ops::control::{self, Branch, BranchImm};
use crate::ops::memory::{self, Absolute, BaseD, BaseS, BaseSp, LoadAt, Sbrk, StoreAt, ValueD, ValueJ};
use crate::ops::{FromRegisters, Last, Simple, Then};
use core::slice::Iter;

/// The part of the gas that the loop may use before it returns: it needs no limit.
pub(crate) fn slice(gas: i64) -> i64 {
    gas
}

/// How execution goes on after the last instruction of a block.
enum Flow {
    Next,
    To(u32),
    Stop(Stop),
}

/// Makes a [`Flow`].
struct AsFlow;

impl Then for AsFlow {
    type Output = Flow;

    #[inline(always)]
    fn next(self, _state: &mut State) -> Flow {
        Flow::Next
    }

    #[inline(always)]
    fn to(self, target: u32, _state: &mut State) -> Flow {
        Flow::To(target)
    }

    #[inline(always)]
    fn stop(self, stop: Stop, _state: &mut State) -> Flow {
        Flow::Stop(stop)
    }
}

/// The op at `at` and all behind it.
#[inline(always)]
fn fetch(image: &Image, at: u32) -> Option<(&Op, Iter<'_, Op>)> {
    // `nth` keeps the end of the iterator as it is; slicing would compute it again.
    let mut rest = image.ops.iter();
    let op = rest.nth(at as usize)?;
    Some((op, rest))
}

/// Stops at the op before the first of the rest.
#[cold]
#[inline(never)]
fn halt(stop: Stop, rest: &Iter<'_, Op>, image: &Image, gas: i64, state: &mut State) {
    state.at = image.index(rest.as_slice()).wrapping_sub(1);
    state.gas = gas;
    state.stop = stop;
}

macro_rules! make_loop {
    (
        simple { $($simple:ident: $opcode:ident $(if $when:ident)? => $body:ty;)* }
        last { $($last:ident: $last_opcode:ident => $last_body:ty;)* }
        simple_fused { $($fused:ident: $($part:ident),+;)* }
        last_fused { $($last_fused:ident: $($last_part:ident),+ => $end:ident;)* }
    ) => {
        /// How an op is executed: alone, or with those behind it.
        #[derive(Clone, Copy)]
        #[repr(u16)]
        pub(crate) enum Target {
            $($simple,)*
            $($last,)*
            SbrkNarrow,
            SbrkWide,
            LoadImmAndTrap,
            Trap,
            HostCall,
            Memset,
            Yield,
            Step,
            Charge,
            $($fused,)*
            $($last_fused,)*
        }

        /// How an op with this code is executed alone.
        pub(crate) fn target(code: Code) -> Target {
            match code {
                $(Code::$simple => Target::$simple,)*
                $(Code::$last => Target::$last,)*
                Code::SbrkNarrow => Target::SbrkNarrow,
                Code::SbrkWide => Target::SbrkWide,
                Code::LoadImmAndTrap => Target::LoadImmAndTrap,
                Code::Trap => Target::Trap,
                Code::HostCall => Target::HostCall,
                Code::Memset => Target::Memset,
                Code::Yield => Target::Yield,
                Code::Step => Target::Step,
                Code::Charge => Target::Charge,
            }
        }

        /// How the first of these ops is executed together with those behind it.
        pub(crate) fn fuse(codes: &[Code; LONGEST], _ops: &[Op]) -> Option<Target> {
            Some(match codes {
                // None of these is the beginning of a longer one.
                $([$(Code::$last_part,)+ Code::$end, ..] => Target::$last_fused,)*
                $([$(Code::$part,)+ ..] => Target::$fused,)*
                _ => return None,
            })
        }

        /// Executes ops from `at` on with the given gas until something stops it. The start is not charged.
        pub(crate) fn run(image: &Image, at: u32, state: &mut State, mut gas: i64) {
            let Some((before, mut rest)) = fetch(image, at.wrapping_sub(1)) else {
                // Indices come from pre-decoding; should one be wrong the guest traps instead of the host panicking.
                state.at = 0;
                state.gas = gas;
                state.stop = Stop::Trap;
                return;
            };
            let mut target = before.next;
            loop {
                // Takes the next op.
                macro_rules! take {
                    () => {
                        match rest.next() {
                            Some(op) => op,
                            None => return halt(Stop::Trap, &rest, image, gas, state),
                        }
                    };
                }
                // Executes a simple instruction and goes on alone with the next one if it was slow.
                macro_rules! exec {
                    ($of:ty) => {{
                        let op = take!();
                        if <$of>::exec(op, FromRegisters, state).is_none() {
                            if let Err(stop) = <$of>::slow(op, state) {
                                return halt(stop, &rest, image, gas, state);
                            }
                            target = op.next;
                            continue;
                        }
                        op
                    }};
                }
                macro_rules! stop {
                    ($stop:ident) => {{
                        take!();
                        return halt(Stop::$stop, &rest, image, gas, state);
                    }};
                }
                // Instructions that end a block leave the match, all others go on at the top.
                let (op, flow) = match target {
                    $(Target::$simple => {
                        target = exec!($body).next;
                        continue;
                    })*
                    Target::SbrkNarrow => {
                        target = exec!(Sbrk<false>).next;
                        continue;
                    }
                    Target::SbrkWide => {
                        target = exec!(Sbrk<true>).next;
                        continue;
                    }
                    $(Target::$fused => {
                        target = { $(exec!(<Of<{ Code::$part as u8 }> as Body>::Body));+ }.next;
                        continue;
                    })*
                    $(Target::$last => {
                        let op = take!();
                        (op, <$last_body>::exec(op, FromRegisters, image, state, AsFlow))
                    })*
                    $(Target::$last_fused => {
                        $(exec!(<Of<{ Code::$last_part as u8 }> as Body>::Body);)+
                        let op = take!();
                        (op, <<Of<{ Code::$end as u8 }> as Body>::Body>::exec(op, FromRegisters, image, state, AsFlow))
                    })*
                    Target::LoadImmAndTrap => {
                        let op = take!();
                        (op, control::LoadImmAndTrap::exec(op, FromRegisters, image, state, AsFlow))
                    }
                    Target::Trap => stop!(Trap),
                    Target::HostCall => stop!(HostCall),
                    Target::Memset => stop!(Memset),
                    Target::Yield => stop!(Yield),
                    Target::Step => stop!(Step),
                    Target::Charge => {
                        let op = take!();
                        let left = gas.wrapping_sub(i64::from(op.j));
                        if left < 0 {
                            return halt(Stop::Charge, &rest, image, gas, state);
                        }
                        gas = left;
                        target = op.next;
                        continue;
                    }
                };
                let before = match flow {
                    Flow::Next => op,
                    Flow::To(to) => match fetch(image, to) {
                        Some((before, behind)) => {
                            rest = behind;
                            before
                        }
                        None => return halt(Stop::Trap, &rest, image, gas, state),
                    },
                    Flow::Stop(stop) => return halt(stop, &rest, image, gas, state),
                };
                let left = gas.wrapping_sub(i64::from(before.next_cost));
                if left < 0 {
                    state.at = image.index(rest.as_slice());
                    state.gas = gas;
                    state.stop = Stop::Refill;
                    return;
                }
                gas = left;
                target = before.next;
            }
        }
    };
}

macro_rules! with_both {
    ($($table:tt)*) => {
        with_fused! { make_loop $($table)* }
    };
}

with_table!(with_both);
