// SPDX-License-Identifier: Apache-2.0
//! Host calls that are answered here, without handing over to the supervisor. The rules are in `answers`, which all
//! engines have; here is what they are applied to: the guest's registers in the shared page, its memory at its own
//! addresses, and the `area`.
//!
//! A guest that asks for what it may not access finds out nowhere here: that is looked up in the stretches that the
//! supervisor wrote down, so nothing faults.

use crate::area::{self, flag, with_answer, Entry, Half, Head, Slice, Stretch};
use crate::keccak::Keccak256;
use crate::machine::{field, AnswerHostCall, Shared, ANSWERS_ADDRESS, ANSWERS_BYTES, FIRST_NEAR_REGISTER, SHARED_ADDRESS};
use crate::rules::{answer, Guest, Known};
use core::arch::asm;
use core::ptr::addr_of_mut;

/// Address of the register a0 in the shared page.
const FIELD_A0: u64 = field::REGISTERS + 8 * FIRST_NEAR_REGISTER as u64;
const SHARED: *mut Shared = SHARED_ADDRESS as *mut Shared;

/// The area, while the worker has the turn.
#[derive(Clone, Copy)]
struct Area(&'static Head);

impl Area {
    #[inline(always)]
    fn now() -> Self {
        // SAFETY: mapped, readable, for as long as the worker lives, and valid for any bytes. It is written only by the
        // supervisor, which does so only while it has the turn, and no reference outlives the turn of the worker: this is
        // made anew for each host call.
        Self(unsafe { &*(ANSWERS_ADDRESS as *const Head) })
    }

    /// An item of a list at a constant offset.
    #[inline(always)]
    fn item<T: Copy>(self, offset: usize, index: u32) -> Option<T> {
        let at = offset + index as usize * size_of::<T>();
        if at + size_of::<T>() > ANSWERS_BYTES {
            return None;
        }
        // SAFETY: within the area, by the check, and aligned: the lists are at multiples of 16, and `T` is one of the plain
        // structures of the area, whose sizes are multiples of their alignments. Else as in `now`.
        Some(unsafe { *((ANSWERS_ADDRESS as usize + at) as *const T) })
    }

    #[inline(always)]
    fn bytes(self, slice: Slice) -> Option<&'static [u8]> {
        let (offset, len) = (slice.offset as usize, slice.len as usize);
        if offset + len > ANSWERS_BYTES {
            return None;
        }
        // SAFETY: within the area, by the check. Else as in `now`.
        Some(unsafe { core::slice::from_raw_parts((ANSWERS_ADDRESS as usize + offset) as *const u8, len) })
    }

    #[inline(always)]
    fn has(self, bit: u32) -> bool {
        self.0.flags & bit != 0
    }
}

impl Known for Area {
    #[inline(always)]
    fn constant(&self, number: u8) -> Option<&[u8]> {
        let number = u32::from(number);
        if number >= self.0.constants {
            return None;
        }
        let slice: Slice = self.item(area::CONSTANTS, number)?;
        if slice.len == 0 {
            return None;
        }
        self.bytes(slice)
    }

    #[inline(always)]
    fn input(&self) -> Option<&[u8]> {
        if self.has(flag::INPUT) {
            self.bytes(self.0.input)
        } else {
            None
        }
    }

    #[inline(always)]
    fn output(&self) -> Option<&[u8]> {
        if self.has(flag::OUTPUT) {
            self.bytes(self.0.output)
        } else {
            None
        }
    }
}

/// The guest that stands at a host call.
struct Standing(Area);

impl Guest for Standing {
    type Operand = Half;

    #[inline(always)]
    fn operand(&self, operand: Half) -> u32 {
        if !operand.is_there() {
            return 0;
        }
        let first = FIELD_A0 as *const u8;
        // SAFETY: the shared page is mapped for as long as the worker lives, and no reference to it exists. The operand is
        // within the six registers from a0 on, by the check, and what the supervisor writes is a multiple of four; were it
        // none, this machine reads it all the same.
        unsafe { first.add(usize::from(operand.0)).cast::<u32>().read_unaligned() }
    }

    #[inline(always)]
    fn set_a0(&mut self, value: u64) {
        let value = if self.0.has(flag::WIDE) { value } else { u64::from(value as u32) };
        // SAFETY: the shared page is mapped for as long as the worker lives, and no reference to it exists.
        unsafe { addr_of_mut!((*SHARED).registers[FIRST_NEAR_REGISTER]).write_volatile(value) }
    }

    #[inline(always)]
    fn gas(&self) -> Option<i64> {
        if !self.0.has(flag::METERED) {
            return None;
        }
        // SAFETY: the shared page is mapped for as long as the worker lives, and no reference to it exists.
        Some(unsafe { addr_of_mut!((*SHARED).gas).read_volatile() })
    }

    #[inline(always)]
    fn set_gas(&mut self, gas: i64) {
        // SAFETY: the shared page is mapped for as long as the worker lives, and no reference to it exists.
        unsafe { addr_of_mut!((*SHARED).gas).write_volatile(gas) }
    }

    #[inline(always)]
    fn accessible(&self, address: u32, len: u32, write: bool) -> bool {
        if len == 0 {
            return true;
        }
        let end = u64::from(address) + u64::from(len);
        for index in 0..self.0 .0.stretches.min(area::STRETCHES_MAX as u32) {
            let Some(Stretch { start, writable, end: last }) = self.0.item(area::STRETCHES, index) else {
                return false;
            };
            if address >= start && end <= last {
                return !write || writable == 1;
            }
        }
        false
    }

    #[inline(always)]
    fn read(&self, address: u32, out: &mut [u8]) {
        // SAFETY: the caller found the range to be accessible, so it is mapped guest memory, to which no Rust code refers.
        unsafe { copy(out.as_mut_ptr(), address as usize as *const u8, out.len()) }
    }

    #[inline(always)]
    fn write(&mut self, address: u32, bytes: &[u8]) {
        // SAFETY: as in `read`, for writing.
        unsafe { copy(address as usize as *mut u8, bytes.as_ptr(), bytes.len()) }
    }

    #[inline(always)]
    fn zero(&mut self, address: u32, len: u32) {
        // SAFETY: as in `read`, for writing. Opaque to the compiler, as guest memory is.
        unsafe {
            asm!("rep stosb", inout("rcx") u64::from(len) => _, inout("rdi") u64::from(address) => _, in("al") 0u8,
                options(nostack, preserves_flags));
        }
    }

    #[inline(never)]
    fn keccak_256(&self, address: u32, len: u32) -> [u8; 32] {
        const PIECE: usize = 136;
        let mut state = Keccak256::default();
        let mut piece = [0; PIECE];
        let (mut at, mut left) = (address, len as usize);
        while left > 0 {
            let count = left.min(PIECE);
            let Some(bytes) = piece.get_mut(..count) else { break };
            self.read(at, bytes);
            state.update(bytes);
            at = at.wrapping_add(count as u32);
            left -= count;
        }
        state.finish()
    }
}

/// Copies bytes from or to guest memory. Most stretches are short, for which the one instruction that copies any number of
/// bytes takes longer than all the rest.
///
/// # Safety
/// Both stretches are valid for `len`, and do not overlap.
#[inline(always)]
unsafe fn copy(to: *mut u8, from: *const u8, len: usize) {
    /// Copies the first and the last so many bytes, which may overlap.
    macro_rules! both_ends {
        ($type:ty) => {{
            const BYTES: usize = size_of::<$type>();
            let head = from.cast::<$type>().read_unaligned();
            let tail = from.add(len - BYTES).cast::<$type>().read_unaligned();
            to.cast::<$type>().write_unaligned(head);
            to.add(len - BYTES).cast::<$type>().write_unaligned(tail);
        }};
    }
    // SAFETY: every access is within the stretches, by the bounds on `len`; the caller answers for these.
    unsafe {
        match len {
            0 => {}
            1..4 => {
                // All of one to three bytes: the first, the middle one, the last.
                let [first, middle, last] = [0, len / 2, len - 1].map(|at| from.add(at).read());
                to.write(first);
                to.add(len / 2).write(middle);
                to.add(len - 1).write(last);
            }
            4..8 => both_ends!(u32),
            8..16 => both_ends!(u64),
            16..=32 => both_ends!(u128),
            _ => {
                asm!("rep movsb", inout("rcx") len => _, inout("rsi") from => _, inout("rdi") to => _,
                    options(nostack, preserves_flags));
            }
        }
    }
}

/// Answers the host call that the guest stands at, if it can be answered here. Generated code calls this.
pub extern "C" fn answer_host_call(number: u32) -> u32 {
    let area = Area::now();
    if number >= area.0.entries {
        return 0;
    }
    let Some(entry) = area.item::<Entry>(area::ENTRIES, number) else { return 0 };
    if with_answer!(entry, |how, price| answer(&mut Standing(area), &area, how, price)).is_none() {
        return 0;
    }
    // SAFETY: the shared page is mapped for as long as the worker lives, and no reference to it exists.
    unsafe {
        let before = addr_of_mut!((*SHARED).answered).read_volatile();
        addr_of_mut!((*SHARED).answered).write_volatile(before.wrapping_add(1));
    }
    1
}

const _: AnswerHostCall = answer_host_call;
