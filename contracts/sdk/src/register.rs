// SPDX-License-Identifier: Apache-2.0
//! What passes between guest and host in registers: numbers and addresses, one register each (guest ABI, section 7.1).
//!
//! Host and guest disagree about the upper half of a register that carries 32 bits. What goes out is extended here,
//! unsigned numbers by zeros and signed ones by their sign; what comes in is cut to its 32 bits.

/// A value that the guest hands to the host in a register.
pub trait IntoRegister {
    /// The register.
    fn into_register(self) -> u64;
}

/// A value that the host hands to the guest in a register.
pub trait FromRegister {
    /// The value of the register.
    fn from_register(register: u64) -> Self;
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(
            impl IntoRegister for $number {
                #[inline(always)]
                fn into_register(self) -> u64 {
                    self as u64
                }
            }

            impl FromRegister for $number {
                #[inline(always)]
                fn from_register(register: u64) -> Self {
                    register as Self
                }
            }
        )*
    };
}

numbers!(u32, i32, u64, i64, usize, isize);

impl<T> IntoRegister for *const T {
    #[inline(always)]
    fn into_register(self) -> u64 {
        self as usize as u64
    }
}

impl<T> IntoRegister for *mut T {
    #[inline(always)]
    fn into_register(self) -> u64 {
        self as usize as u64
    }
}

/// Two result registers, `a0` and `a1`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Pair(pub u64, pub u64);

/// The result of a function between guest and host: nothing, a value, or two values.
pub trait Outcome {
    /// The form it has in registers.
    type Raw;
    /// How many registers that are.
    const REGISTERS: u8;

    /// Puts it into registers.
    fn into_raw(self) -> Self::Raw;
    /// Takes it from registers.
    fn from_raw(raw: Self::Raw) -> Self;
}

impl Outcome for () {
    type Raw = ();
    const REGISTERS: u8 = 0;

    #[inline(always)]
    fn into_raw(self) {}

    #[inline(always)]
    fn from_raw(_: ()) {}
}

macro_rules! outcomes {
    ($($number:ty),*) => {
        $(
            impl Outcome for $number {
                type Raw = u64;
                const REGISTERS: u8 = 1;

                #[inline(always)]
                fn into_raw(self) -> u64 {
                    self.into_register()
                }

                #[inline(always)]
                fn from_raw(raw: u64) -> Self {
                    Self::from_register(raw)
                }
            }
        )*
    };
}

outcomes!(u32, i32, u64, i64, usize, isize);

impl<A: IntoRegister + FromRegister, B: IntoRegister + FromRegister> Outcome for (A, B) {
    type Raw = Pair;
    const REGISTERS: u8 = 2;

    #[inline(always)]
    fn into_raw(self) -> Pair {
        Pair(self.0.into_register(), self.1.into_register())
    }

    #[inline(always)]
    fn from_raw(Pair(a, b): Pair) -> Self {
        (A::from_register(a), B::from_register(b))
    }
}

/// Most arguments, one register each: `a0` to `a5`, `t0`, `t1`, `t2`.
pub const ARGUMENTS_MAX: usize = 9;

/// The number of arguments, checked against the registers that carry them.
#[doc(hidden)]
pub const fn arguments(names: &[&str]) -> usize {
    assert!(names.len() <= ARGUMENTS_MAX, "a function between guest and host takes at most nine arguments");
    names.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_half_of_32_bit_numbers_follows_their_sign() {
        assert_eq!(u32::MAX.into_register(), 0xffff_ffff);
        assert_eq!((-1_i32).into_register(), u64::MAX);
        assert_eq!(u32::from_register(0xdead_0000_0001), 1);
        assert_eq!(i32::from_register(0x1234_ffff_ffff), -1);
        assert_eq!(i64::from_register(u64::MAX), -1);
        let Pair(a, b) = (7_u32, -7_i32).into_raw();
        assert_eq!((a, b), (7, -7_i64 as u64));
        assert_eq!(<(u32, i32)>::from_raw(Pair(a, b)), (7, -7));
        assert_eq!([<()>::REGISTERS, u32::REGISTERS, <(u64, u64)>::REGISTERS], [0, 1, 2]);
    }
}
