// SPDX-License-Identifier: Apache-2.0
//! Loads, stores and `sbrk`.
//!
//! The bodies relative to the stack pointer try the stack. All others try the read-write region, for which they go
//! straight on, then the stack, and loads then read-only data. The rest (zeros behind that data, aux, dynamic paging,
//! faults, a stack pointer into the read-write region) is executed by the slow handlers.

use super::{FromRegisters, Operands, Simple};
use crate::memory::Memory;
use crate::op::{Op, State, Stop};
use core::hint::cold_path;
use core::marker::PhantomData;
use revive_vm_primitives::paging::GuestFault;
use revive_vm_primitives::Reg;

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

/// Where an instruction accesses memory. Pre-decoding has subtracted the first address of the region that is tried
/// first from the immediate `i`, so what the instruction adds up is an offset in that region: for an address below, a
/// number larger than any region.
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
/// At `i` above the stack pointer.
pub(crate) struct BaseSp;
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
        (operands.s(op, state) as u32).wrapping_add(op.i as u32)
    }
}

impl Address for BaseD {
    #[inline(always)]
    fn of<R: Operands>(op: &Op, operands: R, state: &State) -> u32 {
        (operands.d(op, state) as u32).wrapping_add(op.i as u32)
    }
}

impl Address for BaseSp {
    #[inline(always)]
    fn of<R: Operands>(op: &Op, _operands: R, state: &State) -> u32 {
        (state.regs[Reg::Sp as usize] as u32).wrapping_add(op.i as u32)
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

/// Loads at an offset in the region that is tried first, or, unless that is the stack, in one of the others.
#[inline(always)]
fn load<L: Load, const STACK_FIRST: bool>(memory: &Memory, offset: u32) -> Option<u64> {
    if STACK_FIRST {
        return L::get(&memory.stack, offset as usize);
    }
    // Asked here and not only in `get` so that compilers know which branch it is that is seldom taken.
    if (offset as usize).wrapping_add(L::BYTES) <= memory.rw.len() {
        return L::get(&memory.rw, offset as usize);
    }
    cold_path();
    if let Some(value) = L::get(&memory.stack, offset.wrapping_add(memory.rw_from_stack) as usize) {
        return Some(value);
    }
    // Constant tables and the targets of switches are here.
    L::get(&memory.ro, offset.wrapping_add(memory.rw_from_ro) as usize)
}

/// Stores at an offset in the region that is tried first, or, unless that is the stack, in the other.
#[inline(always)]
fn store<S: Store, const STACK_FIRST: bool>(memory: &mut Memory, offset: u32, value: u64) -> bool {
    if STACK_FIRST {
        return S::put(&mut memory.stack, offset as usize, value);
    }
    let in_stack = offset.wrapping_add(memory.rw_from_stack);
    S::put(&mut memory.rw, offset as usize, value) || {
        cold_path();
        S::put(&mut memory.stack, in_stack as usize, value)
    }
}

/// The address of an offset in the region that is tried first.
fn address_of<const STACK_FIRST: bool>(memory: &Memory, offset: u32) -> u32 {
    offset.wrapping_add(if STACK_FIRST { memory.stack_base } else { memory.rw_base })
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
    fn slow(op: &Op, state: &mut State) -> Result<(), Stop> {
        let offset = A::of(op, FromRegisters, state);
        if STACK_FIRST {
            let in_rw = offset.wrapping_sub(state.memory.rw_from_stack);
            if let Some(value) = L::get(&state.memory.rw, in_rw as usize) {
                state.regs[op.d as usize] = value;
                return Ok(());
            }
        }
        let address = address_of::<STACK_FIRST>(&state.memory, offset);
        let raw = state.memory.load_slow(address, L::BYTES).map_err(|reason| failed(reason, state))?;
        state.regs[op.d as usize] = L::widen(raw);
        Ok(())
    }
}

/// A store.
pub(crate) struct StoreAt<S, A, V, const STACK_FIRST: bool>(PhantomData<(S, A, V)>);

impl<S: Store, A: Address, V: Value, const STACK_FIRST: bool> Simple for StoreAt<S, A, V, STACK_FIRST> {
    const WRITES: bool = false;

    #[inline(always)]
    fn exec<R: Operands>(op: &Op, operands: R, state: &mut State) -> Option<u64> {
        let (offset, value) = (A::of(op, operands, state), V::of(op, operands, state));
        store::<S, STACK_FIRST>(&mut state.memory, offset, value).then_some(0)
    }

    #[cold]
    #[inline(never)]
    fn slow(op: &Op, state: &mut State) -> Result<(), Stop> {
        let (offset, value) = (A::of(op, FromRegisters, state), V::of(op, FromRegisters, state));
        if STACK_FIRST {
            let in_rw = offset.wrapping_sub(state.memory.rw_from_stack);
            if S::put(&mut state.memory.rw, in_rw as usize, value) {
                return Ok(());
            }
        }
        let address = address_of::<STACK_FIRST>(&state.memory, offset);
        state.memory.store_slow(address, value, S::BYTES).map_err(|reason| failed(reason, state))
    }
}

/// Keeps why a memory access is not allowed.
#[cold]
fn failed(reason: GuestFault, state: &mut State) -> Stop {
    state.fault = reason;
    Stop::Fault
}

/// `sbrk` with registers of 64 or of 32 bits.
pub(crate) struct Sbrk<const WIDE: bool>;

impl<const WIDE: bool> Simple for Sbrk<WIDE> {
    #[inline(always)]
    fn exec<R: Operands>(_op: &Op, _operands: R, _state: &mut State) -> Option<u64> {
        None
    }

    #[inline(never)]
    fn slow(op: &Op, state: &mut State) -> Result<(), Stop> {
        let size = state.regs[op.s as usize];
        // A size that 32 bits cannot hold counts as 0 (instruction set, section 8.8).
        let size = if WIDE { u32::try_from(size).unwrap_or(0) } else { size as u32 };
        let top = state.memory.grow_heap(size).unwrap_or(0);
        state.regs[op.d as usize] = i64::from(top as i32) as u64;
        Ok(())
    }
}
