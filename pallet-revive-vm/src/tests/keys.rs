// SPDX-License-Identifier: Apache-2.0
//! What contracts make a chain read and write, key by key, and what they pay for that.
//!
//! On this chain nothing but gas takes time, and a write costs more than all gas: the weight of a call tells how many were paid for,
//! and its proof how many reads. Whatever is done five times has to pay for the keys that it touches in addition to those of doing it
//! once.

use super::fixtures::{callable, contract, pack, Arg, Asm, NONE, RW};
use crate::{
    self as pallet_revive_vm,
    engine::switched::SwitchedEngine,
    exec::Origin,
    mock::Carrier,
    weights::{Nothing, Prices},
    AccountId32Mapper, Code, EventLevel, Fees,
};
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU128, ConstU32, ConstU64},
    weights::{IdentityFee, RuntimeDbWeight, Weight},
};
use frame_system::EnsureSigned;
use revive_vm_primitives::Reg;
use sp_core::{storage::well_known_keys::DEFAULT_CHILD_STORAGE_KEY_PREFIX, H160, H256};
use sp_io::hashing::keccak_256;
use sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage, FixedU128, Perbill};
use std::collections::{BTreeMap, BTreeSet};

type Block = frame_system::mocking::MockBlock<Chain>;
type Balance = u128;

frame_support::construct_runtime!(
    pub enum Chain {
        System: frame_system,
        Timestamp: pallet_timestamp,
        Balances: pallet_balances,
        Contracts: pallet_revive_vm,
    }
);

const USER: AccountId32 = AccountId32::new([0x11; 32]);
const WEIGHT: Weight = Weight::from_parts(u64::MAX / 2, u64::MAX / 2);
const WRITE: u64 = 1_000_000_000;
/// Proof bytes that a key is priced at.
const KEY: u64 = 2_560;

parameter_types! {
    pub const Multiplier: FixedU128 = FixedU128::from_u32(1);
    pub const Lockup: Perbill = Perbill::one();
    pub const Version: u32 = 1;
    pub const Level: EventLevel = EventLevel::Contracts;
    pub const Db: RuntimeDbWeight = RuntimeDbWeight { read: 1, write: WRITE };
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Chain {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
    type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Chain {}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Chain {
    type Balance = Balance;
    type ExistentialDeposit = ConstU128<1_000>;
    type AccountStore = System;
}

impl pallet_revive_vm::Config for Chain {
    type Engine = SwitchedEngine;
    type Precompiles = ();
    type BehaviourVersion = Version;
    type EventLevel = Level;
    type Time = Timestamp;
    type Balance = Balance;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type WeightInfo = Prices<Nothing, Db>;
    type FindAuthor = ();
    type DepositPerByte = ConstU128<3>;
    type DepositPerItem = ConstU128<100>;
    type DepositPerChildTrieItem = ConstU128<50>;
    type CodeHashLockupDepositPercent = Lockup;
    type AddressMapper = AccountId32Mapper<Self>;
    type UploadOrigin = EnsureSigned<AccountId32>;
    type InstantiateOrigin = EnsureSigned<AccountId32>;
    type ChainId = ConstU64<1>;
    type NativeToEthRatio = ConstU32<1_000_000>;
    type FeeInfo = Fees<IdentityFee<Balance>, Multiplier>;
    type GasScale = ConstU32<10>;
}

/// Keys touched, or paid for.
#[derive(Clone, Copy, Debug)]
struct Keys {
    /// Proof bytes, as keys are priced.
    read: u64,
    written: u64,
}

fn main_keys() -> BTreeMap<Vec<u8>, Option<Vec<u8>>> {
    let mut all = BTreeMap::new();
    let mut key = Vec::new();
    while let Some(next) = sp_io::storage::next_key(&key) {
        all.insert(next.clone(), sp_io::storage::get(&next).map(|value| value.to_vec()));
        key = next;
    }
    all
}

/// What a call of the contract that `setup` makes touches, and what it pays for. Items of contracts are left to the prices of
/// storage.
fn touched(setup: impl FnOnce() -> H160) -> (Keys, Keys) {
    Carrier::Host.choose();
    let storage = RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig { balances: vec![(USER, 1 << 100)], ..Default::default() },
        contracts: pallet_revive_vm::GenesisConfig { mapped_accounts: vec![USER], accounts: Vec::new() },
        ..Default::default()
    };
    let mut externalities = sp_io::TestExternalities::new(storage.build_storage().unwrap());
    let dest = externalities.execute_with(|| {
        System::set_block_number(1);
        setup()
    });
    externalities.commit_all().unwrap();
    let before = externalities.execute_with(main_keys);
    let root = *externalities.backend.root();
    let recorder = Default::default();
    let outcome = externalities.execute_with_recorder(Clone::clone(&recorder), || {
        Contracts::bare_call(Origin::Signed(USER), dest, 0, WEIGHT, Balance::MAX, Vec::new())
    });
    let output = outcome.result.unwrap();
    assert!(!output.did_revert() && output.data.iter().all(|byte| *byte == 0), "{output:?}");
    let is_child_root = |key: &[u8]| key.starts_with(DEFAULT_CHILD_STORAGE_KEY_PREFIX);
    let read = recorder
        .recorded_keys()
        .get(&root)
        .map_or(0, |keys| keys.keys().filter(|key| !is_child_root(key)).count() as u64);
    let after = externalities.execute_with(main_keys);
    let all: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let written = all.into_iter().filter(|key| before.get(*key) != after.get(*key)).count() as u64;
    let weight = outcome.weight_consumed;
    let paid = Keys { read: weight.proof_size(), written: weight.ref_time() / WRITE };
    (Keys { read: read * KEY, written }, paid)
}

/// Checks that four more of what `setup` does so often pay for what they touch. `items`: how many items of contracts' own tries one of
/// them writes, which pay for themselves.
#[track_caller]
fn pays(what: &str, items: u64, setup: impl Fn(u64) -> H160) {
    let ((one, paid_for_one), (five, paid_for_five)) = (touched(|| setup(1)), touched(|| setup(5)));
    let (read, written) = (five.read - one.read, five.written - one.written);
    // An item pays for a read of 10 KiB and a write.
    let paid_read = paid_for_five.read - paid_for_one.read - 4 * items * 4 * KEY;
    let paid_written = paid_for_five.written - paid_for_one.written - 4 * items;
    assert!(paid_read >= read, "{what}: four read {} keys and pay for {}", read / KEY, paid_read / KEY);
    assert!(paid_written >= written, "{what}: four write {written} keys and pay for {paid_written}");
}

fn create(blob: &[u8], number: u64, value: Balance) -> H160 {
    let mut salt = [0; 32];
    salt[..8].copy_from_slice(&number.to_le_bytes());
    let (user, code) = (Origin::Signed(USER), Code::Upload(blob.to_vec()));
    let created =
        Contracts::bare_instantiate(user, value, WEIGHT, Balance::MAX, code, Vec::new(), Some(salt));
    created.result.unwrap().addr
}

/// Contracts with this code.
fn contracts(count: u64, blob: &[u8]) -> Vec<H160> {
    (0..count).map(|number| create(blob, number, 500)).collect()
}

/// Contracts that have each a code of its own.
fn different(count: u64, body: impl Fn(&mut Asm, u64)) -> Vec<H160> {
    let blob = |number| callable(|asm| body(asm.data(RW + 0x900, &[number as u8]), number));
    (0..count).map(|number| create(&blob(number), number, 500)).collect()
}

/// A contract with this code, which runs `body`.
fn running(body: impl FnOnce(&mut Asm)) -> H160 {
    create(&callable(body), 99, 1_000_000)
}

/// A contract that calls all of these with so many wei. Returns an error code, if there is one.
fn calling(callees: &[H160], wei: u64) -> H160 {
    running(|asm| {
        asm.data(RW + 64, &[0; 32]).data(RW + 64, &wei.to_le_bytes());
        for callee in callees {
            asm.data(RW, callee.as_bytes()).host(
                "call_evm",
                [Arg::from(8), RW.into(), (RW + 64).into(), u64::MAX.into(), pack(0, RW), pack(NONE, NONE)],
            );
        }
        asm.store(RW + 0x800, Reg::A0).ret(0, RW + 0x800, 8);
    })
}

fn store(asm: &mut Asm) {
    asm.data(RW, &[1; 64]).host("set_storage", [0, RW, 32, RW + 32, 32]);
}

#[test]
fn calls_pay_for_the_keys_that_they_touch() {
    let nothing = callable(|_| {});
    pays("calls", 0, |count| calling(&contracts(count, &nothing), 0));
    pays("calls of different codes", 0, |count| calling(&different(count, |_, _| ()), 0));
    pays("calls with value", 0, |count| calling(&contracts(count, &nothing), 1_000_000));
    pays("calls with dust", 0, |count| calling(&contracts(count, &nothing), 1));
    let nobody = |number| H160([0x40 + number as u8; 20]);
    pays("value and dust to new accounts", 0, |count| {
        calling(&(0..count).map(nobody).collect::<Vec<_>>(), 1_000_001)
    });
    pays("delegate calls", 0, |count| {
        let callees = different(count, |_, _| ());
        running(|asm| {
            for callee in &callees {
                asm.data(RW, callee.as_bytes()).host(
                    "delegate_call_evm",
                    [Arg::from(0), RW.into(), u64::MAX.into(), pack(0, RW), pack(NONE, NONE)],
                );
            }
        })
    });
    for question in ["balance_of", "code_hash"] {
        pays(question, 0, |count| {
            running(|asm| {
                for number in 0..count {
                    asm.data(RW, nobody(number).as_bytes()).host(question, [RW, RW + 64]);
                }
            })
        });
    }
}

/// The record of each contract, its account, and what is on hold there.
#[test]
fn storage_pays_for_the_keys_of_its_deposit() {
    let (storing, clearing) = (callable(store), contract(store, |asm| store(asm.data(RW + 0x20, &[1; 96]))));
    pays("calls of contracts that store", 1, |count| calling(&contracts(count, &storing), 0));
    pays("calls of contracts that store again", 1, |count| calling(&contracts(count, &clearing), 0));
    pays("different contracts that store", 1, |count| calling(&different(count, |asm, _| store(asm)), 0));
    let clearing = contract(store, |asm| {
        asm.data(RW, &[1; 32]).host("set_storage", [0, RW, 32, RW + 64, 0]);
    });
    pays("calls of contracts that give back", 1, |count| calling(&contracts(count, &clearing), 0));
}

#[test]
fn contracts_that_come_go_and_change_pay_for_the_keys_of_that() {
    for wei in [0, 1_000_001u64] {
        pays("instantiations", 0, |count| {
            let blob = callable(|_| {});
            create(&blob, 0, 0);
            running(|asm| {
                asm.data(RW, &keccak_256(&blob)).data(RW + 64, &[0; 32]).data(RW + 64, &wei.to_le_bytes());
                asm.data(RW + 96, &[0xFF; 32]);
                for _ in 0..count {
                    asm.instantiate(RW, RW + 64, RW + 96);
                }
                asm.store(RW + 0x800, Reg::A0).ret(0, RW + 0x800, 8);
            })
        });
    }
    pays("ends", 1, |count| {
        let ends = different(count, |asm, number| {
            store(asm);
            let beneficiary = super::address_word(&H160([0x60 + number as u8; 20]));
            asm.data(RW + 0x2000, &[&[0xed, 0xb4, 0x55, 0x29][..], &beneficiary].concat())
                .data(RW + 0x1000, H160::from_low_u64_be(0x900).as_bytes())
                .data(RW + 0x1040, &[0; 32])
                .host(
                    "call_evm",
                    [
                        Arg::from(8),
                        (RW + 0x1000).into(),
                        (RW + 0x1040).into(),
                        u64::MAX.into(),
                        pack(36, RW + 0x2000),
                        pack(NONE, NONE),
                    ],
                );
        });
        calling(&ends, 1)
    });
    pays("upgrades", 0, |count| {
        let new = callable(|asm| asm.ret(0, RW, 0).end());
        Contracts::bare_upload_code(&USER, &new, Balance::MAX, 1).unwrap();
        let hash = H256(keccak_256(&new));
        let upgrading = different(count, |asm, _| {
            asm.data(RW, hash.as_bytes()).host("set_code", [RW, RW, 0]);
        });
        calling(&upgrading, 0)
    });
}
