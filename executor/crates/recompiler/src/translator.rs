// SPDX-License-Identifier: Apache-2.0
//! The state of a translation, and what all instructions do with it: registers, results, jumps and blocks.
//!
//! # Sign-extensions
//!
//! On a 64-bit set an instruction that ends in `_32` extends the sign of its result, which takes a machine instruction of
//! its own, and most results are read by instructions that look at the low half only. So in [`Flavour::Fast`] the
//! extension is put off: in [`Translator::signs`] it is pending for each guest register whose machine register holds the
//! low half of its value under 32 zero bits. An instruction that reads all of such a register extends it first, one that
//! overwrites it forgets it, and the end of a block and everything that the host can resume behind extends what is left.
//! Bitwise operations on sign-extended values give sign-extended values, so they can be done on the low halves too;
//! [`Translator::signs`] also knows the registers that hold a sign-extended value with nothing pending.
//!
//! A fault can happen while extensions are pending; the host then asks for the registers concerned
//! ([`Compiled::locate`](crate::Compiled::locate)) and extends their values itself.

use revive_vm_assembler::{row, Assembler, Condition, Gpr, Mem, Patch, Row, Width};
use revive_vm_primitives::{gas::BlockCost, machine::GAS_REGISTER, Code, Fetched, Opcode, Reg, Tariff};

use crate::{
    config::{Config, Features, Flavour},
    dead::{Owed, Stores},
    regs::{gpr, GAS, SCRATCH},
    signs::Signs,
    stubs::Stubs,
    unroll::{Loop, LoopBranch},
};

/// In the table of labels: a block begins there, but jumps of the program may not go to it.
const NOT_JUMPABLE: u32 = u32::MAX;

/// Where something of the guest is in the generated code: a block, from its charge on, or the end of an exit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    /// Its code offset.
    pub(crate) guest: u32,
    /// Offset in the generated code.
    pub(crate) native: u32,
}

/// A jump to a block that was not translated yet.
pub(crate) struct Forward {
    patch: Patch,
    /// Offset of the jump instruction itself.
    at: u32,
    target: u32,
}

/// Where the code of an instruction begins, and which extensions are pending there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) guest: u32,
    pub(crate) native: u32,
    pub(crate) pending: u16,
    /// Gas that has been charged for copies of the block that follow.
    pub(crate) ahead: u32,
}

/// Memory that a translation needs for itself. It is worth keeping for the next one: what the system hands out fresh has
/// to be mapped page by page.
#[derive(Default)]
pub(crate) struct Scratch {
    /// For each code offset where a block begins its index in [`Translator::blocks`], or [`NOT_JUMPABLE`]. What is at
    /// other offsets is left over from other programs; it is told apart by looking at that block's offset. Too short for
    /// the code when a single block is translated again.
    labels: Vec<u32>,
    forward: Vec<Forward>,
    /// The loop that was found last.
    pub(crate) looped: Loop,
}

impl Scratch {
    /// For a program of `len` bytes of code.
    pub(crate) fn make_room(&mut self, len: usize) {
        if self.labels.len() < len {
            // Not resized: nothing needs to be copied.
            self.labels = vec![0; len];
        }
        self.forward.clear();
    }

    /// Bytes that are kept.
    pub(crate) fn bytes(&self) -> usize {
        self.labels.capacity() * size_of::<u32>() + self.forward.capacity() * size_of::<Forward>()
    }
}

pub(crate) struct Translator<'a> {
    pub(crate) asm: Assembler,
    pub(crate) code: Code<'a>,
    pub(crate) config: Config,
    pub(crate) stubs: Stubs,
    /// The gas model, if it is not the flat one.
    pub(crate) model: Option<Box<BlockCost<'a>>>,
    /// Whether registers have 64 bits.
    is_64_bit: bool,
    /// What is known of registers' upper halves.
    pub(crate) signs: Signs,
    /// Whether the block that was just translated runs into a gap by a `fallthrough`.
    pub(crate) gap_follows: bool,
    pub(crate) scratch: Scratch,
    pub(crate) blocks: Vec<Spot>,
    /// The instructions with calls of exits, and the offsets behind those. At the end the blocks that are charged for in the
    /// tail, and where those go that the gas does not cover.
    pub(crate) exits: Vec<Spot>,
    /// The form that charges have.
    charge: Charge,
    expensive: Vec<Expensive>,
    /// Whether the charge of the block that is translated is long though others are short.
    is_long: bool,
    /// Code offset of the block that is translated.
    pub(crate) block_start: u32,
    /// Whether the block leaves for the host and comes back.
    pub(crate) leaves: bool,
    /// The branch at the end of the block that was just translated, if that goes back to the start of a loop, or in a copy of one: it is
    /// still to be emitted.
    pub(crate) loop_branch: Option<LoopBranch>,
    /// Whether this is in a copy of a loop.
    pub(crate) in_copy: bool,
    /// Whether this is in a copy of a block that another copy follows.
    pub(crate) copying: bool,
    /// Gas that has been charged for copies that follow.
    pub(crate) ahead: u32,
    /// Instructions of the block so far, counted from [`Self::count_base`] on so that more than the charge can say are a
    /// number above 0: that is cheap to notice.
    pub(crate) count: i32,
    pub(crate) count_base: i32,
    /// Whether execution cannot run into what is emitted next: an unconditional jump lies in front of it. Then the next
    /// block can begin where jumps to it cost the machine less, for nothing but room.
    pub(crate) closed: bool,
    /// If wanted, the instructions of the block.
    marks: Option<Vec<Mark>>,
    /// What the instruction behind the one that is translated does. It is looked up early: where the machine did not foresee
    /// which one comes, it then knows soon.
    pub(crate) opcode_behind: Option<Opcode>,
    /// The values that are not in their registers, if marks are wanted.
    owed: Vec<Owed>,
    pub(crate) stores: Stores,
    /// Whether something has to be done at each instruction besides translating and counting it, see
    /// [`Self::watch`].
    watched: bool,
}

/// How much to translate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The instructions of one block without its charge.
    Copy,
    /// One block.
    Block,
    /// All that follows.
    Program,
}

/// What comes behind an instruction.
pub(crate) enum Behind {
    /// The next one.
    Next,
    /// What comes behind the next one, which was translated together with it.
    Second {
        /// Offset behind it.
        next: u32,
        /// Whether an instruction starts there.
        next_is_start: bool,
        /// Whether it ends the block.
        ends: bool,
    },
    /// Nothing: the block ends.
    End,
}

impl Behind {
    /// Behind an instruction that was translated together with a second one.
    #[inline(always)]
    pub(crate) fn second(second: Fetched) -> Self {
        let Fetched { next, next_is_start, opcode, .. } = second;
        Self::Second { next, next_is_start, ends: opcode.is_none_or(Opcode::is_terminator) }
    }
}

impl<'a> Translator<'a> {
    /// Translates `code` into `asm`, where the exits are already. There are probably about `blocks` blocks.
    pub(crate) fn new(
        code: Code<'a>,
        config: Config,
        asm: Assembler,
        stubs: Stubs,
        scratch: Scratch,
        blocks: usize,
    ) -> Self {
        let is_64_bit = code.isa().is_64_bit();
        let model = config.gas.filter(|tariff| !tariff.is_flat());
        let model = model.map(|tariff| Box::new(BlockCost::new(tariff, &code)));
        let watched = config.step_tracing || config.flavour != Flavour::Fast;
        Self {
            asm,
            code,
            config,
            stubs,
            model,
            is_64_bit,
            signs: Signs::UNKNOWN,
            gap_follows: false,
            scratch,
            blocks: Vec::with_capacity(blocks),
            exits: Vec::new(),
            charge: Charge::new(config.gas),
            expensive: Vec::new(),
            is_long: false,
            block_start: 0,
            leaves: false,
            loop_branch: None,
            in_copy: false,
            copying: false,
            ahead: 0,
            count: Charge::ENDLESS,
            count_base: Charge::ENDLESS,
            closed: false,
            marks: None,
            opcode_behind: None,
            owed: Vec::new(),
            stores: Stores::NONE,
            watched,
        }
    }

    /// Has the instructions noted that are translated from here on.
    pub(crate) fn want_marks(&mut self) {
        self.marks = Some(Vec::new());
        self.watched = true;
    }

    /// The memory it used for itself.
    pub(crate) fn take_scratch(&mut self) -> Scratch {
        core::mem::take(&mut self.scratch)
    }

    /// Those that have been noted, and what is owed at them.
    pub(crate) fn into_marks(self) -> (Vec<Mark>, Vec<Owed>) {
        (self.marks.unwrap_or_default(), self.owed)
    }

    /// Width of registers. Not a field: so the compiler sees at each use that it is one of two, and what would be emitted for
    /// others is left out.
    #[inline(always)]
    pub(crate) fn width(&self) -> Width {
        if self.is_64_bit {
            Width::W64
        } else {
            Width::W32
        }
    }

    #[inline(always)]
    pub(crate) fn features(&self) -> Features {
        self.config.features
    }

    /// Whether instructions may be translated together.
    #[inline(always)]
    pub(crate) fn fast(&self) -> bool {
        self.config.flavour == Flavour::Fast
    }

    /// Offset of the next byte of code.
    #[inline(always)]
    pub(crate) fn position(&self) -> u32 {
        // Exact: the code is bounded by `CODE_BYTES_MAX`.
        self.asm.len() as u32
    }

    /// Says that the code of the instruction at `guest` begins here.
    #[inline(always)]
    pub(crate) fn mark(&mut self, guest: u32) {
        if let Some(marks) = &mut self.marks {
            marks.push(Mark {
                guest,
                native: self.asm.len() as u32,
                pending: self.signs.pending(),
                ahead: self.ahead,
            });
        }
    }

    /// Says that a value is not in its register.
    #[inline(always)]
    pub(crate) fn owe(&mut self, owed: Owed) {
        if self.marks.is_some() {
            self.owed.push(owed);
        }
    }

    // Registers.

    /// The machine register, for an instruction that reads all of it.
    #[inline(always)]
    pub(crate) fn full(&mut self, reg: Reg) -> Gpr {
        let gpr = gpr(reg);
        if self.signs.is_pending(reg) {
            self.extend(reg, gpr);
        }
        gpr
    }

    #[inline]
    fn extend(&mut self, reg: Reg, gpr: Gpr) {
        self.asm.reg_rm(row::MOVSXD_REG_RM, Width::W64, gpr, gpr);
        self.signs.set_extended(reg);
    }

    /// The machine register, for an instruction that reads `width` of it.
    #[inline(always)]
    pub(crate) fn read(&mut self, reg: Reg, width: Width) -> Gpr {
        match width {
            Width::W64 => self.full(reg),
            _ => gpr(reg),
        }
    }

    /// Says that an instruction wrote all of a register.
    #[inline(always)]
    pub(crate) fn wrote(&mut self, reg: Reg) {
        self.signs.forget(reg);
    }

    /// Says that an instruction wrote all of a register, and that it is the sign-extension of its low half.
    #[inline(always)]
    pub(crate) fn wrote_extended(&mut self, reg: Reg) {
        self.signs.set_extended(reg);
    }

    /// Says that an instruction wrote the low half of a register and cleared the rest, where the result is to be
    /// sign-extended.
    #[inline(always)]
    pub(crate) fn wrote_32(&mut self, reg: Reg) {
        if self.width() == Width::W64 && revive_vm_primitives::mutant!(MissingTruncation, false, true) {
            if self.fast() {
                self.signs.set_pending(reg);
            } else {
                self.asm.reg_rm(row::MOVSXD_REG_RM, Width::W64, gpr(reg), gpr(reg));
            }
        }
    }

    /// Width that a bitwise operation on these registers (a bit for each) has to be done in: 32 bits if all are
    /// sign-extended and for some that is pending.
    #[inline(always)]
    pub(crate) fn bitwise_width(&self, regs: u16) -> Width {
        if self.signs.pending() & regs != 0 && self.signs.extended_or_pending() & regs == regs {
            Width::W32
        } else {
            self.width()
        }
    }

    /// Whether the register is known to hold the sign-extension of its low half, or will once it is extended.
    #[inline(always)]
    pub(crate) fn is_extended(&self, reg: Reg) -> bool {
        self.signs.extended_or_pending() & 1 << reg as u16 != 0
    }

    /// Says that an instruction wrote `width` of a register and cleared the rest, sign-extended.
    #[inline(always)]
    pub(crate) fn wrote_width(&mut self, reg: Reg, width: Width) {
        match width {
            Width::W32 => self.wrote_32(reg),
            _ => self.wrote(reg),
        }
    }

    /// Extends all that is pending.
    #[inline(always)]
    pub(crate) fn settle(&mut self) {
        if self.signs.pending() != 0 {
            self.settle_all();
        }
    }

    #[inline(never)]
    fn settle_all(&mut self) {
        for reg in Reg::ALL {
            self.full(reg);
        }
    }

    /// A memory operand: guest memory at a register plus an offset, modulo 2^32. Only the low half of the register counts.
    #[inline(always)]
    pub(crate) fn at(&self, base: Reg, offset: i32) -> Mem {
        Mem::base(gpr(base), offset).addr32()
    }

    // Small instructions.

    /// `to = from`, nothing if they are the same.
    #[inline(always)]
    pub(crate) fn mov(&mut self, width: Width, to: Gpr, from: Gpr) {
        if to != from {
            self.asm.reg_rm(row::MOV_REG_RM, width, to, from);
        }
    }

    /// `d = s`, of which the same is known then.
    #[inline(always)]
    pub(crate) fn move_reg(&mut self, d: Reg, s: Reg) {
        if d == s {
            return;
        }
        let pending = self.signs.is_pending(s);
        self.mov(if pending { Width::W32 } else { self.width() }, gpr(d), gpr(s));
        self.signs.copy(d, s);
    }

    /// An instruction with an immediate, in its short form where there is one and it fits.
    #[inline(always)]
    pub(crate) fn with_imm(&mut self, short: Row, long: Row, width: Width, reg: Gpr, imm: i32) {
        if i8::try_from(imm).is_ok() {
            self.asm.rm_imm(short, width, reg, imm);
        } else {
            self.asm.rm_imm(long, width, reg, imm);
        }
    }

    /// Sets flags for a comparison with an immediate.
    #[inline(always)]
    pub(crate) fn compare_imm(&mut self, width: Width, reg: Gpr, imm: i32) {
        if imm == 0 {
            self.asm.rm_reg(row::TEST_RM_REG, width, reg, reg);
        } else {
            self.with_imm(row::CMP_RM_IMM8, row::CMP_RM_IMM, width, reg, imm);
        }
    }

    /// A constant as wide as registers.
    #[inline(always)]
    pub(crate) fn constant(&mut self, reg: Gpr, value: i32) {
        match self.width() {
            Width::W64 => self.asm.mov_imm64(reg, i64::from(value) as u64),
            _ => self.asm.mov_imm64(reg, u64::from(value as u32)),
        }
    }

    // Jumps.

    /// Position of a block that jumps may go to.
    pub(crate) fn label(&self, target: u32) -> Option<u32> {
        let index = *self.scratch.labels.get(target as usize)?;
        self.blocks.get(index as usize).filter(|block| block.guest == target).map(|block| block.native)
    }

    /// Emits the jump of the instruction at `from`, on `condition` if there is one, to a code offset. Where that is no
    /// jump target it becomes a trap, whether the condition holds or not.
    #[inline(always)]
    pub(crate) fn jump(&mut self, from: u32, condition: Option<Condition>, target: u32) {
        if target <= from {
            match (self.label(target), condition) {
                (Some(to), Some(condition)) => self.asm.jcc_back(condition, to),
                (Some(to), None) => {
                    self.asm.jmp_back(to);
                    self.closed = true;
                }
                (None, _) => self.asm.ud2(),
            }
        } else {
            let at = self.position();
            let patch = match condition {
                Some(condition) => self.asm.jcc(condition),
                None => {
                    self.closed = true;
                    self.asm.jmp()
                }
            };
            self.scratch.forward.push(Forward { patch, at, target });
        }
    }

    /// Aims the jumps that were emitted before their targets.
    pub(crate) fn aim_forward_jumps(&mut self) {
        let forward = core::mem::take(&mut self.scratch.forward);
        for Forward { patch, at, target } in &forward {
            match self.label(*target) {
                Some(to) => self.asm.aim(*patch, to),
                // `ud2`
                None => self.asm.overwrite(*at as usize, &[0x0f, 0x0b]),
            }
        }
        self.scratch.forward = forward;
    }

    /// Calls one of the exits.
    #[inline]
    pub(crate) fn call_stub(&mut self, stub: u32) {
        let patch = self.asm.call();
        self.asm.aim(patch, stub);
    }

    /// Says that nothing is known about registers: what holds where several ways meet.
    #[inline(always)]
    pub(crate) fn forget(&mut self) {
        self.signs = Signs::UNKNOWN;
    }

    /// Calls one of the exits for the instruction at `guest`, and notes which one that is: host calls are frequent, and
    /// looking for their instruction would take longer than they do.
    #[inline]
    pub(crate) fn call_exit(&mut self, guest: u32, stub: u32) {
        self.leaves = true;
        self.call_stub(stub);
        self.exits.push(Spot { guest, native: self.position() });
    }

    // Blocks.

    /// Translates blocks from the one at `start` on, which jumps may go to if `jumpable`.
    pub(crate) fn translate(&mut self, mut start: u32, mut jumpable: bool, extent: Extent) {
        loop {
            if core::mem::take(&mut self.closed) {
                self.asm.align_for_jumps();
            }
            let undo = self.undo();
            let mut charge = if extent == Extent::Copy { 0 } else { self.begin_block(start, jumpable) };
            let mut offset = start;
            self.opcode_behind = self.code.opcode_at(start);
            let (end, end_is_start) = loop {
                let mut at = self.code.fetch(offset);
                at.opcode = self.opcode_behind;
                self.opcode_behind = self.code.opcode_at(at.next);
                self.count += 1;
                if self.count > 0 {
                    if let Some(again) = self.begin_again(start, jumpable, undo, at) {
                        (charge, offset) = (again, start);
                        continue;
                    }
                }
                if self.watched {
                    self.watch(at.offset, offset == start);
                }
                let Some(opcode) = at.opcode else {
                    self.asm.ud2();
                    break (at.next, false);
                };
                let (next, next_is_start) = match self.instruction(at, opcode) {
                    Behind::Next => (at.next, at.next_is_start),
                    Behind::Second { next, next_is_start, ends: false } => {
                        self.opcode_behind = self.code.opcode_at(next);
                        (next, next_is_start)
                    }
                    Behind::Second { next, next_is_start, ends: true } => break (next, next_is_start),
                    Behind::End => break (at.next, at.next_is_start),
                };
                if !next_is_start {
                    self.run_into_gap(next);
                    break (next.saturating_add(1), false);
                }
                offset = next;
            };
            if extent == Extent::Copy {
                return;
            }
            let cost = self.end_block(charge);
            if let Some(branch) = self.loop_branch.take() {
                self.unroll(branch, end, charge, cost);
            }
            if self.gap_follows {
                self.gap_follows = false;
                self.gap(end);
            }
            if extent == Extent::Block {
                return;
            }
            (start, jumpable) = (end, end_is_start);
            if !jumpable {
                // Behind an invalid instruction there may be a gap. Where it ends a block begins that no jump goes to.
                let Some(next) = self.code.next_start(end) else { return };
                start = next;
            }
        }
    }

    /// What else there may be to do before the instruction at `offset`, the `first` one in its block or not.
    #[inline(never)]
    fn watch(&mut self, offset: u32, first: bool) {
        // Plain code pretends to know nothing, so that it never depends on what came before.
        if !self.fast() {
            self.signs.forget_extended();
        }
        // The first one's mark and step come before the charge.
        if !first {
            self.mark(offset);
            if self.config.step_tracing {
                self.call_stub(self.stubs.step);
            }
        }
    }

    /// What else there may be to do before the second instruction of a pair.
    #[inline(always)]
    pub(crate) fn begin_second(&mut self, second: Fetched) {
        self.count += 1;
        if self.watched {
            self.watch(second.offset, false);
        }
    }

    /// The implicit invalid instruction at `offset`, where execution runs into a gap or off the end.
    #[cold]
    #[inline(never)]
    fn run_into_gap(&mut self, offset: u32) {
        self.count += 1;
        self.mark(offset);
        if self.config.step_tracing {
            self.call_stub(self.stubs.step);
        }
        self.asm.ud2();
    }

    /// A block of one implicit invalid instruction, which a `fallthrough` into a gap enters.
    #[inline(never)]
    pub(crate) fn gap(&mut self, start: u32) {
        let charge = self.begin_block(start, false);
        self.count += 1;
        self.asm.ud2();
        let _ = self.end_block(charge);
    }

    #[inline(always)]
    fn begin_block(&mut self, start: u32, jumpable: bool) -> u32 {
        self.forget();
        self.stores.begin_block();
        self.block_start = start;
        self.leaves = false;
        let native = self.position();
        if let Some(label) = self.scratch.labels.get_mut(start as usize) {
            *label = if jumpable { self.blocks.len() as u32 } else { NOT_JUMPABLE };
        }
        self.blocks.push(Spot { guest: start, native });
        self.mark(start);
        // The step for the first instruction comes before the charge.
        if self.config.step_tracing {
            self.call_stub(self.stubs.step);
        }
        let at = self.position();
        self.count_base = Charge::ENDLESS;
        if self.config.gas.is_some() {
            if self.charge.is_short {
                self.count_base = -LONG_FROM;
                self.asm.rm_imm(row::SUB_RM_IMM8, Width::W64, GAS, 0);
            } else {
                self.asm.rm_imm(row::SUB_RM_IMM, Width::W64, GAS, 0);
            }
            self.asm.jcc_back(Condition::Below, at + CHARGE_REFUSED);
        }
        self.count = self.count_base;
        at
    }

    /// What has to be known to begin a block again.
    #[inline(always)]
    pub(crate) fn undo(&self) -> Undo {
        Undo {
            native: self.position(),
            exits: self.exits.len(),
            forward: self.scratch.forward.len(),
            marks: self.marks.as_ref().map_or(0, Vec::len),
            owed: self.owed.len(),
        }
    }

    /// Forgets what has been translated since.
    pub(crate) fn take_back(&mut self, undo: Undo) {
        self.asm.truncate(undo.native);
        self.exits.truncate(undo.exits);
        self.scratch.forward.truncate(undo.forward);
        if let Some(marks) = &mut self.marks {
            marks.truncate(undo.marks);
        }
        self.owed.truncate(undo.owed);
    }

    /// Begins a block again, with a charge that has room for a high cost, if there are more instructions in it than the short one can
    /// say: what has been translated of them up to the instruction `at`, which has been counted, is forgotten. Such blocks are where
    /// programs compute most, so the detour of [`Expensive`] would hurt.
    ///
    /// It is called when there are [`LONG_FROM`], and looks ahead, so that it is not much that has been translated in vain.
    #[cold]
    #[inline(never)]
    fn begin_again(&mut self, start: u32, jumpable: bool, undo: Undo, at: Fetched) -> Option<u32> {
        let counted = self.count.abs_diff(self.count_base);
        if counted <= Charge::SHORT_MAX as u32 && !self.goes_on(at, Charge::SHORT_MAX as u32 + 1 - counted) {
            self.count -= Charge::SHORT_MAX - LONG_FROM;
            self.count_base = -Charge::SHORT_MAX;
            return None;
        }
        self.take_back(undo);
        self.blocks.pop();
        let charge = core::mem::replace(&mut self.charge, Charge { is_short: false });
        let again = self.begin_block(start, jumpable);
        self.charge = charge;
        self.is_long = true;
        self.opcode_behind = self.code.opcode_at(start);
        Some(again)
    }

    /// Whether so many instructions of the block, or more, come behind this one.
    fn goes_on(&self, mut at: Fetched, instructions: u32) -> bool {
        for _ in 0..instructions {
            if !at.next_is_start || at.opcode.is_none_or(Opcode::is_terminator) {
                return false;
            }
            at = self.code.fetch(at.next);
        }
        true
    }

    /// Fills in the cost of the block that is charged for at `charge`, and returns it; 0 if nothing
    /// is charged.
    #[inline(always)]
    fn end_block(&mut self, charge: u32) -> u32 {
        if self.config.gas.is_none() {
            return 0;
        }
        // The flat model is one unit for each.
        let count = self.count.abs_diff(self.count_base);
        let start = self.blocks.last().map_or(0, |block| block.guest);
        let cost = self.cost(start, count);
        let amount = charge as usize + CHARGE_IMM;
        let form = Charge { is_short: self.charge.is_short && !core::mem::take(&mut self.is_long) };
        match (i8::try_from(cost), i32::try_from(cost)) {
            (Ok(cost), _) if form.is_short => self.asm.overwrite_byte(amount, cost as u8),
            (_, Ok(_)) if !form.is_short => self.asm.overwrite_word(amount, cost),
            _ => {
                let block = self.blocks.last().map_or(0, |block| block.guest);
                self.expensive.push(Expensive { block, at: charge, behind: charge + form.bytes(), cost });
            }
        }
        cost
    }

    /// What a block of so many instructions costs, 0 if nothing is charged.
    #[inline(always)]
    pub(crate) fn cost(&mut self, start: u32, instructions: u32) -> u32 {
        match &mut self.model {
            Some(model) => model.block(start, instructions),
            None if self.config.gas.is_none() => 0,
            None => instructions + revive_vm_primitives::mutant!(GasOffByOne, 1, 0),
        }
    }

    /// Emits what comes behind the last block: charges that do not fit into an instruction. Returns its offset.
    pub(crate) fn tail(&mut self) -> u32 {
        let tail = self.position();
        for Expensive { block, at, behind, cost } in core::mem::take(&mut self.expensive) {
            let here = self.position();
            self.asm.mov_imm64(SCRATCH, cost.into());
            self.asm.reg_rm(row::SUB_REG_RM, Width::W64, GAS, SCRATCH);
            self.asm.jcc_back(Condition::AboveOrEqual, behind);
            self.exits.push(Spot { guest: block, native: self.position() });
            self.asm.ud2();
            let [a, b, c, d] = here.wrapping_sub(at + 5).to_le_bytes();
            self.asm.overwrite(at as usize, &[0xe9, a, b, c, d]);
        }
        tail
    }
}

/// The code that charges for a block: a subtraction, and a jump to [`CHARGE_REFUSED`].
#[derive(Clone, Copy)]
pub(crate) struct Charge {
    /// Whether the amount has one byte, else it has four. What costs more is charged for elsewhere.
    is_short: bool,
}

/// How far things had come where a block begins.
#[derive(Clone, Copy)]
pub(crate) struct Undo {
    native: u32,
    exits: usize,
    forward: usize,
    marks: usize,
    owed: usize,
}

impl Charge {
    /// What a short one can say.
    const SHORT_MAX: i32 = i8::MAX as i32;
    /// Where to count from if there is no limit: there are not that many instructions.
    pub(crate) const ENDLESS: i32 = i32::MIN;

    fn new(gas: Option<Tariff>) -> Self {
        // Few blocks have more instructions than a byte can count. Other models come to higher costs.
        Self { is_short: gas.is_some_and(Tariff::is_flat) }
    }

    /// Its size in bytes.
    #[inline(always)]
    fn bytes(self) -> u32 {
        if self.is_short {
            4 + 2
        } else {
            7 + 2
        }
    }
}

/// When a block has so many instructions it is looked whether it has more than a short charge can say: few have as many, and few of
/// them have been translated in vain then.
const LONG_FROM: i32 = 48;

/// Offset of the amount in the code that charges for a block.
const CHARGE_IMM: usize = 3;
/// Offset in the code that charges for a block of the byte that it goes to if the gas does not cover the block: the one with
/// the operands of the subtraction. It is 0xea, a far jump of old, which 64-bit mode does not have and faults at. So the jump
/// has two bytes, needs no place of its own to go to, and the address of the fault says which block it was.
pub(crate) const CHARGE_REFUSED: u32 = 2;

/// The operands of a subtraction: two registers (`0b11`), of which one is the extension of the opcode.
const _: () = assert!(0b11 << 6 | 5 << 3 | GAS_REGISTER & 7 == 0xea);

/// A block that costs more than the immediate of its charge can say.
struct Expensive {
    /// Its code offset.
    block: u32,
    /// Where it is charged for.
    at: u32,
    /// Offset behind that.
    behind: u32,
    cost: u32,
}
