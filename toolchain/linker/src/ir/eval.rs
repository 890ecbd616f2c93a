// SPDX-License-Identifier: Apache-2.0
//! What operations compute (instruction set, sections 7 and 8).
//!
//! Numbers are 64 bits wide; in 32-bit programs they are sign-extended from 32.

use super::{Bin, Cond, Un, W};
use crate::elf::Xlen;

/// Sign-extends the low half.
fn word(value: i64) -> i64 {
    i64::from(value as i32)
}

/// The number as registers hold it.
pub(crate) fn canonical(value: i64, xlen: Xlen) -> i64 {
    match xlen {
        Xlen::X32 => word(value),
        Xlen::X64 => value,
    }
}

/// The register as an unsigned number.
fn unsigned(value: i64, xlen: Xlen) -> u64 {
    match xlen {
        Xlen::X32 => u64::from(value as u32),
        Xlen::X64 => value as u64,
    }
}

/// The result of an operation on two values.
pub(crate) fn bin(op: Bin, a: i64, b: i64, xlen: Xlen) -> i64 {
    let (ua, ub) = (unsigned(a, xlen), unsigned(b, xlen));
    let (a32, b32) = (a as i32, b as i32);
    let (ua32, ub32) = (a as u32, b as u32);
    let high = |product: i128| match xlen {
        Xlen::X32 => word((product >> 32) as i64),
        Xlen::X64 => (product >> 64) as i64,
    };
    match op {
        Bin::Add(W::W32) => word(a.wrapping_add(b)),
        Bin::Add(W::W64) => a.wrapping_add(b),
        Bin::Sub(W::W32) => word(a.wrapping_sub(b)),
        Bin::Sub(W::W64) => a.wrapping_sub(b),
        Bin::Mul(W::W32) => word(a.wrapping_mul(b)),
        Bin::Mul(W::W64) => a.wrapping_mul(b),
        Bin::DivU(W::W32) => ua32.checked_div(ub32).map_or(-1, |q| word(i64::from(q))),
        Bin::DivU(W::W64) => (a as u64).checked_div(b as u64).map_or(-1, |q| q as i64),
        Bin::DivS(W::W32) => {
            if b32 == 0 {
                -1
            } else {
                word(i64::from(a32.wrapping_div(b32)))
            }
        }
        Bin::DivS(W::W64) => {
            if b == 0 {
                -1
            } else {
                a.wrapping_div(b)
            }
        }
        Bin::RemU(W::W32) => word(i64::from(ua32.checked_rem(ub32).unwrap_or(ua32))),
        Bin::RemU(W::W64) => (a as u64).checked_rem(b as u64).unwrap_or(a as u64) as i64,
        Bin::RemS(W::W32) => {
            if b32 == 0 {
                word(a)
            } else {
                word(i64::from(a32.wrapping_rem(b32)))
            }
        }
        Bin::RemS(W::W64) => {
            if b == 0 {
                a
            } else {
                a.wrapping_rem(b)
            }
        }
        Bin::Shl(W::W32) => word(i64::from(a32.wrapping_shl(ub32))),
        Bin::Shl(W::W64) => a.wrapping_shl(ub32),
        Bin::Shr(W::W32) => word(i64::from(ua32.wrapping_shr(ub32))),
        Bin::Shr(W::W64) => (a as u64).wrapping_shr(ub32) as i64,
        Bin::Sar(W::W32) => word(i64::from(a32.wrapping_shr(ub32))),
        Bin::Sar(W::W64) => a.wrapping_shr(ub32),
        Bin::Rotl(W::W32) => word(i64::from(ua32.rotate_left(ub32 % 32))),
        Bin::Rotl(W::W64) => a.rotate_left(ub32 % 64),
        Bin::Rotr(W::W32) => word(i64::from(ua32.rotate_right(ub32 % 32))),
        Bin::Rotr(W::W64) => a.rotate_right(ub32 % 64),
        Bin::And => a & b,
        Bin::Or => a | b,
        Bin::Xor => a ^ b,
        Bin::AndNot => a & !b,
        Bin::OrNot => a | !b,
        Bin::Xnor => !(a ^ b),
        Bin::MulHighSS => high(i128::from(a) * i128::from(b)),
        // The product of two unsigned numbers of 64 bits does not fit a signed one of 128.
        Bin::MulHighUU => high((u128::from(ua) * u128::from(ub)) as i128),
        Bin::MulHighSU => high(i128::from(a).wrapping_mul(i128::from(ub))),
        Bin::SltU => i64::from(ua < ub),
        Bin::SltS => i64::from(a < b),
        Bin::SgtU => i64::from(ua > ub),
        Bin::SgtS => i64::from(a > b),
        Bin::MaxS => a.max(b),
        Bin::MaxU => {
            if ua >= ub {
                a
            } else {
                b
            }
        }
        Bin::MinS => a.min(b),
        Bin::MinU => {
            if ua <= ub {
                a
            } else {
                b
            }
        }
    }
}

/// The result of an operation on one value.
pub(crate) fn un(op: Un, a: i64, xlen: Xlen) -> i64 {
    let low = a as u32;
    match op {
        Un::Popcnt(W::W32) => i64::from(low.count_ones()),
        Un::Popcnt(W::W64) => i64::from(a.count_ones()),
        Un::Clz(W::W32) => i64::from(low.leading_zeros()),
        Un::Clz(W::W64) => i64::from(a.leading_zeros()),
        Un::Ctz(W::W32) => i64::from(low.trailing_zeros()),
        Un::Ctz(W::W64) => i64::from(a.trailing_zeros()),
        Un::Sext8 => i64::from(a as i8),
        Un::Sext16 => i64::from(a as i16),
        Un::Zext16 => i64::from(a as u16),
        Un::ReverseBytes => match xlen {
            Xlen::X32 => word(i64::from(low.swap_bytes())),
            Xlen::X64 => a.swap_bytes(),
        },
    }
}

/// Whether a branch is taken.
pub(crate) fn cond(cond: Cond, a: i64, b: i64, xlen: Xlen) -> bool {
    let (ua, ub) = (unsigned(a, xlen), unsigned(b, xlen));
    match cond {
        Cond::Eq => a == b,
        Cond::Ne => a != b,
        Cond::LtU => ua < ub,
        Cond::GeU => ua >= ub,
        Cond::LeU => ua <= ub,
        Cond::GtU => ua > ub,
        Cond::LtS => a < b,
        Cond::GeS => a >= b,
        Cond::LeS => a <= b,
        Cond::GtS => a > b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_of_division_follow_the_instruction_set() {
        let min = i64::MIN;
        let min32 = i64::from(i32::MIN);
        for xlen in [Xlen::X32, Xlen::X64] {
            assert_eq!(bin(Bin::DivS(W::W32), min32, -1, xlen), min32);
            assert_eq!(bin(Bin::RemS(W::W32), min32, -1, xlen), 0);
            assert_eq!(bin(Bin::DivU(W::W32), 5, 0, xlen), -1);
            assert_eq!(bin(Bin::RemU(W::W32), -2, 0, xlen), -2);
        }
        assert_eq!(bin(Bin::DivS(W::W64), min, -1, Xlen::X64), min);
        assert_eq!(bin(Bin::DivU(W::W32), 1 << 31, 1, Xlen::X64), min32);
    }

    #[test]
    fn upper_halves_of_products_depend_on_the_register_width() {
        assert_eq!(bin(Bin::MulHighUU, -1, -1, Xlen::X64), -2);
        assert_eq!(bin(Bin::MulHighUU, -1, -1, Xlen::X32), -2);
        assert_eq!(bin(Bin::MulHighSU, -1, -1, Xlen::X64), -1);
        assert_eq!(bin(Bin::MulHighSS, i64::MIN, i64::MIN, Xlen::X64), 1 << 62);
    }
}
