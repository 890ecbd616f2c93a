// SPDX-License-Identifier: Apache-2.0
//! Ends and computations: `seal_return`, `consume_all_gas`, `hash_keccak_256`.

use super::context::{write, HostContext, HostResult, Outcome};
use crate::{
    limits::CALL_DATA_BYTES_MAX,
    primitives::{ExecReturnValue, ReturnFlags},
    vm, Config, Error, WeightInfo,
};
use alloc::{borrow::Cow, vec::Vec};
use frame_support::ensure;
use revive_vm_runtime_interface::Gathered;
use sp_io::hashing::keccak_256;

/// `seal_return(flags, data, len)`; does not come back.
pub(super) fn seal_return<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let len = context.low(2);
    ensure!(len <= CALL_DATA_BYTES_MAX, Error::<T>::ReturnDataTooLarge);
    context.charge(T::WeightInfo::copy_from_guest(len))?;
    let data = context.bytes(0, Error::<T>::ReturnDataTooLarge)?.to_vec();
    let flags = ReturnFlags::from_bits(context.low(0)).ok_or(Error::<T>::InvalidCallFlags)?;
    Ok(Outcome::Return(ExecReturnValue { flags, data }))
}

/// `consume_all_gas()`; does not come back.
pub(super) fn consume_all_gas<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.stack.top_mut().meter.weight.consume_all();
    Ok(Outcome::Return(ExecReturnValue { flags: ReturnFlags::REVERT, data: Vec::new() }))
}

/// `hash_keccak_256(in, len, out32)`
pub(super) fn hash_keccak_256<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let (address, len) = (context.low(0), context.low(1));
    context.charge(T::WeightInfo::host_keccak_256(len))?;
    let exit = context.exit;
    let input = match exit.gathered(0) {
        Gathered::Bytes(bytes) => Cow::Borrowed(bytes),
        Gathered::OutOfBounds => return Err(Error::<T>::OutOfBounds.into()),
        Gathered::TooLong { .. } => Cow::Owned(vm::read_long::<T>(context.instance, address, len)?),
    };
    write(context.low(2), &keccak_256(&input))
}
