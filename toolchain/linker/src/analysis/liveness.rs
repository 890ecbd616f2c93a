// SPDX-License-Identifier: Apache-2.0
//! Which registers hold values that somebody may still read.
//!
//! Where indirect jumps lead is known as a set: every block whose address is taken. A jump through `ra` is a return, and
//! leads to where calls come back, or to the host, which reads the two result registers. That holds as long as `ra` is
//! only written by calls and by loads from the stack, and the stack pointer only moved; a program that switches stacks
//! does otherwise, and then every jump may lead to every such block. So the calling convention is never assumed: what a
//! program reads behind its calls is what counts. Only the registers that the convention preserves are always kept
//! across a return, because the host's contract and debuggers rely on them.

use super::Cfg;
use crate::ir::{Bin, BlockId, Const, Inst, Operand, Program, Reg, RegSet, Terminator};

/// The registers that are live at the start of each block, and what indirect jumps read.
pub(crate) struct Liveness {
    live_in: Vec<RegSet>,
    /// What a return keeps alive.
    returns: RegSet,
    /// What any other indirect jump keeps alive.
    dynamic: RegSet,
}

/// How much is assumed about indirect jumps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Jumps {
    /// Their targets may read every register.
    ReadAll,
    /// Returns lead to where calls come back.
    Conventional,
    /// All lead to all blocks whose address is taken.
    Anywhere,
}

impl Liveness {
    /// Computes it.
    pub(crate) fn new(program: &Program, cfg: &Cfg) -> Self {
        let jumps = if is_conventional(program) { Jumps::Conventional } else { Jumps::Anywhere };
        Self::compute(program, cfg, jumps)
    }

    /// Computes it without any assumption about indirect jumps.
    pub(crate) fn conservative(program: &Program, cfg: &Cfg) -> Self {
        Self::compute(program, cfg, Jumps::ReadAll)
    }

    fn compute(program: &Program, cfg: &Cfg, jumps: Jumps) -> Self {
        let preserved = RegSet::of(&[Reg::SP, Reg::S0, Reg::S1, Reg::A0, Reg::A1]);
        let all = if jumps == Jumps::ReadAll { RegSet::REAL } else { preserved };
        let mut liveness =
            Self { live_in: vec![RegSet::EMPTY; program.blocks.len()], returns: all, dynamic: all };
        let mut effects = vec![Effect { reads: RegSet::EMPTY, writes: RegSet::EMPTY }; program.blocks.len()];
        let mut indirect = Vec::new();
        let mut return_sites = Vec::new();
        let mut dynamic_sites = Vec::new();
        for &id in &program.order {
            let block = program.block(id);
            return_sites.extend(block.end.back());
            let effect = &mut effects[id.index()];
            for node in &block.insts {
                effect.step(&node.inst);
                if let Inst::Const { d: Reg::RA, value: Const::Code(back) } = node.inst {
                    return_sites.push(back);
                }
            }
            if cfg.reach.dynamic[id.index()] {
                dynamic_sites.push(id);
            }
            if matches!(block.end, Terminator::JumpIndirect { .. } | Terminator::CallIndirect { .. }) {
                indirect.push(id);
            }
        }

        let mut work: Vec<BlockId> = program.order.clone();
        let mut is_queued = vec![false; program.blocks.len()];
        work.iter().for_each(|id| is_queued[id.index()] = true);
        loop {
            while let Some(id) = work.pop() {
                is_queued[id.index()] = false;
                let out = liveness.before_end(&program.block(id).end);
                let effect = effects[id.index()];
                let live = out.minus(effect.writes).union(effect.reads);
                if live != liveness.live_in[id.index()] {
                    liveness.live_in[id.index()] = live;
                    for &before in cfg.predecessors(id) {
                        if !std::mem::replace(&mut is_queued[before.index()], true) {
                            work.push(before);
                        }
                    }
                }
            }
            let union =
                |sites: &[BlockId]| sites.iter().fold(all, |set, id| set.union(liveness.live_in[id.index()]));
            let dynamic = union(&dynamic_sites);
            let returns = if jumps == Jumps::Conventional { union(&return_sites) } else { dynamic };
            if (returns, dynamic) == (liveness.returns, liveness.dynamic) {
                return liveness;
            }
            (liveness.returns, liveness.dynamic) = (returns, dynamic);
            for &id in &indirect {
                if !std::mem::replace(&mut is_queued[id.index()], true) {
                    work.push(id);
                }
            }
        }
    }

    /// The registers that are live at the start of a block.
    pub(crate) fn at_start(&self, id: BlockId) -> RegSet {
        self.live_in[id.index()]
    }

    /// The registers that are live in front of a terminator.
    pub(crate) fn before_end(&self, end: &Terminator) -> RegSet {
        self.behind_end(end).union(end.reads())
    }

    /// The registers in front of a terminator that are read by what comes behind it.
    pub(crate) fn behind_end(&self, end: &Terminator) -> RegSet {
        let behind = match end {
            Terminator::Trap => RegSet::EMPTY,
            Terminator::JumpIndirect { base: Reg::RA } => self.returns,
            Terminator::JumpIndirect { .. } | Terminator::CallIndirect { .. } => self.dynamic,
            Terminator::Jump(_) | Terminator::Branch { .. } | Terminator::Call { .. } => {
                let mut set = RegSet::EMPTY;
                end.for_each_successor(|to| set = set.union(self.live_in[to.index()]));
                set
            }
        };
        end.link().map_or(behind, |link| behind.without(link))
    }
}

/// What a run of instructions does to registers.
#[derive(Clone, Copy)]
struct Effect {
    /// Read before they are written.
    reads: RegSet,
    writes: RegSet,
}

impl Effect {
    /// Adds an instruction at the end.
    fn step(&mut self, inst: &Inst) {
        self.reads = self.reads.union(inst.reads().minus(self.writes));
        self.writes = self.writes.union(inst.writes());
    }
}

/// Whether the program only uses `ra` and the stack pointer as compilers do, so that a jump through `ra` is a return.
///
/// `ra` may be used for other values too, as compilers do once they have saved it; what counts is that whatever a jump
/// through it goes to was put there by a call or loaded from the stack.
pub(crate) fn is_conventional(program: &Program) -> bool {
    let is_stack = |reg: Option<Reg>| matches!(reg, Some(Reg::SP | Reg::S0));
    let moves_stack = |inst: &Inst| match *inst {
        Inst::Bin { op: Bin::Add(_) | Bin::Sub(_) | Bin::And, d: Reg::SP, a: Operand::Reg(a), .. } => {
            is_stack(Some(a))
        }
        Inst::Move { d: Reg::SP, s } => s == Reg::S0,
        inst => !inst.writes().contains(Reg::SP),
    };
    // Whether `ra` holds such an address behind an instruction; none if it is what it was.
    let put = |inst: &Inst| match *inst {
        Inst::Load { d: Reg::RA, address, .. } => Some(is_stack(address.base)),
        Inst::Const { d: Reg::RA, value } => Some(matches!(value, Const::Code(_))),
        inst => inst.writes().contains(Reg::RA).then_some(false),
    };
    let special = RegSet::of(&[Reg::SP, Reg::RA]);
    let mut is_other = false;
    for id in &program.order {
        for node in &program.block(*id).insts {
            // Most instructions write neither.
            if node.inst.writes().minus(special) == node.inst.writes() {
                continue;
            }
            if !moves_stack(&node.inst) {
                return false;
            }
            is_other |= put(&node.inst) == Some(false);
        }
    }
    !is_other || returns_through_ra(program, put)
}

/// Whether `ra` holds a return address at each jump through it, by `put` for each instruction.
fn returns_through_ra(program: &Program, put: impl Fn(&Inst) -> Option<bool>) -> bool {
    // Blocks where it holds something else at the start, or may do so.
    let mut is_other = vec![false; program.blocks.len()];
    let mut work: Vec<BlockId> = program.order.clone();
    while let Some(id) = work.pop() {
        let block = program.block(id);
        let known = block.insts.iter().rev().find_map(|node| put(&node.inst));
        if known.unwrap_or(!is_other[id.index()]) {
            continue;
        }
        let mut mark = |to: BlockId, work: &mut Vec<BlockId>| {
            if !std::mem::replace(&mut is_other[to.index()], true) {
                work.push(to);
            }
        };
        match block.end {
            Terminator::JumpIndirect { base: Reg::RA } => return false,
            // What is not a call is a switch: a call in the place of a return needs the return address where it belongs.
            Terminator::Call { link: Reg::RA, .. }
            | Terminator::CallIndirect { .. }
            | Terminator::JumpIndirect { .. } => {}
            end => end.for_each_successor(|to| mark(to, &mut work)),
        }
    }
    true
}
