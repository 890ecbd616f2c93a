// SPDX-License-Identifier: Apache-2.0
//! Which registers hold values that somebody may still read.
//!
//! Where indirect jumps lead is known as a set: every block whose address is taken. A jump through `ra` is a return, and
//! leads to where calls come back, or to the host, which reads the two result registers. That holds as long as `ra` is
//! only written by calls and by loads from the stack, and the stack pointer only moved, or taken from a frame pointer; a program
//! that switches stacks does otherwise, and then every jump may lead to every such block. So the calling convention is never assumed: what a
//! program reads behind its calls is what counts.

use super::Cfg;
use crate::ir::{Bin, BlockId, Const, Inst, Node, Operand, Program, Reg, RegSet, Terminator, W};

/// The registers that are live at the start of each block, and what indirect jumps read.
pub(crate) struct Liveness {
    live_in: Vec<RegSet>,
    /// What a return keeps alive.
    returns: RegSet,
    /// What any other indirect jump keeps alive.
    dynamic: RegSet,
    /// Whether a jump through `ra` is a return; see [`is_conventional`].
    pub(crate) is_conventional: bool,
}

impl Liveness {
    /// Computes it.
    pub(crate) fn new(program: &Program, cfg: &Cfg) -> Self {
        Self::compute(program, cfg, RegSet::of(&[Reg::SP, Reg::A0, Reg::A1]))
    }

    /// Computes it without any assumption about indirect jumps: their targets may read every register.
    pub(crate) fn conservative(program: &Program, cfg: &Cfg) -> Self {
        Self::compute(program, cfg, RegSet::REAL)
    }

    /// Computes it where indirect jumps keep `all` alive at least.
    fn compute(program: &Program, cfg: &Cfg, all: RegSet) -> Self {
        let live_in = vec![RegSet::EMPTY; program.blocks.len()];
        let mut liveness = Self { live_in, returns: all, dynamic: all, is_conventional: false };
        let mut effects = vec![Effect { reads: RegSet::EMPTY, writes: RegSet::EMPTY }; program.blocks.len()];
        let mut indirect = Vec::new();
        let mut return_sites = Vec::new();
        let mut dynamic_sites = Vec::new();
        let mut convention = Convention::of(program);
        for &id in &program.order {
            let block = program.block(id);
            return_sites.extend(block.end.back());
            let effect = &mut effects[id.index()];
            for node in &block.insts {
                let writes = node.inst.writes();
                effect.reads = effect.reads.union(node.inst.reads().minus(effect.writes));
                effect.writes = effect.writes.union(writes);
                convention.see(&node.inst, writes);
                // Where a call was taken apart, its return address is a constant: in `ra`, or on its way there by another
                // register or the stack.
                node.inst.for_each_const(|value| {
                    if let Const::Code(back) = value {
                        return_sites.push(back);
                    }
                });
            }
            if cfg.reach.dynamic[id.index()] {
                dynamic_sites.push(id);
            }
            if matches!(block.end, Terminator::JumpIndirect { .. } | Terminator::CallIndirect { .. }) {
                indirect.push(id);
            }
        }

        liveness.is_conventional = convention.holds(program);
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
            let returns = if liveness.is_conventional { union(&return_sites) } else { dynamic };
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

/// The registers that the calling convention gives a meaning to.
const SPECIAL: RegSet = RegSet::EMPTY.with(Reg::SP).with(Reg::RA);

/// What a program does with these two.
struct Convention {
    /// The width of registers.
    native: W,
    /// Whether the stack pointer is not only moved.
    switches_stacks: bool,
    /// Whether it is also taken from where `s0` points, as functions do that do not know the size of their frames.
    uses_frame_pointer: bool,
    /// Whether `ra` also holds what is no return address.
    ra_is_other: bool,
}

impl Convention {
    /// With nothing seen yet.
    fn of(program: &Program) -> Self {
        Self {
            native: W::native(program.xlen),
            switches_stacks: false,
            uses_frame_pointer: false,
            ra_is_other: false,
        }
    }

    /// Looks at an instruction and what it writes.
    fn see(&mut self, inst: &Inst, writes: RegSet) {
        // Most instructions write neither.
        if writes.minus(SPECIAL) == writes {
            return;
        }
        let from = match *inst {
            Inst::Bin { op: Bin::Add(width) | Bin::Sub(width), d: Reg::SP, a: Operand::Reg(a), .. } => {
                // In half of a register, it is another number, although it stands for the same place.
                Some(a).filter(|_| width == self.native)
            }
            Inst::Bin { op: Bin::And, d: Reg::SP, a: Operand::Reg(a), .. } => Some(a),
            Inst::Move { d: Reg::SP, s } => Some(s),
            _ => None,
        };
        self.uses_frame_pointer |= from == Some(Reg::S0);
        self.switches_stacks |= writes.contains(Reg::SP) && from != Some(Reg::SP) && from != Some(Reg::S0);
        self.ra_is_other |= puts_return_address(inst) == Some(false);
    }

    /// Whether a jump through `ra` is a return.
    fn holds(&self, program: &Program) -> bool {
        !self.switches_stacks
            && (!self.uses_frame_pointer || frame_pointers_point_to_frames(program))
            && (!self.ra_is_other || returns_through_ra(program))
    }
}

/// Whether `s0` holds an address on the stack wherever the stack pointer is taken from it: all that was put there on the way from
/// the start of a function was calculated from the stack pointer. What a switch finds at a label of a table is not followed.
fn frame_pointers_point_to_frames(program: &Program) -> bool {
    let mut is_other = vec![false; program.blocks.len()];
    let mut work = Vec::new();
    for export in &program.exports {
        is_other[export.block.index()] = true;
    }
    for id in &program.order {
        if let Terminator::Call { to, .. } = program.block(*id).end {
            is_other[to.index()] = true;
        }
    }
    work.extend(&program.order);
    while let Some(id) = work.pop() {
        let block = program.block(id);
        let mut other = is_other[id.index()];
        for Node { inst, .. } in &block.insts {
            if other && inst.writes().contains(Reg::SP) && inst.reads().contains(Reg::S0) {
                return false;
            }
            if inst.writes().contains(Reg::S0) {
                other = match *inst {
                    Inst::Move { s, .. } => s != Reg::SP,
                    Inst::Bin { op: Bin::Add(_), a, b, .. } => ![a, b].contains(&Operand::Reg(Reg::SP)),
                    _ => true,
                };
            }
        }
        if other {
            let mut mark = |to: BlockId| {
                if !std::mem::replace(&mut is_other[to.index()], true) {
                    work.push(to);
                }
            };
            // A function that is called has what it found, and leaves that.
            match block.end {
                Terminator::Call { back, .. } | Terminator::CallIndirect { back, .. } => mark(back),
                end => end.for_each_successor(mark),
            }
        }
    }
    true
}

/// Whether `ra` holds a return address behind an instruction; none if it holds what it did.
fn puts_return_address(inst: &Inst) -> Option<bool> {
    match *inst {
        Inst::Load { d: Reg::RA, address, .. } => Some(address.base == Some(Reg::SP)),
        Inst::Const { d: Reg::RA, value } => Some(matches!(value, Const::Code(_))),
        inst => inst.writes().contains(Reg::RA).then_some(false),
    }
}

/// Whether the last of these instructions loads from the stack by another register, which is what compilers do with offsets from
/// the stack pointer that do not fit into an instruction.
fn loads_from_large_frame(insts: &[Node]) -> bool {
    let Some((Node { inst: Inst::Load { address, .. }, .. }, before)) = insts.split_last() else {
        return false;
    };
    let Some(base) = address.base else { return false };
    let made = before.iter().rev().find(|node| node.inst.writes().contains(base));
    made.is_some_and(|node| match node.inst {
        Inst::Move { s, .. } => s == Reg::SP,
        Inst::Bin { op: Bin::Add(_), a, b, .. } => [a, b].contains(&Operand::Reg(Reg::SP)),
        _ => false,
    })
}

/// Whether the program only uses `ra` and the stack pointer as compilers do, so that a jump through `ra` is a return.
///
/// `ra` may be used for other values too, as compilers do once they have saved it; what counts is that whatever a jump
/// through it goes to was put there by a call or loaded from the stack.
pub(crate) fn is_conventional(program: &Program) -> bool {
    let mut convention = Convention::of(program);
    for id in &program.order {
        for node in &program.block(*id).insts {
            convention.see(&node.inst, node.inst.writes());
        }
    }
    convention.holds(program)
}

/// Whether `ra` holds a return address at each jump through it.
fn returns_through_ra(program: &Program) -> bool {
    // Blocks where it holds something else at the start, or may do so.
    let mut is_other = vec![false; program.blocks.len()];
    let mut work: Vec<BlockId> = program.order.clone();
    while let Some(id) = work.pop() {
        let block = program.block(id);
        let known = (0..block.insts.len()).rev().find_map(|index| {
            let known = puts_return_address(&block.insts[index].inst)?;
            Some(known || loads_from_large_frame(&block.insts[..=index]))
        });
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
