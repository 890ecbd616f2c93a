// SPDX-License-Identifier: Apache-2.0
//! Ends and computations: `seal_return`, `consume_all_gas`, `terminate`, `set_code`, `hash_keccak_256`, `ecdsa_to_eth_address`,
//! `sr25519_verify`.

use super::context::{code, write, HostContext, HostResult, Outcome};
use crate::{
    exec::TerminationRule,
    limits::{self, CALL_DATA_BYTES_MAX},
    precompiles,
    primitives::{ExecReturnValue, ReturnCode, ReturnFlags},
    vm::{self, GuestWrite, Reply},
    Config, Error, WeightInfo,
};
use alloc::{borrow::Cow, vec::Vec};
use revive_vm_runtime_interface::Gathered;
use smallvec::smallvec;
use sp_core::{sr25519, H256};
use sp_io::hashing::keccak_256;

/// `seal_return(flags, data, len)`; does not come back.
pub(super) fn seal_return<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let len = context.low(2);
    context.limit(Error::<T>::ReturnDataTooLarge, "the length of the output", len, CALL_DATA_BYTES_MAX)?;
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

/// `terminate(beneficiary20)`; does not come back.
pub(super) fn terminate<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_terminate())?;
    let beneficiary = context.address(0)?;
    let contract = context.stack.top().address;
    context.stack.terminate(contract, beneficiary, TerminationRule::SameTransaction)?;
    Ok(Outcome::Return(ExecReturnValue::default()))
}

/// `ecdsa_to_eth_address(key33, out20) -> code`: the address of a compressed key on secp256k1.
pub(super) fn ecdsa_to_eth_address<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_ecdsa_to_eth_address())?;
    let key = context.array::<33>(0)?;
    match precompiles::eth_address(&key) {
        Some(address) => {
            let bytes = address.as_bytes().into();
            let writes = smallvec![GuestWrite::Bytes { address: context.low(1), bytes }];
            Ok(Outcome::Resume(Reply { result: Some(ReturnCode::Success as u64), writes }))
        }
        None => code(ReturnCode::EcdsaRecoveryFailed),
    }
}

/// `sr25519_verify(signature64, key32, message_len, message) -> code`
pub(super) fn sr25519_verify<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let (len, address) = (context.low(2), context.low(3));
    context.charge(T::WeightInfo::host_sr25519_verify(len))?;
    let signature = sr25519::Signature::from_raw(context.array::<64>(0)?);
    let key = sr25519::Public::from_raw(context.array::<32>(1)?);
    let message = long_bytes(context, 2, address, len)?;
    let valid = sp_io::crypto::sr25519_verify(&signature, &message, &key);
    code(if valid { ReturnCode::Success } else { ReturnCode::Sr25519VerifyFailed })
}

/// `set_code(hash32, input, input_len) -> code`: gives the contract other code, and runs its `migrate`, if it has one, with the
/// input. A part of this pallet and not of the contract ABI.
pub(super) fn set_code<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let len = context.low(2);
    context.charge(T::WeightInfo::host_set_code())?;
    let code_hash = H256(context.array(0)?);
    context.limit(Error::<T>::CallDataTooLarge, "the length of the input", len, CALL_DATA_BYTES_MAX)?;
    context.charge(T::WeightInfo::copy_from_guest(len))?;
    let input = context.bytes(1, Error::<T>::CallDataTooLarge)?.to_vec();
    let output = match context.stack.set_code(code_hash, input) {
        Ok(output) => output,
        Err(failure) => {
            context.stack.top_mut().output = Vec::new();
            // It never existed without return codes.
            return code(failure.into_return_code::<T>(limits::BEHAVIOUR_VERSION_MAX)?);
        }
    };
    let result = if output.did_revert() { ReturnCode::CalleeReverted } else { ReturnCode::Success };
    context.stack.top_mut().output = output.data;
    code(result)
}

/// Gather `index`, or the `len` bytes at `address` if they were too many to be handed over with the call. The price was paid.
fn long_bytes<'a, T: Config>(
    context: &HostContext<'a, T>,
    index: usize,
    address: u32,
    len: u32,
) -> Result<Cow<'a, [u8]>, Error<T>> {
    match context.exit.gathered(index) {
        Gathered::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
        Gathered::OutOfBounds => Err(Error::<T>::OutOfBounds),
        Gathered::TooLong { .. } => vm::read_long::<T>(context.guest, address, len).map(Cow::Owned),
    }
}

/// `hash_keccak_256(in, len, out32)`
pub(super) fn hash_keccak_256<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let (address, len) = (context.low(0), context.low(1));
    context.charge(T::WeightInfo::host_keccak_256(len))?;
    let input = long_bytes(context, 0, address, len)?;
    write(context.low(2), &keccak_256(&input))
}
