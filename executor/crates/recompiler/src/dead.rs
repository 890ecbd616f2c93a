// SPDX-License-Identifier: Apache-2.0
//! Values that no instruction reads any more.
//!
//! A value from memory that is added, a carry, or an address often serves the next instruction only. Where the machine can do both at
//! once its register need not be written, if nothing sees what it holds until another value takes its place. That is so
//! when, of the [`AHEAD_MAX`] instructions that follow, one overwrites the register and those before it
//!
//! - do not read it,
//! - do not end the block or leave for the host, and
//! - write neither a register that the value was computed from nor the memory that it was loaded from.
//!
//! What remains is a fault in between, the overwriting instruction included. The last rule is for that: the host computes
//! the value then from what it was computed from ([`Place::Instruction::owed`](crate::Place)).

use revive_vm_primitives::{Fetched, Format, Instruction, Opcode, Reg};

use crate::translator::Translator;

/// How many instructions are looked at, at most.
const AHEAD_MAX: usize = 8;

/// A value that is not in its register from one instruction to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owed {
    /// Code offset of the instruction that computes it.
    pub(crate) by: u32,
    /// It is owed behind the instruction at this offset,
    pub(crate) behind: u32,
    /// up to the one at this offset, which overwrites it.
    pub(crate) until: u32,
    /// in this copy of a loop's block: what has been stored a moment ago decides what is translated together, and differs.
    pub(crate) copy: u32,
}

/// Guest memory that an instruction accesses: from a register's value, or from 0, plus an offset on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) base: Option<Reg>,
    pub(crate) offset: i32,
    pub(crate) bytes: u32,
}

impl Span {
    /// Whether the two are known to have no byte in common, the base being the same.
    fn is_apart_from(self, other: Self) -> bool {
        // Modulo 2^32, as addresses are.
        let forwards = other.offset.wrapping_sub(self.offset) as u32;
        let back = self.offset.wrapping_sub(other.offset) as u32;
        self.base == other.base && forwards >= self.bytes && back >= other.bytes
    }
}

/// Stores after which a value is in the machine's cache rather than on the way there. Queues of stores are two to four times as long, but
/// seldom full.
const STORES_ON_THE_WAY: u32 = 32;
/// Slots for the stores that are remembered; a power of two.
const SLOTS: usize = 64;

/// The last stores of a block, as far as they are worth remembering.
///
/// Machines hand a stored value to a load of its own at once, where base and offset are the same, but to an operand in memory
/// only when it comes out of the queue of stores: five cycles later and more. So what was stored a moment ago is loaded.
pub(crate) struct Stores {
    /// For some offsets the base and offset of the last store there, and its number.
    slots: [(u64, u32); SLOTS],
    /// Number of stores so far.
    count: u32,
    /// That number where the block begins.
    block: u32,
}

impl Stores {
    pub(crate) const NONE: Self = Self { slots: [(0, 0); SLOTS], count: 1, block: 1 };

    /// Says that a block begins. What was stored before must not matter: blocks are translated again by themselves.
    #[inline(always)]
    pub(crate) fn begin_block(&mut self) {
        self.block = self.count;
    }

    /// Says that an instruction stores there.
    #[inline(always)]
    pub(crate) fn note(&mut self, base: Reg, offset: i32) {
        self.slots[Self::slot(offset)] = (Self::key(base, offset), self.count);
        self.count = self.count.wrapping_add(1);
    }

    /// Whether there have been none in the block.
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.count == self.block
    }

    /// Whether a value that was stored there is probably on the way.
    #[inline(always)]
    fn has(&self, base: Reg, offset: i32) -> bool {
        let (key, at) = self.slots[Self::slot(offset)];
        key == Self::key(base, offset)
            && self.count.wrapping_sub(at) <= STORES_ON_THE_WAY.min(self.count.wrapping_sub(self.block))
    }

    #[inline(always)]
    fn slot(offset: i32) -> usize {
        (offset as u32 / 8) as usize % SLOTS
    }

    #[inline(always)]
    fn key(base: Reg, offset: i32) -> u64 {
        u64::from(offset as u32) << 8 | base as u64
    }
}

/// What an opcode does to registers and memory.
#[derive(Clone, Copy)]
struct Effect {
    /// Whether it ends a block or leaves for the host.
    is_end: bool,
    reads_d: bool,
    reads_s: bool,
    reads_t: bool,
    writes_d: bool,
    /// Bytes that it stores.
    stores: u32,
}

/// The effects of all opcodes, in their order.
const EFFECTS: [Effect; Opcode::COUNT] = {
    let mut effects = [effect(Opcode::Trap); Opcode::COUNT];
    let mut index = 0;
    while index < Opcode::COUNT {
        effects[index] = effect(Opcode::ALL[index]);
        index += 1;
    }
    effects
};

const fn effect(opcode: Opcode) -> Effect {
    use Opcode as O;
    let nothing =
        Effect { is_end: false, reads_d: false, reads_s: false, reads_t: false, writes_d: false, stores: 0 };
    if opcode.is_terminator() || matches!(opcode, O::Ecalli | O::Sbrk | O::Memset) {
        return Effect { is_end: true, ..nothing };
    }
    let stores = match Instruction::new(opcode).memory_access() {
        Some(access) if access.is_store => access.bytes,
        _ => 0,
    };
    let is_store = stores != 0;
    let keeps_d = matches!(opcode, O::CmovIfZero | O::CmovIfNotZero | O::CmovIfZeroImm | O::CmovIfNotZeroImm);
    let d = Effect { reads_d: is_store || keeps_d, writes_d: !is_store, stores, ..nothing };
    match opcode.format() {
        Format::NoArgs => nothing,
        Format::RegImm | Format::RegImm64 | Format::RegImmImm => d,
        Format::RegRegImm | Format::RegReg => Effect { reads_s: true, ..d },
        Format::RegRegReg => Effect { reads_s: true, reads_t: true, ..d },
        Format::ImmImm => Effect { stores, ..nothing },
        // Jumps, branches and host calls.
        _ => Effect { is_end: true, ..nothing },
    }
}

impl Translator<'_> {
    /// Whether what a load finds was probably stored a moment ago.
    #[inline(always)]
    pub(crate) fn is_fresh(&self, base: Reg, offset: i32) -> bool {
        self.stores.has(base, offset)
    }

    /// Whether nobody can see the value that the instruction `by` puts into `reg`, from behind the instruction `last` on.
    /// It is computed from the registers in `inputs`, a bit for each, and from `memory`.
    pub(crate) fn is_dead(
        &mut self,
        by: Fetched,
        last: Fetched,
        reg: Reg,
        inputs: u16,
        memory: Option<Span>,
    ) -> bool {
        let until = self.overwritten_unseen(last, reg, inputs, memory);
        if let Some(until) = until {
            self.owe(Owed { by: by.offset, behind: last.offset, until, copy: self.copy });
        }
        until.is_some()
    }

    /// Where `reg` is overwritten behind the instruction `last`, if nobody can see what it holds before that. It is computed from the
    /// registers in `inputs` and from `memory`.
    pub(crate) fn overwritten_unseen(
        &self,
        last: Fetched,
        reg: Reg,
        inputs: u16,
        memory: Option<Span>,
    ) -> Option<u32> {
        let mut at = last;
        for _ in 0..AHEAD_MAX {
            if !at.next_is_start {
                return None;
            }
            at = self.code.fetch(at.next);
            let opcode = at.opcode?;
            let effect = EFFECTS[opcode as usize];
            if effect.is_end {
                return None;
            }
            let (d, s, t) = match opcode.format() {
                Format::RegRegReg => at.reg_reg_reg(),
                _ => {
                    let (d, s) = at.reg_reg();
                    (d, s, s)
                }
            };
            let reads =
                effect.reads_d && d == reg || effect.reads_s && s == reg || effect.reads_t && t == reg;
            if reads {
                return None;
            }
            if effect.writes_d {
                if d == reg {
                    return Some(at.offset);
                }
                if inputs & 1 << d as u16 != 0 {
                    return None;
                }
            }
            if effect.stores != 0 {
                let (base, offset) = match opcode.format() {
                    Format::RegImm => (None, at.reg_imm().1),
                    Format::ImmImm => (None, at.imm_imm().0),
                    Format::RegImmImm => (Some(d), at.reg_imm_imm().1),
                    _ => (Some(s), at.reg_reg_imm().2),
                };
                let stored = Span { base, offset, bytes: effect.stores };
                if memory.is_some_and(|memory| !memory.is_apart_from(stored)) {
                    return None;
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_remembered_for_a_while_and_within_a_block() {
        let mut stores = Stores::NONE;
        assert!(!stores.has(Reg::Ra, 0));
        stores.note(Reg::Sp, 8);
        assert!(stores.has(Reg::Sp, 8) && !stores.has(Reg::Sp, 16) && !stores.has(Reg::A0, 8));
        for index in 0..STORES_ON_THE_WAY as i32 - 1 {
            stores.note(Reg::Sp, 16 + 8 * (index % 8));
        }
        assert!(stores.has(Reg::Sp, 8) && stores.has(Reg::Sp, 16));
        stores.note(Reg::A0, 24);
        assert!(!stores.has(Reg::Sp, 8) && stores.has(Reg::Sp, 16) && stores.has(Reg::A0, 24));
        stores.begin_block();
        assert!(!stores.has(Reg::Sp, 16) && !stores.has(Reg::A0, 24));
    }

    #[test]
    fn spans_are_apart_modulo_the_address_space() {
        let span = |offset, bytes| Span { base: Some(Reg::Sp), offset, bytes };
        assert!(span(0, 8).is_apart_from(span(8, 8)) && span(8, 8).is_apart_from(span(0, 8)));
        assert!(!span(0, 8).is_apart_from(span(7, 1)) && !span(7, 1).is_apart_from(span(0, 8)));
        assert!(!span(4, 4).is_apart_from(span(4, 4)) && !span(0, 4).is_apart_from(span(-1, 2)));
        assert!(!span(0, 1).is_apart_from(span(-1, 8)) && span(0, 1).is_apart_from(span(-1, 1)));
        assert!(!span(i32::MAX, 8).is_apart_from(span(i32::MIN, 1)));
        assert!(span(i32::MAX, 1).is_apart_from(span(i32::MIN, 1)));
        let other = Span { base: Some(Reg::A0), ..span(64, 8) };
        assert!(!span(0, 8).is_apart_from(other) && !other.is_apart_from(span(0, 8)));
        assert!(!Span { base: None, ..span(64, 8) }.is_apart_from(span(0, 8)));
    }

    /// Against what the disassembler's operands say would be circular; these are the ones that could be forgotten.
    #[test]
    fn effects_are_those_of_the_instructions() {
        let of = |opcode: Opcode| EFFECTS[opcode as usize];
        for opcode in Opcode::ALL {
            let effect = of(opcode);
            let stores = Instruction::new(opcode).memory_access().filter(|access| access.is_store);
            if !effect.is_end {
                assert_eq!(effect.stores, stores.map_or(0, |access| access.bytes), "{opcode:?}");
                assert_eq!(effect.writes_d, effect.stores == 0 && opcode != Opcode::Unlikely, "{opcode:?}");
            }
        }
        for opcode in [Opcode::Ecalli, Opcode::Sbrk, Opcode::Memset, Opcode::Trap, Opcode::JumpIndirect] {
            assert!(of(opcode).is_end, "{opcode:?}");
        }
        assert!(of(Opcode::CmovIfZero).reads_d && of(Opcode::CmovIfNotZeroImm).reads_d);
        assert!(!of(Opcode::Add64).reads_d && of(Opcode::Add64).reads_t);
        assert!(of(Opcode::StoreIndirectU8).reads_d && of(Opcode::StoreIndirectU8).reads_s);
        assert!(of(Opcode::StoreImmIndirectU64).reads_d && !of(Opcode::StoreImmIndirectU64).reads_s);
        assert!(of(Opcode::StoreImmU16).stores == 2 && !of(Opcode::StoreImmU16).reads_d);
    }
}
