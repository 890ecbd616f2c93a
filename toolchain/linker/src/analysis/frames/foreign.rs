// SPDX-License-Identifier: Apache-2.0
//! Addresses that come back to a function: from memory, or from what it calls.
//!
//! One that the function has given away may be among them, and may be that of something in the middle of an object: a member of a
//! structure that is in a list, the word behind the last one that is in use. So whoever goes down from an address that has come back may get
//! to what is below all addresses that were given away, by as much as it goes down. How much that is at most is found out here.
//!
//! Addresses that a function begins with are none of its frame; nor does anything else come out of a word that only the function gets to
//! than it has put there. What comes back may as well be a number, so what is calculated with it in other ways than addresses are is not
//! followed.

use super::pointers::{Flow, Kept, Pointers};
use super::{sp_move, stack_access};
use crate::{
    analysis::{Cfg, Liveness},
    hash::FastMap,
    ir::{Bin, BlockId, Const, Inst, Operand, Program, Reg},
};

/// How far below an address that has come back each register may point: 0 or less.
type Below = Pointers;

/// How often the function is gone over again because there is news of its words. With more of it, all words count as others'.
const ROUNDS_MAX: u32 = 16;

/// The words of a frame.
struct Words<'a> {
    /// Others get to what is at this offset and above.
    limit: i32,
    word_bytes: i32,
    /// Those in which the function puts addresses on its stack.
    own: &'a FastMap<i32, ()>,
    /// Those in which it puts what has come back.
    foreign: FastMap<i32, ()>,
    /// Whether there are more of these since this was asked last.
    is_news: bool,
}

impl Words<'_> {
    /// What a load from an offset gets.
    fn load(&self, at: i32) -> Option<i32> {
        let comes_back = at >= self.limit || self.own.contains_key(&at) || self.foreign.contains_key(&at);
        comes_back.then_some(0)
    }

    /// Something that has come back is stored at an offset.
    fn store(&mut self, at: i32) {
        self.is_news |= self.foreign.insert(at, ()).is_none();
    }
}

/// How far below addresses that have come back the function of these blocks loads and stores: 0 or less. `start` has the stack pointer
/// at the start of each block, others get to what is at `limit` and above, and the function puts addresses on its stack into the words
/// `own`.
pub(super) fn lowest(
    program: &Program,
    facts: (&Cfg, &Liveness),
    members: &[BlockId],
    start: &[i32],
    limit: i32,
    own: &FastMap<i32, ()>,
) -> i32 {
    let word_bytes = program.xlen.bytes() as i32;
    let mut words = Words { limit, word_bytes, own, foreign: FastMap::default(), is_news: true };
    let (mut lowest, mut flow, mut rounds) = (0, Flow::default(), 0);
    while std::mem::take(&mut words.is_news) {
        rounds += 1;
        if rounds == ROUNDS_MAX {
            words.limit = i32::MIN;
        }
        flow.go_through(program, facts, members, Some(0), |id, below| {
            let (mut sp, mut kept) = (start[id.index()], Kept::default());
            for node in &program.block(id).insts {
                lowest = lowest.min(accessed(&node.inst, below));
                step(&node.inst, below, &mut kept, &mut words, sp);
                sp = sp.wrapping_add(sp_move(&node.inst).unwrap_or(0));
            }
        });
    }
    lowest
}

/// How far below an address that has come back an instruction loads or stores: 0 or less.
fn accessed(inst: &Inst, below: &Below) -> i32 {
    let at = match *inst {
        Inst::Load { address, .. } | Inst::Store { address, .. } => address.base.and_then(|base| {
            let offset = i32::try_from(address.offset.int()?).ok()?;
            Some(below[base.index()]?.saturating_add(offset))
        }),
        Inst::Memset => below[Reg::A0.index()],
        _ => None,
    };
    at.unwrap_or(0).min(0)
}

/// Goes over an instruction.
fn step(inst: &Inst, below: &mut Below, kept: &mut Kept, words: &mut Words, sp: i32) {
    let held = |reg: Reg| below[reg.index()];
    let loaded = kept.follow(inst, below);
    let at = stack_access(inst).map(|(offset, _)| sp.wrapping_add(offset));
    if let (Some(at), Inst::Store { s, .. }) = (at, inst) {
        if s.reg().and_then(held).is_some() {
            words.store(at);
        }
    }
    let made = match *inst {
        _ if loaded.is_some() => loaded.flatten(),
        // Addresses are as wide as registers.
        Inst::Load { access, .. } if access.bytes() as i32 != words.word_bytes => None,
        Inst::Load { .. } => at.map_or(Some(0), |at| words.load(at)),
        Inst::Move { s, .. } => held(s),
        Inst::Bin { op: Bin::Add(_), a: Operand::Reg(a), b: Operand::Const(Const::Int(by)), .. } => {
            i32::try_from(by).ok().and_then(|by| Some(held(a)?.saturating_add(by)))
        }
        // An index into an object. With the stack pointer it is one of the function's own.
        Inst::Bin { op: Bin::Add(_), a: Operand::Reg(a), b: Operand::Reg(b), .. }
            if a != Reg::SP && b != Reg::SP =>
        {
            held(a).into_iter().chain(held(b)).min()
        }
        // What is rounded down.
        Inst::Bin { op: Bin::And, a: Operand::Reg(a), b: Operand::Const(Const::Int(mask)), .. }
            if mask < 0 =>
        {
            i32::try_from(!mask).ok().and_then(|by| Some(held(a)?.saturating_sub(by)))
        }
        Inst::Cmov { d, s, .. } => held(d).into_iter().chain(s.reg().and_then(held)).min(),
        _ => None,
    };
    inst.writes().iter().for_each(|reg| below[reg.index()] = None);
    if let Some(d) = inst.destination() {
        below[d.index()] = made;
    }
}
