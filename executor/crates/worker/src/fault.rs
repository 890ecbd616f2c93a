// SPDX-License-Identifier: Apache-2.0
//! The fault handler: turns a fault of the machine in generated code into an exit of the guest.
//!
//! It runs on a stack of its own, since the stack pointer may be anything. A fault while it runs ends the process: the
//! signals are blocked then, and the kernel kills a process that faults with its signal blocked.

use crate::machine::{
    exit_code, Shared, CODE_ADDRESS, GAS_REGISTER, LEAVE_OFFSET, REGISTER_MAP, SCRATCH_REGISTER,
    SHARED_ADDRESS,
};
use crate::protocol::status;
use crate::sys::{self, number};
use core::arch::global_asm;
use core::cell::UnsafeCell;
use core::ptr::addr_of_mut;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// Bytes of loaded generated code; 0 while there is none. In the worker's own memory, because the shared page is written
/// by others.
pub static CODE_LENGTH: AtomicU64 = AtomicU64::new(0);

/// Room for the kernel's frame, which has all vector registers, and the handler.
const STACK_BYTES: usize = 20 * 1024;

#[repr(C, align(4096))]
struct Stack(UnsafeCell<[u8; STACK_BYTES]>);

// SAFETY: only the kernel and, through it, the handler use it, and the process has one thread.
unsafe impl Sync for Stack {}

static STACK: Stack = Stack(UnsafeCell::new([0; STACK_BYTES]));

/// Signals that the machine raises: SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV.
const SIGNALS: [u32; 5] = [4, 5, 7, 8, 11];

const fn signal_set() -> u64 {
    let mut set = 0;
    let mut index = 0;
    while index < SIGNALS.len() {
        set |= 1 << (SIGNALS[index] - 1);
        index += 1;
    }
    set
}

/// `struct kernel_sigaction`.
#[repr(C)]
struct Action {
    handler: extern "C" fn(u32, *const Information, *mut Context),
    flags: u64,
    restorer: unsafe extern "C" fn(),
    mask: u64,
}

/// The head of `siginfo_t` of a fault.
#[repr(C)]
struct Information {
    signal: i32,
    error: i32,
    code: i32,
    address: u64,
}

/// The head of `ucontext_t`.
#[repr(C)]
struct Context {
    flags: u64,
    link: u64,
    stack: [u64; 3],
    /// r8 to r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, flags.
    registers: [u64; 18],
}

/// Where in [`Context::registers`] the machine register of each number is.
const POSITION: [usize; 16] = [13, 14, 12, 11, 15, 10, 9, 8, 0, 1, 2, 3, 4, 5, 6, 7];
/// Where the instruction pointer is.
const POSITION_RIP: usize = 16;
/// Where the flags are.
const POSITION_FLAGS: usize = 17;
/// Flags that generated code never sets: trap, direction, nested task, alignment check. With the first set every
/// instruction would be a fault again, for ever.
const ODD_FLAGS: u64 = 1 << 8 | 1 << 10 | 1 << 14 | 1 << 18;

global_asm!(
    ".globl signal_restorer",
    "signal_restorer:",
    "mov eax, 15", // rt_sigreturn
    "syscall",
    "ud2",
);

extern "C" {
    fn signal_restorer();
}

extern "C" fn handle(signal: u32, information: *const Information, context: *mut Context) {
    FAULTED.store(true, Relaxed);
    // SAFETY: the kernel calls this with pointers to its frame on the signal stack, which nothing else refers to.
    let (information, context) = unsafe { (&*information, &mut *context) };
    // Signals sent by processes have codes up to 0. They say nothing about the guest, so they must not look like it.
    if information.code <= 0 {
        sys::exit(status::SIGNAL);
    }
    let rip = context.registers[POSITION_RIP];
    if rip.wrapping_sub(CODE_ADDRESS) >= CODE_LENGTH.load(Relaxed) {
        sys::exit(status::FAULT);
    }
    let shared = SHARED_ADDRESS as *mut Shared;
    let machine_register = |index: u8| context.registers[POSITION[usize::from(index) & 15]];
    // SAFETY: the shared page is mapped there for as long as the worker lives, and no reference to it exists.
    unsafe {
        for (guest, number) in REGISTER_MAP.into_iter().enumerate() {
            addr_of_mut!((*shared).registers[guest]).write_volatile(machine_register(number));
        }
        addr_of_mut!((*shared).gas).write_volatile(machine_register(GAS_REGISTER) as i64);
        addr_of_mut!((*shared).fault_scratch).write_volatile(machine_register(SCRATCH_REGISTER));
        addr_of_mut!((*shared).resume).write_volatile(rip);
        addr_of_mut!((*shared).fault_address).write_volatile(information.address);
        addr_of_mut!((*shared).exit).write_volatile(exit_code::FAULT);
        addr_of_mut!((*shared).argument).write_volatile(signal);
    }
    context.registers[POSITION_RIP] = CODE_ADDRESS + LEAVE_OFFSET;
    context.registers[POSITION_FLAGS] &= !ODD_FLAGS;
}

/// Whether there was a fault since the signal stack was wiped.
static FAULTED: AtomicBool = AtomicBool::new(false);

/// Wipes the signal stack, if it was used.
pub fn wipe_stack() {
    if FAULTED.swap(false, Relaxed) {
        // SAFETY: no signal is being handled, so the stack is nobody's; it is as long as that.
        unsafe { STACK.0.get().cast::<u8>().write_bytes(0, STACK_BYTES) };
    }
}

/// Installs the handler for all signals that the machine raises.
pub fn install() -> Result<(), u32> {
    const ON_STACK: u64 = 0x0800_0000;
    const RESTORER: u64 = 0x0400_0000;
    const INFORMATION: u64 = 4;
    let stack: [usize; 3] = [STACK.0.get() as usize, 0, STACK_BYTES];
    // SAFETY: the kernel reads the description; the stack lives as long as the process and is used by nothing else.
    unsafe { sys::call(number::SIGALTSTACK, [stack.as_ptr() as usize, 0, 0, 0, 0, 0]) }?;
    let action = Action {
        handler: handle,
        flags: ON_STACK | RESTORER | INFORMATION,
        restorer: signal_restorer,
        mask: signal_set(),
    };
    for signal in SIGNALS {
        // SAFETY: the kernel reads the action; the handler has the signature that the flags promise, and the restorer
        // is the one that x86-64 demands.
        unsafe {
            sys::call(number::RT_SIGACTION, [signal as usize, &action as *const _ as usize, 0, 8, 0, 0])
        }?;
    }
    Ok(())
}

/// Blocks every signal but those of the machine; the kernel lets nobody block SIGKILL and SIGSTOP.
pub fn block_others() -> Result<(), u32> {
    const SET: usize = 2;
    let blocked = !signal_set();
    // SAFETY: the kernel reads the set.
    unsafe { sys::call(number::RT_SIGPROCMASK, [SET, &blocked as *const _ as usize, 0, 8, 0, 0]) }?;
    Ok(())
}
