// SPDX-License-Identifier: Apache-2.0
//! Native balance, wei, and the dust between the two.
//!
//! Contracts count in wei: `wei = native × NativeToEthRatio + dust`. The native part is in the currency of the chain; the dust,
//! less than one native unit, is kept in the record of the account and backed by nothing. When the dust of an account over- or
//! underflows, one native unit is minted or burnt for it.

use crate::{storage::AccountInfo, AccountIdOf, AddressMapper, BalanceOf, Config, Error};
use frame_support::traits::{
    fungible::{Inspect, Mutate, Unbalanced},
    tokens::{Fortitude, Precision, Preservation},
    Get,
};
use sp_core::{H160, U256};
use sp_runtime::{
    traits::{One, Zero},
    DispatchError, DispatchResult,
};

/// `value` native units in wei.
pub fn to_wei<T: Config>(value: BalanceOf<T>) -> U256 {
    let native: U256 = value.into();
    // A balance has at most 128 bits and the ratio 32.
    native.saturating_mul(T::NativeToEthRatio::get().into())
}

/// `wei` as native units and dust.
pub fn from_wei<T: Config>(wei: U256) -> Result<(BalanceOf<T>, u32), DispatchError> {
    let (native, dust) = wei.div_mod(T::NativeToEthRatio::get().max(1).into());
    let native = native.try_into().map_err(|_| Error::<T>::BalanceConversionFailed)?;
    // Less than the ratio, which has 32 bits.
    Ok((native, dust.low_u32()))
}

/// What the account behind `address` can spend, in wei: without the existential deposit, holds and freezes.
pub fn of<T: Config>(address: &H160) -> U256 {
    let account = T::AddressMapper::to_account_id(address);
    let native = T::Currency::reducible_balance(&account, Preservation::Preserve, Fortitude::Polite);
    to_wei::<T>(native).saturating_add(AccountInfo::<T>::dust(address).into())
}

/// Whether `account` has any money. One that is there without, for the sake of some other pallet, has no existential deposit.
pub fn has_any<T: Config>(account: &AccountIdOf<T>) -> bool {
    !T::Currency::total_balance(account).is_zero()
}

/// Gives `account` an existential deposit that nobody pays for and that does not count as active.
pub fn mint_existential_deposit<T: Config>(account: &AccountIdOf<T>) {
    let deposit = T::Currency::minimum_balance();
    // Minting fails only if the issuance overflows, and then the account has to do without, like any account below the
    // existential deposit: what needs it to exist fails.
    if T::Currency::mint_into(account, deposit).is_ok() {
        T::Currency::deactivate(deposit);
    }
}

/// Makes `wei` for an account that exists: for genesis only.
pub(crate) fn mint<T: Config>(account: &AccountIdOf<T>, wei: U256) -> DispatchResult {
    let (native, dust) = from_wei::<T>(wei)?;
    if !native.is_zero() {
        T::Currency::mint_into(account, native)?;
    }
    if dust != 0 {
        give_dust::<T>(account, dust)?;
    }
    Ok(())
}

/// Moves `wei` between two accounts that exist; the sender stays alive. All or nothing only within a storage layer.
pub fn transfer<T: Config>(from: &AccountIdOf<T>, to: &AccountIdOf<T>, wei: U256) -> DispatchResult {
    let (native, dust) = from_wei::<T>(wei)?;
    if from == to {
        // Nothing moves, and so the units that are there for the native part would be found again for the dust.
        let has = of::<T>(&T::AddressMapper::to_address(from));
        return if has < wei { Err(Error::<T>::TransferFailed.into()) } else { Ok(()) };
    }
    if !native.is_zero() {
        T::Currency::transfer(from, to, native, Preservation::Preserve)
            .map_err(|_| Error::<T>::TransferFailed)?;
    }
    if dust != 0 {
        take_dust::<T>(from, dust)?;
        give_dust::<T>(to, dust)?;
    }
    Ok(())
}

fn take_dust<T: Config>(from: &AccountIdOf<T>, dust: u32) -> DispatchResult {
    let address = T::AddressMapper::to_address(from);
    let mut have = AccountInfo::<T>::dust(&address);
    if have < dust {
        T::Currency::burn_from(from, One::one(), Preservation::Preserve, Precision::Exact, Fortitude::Polite)
            .map_err(|_| Error::<T>::TransferFailed)?;
        have = have.saturating_add(T::NativeToEthRatio::get());
    }
    AccountInfo::<T>::set_dust(&address, have.saturating_sub(dust));
    Ok(())
}

fn give_dust<T: Config>(to: &AccountIdOf<T>, dust: u32) -> DispatchResult {
    let address = T::AddressMapper::to_address(to);
    let ratio = u64::from(T::NativeToEthRatio::get());
    let mut have = u64::from(AccountInfo::<T>::dust(&address)).saturating_add(dust.into());
    if have >= ratio {
        T::Currency::mint_into(to, One::one()).map_err(|_| Error::<T>::TransferFailed)?;
        have -= ratio;
    }
    // Both summands were below the ratio, so what is left is below it again.
    AccountInfo::<T>::set_dust(&address, u32::try_from(have).unwrap_or(0));
    Ok(())
}
