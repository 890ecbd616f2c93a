// SPDX-License-Identifier: Apache-2.0
//! Which operands may be constants, and the simplest instruction with the same effect.
//!
//! An instruction is *normal* if the virtual machine has it. [`normalize`] makes an instruction with any constants
//! normal where it can: it folds, removes what does nothing (`x + 0`), and exchanges operands.

use super::{eval, Bin, Cond, Const, Inst, Operand, Reg, Terminator, W};
use crate::elf::Xlen;

/// What became of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Normal {
    /// It is as good as it gets.
    Same,
    /// This one does the same, and is normal.
    Inst(Inst),
    /// It does nothing.
    Nothing,
    /// The virtual machine has no such instruction; an operand must become a register.
    Impossible,
}

/// Simplifies an instruction.
pub(crate) fn normalize(inst: &Inst, xlen: Xlen) -> Normal {
    match *inst {
        Inst::Move { d, s } if d == s => Normal::Nothing,
        Inst::Bin { op, d, a, b } => normalize_bin(op, d, a, b, xlen),
        Inst::Cmov { d, s: Operand::Reg(s), .. } if d == s => Normal::Nothing,
        Inst::Cmov { s: Operand::Const(value), .. } if !value.fits_immediate() => Normal::Impossible,
        Inst::Store { s: Operand::Const(value), .. } if !value.fits_immediate() => Normal::Impossible,
        _ => Normal::Same,
    }
}

/// Whether the virtual machine has this instruction.
pub(crate) fn is_encodable(inst: &Inst) -> bool {
    match *inst {
        Inst::Bin { op, a, b, .. } => match (a, b) {
            (Operand::Reg(_), Operand::Reg(_)) => op.opcode().is_some(),
            (Operand::Reg(_), Operand::Const(value)) => {
                op.opcode_const_right().is_some() && value.fits_immediate()
            }
            (Operand::Const(value), Operand::Reg(_)) => {
                op.opcode_const_left().is_some() && value.fits_immediate()
            }
            (Operand::Const(_), Operand::Const(_)) => false,
        },
        Inst::Cmov { s: Operand::Const(value), .. } => value.fits_immediate(),
        Inst::Store { s, address, .. } => {
            s.constant().is_none_or(Const::fits_immediate) && address.offset.fits_immediate()
        }
        Inst::Load { address, .. } => address.offset.fits_immediate(),
        _ => true,
    }
}

fn normalize_bin(op: Bin, d: Reg, a: Operand, b: Operand, xlen: Xlen) -> Normal {
    let value = |value| Normal::Inst(Inst::Const { d, value });
    let int = |number| value(Const::Int(eval::canonical(number, xlen)));
    let same = |s: Reg| if s == d { Normal::Nothing } else { Normal::Inst(Inst::Move { d, s }) };
    let is_native = op.width().is_none_or(|w| w == W::native(xlen));

    if let (Operand::Const(a), Operand::Const(b)) = (a, b) {
        return match (op, a, b) {
            (_, Const::Int(a), Const::Int(b)) => int(eval::bin(op, a, b, xlen)),
            (Bin::Add(_), Const::Data(section, offset), Const::Int(by))
            | (Bin::Add(_), Const::Int(by), Const::Data(section, offset))
                if is_native =>
            {
                match i32::try_from(i64::from(offset).saturating_add(by)) {
                    Ok(offset) => value(Const::Data(section, offset)),
                    Err(_) => Normal::Impossible,
                }
            }
            (Bin::Sub(_), Const::Data(section, offset), Const::Int(by)) if is_native => {
                match i32::try_from(i64::from(offset).saturating_sub(by)) {
                    Ok(offset) => value(Const::Data(section, offset)),
                    Err(_) => Normal::Impossible,
                }
            }
            // What belongs together is within 2048 bytes of one page, so that the high part is that of both.
            (Bin::Add(_), Const::DataHigh(high, _), Const::DataLow(low, offset))
            | (Bin::Add(_), Const::DataLow(low, offset), Const::DataHigh(high, _))
                if high == low =>
            {
                value(Const::Data(low, offset))
            }
            // Addresses are below 2^31, so words of 32 bits hold them.
            (Bin::Add(_) | Bin::Or | Bin::Xor, address, Const::Int(0))
            | (Bin::Add(_) | Bin::Or | Bin::Xor, Const::Int(0), address) => value(address),
            (Bin::Sub(_), address, Const::Int(0)) => value(address),
            _ => Normal::Impossible,
        };
    }

    if let (Operand::Reg(x), Operand::Reg(y)) = (a, b) {
        return match op {
            Bin::And | Bin::Or | Bin::MaxS | Bin::MaxU | Bin::MinS | Bin::MinU if x == y => same(x),
            Bin::Xor | Bin::Sub(_) | Bin::AndNot | Bin::SltS | Bin::SltU if x == y => int(0),
            Bin::OrNot | Bin::Xnor if x == y => int(-1),
            Bin::SgtS => Normal::Inst(Inst::Bin { op: Bin::SltS, d, a: b, b: a }),
            Bin::SgtU => Normal::Inst(Inst::Bin { op: Bin::SltU, d, a: b, b: a }),
            _ => Normal::Same,
        };
    }

    if let (Operand::Const(left), Operand::Reg(x)) = (a, b) {
        let swapped = |op: Bin| renormalize(op, d, b, a, xlen);
        return match (op, left) {
            (op, _) if op.is_commutative() => swapped(op),
            (Bin::SltS, _) => swapped(Bin::SgtS),
            (Bin::SltU, _) => swapped(Bin::SgtU),
            (Bin::SgtS, _) => swapped(Bin::SltS),
            (Bin::SgtU, _) => swapped(Bin::SltU),
            (
                Bin::AndNot | Bin::Shl(_) | Bin::Shr(_) | Bin::Sar(_) | Bin::Rotl(_) | Bin::Rotr(_),
                Const::Int(0),
            ) => int(0),
            (Bin::RemU(_) | Bin::RemS(_), Const::Int(0)) => int(0),
            (Bin::MulHighSU, Const::Int(0)) => int(0),
            (Bin::Sar(_), Const::Int(-1)) if is_native => int(-1),
            (Bin::OrNot, Const::Int(0)) => renormalize(Bin::Xor, d, Operand::Reg(x), Operand::int(-1), xlen),
            (Bin::OrNot, Const::Int(-1)) => int(-1),
            (Bin::AndNot, Const::Int(-1)) => {
                renormalize(Bin::Xor, d, Operand::Reg(x), Operand::int(-1), xlen)
            }
            _ if op.opcode_const_left().is_some() && left.fits_immediate() => Normal::Same,
            _ => Normal::Impossible,
        };
    }

    let (Operand::Reg(x), Operand::Const(right)) = (a, b) else { return Normal::Same };
    let number = right.int();
    if let (Some(bits), Some(amount)) = (op.shift_bits(), number) {
        let amount = amount & i64::from(bits - 1);
        return match op {
            _ if amount == 0 && is_native => same(x),
            Bin::Rotl(w) => renormalize(Bin::Rotr(w), d, a, Operand::int(i64::from(bits) - amount), xlen),
            _ if number != Some(amount) => Normal::Inst(Inst::Bin { op, d, a, b: Operand::int(amount) }),
            _ => Normal::Same,
        };
    }
    match (op, number) {
        (Bin::Add(_) | Bin::Or | Bin::Xor | Bin::Sub(_), Some(0)) if is_native => same(x),
        (Bin::AndNot, Some(0)) => same(x),
        (Bin::And, Some(-1)) | (Bin::Mul(_), Some(1)) | (Bin::DivU(_) | Bin::DivS(_), Some(1))
            if is_native =>
        {
            same(x)
        }
        (Bin::And, Some(0)) | (Bin::Mul(_), Some(0)) => int(0),
        (Bin::MulHighSS | Bin::MulHighUU | Bin::MulHighSU, Some(0)) => int(0),
        (Bin::Or, Some(-1)) => int(-1),
        (Bin::OrNot, Some(0)) => int(-1),
        (Bin::OrNot, Some(-1)) => same(x),
        (Bin::AndNot, Some(-1)) => int(0),
        (Bin::Xnor, Some(number)) => renormalize(Bin::Xor, d, a, Operand::int(!number), xlen),
        (Bin::AndNot, Some(number)) => renormalize(Bin::And, d, a, Operand::int(!number), xlen),
        (Bin::OrNot, Some(number)) => renormalize(Bin::Or, d, a, Operand::int(!number), xlen),
        (Bin::DivU(_) | Bin::DivS(_), Some(0)) => int(-1),
        (Bin::RemU(_) | Bin::RemS(_), Some(0)) if is_native => same(x),
        (Bin::RemU(w) | Bin::RemS(w), Some(0)) => renormalize(Bin::Add(w), d, a, Operand::int(0), xlen),
        (Bin::RemU(_) | Bin::RemS(_), Some(1)) => int(0),
        (Bin::DivU(w) | Bin::DivS(w), Some(1)) => renormalize(Bin::Add(w), d, a, Operand::int(0), xlen),
        (Bin::MinU, Some(0)) | (Bin::SltU, Some(0)) => int(0),
        (Bin::MaxU, Some(0)) => same(x),
        (Bin::MinU, Some(-1)) => same(x),
        (Bin::MaxU, Some(-1)) => int(-1),
        (Bin::SgtU, Some(-1)) => int(0),
        (Bin::Sub(w), Some(number)) => {
            match number.checked_neg().filter(|negated| i32::try_from(*negated).is_ok()) {
                Some(negated) => Normal::Inst(Inst::Bin { op: Bin::Add(w), d, a, b: Operand::int(negated) }),
                // In words of 32 bits, -2^31 is its own negation.
                None if w == W::W32 && i32::try_from(number).is_ok() => {
                    Normal::Inst(Inst::Bin { op: Bin::Add(w), d, a, b })
                }
                None => Normal::Impossible,
            }
        }
        // Only the low half counts.
        (Bin::Add(W::W32) | Bin::Mul(W::W32), Some(number)) if i32::try_from(number).is_err() => {
            Normal::Inst(Inst::Bin { op, d, a, b: Operand::int(i64::from(number as i32)) })
        }
        _ if op.opcode_const_right().is_some() && right.fits_immediate() => Normal::Same,
        _ => Normal::Impossible,
    }
}

/// Normalises what another instruction has become.
fn renormalize(op: Bin, d: Reg, a: Operand, b: Operand, xlen: Xlen) -> Normal {
    let inst = Inst::Bin { op, d, a, b };
    match normalize(&inst, xlen) {
        Normal::Same => Normal::Inst(inst),
        other => other,
    }
}

/// Simplifies a branch with operands of any kind. `None` if an operand must become a register.
pub(crate) fn normalize_branch(
    cond: Cond,
    a: Operand,
    b: Operand,
    (yes, no): (super::BlockId, super::BlockId),
    xlen: Xlen,
) -> Option<Terminator> {
    if yes == no {
        return Some(Terminator::Jump(yes));
    }
    let decided = |taken: bool| Some(Terminator::Jump(if taken { yes } else { no }));
    match (a, b) {
        (Operand::Reg(x), Operand::Reg(y)) if x == y => {
            decided(matches!(cond, Cond::Eq | Cond::GeU | Cond::GeS | Cond::LeU | Cond::LeS))
        }
        (Operand::Reg(x), Operand::Reg(y)) => Some(match cond.for_registers() {
            true => Terminator::Branch { cond, a: x, b, yes, no },
            false => Terminator::Branch { cond: cond.swapped(), a: y, b: a, yes, no },
        }),
        (Operand::Const(Const::Int(x)), Operand::Const(Const::Int(y))) => {
            decided(eval::cond(cond, x, y, xlen))
        }
        (Operand::Const(_), Operand::Const(_)) => None,
        (Operand::Const(_), Operand::Reg(_)) => normalize_branch(cond.swapped(), b, a, (yes, no), xlen),
        (Operand::Reg(_), Operand::Const(value)) if !value.fits_immediate() => None,
        (Operand::Reg(x), Operand::Const(value)) => {
            let branch = |cond, b| Some(Terminator::Branch { cond, a: x, b, yes, no });
            match (cond, value) {
                (Cond::LtU, Const::Int(0)) => decided(false),
                (Cond::GeU, Const::Int(0)) => decided(true),
                // Comparisons for equality take the same bytes and are simpler.
                (Cond::GtU, Const::Int(0)) => branch(Cond::Ne, b),
                (Cond::LeU, Const::Int(0)) => branch(Cond::Eq, b),
                (Cond::LtU, Const::Int(1)) => branch(Cond::Eq, Operand::int(0)),
                (Cond::GeU, Const::Int(1)) => branch(Cond::Ne, Operand::int(0)),
                // Zero takes no byte at all.
                (Cond::LtS, Const::Int(1)) => branch(Cond::LeS, Operand::int(0)),
                (Cond::GeS, Const::Int(1)) => branch(Cond::GtS, Operand::int(0)),
                (Cond::LeS, Const::Int(-1)) => branch(Cond::LtS, Operand::int(0)),
                (Cond::GtS, Const::Int(-1)) => branch(Cond::GeS, Operand::int(0)),
                _ => branch(cond, b),
            }
        }
    }
}
