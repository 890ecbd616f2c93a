// SPDX-License-Identifier: Apache-2.0
//! Traces: what is in them, that they change nothing, that they are bounded, and that a frame can be run again from one.

use super::{
    callable_nothing, deploy,
    fixtures::{callable, echo, pack, relay, store_word, Arg, NONE, RW},
    load_weight,
    random::{pick, random_contract, Random, World},
    state_root, word,
};
use crate::{
    dry_run::undone,
    exec::Origin,
    host::{answers, HostFunction},
    mock::*,
    tracing::{
        trace_transaction, Action, FrameKind, FrameOutcome, FrameTrace, HostCall, HostCallOutcome, Trace,
        TraceOptions, CONSOLE, TRACE_BYTES_MAX,
    },
    vm::TRAPS_EXPLAINED_MAX,
    AccountId32Mapper, AddressMapper, Code, ContractResult, Error, ExecReturnValue, Pallet, PristineCode,
    StorageDeposit, SubstrateWeight, TracedResult, WeightInfo,
};
use frame_support::weights::Weight;
use revive_vm_interpreter as interpreter;
use revive_vm_primitives::{Blob, Exit, Reg};
use revive_vm_runtime_interface::limits::{GUEST_MEMORY_BYTES_MAX, PAGE_BYTES};
use sp_core::{H160, H256, U256};
use sp_runtime::{traits::Zero, DispatchError};

const EVERYTHING: TraceOptions = TraceOptions { host_calls: true, memory: true, bytes_max: None };

fn traced(
    dest: H160,
    value: Balance,
    data: &[u8],
    options: TraceOptions,
) -> TracedResult<ExecReturnValue, Balance> {
    Pallet::<Test>::trace_call(ALICE, dest, value, Some(WEIGHT), None, data.to_vec(), options)
}

fn dry(dest: H160, value: Balance, data: &[u8]) -> ContractResult<ExecReturnValue, Balance> {
    Pallet::<Test>::dry_run_call(ALICE, dest, value, Some(WEIGHT), None, data.to_vec())
}

fn concat(address: H160, data: &[u8]) -> Vec<u8> {
    [address.as_bytes(), data].concat()
}

fn host_calls(frame: &FrameTrace) -> Vec<&HostCall> {
    let calls = frame.actions.iter().filter_map(|action| match action {
        Action::HostCall(call) => Some(call),
        _ => None,
    });
    calls.collect()
}

#[test]
fn a_trace_has_frames_host_calls_storage_and_events_in_order() {
    let emitter = callable(|asm| {
        asm.data(RW, &[6; 32]).host("deposit_event", [RW, 1, RW, 5]).end();
    });
    new_test(|| {
        let store = deploy(&store_word(), 0, b"");
        let relay_call = deploy(&relay(false, 8), 0, b"");
        let emitter = deploy(&emitter, 0, b"");
        let input = concat(relay_call, &concat(store, &[[7; 32], [9; 32]].concat()));
        let TracedResult { outcome, trace } = traced(relay_call, 5, &input, EVERYTHING);
        assert_eq!(outcome, dry(relay_call, 5, &input));
        assert_eq!(trace.omitted, None);
        let [first, second, third] = &trace.frames[..] else { panic!("{:?}", trace.frames) };
        assert_eq!([first.parent, second.parent, third.parent], [None, Some(0), Some(1)]);
        assert_eq!([first.kind, second.kind, third.kind], [FrameKind::Call; 3]);
        let alice = <AccountId32Mapper<Test> as AddressMapper<Test>>::to_address(&ALICE);
        assert_eq!([first.from, second.from, third.from], [Some(alice), Some(relay_call), Some(relay_call)]);
        assert_eq!([first.to, second.to, third.to], [relay_call, relay_call, store]);
        assert_eq!([first.value, third.value], [U256::from(5 * RATIO), U256::zero()]);
        assert_eq!(first.input, input);
        assert_eq!(third.input, [[7; 32], [9; 32]].concat());
        let FrameOutcome::Returned(output) = &third.outcome else { panic!("{third:?}") };
        assert_eq!(output.data, u64::from(u32::MAX).to_le_bytes());
        assert_eq!(first.outcome, FrameOutcome::Returned(outcome.result.clone().unwrap()));
        let relay_blob = PristineCode::<Test>::get(first.code_hash.unwrap()).unwrap();
        assert_eq!(first.weight_limit, WEIGHT - load_weight(&relay_blob));
        // The deposit for one item of 64 bytes and its hashed key.
        assert_eq!(third.storage_deposit, StorageDeposit::Charge(U256::from(64 * PER_BYTE + PER_CHILD_ITEM)));
        assert_eq!(first.storage_deposit, third.storage_deposit);

        let names = |frame| host_calls(frame).iter().map(|call| call.function.clone()).collect::<Vec<_>>();
        assert_eq!(names(third), ["call_data_size", "call_data_copy", "set_storage_or_clear", "seal_return"]);
        let ["call_data_size", "call_data_copy", "call_evm", "return_data_size", "return_data_copy", "seal_return"] =
            names(first).iter().map(String::as_str).collect::<Vec<_>>()[..]
        else {
            panic!("{:?}", names(first))
        };
        let call = host_calls(first)[2];
        assert_eq!(call.memory[1], Some(relay_call.as_bytes().to_vec()));
        let at =
            |frame: &FrameTrace, wanted: &Action| frame.actions.iter().position(|action| action == wanted);
        assert_eq!(at(first, &Action::Frame(1)), at(first, &Action::HostCall(call.clone())).map(|at| at + 1));
        let write = Action::Write { transient: false, key: vec![7; 32], old: None, new: Some(vec![9; 32]) };
        assert_eq!(at(third, &write), Some(3));

        let trace = traced(emitter, 0, b"", TraceOptions::default()).trace;
        assert_eq!(
            trace.frames[0].actions,
            [Action::Event { contract: emitter, topics: vec![H256([6; 32])], data: vec![6; 5] }]
        );
    });
}

#[test]
fn frames_that_fail_say_why() {
    let trap = callable(|asm| asm.trap().end());
    let bad = callable(|asm| asm.host("get_storage_or_zero", [9, RW, RW]).end());
    let revert = callable(|asm| asm.host("set_storage", [0, RW, 32, RW, 32]).ret(1, RW, 3).end());
    new_test(|| {
        let relay = deploy(&relay(false, 8), 0, b"");
        let [trap, bad, revert] = [&trap, &bad, &revert].map(|blob| deploy(blob, 0, b""));
        let frame = |dest| traced(relay, 0, &concat(dest, b""), EVERYTHING).trace.frames[1].clone();
        let FrameOutcome::Failed { error, message } = frame(trap).outcome else { panic!("it traps") };
        assert_eq!(error, Error::<Test>::ContractTrapped.into());
        assert!(message.contains("trapped at code offset"), "{message}");
        assert!(message.ends_with(": the instruction `trap`, as at the end of a panic"), "{message}");
        let bad = frame(bad);
        let error: DispatchError = Error::<Test>::InvalidStorageFlags.into();
        assert_eq!(host_calls(&bad)[0].outcome, HostCallOutcome::Failed(error));
        let FrameOutcome::Failed { message, .. } = bad.outcome else { panic!("it fails") };
        assert!(message.contains("`get_storage_or_zero` failed"), "{message}");
        let FrameOutcome::Returned(output) = frame(revert).outcome else { panic!("it reverts") };
        assert!(output.did_revert() && output.data.len() == 3);
        // A callee that is not there, and a function of the runtime.
        let frame = frame(H160::from_low_u64_be(2));
        assert_eq!((frame.kind, frame.code_hash), (FrameKind::Call, None));
        let nobody = traced(relay, 0, &concat(H160([0x77; 20]), b"x"), EVERYTHING).trace.frames[1].clone();
        assert_eq!((nobody.kind, nobody.input), (FrameKind::Transfer, b"x".to_vec()));
    });
}

#[test]
fn a_trace_is_bounded_and_says_so() {
    new_test(|| {
        let echo = deploy(&echo(), 0, b"");
        let relay = deploy(&relay(false, 8), 0, b"");
        let input = concat(echo, &[7; 20_000]);
        let whole = traced(relay, 0, &input, EVERYTHING);
        assert_eq!(whole.trace.omitted, None);
        let mut lengths = Vec::new();
        for bytes_max in [0, 10_000, 21_000, 45_000, 70_000, 130_000, u32::MAX] {
            let options = TraceOptions { bytes_max: Some(bytes_max), ..EVERYTHING };
            let TracedResult { outcome, trace } = traced(relay, 0, &input, options);
            assert_eq!(outcome, whole.outcome);
            let encoded = codec::Encode::encode(&trace).len();
            assert!(encoded <= bytes_max as usize + 64, "{encoded} bytes, {bytes_max} allowed");
            match trace.omitted {
                Some(omitted) => {
                    assert_eq!(omitted.bytes_max, bytes_max);
                    assert!(omitted.count > 0);
                }
                None => assert_eq!(trace, whole.trace),
            }
            lengths.push((encoded, trace.omitted.is_some()));
        }
        assert!(lengths.is_sorted(), "{lengths:?}");
        assert!(!lengths[6].1 && lengths[3].1, "{lengths:?}");
        assert_eq!(TRACE_BYTES_MAX, 16 << 20);
    });
}

#[test]
fn what_is_sent_to_the_console_is_a_debug_message() {
    let talker = callable(|asm| {
        asm.data(RW, CONSOLE.as_bytes()).data(RW + 64, &[0; 32]).data(RW + 96, b"hello, you").host(
            "call_evm",
            [
                Arg::from(16),
                RW.into(),
                (RW + 64).into(),
                u64::MAX.into(),
                pack(10, RW + 96),
                pack(NONE, NONE),
            ],
        );
    });
    new_test(|| {
        let talker = deploy(&talker, 0, b"");
        let relay = deploy(&relay(false, 8), 0, b"");
        let outcome = dry(relay, 0, &concat(talker, b""));
        let said: Vec<_> =
            outcome.debug_messages.iter().map(|message| (message.contract, &message.payload[..])).collect();
        assert_eq!(said, [(talker, &b"hello, you"[..])]);
        assert_eq!(super::call(talker, b"").debug_messages, []);
    });
}

#[test]
fn dry_runs_have_events_and_uploads_their_weight() {
    let emitter = callable(|asm| asm.data(RW, &[6; 32]).host("deposit_event", [RW, 1, RW, 5]).end());
    new_test(|| {
        let dest = deploy(&emitter, 0, b"");
        System::reset_events();
        let dry = dry(dest, 0, b"");
        assert_eq!(System::event_count(), 0);
        let sent = super::call(dest, b"");
        assert_eq!(ContractResult { events: Vec::new(), ..dry.clone() }, sent);
        let events: Vec<_> =
            System::events().iter().map(|record| codec::Encode::encode(&record.event)).collect();
        assert_eq!((dry.events.len(), dry.events), (1, events));

        System::reset_events();
        let blob = callable_nothing();
        let upload = || Pallet::<Test>::dry_run_upload_code(ALICE, blob.clone(), None).unwrap();
        let dry = upload();
        let weight = <SubstrateWeight<Test> as WeightInfo>::upload_code(blob.len() as u32);
        assert_eq!((dry.weight, System::event_count()), (weight, 0));
        Pallet::<Test>::bare_upload_code(&ALICE, &blob, Balance::MAX, 0).unwrap();
        let events: Vec<_> =
            System::events().iter().map(|record| codec::Encode::encode(&record.event)).collect();
        assert_eq!(dry.events, events);
        assert!(!events.is_empty() && upload().events.is_empty());
    });
}

#[test]
fn a_transaction_among_others_is_traced_in_its_state() {
    new_test(|| {
        let store = deploy(&store_word(), 0, b"");
        let items = [1u8, 2, 3].map(|value| [[7; 32], [value; 32]].concat());
        let trace = |index| {
            undone(|| {
                trace_transaction::<Test, _, _>(&items, index, &EVERYTHING, |item| super::call(store, item))
            })
        };
        let written = |index| match &trace(index).expect("there is such a transaction").frames[..] {
            [frame] => frame.actions.iter().find_map(|action| match action {
                Action::Write { old, new, .. } => Some((old.clone(), new.clone())),
                _ => None,
            }),
            frames => panic!("{frames:?}"),
        };
        assert_eq!(written(0), Some((None, Some(vec![1; 32]))));
        assert_eq!(written(2), Some((Some(vec![2; 32]), Some(vec![3; 32]))));
        assert_eq!(trace(3), None);
    });
}

/// Runs every frame of a trace again, on the interpreter alone, from nothing but the trace and the code.
fn run_again(trace: &Trace) -> usize {
    assert_eq!(trace.omitted, None);
    let frames = trace.frames.iter().filter(|frame| frame.gas_limit > 0);
    frames.map(run_frame_again).count()
}

fn run_frame_again(frame: &FrameTrace) {
    let bytes = PristineCode::<Test>::get(frame.code_hash.expect("it has code")).expect("it is there");
    let blob = Blob::parse(&bytes).unwrap();
    let config = interpreter::Config {
        page_size: PAGE_BYTES,
        aux_size: 0,
        gas: Some(crate::code::GAS_MODEL),
        step_tracing: false,
        dynamic_paging: false,
        memory_bytes_max: GUEST_MEMORY_BYTES_MAX,
    };
    let module = interpreter::Module::new(&blob, &config).unwrap();
    let mut guest = interpreter::Instance::new(&module);
    let export = match frame.kind {
        FrameKind::Constructor => "deploy",
        FrameKind::Migration => "migrate",
        _ => "call",
    };
    guest.prepare_call(blob.export(export.as_bytes()).unwrap(), &[]);
    guest.set_gas(frame.gas_limit as i64);
    let mut used = 0;
    let mut given = frame.gas_limit;
    for call in host_calls(frame) {
        let exit = guest.run().unwrap();
        let Exit::HostCall(number) = exit else { panic!("{exit:?} instead of {call:?}") };
        assert_eq!(blob.imports().get(number).flatten(), Some(call.function.as_bytes()));
        assert_eq!(Reg::ARGS[..6].iter().map(|reg| guest.reg(*reg)).collect::<Vec<_>>(), call.args);
        assert_eq!(guest.pc(), call.pc);
        assert_eq!(guest.gas() as u64, call.gas_before);
        used += given - call.gas_before;
        let HostCallOutcome::Resumed { result, writes } = &call.outcome else {
            assert_eq!(used, frame.gas_consumed);
            return;
        };
        for write in writes {
            guest.write_memory(write.address, &write.bytes).unwrap();
        }
        if let Some(result) = result {
            guest.set_reg(Reg::A0, *result);
        }
        used += if call.weight.is_zero() { call.gas_before - call.gas_after } else { 0 };
        given = call.gas_after;
        guest.set_gas(given as i64);
    }
    let exit = guest.run().unwrap();
    used += given - guest.gas().max(0) as u64;
    assert_eq!(used, frame.gas_consumed, "{exit:?}");
    match &frame.outcome {
        FrameOutcome::Returned(_) => assert_eq!(exit, Exit::Finished),
        outcome => {
            assert!(matches!(exit, Exit::Trap | Exit::OutOfGas | Exit::Finished), "{exit:?} {outcome:?}")
        }
    }
}

/// Rules 1 and 2 of [`crate::tracing`], and that a trace suffices to run its frames again.
/// It is not done without end, as no weight stands for it.
#[test]
fn the_first_traps_are_explained() {
    let trap = callable(|asm| asm.trap().end());
    let caller = callable(|asm| {
        asm.take_input();
        for _ in 0..=TRAPS_EXPLAINED_MAX {
            let (value, input, output) = ((RW + 32).into(), pack(0, RW), pack(RW + 64, NONE));
            asm.host("call_evm", [Arg::from(0), RW.into(), value, u64::MAX.into(), input, output]);
        }
        asm.done();
    });
    for carrier in [Carrier::Host, Carrier::Embedded] {
        test_on(carrier, || {
            let [trap, caller] = [&trap, &caller].map(|blob| deploy(blob, 0, b""));
            let frames = traced(caller, 0, trap.as_bytes(), TraceOptions::default()).trace.frames;
            let explained = frames.iter().skip(1).map(|frame| match &frame.outcome {
                FrameOutcome::Failed { message, .. } => message.ends_with("as at the end of a panic"),
                outcome => panic!("{outcome:?}"),
            });
            let explained: Vec<bool> = explained.collect();
            assert_eq!(explained.len() as u32, TRAPS_EXPLAINED_MAX + 1);
            assert_eq!(explained.iter().position(|explained| !explained), Some(TRAPS_EXPLAINED_MAX as usize));
        });
    }
}

#[test]
fn traces_of_random_trees_change_nothing_and_can_be_run_again() {
    let mut of_carriers = Vec::new();
    for carrier in [Carrier::Host, Carrier::Embedded] {
        let mut traces = Vec::new();
        for seed in 101..=104 {
            BehaviourVersion::set((seed % 2) as u32);
            Level::set(crate::EventLevel::Everything);
            test_on(carrier, || traces.extend(tree(seed)));
            Level::set(crate::EventLevel::Lifecycle);
            BehaviourVersion::set(0);
        }
        of_carriers.push(traces);
    }
    assert!(of_carriers[0] == of_carriers[1], "the carriers differ");
    let frames: usize = of_carriers[0].iter().map(|trace| trace.frames.len()).sum();
    assert!(frames > 100, "only {frames} frames");
}

fn tree(seed: u64) -> Vec<Trace> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let weight = Weight::from_parts(WEIGHT.ref_time() / 4, WEIGHT.proof_size());
    let mut world = World::default();
    let mut traces = Vec::new();
    for step in 0..20u8 {
        if step % 3 == 0 {
            let code = Code::Upload(random_contract(&mut random, &world));
            let (value, salt) = (random.below(100_000).into(), Some([step; 32]));
            let data = vec![step; 8];
            let root = state_root();
            let dry = Pallet::<Test>::dry_run_instantiate(
                ALICE,
                value,
                Some(weight),
                None,
                code.clone(),
                data.clone(),
                salt,
            );
            let TracedResult { outcome, trace } = Pallet::<Test>::trace_instantiate(
                ALICE,
                value,
                Some(weight),
                None,
                code.clone(),
                data.clone(),
                salt,
                EVERYTHING,
            );
            assert_eq!((&outcome, state_root()), (&dry, root), "seed {seed}, step {step}");
            traces.push(trace);
            let created = Pallet::<Test>::bare_instantiate(
                Origin::Signed(ALICE),
                value,
                weight,
                Balance::MAX,
                code,
                data,
                salt,
            );
            if let Some(hash) = traces.last().and_then(|trace| trace.frames.first()?.code_hash) {
                world.code.extend(PristineCode::<Test>::contains_key(hash).then_some(hash));
            }
            world.contracts.extend(created.result.ok().map(|created| created.addr));
        } else {
            let dest = pick(&mut random, &world.contracts);
            let (value, data) = (random.below(10_000).into(), vec![step; 8]);
            let root = state_root();
            let dry = Pallet::<Test>::dry_run_call(ALICE, dest, value, Some(weight), None, data.clone());
            for options in [TraceOptions::default(), EVERYTHING] {
                let traced =
                    Pallet::<Test>::trace_call(ALICE, dest, value, Some(weight), None, data.clone(), options);
                assert_eq!((&traced.outcome, state_root()), (&dry, root.clone()), "seed {seed}, step {step}");
                traces.push(traced.trace);
            }
            run_again(traces.last().expect("it was pushed"));
            let sent =
                Pallet::<Test>::bare_call(Origin::Signed(ALICE), dest, value, weight, Balance::MAX, data);
            assert_eq!(sent.weight_consumed, dry.weight_consumed);
        }
    }
    traces
}

/// Answered host calls with any arguments: recorded or not, the same comes of them.
#[test]
fn answers_with_any_arguments_are_the_same_recorded() {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let answered = HostFunction::ALL.iter().filter(|function| answers::is_answered(**function));
    let mut programs = Vec::new();
    for function in answered {
        for _ in 0..12 {
            let args = [(); 6].map(|()| match random.below(7) {
                0 => random.below(70),
                1 => RW + random.below(0x1_0000),
                2 => super::fixtures::BEHIND_RW - random.below(40),
                3 => super::fixtures::RO + random.below(0x1000),
                4 => u64::MAX >> (32 * random.below(2)),
                _ => RW + 64,
            });
            programs.push(callable(|asm| {
                asm.data(RW + 64, &word(u128::from(random.below(90)))[24..])
                    .host(function.symbol(), args.map(Arg::from))
                    .store(RW + 0x100, Reg::A0)
                    .ret(0, RW, 0x200);
            }));
        }
    }
    new_test(|| {
        let mut failed = 0;
        for blob in &programs {
            let dest = deploy(blob, 0, b"");
            // Enough, and hardly enough.
            let needed = dry(dest, 0, &[5; 50]).weight_required;
            for weight in [WEIGHT, needed, needed.sub_ref_time(1)] {
                let run = |options| {
                    Pallet::<Test>::trace_call(ALICE, dest, 0, Some(weight), None, vec![5; 50], options)
                };
                let recorded = run(EVERYTHING);
                assert_eq!(recorded.outcome, run(TraceOptions::default()).outcome);
                run_again(&recorded.trace);
                failed += usize::from(recorded.outcome.result.is_err());
            }
        }
        assert!(failed > programs.len() / 2, "{failed} failed");
    });
}
