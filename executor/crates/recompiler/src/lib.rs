// SPDX-License-Identifier: Apache-2.0
//! Translates guest code to AMD64 code in one linear pass.
//!
//! Guest registers live in machine registers for the whole program, so there is no allocation of registers and nothing to
//! spill; guest addresses are machine addresses; the gas left is in a register. What remains is to choose good
//! instructions (`select` and the modules that it names). Generated code runs only in a worker process, whose address
//! space `revive_vm_primitives::machine` lays out.
//!
//! # Gas
//!
//! A block begins with one subtraction and one jump, which the machine fuses:
//!
//! ```text
//! 49 83 ea COST   sub r10, COST
//! 72 fc           jb  back to the byte ea
//! ```
//!
//! That byte is no instruction in 64-bit mode, so going there is a fault. The host finds the block by that address, gives the
//! cost back and continues, if it wants, at the subtraction. Nothing of the block has been executed then.
//!
//! # Traps
//!
//! Everything that ends in a trap is a fault of the machine: an access outside of guest memory, which is not mapped, `ud2`
//! where an instruction traps by itself, and a dynamic jump to an entry of the jump table that is no address.
//! [`CodeMap::locate`] says where in the guest's code that was.
//!
//! # Size
//!
//! There are at most [`CODE_BYTES_PER_BYTE_MAX`] bytes of generated code for a byte of guest code, eight bytes for an
//! entry of the jump table, and eight of bookkeeping for a block and for an instruction that leaves for the host, which with step
//! tracing is each.
//! The largest legal code fits into the worker's room for code whatever it is. Translating looks at each instruction once,
//! at those behind it perhaps once more, eleven at most, at each jump a second time, at four instructions before a branch back, a few times
//! more at what is in a small loop, at up to 80 instructions behind the first 48 of a block, and twice at these 48 if it has more than 127.

#![forbid(unsafe_code)]

mod arithmetic;
mod block;
mod charge;
mod compiled;
mod config;
mod control;
mod dead;
mod fuse;
mod memory;
mod price;
mod product;
mod regs;
mod select;
mod shift;
mod signs;
mod stubs;
mod translator;
mod unroll;

pub use charge::CHARGE_BYTES;
pub use compiled::{CodeMap, Compiled, MachineCode, Place, CODE_BYTES_PER_BYTE_MAX};
pub use config::{Config, Features, Flavour};
