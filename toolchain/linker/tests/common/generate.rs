// SPDX-License-Identifier: Apache-2.0
//! Random programs with everything that compilers do with control flow and addresses: branches, loops, calls of all kinds,
//! tail calls, jump tables, pointers in data, accesses by both code models.
//!
//! They end, unless the emulator says otherwise, and no address gets into a result: addresses differ between the two
//! machines on purpose.

mod idioms;
mod memory;
mod switches;
mod values;

use super::{
    asm::{i_type, r_type, s_type, Asm, Part, To, R_RVC_BRANCH, R_RVC_JUMP},
    random::Random,
};

/// Registers that hold values: t0 to t2, s0, s1, a0 to a5.
const VALUES: [u32; 11] = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/// Holds the address of a function that is called; the function's first instruction overwrites it.
const CALLEE: u32 = 6;
const RA: u32 = 1;
const SP: u32 = 2;

/// Words of stack that a function has for values.
const SLOTS: u64 = 4;
/// Words that it has for more of them if its frame is large.
const MORE_SLOTS: u64 = 16;
/// Bytes between these and what it preserves: offsets beyond them do not fit into an instruction.
const LARGE_BYTES: i32 = 4096;
/// Words of an object between them, and where it is: in reach of the stack pointer, but also found by a register.
const OBJECT_WORDS: u64 = 4;
const OBJECT: i32 = 1024;
/// Holds an address in a large frame for a moment.
const FAR: u32 = 7;

const DATA_BYTES: u64 = 64;
const BSS_BYTES: u64 = 64;
/// Numbers at the start of the read-only data.
const CONSTANT_BYTES: u64 = 64;

pub(crate) struct Generator {
    pub(crate) asm: Asm,
    random: Random,
    functions: Vec<usize>,
    /// Which function is being written.
    current: usize,
    /// Statements that may still be written in it.
    budget: u32,
    in_loop: bool,
    /// Whether its frame is large.
    is_large: bool,
    /// How much unrolled arithmetic may still be written in it: branches reach no farther than 4 KiB.
    unrolled_left: u32,
    /// Whether the program may trap.
    traps: bool,
    /// Where in the read-only data the pointers to functions are.
    pointers: u64,
    /// How many idioms of compilers it has, of 32 statements.
    idioms: u64,
    routines: idioms::Routines,
}

/// Writes a program; also arguments for its `main`.
pub(crate) fn program(seed: u64) -> (Asm, Vec<u64>) {
    let mut random = Random::new(seed);
    let is_64 = random.chance(2, 3);
    let mut asm = Asm::new(is_64);
    asm.data[Part::RoData as usize] = (0..CONSTANT_BYTES).map(|_| random.next() as u8).collect();
    asm.data[Part::Data as usize] = (0..DATA_BYTES).map(|_| random.next() as u8).collect();
    asm.bss_size = BSS_BYTES;
    let functions: Vec<usize> = (0..1 + random.below(5)).map(|_| asm.label()).collect();
    for function in &functions {
        asm.pointer(Part::RoData, To::Label(*function));
    }
    for part in [Part::Data, Part::Bss] {
        asm.pointer(Part::RoData, To::At(part, 16));
    }
    let traps = random.chance(1, 16);
    let idioms = random.pick(&[0, 2, 8]);
    let mut generator = Generator {
        asm,
        random,
        functions,
        current: 0,
        budget: 0,
        in_loop: false,
        is_large: false,
        unrolled_left: 0,
        traps,
        pointers: CONSTANT_BYTES,
        idioms,
        routines: idioms::Routines::default(),
    };
    for index in 0..generator.functions.len() {
        generator.function(index);
    }
    generator.write_routines();
    let mut asm = generator.asm;
    asm.export("main", generator.functions[0]);
    asm.export_sections();
    let args = (0..9)
        .map(|_| generator.random.value())
        .map(|value| if is_64 { value } else { value as i32 as i64 as u64 })
        .collect();
    (asm, args)
}

impl Generator {
    fn native(&self) -> u32 {
        if self.asm.is_64 {
            3
        } else {
            2
        }
    }

    fn word_bytes(&self) -> u64 {
        if self.asm.is_64 {
            8
        } else {
            4
        }
    }

    fn reg(&mut self) -> u32 {
        self.random.pick(&VALUES)
    }

    /// A register, or now and then zero.
    fn source(&mut self) -> u32 {
        if self.random.chance(1, 10) {
            0
        } else {
            self.reg()
        }
    }

    fn frame_bytes(&self) -> i32 {
        // Slots, a counter, and what the convention preserves.
        let small = ((SLOTS + 4) * self.word_bytes()) as i32;
        small + if self.is_large { LARGE_BYTES } else { 0 }
    }

    /// Moves the stack pointer.
    fn move_stack(&mut self, mut by: i32) {
        while by != 0 {
            let step = by.clamp(-2048, 2032);
            self.asm.word(i_type(0x13, 0, SP, SP, step));
            by -= step;
        }
    }

    /// What the offsets of preserved registers are counted from.
    fn preserved_base(&mut self) -> u32 {
        if !self.is_large {
            return SP;
        }
        self.far(FAR, LARGE_BYTES);
        FAR
    }

    /// An address in a large frame, which must not stay in the register.
    fn far(&mut self, reg: u32, offset: i32) {
        self.asm.li(reg, offset);
        self.asm.word(r_type(0x33, 0, 0, reg, reg, SP));
    }

    /// The offset of some slot for values.
    fn any_slot(&mut self) -> i32 {
        let more = if self.is_large { MORE_SLOTS } else { 0 };
        match self.random.below(SLOTS + more) {
            slot if slot < SLOTS => self.slot(slot),
            slot => self.slot(slot + 4),
        }
    }

    fn slot(&self, index: u64) -> i32 {
        (index * self.word_bytes()) as i32
    }

    fn store(&mut self, reg: u32, base: u32, offset: i32) {
        let word = s_type(0x23, self.native(), base, reg, offset);
        self.asm.word(word);
    }

    fn load(&mut self, reg: u32, base: u32, offset: i32) {
        let word = i_type(0x03, self.native(), reg, base, offset);
        self.asm.word(word);
    }

    fn function(&mut self, index: usize) {
        self.current = index;
        self.budget = 6 + self.random.below(20) as u32;
        self.in_loop = false;
        self.asm.bind(self.functions[index]);
        if index > 0 {
            self.forget(CALLEE);
        }
        let is_leaf = index + 1 == self.functions.len() && self.random.chance(1, 3);
        if is_leaf {
            // A leaf without a frame.
            for _ in 0..1 + self.random.below(5) {
                self.arithmetic();
            }
            self.asm.ret();
            return;
        }
        self.is_large = self.random.chance(1, 4);
        self.unrolled_left = 2;
        let frame = self.frame_bytes();
        // At the top, as compilers do it.
        let preserved: &[(u32, u64)] = if self.random.chance(1, 8) {
            &[(RA, SLOTS + 3)]
        } else {
            &[(RA, SLOTS + 3), (8, SLOTS + 2), (9, SLOTS + 1)]
        };
        let by_routine = !self.is_large && self.random.chance(self.idioms, 32);
        if by_routine {
            self.save_by_routine();
            for slot in 0..=SLOTS {
                let reg = self.source();
                self.store(reg, SP, self.slot(slot));
            }
            self.block(3);
            return self.restore_by_routine();
        }
        // What is preserved is in reach before the frame is complete.
        let is_early = self.is_large && self.random.chance(1, 2);
        self.move_stack(if is_early { LARGE_BYTES - frame } else { -frame });
        let base = if is_early { SP } else { self.preserved_base() };
        for &(reg, slot) in preserved {
            self.store(reg, base, self.slot(slot));
        }
        if is_early {
            self.move_stack(-LARGE_BYTES);
        }
        if self.is_large {
            self.far(FAR, OBJECT);
            for word in 0..OBJECT_WORDS {
                self.store(0, FAR, self.slot(word));
            }
            self.forget(FAR);
            for slot in 0..MORE_SLOTS {
                let reg = self.source();
                self.store(reg, SP, self.slot(SLOTS + 4 + slot));
            }
        }
        for slot in 0..=SLOTS {
            let reg = self.source();
            self.store(reg, SP, self.slot(slot));
        }
        self.block(3);
        let is_late = self.is_large && self.random.chance(1, 2);
        if is_late {
            self.move_stack(LARGE_BYTES);
        }
        let base = if is_late { SP } else { self.preserved_base() };
        for &(reg, slot) in preserved {
            self.load(reg, base, self.slot(slot));
        }
        if self.is_large {
            self.forget(FAR);
        }
        self.move_stack(if is_late { frame - LARGE_BYTES } else { frame });
        let later = self.functions.len() - index - 1;
        if later > 0 && self.random.chance(1, 5) {
            let to = self.functions[index + 1 + self.random.below(later as u64) as usize];
            match self.random.below(if self.idioms == 0 { 3 } else { 5 }) {
                0 => self.asm.jal(0, to, self.random.chance(1, 2)),
                1 => self.asm.call(0, CALLEE, to),
                2 => self.asm.call_unrelocated(0, CALLEE, to),
                3 => {
                    self.asm.la(CALLEE, To::Label(to));
                    self.asm.word(i_type(0x67, 0, 0, CALLEE, 0));
                }
                _ => {
                    let index = self.functions.iter().position(|function| *function == to).unwrap_or(0);
                    let at = self.pointers + index as u64 * self.word_bytes();
                    let high = self.asm.auipc(CALLEE, To::At(Part::RoData, at));
                    self.asm.pcrel_low(i_type(0x03, self.native(), CALLEE, CALLEE, 0), high);
                    self.asm.half(0x8002 | CALLEE << 7); // c.jr
                }
            }
        } else {
            self.asm.ret();
        }
    }

    fn block(&mut self, depth: u32) {
        for _ in 0..1 + self.random.below(5) {
            if self.budget == 0 {
                return;
            }
            self.budget -= 1;
            self.statement(depth);
        }
    }

    fn statement(&mut self, depth: u32) {
        if self.random.chance(self.idioms, 32) {
            return self.idiom();
        }
        match self.random.below(if self.is_large { 27 } else { 24 }) {
            0..=7 => self.arithmetic(),
            8 => {
                let (reg, value) = (self.reg(), self.random.value() as i32);
                self.asm.li(reg, value);
            }
            9 | 10 => {
                let (reg, slot) = (self.reg(), self.any_slot());
                if self.random.chance(1, 2) {
                    let reg = self.source();
                    self.store(reg, SP, slot);
                } else {
                    self.load(reg, SP, slot);
                }
            }
            11..=13 => self.global(),
            14 => self.indexed(),
            15 => self.atomic(),
            16 if depth > 0 => self.branch(depth),
            17 | 18 if depth > 0 => self.branch(depth),
            19 if depth > 0 && !self.in_loop => self.repeat(depth),
            20 | 21 => self.call(),
            22 if depth > 0 => self.switch(depth),
            24.. if self.unrolled_left > 0 => self.unrolled(),
            23 if self.traps && self.random.chance(1, 4) => self.asm.word(0xc000_1073),
            _ => self.constants(),
        }
    }

    fn condition(&mut self, to: usize) {
        let (a, b) = (self.source(), self.source());
        let funct3 = self.random.pick(&[0, 1, 4, 5, 6, 7]);
        let kept = self.random.chance(1, 2);
        if self.random.chance(1, 4) {
            let rx = self.reg();
            let value = self.random.value() as i32;
            self.asm.li(rx, value);
            if self.random.chance(1, 2) {
                return self.asm.branch(funct3, rx, a, to, kept);
            }
            return self.asm.branch(funct3, a, rx, to, kept);
        }
        self.asm.branch(funct3, a, b, to, kept);
    }

    fn branch(&mut self, depth: u32) {
        let (other, end) = (self.asm.label(), self.asm.label());
        self.condition(other);
        self.block(depth - 1);
        if self.random.chance(1, 2) {
            let kept = self.random.chance(1, 2);
            self.asm.jal(0, end, kept);
            self.asm.bind(other);
            self.block(depth - 1);
        } else {
            self.asm.bind(other);
        }
        self.asm.bind(end);
    }

    /// A loop with a counter on the stack.
    fn repeat(&mut self, depth: u32) {
        let rx = self.reg();
        let counter = self.slot(SLOTS);
        let rounds = 1 + self.random.below(4) as i32;
        self.asm.li(rx, rounds);
        self.store(rx, SP, counter);
        let start = self.asm.label_here();
        self.in_loop = true;
        self.block(depth - 1);
        self.in_loop = false;
        let rx = self.reg();
        self.load(rx, SP, counter);
        self.asm.word(i_type(0x13, 0, rx, rx, -1));
        self.store(rx, SP, counter);
        let kept = self.random.chance(1, 2);
        self.asm.branch(1, rx, 0, start, kept);
    }

    fn call(&mut self) {
        let later = self.functions.len() - self.current - 1;
        if later == 0 {
            return self.arithmetic();
        }
        let index = self.current + 1 + self.random.below(later as u64) as usize;
        let to = self.functions[index];
        let kept = self.random.chance(1, 2);
        match self.random.below(6) {
            0 | 1 => self.asm.call(RA, RA, to),
            2 => self.asm.jal(RA, to, kept),
            3 => self.asm.call_unrelocated(RA, RA, to),
            4 => {
                let rx = CALLEE;
                self.asm.la(rx, To::Label(to));
                self.asm.word(i_type(0x67, 0, RA, rx, 0));
            }
            _ => {
                let rx = CALLEE;
                let at = self.pointers + index as u64 * self.word_bytes();
                let high = self.asm.auipc(rx, To::At(Part::RoData, at));
                let load = i_type(0x03, self.native(), rx, rx, 0);
                self.asm.pcrel_low(load, high);
                self.asm.word(i_type(0x67, 0, RA, rx, 0));
            }
        }
    }
}
