// SPDX-License-Identifier: Apache-2.0
//! Immutable data: `set_immutable_data`, `get_immutable_data`.
//!
//! It belongs to an address, is written by the constructor and read by what runs later. A delegate call reads that of the code's
//! own address.

use super::context::{deliver, done, HostContext, HostResult, Outcome};
use crate::{
    exec::EntryPoint, limits::IMMUTABLE_BYTES_MAX, storage::ContractInfo, vm::Reply, Config, Error,
    ImmutableDataOf, WeightInfo,
};
use frame_support::{ensure, BoundedVec};

/// `set_immutable_data(ptr, len)`; only in `deploy` and in `migrate`. The last one wins.
pub(super) fn set_immutable_data<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let len = context.low(1);
    context.limit(Error::<T>::OutOfBounds, "the length of the immutable data", len, IMMUTABLE_BYTES_MAX)?;
    context.charge(T::WeightInfo::host_set_immutable(len))?;
    let data = context.bytes(0, Error::<T>::OutOfBounds)?;
    let frame = context.stack.top();
    ensure!(frame.entry != EntryPoint::Call && !data.is_empty(), Error::<T>::InvalidImmutableAccess);
    let data: BoundedVec<_, _> = data.to_vec().try_into().map_err(|_| Error::<T>::OutOfBounds)?;
    let address = frame.address;
    let mut contract = ContractInfo::<T>::load(&address).ok_or(Error::<T>::ContractNotFound)?;
    contract.immutable_data_len = len;
    contract.store(&address);
    ImmutableDataOf::<T>::insert(address, data);
    done()
}

/// `get_immutable_data(out, out_len)`; not in `deploy`.
pub(super) fn get_immutable_data<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let charged = T::WeightInfo::host_get_immutable(IMMUTABLE_BYTES_MAX);
    context.charge(charged)?;
    let frame = context.stack.top();
    ensure!(frame.entry != EntryPoint::Constructor, Error::<T>::InvalidImmutableAccess);
    let data = ImmutableDataOf::<T>::get(frame.immutables_of).ok_or(Error::<T>::InvalidImmutableAccess)?;
    context.adjust(charged, T::WeightInfo::host_get_immutable(data.len() as u32));
    let writes = deliver(context.low(0), context.low(1), context.length(0)?, &data);
    Ok(Outcome::Resume(Reply { result: None, writes }))
}
