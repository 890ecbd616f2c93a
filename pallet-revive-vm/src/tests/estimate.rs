// SPDX-License-Identifier: Apache-2.0
//! Estimates: a run with exactly the limits that come out comes to the same good end, and less does not do.

use super::{
    callable_nothing, deploy,
    fixtures::{callable, echo, pack, relay, store_word, Arg, Asm, NONE, RW},
    random::{pick, random_contract, Random, World},
};
use crate::{
    estimate::{Estimate, Limits, RUNS_MAX},
    exec::{MayRevert, Origin},
    mock::*,
    Code, ContractResult, ExecReturnValue, Pallet,
};
use frame_support::{storage::with_transaction_unchecked, traits::Get, weights::Weight};
use frame_system::limits::BlockWeights;
use revive_vm_primitives::{Instruction, Opcode, Reg};
use sp_core::H160;
use sp_runtime::TransactionOutcome;

type Run<'a, R> = &'a dyn Fn(Limits<Balance>) -> ContractResult<R, Balance>;

/// What a transaction with these limits would do, undone.
fn submit<R>(run: Run<'_, R>, limits: Limits<Balance>) -> ContractResult<R, Balance> {
    with_transaction_unchecked(|| TransactionOutcome::Rollback(run(limits)))
}

fn is_good<R: MayRevert>(outcome: &ContractResult<R, Balance>) -> bool {
    outcome.result.as_ref().is_ok_and(|output| !output.did_revert())
}

/// The limits with one unit less of one of the three, for each that is not zero.
fn less(limits: Limits<Balance>) -> Vec<Limits<Balance>> {
    let Limits { weight, storage_deposit } = limits;
    let with = |ref_time, proof_size, storage_deposit| Limits {
        weight: Weight::from_parts(ref_time, proof_size),
        storage_deposit,
    };
    let (ref_time, proof) = (weight.ref_time(), weight.proof_size());
    let all = [
        ref_time.checked_sub(1).map(|less| with(less, proof, storage_deposit)),
        proof.checked_sub(1).map(|less| with(ref_time, less, storage_deposit)),
        storage_deposit.checked_sub(1).map(|less| with(ref_time, proof, less)),
    ];
    all.into_iter().flatten().collect()
}

fn call_with(
    dest: H160,
    value: Balance,
    data: &[u8],
    limits: Limits<Balance>,
) -> ContractResult<ExecReturnValue, Balance> {
    let Limits { weight, storage_deposit } = limits;
    Pallet::<Test>::bare_call(Origin::Signed(ALICE), dest, value, weight, storage_deposit, data.to_vec())
}

/// An estimate whose limits do, and do not do with one unit less.
#[track_caller]
fn exact(dest: H160, data: &[u8]) -> Estimate<ExecReturnValue, Balance> {
    let estimate = Pallet::<Test>::estimate_call(ALICE, dest, 0, None, None, data.to_vec());
    let run = |limits| call_with(dest, 0, data, limits);
    let (some, exact) = judge(&estimate, &run, "exact");
    assert!(some == 1 && exact == 1, "{estimate:?}");
    estimate
}

/// An estimate whose limits do. How near a search comes to the lowest ones depends on how the three hang together.
#[track_caller]
fn sufficient(dest: H160, data: &[u8]) -> Estimate<ExecReturnValue, Balance> {
    let estimate = Pallet::<Test>::estimate_call(ALICE, dest, 0, None, None, data.to_vec());
    let run = |limits| call_with(dest, 0, data, limits);
    assert_eq!(judge(&estimate, &run, "sufficient").0, 1);
    estimate
}

#[test]
fn where_limits_do_not_matter_two_runs_find_the_exact_ones() {
    new_test(|| {
        let store = deploy(&store_word(), 0, b"");
        let estimate = exact(store, &[[7; 32], [9; 32]].concat());
        assert_eq!((estimate.searched, estimate.runs), (false, 2));
        assert_eq!(estimate.limits.unwrap().storage_deposit, 64 * PER_BYTE + PER_CHILD_ITEM);
        let relay = deploy(&relay(false, 8), 0, b"");
        let echo = deploy(&echo(), 0, b"");
        let nothing = deploy(&callable_nothing(), 0, b"");
        for input in [[relay, relay, echo], [relay, echo, nothing], [nothing, nothing, nothing]] {
            let input: Vec<u8> = input.iter().flat_map(|address| address.0).collect();
            assert!(!exact(relay, &input).searched);
        }
    });
}

#[test]
fn no_run_without_a_transaction_has_more_weight_than_a_block() {
    new_test(|| {
        // What it consumes is its limit.
        let dest = deploy(&callable(|asm| asm.host::<u64>("consume_all_gas", []).end()), 0, b"");
        let block = <<Test as frame_system::Config>::BlockWeights as Get<BlockWeights>>::get().max_block;
        let no_data = Vec::new;
        let runs: [&dyn Fn(Option<Weight>) -> ContractResult<ExecReturnValue, Balance>; 3] = [
            &|limit| Pallet::<Test>::dry_run_call(ALICE, dest, 0, limit, None, no_data()),
            &|limit| {
                Pallet::<Test>::trace_call(ALICE, dest, 0, limit, None, no_data(), Default::default()).outcome
            },
            &|limit| Pallet::<Test>::estimate_call(ALICE, dest, 0, limit, None, no_data()).outcome,
        ];
        for run in runs {
            let consumed = run(None).weight_consumed;
            assert!(consumed.all_lte(block));
            assert_eq!(run(Some(Weight::MAX)).weight_consumed, consumed);
            assert_eq!(run(Some(WEIGHT)).weight_consumed, WEIGHT);
        }
    });
}

#[test]
fn what_fails_has_no_limits() {
    let trap = callable(|asm| asm.trap().end());
    let revert = callable(|asm| asm.ret(1, RW, 4).end());
    new_test(|| {
        for blob in [&trap, &revert] {
            let dest = deploy(blob, 0, b"");
            let estimate = Pallet::<Test>::estimate_call(ALICE, dest, 0, None, None, Vec::new());
            assert_eq!(estimate.limits, None);
            assert!(!is_good(&estimate.outcome));
        }
        // Within the limits that are given, and with those it would do.
        let store = deploy(&store_word(), 0, b"");
        let item = [[7; 32], [9; 32]].concat();
        let Limits { weight, storage_deposit } = exact(store, &item).limits.unwrap();
        let within = |weight, deposit| {
            Pallet::<Test>::estimate_call(ALICE, store, 0, Some(weight), Some(deposit), item.clone()).limits
        };
        assert_eq!(within(weight, storage_deposit), Some(Limits { weight, storage_deposit }));
        assert_eq!(within(weight.sub_ref_time(1), storage_deposit), None);
        assert_eq!(within(weight, storage_deposit - 1), None);
    });
}

/// Calls `callee` with that much gas, or a fraction of what is left, and traps if it fails.
fn needs_gas(callee: H160, gas: impl FnOnce(&mut Asm), flags: u64) -> Vec<u8> {
    callable(|asm| {
        asm.data(RW, callee.as_bytes()).data(RW + 64, &[0; 32]);
        gas(asm);
        asm.mv(Reg::S1, Reg::A0).host(
            "call_evm",
            [Arg::from(flags), RW.into(), (RW + 64).into(), Reg::S1.into(), 0.into(), pack(NONE, NONE)],
        );
        let fine = asm.code.label();
        asm.code.push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, Reg::A0, 0, 0), fine);
        asm.trap();
        asm.code.bind(fine);
    })
}

/// Contracts that give a callee a share of what they have, as those do that keep a 64th back, need more than they use.
#[test]
fn limits_that_matter_are_searched() {
    let work = callable(|asm| {
        for byte in 0..4u8 {
            asm.data(RW, &[byte; 32]).host("set_storage", [0, RW, 32, RW, 64]);
        }
    });
    new_test(|| {
        let work = deploy(&work, 0, b"");
        // A unit of Ethereum's gas for every 256 ps that are left: a small part of them.
        let part = needs_gas(
            work,
            |asm| {
                asm.host::<u64>("ref_time_left", []).push(Instruction::reg_reg_imm(
                    Opcode::ShiftLogicalRightImm64,
                    Reg::A0,
                    Reg::A0,
                    8,
                ));
            },
            8,
        );
        let part = deploy(&part, 0, b"");
        let estimate = sufficient(part, b"");
        assert!(estimate.searched && estimate.runs <= RUNS_MAX, "{estimate:?}");
        let limits = estimate.limits.unwrap();
        assert!(estimate.outcome.weight_required.all_lte(limits.weight));
        assert!(estimate.outcome.weight_required.ref_time() < limits.weight.ref_time());
        // Another that does the same with it.
        let relay = deploy(&relay(false, 8), 0, b"");
        assert!(
            sufficient(relay, part.as_bytes()).limits.unwrap().weight.ref_time() > limits.weight.ref_time()
        );
    });
}

/// Refuses to go on with less than so much left, and with a number of units that is not odd, or not even: what suffices is not
/// monotonous. One of the two refuses the highest limits, depending on prices.
#[test]
fn a_contract_that_looks_at_what_is_left_gets_what_it_wants_to_see() {
    let looks =
        |odd: i32| {
            callable(|asm| {
                asm.host::<u64>("ref_time_left", [])
                    .load(Reg::T0, 5_000_000_000)
                    .push(Instruction::reg_reg_reg(Opcode::SetLessThanUnsigned, Reg::T1, Reg::A0, Reg::T0));
                let fine = asm.code.label();
                asm.code.push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, Reg::T1, 0, 0), fine);
                asm.trap();
                asm.code.bind(fine);
                asm.push(Instruction::reg_reg_imm(Opcode::AndImm, Reg::T1, Reg::A0, 1));
                let as_wanted = asm.code.label();
                asm.code
                    .push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, Reg::T1, odd, 0), as_wanted);
                asm.trap();
                asm.code.bind(as_wanted);
            })
        };
    new_test(|| {
        let dests = [0, 1].map(|odd| deploy(&looks(odd), 0, b""));
        let can = |dest: &H160| {
            Pallet::<Test>::estimate_call(ALICE, *dest, 0, None, None, Vec::new()).limits.is_some()
        };
        // What is odd and what is even in gas lies some picoseconds apart, so that less may do again.
        let estimate = sufficient(dests.into_iter().find(can).unwrap(), b"");
        assert!(estimate.searched);
        // A unit of deposit is gas too, and may be what makes it odd.
        assert!(estimate.limits.unwrap().weight.ref_time() > 50_000_000_000, "{estimate:?}");
    });
}

/// What a callee may charge is less while its caller owes for something that it gives up later.
#[test]
fn a_deposit_has_to_be_free_when_it_is_needed() {
    new_test(|| {
        let store = deploy(&store_word(), 0, b"");
        let blob = callable(|asm| {
            let item = [[7; 32], [9; 32]].concat();
            asm.data(RW, &[5; 32])
                .host("set_storage", [0, RW, NONE, RW, 200])
                .data(RW + 0x800, store.as_bytes())
                .data(RW + 0x840, &[0; 32])
                .data(RW + 0x900, &item)
                .host(
                    "call_evm",
                    [
                        Arg::from(8),
                        (RW + 0x800).into(),
                        (RW + 0x840).into(),
                        u64::MAX.into(),
                        pack(64, RW + 0x900),
                        pack(NONE, NONE),
                    ],
                );
            let fine = asm.code.label();
            asm.code.push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, Reg::A0, 0, 0), fine);
            asm.trap();
            asm.code.bind(fine);
            asm.data(RW, &[5; 32]).data(RW + 0x40, &[0; 32]).host("set_storage_or_clear", [0, RW, RW + 0x40]);
        });
        let dest = deploy(&blob, 0, b"");
        let estimate = exact(dest, b"");
        let kept = 64 * PER_BYTE + PER_CHILD_ITEM;
        let owed = 232 * PER_BYTE + PER_CHILD_ITEM;
        assert_eq!(estimate.limits.unwrap().storage_deposit, kept + owed);
    });
}

/// A contract that goes on without its callee must not be left without it.
#[test]
fn a_callee_whose_failure_is_caught_gets_what_it_needs() {
    let work = callable(|asm| {
        asm.data(RW, &[9; 32]).host("set_storage", [0, RW, 32, RW, 64]);
    });
    new_test(|| {
        let work = deploy(&work, 0, b"");
        let relay = deploy(&relay(false, 8), 0, b"");
        let estimate = Pallet::<Test>::estimate_call(ALICE, relay, 0, None, None, work.as_bytes().to_vec());
        let limits = estimate.limits.unwrap();
        let output = |limits| call_with(relay, 0, work.as_bytes(), limits).result.map(|output| output.data);
        let fine = with_transaction_unchecked(|| TransactionOutcome::Rollback(output(limits)));
        assert_eq!(fine, Ok(vec![0; 8]));
        for limits in less(limits) {
            let less = with_transaction_unchecked(|| TransactionOutcome::Rollback(output(limits)));
            assert_ne!(less, Ok(vec![0; 8]), "{limits:?}");
        }
    });
}

/// Whatever contracts do: if there is an estimate, a transaction with it does what the estimate's run did.
#[test]
fn estimates_for_random_trees_suffice() {
    let (mut estimated, mut tight) = (0, 0);
    for (carrier, seed) in (201..=205u64).flat_map(|seed| [(Carrier::Host, seed), (Carrier::Embedded, seed)])
    {
        BehaviourVersion::set((seed % 2) as u32);
        test_on(carrier, || {
            let (some, exact) = tree(seed);
            estimated += some;
            tight += exact;
        });
        BehaviourVersion::set(0);
    }
    assert!(estimated > 50, "only {estimated}");
    assert!(tight * 10 >= estimated * 8, "only {tight} of {estimated} are tight");
}

fn tree(seed: u64) -> (u32, u32) {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut world = World::default();
    let (mut estimated, mut tight) = (0, 0);
    for step in 0..20u8 {
        if step % 3 == 0 {
            let blob = random_contract(&mut random, &world);
            let value: Balance = random.below(100_000).into();
            let limit = Weight::from_parts(WEIGHT.ref_time() / 4, WEIGHT.proof_size());
            let code = Code::Upload(blob.clone());
            let run = |Limits { weight, storage_deposit }: Limits<Balance>| {
                Pallet::<Test>::bare_instantiate(
                    Origin::Signed(ALICE),
                    value,
                    weight,
                    storage_deposit,
                    code.clone(),
                    vec![step; 8],
                    Some([step; 32]),
                )
            };
            let estimate = Pallet::<Test>::estimate_instantiate(
                ALICE,
                value,
                Some(limit),
                None,
                code.clone(),
                vec![step; 8],
                Some([step; 32]),
            );
            let (some, exact) = judge(&estimate, &run, &format!("seed {seed}, step {step}"));
            estimated += some;
            tight += exact;
            let most = Limits { weight: limit, storage_deposit: Balance::MAX };
            let created = run(most);
            world.code.push(sp_core::H256(sp_io::hashing::keccak_256(&blob)));
            world.contracts.extend(created.result.ok().map(|created| created.addr));
        } else {
            let dest = pick(&mut random, &world.contracts);
            let value: Balance = random.below(10_000).into();
            let limit = Weight::from_parts(WEIGHT.ref_time() / 4, WEIGHT.proof_size());
            let run = |limits| call_with(dest, value, &[step; 8], limits);
            let estimate =
                Pallet::<Test>::estimate_call(ALICE, dest, value, Some(limit), None, vec![step; 8]);
            let (some, exact) = judge(&estimate, &run, &format!("seed {seed}, step {step}"));
            estimated += some;
            tight += exact;
            run(Limits { weight: limit, storage_deposit: Balance::MAX });
        }
        crate::try_state::check::<Test>()
            .unwrap_or_else(|error| panic!("seed {seed}, step {step}: {error:?}"));
    }
    (estimated, tight)
}

/// Whether there is an estimate, and whether it is tight. One that is not good is a failure.
#[track_caller]
fn judge<R: MayRevert + PartialEq + core::fmt::Debug>(
    estimate: &Estimate<R, Balance>,
    run: Run<'_, R>,
    place: &str,
) -> (u32, u32) {
    let Some(limits) = estimate.limits else { return (0, 0) };
    let sent = submit(run, limits);
    assert!(is_good(&sent), "{place}: {estimate:?}, {sent:?}");
    assert_eq!(
        (sent.weight_consumed, sent.storage_deposit, &sent.result),
        (estimate.outcome.weight_consumed, estimate.outcome.storage_deposit, &estimate.outcome.result),
        "{place}"
    );
    let is_tight = less(limits).into_iter().all(|limits| {
        let less = submit(run, limits);
        !is_good(&less) || less.result != sent.result || less.weight_consumed != sent.weight_consumed
    });
    (1, u32::from(is_tight))
}
