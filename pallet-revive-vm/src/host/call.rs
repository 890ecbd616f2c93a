// SPDX-License-Identifier: Apache-2.0
//! Sub-calls: `call`, `call_evm`, `delegate_call`, `delegate_call_evm`, `instantiate`.
//!
//! The order in which arguments are looked at and prices are charged is that of the contract ABI, section 9.1; what the caller
//! sees of a failure, section 9.4; how output is delivered, section 8.

use super::{
    context::{delivered, HostContext, HostResult, Outcome, SENTINEL},
    CODE_HASH_BYTES,
};
use crate::{
    exec::{CallMode, Creation, ExecResult},
    limits::CALL_DATA_BYTES_MAX,
    metering::CallLimits,
    minimal_proxy, precompiles,
    primitives::ReturnCode,
    vm::{GuestWrite, Reply, Writes},
    BalanceOf, CodeInfoOf, Config, Error, WeightInfo,
};
use alloc::vec::Vec;
use frame_support::{ensure, weights::Weight};
use sp_core::{H160, H256, U256};
use sp_runtime::{traits::Bounded, DispatchError};

/// The gas that Ethereum's `transfer` and `send` pass on; it comes with the stipend even if no value does.
const TRANSFER_GAS: u64 = 2300;

/// The flags of a call.
#[derive(Clone, Copy)]
struct Flags(u32);

impl Flags {
    const FORWARD_INPUT: u32 = 1;
    const CLONE_INPUT: u32 = 2;
    const TAIL_CALL: u32 = 4;
    const ALLOW_REENTRY: u32 = 8;
    const READ_ONLY: u32 = 16;
    const ALL: u32 = 31;

    /// The flags of a call.
    fn of_call<T: Config>(bits: u32) -> Result<Self, Error<T>> {
        ensure!(bits & !Self::ALL == 0, Error::<T>::InvalidCallFlags);
        Ok(Self(bits))
    }

    /// The flags of a delegate call, which cannot change who may enter or write.
    fn of_delegate_call<T: Config>(bits: u32) -> Result<Self, Error<T>> {
        ensure!(bits & (Self::ALLOW_REENTRY | Self::READ_ONLY) == 0, Error::<T>::InvalidCallFlags);
        Self::of_call(bits)
    }

    fn has(self, flag: u32) -> bool {
        self.0 & flag != 0
    }

    fn mode(self) -> CallMode {
        CallMode { read_only: self.has(Self::READ_ONLY), allow_reentry: self.has(Self::ALLOW_REENTRY) }
    }
}

/// Where the output of a callee goes. A pointer of all ones: nowhere.
#[derive(Clone, Copy)]
struct OutputPlace {
    address: u32,
    cell: u32,
    /// The gather with the length cell.
    cell_gather: usize,
    /// Whether a failure is noted in the cell: by calls, not by instantiations.
    clear_on_failure: bool,
}

impl OutputPlace {
    /// From the register `output_len_ptr:output_ptr`.
    fn of<T: Config>(context: &HostContext<'_, T>, register: usize, cell_gather: usize, clear: bool) -> Self {
        Self {
            address: context.low(register),
            cell: context.high(register),
            cell_gather,
            clear_on_failure: clear,
        }
    }
}

/// `call(flags:callee, ref_time, proof_size, deposit:value, input_len:input, output_len:output) -> code`
pub(super) fn call<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let deposit = deposit_limit::<T>(context.number(0)?);
    let limits = CallLimits::Exact { weight: Weight::from_parts(context.long(1), context.long(2)), deposit };
    let flags = Flags::of_call::<T>(context.high(0))?;
    call_common(context, limits, flags, 1, 2, 3, 5, 4)
}

/// `call_evm(flags, callee, value, gas, input_len:input, output_len:output) -> code`
pub(super) fn call_evm<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let gas = context.long(3);
    let limits = if gas == u64::MAX {
        CallLimits::Everything
    } else {
        let stipend = gas == TRANSFER_GAS || !context.number(0)?.is_zero();
        CallLimits::Gas { gas, stipend }
    };
    let flags = Flags::of_call::<T>(context.low(0))?;
    call_common(context, limits, flags, 1, 2, 0, 5, 3)
}

/// What both calls do. The numbers are those of gathers (`*_at`) and of the register for the output.
#[allow(
    clippy::too_many_arguments,
    reason = "the places of the same arguments differ between the two functions"
)]
fn call_common<T: Config>(
    context: &mut HostContext<'_, T>,
    limits: CallLimits<BalanceOf<T>>,
    flags: Flags,
    callee_at: usize,
    input_at: usize,
    value_at: usize,
    output_register: usize,
    cell_at: usize,
) -> HostResult {
    let callee = context.address(callee_at)?;
    context.charge(match precompiles::is_precompile::<T>(&callee) {
        true => T::WeightInfo::host_call_precompile(),
        false => T::WeightInfo::host_call_contract(),
    })?;
    let input = input(context, flags, input_at, 4)?;
    let value = context.number(value_at)?;
    if !value.is_zero() {
        let read_only = context.stack.top().read_only || flags.has(Flags::READ_ONLY);
        ensure!(!read_only, Error::<T>::StateChangeDenied);
        context.charge(T::WeightInfo::host_call_value())?;
    }
    let result = context.stack.call(limits, callee, value, input, flags.mode());
    let place = OutputPlace::of(context, output_register, cell_at, true);
    finish(context, result, flags.has(Flags::TAIL_CALL), place, Writes::new())
}

/// `delegate_call(flags:address, ref_time, proof_size, deposit, input_len:input, output_len:output) -> code`
pub(super) fn delegate_call<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let deposit = deposit_limit::<T>(context.number(0)?);
    let limits = CallLimits::Exact { weight: Weight::from_parts(context.long(1), context.long(2)), deposit };
    let flags = Flags::of_delegate_call::<T>(context.high(0))?;
    let target = context.address(1)?;
    context.charge(delegate_weight::<T>(&target))?;
    let input = input(context, flags, 2, 4)?;
    let result = context.stack.delegate_call(limits, target, input);
    let place = OutputPlace::of(context, 5, 3, true);
    finish(context, result, flags.has(Flags::TAIL_CALL), place, Writes::new())
}

/// `delegate_call_evm(flags, address, gas, input_len:input, output_len:output) -> code`
pub(super) fn delegate_call_evm<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let limits = match context.long(2) {
        u64::MAX => CallLimits::Everything,
        gas => CallLimits::Gas { gas, stipend: false },
    };
    let flags = Flags::of_delegate_call::<T>(context.low(0))?;
    let target = context.address(0)?;
    context.charge(delegate_weight::<T>(&target))?;
    let input = input(context, flags, 1, 3)?;
    let result = context.stack.delegate_call(limits, target, input);
    let place = OutputPlace::of(context, 4, 2, true);
    finish(context, result, flags.has(Flags::TAIL_CALL), place, Writes::new())
}

fn delegate_weight<T: Config>(target: &H160) -> Weight {
    match precompiles::is_precompile::<T>(target) {
        true => T::WeightInfo::host_call_precompile(),
        false => T::WeightInfo::host_delegate_call(),
    }
}

/// `instantiate(ref_time, proof_size, deposit:value, input_len:input, output_len:output, address:salt) -> code`
///
/// The input is the code hash, directly followed by what the constructor gets; or, from behaviour version 1 on, Ethereum's
/// creation code of a minimal proxy. What is shorter than a hash is the hash of no code then, like all other code of Ethereum's.
pub(super) fn instantiate<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let deposit = deposit_limit::<T>(context.number(0)?);
    let limits = CallLimits::Exact { weight: Weight::from_parts(context.long(0), context.long(1)), deposit };
    let version = context.stack.top().executable.behaviour_version();
    let len = context.high(3);
    ensure!(len >= CODE_HASH_BYTES || version >= 1, Error::<T>::OutOfBounds);
    let input_len = len.saturating_sub(CODE_HASH_BYTES);
    context.limit(Error::<T>::CallDataTooLarge, "the length of the input", input_len, CALL_DATA_BYTES_MAX)?;
    context.charge(T::WeightInfo::host_instantiate(input_len))?;
    let value = context.number(1)?;
    let payload = context.bytes(2, Error::<T>::CallDataTooLarge)?;
    let creation = match minimal_proxy::implementation(payload) {
        Some(implementation) if version >= 1 => Creation::MinimalProxy(implementation),
        _ => match payload.split_at_checked(CODE_HASH_BYTES as usize) {
            Some((hash, input)) => Creation::Code { hash: H256::from_slice(hash), input: input.to_vec() },
            None => return no_such_code(context),
        },
    };
    if !value.is_zero() {
        context.charge(T::WeightInfo::host_call_value())?;
    }
    let salt = if context.low(5) == SENTINEL {
        None
    } else {
        let price = match &creation {
            Creation::Code { hash, .. } => {
                let Some(code) = CodeInfoOf::<T>::get(hash) else { return no_such_code(context) };
                T::WeightInfo::salted_address(code.code_len, input_len)
            }
            Creation::MinimalProxy(_) => T::WeightInfo::host_keccak_256(len),
        };
        context.charge(price)?;
        Some(context.array::<32>(3)?)
    };
    let created = context.stack.instantiate(limits, creation, value, salt.as_ref());
    let mut writes = Writes::new();
    let result = created.map(|(address, output)| {
        let place = context.high(5);
        if !output.did_revert() && place != SENTINEL {
            writes.push(GuestWrite::Bytes { address: place, bytes: address.as_bytes().into() });
        }
        output
    });
    let place = OutputPlace::of(context, 4, 4, false);
    finish(context, result, false, place, writes)
}

/// What an instantiation from the hash of no code comes to.
fn no_such_code<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let place = OutputPlace::of(context, 4, 4, false);
    finish(context, Err(Error::<T>::CodeNotFound.into()), false, place, Writes::new())
}

/// A deposit limit in native units; what does not fit is no limit.
fn deposit_limit<T: Config>(limit: U256) -> BalanceOf<T> {
    limit.try_into().unwrap_or_else(|_| Bounded::max_value())
}

/// The input of a callee: forwarded, cloned, or gather `gather`, whose length is in the high half of `register`.
fn input<T: Config>(
    context: &mut HostContext<'_, T>,
    flags: Flags,
    gather: usize,
    register: usize,
) -> Result<Vec<u8>, DispatchError> {
    let len = context.high(register);
    context.limit(Error::<T>::CallDataTooLarge, "the length of the input", len, CALL_DATA_BYTES_MAX)?;
    if flags.has(Flags::CLONE_INPUT | Flags::FORWARD_INPUT) {
        // The memory that the arguments name has come all the same; and the callee is handed its input, whoever it was of before.
        let own = context.stack.top().input.as_ref().ok_or(Error::<T>::InputForwarded)?.len();
        let gathered = T::WeightInfo::copy_from_guest(len).saturating_sub(T::WeightInfo::copy_from_guest(0));
        context.charge(T::WeightInfo::clone_input(own as u32).saturating_add(gathered))?;
        let own = &mut context.stack.top_mut().input;
        let input = if flags.has(Flags::CLONE_INPUT) { own.clone() } else { own.take() };
        return Ok(input.ok_or(Error::<T>::InputForwarded)?);
    }
    context.charge(T::WeightInfo::copy_from_guest(len))?;
    Ok(context.bytes(gather, Error::<T>::CallDataTooLarge)?.to_vec())
}

/// Delivers what came out of a callee, behind `writes`.
fn finish<T: Config>(
    context: &mut HostContext<'_, T>,
    result: ExecResult,
    tail_call: bool,
    place: OutputPlace,
    mut writes: Writes,
) -> HostResult {
    let output = match result {
        Ok(output) => output,
        Err(failure) => {
            context.stack.top_mut().output = Vec::new();
            let version = context.stack.top().executable.behaviour_version();
            let code = failure.into_return_code::<T>(version)?;
            // Version 0 notes a failure even where no output is wanted, wherever the pointer then leads.
            if place.clear_on_failure && (version == 0 || place.address != SENTINEL) {
                writes.push(GuestWrite::Zero { address: place.cell, len: 4 });
            }
            return Ok(Outcome::Resume(Reply { result: Some(code as u64), writes }));
        }
    };
    if tail_call {
        return Ok(Outcome::Return(output));
    }
    let code = if output.did_revert() { ReturnCode::CalleeReverted } else { ReturnCode::Success };
    if place.address != SENTINEL {
        let capacity = context.length(place.cell_gather)?;
        context.charge(T::WeightInfo::copy_to_guest(delivered(capacity, output.data.len())))?;
        writes.extend(super::context::deliver_output(place.address, place.cell, capacity, output.data.len()));
    }
    context.stack.top_mut().output = output.data;
    Ok(Outcome::Resume(Reply { result: Some(code as u64), writes }))
}
