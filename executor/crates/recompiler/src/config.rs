// SPDX-License-Identifier: Apache-2.0
//! What a translation depends on besides the code.

use revive_vm_primitives::Tariff;

/// Extensions of the machine's instruction set that generated code may use. Results never depend on them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Features {
    /// BMI1: `andn`, `tzcnt`.
    pub bmi1: bool,
    /// BMI2: `mulx`, `rorx`, `sarx`, `shlx`, `shrx`.
    pub bmi2: bool,
    /// `lzcnt`.
    pub lzcnt: bool,
    /// `popcnt`.
    pub popcnt: bool,
}

impl Features {
    /// None: what every AMD64 machine can do.
    pub const BASELINE: Self = Self { bmi1: false, bmi2: false, lzcnt: false, popcnt: false };

    /// Those that are in both.
    ///
    /// ```
    /// use revive_vm_recompiler::Features;
    ///
    /// let [one, other] = [Features { bmi2: true, ..Features::BASELINE }, Features { popcnt: true, bmi2: true, ..Features::BASELINE }];
    /// assert_eq!(one.both(other), one);
    /// ```
    #[must_use]
    pub const fn both(self, other: Self) -> Self {
        Self {
            bmi1: self.bmi1 & other.bmi1,
            bmi2: self.bmi2 & other.bmi2,
            lzcnt: self.lzcnt & other.lzcnt,
            popcnt: self.popcnt & other.popcnt,
        }
    }

    /// Those of the machine this runs on.
    #[cfg(target_arch = "x86_64")]
    pub fn detect() -> Self {
        use std::arch::is_x86_feature_detected;
        Self {
            bmi1: is_x86_feature_detected!("bmi1"),
            bmi2: is_x86_feature_detected!("bmi2"),
            lzcnt: is_x86_feature_detected!("lzcnt"),
            popcnt: is_x86_feature_detected!("popcnt"),
        }
    }

    /// Those of the machine this runs on.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn detect() -> Self {
        Self::BASELINE
    }
}

/// How freely instructions are translated.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Flavour {
    /// Instructions of a block may be translated together. The code can be entered at block starts and behind host
    /// calls, and registers seen at a fault have to be mended, see [`Place`](crate::Place).
    Fast,
    /// Each instruction by itself. The code can be entered at every instruction, and registers are always exact. A load or
    /// store is one instruction of the machine, so that one that faulted can be repeated with whatever registers hold
    /// by then.
    Plain,
}

/// Settings of a translation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Config {
    /// How blocks are paid for; `None` turns metering off.
    pub gas: Option<Tariff>,
    /// How freely instructions are translated.
    pub flavour: Flavour,
    /// Leave the code before every instruction. Only with [`Flavour::Plain`].
    pub step_tracing: bool,
    /// Extensions that may be used.
    pub features: Features,
}
