// SPDX-License-Identifier: Apache-2.0
//! The agreement between generated code, the worker process that runs it, and the supervisor in the host: where things
//! are in the worker's address space, and the page through which they talk.
//!
//! This file uses nothing but `core` and nothing else of this crate, because the worker, which is compiled without any
//! dependency, includes it as a module of its own.
//!
//! ```text
//! 0x0001_0000 ..   0x1_0000_0000   guest memory at its own addresses
//! 0x1_0000_0000 .. 0x2_0000_0000   never mapped: what an access at the very end of guest memory runs into
//! 0x2_0000_0000 .. 0x2_0000_1000   the shared page
//! 0x2_0000_1000 .. 0x2_0010_0000   what the worker answers host calls from, which only the supervisor can write
//! 0x2_0010_0000 .. 0x2_0100_0000   unmapped
//! 0x2_0100_0000 .. 0x2_8000_0000   generated code, read and execute only
//! 0x4_0000_0000 ..                 the worker itself: its code, stack and signal stack
//! 0x7_ffff_f000 .. 0x8_0000_0000   a writable page: the stack of generated code, one return address deep, and below that
//!                                  values that are kept for the length of one instruction
//! 0x8_0000_0000 .. 0xc_0000_0000   the jump table, read-only: eight bytes for every second guest code address
//! ```
//!
//! The jump table has room for every 32-bit code address, and most of it is unmapped, so a dynamic jump needs no check:
//! it is a jump through memory at [`JUMP_TABLE_ADDRESS`]` + 4 * address`, and a bad address faults at that instruction.
//! Entries that are no jump target hold [`NO_TARGET`], which is not canonical, so jumping there faults at the jump
//! too. An odd address reads halves of two neighbours, which together are not canonical either: their high half is the
//! low half of an entry, which lies between 0x0100_0000 and 0x8000_0000. The page for the return address holds the
//! address of the code that reports the end of a call. While the guest runs, the machine's stack pointer is
//! [`JUMP_TABLE_ADDRESS`].
//!
//! Nothing a guest computes reaches beyond guest memory: generated code addresses it with 32-bit addresses only.
//!
//! The generated code begins with two entries at fixed offsets. [`ENTER_OFFSET`] is called as a C function with one argument, the
//! address of [`AnswerHostCall`]: it saves the callee-saved registers and that address on the stack, and the stack pointer to
//! [`Shared::worker_sp`], loads the guest's registers and jumps to [`Shared::resume`]; it returns when the guest has to be left. The
//! registers from `a0` on and the gas are those of [`Shared::order`], with which they came.
//! [`LEAVE_OFFSET`] is where the worker's fault handler continues after it has stored registers and gas: it restores the stack pointer and
//! the callee-saved registers and returns to the caller of [`ENTER_OFFSET`].

use core::sync::atomic::AtomicU32;

/// First address of guest memory that can be mapped.
pub const GUEST_BOTTOM: u64 = 0x1_0000;
/// End of guest memory.
pub const GUEST_END: u64 = 0x1_0000_0000;
/// Where the shared page is in the worker.
pub const SHARED_ADDRESS: u64 = 0x2_0000_0000;
/// Bytes of the shared page.
pub const SHARED_BYTES: usize = 4096;
/// Where the worker finds what it answers host calls from: behind the shared page, in the same file.
pub const ANSWERS_ADDRESS: u64 = SHARED_ADDRESS + SHARED_BYTES as u64;
/// Bytes for that. What does not fit is answered on the other side.
pub const ANSWERS_BYTES: usize = 0x10_0000 - SHARED_BYTES;
/// Where generated code begins in the worker.
pub const CODE_ADDRESS: u64 = 0x2_0100_0000;
/// The most generated code there can be, in bytes: everything stays in reach of 32-bit displacements.
pub const CODE_BYTES_MAX: u64 = 0x2_8000_0000 - CODE_ADDRESS;
/// Offset in the generated code where the worker enters it.
pub const ENTER_OFFSET: u64 = 0;
/// Offset in the generated code where the fault handler leaves it.
pub const LEAVE_OFFSET: u64 = 0x100;

/// Where the jump table is in the worker. The page in front of it is writable.
pub const JUMP_TABLE_ADDRESS: u64 = 0x8_0000_0000;
/// Where the page of the jump table with the entry of the return address is in the worker.
pub const RETURN_PAGE_ADDRESS: u64 = JUMP_TABLE_ADDRESS + 4 * 0xffff_0000;
/// Bytes of that page.
pub const RETURN_PAGE_BYTES: usize = 4096;
/// Entry of the jump table for an address that no jump may go to.
pub const NO_TARGET: u64 = 0x8000_0000_8000_0000;

/// What generated code calls at a host call, on the worker's stack, with the number of the host call: a C function that says whether it
/// has answered it, 1 or 0. Then the guest goes on; else it has to be left. `a0` to `a5` and the gas are in the shared page, where an answer
/// changes `a0` and the gas.
pub type AnswerHostCall = extern "C" fn(number: u32) -> u32;

/// Number of guest registers.
pub const GUEST_REGISTERS: usize = 13;

/// Number, in the machine's encoding, of the machine register that holds each guest register while the guest runs. The
/// order is that of the guest registers: ra, sp, t0, t1, t2, s0, s1, a0 to a5.
///
/// `sp` is in `rbp`, whose addresses always have a displacement, which accesses to a stack have anyway; `ra`, which is
/// rarely an address, in `r12`, whose addresses take a byte more; `a0` in `rdi` and `a1` in `rax`, where `rep stosb`
/// wants the address and value of a `memset`.
pub const REGISTER_MAP: [u8; GUEST_REGISTERS] = [12, 5, 11, 14, 13, 3, 15, 7, 0, 6, 2, 8, 9];
/// Number of the machine register that holds the gas left: `r10`, because a subtraction of a constant from it contains the
/// byte 0xea, which is no instruction: where blocks go that the gas does not cover.
pub const GAS_REGISTER: u8 = 10;
/// Number of the machine register that generated code uses between guest registers: `rcx`.
pub const SCRATCH_REGISTER: u8 = 1;

/// Why generated code was left; the values of [`Shared::exit`].
pub mod exit_code {
    /// Jump to the return address.
    pub const FINISHED: u32 = 1;
    /// `ecalli` with the number in [`Shared::argument`](super::Shared::argument).
    pub const HOST_CALL: u32 = 2;
    /// Step tracing: before an instruction.
    pub const STEP: u32 = 3;
    /// `sbrk`; the host does it. The operands are in the instruction.
    pub const SBRK: u32 = 4;
    /// `memset` that has to be done in parts; the host does it.
    pub const MEMSET: u32 = 5;
    /// A fault of the machine: set by the worker's fault handler, with [`Shared::resume`](super::Shared::resume) the
    /// address of the faulting instruction and [`Shared::fault_address`](super::Shared::fault_address). Traps are
    /// faults, and so is a block that the gas does not cover.
    pub const FAULT: u32 = 6;
}

/// The page that supervisor, worker and generated code share.
///
/// To the supervisor it is hostile memory: fields are copied out once and checked.
///
/// What a hand-over costs is the cache lines that go from one processor to the other. So there is one line that only the
/// supervisor writes and one that only the worker writes, each with all of an ordinary hand-over: who wrote a line before owns
/// it still, and has only to take it back from who read it. What generated code stores and loads at exits is in lines that stay
/// with the worker; of these the supervisor looks at the first one if it wants to know more, and at the third one after a fault.
/// It does not write there: what a guest begins with is in a line of its own, which stays with both sides for as long as it does not
/// change. For most calls it does not.
#[repr(C, align(4096))]
pub struct Shared {
    /// Where generated code goes on: an address in it. The worker sets it before it enters generated code anew; at an
    /// exit it becomes the machine address behind the exit, or of the instruction that faulted.
    pub resume: u64,
    /// Guest registers while the guest does not run. Those from `a0` on are in the second cache line, which the supervisor never
    /// looks at: they come and go with the hand-over, and are here at a host call and once the guest has been left.
    pub registers: [u64; GUEST_REGISTERS],
    /// Gas left, at a host call and once the guest has been left.
    pub gas: i64,
    /// Operand of the exit.
    pub argument: u32,
    /// One of [`exit_code`].
    pub exit: u32,
    /// The data address of a fault.
    pub fault_address: u64,
    /// Value of the scratch register at a fault.
    pub fault_scratch: u64,
    /// The worker's stack pointer while the guest runs.
    pub worker_sp: u64,
    /// Room for generated code to keep a value in that the supervisor looks at if there is a fault.
    pub spill: [u64; 4],
    /// Host calls that the worker has answered, since the supervisor wrote 0 here. For nothing but statistics.
    pub answered: u64,
    /// The worker's: the turn in which it began what it was asked last. The supervisor looks at it if it has waited for long.
    pub at_work: u64,
    /// Parameters and result of what the supervisor asks of the worker, besides running the guest.
    pub command: [u64; 7],
    /// The supervisor's: what the worker is asked to do. The worker sleeps on its word.
    pub order: HandOver,
    /// The worker's: what came of it. The supervisor sleeps on its word.
    pub answer: HandOver,
    /// The supervisor's: what goes with an order to enter generated code anew.
    pub begin: Begin,
}

/// One direction of the hand-over: a cache line that one side writes and the other one reads. No other line is next to it,
/// because processors fetch them in pairs.
#[repr(C, align(128))]
pub struct HandOver {
    /// The guest registers from `a0` on.
    pub registers: [u64; GUEST_REGISTERS - FIRST_NEAR_REGISTER],
    /// Gas left.
    pub gas: i64,
    /// Written last. The supervisor's and the worker's protocol says what it means. The futex word.
    pub word: AtomicU32,
    /// In an answer the operand of the exit. In an order to enter generated code anew where that is: bytes from [`CODE_ADDRESS`].
    pub argument: u32,
}

/// The guest registers up to `s1`, for a guest that begins or that the host gave others. The supervisor writes this only if it is
/// something else than the last time.
#[repr(C, align(128))]
pub struct Begin {
    /// Guest registers, from the first one on.
    pub registers: [u64; FIRST_NEAR_REGISTER],
}

/// Bytes of a cache line.
const LINE: usize = 64;
/// The guest register `a0`: the first one in the second cache line.
pub const FIRST_NEAR_REGISTER: usize = 7;

const _: () = assert!(core::mem::offset_of!(Shared, registers) + 8 * FIRST_NEAR_REGISTER == LINE);
const _: () = assert!(core::mem::offset_of!(Shared, exit) + 4 == 2 * LINE);
const _: () = assert!(core::mem::offset_of!(HandOver, argument) + 4 == LINE);
const _: () = assert!(size_of::<[u64; FIRST_NEAR_REGISTER]>() <= LINE);
// Wherever generated code begins, the order has room for it; and whatever the order says, that is below the worker itself.
const _: () = assert!(CODE_BYTES_MAX <= u32::MAX as u64 && CODE_ADDRESS + u32::MAX as u64 <= 0x4_0000_0000);
const _: () = assert!(core::mem::offset_of!(Shared, order) == 4 * LINE);

/// Addresses of the fields of [`Shared`] in the worker.
pub mod field {
    use super::{HandOver, Shared, SHARED_ADDRESS};
    use core::mem::offset_of;

    /// [`HandOver::word`] of [`Shared::order`]
    pub const ORDER: u64 = SHARED_ADDRESS + (offset_of!(Shared, order) + offset_of!(HandOver, word)) as u64;
    /// [`HandOver::registers`] of [`Shared::order`]
    pub const ORDER_REGISTERS: u64 =
        SHARED_ADDRESS + (offset_of!(Shared, order) + offset_of!(HandOver, registers)) as u64;
    /// [`HandOver::gas`] of [`Shared::order`]
    pub const ORDER_GAS: u64 =
        SHARED_ADDRESS + (offset_of!(Shared, order) + offset_of!(HandOver, gas)) as u64;
    /// [`HandOver::word`] of [`Shared::answer`]
    pub const ANSWER: u64 = SHARED_ADDRESS + (offset_of!(Shared, answer) + offset_of!(HandOver, word)) as u64;
    /// [`Shared::registers`]
    pub const REGISTERS: u64 = SHARED_ADDRESS + offset_of!(Shared, registers) as u64;
    /// [`Shared::gas`]
    pub const GAS: u64 = SHARED_ADDRESS + offset_of!(Shared, gas) as u64;
    /// [`Shared::resume`]
    pub const RESUME: u64 = SHARED_ADDRESS + offset_of!(Shared, resume) as u64;
    /// [`Shared::exit`]
    pub const EXIT: u64 = SHARED_ADDRESS + offset_of!(Shared, exit) as u64;
    /// [`Shared::argument`]
    pub const ARGUMENT: u64 = SHARED_ADDRESS + offset_of!(Shared, argument) as u64;
    /// [`Shared::worker_sp`]
    pub const WORKER_SP: u64 = SHARED_ADDRESS + offset_of!(Shared, worker_sp) as u64;
    /// [`Shared::spill`]
    pub const SPILL: u64 = SHARED_ADDRESS + offset_of!(Shared, spill) as u64;
}

const _: () = assert!(size_of::<Shared>() == SHARED_BYTES);
