// SPDX-License-Identifier: Apache-2.0
//! What is stored: the records of accounts, contracts and code, and the child trie that holds a contract's own items.

use crate::{limits, AccountInfoOf, BalanceOf, Config, DeletionQueueCounter};
use alloc::vec::Vec;
use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{
    storage::{child, child::ChildInfo},
    traits::ConstU32,
    BoundedVec,
};
use scale_info::TypeInfo;
use smallvec::SmallVec;
use sp_core::{H160, H256};
use sp_io::hashing::{blake2_128, blake2_256};
use sp_runtime::{traits::Hash, DispatchError};

/// The id of a child trie.
pub type TrieId = BoundedVec<u8, ConstU32<128>>;

/// What the chain remembers about an address beside its native balance.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
#[codec(mel_bound())]
#[scale_info(skip_type_params(T))]
pub struct AccountInfo<T: Config> {
    /// Contract or not.
    pub account_type: AccountType<T>,
    /// The part of the balance, in wei, that is below one native unit. Less than `NativeToEthRatio`.
    pub dust: u32,
}

/// The kind of an account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
#[codec(mel_bound())]
#[scale_info(skip_type_params(T))]
pub enum AccountType<T: Config> {
    /// A contract.
    Contract(ContractInfo<T>),
    /// An account that belongs to somebody outside.
    EOA,
    /// A contract whose account was there before: its existential deposit was somebody's and is not the pallet's to burn.
    ContractOnAccount(ContractInfo<T>),
}

/// The record of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
#[codec(mel_bound())]
#[scale_info(skip_type_params(T))]
pub struct ContractInfo<T: Config> {
    /// The child trie with the contract's items.
    pub trie_id: TrieId,
    /// The code of the contract.
    pub code_hash: H256,
    /// Bytes of all items, keys as stored included.
    pub storage_bytes: u32,
    /// Number of items.
    pub storage_items: u32,
    /// Deposit that was paid for `storage_bytes`.
    pub storage_byte_deposit: BalanceOf<T>,
    /// Deposit that was paid for `storage_items`.
    pub storage_item_deposit: BalanceOf<T>,
    /// Deposit that was paid for the record itself, the immutable data and the share in the code.
    pub storage_base_deposit: BalanceOf<T>,
    /// Bytes of immutable data.
    pub immutable_data_len: u32,
}

/// The kind of machine that a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum BytecodeType {
    /// A RISC-V blob of the instruction set ReviveV1.
    Pvm,
    /// Ethereum bytecode. Kept for the numbering; this pallet stores none.
    Evm,
}

/// The record of an uploaded code.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
#[codec(mel_bound())]
#[scale_info(skip_type_params(T))]
pub struct CodeInfo<T: Config> {
    /// Who uploaded it and gets the deposit back.
    pub owner: T::AccountId,
    /// What the owner paid.
    #[codec(compact)]
    pub deposit: BalanceOf<T>,
    /// Number of contracts with this code.
    #[codec(compact)]
    pub refcount: u64,
    /// Bytes of the blob.
    pub code_len: u32,
    /// The machine it is for.
    pub code_type: BytecodeType,
    /// The version of the host functions' behaviour that the code was written against.
    pub behaviour_version: u32,
    /// The id of the gas model that the code is metered by, now and ever after.
    pub gas_model: u32,
    /// The version byte of the instruction set that the code was checked against.
    pub isa: u8,
    /// Whether the code exports `migrate`, to be run when it takes over a contract.
    pub exports_migrate: bool,
    /// How much there is to do to load it.
    pub load: LoadSize,
}

/// What the price of loading a code depends on besides its length, counted when it was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct LoadSize {
    /// Instructions, those that take long to translate or to price counted several times, and other things that take as long as some.
    pub instructions: u32,
    /// Basic blocks, and entries of the jump table.
    pub blocks: u32,
    /// Pages of memory.
    pub pages: u32,
}

impl LoadSize {
    /// More than any accepted blob of so many bytes comes to whose exports are where blocks begin, for those that nobody has counted.
    pub const fn at_most(blob_bytes: u32) -> Self {
        Self {
            // An export has two bytes at least.
            instructions: blob_bytes.saturating_mul(crate::code::EXPORT / 2),
            blocks: blob_bytes,
            pages: limits::GUEST_RANGE_BYTES_MAX / limits::PAGE_BYTES,
        }
    }

    /// The same for a code that is translated twice.
    pub const fn twice(self) -> Self {
        Self {
            instructions: self.instructions.saturating_mul(2),
            blocks: self.blocks.saturating_mul(2),
            pages: self.pages,
        }
    }
}

/// Bytes that the record of a code is priced at. What came later, from the gas model on, is not counted, so that the deposit
/// of a blob is what the tools of the ecosystem compute.
pub const CODE_RECORD_BYTES: u32 = 67;

impl<T: Config> ContractInfo<T> {
    /// A contract that owns nothing yet.
    ///
    /// An address can come again, and with it the nonce of its creator: where a contract that made it went, too, and is there
    /// again. So as long as tries wait for their deletion, how many ever did is a part of the id: whoever had the address
    /// before is among them.
    pub fn new(address: &H160, creator_nonce: T::Nonce, code_hash: H256) -> Result<Self, DispatchError> {
        let mut seed = ("bcontract_trie_v1", address, creator_nonce).encode();
        let queue = DeletionQueueCounter::<T>::get();
        if !queue.is_empty() {
            queue.insert.encode_to(&mut seed);
        }
        let trie_id =
            <T::Hashing as Hash>::hash(&seed).as_ref().to_vec().try_into().map_err(|_| {
                DispatchError::Other("the hash of this chain is longer than a trie id may be")
            })?;
        Ok(Self {
            trie_id,
            code_hash,
            storage_bytes: 0,
            storage_items: 0,
            storage_byte_deposit: Default::default(),
            storage_item_deposit: Default::default(),
            storage_base_deposit: Default::default(),
            immutable_data_len: 0,
        })
    }

    /// The contract at `address`, if there is one.
    pub fn load(address: &H160) -> Option<Self> {
        match AccountInfoOf::<T>::get(address)?.account_type {
            AccountType::Contract(info) | AccountType::ContractOnAccount(info) => Some(info),
            AccountType::EOA => None,
        }
    }

    /// Stores the record of a contract that is new at `address`; the dust of the account stays. `existed`: the account was there
    /// before the contract.
    pub(crate) fn store_new(self, address: &H160, existed: bool) {
        let account_type =
            if existed { AccountType::ContractOnAccount(self) } else { AccountType::Contract(self) };
        AccountInfoOf::<T>::mutate(address, |account| {
            let dust = account.as_ref().map_or(0, |account| account.dust);
            *account = Some(AccountInfo { account_type, dust });
        });
    }

    /// Stores the record at `address`, where the contract is already.
    pub fn store(self, address: &H160) {
        AccountInfoOf::<T>::mutate(address, |account| match account {
            Some(AccountInfo { account_type: AccountType::ContractOnAccount(info), .. }) => *info = self,
            Some(account) => account.account_type = AccountType::Contract(self),
            None => *account = Some(AccountInfo { account_type: AccountType::Contract(self), dust: 0 }),
        });
    }
}

impl<T: Config> AccountInfo<T> {
    /// Whether there is a contract at `address`.
    pub fn is_contract(address: &H160) -> bool {
        ContractInfo::<T>::load(address).is_some()
    }

    /// Whether the pallet minted the existential deposit of the contract at `address`.
    pub(crate) fn has_minted_deposit(address: &H160) -> bool {
        AccountInfoOf::<T>::get(address)
            .is_some_and(|account| matches!(account.account_type, AccountType::Contract(_)))
    }

    /// The dust of `address`, in wei.
    pub fn dust(address: &H160) -> u32 {
        AccountInfoOf::<T>::get(address).map_or(0, |account| account.dust)
    }

    /// Forgets the contract at `address`; the dust of the account stays.
    pub fn remove_contract(address: &H160) {
        AccountInfoOf::<T>::mutate_exists(address, |account| match account {
            Some(AccountInfo { dust: 0, .. }) => *account = None,
            Some(account) => account.account_type = AccountType::EOA,
            None => (),
        });
    }

    /// Sets the dust of `address`. An account that is neither a contract nor has dust needs no record.
    pub fn set_dust(address: &H160, dust: u32) {
        AccountInfoOf::<T>::mutate_exists(address, |account| match account {
            Some(AccountInfo { account_type: AccountType::EOA, .. }) if dust == 0 => *account = None,
            Some(account) => account.dust = dust,
            None if dust != 0 => *account = Some(AccountInfo { account_type: AccountType::EOA, dust }),
            None => (),
        });
    }
}

/// The key of a contract's item. Keys of the two kinds never meet in the trie, because they differ in how they are hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// Exactly 32 bytes.
    Fix([u8; 32]),
    /// Up to 128 bytes.
    Var(BoundedVec<u8, ConstU32<{ limits::STORAGE_KEY_BYTES_MAX }>>),
}

impl Key {
    /// A key of variable length; `None` if it is too long.
    pub fn variable(bytes: Vec<u8>) -> Option<Self> {
        bytes.try_into().ok().map(Self::Var)
    }

    /// The key as the contract gave it.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Fix(key) => key,
            Self::Var(key) => key,
        }
    }

    /// The key in the trie.
    pub fn hashed(&self) -> SmallVec<[u8; 32]> {
        match self {
            Self::Fix(key) => blake2_256(key).into(),
            Self::Var(key) => {
                let mut hashed = SmallVec::with_capacity(key.len().saturating_add(16));
                hashed.extend_from_slice(&blake2_128(key));
                hashed.extend_from_slice(key);
                hashed
            }
        }
    }
}

/// The child trie of a contract.
pub fn child_info(trie_id: &TrieId) -> ChildInfo {
    ChildInfo::new_default(trie_id)
}

/// The value at `key`.
pub fn read(trie: &ChildInfo, key: &Key) -> Option<Vec<u8>> {
    child::get_raw(trie, &key.hashed())
}

/// The first 32 bytes of the value at `key`, zeros behind its end, and how many bytes it has. Takes no memory for it, which
/// would be four calls of the host.
pub fn read_word(trie: &ChildInfo, key: &Key) -> Option<([u8; 32], u32)> {
    let mut word = [0; 32];
    let len = sp_io::default_child_storage::read(trie.storage_key(), &key.hashed(), &mut word, 0)?;
    Some((word, len))
}

/// Sets or, for `None`, removes the value at `key`, and records the change in `diff`. Returns the length of the old value.
pub fn write(
    trie: &ChildInfo,
    key: &Key,
    value: Option<&[u8]>,
    diff: &mut crate::metering::Diff,
) -> Option<u32> {
    let hashed = key.hashed();
    let old_len = child::len(trie, &hashed);
    let key_len = hashed.len() as u32;
    match value {
        Some(value) => child::put_raw(trie, &hashed, value),
        None => child::kill(trie, &hashed),
    }
    diff.record(key_len, old_len, value.map(|value| value.len() as u32));
    old_len
}
