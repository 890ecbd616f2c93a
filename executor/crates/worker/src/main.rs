// SPDX-License-Identifier: Apache-2.0
//! The worker: the process in which guests run, one at a time.
//!
//! A static executable of our own without any library, so that all of its address space is ours: guest memory is at its
//! own addresses in the low 4 GiB, and what generated code needs is within reach above it. The supervisor starts it with
//! a socket, the shared page and the instance's memory as its only descriptors. It gives up what it can ([`start`]),
//! then does what the supervisor asks ([`protocol`]) until it is killed or the supervisor is gone.
//!
//! What it refuses here it refuses although the supervisor never asks for it: the checks cost nothing, and somebody
//! reading this file alone can see where memory is mapped. What the kernel refuses is in [`policy`].
//!
//! Compiled by the build script of the sandbox crate with the compiler alone; see there for the flags. The same bytes
//! for the same compiler and sources (`sandbox/tests/reproducible.rs`).

#![no_std]
#![no_main]

mod answering;
#[allow(dead_code)] // Some of it is for the supervisor.
mod area;
mod fault;
#[path = "../../../../primitives/src/keccak.rs"]
#[allow(dead_code, unreachable_pub)] // Some of it is for embedders.
mod keccak;
#[path = "../../../../primitives/src/machine.rs"]
#[allow(dead_code, unreachable_pub)] // Much of it is for the code generator.
mod machine;
#[allow(dead_code)] // The reasons of the rows are for readers, the verdicts for tests.
mod policy;
#[allow(dead_code)] // Some of it is for the supervisor.
mod protocol;
#[path = "../../../../primitives/src/answers.rs"]
#[allow(dead_code, unreachable_pub)] // Some of it is for embedders.
mod rules;
mod spin;
mod start;
mod sys;
mod wipe;

use core::arch::{asm, global_asm};
use core::ptr::{addr_of, addr_of_mut};
use core::sync::atomic::{AtomicU32, Ordering};
use machine::{
    exit_code, Shared, ANSWERS_ADDRESS, ANSWERS_BYTES, CODE_ADDRESS, CODE_BYTES_MAX, ENTER_OFFSET,
    FIRST_NEAR_REGISTER, GUEST_BOTTOM, GUEST_END, GUEST_REGISTERS, JUMP_TABLE_ADDRESS, RETURN_PAGE_ADDRESS,
    SHARED_ADDRESS, SHARED_BYTES,
};
use protocol::{
    status, whole_pages, ANSWERED, APART, BEGIN, BEGIN_FIRST, COMMAND, EXIT, LOAD, MAP, MEMORY_FD, PAGE, PROGRAM_FD, PAUSES_MAX, PAUSES_SHIFT, PROTECT, RUN,
    SHARED_FD, SLEEPING, SOCKET_FD, STARTING, TURN, UNMAP,
};
use spin::{about_to_write, spin};
use sys::{number, Received, EBADF, EINVAL, EPROTO};

// The process begins on a stack that the kernel made; it is going to be unmapped, so use one in the image.
global_asm!(
    ".pushsection .stack, \"aw\", @nobits",
    ".balign 4096",
    ".skip 65536",
    "stack_top:",
    ".popsection",
    ".globl _start",
    "_start:",
    "lea rsp, [rip + stack_top]",
    "xor ebp, ebp",
    "cld",
    "call {main}",
    "ud2",
    main = sym main,
);

const SHARED: *mut Shared = SHARED_ADDRESS as *mut Shared;
/// Guest registers that are handed over.
const NEAR_REGISTERS: usize = GUEST_REGISTERS - FIRST_NEAR_REGISTER;
const PROT_READ: usize = 1;
const PROT_WRITE: usize = 2;
const PROT_EXEC: usize = 4;
const MAP_SHARED: usize = 0x01;
const MAP_PRIVATE: usize = 0x02;
const MAP_FIXED: usize = 0x10;
const MAP_ANONYMOUS: usize = 0x20;

extern "C" fn main() -> ! {
    // SAFETY: nothing is mapped at this address, which is far from the image, and `Shared` is valid for any bytes.
    let mapped = unsafe {
        map(SHARED_ADDRESS, SHARED_BYTES as u64, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, SHARED_FD, 0)
    };
    if mapped.is_err() {
        sys::exit(status::NO_SHARED_PAGE);
    }
    let (offset, flags) = (SHARED_BYTES as u64, MAP_SHARED | MAP_FIXED);
    // SAFETY: as above. Readable only: what host calls are answered from is the supervisor's to write.
    if unsafe { map(ANSWERS_ADDRESS, ANSWERS_BYTES as u64, PROT_READ, flags, SHARED_FD, offset) }.is_err() {
        sys::exit(status::NO_SHARED_PAGE);
    }
    let (stack, flags) = (JUMP_TABLE_ADDRESS - PAGE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED);
    // SAFETY: as above. The page is the stack of generated code, which only pushes return addresses there.
    if unsafe { map(stack, PAGE, PROT_READ | PROT_WRITE, flags, -1, 0) }.is_err() {
        sys::exit(status::NO_SHARED_PAGE);
    }
    let mut worker = Worker {
        looks: parameter(1).min(1 << 20) as u32,
        finished: parameter(3).min(PAUSES_MAX.into()) as u32,
        order: STARTING,
        read_only_bytes: 0,
        table_bytes: 0,
    };
    match start::set_up(parameter(0), parameter(2)) {
        Ok(layers) => {
            set_result(0, 0);
            set_result(2, layers);
        }
        Err((step, error)) => {
            set_result(0, u64::from(error));
            set_result(1, step as u64);
            worker.answer(0);
            sys::exit(status::START);
        }
    }
    let mut done = STARTING;
    loop {
        done = match worker.serve(done) {
            BEGIN_FIRST => {
                wipe::wipe();
                BEGIN
            }
            command => {
                worker.obey(command);
                command
            }
        };
    }
}

struct Worker {
    /// How often to look for the next command before going to sleep; 0 where there is one processor only.
    looks: u32,
    /// How many pauses at least come before the first look after a call has ended.
    finished: u32,
    /// The last order.
    order: u32,
    /// Bytes of read-only data that are mapped at the bottom of guest memory.
    read_only_bytes: u64,
    /// Bytes of the jump table, without the page for the return address.
    table_bytes: u64,
}

impl Worker {
    /// Runs the guest for as long as nothing else is asked for: the command that is something else. Before that the one that is
    /// given is answered, or done if it is to run the guest.
    ///
    /// By itself, so that what is left of a guest in the frame of this function is below the caller's, where it is wiped.
    #[inline(never)]
    fn serve(&mut self, mut command: u32) -> u32 {
        loop {
            let exit = match command {
                RUN | BEGIN => {
                    if command == BEGIN {
                        begin();
                    }
                    run()
                }
                _ => 0,
            };
            let hasty = self.answer(exit);
            command = self.wait(hasty, exit);
            self.say_at_work();
            if !matches!(command, RUN | BEGIN) {
                return command;
            }
        }
    }

    /// Waits until the supervisor asks for something, after an exit that was not 0 if it ran a guest; without spinning, if in
    /// haste. The command.
    #[inline(always)]
    fn wait(&mut self, hasty: bool, exit: u32) -> u32 {
        let order = order();
        let mut first = self.order >> PAUSES_SHIFT & PAUSES_MAX;
        if exit == exit_code::FINISHED {
            first = first.max(self.finished);
        }
        if hasty && self.order & APART == 0 || !spin(order, self.order, first, self.looks) {
            self.sleep();
        }
        self.order = order.load(Ordering::Acquire);
        self.order & COMMAND
    }

    #[cold]
    fn sleep(&self) {
        let order = order();
        let asleep = self.order | SLEEPING;
        let mut seconds = 1;
        if order.compare_exchange(self.order, asleep, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            while order.load(Ordering::Acquire) == asleep {
                // The kernel kills the worker when the supervisor dies; that the other end of the socket is closed then
                // is a second way to notice.
                if sys::futex_wait(order.as_ptr(), asleep, seconds) {
                    if matches!(sys::receive(SOCKET_FD, true), Received::End) {
                        sys::exit(status::ORPHAN);
                    }
                    seconds = (seconds * 2).min(64);
                }
            }
        }
    }

    /// Gives the turn to the supervisor. Says whether that was asleep: then it is not spinning for the answer, so there is
    /// no sense in spinning for its next command either, least of all where both have one processor.
    #[inline(always)]
    fn answer(&self, exit: u32) -> bool {
        // SAFETY: the shared page is mapped for as long as the worker lives; an atomic may be written by others at any time.
        let word = unsafe { AtomicU32::from_ptr(addr_of_mut!((*SHARED).answer.word).cast()) };
        let hasty = word.swap(ANSWERED | exit | self.order & TURN, Ordering::AcqRel) & SLEEPING != 0;
        if hasty {
            sys::futex_wake(word.as_ptr());
        }
        hasty
    }

    /// Says that it is at work on what was asked last.
    #[inline(always)]
    fn say_at_work(&self) {
        // SAFETY: the shared page is mapped for as long as the worker lives, and no reference to it exists.
        unsafe { addr_of_mut!((*SHARED).at_work).write_volatile(u64::from(self.order & TURN)) };
    }

    /// Does what is asked, but for running the guest.
    #[cold]
    fn obey(&mut self, command: u32) {
        let result = match command {
            MAP => map_guest(parameter(0), parameter(1), parameter(2)),
            PROTECT => protect_guest(parameter(0), parameter(1), parameter(2)),
            UNMAP => unmap_guest(parameter(0), parameter(1)),
            LOAD => self.load(parameter(0), parameter(1), parameter(2)),
            EXIT => sys::exit(status::ASKED),
            _ => Err(EINVAL),
        };
        set_result(0, u64::from(result.err().unwrap_or(0)));
    }

    /// Replaces code and read-only data by those in the file that comes over the socket.
    fn load(&mut self, code: u64, read_only: u64, table: u64) -> Result<(), u32> {
        let descriptor = match sys::receive(SOCKET_FD, false) {
            Received::Descriptor(descriptor) => descriptor,
            Received::Nothing => return Err(EPROTO),
            Received::End => sys::exit(status::ORPHAN),
        };
        let result = if descriptor == PROGRAM_FD { self.replace(code, read_only, table) } else { Err(EBADF) };
        sys::close(descriptor);
        result
    }

    fn replace(&mut self, code: u64, read_only: u64, table: u64) -> Result<(), u32> {
        if code == 0
            || code > CODE_BYTES_MAX
            || read_only > GUEST_END - GUEST_BOTTOM
            || !read_only.is_multiple_of(PAGE)
            || !(PAGE..=RETURN_PAGE_ADDRESS - JUMP_TABLE_ADDRESS).contains(&table)
            || !table.is_multiple_of(PAGE)
        {
            return Err(EINVAL);
        }
        let old = fault::CODE_LENGTH.swap(0, Ordering::Relaxed);
        let table = table - PAGE;
        let table_offset = whole_pages(code) + read_only;
        // Mapping replaces what was there; what the last program had beyond that goes.
        // SAFETY: the stretches hold what this function mapped, to which no Rust code refers.
        unsafe {
            unmap_behind(CODE_ADDRESS, whole_pages(code), whole_pages(old))?;
            unmap_behind(GUEST_BOTTOM, read_only, self.read_only_bytes)?;
            unmap_behind(JUMP_TABLE_ADDRESS, table, self.table_bytes)?;
        }
        self.read_only_bytes = 0;
        self.table_bytes = 0;
        // SAFETY: code and guest memory are far from the worker's own memory, by the checks above.
        unsafe {
            map(CODE_ADDRESS, code, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, PROGRAM_FD, 0)?;
            fault::CODE_LENGTH.store(code, Ordering::Relaxed);
            if read_only > 0 {
                map(
                    GUEST_BOTTOM,
                    read_only,
                    PROT_READ,
                    MAP_PRIVATE | MAP_FIXED,
                    PROGRAM_FD,
                    whole_pages(code),
                )?;
            }
            let flags = MAP_PRIVATE | MAP_FIXED;
            if table > 0 {
                map(JUMP_TABLE_ADDRESS, table, PROT_READ, flags, PROGRAM_FD, table_offset)?;
            }
            map(RETURN_PAGE_ADDRESS, PAGE, PROT_READ, flags, PROGRAM_FD, table_offset + table)?;
        }
        self.table_bytes = table;
        self.read_only_bytes = read_only;
        Ok(())
    }
}

/// Takes over where the guest begins, and its registers up to `s1`. The rest comes with every order.
#[inline(always)]
fn begin() {
    // SAFETY: the shared page is mapped for as long as the worker lives, and no reference to it exists.
    unsafe {
        let offset = addr_of_mut!((*SHARED).order.argument).read_volatile();
        addr_of_mut!((*SHARED).resume).write_volatile(CODE_ADDRESS + u64::from(offset));
        for index in 0..FIRST_NEAR_REGISTER {
            let value = addr_of_mut!((*SHARED).begin.registers[index]).read_volatile();
            addr_of_mut!((*SHARED).registers[index]).write_volatile(value);
        }
    }
}

/// Enters the generated code; the reason why it came back.
#[inline(always)]
fn run() -> u32 {
    // Written soon: by generated code when it is left, and then with the answer.
    // SAFETY: no access, so there is no obligation.
    unsafe {
        about_to_write(addr_of!((*SHARED).answer).cast());
        about_to_write(addr_of!((*SHARED).resume).cast());
    }
    if fault::CODE_LENGTH.load(Ordering::Relaxed) == 0 {
        return 0;
    }
    // SAFETY: the code there follows the C convention at this entry, as `machine` has it. What it does besides is what all the
    // other walls are for.
    let exit = unsafe {
        asm!(
            "call {entry}",
            entry = in(reg) CODE_ADDRESS + ENTER_OFFSET,
            in("rdi") answering::answer_host_call,
            clobber_abi("sysv64"),
        );
        addr_of_mut!((*SHARED).exit).read_volatile() & 0xff
    };
    // SAFETY: as above.
    unsafe {
        for index in 0..NEAR_REGISTERS {
            let value = addr_of_mut!((*SHARED).registers[FIRST_NEAR_REGISTER + index]).read_volatile();
            addr_of_mut!((*SHARED).answer.registers[index]).write_volatile(value);
        }
        let gas = addr_of_mut!((*SHARED).gas).read_volatile();
        addr_of_mut!((*SHARED).answer.gas).write_volatile(gas);
        let argument = addr_of_mut!((*SHARED).argument).read_volatile();
        addr_of_mut!((*SHARED).answer.argument).write_volatile(argument);
    }
    exit
}

fn map_guest(address: u64, bytes: u64, writable: u64) -> Result<(), u32> {
    check_guest(address, bytes)?;
    // SAFETY: guest memory, by the check: no Rust code refers to it.
    unsafe { map(address, bytes, protection(writable), MAP_SHARED | MAP_FIXED, MEMORY_FD, address) }
}

fn protect_guest(address: u64, bytes: u64, writable: u64) -> Result<(), u32> {
    check_guest(address, bytes)?;
    let arguments = [address as usize, bytes as usize, protection(writable), 0, 0, 0];
    // SAFETY: guest memory, by the check: no Rust code refers to it.
    unsafe { sys::call(number::MPROTECT, arguments) }?;
    Ok(())
}

fn unmap_guest(address: u64, bytes: u64) -> Result<(), u32> {
    check_guest(address, bytes)?;
    // SAFETY: guest memory, by the check: no Rust code refers to it.
    unsafe { unmap(address, bytes) }
}

/// Whether this is a stretch of whole pages within guest memory.
fn check_guest(address: u64, bytes: u64) -> Result<(), u32> {
    let end = address.checked_add(bytes).ok_or(EINVAL)?;
    if address < GUEST_BOTTOM
        || end > GUEST_END
        || bytes == 0
        || !address.is_multiple_of(PAGE)
        || !bytes.is_multiple_of(PAGE)
    {
        return Err(EINVAL);
    }
    Ok(())
}

fn protection(writable: u64) -> usize {
    if writable == 1 {
        PROT_READ | PROT_WRITE
    } else {
        PROT_READ
    }
}

/// # Safety
/// The stretch, whatever is mapped there now, holds nothing that Rust code refers to.
unsafe fn map(
    address: u64,
    bytes: u64,
    prot: usize,
    flags: usize,
    file: i32,
    offset: u64,
) -> Result<(), u32> {
    let arguments = [address as usize, bytes as usize, prot, flags, file as usize, offset as usize];
    // SAFETY: the caller's promise.
    unsafe { sys::call(number::MMAP, arguments) }?;
    Ok(())
}

/// # Safety
/// The stretch holds nothing that Rust code refers to. Nothing is done for no bytes.
unsafe fn unmap(address: u64, bytes: u64) -> Result<(), u32> {
    if bytes > 0 {
        // SAFETY: the caller's promise.
        unsafe { sys::call(number::MUNMAP, [address as usize, bytes as usize, 0, 0, 0, 0]) }?;
    }
    Ok(())
}

/// Unmaps what is at `address`, from as many bytes on as stay.
///
/// # Safety
/// As of [`unmap`].
unsafe fn unmap_behind(address: u64, stay: u64, bytes: u64) -> Result<(), u32> {
    // SAFETY: the caller's promise.
    unsafe { unmap(address + stay, bytes.saturating_sub(stay)) }
}

/// The word that the supervisor writes.
fn order() -> &'static AtomicU32 {
    // SAFETY: the shared page is mapped for as long as the worker lives; an atomic may be written by others at any time.
    unsafe { AtomicU32::from_ptr(addr_of_mut!((*SHARED).order.word).cast()) }
}

/// A parameter of the command.
fn parameter(index: usize) -> u64 {
    // SAFETY: mapped for as long as the worker lives, no reference to it exists, and the index is a constant below 7.
    unsafe { addr_of_mut!((*SHARED).command[index]).read_volatile() }
}

/// A result of the command.
fn set_result(index: usize, value: u64) {
    // SAFETY: mapped for as long as the worker lives, no reference to it exists, and the index is a constant below 7.
    unsafe { addr_of_mut!((*SHARED).command[index]).write_volatile(value) }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    sys::exit(status::PANIC)
}
