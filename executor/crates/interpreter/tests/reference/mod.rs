// SPDX-License-Identifier: Apache-2.0
//! A second interpreter, written from the instruction set's text to be obviously right: it decodes each instruction when
//! it executes it, computes with 128-bit numbers and looks nothing up in advance. Static memory only.
#![allow(dead_code)]

use revive_vm_primitives::{
    gas::block_cost, Code, Exit, Footprint, Format, GasModel, Instruction, MemoryMap, Reg, RETURN_ADDRESS,
};

/// The limit that instances are to be made with.
pub(crate) const MEMORY_BYTES_MAX: u32 = 1 << 20;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Region {
    pub(crate) start: u32,
    pub(crate) bytes: Vec<u8>,
    pub(crate) writable: bool,
}

#[derive(Clone)]
pub(crate) struct Reference<'c> {
    pub(crate) code: Code<'c>,
    pub(crate) width: u32,
    /// Below 2^width.
    pub(crate) regs: [u64; 13],
    pub(crate) gas: i64,
    /// The gas model; `None` without metering.
    pub(crate) gas_model: Option<GasModel>,
    pub(crate) pc: Option<u32>,
    pub(crate) next: Option<u32>,
    pub(crate) resume: Resume,
    pub(crate) map: MemoryMap,
    /// Read-only, read-write, stack, aux.
    pub(crate) regions: [Region; 4],
    pub(crate) heap: u64,
    /// Offsets of all executed instructions.
    pub(crate) trace: Vec<u32>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Resume {
    Fresh,
    Paid,
    Unpaid,
}

enum Flow {
    Next,
    Jump(u32),
    Stop(Exit),
    Trap,
    OutOfGas,
}

/// `value` as a signed number of `bits` bits.
fn signed(value: i128, bits: u32) -> i128 {
    let value = value & ((1 << bits) - 1);
    if value >> (bits - 1) == 1 {
        value - (1 << bits)
    } else {
        value
    }
}

fn unsigned(value: i128, bits: u32) -> i128 {
    value & ((1 << bits) - 1)
}

/// The operation `name` on operands of `bits` bits; the result is sign-extended from there where the text says `w`.
pub(crate) fn compute(name: &str, bits: u32, width: u32, a: i128, b: i128) -> u64 {
    let (ua, ub, sa, sb) = (unsigned(a, bits), unsigned(b, bits), signed(a, bits), signed(b, bits));
    let amount = (ub as u32) % bits;
    let ones = (1i128 << bits) - 1;
    let result = match name {
        "add" => a + b,
        "sub" | "negate_and_add" => a - b,
        "mul" => ((ua as u128).wrapping_mul(ub as u128) & ones as u128) as i128,
        "div_unsigned" => {
            if ub == 0 {
                ones
            } else {
                ua / ub
            }
        }
        "div_signed" => {
            if sb == 0 {
                -1
            } else {
                sa / sb
            }
        }
        "rem_unsigned" => {
            if ub == 0 {
                ua
            } else {
                ua % ub
            }
        }
        "rem_signed" => {
            if sb == 0 {
                sa
            } else {
                sa % sb
            }
        }
        "shift_logical_left" => ((ua as u128) << amount & ones as u128) as i128,
        "shift_logical_right" => ua >> amount,
        "shift_arithmetic_right" => sa >> amount,
        "rotate_left" => ((ua as u128) << amount | (ua as u128) >> (bits - amount)) as i128,
        "rotate_right" => ((ua as u128) >> amount | (ua as u128) << (bits - amount)) as i128,
        "and" => ua & ub,
        "xor" => ua ^ ub,
        "or" => ua | ub,
        "and_inverted" => ua & (ones - ub),
        "or_inverted" => ua | (ones - ub),
        "xnor" => ones - (ua ^ ub),
        "maximum" => sa.max(sb),
        "maximum_unsigned" => ua.max(ub),
        "minimum" => sa.min(sb),
        "minimum_unsigned" => ua.min(ub),
        "set_less_than_unsigned" => i128::from(ua < ub),
        "set_less_than_signed" => i128::from(sa < sb),
        "set_greater_than_unsigned" => i128::from(ua > ub),
        "set_greater_than_signed" => i128::from(sa > sb),
        "mul_upper_signed_signed" => (sa * sb) >> bits,
        "mul_upper_unsigned_unsigned" => ((ua as u128 * ub as u128) >> bits) as i128,
        "mul_upper_signed_unsigned" => (sa * ub) >> bits,
        "count_set_bits" => (0..bits).filter(|bit| ua >> bit & 1 == 1).count() as i128,
        "count_leading_zero_bits" => (0..bits).rev().take_while(|bit| ua >> bit & 1 == 0).count() as i128,
        "count_trailing_zero_bits" => (0..bits).take_while(|bit| ua >> bit & 1 == 0).count() as i128,
        "sign_extend_8" => signed(a, 8),
        "sign_extend_16" => signed(a, 16),
        "zero_extend_16" => unsigned(a, 16),
        "reverse_byte" => (0..bits / 8).map(|i| (ua >> (8 * i) & 255) << (bits - 8 - 8 * i)).sum(),
        "move_reg" => a,
        _ => panic!("no operation {name}"),
    };
    unsigned(signed(result, bits), width) as u64
}

fn holds(condition: &str, bits: u32, a: i128, b: i128) -> bool {
    let (ua, ub, sa, sb) = (unsigned(a, bits), unsigned(b, bits), signed(a, bits), signed(b, bits));
    match condition {
        "eq" => ua == ub,
        "not_eq" => ua != ub,
        "less_unsigned" => ua < ub,
        "less_signed" => sa < sb,
        "less_or_equal_unsigned" => ua <= ub,
        "less_or_equal_signed" => sa <= sb,
        "greater_unsigned" => ua > ub,
        "greater_signed" => sa > sb,
        "greater_or_equal_unsigned" => ua >= ub,
        "greater_or_equal_signed" => sa >= sb,
        _ => panic!("no condition {condition}"),
    }
}

impl<'c> Reference<'c> {
    pub(crate) fn new(
        code: Code<'c>,
        map: MemoryMap,
        ro: &[u8],
        rw: &[u8],
        gas_model: Option<GasModel>,
    ) -> Self {
        let region = |start: u32, size: u32, data: &[u8], writable| {
            let mut bytes = data.to_vec();
            bytes.resize(size as usize, 0);
            Region { start, bytes, writable }
        };
        Self {
            width: code.isa().register_bits(),
            code,
            regs: [0; 13],
            gas: 0,
            gas_model,
            pc: None,
            next: None,
            resume: Resume::Fresh,
            regions: [
                region(map.ro_data_address(), map.ro_data_size(), ro, false),
                region(map.rw_data_address(), map.rw_data_size(), rw, true),
                region(map.stack_low(), map.stack_size(), &[], true),
                region(map.aux_address(), map.aux_size(), &[], false),
            ],
            map,
            heap: 0,
            trace: Vec::new(),
        }
    }

    pub(crate) fn set_next(&mut self, offset: u32) {
        (self.pc, self.next, self.resume) = (None, Some(offset), Resume::Fresh);
    }

    /// Cost of the block at `offset`, 0 without metering.
    pub(crate) fn block_cost(&self, offset: u32) -> i64 {
        match self.gas_model {
            None => 0,
            Some(GasModel::Flat) => self.instructions_of_block(offset),
            // Whether this is right is for the tests of the model itself.
            Some(model) => {
                let footprint = Footprint::new(&self.code, &self.map, MEMORY_BYTES_MAX, false);
                block_cost(model.tariff(footprint), &self.code, offset).into()
            }
        }
    }

    /// The number of instructions of the block at `offset`, also of one that is a single implicit instruction.
    fn instructions_of_block(&self, mut offset: u32) -> i64 {
        if !self.code.is_instruction_start(offset) {
            return 1;
        }
        let mut cost = 0;
        loop {
            cost += 1;
            let decoded = self.code.decode(offset);
            match decoded.instruction {
                None => return cost,
                Some(instruction) if instruction.opcode.is_terminator() => return cost,
                Some(_) if !decoded.next_is_start => return cost + 1,
                Some(_) => offset = decoded.next,
            }
        }
    }

    pub(crate) fn run(&mut self) -> Exit {
        let mut at = self.next.expect("next is set");
        if self.gas < 0 {
            return Exit::OutOfGas;
        }
        let mut entering = self.resume == Resume::Unpaid;
        if self.resume == Resume::Fresh {
            match self.code.block_start(at) {
                None => {
                    self.pc = Some(at);
                    return Exit::Trap;
                }
                Some(start) if start == at => entering = true,
                Some(start) => {
                    let cost = self.block_cost(start);
                    if self.gas < cost {
                        self.pc = None;
                        return Exit::OutOfGas;
                    }
                    self.gas -= cost;
                }
            }
        }
        // Set when the last instruction had nothing behind it but can fall through.
        let mut implicit = self.resume != Resume::Fresh && !self.code.is_instruction_start(at);
        loop {
            if entering {
                let cost = self.block_cost(at);
                if self.gas < cost {
                    (self.pc, self.next, self.resume) = (Some(at), Some(at), Resume::Unpaid);
                    return Exit::OutOfGas;
                }
                self.gas -= cost;
            }
            self.trace.push(at);
            let decoded = self.code.decode(at);
            let flow = match decoded.instruction {
                Some(instruction) if !implicit => {
                    self.execute(&instruction, at, decoded.next, decoded.next_is_start)
                }
                _ => Flow::Trap,
            };
            match flow {
                Flow::Trap => {
                    (self.pc, self.next) = (Some(at), None);
                    return Exit::Trap;
                }
                Flow::OutOfGas => {
                    (self.pc, self.next, self.resume) = (Some(at), Some(at), Resume::Paid);
                    return Exit::OutOfGas;
                }
                Flow::Stop(Exit::HostCall(number)) => {
                    (self.pc, self.next, self.resume) = (Some(at), Some(decoded.next), Resume::Paid);
                    return Exit::HostCall(number);
                }
                Flow::Stop(exit) => {
                    (self.pc, self.next) = (None, None);
                    return exit;
                }
                Flow::Next => {
                    entering = decoded.instruction.unwrap().opcode.is_terminator();
                    implicit = !decoded.next_is_start;
                    at = decoded.next;
                }
                Flow::Jump(target) => {
                    entering = true;
                    at = target;
                }
            }
        }
    }

    fn get(&self, reg: Reg) -> i128 {
        i128::from(self.regs[reg as usize])
    }

    fn set(&mut self, reg: Reg, value: i128) {
        self.regs[reg as usize] = unsigned(value, self.width) as u64;
    }

    fn region(&mut self, address: u32, len: usize, write: bool) -> Option<&mut [u8]> {
        self.regions.iter_mut().find_map(|region| {
            let from = address.checked_sub(region.start)? as usize;
            if write && !region.writable {
                return None;
            }
            region.bytes.get_mut(from..from + len)
        })
    }

    fn jump_static(&self, target: u32) -> Flow {
        if self.code.is_jump_target(target) {
            Flow::Jump(target)
        } else {
            Flow::Trap
        }
    }

    fn jump_dynamic(&self, address: u32) -> Flow {
        if address == RETURN_ADDRESS {
            return Flow::Stop(Exit::Finished);
        }
        if address == 0 || address % 2 == 1 {
            return Flow::Trap;
        }
        match self.code.jump_table().get(address / 2 - 1) {
            Some(target) => self.jump_static(target),
            None => Flow::Trap,
        }
    }

    fn execute(&mut self, instruction: &Instruction, at: u32, next: u32, next_is_start: bool) -> Flow {
        let Instruction { opcode, d, s, t, i, j, k, target } = *instruction;
        let name = opcode.mnemonic();
        let (i, j) = (i128::from(i), i128::from(j));
        let _ = at;

        match name {
            "trap" => return Flow::Trap,
            "fallthrough" => return if next < self.code.len() { Flow::Next } else { Flow::Trap },
            "unlikely" => return Flow::Next,
            "memset" => return self.memset(),
            "ecalli" => return Flow::Stop(Exit::HostCall(i as u32)),
            "sbrk" => {
                let top = self.sbrk(self.get(s));
                self.set(d, signed(top, 32));
                return Flow::Next;
            }
            "jump" => return self.jump_static(target),
            "load_imm_and_jump" => {
                self.set(d, i);
                return self.jump_static(target);
            }
            "jump_indirect" => return self.jump_dynamic((self.get(d) + i) as u32),
            "load_imm_and_jump_indirect" => {
                let address = (self.get(s) + j) as u32;
                self.set(d, i);
                return self.jump_dynamic(address);
            }
            "load_imm" => {
                self.set(d, i);
                return Flow::Next;
            }
            "load_imm64" => {
                self.set(d, i128::from(k));
                return Flow::Next;
            }
            _ => {}
        }
        if let Some(condition) = name.strip_prefix("branch_") {
            let (condition, other) = match condition.strip_suffix("_imm") {
                Some(condition) => (condition, i),
                None => (condition, self.get(s)),
            };
            if !next_is_start || !self.code.is_jump_target(target) {
                return Flow::Trap;
            }
            return if holds(condition, self.width, self.get(d), other) {
                Flow::Jump(target)
            } else {
                Flow::Next
            };
        }
        if let Some(zero) = name.strip_prefix("cmov_if_") {
            let (zero, condition, value) = match zero.strip_suffix("_imm") {
                Some(zero) => (zero, self.get(s), i),
                None => (zero, self.get(t), self.get(s)),
            };
            if (condition == 0) == (zero == "zero") {
                self.set(d, value);
            }
            return Flow::Next;
        }
        if name.starts_with("load_") || name.starts_with("store_") {
            return self.access(name, instruction, i, j);
        }

        let (name, bits) = match (name.strip_suffix("_32"), name.strip_suffix("_64")) {
            (Some(name), _) => (name, 32),
            (_, Some(name)) => (name, 64),
            _ => (name, self.width),
        };
        let (name, a, b) = if let Some(name) = name.strip_suffix("_imm_alt") {
            (name, i, self.get(s))
        } else if name == "negate_and_add_imm" {
            ("negate_and_add", i, self.get(s))
        } else if let Some(name) = name.strip_suffix("_imm") {
            (name, self.get(s), i)
        } else if opcode.format() == Format::RegReg {
            (name, self.get(s), 0)
        } else {
            (name, self.get(s), self.get(t))
        };
        let result = compute(name, bits, self.width, a, b);
        self.regs[d as usize] = result;
        Flow::Next
    }

    fn access(&mut self, name: &str, instruction: &Instruction, i: i128, j: i128) -> Flow {
        let Instruction { d, s, .. } = *instruction;
        let (is_load, rest) = match name.strip_prefix("load_") {
            Some(rest) => (true, rest),
            None => (false, name.strip_prefix("store_").unwrap()),
        };
        let (is_imm, rest) = rest.strip_prefix("imm_").map_or((false, rest), |rest| (true, rest));
        let (is_indirect, rest) = rest.strip_prefix("indirect_").map_or((false, rest), |rest| (true, rest));
        let bits: u32 = rest[1..].parse().unwrap();
        let base = match (is_indirect, is_imm) {
            (false, _) => 0,
            (true, true) => self.get(d),
            (true, false) => self.get(s),
        };
        let address = unsigned(base + i, 32) as u32;
        let value = if is_imm { j } else { self.get(d) };
        let Some(bytes) = self.region(address, bits as usize / 8, !is_load) else { return Flow::Trap };
        if is_load {
            let raw = bytes.iter().rev().fold(0, |raw, byte| raw << 8 | i128::from(*byte));
            self.set(d, if rest.starts_with('i') { signed(raw, bits) } else { raw });
        } else {
            for (n, byte) in bytes.iter_mut().enumerate() {
                *byte = (value >> (8 * n)) as u8;
            }
        }
        Flow::Next
    }

    fn memset(&mut self) -> Flow {
        let mut left = self.get(Reg::A2) as u32;
        let flow = loop {
            if left == 0 {
                break Flow::Next;
            }
            if self.gas_model.is_some() && self.gas == 0 {
                break Flow::OutOfGas;
            }
            let (address, value) = (self.get(Reg::A0) as u32, self.get(Reg::A1) as u8);
            match self.region(address, 1, true) {
                Some(byte) => byte[0] = value,
                None => break Flow::Trap,
            }
            if self.gas_model.is_some() {
                self.gas -= 1;
            }
            self.set(Reg::A0, self.get(Reg::A0) + 1);
            left -= 1;
        };
        self.set(Reg::A2, i128::from(left));
        flow
    }

    fn sbrk(&mut self, size: i128) -> i128 {
        let size = if size > i128::from(u32::MAX) { 0 } else { size as u64 };
        let heap = self.heap + size;
        if heap > u64::from(u32::MAX) || heap > u64::from(self.map.heap_size_max()) {
            return 0;
        }
        let top = u64::from(self.map.heap_base()) + heap;
        let needed =
            top.next_multiple_of(u64::from(self.map.page_size())) - u64::from(self.map.rw_data_address());
        // The limit holds for all regions together.
        let others: usize = [0, 2, 3].iter().map(|n| self.regions[*n].bytes.len()).sum();
        if needed > self.regions[1].bytes.len() as u64 {
            if needed + others as u64 > u64::from(MEMORY_BYTES_MAX) {
                return 0;
            }
            self.regions[1].bytes.resize(needed as usize, 0);
        }
        self.heap = heap;
        i128::from(top)
    }
}
