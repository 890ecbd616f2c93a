// SPDX-License-Identifier: Apache-2.0
//! What GNU ld leaves of an address that it found to be near to the global pointer, or to zero: one instruction that adds the
//! distance to `gp` or `zero`, and a relocation from whose addend it has subtracted the former. As the symbol table says where `gp`
//! would point, the relocation can be made what it was; the instruction confirms it.

use super::{rel, Relocation, Xlen};

/// The symbol whose address programs load into `gp` before anything else.
pub(super) const SYMBOL: &[u8] = b"__global_pointer$";

/// The register.
const GP: u32 = 3;

/// The relocation of the kind that lld leaves in its place, where `value` is that of its symbol and `word` the instruction; none if
/// it belongs to something else.
pub(super) fn restored(
    relocation: Relocation,
    word: u32,
    value: u64,
    gp: Option<u64>,
    xlen: Xlen,
) -> Option<Relocation> {
    let (low, near, small) = match relocation.kind {
        rel::GPREL_I => ((word as i32) >> 20, rel::LLD_GPREL_I, rel::X0REL_I),
        rel::GPREL_S => ((word as i32) >> 25 << 5 | (word >> 7) as i32 & 31, rel::LLD_GPREL_S, rel::X0REL_S),
        _ => return None,
    };
    let (kind, base) = match word >> 15 & 31 {
        0 => (small, 0),
        GP => (near, gp?),
        _ => return None,
    };
    let number = |number: u64| if xlen.is_64() { number as i64 } else { i64::from(number as i32) };
    let addend = number(base.wrapping_add(i64::from(low) as u64).wrapping_sub(value));
    let subtracted = number((addend as u64).wrapping_sub(base));
    [addend, subtracted].contains(&relocation.addend).then_some(Relocation { kind, addend, ..relocation })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gnu_ld_subtracted_is_added_again() {
        let relocation = |kind, addend| Relocation { offset: 0, kind, symbol: 1, addend };
        // `lw a0, -8(gp)` and `sw a0, -8(gp)`, of a byte 4 behind a symbol at 0x1ff4, where gp is 0x2000.
        for (kind, word, restored_kind) in
            [(rel::GPREL_I, 0xff81_a503, rel::LLD_GPREL_I), (rel::GPREL_S, 0xfea1_ac23, rel::LLD_GPREL_S)]
        {
            for (addend, is_right) in [(4 - 0x2000, true), (4, true), (8 - 0x2000, false)] {
                let found = restored(relocation(kind, addend), word, 0x1ff4, Some(0x2000), Xlen::X64);
                assert_eq!(found, is_right.then_some(relocation(restored_kind, 4)), "{addend}");
            }
            assert_eq!(restored(relocation(kind, 4), word, 0x1ff4, None, Xlen::X64), None);
        }
        // `lw a0, -8(zero)`, at the end of an address space of 32 bits.
        let found = restored(relocation(rel::GPREL_I, 4), 0xff80_2503, 0xffff_fff4, None, Xlen::X32);
        assert_eq!(found, Some(relocation(rel::X0REL_I, 4)));
    }
}
