// SPDX-License-Identifier: Apache-2.0
//! System calls, and the three memory routines that the compiler calls by name.
//!
//! Every call that runs after the worker is set up has a row in [`policy`](crate::policy).

use core::arch::asm;

/// Numbers of the calls made here, on x86-64.
pub mod number {
    pub const CLOSE: usize = 3;
    pub const MMAP: usize = 9;
    pub const MPROTECT: usize = 10;
    pub const MUNMAP: usize = 11;
    pub const RT_SIGACTION: usize = 13;
    pub const RT_SIGPROCMASK: usize = 14;
    pub const RECVMSG: usize = 47;
    pub const CHDIR: usize = 80;
    pub const GETRLIMIT: usize = 97;
    pub const GETPPID: usize = 110;
    pub const SETSID: usize = 112;
    pub const CAPSET: usize = 126;
    pub const SIGALTSTACK: usize = 131;
    pub const PIVOT_ROOT: usize = 155;
    pub const PRCTL: usize = 157;
    pub const SETRLIMIT: usize = 160;
    pub const MOUNT: usize = 165;
    pub const UMOUNT2: usize = 166;
    pub const FUTEX: usize = 202;
    pub const EXIT_GROUP: usize = 231;
    pub const UNSHARE: usize = 272;
    pub const SECCOMP: usize = 317;
    pub const CLOSE_RANGE: usize = 436;
}

/// Errors that are told apart or made here.
pub const EPERM: u32 = 1;
pub const EBADF: u32 = 9;
pub const EINVAL: u32 = 22;
pub const EPROTO: u32 = 71;

/// A system call with up to six arguments: its result, or the number of the error.
///
/// # Safety
/// As for the call made: what the kernel writes through the arguments, or does to mappings, must not break what Rust
/// code holds.
#[inline]
pub unsafe fn call(number: usize, arguments: [usize; 6]) -> Result<usize, u32> {
    let result: isize;
    // SAFETY: the registers are those of the kernel's calling convention, which clobbers rcx and r11 besides the result;
    // what the call does to memory is the caller's to answer for.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") arguments[0],
            in("rsi") arguments[1],
            in("rdx") arguments[2],
            in("r10") arguments[3],
            in("r8") arguments[4],
            in("r9") arguments[5],
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    if (-4095..0).contains(&result) {
        Err(result.unsigned_abs() as u32)
    } else {
        Ok(result as usize)
    }
}

/// Ends the process.
pub fn exit(status: i32) -> ! {
    loop {
        // SAFETY: ends the process and touches no memory.
        let _ = unsafe { call(number::EXIT_GROUP, [status as usize, 0, 0, 0, 0, 0]) };
    }
}

/// Closes a descriptor; a worker that fails to do so is no worse than one that does not try.
pub fn close(descriptor: i32) {
    // SAFETY: touches no memory; nothing here owns a descriptor as a Rust value.
    let _ = unsafe { call(number::CLOSE, [descriptor as usize, 0, 0, 0, 0, 0]) };
}

/// Sleeps while the word is `value`, at most `seconds`; says whether the time ran out.
pub fn futex_wait(word: *const u32, value: u32, seconds: i64) -> bool {
    const ETIMEDOUT: u32 = 110;
    let timeout: [i64; 2] = [seconds, 0];
    // SAFETY: the kernel reads the word, which is mapped for as long as the worker lives, and the timeout.
    unsafe {
        call(number::FUTEX, [word as usize, 0, value as usize, timeout.as_ptr() as usize, 0, 0])
            == Err(ETIMEDOUT)
    }
}

/// Wakes who sleeps on the word.
pub fn futex_wake(word: *const u32) {
    // SAFETY: the word is mapped for as long as the worker lives, and the kernel does not write it.
    let _ = unsafe { call(number::FUTEX, [word as usize, 1, 1, 0, 0, 0]) };
}

/// One message from the socket: whether there was an end of file, and the descriptor that came with a message.
pub enum Received {
    /// Nothing there.
    Nothing,
    /// The other side is closed.
    End,
    /// A message with one descriptor.
    Descriptor(i32),
}

#[repr(C)]
struct IoVector {
    base: *mut u8,
    bytes: usize,
}

#[repr(C)]
struct MessageHeader {
    name: *mut u8,
    name_bytes: u32,
    vectors: *mut IoVector,
    vector_count: usize,
    control: *mut Control,
    control_bytes: usize,
    flags: i32,
}

/// Room for one control message with one descriptor.
#[repr(C)]
struct Control {
    bytes: usize,
    level: i32,
    kind: i32,
    descriptor: i32,
    _padding: i32,
}

/// Takes a message from the socket if there is one; `peek` leaves it there and tells only whether there is an end.
pub fn receive(socket: i32, peek: bool) -> Received {
    const DONTWAIT: usize = 0x40;
    const PEEK: usize = 0x2;
    const CLOSE_ON_EXEC: usize = 0x4000_0000;
    const SOL_SOCKET: i32 = 1;
    const SCM_RIGHTS: i32 = 1;
    let mut byte = 0u8;
    let mut vector = IoVector { base: &mut byte, bytes: 1 };
    let mut control = Control { bytes: 0, level: 0, kind: 0, descriptor: -1, _padding: 0 };
    let mut header = MessageHeader {
        name: core::ptr::null_mut(),
        name_bytes: 0,
        vectors: &mut vector,
        vector_count: 1,
        control: &mut control,
        control_bytes: if peek { 0 } else { size_of::<Control>() },
        flags: 0,
    };
    let flags = DONTWAIT | CLOSE_ON_EXEC | if peek { PEEK } else { 0 };
    // SAFETY: the kernel writes to the header, the byte and the control message, which outlive the call and are as long
    // as they say.
    let result =
        unsafe { call(number::RECVMSG, [socket as usize, &mut header as *mut _ as usize, flags, 0, 0, 0]) };
    match result {
        Ok(0) => Received::End,
        // 20 is the length of a control message with one descriptor, without padding.
        Ok(_) if control.level == SOL_SOCKET && control.kind == SCM_RIGHTS && control.bytes == 20 => {
            Received::Descriptor(control.descriptor)
        }
        _ => Received::Nothing,
    }
}

/// `memcpy` of C.
///
/// # Safety
/// As in C: both stretches are valid for `bytes` and do not overlap.
#[no_mangle]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, bytes: usize) -> *mut u8 {
    // SAFETY: the caller's promise; the direction flag is clear in every C function.
    unsafe {
        asm!("rep movsb", inout("rcx") bytes => _, inout("rdi") to => _, inout("rsi") from => _,
            options(nostack, preserves_flags));
    }
    to
}

/// `memset` of C.
///
/// # Safety
/// As in C: the stretch is valid for `bytes`.
#[no_mangle]
pub unsafe extern "C" fn memset(to: *mut u8, value: i32, bytes: usize) -> *mut u8 {
    // SAFETY: the caller's promise; the direction flag is clear in every C function.
    unsafe {
        asm!("rep stosb", inout("rcx") bytes => _, inout("rdi") to => _, in("al") value as u8,
            options(nostack, preserves_flags));
    }
    to
}

/// `memcmp` of C.
///
/// # Safety
/// As in C: both stretches are valid for `bytes`.
#[no_mangle]
pub unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, bytes: usize) -> i32 {
    let mut index = 0;
    while index < bytes {
        // SAFETY: below `bytes`, the caller's promise. Volatile, so that the loop does not become a call to itself.
        let (a, b) = unsafe { (left.add(index).read_volatile(), right.add(index).read_volatile()) };
        if a != b {
            return i32::from(a) - i32::from(b);
        }
        index += 1;
    }
    0
}
