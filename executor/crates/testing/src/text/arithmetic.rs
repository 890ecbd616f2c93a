// SPDX-License-Identifier: Apache-2.0
//! What instructions compute, written down once more from the instruction table (instruction set, section 7) with
//! numbers of 128 bits that nothing overflows: the source of the vectors' values. It shares nothing with the engines.

use revive_vm_primitives::Opcode;

/// Registers as the table reads them.
#[derive(Clone, Copy)]
struct Width {
    bits: u32,
}

impl Width {
    fn modulus(self) -> i128 {
        1 << self.bits
    }

    /// U(x)
    fn unsigned(self, x: u64) -> i128 {
        i128::from(x).rem_euclid(self.modulus())
    }

    /// S(x)
    fn signed(self, x: u64) -> i128 {
        sign(self.unsigned(x), self.bits)
    }

    /// A result as register value.
    fn value(self, x: i128) -> u64 {
        x.rem_euclid(self.modulus()) as u64
    }
}

/// A number of so many bits read with a sign.
fn sign(x: i128, bits: u32) -> i128 {
    let x = x.rem_euclid(1 << bits);
    if x >= 1 << (bits - 1) {
        x - (1 << bits)
    } else {
        x
    }
}

/// Quotient and remainder of unsigned numbers of so many bits.
fn divide_unsigned(x: i128, y: i128, bits: u32) -> (i128, i128) {
    if y == 0 {
        ((1 << bits) - 1, x)
    } else {
        (x / y, x % y)
    }
}

/// The same of signed numbers. The most negative number divided by -1 gives itself, and nothing remains.
fn divide_signed(x: i128, y: i128) -> (i128, i128) {
    match y {
        0 => (-1, x),
        // The quotient of the most negative number is reduced to it when it is made a register value.
        _ => (x / y, x % y),
    }
}

fn bits_of(x: i128, bits: u32) -> impl DoubleEndedIterator<Item = bool> {
    (0..bits).map(move |bit| x >> bit & 1 == 1)
}

fn rotate_left(x: i128, by: i128, bits: u32) -> i128 {
    let by = by.rem_euclid(i128::from(bits)) as u32;
    // As text: the bits that leave on one side come in on the other.
    bits_of(x, bits)
        .enumerate()
        .filter(|(_, bit)| *bit)
        .map(|(at, _)| 1i128 << ((at as u32 + by) % bits))
        .sum()
}

/// What an instruction writes into its destination, which holds `d`: for instructions that only compute. `s` and `t` are the
/// source registers; for a form with an immediate `t` is that, sign-extended. `None` for all other instructions.
pub fn result(opcode: Opcode, is_64_bit: bool, d: u64, s: u64, t: u64) -> Option<u64> {
    use Opcode::*;
    let w = Width { bits: if is_64_bit { 64 } else { 32 } };
    let half = Width { bits: 32 };
    let (us, ut, ss, st) = (w.unsigned(s), w.unsigned(t), w.signed(s), w.signed(t));
    let (ls, lt) = (half.unsigned(s), half.unsigned(t));
    let (hs, ht) = (half.signed(s), half.signed(t));
    let by = |amount: i128, bits: i128| 2i128.pow(amount.rem_euclid(bits) as u32);
    let truth = |condition: bool| i128::from(condition);
    // Division that rounds down is what a shift to the right does.
    let shr = |x: i128, amount: i128, bits: i128| x.div_euclid(by(amount, bits));
    let not = |x: i128| w.modulus() - 1 - x;
    // A 32-bit result is sign-extended.
    let narrow = |x: i128| w.value(sign(x, 32));
    let count = |x: i128, bits: u32| bits_of(x, bits).filter(|bit| *bit).count() as i128;
    let leading = |x: i128, bits: u32| bits_of(x, bits).rev().take_while(|bit| !bit).count() as i128;
    let trailing = |x: i128, bits: u32| bits_of(x, bits).take_while(|bit| !bit).count() as i128;
    Some(match opcode {
        Add32 | AddImm32 => narrow(ls + lt),
        Sub32 => narrow(ls - lt),
        Mul32 | MulImm32 => narrow(ls * lt),
        NegateAndAddImm32 => narrow(lt - ls),
        DivUnsigned32 => narrow(divide_unsigned(ls, lt, 32).0),
        RemUnsigned32 => narrow(divide_unsigned(ls, lt, 32).1),
        DivSigned32 => narrow(divide_signed(hs, ht).0),
        RemSigned32 => narrow(divide_signed(hs, ht).1),
        ShiftLogicalLeft32 | ShiftLogicalLeftImm32 => narrow(ls * by(lt, 32)),
        ShiftLogicalRight32 | ShiftLogicalRightImm32 => narrow(shr(ls, lt, 32)),
        ShiftArithmeticRight32 | ShiftArithmeticRightImm32 => narrow(shr(hs, lt, 32)),
        ShiftLogicalLeftImmAlt32 => narrow(lt * by(ls, 32)),
        ShiftLogicalRightImmAlt32 => narrow(shr(lt, ls, 32)),
        ShiftArithmeticRightImmAlt32 => narrow(shr(ht, ls, 32)),
        RotateLeft32 => narrow(rotate_left(ls, lt, 32)),
        RotateRight32 | RotateRightImm32 => narrow(rotate_left(ls, -lt, 32)),
        RotateRightImmAlt32 => narrow(rotate_left(lt, -ls, 32)),

        Add64 | AddImm64 => w.value(us + ut),
        Sub64 => w.value(us - ut),
        // The product of two 64-bit numbers without a sign needs all 128 bits.
        Mul64 | MulImm64 => (product(s, t) % (1 << 64)) as u64,
        NegateAndAddImm64 => w.value(ut - us),
        DivUnsigned64 => w.value(divide_unsigned(us, ut, 64).0),
        RemUnsigned64 => w.value(divide_unsigned(us, ut, 64).1),
        DivSigned64 => w.value(divide_signed(ss, st).0),
        RemSigned64 => w.value(divide_signed(ss, st).1),
        ShiftLogicalLeft64 | ShiftLogicalLeftImm64 => (product(s, by(ut, 64) as u64) % (1 << 64)) as u64,
        ShiftLogicalRight64 | ShiftLogicalRightImm64 => w.value(shr(us, ut, 64)),
        ShiftArithmeticRight64 | ShiftArithmeticRightImm64 => w.value(shr(ss, ut, 64)),
        ShiftLogicalLeftImmAlt64 => (product(t, by(us, 64) as u64) % (1 << 64)) as u64,
        ShiftLogicalRightImmAlt64 => w.value(shr(ut, us, 64)),
        ShiftArithmeticRightImmAlt64 => w.value(shr(st, us, 64)),
        RotateLeft64 => w.value(rotate_left(us, ut, 64)),
        RotateRight64 | RotateRightImm64 => w.value(rotate_left(us, -ut, 64)),
        RotateRightImmAlt64 => w.value(rotate_left(ut, -us, 64)),

        And | AndImm => w.value(us & ut),
        Or | OrImm => w.value(us | ut),
        Xor | XorImm => w.value(us ^ ut),
        AndInverted => w.value(us & not(ut)),
        OrInverted => w.value(us | not(ut)),
        Xnor => w.value(not(us ^ ut)),
        SetLessThanUnsigned | SetLessThanUnsignedImm => w.value(truth(us < ut)),
        SetLessThanSigned | SetLessThanSignedImm => w.value(truth(ss < st)),
        SetGreaterThanUnsignedImm => w.value(truth(us > ut)),
        SetGreaterThanSignedImm => w.value(truth(ss > st)),
        Maximum => w.value(ss.max(st)),
        Minimum => w.value(ss.min(st)),
        MaximumUnsigned => w.value(us.max(ut)),
        MinimumUnsigned => w.value(us.min(ut)),
        MulUpperSignedSigned => w.value((ss * st).div_euclid(w.modulus())),
        MulUpperSignedUnsigned => w.value((ss * ut).div_euclid(w.modulus())),
        MulUpperUnsignedUnsigned => match is_64_bit {
            true => (product(s, t) >> 64) as u64,
            false => w.value((us * ut).div_euclid(w.modulus())),
        },
        CmovIfZero => w.value(if ut == 0 { us } else { w.unsigned(d) }),
        CmovIfNotZero => w.value(if ut != 0 { us } else { w.unsigned(d) }),
        // The condition is the register, the value the immediate.
        CmovIfZeroImm => w.value(if us == 0 { ut } else { w.unsigned(d) }),
        CmovIfNotZeroImm => w.value(if us != 0 { ut } else { w.unsigned(d) }),

        MoveReg => w.value(us),
        CountSetBits32 => w.value(count(ls, 32)),
        CountSetBits64 => w.value(count(us, 64)),
        CountLeadingZeroBits32 => w.value(leading(ls, 32)),
        CountLeadingZeroBits64 => w.value(leading(us, 64)),
        CountTrailingZeroBits32 => w.value(trailing(ls, 32)),
        CountTrailingZeroBits64 => w.value(trailing(us, 64)),
        SignExtend8 => w.value(sign(us, 8)),
        SignExtend16 => w.value(sign(us, 16)),
        ZeroExtend16 => w.value(us % (1 << 16)),
        ReverseByte => {
            let bytes = w.bits / 8;
            w.value((0..bytes).map(|at| (us >> (8 * at) & 0xff) << (8 * (bytes - 1 - at))).sum())
        }
        _ => return None,
    })
}

/// The product of two numbers without a sign.
fn product(s: u64, t: u64) -> u128 {
    u128::from(s) * u128::from(t)
}

/// Whether a branch is taken. `t` is the second register, or the immediate, sign-extended. `None` for what is no branch.
pub fn is_taken(opcode: Opcode, is_64_bit: bool, s: u64, t: u64) -> Option<bool> {
    use Opcode::*;
    let w = Width { bits: if is_64_bit { 64 } else { 32 } };
    let (us, ut, ss, st) = (w.unsigned(s), w.unsigned(t), w.signed(s), w.signed(t));
    Some(match opcode {
        BranchEq | BranchEqImm => us == ut,
        BranchNotEq | BranchNotEqImm => us != ut,
        BranchLessUnsigned | BranchLessUnsignedImm => us < ut,
        BranchLessSigned | BranchLessSignedImm => ss < st,
        BranchGreaterOrEqualUnsigned | BranchGreaterOrEqualUnsignedImm => us >= ut,
        BranchGreaterOrEqualSigned | BranchGreaterOrEqualSignedImm => ss >= st,
        BranchLessOrEqualUnsignedImm => us <= ut,
        BranchLessOrEqualSignedImm => ss <= st,
        BranchGreaterUnsignedImm => us > ut,
        BranchGreaterSignedImm => ss > st,
        _ => return None,
    })
}
