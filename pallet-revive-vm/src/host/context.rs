// SPDX-License-Identifier: Apache-2.0
//! What a host function works with: the stack, the arguments and memory of its guest, and ways to answer.

use crate::{
    engine::GuestOf,
    exec::Stack,
    limits,
    primitives::{ExecReturnValue, ReturnCode},
    vm::{GuestWrite, Reply, Writes},
    Config, Error,
};
use alloc::format;
use frame_support::weights::Weight;
use revive_vm_runtime_interface::{ExitRecord, Gathered};
use smallvec::smallvec;
use sp_core::{H160, U256};
use sp_runtime::DispatchError;

/// The pointer or length that stands for "none".
pub(super) const SENTINEL: u32 = u32::MAX;

/// What becomes of the guest after a host call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It goes on.
    Resume(Reply),
    /// It has ended.
    Return(ExecReturnValue),
}

/// What every host function returns.
pub(super) type HostResult = Result<Outcome, DispatchError>;

/// One host call.
pub struct HostContext<'a, T: Config> {
    /// The stack; its topmost frame is the one that calls.
    pub stack: &'a mut Stack<T>,
    /// The guest, for memory that was not handed over with the call.
    pub guest: &'a GuestOf<T>,
    /// The call itself.
    pub exit: &'a ExitRecord,
}

impl<'a, T: Config> HostContext<'a, T> {
    /// The low half of argument `n`.
    pub(super) fn low(&self, n: usize) -> u32 {
        self.exit.args[n] as u32
    }

    /// The high half of argument `n`.
    pub(super) fn high(&self, n: usize) -> u32 {
        (self.exit.args[n] >> 32) as u32
    }

    /// The whole of argument `n`.
    pub(super) fn long(&self, n: usize) -> u64 {
        self.exit.args[n]
    }

    /// Takes `weight` from the frame.
    pub(super) fn charge(&mut self, weight: Weight) -> Result<(), DispatchError> {
        Ok(self.stack.charge(weight)?)
    }

    /// Gives back what `charged` is over `actual`.
    pub(super) fn adjust(&mut self, charged: Weight, actual: Weight) {
        self.stack.adjust(charged, actual);
    }

    /// `error`, with the numbers for the message about it: `what` is `found`, and at most `max` is allowed.
    pub(super) fn refuse(&mut self, error: Error<T>, what: &str, found: u32, max: u32) -> DispatchError {
        self.stack.note(format!("{what} is {found}, the limit is {max}"));
        error.into()
    }

    /// Refuses with `error` if `found` is more than `max`.
    pub(super) fn limit(
        &mut self,
        error: Error<T>,
        what: &str,
        found: u32,
        max: u32,
    ) -> Result<(), DispatchError> {
        if found > max {
            return Err(self.refuse(error, what, found, max));
        }
        Ok(())
    }

    /// The memory of gather `index`; `too_long` if the guest asked for more than the table allows.
    pub(super) fn bytes(&self, index: usize, too_long: Error<T>) -> Result<&'a [u8], Error<T>> {
        match self.exit.gathered(index) {
            Gathered::Bytes(bytes) => Ok(bytes),
            Gathered::OutOfBounds => Err(Error::<T>::OutOfBounds),
            Gathered::TooLong { .. } => Err(too_long),
        }
    }

    /// The memory of gather `index`, which has `N` bytes.
    pub(super) fn array<const N: usize>(&self, index: usize) -> Result<[u8; N], Error<T>> {
        self.bytes(index, Error::<T>::OutOfBounds)?.try_into().map_err(|_| Error::<T>::OutOfBounds)
    }

    /// The address in gather `index`.
    pub(super) fn address(&self, index: usize) -> Result<H160, Error<T>> {
        self.array::<20>(index).map(H160)
    }

    /// The 256-bit number in gather `index`.
    pub(super) fn number(&self, index: usize) -> Result<U256, Error<T>> {
        self.array::<32>(index).map(|bytes| U256::from_little_endian(&bytes))
    }

    /// The length cell in gather `index`.
    pub(super) fn length(&self, index: usize) -> Result<u32, Error<T>> {
        self.array::<4>(index).map(u32::from_le_bytes)
    }
}

/// Goes on without a result.
pub(super) fn done() -> HostResult {
    Ok(Outcome::Resume(Reply::default()))
}

/// Goes on with `value` in a0.
pub(super) fn value(value: impl Into<u64>) -> HostResult {
    Ok(Outcome::Resume(Reply { result: Some(value.into()), writes: Writes::new() }))
}

/// Goes on with `code` in a0.
pub(super) fn code(code: ReturnCode) -> HostResult {
    value(code as u32)
}

/// Goes on with `bytes` at `address` and no result.
pub(super) fn write(address: u32, bytes: &[u8]) -> HostResult {
    let writes = smallvec![GuestWrite::Bytes { address, bytes: bytes.into() }];
    Ok(Outcome::Resume(Reply { result: None, writes }))
}

/// Goes on with `number` at `address`, little-endian, and no result.
pub(super) fn write_number(address: u32, number: U256) -> HostResult {
    write(address, &number.to_little_endian())
}

/// The writes that deliver the first bytes of the last output, which has `len`, into a buffer of `capacity` bytes at `address`,
/// and the number of bytes that fit into the length cell at `cell`.
pub(super) fn deliver_output(address: u32, cell: u32, capacity: u32, len: usize) -> Writes {
    let fitting = delivered(capacity, len);
    smallvec![
        GuestWrite::FromOutput { address, len: fitting },
        GuestWrite::Bytes { address: cell, bytes: fitting.to_le_bytes()[..].into() },
    ]
}

/// The writes that deliver `data` into a buffer of `capacity` bytes at `address`, and the number of bytes that fit into the
/// length cell at `cell`.
pub(super) fn deliver(address: u32, cell: u32, capacity: u32, data: &[u8]) -> Writes {
    let fitting = &data[..data.len().min(capacity as usize)];
    smallvec![
        GuestWrite::Bytes { address, bytes: fitting.into() },
        GuestWrite::Bytes { address: cell, bytes: (fitting.len() as u32).to_le_bytes()[..].into() },
    ]
}

/// How many bytes [`deliver`] will copy of `len` bytes.
pub(super) fn delivered(capacity: u32, len: usize) -> u32 {
    capacity.min(u32::try_from(len).unwrap_or(u32::MAX))
}

const _: () = assert!(limits::CALL_DATA_BYTES_MAX < u32::MAX);
