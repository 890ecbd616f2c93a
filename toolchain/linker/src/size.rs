// SPDX-License-Identifier: Apache-2.0
//! How many bytes instructions take. What depends on places is estimated: two bytes for a distance, three for an address.

use crate::ir::{Block, Const, Inst, Operand, Program, Terminator};

/// Fewest bytes that an immediate takes.
pub(crate) fn immediate(value: Const) -> u64 {
    match value {
        Const::Int(value) => match value {
            0 => 0,
            -0x80..=0x7f => 1,
            -0x8000..=0x7fff => 2,
            -0x80_0000..=0x7f_ffff => 3,
            _ => 4,
        },
        Const::Data(..) | Const::DataHigh(..) | Const::HeapBase => 3,
        Const::Code(_) | Const::DataLow(..) => 2,
    }
}

const DISTANCE: u64 = 2;

fn operand(value: Operand) -> u64 {
    value.constant().map_or(0, immediate)
}

/// Bytes of an instruction.
pub(crate) fn inst(inst: &Inst) -> u64 {
    match *inst {
        Inst::Load { address, .. } => 2 + immediate(address.offset),
        Inst::Store { s, address, .. } => 2 + immediate(address.offset) + operand(s),
        Inst::Const { value, .. } if !value.fits_immediate() => 10,
        Inst::Const { value, .. } => 2 + immediate(value),
        Inst::Move { .. } | Inst::Un { .. } | Inst::Sbrk { .. } => 2,
        Inst::Bin { a: Operand::Reg(_), b: Operand::Reg(_), .. } => 3,
        Inst::Bin { a, b, .. } => 2 + operand(a) + operand(b),
        Inst::Cmov { s: Operand::Reg(_), .. } => 3,
        Inst::Cmov { s, .. } => 2 + operand(s),
        Inst::HostCall { .. } => 2,
        Inst::Memset => 1,
    }
}

/// Bytes of a terminator, unless the next block is where it goes.
pub(crate) fn end(end: &Terminator) -> u64 {
    match *end {
        Terminator::Trap => 1,
        Terminator::Jump(_) => 1 + DISTANCE,
        Terminator::Branch { b, .. } => 2 + DISTANCE + operand(b),
        Terminator::JumpIndirect { .. } => 2,
        Terminator::Call { back, .. } => 2 + immediate(Const::Code(back)) + DISTANCE,
        Terminator::CallIndirect { back, .. } => 3 + immediate(Const::Code(back)),
    }
}

/// Whether the instructions of a block take so many bytes at most. Many may ask that of one long block.
pub(crate) fn fits(block: &Block, bytes: u64) -> bool {
    let left = |left: u64, inst: u64| left.checked_sub(inst);
    block.insts.iter().map(|node| inst(&node.inst)).try_fold(bytes, left).is_some()
}

/// Bytes of the instructions of a block.
pub(crate) fn insts(block: &Block) -> u64 {
    block.insts.iter().map(|node| inst(&node.inst)).sum()
}

/// Bytes of all code.
pub(crate) fn estimate(program: &Program) -> u64 {
    let mut bytes = 0;
    for (position, &id) in program.order.iter().enumerate() {
        let block = program.block(id);
        let next = program.order.get(position + 1).copied();
        let falls = matches!(block.end, Terminator::Jump(to) if Some(to) == next);
        bytes += insts(block) + if falls { 0 } else { end(&block.end) };
    }
    bytes
}
