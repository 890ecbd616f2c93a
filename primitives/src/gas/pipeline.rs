// SPDX-License-Identifier: Apache-2.0
//! The pipeline model: an out-of-order core is simulated for each block (gas costs, section 2).

use super::properties::{self, Fresh, Properties, Table, Unit};
use super::{Cache, BRANCH_LATENCY, BRANCH_LATENCY_PREDICTED};
use crate::{
    code::{Code, Decoded},
    isa::{Instruction, InstructionSet, Opcode, Reg},
};

const ROB: usize = 32;
const DECODE_SLOTS: u8 = 4;
const STARTS_MAX: u32 = 5;
const ALUS: u8 = 4;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Decoded,
    Waiting,
    Executing,
    Done,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    stage: Stage,
    remaining: i16,
    alu: u8,
    mul: bool,
    div: bool,
    deps: u32,
}

/// The state of the simulation.
#[derive(Clone, Debug)]
pub(super) struct Pipeline<'a> {
    code: Code<'a>,
    table: &'static Table,
    cycles: u32,
    slots_left: u8,
    alu: u8,
    mul: bool,
    div: bool,
    rob: [Entry; ROB],
    head: usize,
    len: usize,
    producers: [Option<u8>; Reg::COUNT],
}

impl<'a> Pipeline<'a> {
    pub(super) fn new(cache: Cache, code: &Code<'a>) -> Self {
        Self {
            code: *code,
            table: properties::table(code.isa().is_64_bit(), cache),
            cycles: 0,
            slots_left: DECODE_SLOTS,
            alu: ALUS,
            mul: true,
            div: true,
            rob: [Entry::default(); ROB],
            head: 0,
            len: 0,
            producers: [None; Reg::COUNT],
        }
    }

    fn is_cheap_at(&self, offset: u32) -> bool {
        let unlikely = match self.code.isa() {
            InstructionSet::ReviveV1 => 255,
            InstructionSet::Latest32 | InstructionSet::Latest64 => 3,
            InstructionSet::JamV1 => 2,
        };
        self.code.bytes().get(offset as usize).is_none_or(|byte| *byte == 0 || *byte == unlikely)
    }

    fn tick(&mut self, decode: bool, last: bool) {
        let mut retired = false;
        while self.len > 0 && self.rob[self.head].stage == Stage::Done {
            self.head = (self.head + 1) % ROB;
            self.len -= 1;
            retired = true;
        }
        let mut starts = 0;
        for at in 0..self.len {
            let entry = &mut self.rob[(self.head + at) % ROB];
            if starts == STARTS_MAX {
                break;
            }
            let fits = entry.alu <= self.alu && (!entry.mul || self.mul) && (!entry.div || self.div);
            if entry.stage == Stage::Waiting && entry.deps == 0 && fits {
                self.alu -= entry.alu;
                self.mul &= !entry.mul;
                self.div &= !entry.div;
                entry.stage = Stage::Executing;
                starts += 1;
            }
        }
        let least = (0..self.len)
            .map(|at| &self.rob[(self.head + at) % ROB])
            .filter(|entry| entry.stage == Stage::Executing)
            .map(|entry| entry.remaining)
            .min();
        let step = match least {
            Some(least) if !decode && (last || !retired) => least.max(1),
            _ => 1,
        };
        let mut finished = 0u32;
        for at in 0..self.len {
            let slot = (self.head + at) % ROB;
            let entry = &mut self.rob[slot];
            if entry.stage == Stage::Executing {
                entry.remaining -= step;
                if entry.remaining == 0 {
                    finished |= 1 << slot;
                    self.alu += entry.alu;
                    self.mul |= entry.mul;
                    self.div |= entry.div;
                } else if entry.remaining < 0 {
                    entry.stage = Stage::Done;
                }
            }
        }
        for at in 0..self.len {
            let entry = &mut self.rob[(self.head + at) % ROB];
            entry.deps &= !finished;
            if decode && entry.stage == Stage::Decoded {
                entry.stage = Stage::Waiting;
            }
        }
        for producer in &mut self.producers {
            if producer.is_some_and(|slot| finished >> slot & 1 == 1) {
                *producer = None;
            }
        }
        if decode {
            self.slots_left = DECODE_SLOTS;
        }
        self.cycles += step as u32;
    }

    fn make_room(&mut self, slots: u8) {
        if self.slots_left < slots || self.len == ROB {
            self.tick(true, false);
            while self.len == ROB {
                self.tick(false, false);
            }
        }
        self.slots_left -= slots;
    }

    pub(super) fn push(&mut self, decoded: &Decoded) {
        let instruction = decoded.instruction.unwrap_or(Instruction::new(Opcode::Trap));
        let Instruction { opcode, d, s, t, target, .. } = instruction;
        let properties: Properties = self.table[opcode as usize];
        let slots = properties.slots
            + u8::from(match properties.fresh {
                Fresh::Never => false,
                Fresh::NotS => d != s,
                Fresh::NotST => d != s && d != t,
            });
        self.make_room(slots);
        if opcode == Opcode::MoveReg {
            self.producers[d.index()] = self.producers[s.index()];
            return;
        }
        let mut latency = properties.latency;
        if properties.is_branch {
            let cheap = self.is_cheap_at(decoded.next) || self.is_cheap_at(target);
            latency = if cheap { BRANCH_LATENCY_PREDICTED } else { BRANCH_LATENCY };
        }
        let mut deps = 0;
        for (reg, reads) in [(d, properties.reads_d), (s, properties.reads_s), (t, properties.reads_t)] {
            if let (Some(slot), true) = (self.producers[reg.index()], reads) {
                deps |= 1 << slot;
            }
        }
        let slot = (self.head + self.len) % ROB;
        self.rob[slot] = Entry {
            stage: Stage::Decoded,
            remaining: latency.into(),
            alu: properties.alu,
            mul: properties.unit == Unit::Multiplier,
            div: properties.unit == Unit::Divider,
            deps,
        };
        self.len += 1;
        if properties.writes_d {
            self.producers[d.index()] = Some(slot as u8);
        }
    }

    pub(super) fn finish(&mut self) -> u32 {
        self.tick(true, true);
        while self.len > 0 {
            self.tick(false, true);
        }
        let cost = self.cycles.saturating_sub(3).max(1);
        self.cycles = 0;
        cost
    }
}
