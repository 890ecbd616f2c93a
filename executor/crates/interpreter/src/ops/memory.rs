// SPDX-License-Identifier: Apache-2.0
//! Loads, stores and `sbrk`.
//!
//! The bodies try the read-write region and the stack, in the order that pre-decoding found more likely, and loads that
//! are not relative to the stack pointer then try read-only data. All other cases (zeros behind that data, aux, dynamic
//! paging, faults) are executed by the slow handlers.

use super::alu::immediate;
use super::{take, FromRegisters, Operands, Simple};
use crate::memory::Memory;
use crate::op::{fault, Image, Op, Rest, State, Stop};
use core::marker::PhantomData;
use revive_vm_primitives::paging::GuestFault;

/// What is loaded and how it is extended.
pub(crate) trait Load {
    const BYTES: usize;
    /// Loads from `bytes` if all of the access is inside.
    fn get(bytes: &[u8], at: usize) -> Option<u64>;
    /// Makes the register value from a zero-extended raw value.
    fn widen(raw: u64) -> u64;
}

/// What is stored.
pub(crate) trait Store {
    const BYTES: usize;
    /// Stores to `bytes` if all of the access is inside.
    fn put(bytes: &mut [u8], at: usize, value: u64) -> bool;
}

/// Where an instruction accesses memory.
pub(crate) trait Address {
    fn of<R: Operands>(op: &Op, operands: R, state: &State) -> u32;
}

/// What an instruction stores.
pub(crate) trait Value {
    fn of<R: Operands>(op: &Op, operands: R, state: &State) -> u64;
}

/// At `i`.
pub(crate) struct Absolute;
/// At `s + i`.
pub(crate) struct BaseS;
/// At `d + i`.
pub(crate) struct BaseD;
/// The value of `d`.
pub(crate) struct ValueD;
/// The immediate `j`.
pub(crate) struct ValueJ;

impl Address for Absolute {
    #[inline(always)]
    fn of<R: Operands>(op: &Op, _operands: R, _state: &State) -> u32 {
        op.i as u32
    }
}

impl Address for BaseS {
    #[inline(always)]
    fn of<R: Operands>(op: &Op, operands: R, state: &State) -> u32 {
        operands.s(op, state).wrapping_add(immediate(op)) as u32
    }
}

impl Address for BaseD {
    #[inline(always)]
    fn of<R: Operands>(op: &Op, operands: R, state: &State) -> u32 {
        operands.d(op, state).wrapping_add(immediate(op)) as u32
    }
}

impl Value for ValueD {
    #[inline(always)]
    fn of<R: Operands>(op: &Op, operands: R, state: &State) -> u64 {
        operands.d(op, state)
    }
}

impl Value for ValueJ {
    #[inline(always)]
    fn of<R: Operands>(op: &Op, _operands: R, _state: &State) -> u64 {
        i64::from(op.j as i32) as u64
    }
}

macro_rules! loads {
    ($($name:ident: $int:ty, |$raw:ident| $widen:expr;)*) => {$(
        pub(crate) struct $name;
        impl Load for $name {
            const BYTES: usize = size_of::<$int>();
            #[inline(always)]
            fn get(bytes: &[u8], at: usize) -> Option<u64> {
                let field = bytes.get(at..at.wrapping_add(Self::BYTES))?;
                let field = <[u8; size_of::<$int>()]>::try_from(field).ok()?;
                Some(Self::widen(u64::from(<$int>::from_le_bytes(field))))
            }
            #[inline(always)]
            fn widen($raw: u64) -> u64 {
                $widen
            }
        }
    )*};
}

loads! {
    LoadU8: u8, |raw| raw;
    LoadI8: u8, |raw| i64::from(raw as i8) as u64;
    LoadU16: u16, |raw| raw;
    LoadI16: u16, |raw| revive_vm_primitives::mutant!(MissingExtension, raw, i64::from(raw as i16) as u64);
    LoadU32: u32, |raw| raw;
    LoadI32: u32, |raw| i64::from(raw as i32) as u64;
    LoadU64: u64, |raw| raw;
}

macro_rules! stores {
    ($($name:ident: $int:ty;)*) => {$(
        pub(crate) struct $name;
        impl Store for $name {
            const BYTES: usize = size_of::<$int>();
            #[inline(always)]
            fn put(bytes: &mut [u8], at: usize, value: u64) -> bool {
                match bytes.get_mut(at..at.wrapping_add(Self::BYTES)) {
                    Some(field) => {
                        field.copy_from_slice(&(value as $int).to_le_bytes());
                        true
                    }
                    None => false,
                }
            }
        }
    )*};
}

stores! {
    StoreU8: u8;
    StoreU16: u16;
    StoreU32: u32;
    StoreU64: u64;
}

/// Offset of an address in the region that starts at `base`; for an address below, a number larger than any region.
#[inline(always)]
fn offset_in(address: u32, base: u32) -> usize {
    address.wrapping_sub(base) as usize
}

#[inline(always)]
fn load<L: Load, const STACK_FIRST: bool>(memory: &Memory, address: u32) -> Option<u64> {
    if STACK_FIRST {
        if let Some(value) = L::get(&memory.stack, offset_in(address, memory.stack_base)) {
            return Some(value);
        }
        L::get(&memory.rw, offset_in(address, memory.rw_base))
    } else {
        if let Some(value) = L::get(&memory.rw, offset_in(address, memory.rw_base)) {
            return Some(value);
        }
        if let Some(value) = L::get(&memory.stack, offset_in(address, memory.stack_base)) {
            return Some(value);
        }
        // Constant tables and the targets of switches are here.
        L::get(&memory.ro, offset_in(address, memory.ro_base))
    }
}

#[inline(always)]
#[allow(clippy::if_same_then_else, reason = "the order of the two tries is the point")]
fn store<S: Store, const STACK_FIRST: bool>(memory: &mut Memory, address: u32, value: u64) -> bool {
    let in_rw = offset_in(address, memory.rw_base);
    let in_stack = offset_in(address, memory.stack_base);
    if STACK_FIRST {
        S::put(&mut memory.stack, in_stack, value) || S::put(&mut memory.rw, in_rw, value)
    } else {
        S::put(&mut memory.rw, in_rw, value) || S::put(&mut memory.stack, in_stack, value)
    }
}

/// A load into `d`.
pub(crate) struct LoadAt<L, A, const STACK_FIRST: bool>(PhantomData<(L, A)>);

impl<L: Load, A: Address, const STACK_FIRST: bool> Simple for LoadAt<L, A, STACK_FIRST> {
    #[inline(always)]
    fn exec<R: Operands>(op: &Op, operands: R, state: &mut State) -> Option<u64> {
        let value = load::<L, STACK_FIRST>(&state.memory, A::of(op, operands, state))?;
        state.regs[op.d as usize] = value;
        Some(value)
    }

    #[inline(never)]
    fn slow<'m>(mut rest: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) -> Stop {
        take!(op, here, rest, image, gas, state);
        let address = A::of(op, FromRegisters, state);
        match state.memory.load_slow(address, L::BYTES) {
            Ok(raw) => {
                state.regs[op.d as usize] = L::widen(raw);
                (op.next)(rest, image, gas, state)
            }
            Err(reason) => failed(reason, here, image, gas, state),
        }
    }
}

/// A store.
pub(crate) struct StoreAt<S, A, V, const STACK_FIRST: bool>(PhantomData<(S, A, V)>);

impl<S: Store, A: Address, V: Value, const STACK_FIRST: bool> Simple for StoreAt<S, A, V, STACK_FIRST> {
    const WRITES: bool = false;

    #[inline(always)]
    fn exec<R: Operands>(op: &Op, operands: R, state: &mut State) -> Option<u64> {
        let (address, value) = (A::of(op, operands, state), V::of(op, operands, state));
        store::<S, STACK_FIRST>(&mut state.memory, address, value).then_some(0)
    }

    #[cold]
    #[inline(never)]
    fn slow<'m>(mut rest: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) -> Stop {
        take!(op, here, rest, image, gas, state);
        let (address, value) = (A::of(op, FromRegisters, state), V::of(op, FromRegisters, state));
        match state.memory.store_slow(address, value, S::BYTES) {
            Ok(()) => (op.next)(rest, image, gas, state),
            Err(reason) => failed(reason, here, image, gas, state),
        }
    }
}

/// Stops at a memory access that is not allowed.
#[cold]
#[inline(never)]
fn failed<'m>(reason: GuestFault, rest: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) -> Stop {
    state.fault = reason;
    fault(rest, image, gas, state)
}

/// `sbrk` with registers of 64 or of 32 bits.
pub(crate) fn sbrk<'m, const WIDE: bool>(
    mut rest: Rest<'m>,
    image: &'m Image,
    gas: i64,
    state: &mut State,
) -> Stop {
    take!(op, _here, rest, image, gas, state);
    let size = state.regs[op.s as usize];
    // A size that 32 bits cannot hold counts as 0 (instruction set, section 8.8).
    let size = if WIDE { u32::try_from(size).unwrap_or(0) } else { size as u32 };
    let top = state.memory.grow_heap(size).unwrap_or(0);
    state.regs[op.d as usize] = i64::from(top as i32) as u64;
    (op.next)(rest, image, gas, state)
}
