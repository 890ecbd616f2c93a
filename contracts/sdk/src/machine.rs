// SPDX-License-Identifier: Apache-2.0
//! What the machine has beyond RISC-V: special instructions and the size of the stack (guest ABI, sections 4 and 5).
//!
//! The instruction set of contracts (`revive_v1`) has neither `sbrk` nor `memset`: a linker refuses programs for it that
//! use them.

/// Asks for a stack of at least so many bytes. The largest of all such wishes in a program counts.
///
/// ```ignore
/// revive_vm_sdk::min_stack_size!(64 * 1024);
/// ```
#[macro_export]
macro_rules! min_stack_size {
    ($bytes:expr) => {
        $crate::guest_only! { core::arch::global_asm!(
            ".pushsection .polkavm_min_stack_size,\"R\",@note",
            ".4byte {bytes}",
            ".popsection",
            bytes = const {
                let bytes: u32 = $bytes;
                bytes
            },
        ); }
    };
}

/// The address behind the read-write data, where the heap starts that [`sbrk`] lets grow.
#[cfg(target_env = "polkavm")]
#[inline(always)]
pub fn heap_base() -> *mut u8 {
    let base: *mut u8;
    // SAFETY: the instruction loads a constant.
    unsafe {
        core::arch::asm!(".insn r 0xb, 3, 0, {base}, zero, zero", base = out(reg) base, options(pure, nomem, nostack));
    }
    base
}

/// Lets the heap grow by so many bytes, which are zero, and gives its new end; 0 bytes ask for the end. `None` if there
/// is no more memory.
#[cfg(target_env = "polkavm")]
#[inline(always)]
pub fn sbrk(bytes: usize) -> Option<*mut u8> {
    // The instruction takes more than 32 bits for no byte at all, and would give an end.
    if u32::try_from(bytes).is_err() {
        return None;
    }
    let end: *mut u8;
    // SAFETY: the instruction makes memory accessible that nobody uses, and touches nothing else.
    unsafe {
        core::arch::asm!(".insn r 0xb, 1, 0, {end}, {bytes}, zero", end = out(reg) end, bytes = in(reg) bytes, options(nostack));
    }
    (!end.is_null()).then_some(end)
}

/// Sets memory to one value, by one instruction, whose gas is that of the bytes.
///
/// # Safety
///
/// `to` is valid for writes of `bytes` bytes.
#[cfg(target_env = "polkavm")]
#[inline(always)]
pub unsafe fn fill(to: *mut u8, value: u8, bytes: usize) {
    // SAFETY: the instruction writes the bytes that the caller answers for, and changes the two registers.
    unsafe {
        core::arch::asm!(
            ".insn r 0xb, 2, 0, zero, zero, zero",
            inout("a0") to => _,
            in("a1") u64::from(value),
            inout("a2") bytes => _,
            options(nostack)
        );
    }
}
