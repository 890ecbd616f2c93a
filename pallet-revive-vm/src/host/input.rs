// SPDX-License-Identifier: Apache-2.0
//! What came in and what came back: `call_data_size`, `call_data_copy`, `call_data_load`, `return_data_size`,
//! `return_data_copy`.

use super::context::{deliver, delivered, value, write, HostContext, HostResult, Outcome};
use crate::{
    vm::{GuestWrite, Reply, Writes},
    Config, Error, WeightInfo,
};
use alloc::vec::Vec;
use frame_support::ensure;

/// `call_data_size() -> length`; 0 after the input was given away.
pub(super) fn call_data_size<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_getter())?;
    let input = context.stack.top().input.as_ref();
    value(input.map_or(0, Vec::len) as u64)
}

/// `call_data_copy(out, len, offset)`; zeros behind the end of the input.
pub(super) fn call_data_copy<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let (out, len, offset) = (context.low(0), context.low(1), context.low(2));
    context.charge(T::WeightInfo::copy_to_guest(len))?;
    let input = context.stack.top().input.as_ref().ok_or(Error::<T>::InputForwarded)?;
    let rest = input.get(offset as usize..).unwrap_or_default();
    let fitting = &rest[..rest.len().min(len as usize)];
    let mut writes = Writes::new();
    if !fitting.is_empty() {
        writes.push(GuestWrite::Bytes { address: out, bytes: fitting.into() });
    }
    // Not longer than the input.
    let copied = fitting.len() as u32;
    if len > copied {
        let address = out.checked_add(copied).ok_or(Error::<T>::OutOfBounds)?;
        writes.push(GuestWrite::Zero { address, len: len - copied });
    }
    Ok(Outcome::Resume(Reply { result: None, writes }))
}

/// `call_data_load(out32, offset)`: a word of the input as a little-endian number, zeros behind the end.
pub(super) fn call_data_load<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let (out, offset) = (context.low(0), context.low(1));
    context.charge(T::WeightInfo::copy_to_guest(32))?;
    let input = context.stack.top().input.as_ref().ok_or(Error::<T>::InputForwarded)?;
    let mut word = [0; 32];
    for (to, from) in word.iter_mut().zip(input.get(offset as usize..).unwrap_or_default()) {
        *to = *from;
    }
    word.reverse();
    write(out, &word)
}

/// `return_data_size() -> length` of the output of the last sub-call.
pub(super) fn return_data_size<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_getter())?;
    value(context.stack.top().output.len() as u64)
}

/// `return_data_copy(out, out_len, offset)`
pub(super) fn return_data_copy<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let (out, cell, offset) = (context.low(0), context.low(1), context.low(2));
    let capacity = context.length(0)?;
    let available = context.stack.top().output.len().saturating_sub(offset as usize);
    context.charge(T::WeightInfo::copy_to_guest(delivered(capacity, available)))?;
    let output = &context.stack.top().output;
    ensure!(offset as usize <= output.len(), Error::<T>::OutOfBounds);
    let writes = deliver(out, cell, capacity, &output[offset as usize..]);
    Ok(Outcome::Resume(Reply { result: None, writes }))
}
