// SPDX-License-Identifier: Apache-2.0
//! Why a program trapped: found from what is left of it, to be told to people.
//!
//! Engines end a run for all these reasons alike. As code, registers and memory are the same on every engine, so is this.

use crate::code::Code;
use crate::isa::{Instruction, MemoryAccess, Opcode, Reg};
use crate::memory_map::{MemoryMap, ADDRESS_BOTTOM, REGION_ALIGNMENT};
use core::fmt;

/// Why a program trapped.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TrapCause {
    /// The instruction `trap`.
    Explicit,
    /// No valid instruction is there, or none that execution can begin at.
    NoInstruction,
    /// An access to memory that the program does not have.
    Access(BadAccess),
    /// A jump to the address in a register, which is not one of code.
    Address(u32),
    /// A jump or a branch to a code offset at which no block starts, or a branch in front of it, which may go on there.
    Offset(u32),
    /// A host call with this number, which the host does not answer.
    HostCall(u32),
}

/// An access to memory that a program does not have.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct BadAccess {
    /// Whether bytes were to be written.
    pub is_store: bool,
    /// How many: 1, 2, 4 or 8. A `memset` stores one after the other.
    pub bytes: u32,
    /// Address of the first one.
    pub address: u32,
    /// Where the first one is that the program does not have.
    pub place: Place,
}

/// A place outside of what a program may access.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Place {
    /// Below [`ADDRESS_BOTTOM`].
    Bottom,
    /// In the read-only data, for a store.
    ReadOnlyData,
    /// Between the read-only data and the read-write data.
    BehindReadOnlyData,
    /// Between the heap and the stack.
    BehindHeap,
    /// The same, but right below the stack, while the stack pointer is in it.
    BelowStack,
    /// The same, and the stack pointer is below the stack too: it is used up.
    StackOverflow,
    /// Above the stack, or in the aux region if that is not accessible there.
    AboveStack,
}

impl TrapCause {
    /// Finds out why a program trapped at `pc`, from its registers and from what memory it may access: `accessible` is asked
    /// with an address, a number of bytes, and whether they are to be written. `next` is where the program goes on: after a trap
    /// that is nowhere, unless it could not begin there (execution, section 4). `None` if all that does not tell.
    pub fn find(
        code: &Code<'_>,
        map: &MemoryMap,
        pc: u32,
        next: Option<u32>,
        reg: impl Fn(Reg) -> u64,
        accessible: impl Fn(u32, u32, bool) -> bool,
    ) -> Option<Self> {
        // What is at a start that failed was not executed. To look for it from there would take as long as the block is.
        if next.is_some() || !code.is_instruction_start(pc) {
            return Some(Self::NoInstruction);
        }
        let decoded = code.decode(pc);
        let Some(instruction) = decoded.instruction else { return Some(Self::NoInstruction) };
        if let Some(access) = instruction.memory_access() {
            return bad_access(access, map, reg, accessible).map(Self::Access);
        }
        let Instruction { opcode, d, s, i, j, target, .. } = instruction;
        let address = |base: Reg, offset: i32| (reg(base) as u32).wrapping_add(offset as u32);
        match opcode {
            Opcode::Trap => Some(Self::Explicit),
            Opcode::Ecalli => Some(Self::HostCall(i as u32)),
            Opcode::JumpIndirect => Some(Self::Address(address(d, i))),
            // Has overwritten the register that it jumped by (instruction set, section 8.4).
            Opcode::LoadImmAndJumpIndirect if d == s => None,
            Opcode::LoadImmAndJumpIndirect => Some(Self::Address(address(s, j))),
            _ if !opcode.format().has_target() => None,
            // A branch traps as well if there is nothing behind it, wherever it leads.
            _ if opcode.can_fall_through() && code.is_jump_target(target) => Some(Self::Offset(decoded.next)),
            _ => Some(Self::Offset(target)),
        }
    }
}

fn bad_access(
    access: MemoryAccess,
    map: &MemoryMap,
    reg: impl Fn(Reg) -> u64,
    accessible: impl Fn(u32, u32, bool) -> bool,
) -> Option<BadAccess> {
    let MemoryAccess { bytes, is_store, .. } = access;
    let address = access.address(&reg);
    let bad = (0..bytes).map(|index| address.wrapping_add(index)).find(|at| !accessible(*at, 1, is_store))?;
    let place = if bad < ADDRESS_BOTTOM {
        Place::Bottom
    } else if is_store && accessible(bad, 1, false) && bad < map.rw_data_address() {
        Place::ReadOnlyData
    } else if bad < map.rw_data_address() {
        Place::BehindReadOnlyData
    } else if bad >= map.stack_low() {
        Place::AboveStack
    } else {
        let sp = reg(Reg::Sp) as u32;
        let is_stack = |address: u32| (map.heap_base()..map.stack_low()).contains(&address);
        match map.stack_low() - bad <= REGION_ALIGNMENT {
            // Where a large frame begins may be far below.
            _ if is_stack(sp) && bad >= sp => Place::StackOverflow,
            true => Place::BelowStack,
            false => Place::BehindHeap,
        }
    };
    Some(BadAccess { is_store, bytes, address, place })
}

impl fmt::Display for TrapCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Explicit => f.write_str("the instruction `trap`, as at the end of a panic"),
            Self::NoInstruction => f.write_str("no instruction that could be executed"),
            Self::Access(access) => access.fmt(f),
            Self::Address(0) => {
                f.write_str("a jump to address 0, as of a function pointer that was never set")
            }
            Self::Address(address) => write!(f, "a jump to address {address:#x}, which is not one of code"),
            Self::Offset(offset) => write!(f, "a jump to code offset {offset}, where no block starts"),
            Self::HostCall(number) => write!(f, "host call {number}, which nobody answers"),
        }
    }
}

impl fmt::Display for BadAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { is_store, bytes, address, place } = *self;
        let (what, to) = if is_store { ("store", "to") } else { ("load", "from") };
        let plural = if bytes == 1 { "" } else { "s" };
        write!(f, "a {what} of {bytes} byte{plural} {to} address {address:#x}, {place}")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bottom => write!(f, "below {ADDRESS_BOTTOM:#x}, as by a pointer that is null"),
            Self::ReadOnlyData => f.write_str("in the read-only data"),
            Self::BehindReadOnlyData => f.write_str("behind the read-only data"),
            Self::BehindHeap => f.write_str("between the heap and the stack"),
            Self::BelowStack => f.write_str("below the stack"),
            Self::StackOverflow => f.write_str("below the stack, which is used up"),
            Self::AboveStack => f.write_str("above the stack"),
        }
    }
}
