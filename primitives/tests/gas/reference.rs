// SPDX-License-Identifier: Apache-2.0
//! The pipeline model as the specification words it, one tick after the other (gas costs, sections 2 and 3). It knows
//! instructions by their mnemonics and shares no table with the crate.

use revive_vm_primitives::{Decoded, Instruction, InstructionSet, Reg};

const ROB_MAX: usize = 32;
const STARTS_MAX: usize = 5;
const DECODE_SLOTS: i64 = 4;

/// Execution units: arithmetic, load, store, multiplier, divider.
type Units = [i64; 5];

const ALL_UNITS: Units = [4, 4, 4, 1, 1];
const NO_UNIT: Units = [0; 5];
const ALU: Units = [1, 0, 0, 0, 0];
const TWO_ALU: Units = [2, 0, 0, 0, 0];
const ALU_LOAD: Units = [1, 1, 0, 0, 0];
const ALU_STORE: Units = [1, 0, 1, 0, 0];
const ALU_MUL: Units = [1, 0, 0, 1, 0];
const ALU_DIV: Units = [1, 0, 0, 0, 1];

/// One row of the table of section 3, for one instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Properties {
    pub(crate) latency: i64,
    pub(crate) slots: i64,
    pub(crate) units: Units,
    pub(crate) reads: Vec<Reg>,
    pub(crate) writes: Option<Reg>,
}

/// Whether a branch is cheap because of the byte at `offset` (section 2.5).
fn is_cheap_at(isa: InstructionSet, code: &[u8], offset: u32) -> bool {
    let unlikely = match isa {
        InstructionSet::Latest32 | InstructionSet::Latest64 => 3,
        InstructionSet::JamV1 => 2,
        InstructionSet::ReviveV1 => 255,
    };
    code.get(offset as usize).is_none_or(|byte| *byte == 0 || *byte == unlikely)
}

/// The latencies that models differ in, in cycles.
#[derive(Clone, Copy)]
pub(crate) struct Latencies {
    pub(crate) load: i64,
    pub(crate) store: i64,
    /// Of a branch that is not cheap.
    pub(crate) branch: i64,
}

/// Of the specification, by its cache parameter.
impl From<i64> for Latencies {
    fn from(m: i64) -> Self {
        Self { load: m, store: 25, branch: 20 }
    }
}

/// The properties of anything but `move_reg`.
pub(crate) fn properties(isa: InstructionSet, m: Latencies, code: &[u8], decoded: &Decoded) -> Properties {
    let Some(instruction) = decoded.instruction else {
        return Properties { latency: 2, slots: 1, units: NO_UNIT, reads: vec![], writes: None };
    };
    let Instruction { opcode, d, s, t, target, .. } = instruction;
    let b = i64::from(isa != InstructionSet::Latest32);
    let n2 = i64::from(d != s);
    let n3 = i64::from(d != s && d != t);
    let row = |latency, slots, units, reads: &[Reg], writes: Option<Reg>| Properties {
        latency,
        slots,
        units,
        reads: reads.to_vec(),
        writes,
    };
    match opcode.mnemonic() {
        "and" | "or" | "xor" | "add_64" | "sub_64" => row(1, 1 + n3, ALU, &[s, t], Some(d)),
        "add_32" | "sub_32" => row(1 + b, 1 + n3 + b, ALU, &[s, t], Some(d)),
        "and_imm"
        | "or_imm"
        | "xor_imm"
        | "add_imm_64"
        | "shift_logical_left_imm_64"
        | "shift_logical_right_imm_64"
        | "shift_arithmetic_right_imm_64"
        | "rotate_right_imm_64"
        | "reverse_byte" => row(1, 1 + n2, ALU, &[s], Some(d)),
        "add_imm_32"
        | "shift_logical_left_imm_32"
        | "shift_logical_right_imm_32"
        | "shift_arithmetic_right_imm_32"
        | "rotate_right_imm_32" => row(1 + b, 1 + n2 + b, ALU, &[s], Some(d)),
        "count_leading_zero_bits_32"
        | "count_leading_zero_bits_64"
        | "count_set_bits_32"
        | "count_set_bits_64"
        | "sign_extend_8"
        | "sign_extend_16"
        | "zero_extend_16" => row(1, 1, ALU, &[s], Some(d)),
        "count_trailing_zero_bits_32" | "count_trailing_zero_bits_64" => row(2, 1, TWO_ALU, &[s], Some(d)),
        "shift_logical_left_64"
        | "shift_logical_right_64"
        | "shift_arithmetic_right_64"
        | "rotate_left_64"
        | "rotate_right_64" => row(1, 2 + n2, ALU, &[s, t], Some(d)),
        "shift_logical_left_32"
        | "shift_logical_right_32"
        | "shift_arithmetic_right_32"
        | "rotate_left_32"
        | "rotate_right_32" => row(1 + b, 2 + n2 + b, ALU, &[s, t], Some(d)),
        "shift_logical_left_imm_alt_64"
        | "shift_logical_right_imm_alt_64"
        | "shift_arithmetic_right_imm_alt_64"
        | "rotate_right_imm_alt_64" => row(1, 3, ALU, &[s], Some(d)),
        "shift_logical_left_imm_alt_32"
        | "shift_logical_right_imm_alt_32"
        | "shift_arithmetic_right_imm_alt_32"
        | "rotate_right_imm_alt_32" => row(2, 4, ALU, &[s], Some(d)),
        "set_less_than_unsigned" | "set_less_than_signed" => row(3, 3, ALU, &[s, t], Some(d)),
        "set_less_than_unsigned_imm"
        | "set_less_than_signed_imm"
        | "set_greater_than_unsigned_imm"
        | "set_greater_than_signed_imm" => row(3, 3, ALU, &[s], Some(d)),
        "cmov_if_zero" | "cmov_if_not_zero" => row(2, 2, ALU, &[s, t], Some(d)),
        "cmov_if_zero_imm" | "cmov_if_not_zero_imm" => row(2, 3, ALU, &[s], Some(d)),
        "maximum" | "maximum_unsigned" | "minimum" | "minimum_unsigned" => {
            row(3, 2 + n3, ALU, &[s, t], Some(d))
        }
        "and_inverted" | "or_inverted" => row(2, 3, ALU, &[s, t], Some(d)),
        "xnor" => row(2, 2 + n3, ALU, &[s, t], Some(d)),
        "negate_and_add_imm_64" => row(2, 3, ALU, &[s], Some(d)),
        "negate_and_add_imm_32" => row(3, 4, ALU, &[s], Some(d)),
        "mul_64" => row(3, 1 + n3, ALU_MUL, &[s, t], Some(d)),
        "mul_32" => row(4, 2 + n3, ALU_MUL, &[s, t], Some(d)),
        "mul_imm_64" => row(3, 1 + n2, ALU_MUL, &[s], Some(d)),
        "mul_imm_32" => row(4, 2 + n2, ALU_MUL, &[s], Some(d)),
        "mul_upper_signed_signed" | "mul_upper_unsigned_unsigned" => row(4, 4, ALU_MUL, &[s, t], Some(d)),
        "mul_upper_signed_unsigned" => row(6, 4, ALU_MUL, &[s, t], Some(d)),
        "div_unsigned_32" | "div_unsigned_64" | "div_signed_32" | "div_signed_64" | "rem_unsigned_32"
        | "rem_unsigned_64" | "rem_signed_32" | "rem_signed_64" => row(60, 4, ALU_DIV, &[s, t], Some(d)),
        "load_imm" => row(1, 1, NO_UNIT, &[], Some(d)),
        "load_imm64" => row(1, 2, NO_UNIT, &[], Some(d)),
        "load_u8" | "load_i8" | "load_u16" | "load_i16" | "load_u32" | "load_i32" | "load_u64" => {
            row(m.load, 1, ALU_LOAD, &[], Some(d))
        }
        "load_indirect_u8" | "load_indirect_i8" | "load_indirect_u16" | "load_indirect_i16"
        | "load_indirect_u32" | "load_indirect_i32" | "load_indirect_u64" => {
            row(m.load, 1, ALU_LOAD, &[s], Some(d))
        }
        "store_u8" | "store_u16" | "store_u32" | "store_u64" => row(m.store, 1, ALU_STORE, &[d], None),
        "store_imm_u8" | "store_imm_u16" | "store_imm_u32" | "store_imm_u64" => {
            row(m.store, 1, ALU_STORE, &[], None)
        }
        "store_indirect_u8" | "store_indirect_u16" | "store_indirect_u32" | "store_indirect_u64" => {
            row(m.store, 1, ALU_STORE, &[d, s], None)
        }
        "store_imm_indirect_u8"
        | "store_imm_indirect_u16"
        | "store_imm_indirect_u32"
        | "store_imm_indirect_u64" => row(m.store, 1, ALU_STORE, &[d], None),
        name if name.starts_with("branch_") => {
            let cheap = is_cheap_at(isa, code, decoded.next) || is_cheap_at(isa, code, target);
            let latency = if cheap { 1 } else { m.branch };
            let reads: &[Reg] = if name.ends_with("_imm") { &[d] } else { &[d, s] };
            row(latency, 1, ALU, reads, None)
        }
        "jump" | "load_imm_and_jump" => row(15, 1, NO_UNIT, &[], None),
        "jump_indirect" => row(22, 1, NO_UNIT, &[d], None),
        "load_imm_and_jump_indirect" => row(22, 1, NO_UNIT, &[s], None),
        "trap" | "fallthrough" => row(2, 1, NO_UNIT, &[], None),
        "unlikely" => row(40, 1, NO_UNIT, &[], None),
        "ecalli" => row(100, 4, ALU, &[], None),
        "sbrk" => row(100, 4, ALU, &[s], Some(d)),
        "memset" => row(100, 4, ALU, &[], None),
        name => panic!("no row for {name}"),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Decoded,
    Waiting,
    Executing,
    Done,
}

struct Entry {
    id: usize,
    stage: Stage,
    remaining: i64,
    units: Units,
    depends_on: Vec<usize>,
}

/// The state of section 2.1.
struct Pipeline {
    cycles: i64,
    slots_left: i64,
    free: Units,
    rob: Vec<Entry>,
    producers: [Option<usize>; Reg::COUNT],
    next_id: usize,
    /// Takes one cycle per tick instead of the `step` rule, to see where the rule matters.
    by_single_cycles: bool,
}

impl Pipeline {
    fn new(by_single_cycles: bool) -> Self {
        Self {
            cycles: 0,
            slots_left: DECODE_SLOTS,
            free: ALL_UNITS,
            rob: Vec::new(),
            producers: [None; Reg::COUNT],
            next_id: 0,
            by_single_cycles,
        }
    }

    /// Section 2.4.
    fn tick(&mut self, decode: bool, is_final: bool) {
        let mut retired = 0;
        while self.rob.first().is_some_and(|entry| entry.stage == Stage::Done) {
            self.rob.remove(0);
            retired += 1;
        }

        let mut starts = 0;
        for entry in &mut self.rob {
            if starts == STARTS_MAX {
                break;
            }
            let fits = (0..5).all(|unit| entry.units[unit] <= self.free[unit]);
            if entry.stage == Stage::Waiting && entry.depends_on.is_empty() && fits {
                for unit in 0..5 {
                    self.free[unit] -= entry.units[unit];
                }
                entry.stage = Stage::Executing;
                starts += 1;
            }
        }

        let executing = self.rob.iter().filter(|entry| entry.stage == Stage::Executing);
        let least = executing.map(|entry| entry.remaining).min();
        let step = match least {
            _ if decode || (!is_final && retired > 0) || self.by_single_cycles => 1,
            None | Some(0) => 1,
            Some(remaining) => remaining,
        };
        let mut finished = Vec::new();
        for entry in self.rob.iter_mut().filter(|entry| entry.stage == Stage::Executing) {
            entry.remaining -= step;
            if entry.remaining == 0 {
                finished.push(entry.id);
                for unit in 0..5 {
                    self.free[unit] += entry.units[unit];
                }
            }
            if entry.remaining == -1 {
                entry.stage = Stage::Done;
            }
        }
        for entry in &mut self.rob {
            entry.depends_on.retain(|id| !finished.contains(id));
        }
        for producer in &mut self.producers {
            if producer.is_some_and(|id| finished.contains(&id)) {
                *producer = None;
            }
        }

        if decode {
            for entry in &mut self.rob {
                if entry.stage == Stage::Decoded {
                    entry.stage = Stage::Waiting;
                }
            }
            self.slots_left = DECODE_SLOTS;
        }
        self.cycles += step;
    }

    /// Step 1 of section 2.2.
    fn make_room(&mut self, slots: i64) {
        if self.slots_left < slots || self.rob.len() == ROB_MAX {
            self.tick(true, false);
            while self.rob.len() == ROB_MAX {
                self.tick(false, false);
            }
        }
    }

    /// Section 2.2.
    fn feed(&mut self, properties: &Properties) {
        self.make_room(properties.slots);
        let mut depends_on: Vec<usize> =
            properties.reads.iter().filter_map(|reg| self.producers[reg.index()]).collect();
        depends_on.sort();
        depends_on.dedup();
        let id = self.next_id;
        self.next_id += 1;
        self.rob.push(Entry {
            id,
            stage: Stage::Decoded,
            remaining: properties.latency,
            units: properties.units,
            depends_on,
        });
        if let Some(reg) = properties.writes {
            self.producers[reg.index()] = Some(id);
        }
        self.slots_left -= properties.slots;
    }

    fn feed_move(&mut self, d: Reg, s: Reg) {
        self.make_room(1);
        self.producers[d.index()] = self.producers[s.index()];
        self.slots_left -= 1;
    }

    /// Section 2.3.
    fn drain(&mut self) {
        self.tick(true, true);
        while !self.rob.is_empty() {
            self.tick(false, true);
        }
    }
}

fn cost(isa: InstructionSet, m: Latencies, code: &[u8], block: &[Decoded], by_single_cycles: bool) -> u32 {
    let mut pipeline = Pipeline::new(by_single_cycles);
    for decoded in block {
        match decoded.instruction {
            Some(Instruction { opcode, d, s, .. }) if opcode.mnemonic() == "move_reg" => {
                pipeline.feed_move(d, s)
            }
            _ => pipeline.feed(&properties(isa, m, code, decoded)),
        }
    }
    pipeline.drain();
    u32::try_from(1.max(pipeline.cycles - 3)).unwrap()
}

/// The cost of a block by the cache parameter `m`, or by other latencies; `code` are all code bytes of the program.
pub(crate) fn block_cost(
    isa: InstructionSet,
    m: impl Into<Latencies>,
    code: &[u8],
    block: &[Decoded],
) -> u32 {
    cost(isa, m.into(), code, block, false)
}

/// The same without the `step` rule.
pub(crate) fn block_cost_by_single_cycles(
    isa: InstructionSet,
    m: i64,
    code: &[u8],
    block: &[Decoded],
) -> u32 {
    cost(isa, m.into(), code, block, true)
}
