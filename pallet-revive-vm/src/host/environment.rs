// SPDX-License-Identifier: Apache-2.0
//! Getters: who and where the contract is, what the chain and the block are, what is left.

use super::context::{value, write, write_number, HostContext, HostResult};
use crate::{
    address::EMPTY_CODE_HASH, balance as balances, metering::GasConversion, precompiles, AddressMapper,
    CodeInfoOf, Config, WeightInfo,
};
use frame_support::traits::{FindAuthor, Get, Time};
use sp_core::{H160, H256, U256};
use sp_io::hashing::keccak_256;
use sp_runtime::{traits::UniqueSaturatedInto, SaturatedConversion};

/// Hashes of blocks older than this are zero.
const BLOCK_HASHES_MAX: u64 = 256;

/// `address(out20)`
pub(super) fn address<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_getter())?;
    write(context.low(0), context.stack.top().address.as_bytes())
}

/// `caller(out20)`; fails if the chain itself is the caller.
pub(super) fn caller<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_getter())?;
    let caller = T::AddressMapper::to_address(context.stack.top().caller.account()?);
    write(context.low(0), caller.as_bytes())
}

/// `origin(out20)`; fails if the chain itself is the origin.
pub(super) fn origin<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_getter())?;
    let origin = T::AddressMapper::to_address(context.stack.origin.account()?);
    write(context.low(0), origin.as_bytes())
}

/// `value_transferred(out)`
pub(super) fn value_transferred<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_getter())?;
    write_number(context.low(0), context.stack.top().value)
}

/// `balance(out)`: what the contract can spend.
pub(super) fn balance<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_balance())?;
    write_number(context.low(0), balances::of::<T>(&context.stack.top().address))
}

/// `balance_of(addr20, out)`
pub(super) fn balance_of<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_balance_of())?;
    let address = context.address(0)?;
    write_number(context.low(1), balances::of::<T>(&address))
}

/// `code_hash(addr20, out32)`: zero for no account, the hash of nothing for an account without code.
pub(super) fn code_hash<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_code_hash())?;
    let address = context.address(0)?;
    let hash = match precompiles::code::<T>(&address) {
        Some(code) => H256(keccak_256(code)),
        None => match context.stack.contract(&address) {
            Some(contract) => contract.code_hash,
            None if account_exists::<T>(&address) => EMPTY_CODE_HASH,
            None => H256::zero(),
        },
    };
    write(context.low(1), hash.as_bytes())
}

fn account_exists<T: Config>(address: &H160) -> bool {
    frame_system::Pallet::<T>::account_exists(&T::AddressMapper::to_account_id(address))
}

/// `code_size(addr20) -> bytes`
pub(super) fn code_size<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_code_size())?;
    let address = context.address(0)?;
    let size = match precompiles::code::<T>(&address) {
        Some(code) => code.len() as u32,
        None => context
            .stack
            .contract(&address)
            .and_then(|contract| CodeInfoOf::<T>::get(contract.code_hash))
            .map_or(0, |code| code.code_len),
    };
    value(size)
}

/// `chain_id(out)`
pub(super) fn chain_id<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_getter())?;
    write_number(context.low(0), T::ChainId::get().into())
}

/// `block_number(out)`
pub(super) fn block_number<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_getter())?;
    write_number(context.low(0), current_block::<T>().into())
}

fn current_block<T: Config>() -> u64 {
    frame_system::Pallet::<T>::block_number().saturated_into()
}

/// `block_hash(number, out32)`: the hash by which the chain knows the block; zero for this block, those to come, and those that
/// are too old.
pub(super) fn block_hash<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_block_hash())?;
    let current = current_block::<T>();
    let hash = match u64::try_from(context.number(0)?) {
        Ok(number) if number < current && current - number <= BLOCK_HASHES_MAX => {
            let number: frame_system::pallet_prelude::BlockNumberFor<T> = number.unique_saturated_into();
            frame_system::Pallet::<T>::block_hash(number).into()
        }
        _ => H256::zero(),
    };
    write(context.low(1), hash.as_bytes())
}

/// `block_author(out20)`; zero if unknown.
pub(super) fn block_author<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_block_author())?;
    let digest = frame_system::Pallet::<T>::digest();
    let pre_runtime = digest.logs.iter().filter_map(|item| item.as_pre_runtime());
    let author = T::FindAuthor::find_author(pre_runtime)
        .map_or_else(H160::zero, |account| T::AddressMapper::to_address(&account));
    write(context.low(0), author.as_bytes())
}

/// `now(out)`: the time of the block in seconds.
pub(super) fn now<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_getter())?;
    let milliseconds: U256 = T::Time::now().into();
    write_number(context.low(0), milliseconds / 1000u32)
}

/// `gas_limit() -> gas` of a block, which is not counted in gas.
pub(super) fn gas_limit<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_getter())?;
    value(u64::MAX)
}

/// `gas_price() -> wei`
pub(super) fn gas_price<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_getter())?;
    value(u64::try_from(GasConversion::<T>::price()).unwrap_or(u64::MAX))
}

/// `base_fee(out)`, in wei.
pub(super) fn base_fee<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    context.charge(T::WeightInfo::host_getter())?;
    write_number(context.low(0), GasConversion::<T>::price())
}

/// `ref_time_left() -> gas`: what is left of weight and deposit, in Ethereum gas. The name is older than its meaning.
///
/// The price of every host call is what this one takes, so that it costs nothing more.
pub(super) fn ref_time_left<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let deposit_left = context.stack.deposit_left();
    value(GasConversion::<T>::gas_u64(context.stack.top().meter.weight.left(), deposit_left))
}
