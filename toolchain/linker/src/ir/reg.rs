// SPDX-License-Identifier: Apache-2.0
//! Registers: those of the machine, and a few temporaries.

use revive_vm_primitives as vm;
use std::fmt;

/// A register of the machine, or a temporary.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Reg(u8);

impl Reg {
    pub(crate) const RA: Self = Self(0);
    pub(crate) const SP: Self = Self(1);
    pub(crate) const S0: Self = Self(5);
    pub(crate) const S1: Self = Self(6);
    pub(crate) const A0: Self = Self(7);
    pub(crate) const A1: Self = Self(8);
    pub(crate) const A2: Self = Self(9);

    /// Number of registers, temporaries included.
    pub(crate) const COUNT: usize = 17;

    /// The registers of the machine.
    pub(crate) const REAL: [Self; 13] = {
        let mut all = [Self(0); 13];
        let mut index = 0;
        while index < 13 {
            all[index] = Self(index as u8);
            index += 1;
        }
        all
    };

    /// The temporaries.
    pub(crate) const TEMPORARIES: [Self; 4] = [Self(13), Self(14), Self(15), Self(16)];

    /// The registers that carry arguments, in their order.
    pub(crate) const ARGS: [Self; 9] =
        [Self(7), Self(8), Self(9), Self(10), Self(11), Self(12), Self(2), Self(3), Self(4)];

    /// The register with this RISC-V number; `None` for those that guests do not have, and for the zero register.
    pub(crate) fn from_riscv(x: u8) -> Option<Self> {
        match x {
            1 | 2 => Some(Self(x - 1)),
            5..=15 => Some(Self(x - 3)),
            _ => None,
        }
    }

    /// Its number.
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Whether it is a register of the machine.
    pub(crate) fn is_real(self) -> bool {
        self.0 < 13
    }

    /// The register of the machine; `None` for a temporary.
    pub(crate) fn to_vm(self) -> Option<vm::Reg> {
        vm::Reg::ALL.get(self.index()).copied()
    }
}

impl fmt::Debug for Reg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Reg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_vm() {
            Some(reg) => f.write_str(reg.name()),
            None => write!(f, "tmp{}", self.0 - 13),
        }
    }
}

/// A set of registers.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct RegSet(u32);

impl RegSet {
    /// No register.
    pub(crate) const EMPTY: Self = Self(0);
    /// All registers of the machine.
    pub(crate) const REAL: Self = Self(0x1fff);

    /// The set of these.
    pub(crate) fn of(regs: &[Reg]) -> Self {
        regs.iter().fold(Self::EMPTY, |set, reg| set.with(*reg))
    }

    /// With one more.
    #[must_use]
    pub(crate) const fn with(self, reg: Reg) -> Self {
        Self(self.0 | 1 << reg.0)
    }

    /// Without one.
    #[must_use]
    pub(crate) fn without(self, reg: Reg) -> Self {
        Self(self.0 & !(1 << reg.0))
    }

    /// Those of both.
    #[must_use]
    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are in both.
    #[must_use]
    pub(crate) fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those of this set that are not in the other.
    #[must_use]
    pub(crate) fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The registers in it, in the order of their numbers.
    pub(crate) fn iter(self) -> impl Iterator<Item = Reg> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let number = rest.trailing_zeros();
            rest &= rest.wrapping_sub(1);
            (number < u32::BITS).then_some(Reg(number as u8))
        })
    }

    /// Whether the register is in it.
    pub(crate) fn contains(self, reg: Reg) -> bool {
        self.0 >> reg.0 & 1 != 0
    }
}
