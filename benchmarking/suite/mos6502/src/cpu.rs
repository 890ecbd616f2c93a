// SPDX-License-Identifier: Apache-2.0
//! The CPU: registers, addressing modes, instructions.
//!
//! All documented instructions of the NMOS part. Cycles are not counted, interrupts do not occur; `BRK` and what is undocumented stop it.

const CARRY: u8 = 0x01;
const ZERO: u8 = 0x02;
const NO_INTERRUPTS: u8 = 0x04;
const DECIMAL: u8 = 0x08;
const BREAK: u8 = 0x10;
const UNUSED: u8 = 0x20;
const OVERFLOW: u8 = 0x40;
const NEGATIVE: u8 = 0x80;

pub(crate) struct Cpu<'a> {
    memory: &'a mut [u8; 1 << 16],
    pc: u16,
    a: u8,
    x: u8,
    y: u8,
    s: u8,
    flags: u8,
}

impl<'a> Cpu<'a> {
    pub(crate) fn new(memory: &'a mut [u8; 1 << 16], pc: u16) -> Self {
        Self { memory, pc, a: 0, x: 0, y: 0, s: 0xff, flags: UNUSED }
    }

    fn read(&self, address: u16) -> u8 {
        self.memory[usize::from(address)]
    }

    fn write(&mut self, address: u16, value: u8) {
        self.memory[usize::from(address)] = value;
    }

    fn fetch(&mut self) -> u8 {
        let byte = self.read(self.pc);
        self.pc = self.pc.wrapping_add(1);
        byte
    }

    fn fetch_word(&mut self) -> u16 {
        let low = self.fetch();
        u16::from_le_bytes([low, self.fetch()])
    }

    /// A word within the zero page, which wraps around.
    fn zero_page_word(&self, at: u8) -> u16 {
        u16::from_le_bytes([self.read(at.into()), self.read(at.wrapping_add(1).into())])
    }

    fn push(&mut self, value: u8) {
        self.write(0x100 | u16::from(self.s), value);
        self.s = self.s.wrapping_sub(1);
    }

    fn pull(&mut self) -> u8 {
        self.s = self.s.wrapping_add(1);
        self.read(0x100 | u16::from(self.s))
    }

    fn set(&mut self, flag: u8, on: bool) {
        self.flags = if on { self.flags | flag } else { self.flags & !flag };
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Sets the flags that tell about a value, and gives it back.
    fn test(&mut self, value: u8) -> u8 {
        self.set(ZERO, value == 0);
        self.set(NEGATIVE, value & 0x80 != 0);
        value
    }

    // Addressing modes: where the operand is.

    fn immediate(&mut self) -> u16 {
        let at = self.pc;
        self.pc = at.wrapping_add(1);
        at
    }

    fn zero_page(&mut self) -> u16 {
        self.fetch().into()
    }

    fn zero_page_by(&mut self, index: u8) -> u16 {
        self.fetch().wrapping_add(index).into()
    }

    fn absolute_by(&mut self, index: u8) -> u16 {
        self.fetch_word().wrapping_add(index.into())
    }

    fn indirect_x(&mut self) -> u16 {
        let at = self.fetch().wrapping_add(self.x);
        self.zero_page_word(at)
    }

    fn indirect_y(&mut self) -> u16 {
        let at = self.fetch();
        self.zero_page_word(at).wrapping_add(self.y.into())
    }

    /// The operand of the instructions on the accumulator, whose mode is in bits 2 to 4.
    fn operand(&mut self, opcode: u8) -> u16 {
        match opcode >> 2 & 7 {
            0 => self.indirect_x(),
            1 => self.zero_page(),
            2 => self.immediate(),
            3 => self.fetch_word(),
            4 => self.indirect_y(),
            5 => self.zero_page_by(self.x),
            6 => self.absolute_by(self.y),
            _ => self.absolute_by(self.x),
        }
    }

    // What several instructions have in common.

    fn load(&mut self, at: u16) -> u8 {
        let value = self.read(at);
        self.test(value)
    }

    fn compare(&mut self, register: u8, at: u16) {
        let value = self.read(at);
        self.set(CARRY, register >= value);
        self.test(register.wrapping_sub(value));
    }

    fn add(&mut self, value: u8) {
        let carry = u16::from(self.has(CARRY));
        let sum = u16::from(self.a) + u16::from(value) + carry;
        self.set(ZERO, sum & 0xff == 0);
        if !self.has(DECIMAL) {
            self.set(OVERFLOW, !(self.a ^ value) & (self.a ^ sum as u8) & 0x80 != 0);
            self.set(CARRY, sum > 0xff);
            self.a = self.test(sum as u8);
            return;
        }
        let mut low = u16::from(self.a & 15) + u16::from(value & 15) + carry;
        if low > 9 {
            low = (low + 6 & 15) + 16;
        }
        let mut high = u16::from(self.a & 0xf0) + u16::from(value & 0xf0) + low;
        self.set(NEGATIVE, high & 0x80 != 0);
        self.set(OVERFLOW, !(self.a ^ value) & (self.a ^ high as u8) & 0x80 != 0);
        if high > 0x9f {
            high += 0x60;
        }
        self.set(CARRY, high > 0xff);
        self.a = high as u8;
    }

    fn subtract(&mut self, value: u8) {
        let (a, borrow, decimal) = (self.a, i16::from(!self.has(CARRY)), self.has(DECIMAL));
        // The flags are those of a binary subtraction.
        self.set(DECIMAL, false);
        self.add(!value);
        self.set(DECIMAL, decimal);
        if !decimal {
            return;
        }
        let mut low = i16::from(a & 15) - i16::from(value & 15) - borrow;
        if low < 0 {
            low = (low - 6 & 15) - 16;
        }
        let mut high = i16::from(a & 0xf0) - i16::from(value & 0xf0) + low;
        if high < 0 {
            high -= 0x60;
        }
        self.a = high as u8;
    }

    /// The shifts and rotations, by bits 5 and 6 of their opcodes.
    fn shift(&mut self, opcode: u8, value: u8) -> u8 {
        let carry = u8::from(self.has(CARRY));
        let (out, result) = match opcode >> 5 & 3 {
            0 => (value & 0x80 != 0, value << 1),
            1 => (value & 0x80 != 0, value << 1 | carry),
            2 => (value & 1 != 0, value >> 1),
            _ => (value & 1 != 0, value >> 1 | carry << 7),
        };
        self.set(CARRY, out);
        self.test(result)
    }

    fn shift_memory(&mut self, opcode: u8, at: u16) {
        let value = self.read(at);
        let shifted = self.shift(opcode, value);
        self.write(at, shifted);
    }

    fn step_memory(&mut self, at: u16, by: u8) {
        let value = self.read(at).wrapping_add(by);
        self.write(at, value);
        self.test(value);
    }

    fn test_bits(&mut self, at: u16) {
        let value = self.read(at);
        self.set(ZERO, self.a & value == 0);
        self.set(NEGATIVE, value & 0x80 != 0);
        self.set(OVERFLOW, value & 0x40 != 0);
    }

    /// Executes one instruction. False where the program ends.
    pub(crate) fn step(&mut self) -> bool {
        let opcode = self.fetch();
        match opcode {
            // Accumulator and memory.
            0x01 | 0x05 | 0x09 | 0x0d | 0x11 | 0x15 | 0x19 | 0x1d => {
                let at = self.operand(opcode);
                self.a = self.test(self.a | self.read(at));
            }
            0x21 | 0x25 | 0x29 | 0x2d | 0x31 | 0x35 | 0x39 | 0x3d => {
                let at = self.operand(opcode);
                self.a = self.test(self.a & self.read(at));
            }
            0x41 | 0x45 | 0x49 | 0x4d | 0x51 | 0x55 | 0x59 | 0x5d => {
                let at = self.operand(opcode);
                self.a = self.test(self.a ^ self.read(at));
            }
            0x61 | 0x65 | 0x69 | 0x6d | 0x71 | 0x75 | 0x79 | 0x7d => {
                let at = self.operand(opcode);
                self.add(self.read(at));
            }
            0x81 | 0x85 | 0x8d | 0x91 | 0x95 | 0x99 | 0x9d => {
                let at = self.operand(opcode);
                self.write(at, self.a);
            }
            0xa1 | 0xa5 | 0xa9 | 0xad | 0xb1 | 0xb5 | 0xb9 | 0xbd => {
                let at = self.operand(opcode);
                self.a = self.load(at);
            }
            0xc1 | 0xc5 | 0xc9 | 0xcd | 0xd1 | 0xd5 | 0xd9 | 0xdd => {
                let at = self.operand(opcode);
                self.compare(self.a, at);
            }
            0xe1 | 0xe5 | 0xe9 | 0xed | 0xf1 | 0xf5 | 0xf9 | 0xfd => {
                let at = self.operand(opcode);
                self.subtract(self.read(at));
            }

            // Shifts.
            0x0a | 0x2a | 0x4a | 0x6a => self.a = self.shift(opcode, self.a),
            0x06 | 0x26 | 0x46 | 0x66 => {
                let at = self.zero_page();
                self.shift_memory(opcode, at);
            }
            0x0e | 0x2e | 0x4e | 0x6e => {
                let at = self.fetch_word();
                self.shift_memory(opcode, at);
            }
            0x16 | 0x36 | 0x56 | 0x76 => {
                let at = self.zero_page_by(self.x);
                self.shift_memory(opcode, at);
            }
            0x1e | 0x3e | 0x5e | 0x7e => {
                let at = self.absolute_by(self.x);
                self.shift_memory(opcode, at);
            }

            // Index registers and memory.
            0xa2 | 0xa6 | 0xae | 0xb6 | 0xbe => {
                let at = match opcode {
                    0xa2 => self.immediate(),
                    0xa6 => self.zero_page(),
                    0xae => self.fetch_word(),
                    0xb6 => self.zero_page_by(self.y),
                    _ => self.absolute_by(self.y),
                };
                self.x = self.load(at);
            }
            0xa0 | 0xa4 | 0xac | 0xb4 | 0xbc => {
                let at = match opcode {
                    0xa0 => self.immediate(),
                    0xa4 => self.zero_page(),
                    0xac => self.fetch_word(),
                    0xb4 => self.zero_page_by(self.x),
                    _ => self.absolute_by(self.x),
                };
                self.y = self.load(at);
            }
            0x86 | 0x8e | 0x96 => {
                let at = match opcode {
                    0x86 => self.zero_page(),
                    0x8e => self.fetch_word(),
                    _ => self.zero_page_by(self.y),
                };
                self.write(at, self.x);
            }
            0x84 | 0x8c | 0x94 => {
                let at = match opcode {
                    0x84 => self.zero_page(),
                    0x8c => self.fetch_word(),
                    _ => self.zero_page_by(self.x),
                };
                self.write(at, self.y);
            }
            0xe0 | 0xe4 | 0xec | 0xc0 | 0xc4 | 0xcc => {
                let at = match opcode & 15 {
                    0 => self.immediate(),
                    4 => self.zero_page(),
                    _ => self.fetch_word(),
                };
                let register = if opcode >= 0xe0 { self.x } else { self.y };
                self.compare(register, at);
            }
            0xe6 | 0xee | 0xf6 | 0xfe | 0xc6 | 0xce | 0xd6 | 0xde => {
                let at = match opcode & 0x1f {
                    0x06 => self.zero_page(),
                    0x0e => self.fetch_word(),
                    0x16 => self.zero_page_by(self.x),
                    _ => self.absolute_by(self.x),
                };
                self.step_memory(at, if opcode >= 0xe0 { 1 } else { 0xff });
            }
            0x24 => {
                let at = self.zero_page();
                self.test_bits(at);
            }
            0x2c => {
                let at = self.fetch_word();
                self.test_bits(at);
            }

            // Registers.
            0xe8 => self.x = self.test(self.x.wrapping_add(1)),
            0xca => self.x = self.test(self.x.wrapping_sub(1)),
            0xc8 => self.y = self.test(self.y.wrapping_add(1)),
            0x88 => self.y = self.test(self.y.wrapping_sub(1)),
            0xaa => self.x = self.test(self.a),
            0xa8 => self.y = self.test(self.a),
            0x8a => self.a = self.test(self.x),
            0x98 => self.a = self.test(self.y),
            0xba => self.x = self.test(self.s),
            0x9a => self.s = self.x,
            0x48 => self.push(self.a),
            0x68 => {
                let value = self.pull();
                self.a = self.test(value);
            }
            0x08 => self.push(self.flags | BREAK | UNUSED),
            0x28 => self.flags = self.pull() & !BREAK | UNUSED,

            // Flags.
            0x18 => self.set(CARRY, false),
            0x38 => self.set(CARRY, true),
            0x58 => self.set(NO_INTERRUPTS, false),
            0x78 => self.set(NO_INTERRUPTS, true),
            0xb8 => self.set(OVERFLOW, false),
            0xd8 => self.set(DECIMAL, false),
            0xf8 => self.set(DECIMAL, true),
            0xea => (),

            // Branches: bits 6 and 7 name the flag, bit 5 the value that it must have.
            0x10 | 0x30 | 0x50 | 0x70 | 0x90 | 0xb0 | 0xd0 | 0xf0 => {
                let distance = self.fetch() as i8;
                let flag = [NEGATIVE, OVERFLOW, CARRY, ZERO][usize::from(opcode >> 6)];
                if self.has(flag) == (opcode & 0x20 != 0) {
                    self.pc = self.pc.wrapping_add_signed(distance.into());
                }
            }

            // Jumps.
            0x4c => self.pc = self.fetch_word(),
            0x6c => {
                // The upper half of the address comes from the same page, a famous mistake of this part.
                let at = self.fetch_word();
                let above = at & 0xff00 | u16::from((at as u8).wrapping_add(1));
                self.pc = u16::from_le_bytes([self.read(at), self.read(above)]);
            }
            0x20 => {
                let to = self.fetch_word();
                let [low, high] = self.pc.wrapping_sub(1).to_le_bytes();
                self.push(high);
                self.push(low);
                self.pc = to;
            }
            0x60 => {
                let low = self.pull();
                self.pc = u16::from_le_bytes([low, self.pull()]).wrapping_add(1);
            }
            0x40 => {
                self.flags = self.pull() & !BREAK | UNUSED;
                let low = self.pull();
                self.pc = u16::from_le_bytes([low, self.pull()]);
            }
            _ => return false,
        }
        true
    }
}
