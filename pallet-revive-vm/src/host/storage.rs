// SPDX-License-Identifier: Apache-2.0
//! Storage: `set_storage`, `set_storage_or_clear`, `get_storage`, `get_storage_or_zero`, persistent and transient.
//!
//! Sizes are not known before the access, so the largest value is charged first and the difference given back.

use super::context::{code, deliver, value, write, HostContext, HostResult, Outcome, SENTINEL};
use crate::{
    limits::STORAGE_VALUE_BYTES_MAX,
    primitives::ReturnCode,
    storage::{self, Key},
    vm::Reply,
    Config, Error, WeightInfo,
};
use alloc::vec::Vec;
use frame_support::ensure;
use sp_runtime::DispatchError;

/// Which of the two storages a flag word means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Persistent,
    Transient,
}

impl Kind {
    fn from_flags<T: Config>(flags: u32) -> Result<Self, Error<T>> {
        match flags {
            0 => Ok(Self::Persistent),
            1 => Ok(Self::Transient),
            _ => Err(Error::<T>::InvalidStorageFlags),
        }
    }
}

/// `set_storage(flags, key, key_len, value, value_len) -> old length`
pub(super) fn set_storage<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let kind = Kind::from_flags::<T>(context.low(0))?;
    let len = context.low(4);
    ensure!(len <= STORAGE_VALUE_BYTES_MAX, Error::<T>::ValueTooLarge);
    let charged = charge_write(context, kind, len)?;
    let key = variable_key(context)?;
    let bytes = context.bytes(1, Error::<T>::ValueTooLarge)?;
    let old = write_item(context, kind, &key, Some(bytes), charged)?;
    value(old)
}

/// `set_storage_or_clear(flags, key32, value32) -> old length`
pub(super) fn set_storage_or_clear<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let kind = Kind::from_flags::<T>(context.low(0))?;
    let charged = charge_write(context, kind, 32)?;
    let key = Key::Fix(context.array(0)?);
    let bytes = context.array::<32>(1)?;
    let kept = (bytes != [0; 32]).then_some(&bytes[..]);
    let old = write_item(context, kind, &key, kept, charged)?;
    value(old)
}

/// `get_storage(flags, key, key_len, out, out_len) -> code`
pub(super) fn get_storage<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let kind = Kind::from_flags::<T>(context.low(0))?;
    charge_read(context, kind)?;
    let key = variable_key(context)?;
    let Some(bytes) = read_item(context, kind, &key) else { return code(ReturnCode::KeyNotFound) };
    let writes = deliver(context.low(3), context.low(4), context.length(1)?, &bytes);
    Ok(Outcome::Resume(Reply { result: Some(ReturnCode::Success as u64), writes }))
}

/// `get_storage_or_zero(flags, key32, out32)`
pub(super) fn get_storage_or_zero<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let kind = Kind::from_flags::<T>(context.low(0))?;
    charge_read(context, kind)?;
    let key = Key::Fix(context.array(0)?);
    let mut out = [0; 32];
    let bytes = read_item(context, kind, &key).unwrap_or_default();
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = from;
    }
    write(context.low(2), &out)
}

/// The key in gather 0, whose length is in argument 2.
fn variable_key<T: Config>(context: &HostContext<'_, T>) -> Result<Key, Error<T>> {
    if context.low(2) == SENTINEL {
        return context.array(0).map(Key::Fix);
    }
    let bytes = context.bytes(0, Error::<T>::DecodingFailed)?;
    Key::variable(bytes.to_vec()).ok_or(Error::<T>::DecodingFailed)
}

fn read_weight<T: Config>(kind: Kind, len: u32) -> frame_support::weights::Weight {
    match kind {
        Kind::Persistent => T::WeightInfo::host_get_storage(len),
        Kind::Transient => T::WeightInfo::host_get_transient(len),
    }
}

fn write_weight<T: Config>(kind: Kind, new: u32, old: u32) -> frame_support::weights::Weight {
    match kind {
        Kind::Persistent => T::WeightInfo::host_set_storage(new, old),
        Kind::Transient => T::WeightInfo::host_set_transient(new, old),
    }
}

fn charge_read<T: Config>(context: &mut HostContext<'_, T>, kind: Kind) -> Result<(), DispatchError> {
    context.charge(read_weight::<T>(kind, STORAGE_VALUE_BYTES_MAX))
}

/// Charges for a write of `new` bytes over the largest value there can be. Returns `new`.
fn charge_write<T: Config>(
    context: &mut HostContext<'_, T>,
    kind: Kind,
    new: u32,
) -> Result<u32, DispatchError> {
    context.charge(write_weight::<T>(kind, new, STORAGE_VALUE_BYTES_MAX))?;
    Ok(new)
}

fn read_item<T: Config>(context: &mut HostContext<'_, T>, kind: Kind, key: &Key) -> Option<Vec<u8>> {
    let frame = context.stack.top();
    let bytes = match kind {
        Kind::Persistent => storage::read(&frame.trie_id, key),
        Kind::Transient => context.stack.transient.read(&frame.address, key).map(<[u8]>::to_vec),
    };
    let len = bytes.as_ref().map_or(0, |bytes| bytes.len() as u32);
    let charged = read_weight::<T>(kind, STORAGE_VALUE_BYTES_MAX);
    context.adjust(charged, read_weight::<T>(kind, len));
    bytes
}

/// Writes an item, `charged` new bytes of which were paid for. Returns the old length as contracts see it.
fn write_item<T: Config>(
    context: &mut HostContext<'_, T>,
    kind: Kind,
    key: &Key,
    bytes: Option<&[u8]>,
    charged: u32,
) -> Result<u32, DispatchError> {
    let old_len = match kind {
        Kind::Persistent => {
            let frame = context.stack.top_mut();
            storage::write(&frame.trie_id, key, bytes, &mut frame.meter.deposit.diff)
        }
        Kind::Transient => {
            let address = context.stack.top().address;
            context
                .stack
                .transient
                .write(&address, key, bytes)
                .map_err(|_| Error::<T>::OutOfTransientStorage)?
        }
    };
    let paid = write_weight::<T>(kind, charged, STORAGE_VALUE_BYTES_MAX);
    context.adjust(paid, write_weight::<T>(kind, charged, old_len.unwrap_or(0)));
    Ok(old_len.unwrap_or(SENTINEL))
}
