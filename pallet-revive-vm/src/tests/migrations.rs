// SPDX-License-Identifier: Apache-2.0
//! Migrations: from records of an old layout, over as many blocks as the weight makes it take, to a sound state.

use super::{deploy, fixtures::Asm, output, state_root};
use crate::{migrations::v1::Migration, mock::*, CodeInfoOf, Config, Pallet, WeightInfo};
use codec::Encode;
use frame_support::{
    migrations::{SteppedMigration, SteppedMigrationError},
    traits::{GetStorageVersion, StorageVersion},
    weights::{Weight, WeightMeter},
};
use sp_core::H256;

/// Returns its number; the even ones export `migrate` too.
fn numbered(number: u8) -> Vec<u8> {
    let mut asm = Asm::new();
    asm.export("deploy").done();
    asm.export("call").data(super::fixtures::RW, &[number]).ret(0, super::fixtures::RW, 1);
    if number.is_multiple_of(2) {
        asm.export("migrate").done();
    }
    asm.builder().build()
}

/// Takes from every code record what storage version 1 added: a byte for the instruction set and one for `migrate`.
fn age() -> Vec<H256> {
    let codes: Vec<_> = CodeInfoOf::<Test>::iter().collect();
    for (hash, info) in &codes {
        let mut bytes = info.encode();
        bytes.truncate(bytes.len() - 2);
        sp_io::storage::set(&CodeInfoOf::<Test>::hashed_key_for(hash), &bytes);
    }
    StorageVersion::new(0).put::<Pallet<Test>>();
    codes.into_iter().map(|(hash, _)| hash).collect()
}

/// What an upgrade needs for the largest of these codes.
fn step_weight() -> Weight {
    let len = CodeInfoOf::<Test>::iter().map(|(_, info)| info.code_len).max().unwrap();
    <Test as Config>::WeightInfo::upload_code(len)
}

/// Steps with `limit` each until the migration is done; how many there were.
fn migrate(limit: Weight) -> usize {
    let mut cursor = None;
    for steps in 1..100 {
        let mut meter = WeightMeter::with_limit(limit);
        cursor = Migration::<Test>::step(cursor, &mut meter).expect("the weight is enough for a record");
        assert!(meter.consumed().all_lte(limit));
        if cursor.is_none() {
            return steps;
        }
    }
    panic!("it does not end");
}

#[test]
fn code_records_get_what_the_blob_says() {
    new_test(|| {
        let contracts: Vec<_> = (0..5).map(|number| deploy(&numbered(number), 0, b"")).collect();
        let before = state_root();
        let limit = step_weight();
        let codes = age();
        assert_ne!(state_root(), before);
        assert!(
            codes.iter().all(|hash| CodeInfoOf::<Test>::get(hash).is_none()),
            "old records do not read as new"
        );

        assert_eq!(migrate(limit), codes.len(), "one record a step");
        assert_eq!(state_root(), before);
        assert_eq!(Pallet::<Test>::on_chain_storage_version(), 1);
        for (number, contract) in contracts.into_iter().enumerate() {
            assert_eq!(output(contract, b""), [number as u8]);
        }
    });
}

#[test]
fn with_enough_weight_it_is_one_step_and_then_none() {
    new_test(|| {
        for number in 0..3 {
            deploy(&numbered(number), 0, b"");
        }
        let before = state_root();
        age();
        assert_eq!(migrate(Weight::MAX), 1);
        assert_eq!(state_root(), before);
        // On a chain of this version it does nothing and needs nothing.
        assert_eq!(Migration::<Test>::step(None, &mut WeightMeter::with_limit(Weight::zero())), Ok(None));
    });
}

#[test]
fn too_little_weight_is_said_and_changes_nothing() {
    new_test(|| {
        deploy(&numbered(1), 0, b"");
        let required = step_weight();
        age();
        let aged = state_root();
        let mut meter = WeightMeter::with_limit(required - Weight::from_parts(1, 0));
        assert_eq!(
            Migration::<Test>::step(None, &mut meter),
            Err(SteppedMigrationError::InsufficientWeight { required })
        );
        assert_eq!(state_root(), aged);
        migrate(required);
    });
}

#[test]
fn a_blob_that_is_refused_by_now_keeps_its_contracts() {
    new_test(|| {
        let contract = deploy(&numbered(2), 0, b"");
        let hash = crate::storage::ContractInfo::<Test>::load(&contract).unwrap().code_hash;
        let blob = crate::PristineCode::<Test>::get(hash).unwrap();
        age();
        crate::PristineCode::<Test>::insert(hash, b"no blob".to_vec());
        migrate(Weight::MAX);
        let info = CodeInfoOf::<Test>::get(hash).unwrap();
        assert!(!info.exports_migrate);
        crate::PristineCode::<Test>::insert(hash, blob);
        assert_eq!(output(contract, b""), [2]);
    });
}
