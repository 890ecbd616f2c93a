// SPDX-License-Identifier: Apache-2.0
//! Loads, stores and atomic operations on globals, by both code models and with indices.

use super::{i_type, r_type, s_type, Generator, Part, To, CONSTANT_BYTES, DATA_BYTES};

impl Generator {
    /// A load or store of a global by one of the code models.
    pub(super) fn global(&mut self) {
        let part = self.random.pick(&[Part::Data, Part::Bss, Part::RoData]);
        let (load, store, size) = self.access();
        let end = if part == Part::RoData { CONSTANT_BYTES } else { DATA_BYTES };
        let at = self.random.below(end - size + 1);
        let to = To::At(part, at);
        let rx = self.reg();
        if part == Part::RoData || self.random.chance(1, 2) {
            let rd = if self.random.chance(1, 12) { 0 } else { self.reg() };
            match self.random.below(3) {
                0 => {
                    let high = self.asm.auipc(rx, to);
                    self.asm.pcrel_low(i_type(0x03, load, rd, rx, 0), high);
                }
                1 => {
                    self.asm.lui(rx, to);
                    self.asm.absolute_low(i_type(0x03, load, rd, rx, 0), to);
                }
                _ => {
                    self.asm.la(rx, To::At(part, 0));
                    self.asm.word(i_type(0x03, load, rd, rx, at as i32));
                }
            }
        } else {
            let mut rs = self.source();
            while rs == rx {
                rs = self.source();
            }
            match self.random.below(3) {
                0 => {
                    let high = self.asm.auipc(rx, to);
                    self.asm.pcrel_low(s_type(0x23, store, rx, rs, 0), high);
                }
                1 => {
                    self.asm.lui(rx, to);
                    self.asm.absolute_low(s_type(0x23, store, rx, rs, 0), to);
                }
                _ => {
                    self.asm.la(rx, To::At(part, 0));
                    self.asm.word(s_type(0x23, store, rx, rs, at as i32));
                }
            }
        }
        self.forget(rx);
    }

    /// No address stays in a register.
    pub(super) fn forget(&mut self, reg: u32) {
        let value = self.random.value() as i32;
        self.asm.li(reg, value);
    }

    /// Function codes of a load and a store, and their size.
    pub(super) fn access(&mut self) -> (u32, u32, u64) {
        let (load, store, size) =
            self.random.pick(&[(0, 0, 1), (4, 0, 1), (1, 1, 2), (5, 1, 2), (2, 2, 4), (6, 2, 4), (3, 3, 8)]);
        match self.asm.is_64 {
            true => (load, store, size),
            false => (load.min(5) & if load == 3 || load == 6 { 2 } else { 7 }, store.min(2), size.min(4)),
        }
    }

    /// `table[index & 7]`.
    pub(super) fn indexed(&mut self) {
        let part = self.random.pick(&[Part::Data, Part::Bss, Part::RoData]);
        let (rx, ri, rd) = (self.reg(), self.reg(), self.reg());
        if rx == ri {
            return;
        }
        self.asm.word(i_type(0x13, 7, ri, ri, 7));
        let scale = self.random.below(3) as i32;
        if scale > 0 {
            self.asm.word(i_type(0x13, 1, ri, ri, scale));
        }
        if self.random.chance(1, 3) {
            // The low part is added after the index.
            self.asm.lui(rx, To::At(part, 8));
            self.asm.word(r_type(0x33, 0, 0, rx, rx, ri));
            self.asm.absolute_low(i_type(0x03, 0, rd, rx, 0), To::At(part, 8));
            // The high part alone is no address of anything.
            if rx != rd {
                self.forget(rx);
            }
            return;
        } else {
            self.asm.la(rx, To::At(part, 0));
            self.asm.word(r_type(0x33, 0, 0, rx, ri, rx));
            self.asm.word(i_type(0x03, 4, rd, rx, 4));
        }
        if part != Part::RoData && self.random.chance(1, 2) && rd != rx {
            let offset = self.random.pick(&[0, 4, 8]);
            self.asm.word(s_type(0x23, 0, rx, rd, offset));
        }
        if rx != rd {
            self.forget(rx);
        }
    }

    pub(super) fn atomic(&mut self) {
        let part = self.random.pick(&[Part::Data, Part::Bss]);
        let width = if self.asm.is_64 { self.random.pick(&[2, 3]) } else { 2 };
        let (rx, rs) = (self.reg(), self.source());
        let rd = if self.random.chance(1, 6) { 0 } else { self.reg() };
        if rs == rx {
            return;
        }
        self.asm.la(rx, To::At(part, 8 * self.random.below(4)));
        let funct5 = self.random.pick(&[0, 1, 2, 3, 4, 8, 12, 16, 20, 24, 28]);
        let rs = if funct5 == 2 { 0 } else { rs };
        // Now and then the result goes to the register of the address or of the operand.
        let rd = match self.random.below(6) {
            0 => rx,
            1 => rs,
            _ => rd,
        };
        self.asm.word(r_type(0x2f, width, funct5 << 2 | self.random.below(4) as u32, rd, rx, rs));
        if rd != rx {
            self.forget(rx);
        }
    }
}
