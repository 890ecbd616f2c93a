// SPDX-License-Identifier: Apache-2.0
//! Jumps by tables.

use super::{i_type, r_type, Generator, Part, To};

impl Generator {
    /// A jump table: of distances from itself or from a label, or of addresses.
    pub(super) fn switch(&mut self, depth: u32) {
        let (rx, ri) = (self.reg(), self.reg());
        if rx == ri {
            return;
        }
        if self.random.chance(1, 3) {
            return self.switch_by_labels(rx, ri);
        }
        let ways: Vec<usize> = (0..4).map(|_| self.asm.label()).collect();
        let end = self.asm.label();
        let is_distance = self.random.chance(1, 2);
        let data = &mut self.asm.data[Part::RoData as usize];
        data.resize(data.len().next_multiple_of(8), 0);
        let table = data.len() as u64;
        for way in &ways {
            match is_distance {
                true => self.asm.table_entry(table, To::Label(*way)),
                false => self.asm.pointer(Part::RoData, To::Label(*way)),
            }
        }
        self.asm.word(i_type(0x13, 7, ri, ri, 3));
        let scale = if is_distance || !self.asm.is_64 { 2 } else { 3 };
        self.asm.word(i_type(0x13, 1, ri, ri, scale));
        self.asm.la(rx, To::At(Part::RoData, table));
        self.asm.word(r_type(0x33, 0, 0, ri, ri, rx));
        let load = if is_distance { 2 } else { self.native() };
        self.asm.word(i_type(0x03, load, ri, ri, 0));
        if is_distance {
            self.asm.word(r_type(0x33, 0, 0, ri, ri, rx));
        }
        self.forget(rx);
        self.asm.word(i_type(0x67, 0, 0, ri, 0));
        for way in ways {
            self.asm.bind(way);
            self.forget(ri);
            self.block(depth.saturating_sub(2));
            self.asm.jal(0, end, true);
        }
        self.asm.bind(end);
    }

    /// Jumps by the distances of labels from one of them, some of which the assembler wrote down as numbers.
    fn switch_by_labels(&mut self, rx: u32, ri: u32) {
        let ways: Vec<usize> = (0..4).map(|_| self.asm.label()).collect();
        let end = self.asm.label();
        let (load, bytes): (u32, usize) = match self.asm.is_64 {
            true => self.random.pick(&[(1, 2), (5, 2), (2, 4), (6, 4), (3, 8)]),
            false => self.random.pick(&[(1, 2), (5, 2), (2, 4)]),
        };
        let is_backwards = self.random.chance(1, 2);
        // No distance is negative, which not all loads would leave so.
        let from = if is_backwards { ways[3] } else { ways[0] };
        let data = &mut self.asm.data[Part::RoData as usize];
        data.resize(data.len().next_multiple_of(8), 0);
        let table = data.len();
        data.resize(table + 4 * bytes, 0);
        self.asm.word(i_type(0x13, 7, ri, ri, 3));
        self.asm.word(i_type(0x13, 1, ri, ri, bytes.ilog2() as i32));
        if self.random.chance(1, 2) {
            self.asm.la(rx, To::At(Part::RoData, table as u64));
            self.asm.word(r_type(0x33, 0, 0, ri, ri, rx));
            self.asm.word(i_type(0x03, load, ri, ri, 0));
        } else {
            self.asm.lui(rx, To::At(Part::RoData, table as u64));
            self.asm.word(r_type(0x33, 0, 0, ri, ri, rx));
            self.asm.absolute_low(i_type(0x03, load, ri, ri, 0), To::At(Part::RoData, table as u64));
        }
        self.asm.la(rx, To::Label(from));
        self.asm.word(r_type(0x33, 0, if is_backwards { 0x20 } else { 0 }, ri, rx, ri));
        self.forget(rx);
        self.asm.word(i_type(0x67, 0, 0, ri, 0));
        for way in &ways {
            self.asm.bind(*way);
            self.forget(ri);
            self.arithmetic();
            self.asm.jal(0, end, true);
        }
        self.asm.bind(end);
        for (index, distance) in self.asm.folded(&ways, from).into_iter().enumerate() {
            let at = table + index * bytes;
            if bytes == 4 && self.random.chance(1, 2) {
                let (to, from) = if is_backwards { (from, ways[index]) } else { (ways[index], from) };
                self.asm.difference_at(at, To::Label(to), To::Label(from));
                continue;
            }
            let distance = u64::from(if is_backwards { distance.wrapping_neg() } else { distance });
            self.asm.data[Part::RoData as usize][at..][..bytes]
                .copy_from_slice(&distance.to_le_bytes()[..bytes]);
        }
    }
}
