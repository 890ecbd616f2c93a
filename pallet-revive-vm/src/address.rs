// SPDX-License-Identifier: Apache-2.0
//! Twenty-byte addresses: how they follow from native accounts, back again, and for new contracts.

use crate::{AccountIdOf, Config, Error, HoldReason, OriginalAccount};
use alloc::vec::Vec;
use core::marker::PhantomData;
use frame_support::{
    ensure,
    traits::{fungible::MutateHold, tokens::Precision, Get},
};
use sp_core::{H160, H256};
use sp_io::hashing::keccak_256;
use sp_runtime::{traits::Saturating, DispatchResult};

/// The byte that fills an account which is an address in disguise.
const FILL: u8 = 0xEE;

/// Bytes that the mapping of one account is priced at: the address and the account.
const MAPPING_BYTES: u32 = 52;

/// The translation between native accounts and addresses.
pub trait AddressMapper<T: Config> {
    /// The address of `account`.
    fn to_address(account: &T::AccountId) -> H160;

    /// The account behind `address`: the mapped one if it was mapped, else the fallback account.
    fn to_account_id(address: &H160) -> T::AccountId;

    /// The account that belongs to `address` and to nothing else. No key signs for it. Contracts live there.
    fn to_fallback_account_id(address: &H160) -> T::AccountId;

    /// Records the mapping of `account` and holds the deposit for it.
    fn map(account: &T::AccountId) -> DispatchResult;

    /// Records the mapping of `account` without a deposit; for genesis and for dry runs.
    fn map_no_deposit(account: &T::AccountId) -> DispatchResult;

    /// Removes the mapping and gives the deposit back.
    fn unmap(account: &T::AccountId) -> DispatchResult;

    /// Whether `account` can be found from its address, so that it may use contracts.
    fn is_mapped(account: &T::AccountId) -> bool;
}

/// The mapper for 32-byte accounts.
///
/// An account that ends in twelve bytes `0xEE` is an address in disguise and needs no entry. Every other account becomes the
/// last 20 bytes of its keccak-256, which cannot be turned around, so the way back is stored.
pub struct AccountId32Mapper<T>(PhantomData<T>);

impl<T> AccountId32Mapper<T>
where
    T: Config,
    AccountIdOf<T>: AsRef<[u8; 32]> + From<[u8; 32]>,
{
    fn disguised(account: &T::AccountId) -> Option<H160> {
        let bytes: &[u8; 32] = account.as_ref();
        let (address, fill) = bytes.split_at(20);
        fill.iter().all(|byte| *byte == FILL).then(|| H160::from_slice(address))
    }

    fn deposit() -> crate::BalanceOf<T> {
        T::DepositPerByte::get().saturating_mul(MAPPING_BYTES.into()).saturating_add(T::DepositPerItem::get())
    }
}

impl<T> AddressMapper<T> for AccountId32Mapper<T>
where
    T: Config,
    AccountIdOf<T>: AsRef<[u8; 32]> + From<[u8; 32]>,
{
    fn to_address(account: &T::AccountId) -> H160 {
        Self::disguised(account).unwrap_or_else(|| {
            let bytes: &[u8; 32] = account.as_ref();
            last_20(&keccak_256(bytes))
        })
    }

    fn to_account_id(address: &H160) -> T::AccountId {
        OriginalAccount::<T>::get(address).unwrap_or_else(|| Self::to_fallback_account_id(address))
    }

    fn to_fallback_account_id(address: &H160) -> T::AccountId {
        let mut bytes = [FILL; 32];
        bytes[..20].copy_from_slice(address.as_bytes());
        bytes.into()
    }

    fn map(account: &T::AccountId) -> DispatchResult {
        ensure!(!Self::is_mapped(account), Error::<T>::AccountAlreadyMapped);
        T::Currency::hold(&HoldReason::AddressMapping.into(), account, Self::deposit())?;
        Self::map_no_deposit(account)
    }

    fn map_no_deposit(account: &T::AccountId) -> DispatchResult {
        ensure!(!Self::is_mapped(account), Error::<T>::AccountAlreadyMapped);
        OriginalAccount::<T>::insert(Self::to_address(account), account);
        Ok(())
    }

    fn unmap(account: &T::AccountId) -> DispatchResult {
        ensure!(Self::disguised(account).is_none() && Self::is_mapped(account), Error::<T>::AccountUnmapped);
        OriginalAccount::<T>::remove(Self::to_address(account));
        T::Currency::release_all(&HoldReason::AddressMapping.into(), account, Precision::BestEffort)?;
        Ok(())
    }

    fn is_mapped(account: &T::AccountId) -> bool {
        Self::disguised(account).is_some() || OriginalAccount::<T>::contains_key(Self::to_address(account))
    }
}

/// The mapper for 20-byte accounts: an account is its address, and needs no entry.
pub struct AccountId20Mapper<T>(PhantomData<T>);

impl<T> AddressMapper<T> for AccountId20Mapper<T>
where
    T: Config,
    AccountIdOf<T>: From<H160> + Into<H160>,
{
    fn to_address(account: &T::AccountId) -> H160 {
        account.clone().into()
    }

    fn to_account_id(address: &H160) -> T::AccountId {
        (*address).into()
    }

    fn to_fallback_account_id(address: &H160) -> T::AccountId {
        (*address).into()
    }

    fn map(_: &T::AccountId) -> DispatchResult {
        Err(Error::<T>::AccountAlreadyMapped.into())
    }

    fn map_no_deposit(_: &T::AccountId) -> DispatchResult {
        Err(Error::<T>::AccountAlreadyMapped.into())
    }

    fn unmap(_: &T::AccountId) -> DispatchResult {
        Err(Error::<T>::AccountUnmapped.into())
    }

    fn is_mapped(_: &T::AccountId) -> bool {
        true
    }
}

/// The address of the contract that `creator` makes with its nonce `nonce`: the hash of the RLP list of the two.
pub fn create1(creator: &H160, nonce: u64) -> H160 {
    let nonce = nonce.to_be_bytes();
    let significant = nonce.iter().position(|byte| *byte != 0).map_or(&[][..], |start| &nonce[start..]);
    // The nonce is a string of at most eight bytes: itself below 0x80, else its length over 0x80 in front. With the address
    // the list stays below the 56 bytes from where RLP writes lengths differently.
    let mut list = Vec::with_capacity(32);
    list.push(0x80 + 20);
    list.extend_from_slice(creator.as_bytes());
    match significant {
        [single] if *single < 0x80 => list.push(*single),
        bytes => {
            list.push(0x80 + bytes.len() as u8);
            list.extend_from_slice(bytes);
        }
    }
    let mut encoded = Vec::with_capacity(32);
    encoded.push(0xC0 + list.len() as u8);
    encoded.extend_from_slice(&list);
    last_20(&keccak_256(&encoded))
}

/// The address of the contract that `creator` makes from `blob`, constructor input `input` and `salt`.
pub fn create2(creator: &H160, blob: &[u8], input: &[u8], salt: &[u8; 32]) -> H160 {
    let mut code = Vec::with_capacity(blob.len().saturating_add(input.len()));
    code.extend_from_slice(blob);
    code.extend_from_slice(input);
    let mut preimage = [0; 85];
    preimage[0] = 0xFF;
    preimage[1..21].copy_from_slice(creator.as_bytes());
    preimage[21..53].copy_from_slice(salt);
    preimage[53..].copy_from_slice(&keccak_256(&code));
    last_20(&keccak_256(&preimage))
}

fn last_20(hash: &[u8; 32]) -> H160 {
    H160::from_slice(&hash[12..])
}

/// Keccak-256 of nothing, the code hash of an account without code.
pub const EMPTY_CODE_HASH: H256 = H256([
    0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0, 0xe5,
    0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70,
]);
