// SPDX-License-Identifier: Apache-2.0
//! The storage precompile: what can be done with storage items beside reading and writing them.
//!
//! It acts on the storage of the contract that runs it, so it has to be called by a delegate call.

use super::{
    solidity::{self, Arguments},
    Environment, Failure, PrecompileResult,
};
use crate::{exec::StorageKind, storage::Key, Config};

pub(super) fn call<T: Config>(
    env: &mut Environment<'_, T>,
    selector: [u8; 4],
    arguments: Arguments<'_>,
) -> PrecompileResult {
    let function: fn(&mut Environment<'_, T>, StorageKind, &Key) -> PrecompileResult = match selector {
        // clearStorage(uint32,bool,bytes)
        [0xcc, 0xec, 0xf7, 0x15] => clear,
        // containsStorage(uint32,bool,bytes)
        [0x57, 0xff, 0xb2, 0xf0] => contains,
        // takeStorage(uint32,bool,bytes)
        [0x6a, 0x6e, 0x1c, 0x1e] => take,
        _ => return Err(Failure::UNDECODABLE),
    };
    let (flags, is_fixed, key) = (arguments.uint32(0)?, arguments.boolean(1)?, arguments.bytes(2)?);
    if !env.is_delegate() {
        return Err(Failure::revert("the storage functions work by a delegate call only"));
    }
    let kind = StorageKind::from_flags::<T>(flags).map_err(|_| Failure::revert("unknown storage flags"))?;
    let key = if is_fixed {
        let key = key.try_into().map_err(|_| Failure::revert("a fixed key has 32 bytes"))?;
        Key::Fix(key)
    } else {
        Key::variable(key.to_vec()).ok_or(Failure::revert("the key is too long"))?
    };
    function(env, kind, &key)
}

/// Whether something was there, and how long it was.
fn presence(len: Option<u32>) -> PrecompileResult {
    Ok([solidity::boolean(len.is_some()), solidity::uint(len.unwrap_or(0))].concat())
}

fn clear<T: Config>(env: &mut Environment<'_, T>, kind: StorageKind, key: &Key) -> PrecompileResult {
    env.ensure_writable()?;
    let access = env.stack.charge_write(kind, 0)?;
    presence(env.stack.write_item(access, key, None)?)
}

fn contains<T: Config>(env: &mut Environment<'_, T>, kind: StorageKind, key: &Key) -> PrecompileResult {
    let access = env.stack.charge_read(kind)?;
    presence(env.stack.read_item(access, key).map(|value| value.len() as u32))
}

fn take<T: Config>(env: &mut Environment<'_, T>, kind: StorageKind, key: &Key) -> PrecompileResult {
    env.ensure_writable()?;
    // Priced as one write: the value is read on the way.
    let access = env.stack.charge_write(kind, 0)?;
    let value = env.stack.peek_item(kind, key).unwrap_or_default();
    env.stack.write_item(access, key, None)?;
    Ok(solidity::bytes(&value))
}
