// SPDX-License-Identifier: Apache-2.0
//! What compilers write in few instructions: routines that are called by `t0`, tail calls by pointers, several accesses by one upper
//! part, objects whose address leaves the function, stack of a size that is known late, compressed jumps.

use super::{i_type, r_type, s_type, Generator, Part, To, CALLEE, RA, SLOTS, SP};

/// The register that routines of a compiler are called by.
const T0: u32 = 5;
/// What routines calculate with.
const OTHERS: [u32; 8] = [6, 8, 9, 10, 11, 12, 13, 14];
/// Holds an address that a routine is given.
const POINTER: u32 = 7;
/// Frame pointer.
const S0: u32 = 8;
const A0: u32 = 10;

/// Routines that several functions share, written behind them if something calls them.
#[derive(Default)]
pub(super) struct Routines {
    /// Pieces that a compiler found in several places.
    outlined: Vec<usize>,
    /// Saves registers, and loads them and returns.
    frames: Option<(usize, usize)>,
    /// Changes what a pointer leads to: called by `t0`, and as a function.
    bumps: Option<(usize, usize)>,
}

impl Generator {
    /// One of them.
    pub(super) fn idiom(&mut self) {
        match self.random.below(7) {
            0 | 1 => self.outlined(),
            2 => self.shared_part(),
            3 => self.bytes_of_stack(),
            4 => self.object(),
            5 => self.late_stack(),
            _ => self.short_jump(),
        }
    }

    /// A call by `t0`, in one of the ways.
    fn call_by_t0(&mut self, to: usize) {
        let kept = self.random.chance(1, 2);
        match self.random.below(3) {
            0 => self.asm.jal(T0, to, kept),
            1 => self.asm.call(T0, T0, to),
            _ => self.asm.call_unrelocated(T0, T0, to),
        }
    }

    fn outlined(&mut self) {
        let routine = match self.random.below(3) as usize {
            at if at < self.routines.outlined.len() => self.routines.outlined[at],
            _ => {
                let routine = self.asm.label();
                self.routines.outlined.push(routine);
                routine
            }
        };
        self.call_by_t0(routine);
        self.forget(T0);
    }

    /// Moves the stack pointer and saves `ra` and what functions preserve, in the upper four words of a small frame.
    pub(super) fn save_by_routine(&mut self) {
        let (save, _) = self.frames();
        self.call_by_t0(save);
        self.forget(T0);
        self.move_stack(4 * self.word_bytes() as i32 - self.frame_bytes());
    }

    /// The opposite, and the return.
    pub(super) fn restore_by_routine(&mut self) {
        let (_, restore) = self.frames();
        self.move_stack(self.frame_bytes() - 4 * self.word_bytes() as i32);
        let kept = self.random.chance(1, 2);
        match self.random.below(2) {
            0 => self.asm.jal(0, restore, kept),
            _ => self.asm.call(0, CALLEE, restore),
        }
    }

    fn frames(&mut self) -> (usize, usize) {
        let asm = &mut self.asm;
        *self.routines.frames.get_or_insert_with(|| (asm.label(), asm.label()))
    }

    /// Accesses that share what loads the upper part of an address.
    fn shared_part(&mut self) {
        let part = self.random.pick(&[Part::Data, Part::Bss]);
        let at = 8 * self.random.below(4);
        let (rx, ra, rb) = (self.reg(), self.reg(), self.reg());
        if rx == ra || rx == rb {
            return;
        }
        let is_absolute = self.random.chance(1, 2);
        let to = To::At(part, at);
        let high = match is_absolute {
            true => {
                self.asm.lui(rx, to);
                None
            }
            false => Some(self.asm.auipc(rx, to)),
        };
        let skipped = self.asm.label();
        for (index, word) in [
            i_type(0x03, 2, ra, rx, 0),
            s_type(0x23, 2, rx, rb, 0),
            i_type(0x03, 5, rb, rx, 0),
            i_type(0x03, 2, ra, rx, 0),
        ]
        .into_iter()
        .enumerate()
        {
            if index == 1 && self.random.chance(1, 3) {
                self.condition_of(rb, skipped);
            }
            match high {
                Some(high) => self.asm.pcrel_low(word, high),
                // What is aligned has the same upper part as its end.
                None => self.asm.absolute_low(word, To::At(part, at + self.random.pick(&[0, 4]))),
            }
        }
        self.asm.bind(skipped);
        self.forget(rx);
    }

    fn condition_of(&mut self, register: u32, to: usize) {
        let funct3 = self.random.pick(&[0, 1, 4, 5]);
        self.asm.branch(funct3, register, 0, to, self.random.chance(1, 2));
    }

    /// Parts of words on the stack, and what reaches over their ends.
    fn bytes_of_stack(&mut self) {
        for _ in 0..1 + self.random.below(3) {
            let (load, store, size) = self.access();
            let offset = self.random.below(SLOTS * self.word_bytes() - size + 1) as i32;
            let reg = self.source();
            match self.random.chance(1, 2) {
                true => self.asm.word(s_type(0x23, store, SP, reg, offset)),
                false => self.asm.word(i_type(0x03, load, reg, SP, offset)),
            }
        }
    }

    /// The address of the uppermost word of values goes to somebody else.
    fn object(&mut self) {
        let at = self.slot(SLOTS - 1) + self.random.below(self.word_bytes()) as i32;
        let asm = &mut self.asm;
        let (routine, function) = *self.routines.bumps.get_or_insert_with(|| (asm.label(), asm.label()));
        if self.random.chance(1, 2) {
            self.asm.word(i_type(0x13, 0, POINTER, SP, at));
            self.call_by_t0(routine);
            self.forget(T0);
            self.forget(POINTER);
        } else {
            self.asm.word(i_type(0x13, 0, A0, SP, at));
            self.asm.call(RA, RA, function);
        }
    }

    /// `alloca`: the stack pointer moves by a number that nobody knows.
    fn late_stack(&mut self) {
        let (rx, ry) = (self.random.pick(&[11, 12, 13]), self.random.pick(&[14, 15]));
        self.asm.word(i_type(0x13, 0, S0, SP, 0)); // mv s0, sp
        self.asm.word(i_type(0x13, 7, rx, rx, 0x70)); // andi
        self.asm.word(r_type(0x33, 0, 0x20, SP, SP, rx)); // sub sp, sp, rx
        self.move_stack(-16);
        self.store(ry, SP, 0);
        if self.random.chance(1, 2) {
            let slot = self.any_slot();
            self.load(ry, S0, slot);
        }
        self.load(rx, SP, 0);
        self.asm.word(i_type(0x13, 0, SP, S0, 0)); // mv sp, s0
        self.forget(S0);
    }

    /// A compressed jump or branch over one instruction.
    fn short_jump(&mut self) {
        let end = self.asm.label();
        let register = self.random.below(8) as u32;
        // Six bytes on: this instruction and the next.
        let (half, kind) = match self.random.below(3) {
            0 => (0b101 << 13 | 0b01 | 3 << 3, super::R_RVC_JUMP),
            1 => (0b110 << 13 | 0b01 | register << 7 | 3 << 3, super::R_RVC_BRANCH),
            _ => (0b111 << 13 | 0b01 | register << 7 | 3 << 3, super::R_RVC_BRANCH),
        };
        if self.random.chance(1, 2) {
            self.asm.text_relocation(kind, To::Label(end));
        }
        self.asm.half(half);
        let (rd, rs) = (self.reg(), self.source());
        let imm = self.random.below(4096) as i32 - 2048;
        self.asm.word(i_type(0x13, 0, rd, rs, imm));
        self.asm.bind(end);
    }

    /// Writes those that something calls.
    pub(super) fn write_routines(&mut self) {
        let Routines { outlined, frames, bumps } = std::mem::take(&mut self.routines);
        for routine in outlined {
            self.asm.bind(routine);
            for _ in 0..1 + self.random.below(4) {
                let [rd, rs1, rs2] = [(); 3].map(|()| self.random.pick(&OTHERS));
                let (funct7, funct3) = self.random.pick(&[(0, 0), (0x20, 0), (0, 4), (1, 0), (0, 7)]);
                self.asm.word(r_type(0x33, funct3, funct7, rd, rs1, rs2));
            }
            self.asm.word(i_type(0x67, 0, 0, T0, 0));
        }
        let words = 4 * self.word_bytes() as i32;
        let saved = [(RA, 3), (8, 2), (9, 1)];
        if let Some((save, restore)) = frames {
            self.asm.bind(save);
            self.move_stack(-words);
            for (register, slot) in saved {
                self.store(register, SP, self.slot(slot));
            }
            self.asm.word(i_type(0x67, 0, 0, T0, 0));
            self.asm.bind(restore);
            self.forget(CALLEE);
            for (register, slot) in saved {
                self.load(register, SP, self.slot(slot));
            }
            self.move_stack(words);
            self.asm.ret();
        }
        if let Some((routine, function)) = bumps {
            for (label, pointer, back) in [(routine, POINTER, T0), (function, A0, RA)] {
                self.asm.bind(label);
                self.asm.word(i_type(0x03, 4, 11, pointer, 0));
                self.asm.word(i_type(0x13, 0, 11, 11, 29));
                self.asm.word(s_type(0x23, 0, pointer, 11, 0));
                if pointer == A0 {
                    self.asm.word(i_type(0x13, 0, A0, 11, 0));
                }
                self.asm.word(i_type(0x67, 0, 0, back, 0));
            }
        }
    }
}
