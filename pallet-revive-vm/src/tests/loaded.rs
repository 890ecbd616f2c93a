// SPDX-License-Identifier: Apache-2.0
//! Code that was loaded in a block costs less to load again, and only then.

use super::{callable_nothing, deploy, fixtures::callable};
use crate::{
    engine::{EmbeddedEngine, Engine},
    exec::Origin,
    mock::*,
    CodeInfoOf, ContractResult, ExecReturnValue, LoadedCode, Pallet, WeightInfo,
};
use frame_support::{traits::Hooks, weights::Weight};
use sp_core::{H160, H256};
use sp_io::hashing::keccak_256;

fn next_block() {
    Pallet::<Test>::on_finalize(System::block_number());
    System::set_block_number(System::block_number() + 1);
    Pallet::<Test>::on_initialize(System::block_number());
}

/// A call in the block as it is.
fn call(dest: H160) -> ContractResult<ExecReturnValue, Balance> {
    Pallet::<Test>::bare_call(Origin::Signed(ALICE), dest, 0, WEIGHT, Balance::MAX, Vec::new())
}

/// The weight of a call that must succeed.
#[track_caller]
fn weight(dest: H160) -> Weight {
    let outcome = call(dest);
    assert!(!outcome.result.expect("the call succeeds").did_revert());
    outcome.weight_consumed
}

fn dry(dest: H160) -> Weight {
    Pallet::<Test>::dry_run_call(ALICE, dest, 0, None, None, Vec::new()).weight_consumed
}

#[test]
fn the_first_load_of_a_block_pays_for_the_others() {
    new_test(|| {
        let blob = callable_nothing();
        let (dest, other) = (deploy(&blob, 0, &[]), deploy(&blob, 0, &[]));
        next_block();
        assert!(LoadedCode::<Test>::get().is_empty());
        let (first, second, third) = (weight(dest), weight(dest), weight(dest));
        let code = CodeInfoOf::<Test>::get(H256(keccak_256(&blob))).expect("the code was uploaded");
        type Weights = <Test as crate::Config>::WeightInfo;
        let known = Weights::load_known_code(code.code_len, code.load);
        let saved = Weights::load_code(code.code_len, code.load).saturating_sub(known);
        assert!(saved.ref_time() > 0);
        assert_eq!(first.saturating_sub(second), saved);
        assert_eq!(second, third);
        // Another contract with the same code.
        assert_eq!(weight(other), second);
        next_block();
        assert_eq!(weight(dest), first);
    });
}

/// What a dry run says suffices in any block.
#[test]
fn a_dry_run_pays_for_everything() {
    new_test(|| {
        let dest = deploy(&callable_nothing(), 0, &[]);
        next_block();
        let first = weight(dest);
        assert!(weight(dest).ref_time() < first.ref_time());
        assert_eq!(dry(dest), first);
        assert_eq!(dry(dest), first);
        // And takes nothing from the block.
        assert!(weight(dest).ref_time() < first.ref_time());
    });
}

#[test]
fn a_call_that_fails_leaves_nothing() {
    new_test(|| {
        let fails = callable(|asm| {
            asm.trap();
        });
        let dest = deploy(&fails, 0, &[]);
        next_block();
        let first = call(dest);
        assert!(first.result.is_err());
        assert!(LoadedCode::<Test>::get().is_empty());
        assert_eq!(call(dest).weight_consumed, first.weight_consumed);
    });
}

/// A runtime forgets all modules when its call ends.
#[test]
fn an_engine_in_the_runtime_keeps_nothing() {
    assert!(!EmbeddedEngine::keeps_modules());
}
