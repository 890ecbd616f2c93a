// SPDX-License-Identifier: Apache-2.0
//! Oracles: machines that say what a program does, all behind one interface, so that any number of them can be compared.
//!
//! - [`Ours`] is one of our engines, used as a host uses it: through the facade, the recompiler in its worker process.
//! - [`BlackBox`] is the interpreter of the `polkavm` crate, of which nothing is known but its interface.
//!
//! Oracles agree, or there is a bug. The exceptions are known by name: [`Explained`] lists all of them, with what is right.
//! An oracle says that a program falls under one before anything of it runs ([`Oracle::sets_aside`]), or explains a
//! difference at an exit ([`Oracle::explains`]); either is counted and the program is not counted as compared.

mod black_box;
mod canary;
mod ours;

use core::fmt::Debug;

use revive_vm_executor::{trace::Step, Exit, Gas, InstructionSet, MemoryMap, ModuleConfig, Reg, Segfault};

use crate::generate::Program;
pub use black_box::BlackBox;
pub use canary::{Canary, Fault};
pub use ours::Ours;

/// The differences between oracles that are understood. Nothing else may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Explained {
    /// The black box gets `set_less_than_signed`, its form with an immediate and `set_greater_than_signed_imm` wrong in
    /// 32-bit programs: there it takes some negative numbers for large ones. All comparisons are wrong after a `memset`
    /// that was interrupted, with a negative count. The vectors pin what is right.
    Comparison32,
    /// Two shapes of 25-byte instructions, which no encoder makes, are scanned by the black box otherwise than its own rule
    /// says (instruction set, section 11, last two rows). The rule is right.
    ScanningArtefact,
    /// Whether validation of JamV1 code looks at what comes behind a gap is unspecified (instruction set, section 11).
    JamValidation,
    /// The black box aborts at `sbrk` with dynamic paging (instruction set, section 8.8).
    SbrkWithPaging,
    /// Our host limits resident memory, so `sbrk` or a page more fails on our side only (memory map, section 5).
    MemoryLimit,
    /// The black box reports a fault, which nobody can resolve, for the upper part of the lowest 64 KiB (memory map,
    /// section 6). It is a trap.
    LowestPages,
    /// The black box has no gas model that follows the footprint of a program.
    OwnGasModel,
}

impl Explained {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Comparison32,
        Self::ScanningArtefact,
        Self::JamValidation,
        Self::SbrkWithPaging,
        Self::MemoryLimit,
        Self::LowestPages,
        Self::OwnGasModel,
    ];
}

/// Everything that a host sees after an exit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the instance's methods")]
pub struct Seen {
    pub exit: Exit,
    pub pc: Option<u32>,
    pub next: Option<u32>,
    pub gas: Gas,
    pub heap: u32,
    pub regs: [u64; Reg::COUNT],
    /// The instruction that was executed, with step tracing and from oracles that tell.
    pub step: Option<Box<Step>>,
}

impl Seen {
    /// Whether two oracles saw the same. One that does not tell steps is not asked for them.
    pub fn agrees(&self, other: &Self) -> bool {
        let steps = self.step.is_none() || other.step.is_none() || self.step == other.step;
        steps
            && (self.exit, self.pc, self.next, self.gas, self.heap, self.regs)
                == (other.exit, other.pc, other.next, other.gas, other.heap, other.regs)
    }
}

/// A machine that programs can be run on.
pub trait Oracle {
    /// What it is called in reports.
    fn name(&self) -> String;

    /// Why the program cannot be compared with this oracle, if it cannot.
    fn sets_aside(&self, _program: &Program, _config: &ModuleConfig) -> Option<Explained> {
        None
    }

    /// The value that a host gives a register: what all oracles understand alike. The identity unless said otherwise.
    fn register_value(&self, _isa: InstructionSet, value: u64) -> u64 {
        value
    }

    /// Makes a module.
    ///
    /// # Errors
    /// The blob is rejected: why.
    fn load(&self, blob: &[u8], config: &ModuleConfig) -> Result<Box<dyn Loaded>, String>;

    /// Whether the difference between what the first oracle saw and what this one saw is understood.
    fn explains(&self, _first: &Seen, _other: &Seen, _config: &ModuleConfig) -> Option<Explained> {
        None
    }
}

/// A module of an oracle.
pub trait Loaded {
    /// An instance: registers and gas 0, memory as the blob says, nothing to run.
    ///
    /// # Errors
    /// Host trouble.
    fn instance(&self) -> Result<Box<dyn Machine>, String>;

    /// Where the memory regions lie, if the oracle tells.
    fn memory_map(&self) -> Option<MemoryMap> {
        None
    }
}

/// How the host answers a page fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// Map a page of zeros, writable or not.
    Map {
        /// Whether the guest may store to it.
        writable: bool,
    },
    /// Make a mapped page writable.
    Unprotect,
    /// Make a mapped page read-only.
    Protect,
    /// Unmap the page.
    Free,
}

/// An instance of an oracle's module. The methods are those of the facade's instance.
#[allow(missing_docs, reason = "see the facade's `Instance`")]
pub trait Machine {
    fn set_reg(&mut self, reg: Reg, value: u64);
    fn set_gas(&mut self, gas: Gas);
    fn set_next(&mut self, offset: u32);
    /// Runs to the next exit.
    ///
    /// # Errors
    /// Host trouble, or nothing to run.
    fn run(&mut self) -> Result<Seen, String>;
    /// Whether all of it could be read.
    fn read_memory(&mut self, address: u32, out: &mut [u8]) -> bool;
    /// Whether all of it could be written.
    fn write_memory(&mut self, address: u32, bytes: &[u8]) -> bool;
    /// Bytes that the heap has grown by.
    fn heap(&self) -> u32;
    /// Grows the heap by that much. Whether it could.
    fn grow_heap(&mut self, bytes: u32) -> bool;
    /// Changes one page, with dynamic paging. Whether that could be done.
    fn page(&mut self, address: u32, size: u32, change: Paging) -> bool;
    /// Whether an instance starts at a place as if it were new, whatever ran in it before. If not, it is replaced before
    /// such a start.
    fn forgets(&self) -> bool {
        true
    }
}

/// The access behind a page fault, in short.
pub(crate) fn is_low(fault: &Segfault) -> bool {
    fault.page_address < revive_vm_primitives::memory_map::ADDRESS_BOTTOM
}
