// SPDX-License-Identifier: Apache-2.0
//! The state of a translation, and what all instructions do with it: registers and results.
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
//! ([`CodeMap::locate`](crate::CodeMap::locate)) and extends their values itself.

use revive_vm_assembler::{row, Assembler, Gpr, Mem, Row, Width};
use revive_vm_primitives::{gas::BlockCost, Code, Opcode, Reg};

use crate::{
    charge::{Charge, Expensive},
    config::{Config, Features, Flavour},
    control::{Awaited, Forward},
    dead::{Owed, Stores},
    price,
    regs::gpr,
    signs::Signs,
    stubs::Stubs,
    unroll::{Loop, LoopBranch},
};

/// In the table of labels: a block begins there, but jumps of the program may not go to it.
pub(crate) const NOT_JUMPABLE: u32 = u32::MAX;

/// Where something of the guest is in the generated code: a block, from its charge on, or the end of an exit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    /// Its code offset.
    pub(crate) guest: u32,
    /// Offset in the generated code.
    pub(crate) native: u32,
}

/// Where the code of an instruction begins, and which extensions are pending there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) guest: u32,
    pub(crate) native: u32,
    pub(crate) pending: u16,
    /// Gas that has been charged for copies of the block that follow.
    pub(crate) ahead: u32,
    /// Which copy it is in; 0 for none.
    pub(crate) copy: u32,
}

/// What is looked for when a block is translated once more.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// The instruction at a code offset.
    Guest(u32),
    /// The one whose code is at an offset in the generated code.
    Native(u32),
}

impl Until {
    /// Whether it comes before an instruction.
    pub(crate) fn is_before(self, guest: u32, native: u32) -> bool {
        match self {
            Self::Guest(wanted) => wanted < guest,
            Self::Native(wanted) => wanted < native,
        }
    }

    /// The same where generated code is counted from `native` on.
    pub(crate) fn from(self, native: u32) -> Self {
        match self {
            Self::Guest(_) => self,
            Self::Native(wanted) => Self::Native(wanted.saturating_sub(native)),
        }
    }
}

/// Memory that a translation needs for itself. It is worth keeping for the next one: what the system hands out fresh has
/// to be mapped page by page.
#[derive(Default)]
pub(crate) struct Scratch {
    /// For each code offset where a block begins its index in [`Translator::blocks`], or [`NOT_JUMPABLE`]. What is at
    /// other offsets is left over from other programs; it is told apart by looking at that block's offset. Too short for
    /// the code when a single block is translated again.
    pub(crate) labels: Vec<u32>,
    pub(crate) forward: Vec<Forward>,
    /// Where these go.
    pub(crate) awaited: Awaited,
    /// The loop that was found last.
    pub(crate) looped: Loop,
    /// Empty between translations.
    pub(crate) unpriced: price::Lists,
}

impl Scratch {
    /// For a program of `len` bytes of code.
    pub(crate) fn make_room(&mut self, len: usize) {
        if self.labels.len() < len {
            // Not resized: nothing needs to be copied.
            self.labels = vec![0; len];
        }
        self.forward.clear();
        self.awaited = Awaited::default();
    }

    /// Bytes that are kept.
    pub(crate) fn bytes(&self) -> usize {
        self.labels.capacity() * size_of::<u32>()
            + self.forward.capacity() * size_of::<Forward>()
            + self.unpriced.bytes()
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
    pub(crate) charge: Charge,
    pub(crate) expensive: Vec<Expensive>,
    /// Whether the charge of the block that is translated is long though others are short.
    pub(crate) is_long: bool,
    /// Code offset of the block that is translated.
    pub(crate) block_start: u32,
    /// Where its code begins, behind the charge.
    pub(crate) body: u32,
    /// Whether the block leaves for the host and comes back.
    pub(crate) leaves: bool,
    /// Whether something was extended in front of the branch at its end.
    pub(crate) settles: bool,
    /// The branch at the end of the block that was just translated, if that goes back to the start of a loop, or in a copy of one: it is
    /// still to be emitted.
    pub(crate) loop_branch: Option<LoopBranch>,
    /// Whether this is in a copy of a loop.
    pub(crate) in_copy: bool,
    /// Whether this is in a copy of a block that another copy follows.
    pub(crate) copying: bool,
    /// Gas that has been charged for copies that follow.
    pub(crate) ahead: u32,
    /// Number of the copy that is translated; 0 for none.
    pub(crate) copy: u32,
    /// Instructions of the block so far, counted from [`Self::count_base`] on so that it is a number above 0, which is cheap to
    /// notice, where [`Self::begin_again`] is to look whether there are more than the charge can say.
    pub(crate) count: i32,
    pub(crate) count_base: i32,
    /// Whether execution cannot run into what is emitted next: an unconditional jump lies in front of it. Then the next
    /// block can begin where jumps to it cost the machine less, for nothing but room.
    pub(crate) closed: bool,
    /// If wanted, the instructions of the block.
    pub(crate) marks: Option<Vec<Mark>>,
    /// What need not be translated: what is behind this, if it is known.
    pub(crate) until: Option<Until>,
    /// What the instruction behind the one that is translated does. It is looked up early: where the machine did not foresee
    /// which one comes, it then knows soon.
    pub(crate) opcode_behind: Option<Opcode>,
    /// The values that are not in their registers, if marks are wanted.
    pub(crate) owed: Vec<Owed>,
    pub(crate) stores: Stores,
    /// Whether something has to be done at each instruction besides translating and counting it, see
    /// [`Self::watch`].
    pub(crate) watched: bool,
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
            body: 0,
            leaves: false,
            settles: false,
            loop_branch: None,
            in_copy: false,
            copying: false,
            ahead: 0,
            copy: 0,
            count: Charge::ENDLESS,
            count_base: Charge::ENDLESS,
            closed: false,
            marks: None,
            until: None,
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
                copy: self.copy,
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
}
