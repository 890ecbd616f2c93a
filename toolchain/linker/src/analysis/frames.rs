// SPDX-License-Identifier: Apache-2.0
//! What functions keep in their stack frames, and which of it somebody may still read.
//!
//! Functions are those of [`Functions`], and so are offsets of the stack pointer. The frame is everything
//! below the stack pointer at the entry. Of it, *private* is what lies below every address that the function takes of
//! something on its stack: only loads and stores with the stack pointer as their base get there.
//!
//! What is assumed, because compilers do it:
//!
//! - A call comes back with the stack pointer it left with.
//! - What is below the stack pointer when a function returns is garbage.
//! - Who is given an address of an object gets to what is at it and above, not to what is below. Within the function, addresses are
//!   followed through registers, with what is added to them, and so are those that come back from memory or a call, see `foreign`. Compilers put the objects
//!   whose addresses they take above what they keep on the stack for themselves. If a function stores something of its frame
//!   that it never loads, or the other way round, then somebody else does, and nothing from there on up is private; for what the compiler
//!   made that holds for each store, which the pass `objects` notes.

mod accesses;
mod foreign;
mod pointers;
#[cfg(test)]
mod tests;

use super::{backwards::Backwards, Cfg, Functions, Liveness};
use crate::ir::{Address, Bin, Block, BlockId, Const, Inst, Operand, Program, Reg, Terminator, W};
use accesses::Accesses;
use pointers::{follow_constants, pointer, Flow, Kept, Pointers};

/// Frames of more bytes are not looked at.
const FRAME_BYTES_MAX: i32 = 64 << 10;

/// Words of live slots that are kept at each end of all blocks together: a block may have two bytes in the file.
const LIVE_WORDS_MAX: usize = 4 << 20;

/// The frames of all functions.
pub(crate) struct Frames {
    /// Bytes of a slot: those of a register.
    slot_bytes: i32,
    /// The function of each block.
    function: Vec<u32>,
    functions: Vec<Function>,
    /// The stack pointer at the start of each block.
    start: Vec<i32>,
    /// Slots that are live in front of each block's terminator; empty where the frame is not private.
    live_out: Vec<Vec<u64>>,
    /// How often a block was gone over for that.
    #[cfg(test)]
    steps: usize,
}

#[derive(Clone, Copy)]
struct Function {
    /// The stack pointer at its entries.
    entry: Option<i32>,
    /// Whether the stack pointer is moved by constants only, to the same place on all ways.
    is_known: bool,
    /// Whether the address of something on the stack is taken.
    escapes: bool,
    /// Whether it loads or stores below the stack pointer.
    uses_below: bool,
    /// Whether it may have addresses there.
    points_below: bool,
    /// Whether it may have addresses of what its callers have on the stack, other than those that they give it.
    points_above: bool,
    /// The lowest and highest offset that is accessed.
    low: i32,
    high: i32,
    /// The lowest offset that others may get to.
    limit: i32,
    /// Whether it leads to places that nobody knows.
    jumps_anywhere: bool,
    /// Whether it saves a register in the topmost word of its frame, so that none of its objects is there.
    saves_at_top: bool,
    /// Whether there is memory for its live slots.
    is_followed: bool,
}

/// The live slots at some point of a block. Offsets are from the stack pointer there.
#[derive(Clone)]
pub(crate) struct LiveSlots {
    bits: Vec<u64>,
    slot_bytes: i32,
    /// Offsets are relative to the function's origin: of the first slot, and of the stack pointer.
    low: i32,
    entry: i32,
    sp: i32,
}

impl Frames {
    /// Computes those of a conventional program.
    pub(crate) fn new(program: &Program, cfg: &Cfg, liveness: &Liveness) -> Self {
        let mut frames = Self::shapes(program, cfg, liveness);
        frames.solve(program, cfg);
        frames
    }

    /// What is live in front of the terminator of a block, if its frame is private.
    pub(crate) fn before_end(&self, program: &Program, id: BlockId) -> Option<LiveSlots> {
        let function = self.private(id)?;
        let sp = self.start[id.index()] + moves(program.block(id))?;
        Some(self.slots(function, sp, self.live_out[id.index()].clone()))
    }

    /// Whether the function of a block takes the address of something on its stack.
    pub(crate) fn gives_addresses(&self, id: BlockId) -> bool {
        self.functions[self.function[id.index()] as usize].escapes
    }

    /// The offset from the stack pointer below which memory is free to be used at a point of a block, as long as the stack pointer
    /// stays where it is; `slots` are those at that point.
    pub(crate) fn free_below(&self, id: BlockId, slots: Option<&LiveSlots>) -> Option<i32> {
        let function = &self.functions[self.function[id.index()] as usize];
        match slots {
            _ if function.points_below => None,
            _ if !function.uses_below => Some(0),
            slots => slots.map(|slots| slots.low.saturating_sub(slots.sp).min(0)),
        }
    }

    fn private(&self, id: BlockId) -> Option<&Function> {
        let function = &self.functions[self.function[id.index()] as usize];
        let bytes = function.entry?.checked_sub(function.low)?;
        (function.is_known && function.is_followed && bytes <= FRAME_BYTES_MAX).then_some(function)
    }

    fn slots(&self, function: &Function, sp: i32, mut bits: Vec<u64>) -> LiveSlots {
        let entry = function.entry.unwrap_or_default().min(function.limit).max(function.low);
        let low = function.low.div_euclid(self.slot_bytes) * self.slot_bytes;
        bits.resize(((entry - low).max(0) / self.slot_bytes) as usize / 64 + 1, 0);
        LiveSlots { bits, slot_bytes: self.slot_bytes, low, entry, sp }
    }

    /// Finds the functions and what they do with the stack pointer.
    fn shapes(program: &Program, cfg: &Cfg, liveness: &Liveness) -> Self {
        let functions = Functions::new(program, cfg);
        let mut frames = Self {
            slot_bytes: program.xlen.bytes() as i32,
            function: functions.of,
            functions: Vec::with_capacity(functions.all.len()),
            start: functions.start,
            live_out: vec![Vec::new(); program.blocks.len()],
            #[cfg(test)]
            steps: 0,
        };
        let mut words_left = LIVE_WORDS_MAX;
        for found in functions.all {
            let mut function = Function {
                entry: found.entry,
                is_known: found.is_known,
                escapes: false,
                uses_below: false,
                points_below: false,
                points_above: false,
                low: 0,
                high: 0,
                limit: i32::MAX,
                jumps_anywhere: false,
                saves_at_top: false,
                is_followed: false,
            };
            let members = found.blocks;
            function.low = function.entry.unwrap_or_default();
            function.high = function.low;
            let mut accesses = Accesses::default();
            frames.follow(program, (cfg, liveness), &members, &mut function, &mut accesses);
            if function.escapes {
                let (limit, own) = (function.limit, accesses.addresses());
                let below = foreign::lowest(program, (cfg, liveness), &members, &frames.start, limit, own);
                function.limit = limit.saturating_add(below);
                let half = accesses.lowest_half(frames.slot_bytes);
                function.limit = function.limit.min(half.unwrap_or(i32::MAX));
            }
            let end = function.limit.min(function.entry.unwrap_or(i32::MAX));
            if function.high > end {
                function.limit = accesses.split_by_none(end);
            }
            let bytes = function
                .entry
                .map_or(0, |entry| entry.saturating_sub(function.low).clamp(0, FRAME_BYTES_MAX));
            let words = ((bytes / frames.slot_bytes) as usize / 64 + 1).saturating_mul(members.len());
            if let Some(left) = words_left.checked_sub(words) {
                (function.is_followed, words_left) = (true, left);
            }
            frames.functions.push(function);
        }
        frames
    }

    /// Follows addresses on the stack through the blocks of a function.
    fn follow(
        &self,
        program: &Program,
        (cfg, liveness): (&Cfg, &Liveness),
        members: &[BlockId],
        function: &mut Function,
        accesses: &mut Accesses,
    ) {
        Flow::default().go_through(program, (cfg, liveness), members, None, |id, pointers| {
            self.look(program, id, pointers, function, accesses);
        });
    }

    /// What a block does with the stack, and with addresses on it, which registers hold.
    fn look(
        &self,
        program: &Program,
        id: BlockId,
        pointers: &mut Pointers,
        function: &mut Function,
        accesses: &mut Accesses,
    ) {
        let block = program.block(id);
        let mut sp = self.start[id.index()];
        // What offsets that do not fit into an instruction are made in.
        let mut constants = [None; Reg::COUNT];
        let mut kept = Kept::default();
        for node in &block.insts {
            let inst = &node.inst;
            let loaded = kept.follow(inst, pointers);
            if let Some(by) = sp_move(inst) {
                sp = sp.wrapping_add(by);
                continue;
            }
            let frame = function.entry.filter(|entry| sp < *entry).map(|_| sp);
            let pointer = pointer(inst, pointers, &constants, sp, frame);
            follow_constants(inst, &mut constants);
            if let Some(at) = pointer {
                function.limit = function.limit.min(at);
                function.points_above |= function.entry.is_none_or(|entry| at >= entry);
            }
            inst.writes().iter().for_each(|reg| pointers[reg.index()] = None);
            if let Some(d) = inst.destination() {
                // A load gets what is at the address.
                let is_load = matches!(inst, Inst::Load { .. });
                pointers[d.index()] = if is_load { loaded.flatten() } else { pointer };
            }
            match stack_access(inst) {
                Some((offset, bytes)) => {
                    let (at, end) = (sp.wrapping_add(offset), sp.wrapping_add(offset).wrapping_add(bytes));
                    function.uses_below |= offset < 0;
                    function.low = function.low.min(at);
                    function.high = function.high.max(end);
                    accesses.note(at, bytes, matches!(inst, Inst::Load { .. }));
                    if let Inst::Store { s, for_others, .. } = inst {
                        if s.reg().is_some_and(|s| pointers[s.index()].is_some()) {
                            accesses.note_address(at);
                        }
                        if *for_others {
                            function.limit = function.limit.min(at);
                        }
                        let is_saved = matches!(s, Operand::Reg(Reg::RA | Reg::S0 | Reg::S1));
                        function.saves_at_top |=
                            is_saved && bytes == self.slot_bytes && function.entry == Some(end);
                    }
                }
                None if matches!(inst, Inst::HostCall { .. }) => {}
                None if inst.reads().contains(Reg::SP) => {
                    function.escapes = true;
                    if pointer.is_none() {
                        function.limit = i32::MIN;
                        function.points_above = true;
                    }
                    function.points_below |= pointer.is_none_or(|at| at < sp);
                }
                None => {}
            }
        }
        if block.end.reads().contains(Reg::SP) {
            function.escapes = true;
            function.points_above = true;
            function.limit = i32::MIN;
        }
        match block.end {
            Terminator::JumpIndirect { base: Reg::RA } => {}
            Terminator::JumpIndirect { .. } => function.jumps_anywhere = true,
            _ => {}
        }
    }

    /// How far above its stack pointer a function may read, in bytes; `None` if nobody knows. What it has the address of in its own
    /// frame ends there, unless it is at the top: functions with any number of arguments put those from registers there, in front of the
    /// others, which their caller has put on the stack.
    fn reads_above(&self, to: BlockId) -> Option<i32> {
        let function = &self.functions[self.function[to.index()] as usize];
        let knows = function.is_known
            && !function.points_above
            && !function.jumps_anywhere
            && (!function.escapes || function.saves_at_top);
        Some((function.high - function.entry.filter(|_| knows)?).max(0))
    }

    /// Finds out what is live, backwards.
    fn solve(&mut self, program: &Program, cfg: &Cfg) {
        let slots = |frames: &Self, id: BlockId| {
            let function = frames.private(id)?;
            Some(frames.slots(function, frames.start[id.index()], Vec::new()))
        };
        let mut live_in: Vec<Option<LiveSlots>> = vec![None; program.blocks.len()];
        // A call leads back, which the graph does not know.
        let mut before: Vec<Vec<BlockId>> = vec![Vec::new(); program.blocks.len()];
        let mut work = Backwards::new(program);
        for &id in &program.order {
            live_in[id.index()] = slots(self, id);
            if live_in[id.index()].is_some() {
                work.push(id);
            }
            if let Some(back) = program.block(id).end.back() {
                before[back.index()].push(id);
            }
        }
        while let Some(id) = work.pop() {
            #[cfg(test)]
            {
                self.steps += 1;
            }
            let block = program.block(id);
            let Some(Some(mut live)) = live_in.get(id.index()).cloned() else { continue };
            let sp = self.start[id.index()];
            let by: i32 = block.insts.iter().filter_map(|node| sp_move(&node.inst)).sum();
            live.sp = sp.wrapping_add(by);
            live.bits.fill(0);
            let mut join = |to: BlockId| {
                if let Some(other) = &live_in[to.index()] {
                    live.bits.iter_mut().zip(&other.bits).for_each(|(bits, other)| *bits |= other);
                }
            };
            match block.end {
                Terminator::Trap => {}
                Terminator::Jump(to) => join(to),
                Terminator::Branch { yes, no, .. } => {
                    join(yes);
                    join(no);
                }
                Terminator::Call { to, back, .. } => {
                    join(back);
                    live.add(0, self.reads_above(to).unwrap_or(i32::MAX));
                }
                Terminator::CallIndirect { back, .. } => {
                    join(back);
                    live.add(0, i32::MAX);
                }
                // What is below is garbage, what is above belongs to callers.
                Terminator::JumpIndirect { base: Reg::RA } => live.add(0, i32::MAX),
                Terminator::JumpIndirect { .. } => live.bits.fill(u64::MAX),
            }
            // What was gone over already does not have to be gone over again.
            if self.live_out[id.index()] == live.bits {
                continue;
            }
            self.live_out[id.index()].clone_from(&live.bits);
            for node in block.insts.iter().rev() {
                live.step(&node.inst);
            }
            let slot = &mut live_in[id.index()];
            if slot.as_ref().is_some_and(|old| old.bits != live.bits) {
                live.sp = sp;
                *slot = Some(live);
                for &from in cfg.predecessors(id).iter().chain(&before[id.index()]) {
                    let calls =
                        matches!(program.block(from).end, Terminator::Call { back, .. } if back != id);
                    if !calls && live_in[from.index()].is_some() {
                        work.push(from);
                    }
                }
            }
        }
    }
}

impl LiveSlots {
    /// Whether nobody else gets at bytes of the stack, `offset` from the stack pointer.
    pub(crate) fn is_private(&self, offset: i32, bytes: i32) -> bool {
        self.sp.checked_add(offset).and_then(|at| at.checked_add(bytes)).is_some_and(|end| end <= self.entry)
            && self.sp.wrapping_add(offset) >= self.low
    }

    /// Whether somebody may still read one of these bytes.
    pub(crate) fn is_live(&self, offset: i32, bytes: i32) -> bool {
        !self.is_private(offset, bytes)
            || self.touched(offset, bytes).any(|slot| self.bits[slot / 64] >> (slot % 64) & 1 != 0)
    }

    fn touched(&self, offset: i32, bytes: i32) -> impl Iterator<Item = usize> {
        let from = self.sp.saturating_add(offset).clamp(self.low, self.entry);
        let to = self.sp.saturating_add(offset).saturating_add(bytes).clamp(from, self.entry);
        // A shift, as slots have four or eight bytes: a division takes longer than all the rest.
        let slot = |at: i32| ((at - self.low) >> self.slot_bytes.trailing_zeros()) as usize;
        let end = if to > from { slot(to - 1) + 1 } else { slot(from) };
        slot(from)..end
    }

    fn add(&mut self, offset: i32, bytes: i32) {
        for slot in self.touched(offset, bytes) {
            self.bits[slot / 64] |= 1 << (slot % 64);
        }
    }

    /// Goes over an instruction, backwards.
    pub(crate) fn step(&mut self, inst: &Inst) {
        if let Some(by) = sp_move(inst) {
            self.sp = self.sp.wrapping_sub(by);
        } else if let Some((offset, bytes)) = stack_access(inst) {
            if matches!(inst, Inst::Load { .. }) {
                self.add(offset, bytes);
            } else if bytes == self.slot_bytes
                && self.sp.wrapping_add(offset).wrapping_sub(self.low) % bytes == 0
            {
                for slot in self.touched(offset, bytes) {
                    self.bits[slot / 64] &= !(1 << (slot % 64));
                }
            }
        }
    }
}

/// How far an instruction moves the stack pointer, if that is what it does; for conventional programs, which do so in one width only.
pub(crate) fn sp_move(inst: &Inst) -> Option<i32> {
    [W::W32, W::W64].into_iter().find_map(|width| sp_move_in(inst, width))
}

/// The same for any program, whose registers have this width: an addition of half a register extends the sign as well.
pub(crate) fn sp_move_in(inst: &Inst, native: W) -> Option<i32> {
    match *inst {
        Inst::Bin {
            op: Bin::Add(width),
            d: Reg::SP,
            a: Operand::Reg(Reg::SP),
            b: Operand::Const(Const::Int(by)),
        } if width == native => i32::try_from(by).ok(),
        _ => None,
    }
}

/// Has the stack pointer move by constants where registers hold them, which compilers do for frames that are too large for an instruction.
pub(crate) fn settle_sp_moves(program: &mut Program) {
    for block in &mut program.blocks {
        let mut constants = [None; Reg::COUNT];
        for node in &mut block.insts {
            if let Inst::Bin { op, d: Reg::SP, a: Operand::Reg(Reg::SP), b: Operand::Reg(by) } = node.inst {
                let held = constants[by.index()].map(i64::from);
                let moved = match op {
                    Bin::Add(width) => held.map(|by| (width, by)),
                    Bin::Sub(width) => held.map(|by| (width, -by)),
                    _ => None,
                };
                if let Some((width, by)) = moved {
                    let (a, b) = (Operand::Reg(Reg::SP), Operand::Const(Const::Int(by)));
                    node.inst = Inst::Bin { op: Bin::Add(width), d: Reg::SP, a, b };
                }
            }
            follow_constants(&node.inst, &mut constants);
        }
    }
}

/// Where on the stack an instruction loads or stores, from the stack pointer, and how many bytes.
pub(crate) fn stack_access(inst: &Inst) -> Option<(i32, i32)> {
    let (Inst::Load { access, address, .. } | Inst::Store { access, address, .. }) = inst else {
        return None;
    };
    let Address { base: Some(Reg::SP), offset: Const::Int(offset) } = *address else { return None };
    let stores_sp = matches!(inst, Inst::Store { s: Operand::Reg(Reg::SP), .. });
    Some((i32::try_from(offset).ok().filter(|_| !stores_sp)?, access.bytes() as i32))
}

/// How far a block moves the stack pointer; `None` if nobody knows.
pub(super) fn moves(block: &Block) -> Option<i32> {
    block.insts.iter().try_fold(0_i32, |sum, node| match sp_move(&node.inst) {
        Some(by) => sum.checked_add(by),
        None => (!node.inst.writes().contains(Reg::SP)).then_some(sum),
    })
}
