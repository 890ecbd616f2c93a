// SPDX-License-Identifier: Apache-2.0
//! Loads at once what is put together from bytes, one by one.
//!
//! Before, in registers:
//! ```text
//! a1 = U8 [a0 + 0]
//! a2 = U8 [a0 + 1]
//! a2 = Shl(W64) a2, 8
//! a1 = Or a1, a2
//! ```
//! After:
//! ```text
//! a1 = U16 [a0 + 0]
//! ```
//!
//! Compilers do so for machines that cannot load from any address; this one can. All bytes were loaded before, so the load of all of
//! them does not trap; between the first of them and the value nobody may write to them.

#[cfg(test)]
mod tests;

use super::graph::{Graph, Op, OpId, Place, Value, NONE};
use crate::{
    ir::{Address, Bin, Const, DataId, Inst, Operand, Reg, W},
    riscv::Access,
};

/// Bytes of a value.
const BYTES: usize = 8;

/// What a byte of a value is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Byte {
    Zero,
    /// The byte of memory at this offset.
    Memory(i32),
    /// All ones if that byte is negative, zero otherwise.
    Sign(i32),
}

/// What offsets count from.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Base {
    register: Option<Reg>,
    value: Value,
    section: Option<DataId>,
}

/// A value that is made of bytes of memory.
#[derive(Clone, Copy)]
struct Parts {
    bytes: [Byte; BYTES],
    base: Base,
    /// The loads, the first one first.
    loads: [OpId; BYTES],
    load_count: u8,
}

/// Replaces what makes such values by loads.
pub(super) fn join(graph: &mut Graph, is_private: bool) {
    // Few values are made of bytes; where each is in `all`.
    let mut parts = vec![NONE; graph.values.len()];
    let mut all: Vec<Parts> = Vec::new();
    let stores: Vec<OpId> =
        (0..graph.ops.len() as OpId).filter(|id| graph.ops[*id as usize].is_store).collect();
    // Who loads anew what these loads have loaded.
    let mut instead: Vec<(OpId, OpId)> = Vec::new();
    for id in 0..graph.ops.len() as OpId {
        let op = &graph.ops[id as usize];
        if op.makes == NONE {
            continue;
        }
        let made = match op.inst {
            Inst::Load { access, address, .. } => loaded(op, id, access, address),
            _ => calculated(op, &parts, &all),
        };
        let Some(made) = made else { continue };
        parts[op.makes as usize] = all.len() as u32;
        all.push(made);
        if matches!(op.inst, Inst::Load { .. }) {
            continue;
        }
        let Some((access, offset)) = whole(&made.bytes) else { continue };
        let Some(d) = op.inst.destination() else { continue };
        let first = made.loads[0];
        let model = &graph.ops[first as usize];
        let place = model.place.map(|_| Place { offset, access });
        let from = stores.partition_point(|store| *store < first);
        let between = stores[from..].iter().take_while(|store| **store < id);
        if between.into_iter().any(|store| conflicts(&graph.ops[*store as usize], place, is_private)) {
            continue;
        }
        let offset = match made.base.section {
            Some(section) => Const::Data(section, offset),
            None => Const::Int(i64::from(offset)),
        };
        let mut after = Vec::new();
        for load in &made.loads[..usize::from(made.load_count)] {
            let before = graph.after(&graph.ops[*load as usize]).iter();
            after.extend(before.filter(|before| **before < first));
            instead.push((*load, id));
        }
        let (reads, read_count) = (model.reads, model.read_count);
        let after = graph.list(&after);
        let words = place.map_or([NONE; 2], |place| graph.number(place, BYTES as i32));
        let op = &mut graph.ops[id as usize];
        op.inst = Inst::Load { access, d, address: Address { base: made.base.register, offset } };
        (op.reads, op.read_count, op.place, op.words, op.after) = (reads, read_count, place, words, after);
    }
    if instead.is_empty() {
        return;
    }
    // What had to wait for the loads waits for those that took their place.
    instead.sort_unstable();
    let mut more: Vec<OpId> = Vec::new();
    for id in stores {
        more.clear();
        let after = graph.after(&graph.ops[id as usize]);
        for before in after {
            let from = instead.partition_point(|(load, _)| load < before);
            let new = instead[from..].iter().take_while(|(load, _)| load == before);
            more.extend(new.map(|(_, new)| *new).filter(|new| *new < id));
        }
        if !more.is_empty() {
            more.splice(0..0, after.iter().copied());
            graph.ops[id as usize].after = graph.list(&more);
        }
    }
}

/// Whether a store may write to what is loaded from a place on the stack, or from elsewhere.
fn conflicts(store: &Op, load: Option<Place>, is_private: bool) -> bool {
    let end = |place: Place| place.offset.saturating_add(place.access.bytes() as i32);
    match (store.place, load) {
        (Some(store), Some(load)) => store.offset < end(load) && load.offset < end(store),
        // What is private is nobody else's.
        (Some(_), None) | (None, Some(_)) => !is_private,
        (None, None) => true,
    }
}

/// What a load gets.
fn loaded(op: &Op, id: OpId, access: Access, address: Address) -> Option<Parts> {
    let (section, offset) = match address.offset {
        Const::Int(offset) => (None, i32::try_from(offset).ok()?),
        Const::Data(section, at) => (Some(section), at),
        _ => return None,
    };
    let (count, is_signed) = match access {
        Access::U8 => (1, false),
        Access::I8 => (1, true),
        Access::U16 => (2, false),
        Access::I16 => (2, true),
        Access::U32 => (4, false),
        Access::I32 => (4, true),
        Access::U64 => (8, false),
    };
    let last = offset.checked_add(count - 1)?;
    let mut bytes = [if is_signed { Byte::Sign(last) } else { Byte::Zero }; BYTES];
    bytes.iter_mut().zip(offset..=last).for_each(|(byte, at)| *byte = Byte::Memory(at));
    let value = op.reads().first().map_or(NONE, |(_, value)| *value);
    let base = Base { register: address.base, value, section };
    Some(Parts { bytes, base, loads: [id; BYTES], load_count: 1 })
}

/// What an operation makes of such values.
fn calculated(op: &Op, parts: &[u32], all: &[Parts]) -> Option<Parts> {
    let Inst::Bin { op: bin, a: Operand::Reg(a), b, .. } = op.inst else { return None };
    let part = |reg: Reg| {
        let (_, value) = op.reads().iter().find(|(known, _)| *known == reg)?;
        all.get(parts[*value as usize] as usize).copied()
    };
    let a = part(a)?;
    match (bin, b) {
        (Bin::Or | Bin::Xor | Bin::Add(W::W64), Operand::Reg(b)) => disjoint(&a, &part(b)?),
        (Bin::Shl(W::W64), Operand::Const(Const::Int(by))) => {
            let by = whole_bytes(by, BYTES)?;
            Some(Parts {
                bytes: std::array::from_fn(|at| if at < by { Byte::Zero } else { a.bytes[at - by] }),
                ..a
            })
        }
        (Bin::Shl(W::W32), Operand::Const(Const::Int(by))) => {
            let by = whole_bytes(by, BYTES / 2)?;
            let bytes = std::array::from_fn(|at| if at < by { Byte::Zero } else { a.bytes[at - by] });
            Some(Parts { bytes: extended(bytes)?, ..a })
        }
        (Bin::Add(W::W32), Operand::Const(Const::Int(0))) => Some(Parts { bytes: extended(a.bytes)?, ..a }),
        _ => None,
    }
}

/// A shift by whole bytes.
fn whole_bytes(by: i64, limit: usize) -> Option<usize> {
    let bytes = usize::try_from(by).ok().filter(|by| by % 8 == 0)? / 8;
    (bytes < limit).then_some(bytes)
}

/// The lower half, sign-extended.
fn extended(bytes: [Byte; BYTES]) -> Option<[Byte; BYTES]> {
    let fill = match bytes[BYTES / 2 - 1] {
        Byte::Zero => Byte::Zero,
        Byte::Memory(at) | Byte::Sign(at) => Byte::Sign(at),
    };
    Some(std::array::from_fn(|at| if at < BYTES / 2 { bytes[at] } else { fill }))
}

/// Two values of which each byte is zero in one.
fn disjoint(a: &Parts, b: &Parts) -> Option<Parts> {
    if a.base != b.base {
        return None;
    }
    let mut both = *a;
    for (byte, other) in both.bytes.iter_mut().zip(b.bytes) {
        *byte = match (*byte, other) {
            (Byte::Zero, byte) | (byte, Byte::Zero) => byte,
            _ => return None,
        };
    }
    let mut loads: Vec<OpId> = a.loads[..usize::from(a.load_count)].to_vec();
    loads.extend(&b.loads[..usize::from(b.load_count)]);
    loads.sort_unstable();
    loads.dedup();
    if loads.len() > BYTES {
        return None;
    }
    both.loads[..loads.len()].copy_from_slice(&loads);
    both.load_count = loads.len() as u8;
    Some(both)
}

/// How such bytes are loaded at once, and from which offset; none if they are not in a row.
fn whole(bytes: &[Byte; BYTES]) -> Option<(Access, i32)> {
    let Byte::Memory(first) = bytes[0] else { return None };
    let count =
        (0..BYTES).take_while(|at| bytes[*at] == Byte::Memory(first.wrapping_add(*at as i32))).count();
    let last = first.checked_add(count as i32 - 1)?;
    let rest = &bytes[count..];
    let all = |byte: Byte| rest.iter().all(|other| *other == byte);
    let access = match count {
        2 if all(Byte::Zero) => Access::U16,
        2 if all(Byte::Sign(last)) => Access::I16,
        4 if all(Byte::Zero) => Access::U32,
        4 if all(Byte::Sign(last)) => Access::I32,
        8 => Access::U64,
        _ => return None,
    };
    Some((access, first))
}

/// Whether a run may have such values: bytes are loaded and shifted.
pub(super) fn may_join<'i>(insts: impl Iterator<Item = &'i Inst>) -> bool {
    let (mut loads, mut shifts) = (0, 0);
    for inst in insts {
        match inst {
            Inst::Load { access, .. } if access.bytes() < BYTES as u32 => loads += 1,
            Inst::Bin { op: Bin::Shl(_), b: Operand::Const(Const::Int(by)), .. } if by % 8 == 0 => {
                shifts += 1
            }
            _ => {}
        }
    }
    loads > 1 && shifts > 0
}
