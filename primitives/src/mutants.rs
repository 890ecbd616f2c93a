// SPDX-License-Identifier: Apache-2.0
//! Bugs on purpose, to see that the tests catch them.
//!
//! A site that can be wrong says so with [`mutant!`](crate::mutant). In every ordinary build that is the right expression
//! and nothing else. Only with `--cfg revive_vm_mutants`, which `cargo xtask mutants` gives to a build of its own and which
//! no manifest can turn on, there is a switch; then a test chooses which bug is on.

/// A bug. The first six are differences that the reference had from its own rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// Register numbers 13 to 15 mean `t2` (instruction set, section 6).
    RegisterNibble = 1,
    /// With dynamic paging, accesses from 0x4000 on are page faults (memory map, section 6).
    LowGuard,
    /// Code can be entered two bytes behind its end (instruction set, section 5.2).
    TargetBehindEnd,
    /// What a branch costs depends on its own last byte (gas costs, section 2.5).
    BranchGas,
    /// The end of code is not paid for with the block in front of it (instruction set, section 4). Interpreter.
    EndOfCode,
    /// A program can jump into the middle of a block (instruction set, section 5.2).
    MiddleOfBlock,
    /// A dynamic jump can go to an odd address. Interpreter.
    OddAddress,
    /// A subtraction has its operands swapped. Interpreter.
    SwappedOperands,
    /// A load does not extend with the sign. Interpreter.
    MissingExtension,
    /// `sbrk` gives the old end of the heap. Interpreter.
    HeapTop,
    /// A signed branch compares without signs. Recompiler.
    ConditionCode,
    /// Results of 32 bits are not extended. Recompiler.
    MissingTruncation,
    /// What is known of registers outlives a host call. Recompiler.
    HostRegisters,
    /// A block costs one too much. Recompiler.
    GasOffByOne,
    /// A block that the gas does not cover is paid all the same. Recompiler.
    GasNotGivenBack,
    /// A `memset` that stops does not say how far it came. Recompiler.
    MemsetProgress,
    /// A start in the middle of a block is free. Recompiler.
    FreeStart,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::RegisterNibble,
        Self::LowGuard,
        Self::TargetBehindEnd,
        Self::BranchGas,
        Self::EndOfCode,
        Self::MiddleOfBlock,
        Self::OddAddress,
        Self::SwappedOperands,
        Self::MissingExtension,
        Self::HeapTop,
        Self::ConditionCode,
        Self::MissingTruncation,
        Self::HostRegisters,
        Self::GasOffByOne,
        Self::GasNotGivenBack,
        Self::MemsetProgress,
        Self::FreeStart,
    ];
}

/// Whether a bug is on.
#[cfg(not(revive_vm_mutants))]
#[inline(always)]
pub const fn is_on(_: Mutant) -> bool {
    false
}

#[cfg(revive_vm_mutants)]
mod switch {
    use super::Mutant;
    use core::sync::atomic::{AtomicU32, Ordering};

    static ON: AtomicU32 = AtomicU32::new(0);

    /// Whether a bug is on.
    pub fn is_on(mutant: Mutant) -> bool {
        ON.load(Ordering::Relaxed) == mutant as u32
    }

    /// Turns a bug on instead of another one, or all off.
    pub fn turn_on(mutant: Option<Mutant>) {
        ON.store(mutant.map_or(0, |mutant| mutant as u32), Ordering::Relaxed);
    }
}

#[cfg(revive_vm_mutants)]
pub use switch::{is_on, turn_on};

/// The last expression; or the other one while the bug of that name is on, see [`mutants`](crate::mutants).
#[macro_export]
macro_rules! mutant {
    ($name:ident, $wrong:expr, $right:expr) => {
        if $crate::mutants::is_on($crate::mutants::Mutant::$name) {
            $wrong
        } else {
            $right
        }
    };
}
