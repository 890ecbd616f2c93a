// SPDX-License-Identifier: Apache-2.0
//! Storage: `set_storage`, `set_storage_or_clear`, `get_storage`, `get_storage_or_zero`, persistent and transient.

use super::context::{code, deliver, value, write, HostContext, HostResult, Outcome, SENTINEL};
use crate::{
    exec::StorageKind,
    limits::{STORAGE_KEY_BYTES_MAX, STORAGE_VALUE_BYTES_MAX},
    primitives::ReturnCode,
    storage::Key,
    vm::Reply,
    Config, Error,
};
use sp_runtime::DispatchError;

/// `set_storage(flags, key, key_len, value, value_len) -> old length`
pub(super) fn set_storage<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let kind = StorageKind::from_flags::<T>(context.low(0))?;
    let len = context.low(4);
    context.limit(Error::<T>::ValueTooLarge, "the length of the value", len, STORAGE_VALUE_BYTES_MAX)?;
    let access = context.stack.charge_write(kind, len)?;
    let key = variable_key(context)?;
    let bytes = context.bytes(1, Error::<T>::ValueTooLarge)?;
    let old = context.stack.write_item(access, &key, Some(bytes))?;
    value(old.unwrap_or(SENTINEL))
}

/// `set_storage_or_clear(flags, key32, value32) -> old length`
pub(super) fn set_storage_or_clear<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let kind = StorageKind::from_flags::<T>(context.low(0))?;
    let access = context.stack.charge_write(kind, 32)?;
    let key = Key::Fix(context.array(0)?);
    let bytes = context.array::<32>(1)?;
    let kept = (bytes != [0; 32]).then_some(&bytes[..]);
    let old = context.stack.write_item(access, &key, kept)?;
    value(old.unwrap_or(SENTINEL))
}

/// `get_storage(flags, key, key_len, out, out_len) -> code`
pub(super) fn get_storage<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let kind = StorageKind::from_flags::<T>(context.low(0))?;
    let access = context.stack.charge_read(kind)?;
    let key = variable_key(context)?;
    let Some(bytes) = context.stack.read_item(access, &key) else { return code(ReturnCode::KeyNotFound) };
    let writes = deliver(context.low(3), context.low(4), context.length(1)?, &bytes);
    Ok(Outcome::Resume(Reply { result: Some(ReturnCode::Success as u64), writes }))
}

/// `get_storage_or_zero(flags, key32, out32)`
pub(super) fn get_storage_or_zero<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let kind = StorageKind::from_flags::<T>(context.low(0))?;
    let access = context.stack.charge_read(kind)?;
    let key = Key::Fix(context.array(0)?);
    let word = context.stack.read_word(access, &key);
    write(context.low(2), &word)
}

/// The key in gather 0, whose length is in argument 2.
fn variable_key<T: Config>(context: &mut HostContext<'_, T>) -> Result<Key, DispatchError> {
    let len = context.low(2);
    if len == SENTINEL {
        return Ok(Key::Fix(context.array(0)?));
    }
    context.limit(Error::<T>::DecodingFailed, "the length of the key", len, STORAGE_KEY_BYTES_MAX)?;
    let bytes = context.bytes(0, Error::<T>::DecodingFailed)?;
    Ok(Key::variable(bytes.to_vec()).ok_or(Error::<T>::DecodingFailed)?)
}
