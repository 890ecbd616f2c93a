// SPDX-License-Identifier: Apache-2.0
//! The 13 general registers.

use core::fmt;

/// A general register; there is no zero register and there are no flags (instruction set, section 1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Reg {
    /// Return address.
    Ra = 0,
    /// Stack pointer.
    Sp,
    /// Temporary 0, also argument 6.
    T0,
    /// Temporary 1, also argument 7.
    T1,
    /// Temporary 2, also argument 8.
    T2,
    /// Saved 0.
    S0,
    /// Saved 1.
    S1,
    /// Argument 0 and first result.
    A0,
    /// Argument 1 and second result.
    A1,
    /// Argument 2.
    A2,
    /// Argument 3.
    A3,
    /// Argument 4.
    A4,
    /// Argument 5.
    A5 = 12,
}

impl Reg {
    /// Number of registers.
    pub const COUNT: usize = 13;

    /// All registers in order of their number.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Ra,
        Self::Sp,
        Self::T0,
        Self::T1,
        Self::T2,
        Self::S0,
        Self::S1,
        Self::A0,
        Self::A1,
        Self::A2,
        Self::A3,
        Self::A4,
        Self::A5,
    ];

    /// The registers that carry arguments and results, in order (execution, section 2).
    pub const ARGS: [Self; 9] =
        [Self::A0, Self::A1, Self::A2, Self::A3, Self::A4, Self::A5, Self::T0, Self::T1, Self::T2];

    /// The register that the low four bits of `nibble` name: 13, 14 and 15 all mean register 12 (instruction set,
    /// section 6).
    #[inline]
    pub const fn from_nibble(nibble: u8) -> Self {
        const OF_NIBBLE: [Reg; 16] = {
            let mut registers = [Reg::A5; 16];
            let mut index = 0;
            while index < Reg::COUNT {
                registers[index] = Reg::ALL[index];
                index += 1;
            }
            registers
        };
        OF_NIBBLE[(nibble & 15) as usize]
    }

    /// Register number, 0 to 12.
    #[inline]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The name by calling convention, for instance `a0`.
    pub const fn name(self) -> &'static str {
        const NAMES: [&str; Reg::COUNT] =
            ["ra", "sp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5"];
        NAMES[self as usize]
    }

    /// The numbered name, for instance `r7`.
    pub const fn plain_name(self) -> &'static str {
        const NAMES: [&str; Reg::COUNT] =
            ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12"];
        NAMES[self as usize]
    }

    /// The register with this [`name`](Self::name) or [`plain_name`](Self::plain_name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reg| reg.name() == name || reg.plain_name() == name)
    }
}

impl fmt::Display for Reg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
