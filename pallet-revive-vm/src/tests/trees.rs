// SPDX-License-Identifier: Apache-2.0
//! Random trees of calls, with reverts, traps and ends at random points.
//!
//! After every transaction all invariants of the state must hold, and no money came or went.

use super::random::{pick, random_contract, Random, World};
use crate::{exec::Origin, mock::*, storage::AccountInfo, AccountInfoOf, Code, Pallet, StorageDeposit};
use frame_support::weights::Weight;
use sp_core::{H160, H256};
use sp_io::hashing::keccak_256;

fn contracts() -> Vec<H160> {
    AccountInfoOf::<Test>::iter_keys().filter(AccountInfo::<Test>::is_contract).collect()
}

#[test]
fn random_trees_of_calls_keep_every_invariant() {
    for (engine, seed) in (1..=12u64).flat_map(|seed| [(Carrier::Host, seed), (Carrier::Embedded, seed)]) {
        BehaviourVersion::set((seed % 2) as u32);
        test_on(engine, || tree(seed));
        BehaviourVersion::set(0);
    }
}

fn tree(seed: u64) {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let weight = Weight::from_parts(WEIGHT.ref_time() / 4, WEIGHT.proof_size());
    let mut world = World::default();
    let before_all = money();
    let (mut fine, mut failed) = (0, 0);
    for step in 0..25 {
        let origin = if random.below(3) == 0 { BOB } else { ALICE };
        let limit = if random.below(6) == 0 { 5_000 } else { Balance::MAX };
        let before = super::state_root();
        let (kept, deposit) = if step % 3 == 0 {
            let blob = random_contract(&mut random, &world);
            world.code.push(H256(keccak_256(&blob)));
            let outcome = Pallet::<Test>::bare_instantiate(
                Origin::Signed(origin),
                random.below(100_000).into(),
                weight,
                limit,
                Code::Upload(blob),
                vec![step; 8],
                Some([step; 32]),
            );
            let kept = outcome.result.as_ref().is_ok_and(|created| !created.result.did_revert());
            (kept, outcome.storage_deposit)
        } else {
            let dest = pick(&mut random, &world.contracts);
            let outcome = Pallet::<Test>::bare_call(
                Origin::Signed(origin),
                dest,
                random.below(10_000).into(),
                weight,
                limit,
                vec![step; 8],
            );
            assert!(outcome.weight_consumed.all_lte(weight));
            assert!(outcome.weight_consumed.all_lte(outcome.weight_required));
            let kept = outcome.result.as_ref().is_ok_and(|output| !output.did_revert());
            (kept, outcome.storage_deposit)
        };
        if kept {
            fine += 1;
            assert!(deposit.charge_or_zero() <= limit);
        } else {
            failed += 1;
            assert_eq!(super::state_root(), before, "seed {seed}, step {step}");
            assert_eq!(deposit, StorageDeposit::default());
        }
        crate::try_state::check::<Test>()
            .unwrap_or_else(|error| panic!("seed {seed}, step {step}: {error:?}"));
        world.contracts = contracts();
        assert_eq!(money(), before_all, "seed {seed}, step {step}: money came or went");
    }
    assert!(fine > 0 && failed > 0, "seed {seed}: {fine} fine, {failed} failed");
}
