// SPDX-License-Identifier: Apache-2.0
//! Contracts and blobs that mean harm.

use super::{
    call, deploy, error,
    fixtures::{builder, callable, pack, BEHIND_RW, NONE, RO, RW},
    instantiate_with, output,
    signatures::{hi_lo, one_call, signatures, Signature, L5},
    state_root, HostFunction,
};
use crate::{code, mock::*, Error, WeightInfo};
use revive_vm_primitives::{Instruction, Opcode, Reg};

#[test]
fn the_list_of_signatures_is_complete() {
    let listed = signatures();
    for function in HostFunction::ALL {
        assert_eq!(listed.iter().filter(|known| known.function == *function).count(), 1, "{function:?}");
    }
}

#[test]
fn good_pointers_work_and_bad_pointers_fail_and_change_nothing() {
    let unmapped = [0, 0x10, 0xFFFF, BEHIND_RW, BEHIND_RW - 1, 0xFFFF_FFF0, 0x8000_0000];
    for Signature { function, args, pointers, written } in signatures() {
        new_test(|| {
            let in_deploy = function == HostFunction::SetImmutableData;
            let try_with = |args: [u64; 6]| {
                let blob = one_call(function, args, in_deploy);
                if in_deploy {
                    let outcome = instantiate_with(&blob, 0, b"", None);
                    return outcome.result.map(|created| created.result).map_err(Some);
                }
                let dest = deploy(&blob, 0, b"");
                let before = state_root();
                let events = System::event_count();
                let outcome = call(dest, &[1; 64]);
                if outcome.result.is_err() {
                    assert_eq!(state_root(), before, "{function:?} {args:x?}");
                    assert_eq!(System::event_count(), events, "{function:?} {args:x?}");
                }
                outcome.result.map_err(Some)
            };
            match function {
                // There is no code with this hash, and the address is looked at before that is found out.
                HostFunction::Instantiate => {
                    assert_eq!(try_with(args), Err(Some(error(Error::CodeNotFound))))
                }
                HostFunction::ConsumeAllGas => assert!(try_with(args).unwrap().did_revert()),
                _ => assert!(try_with(args).is_ok(), "{function:?} {:?}", try_with(args)),
            }
            for &(argument, high) in pointers {
                let read_only = written.contains(&(argument, high)).then_some(RO);
                // A salt that is not looked at before the code is found cannot be bad yet.
                if function == HostFunction::Instantiate && (argument, high) == L5 {
                    continue;
                }
                for bad in unmapped.into_iter().chain(read_only) {
                    let mut args = args;
                    args[argument] = if high {
                        hi_lo(bad, args[argument] & 0xFFFF_FFFF)
                    } else {
                        hi_lo(args[argument] >> 32, bad)
                    };
                    assert_eq!(
                        try_with(args),
                        Err(Some(error(Error::OutOfBounds))),
                        "{function:?}, argument {argument}, high {high}, {bad:#x}"
                    );
                }
            }
        });
    }
}

#[test]
fn registers_full_of_anything_do_no_harm() {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    new_test(|| {
        for function in HostFunction::ALL {
            for round in 0..12 {
                let args = [(); 6].map(|()| match (round, random() % 4) {
                    (0, _) => 0,
                    (1, _) => u64::MAX,
                    (_, 0) => random(),
                    (_, 1) => hi_lo(random() % 64, RW + random() % 0x1_0000),
                    (_, 2) => random() % 33,
                    _ => hi_lo(RW + random() % 0x1_0000, RW + random() % 0x1_0000),
                });
                let dest = deploy(&one_call(*function, args, false), 0, &[]);
                let before = state_root();
                let outcome = call(dest, b"");
                if !outcome.result.is_ok_and(|output| !output.did_revert()) {
                    assert_eq!(state_root(), before, "{function:?} {args:x?}");
                }
                assert!(outcome.weight_consumed.all_lte(WEIGHT), "{function:?} {args:x?}");
            }
        }
    });
}

#[test]
fn recursion_without_end_hits_the_end_of_the_stack() {
    new_test(|| {
        let blob = callable(|asm| {
            let label = asm.code.label_here();
            asm.push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::Sp, Reg::Sp, -64))
                .push(Instruction::reg_reg_imm(Opcode::StoreIndirectU64, Reg::Ra, Reg::Sp, 0));
            asm.code.push_to(Instruction::offset(Opcode::Jump, 0), label);
        });
        let dest = deploy(&blob, 0, b"");
        let outcome = call(dest, b"");
        assert_eq!(outcome.result, Err(error(Error::ContractTrapped)));
        // It took as many steps as the stack has room for, three instructions each, and not all the gas.
        assert!(
            outcome.weight_consumed.ref_time()
                > 3 * 1024 * <Test as crate::Config>::WeightInfo::vm_gas().ref_time()
        );
        assert!(outcome.weight_consumed.ref_time() < WEIGHT.ref_time() / 10);
    });
}

#[test]
fn jumps_to_nowhere_trap() {
    new_test(|| {
        for target in [0u64, 2, 3, 0x1_0000, 0xFFFF_FFFE] {
            let blob = callable(|asm| {
                asm.load(Reg::T0, target).push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::T0, 0));
            });
            let dest = deploy(&blob, 0, b"");
            assert_eq!(call(dest, b"").result, Err(error(Error::ContractTrapped)), "{target:#x}");
        }
        // An export that points to nowhere.
        let blob = builder(|_| {}, |_| {}).export(b"deploy", u32::MAX - 1).build();
        let _ = instantiate_with(&blob, 0, b"", None);
    });
}

#[test]
fn event_limits_hold() {
    new_test(|| {
        let fails = |args: [u64; 4], expected: Error<Test>| {
            let dest = deploy(&callable(|asm| asm.host("deposit_event", args).end()), 0, b"");
            assert_eq!(call(dest, b"").result, Err(error(expected)), "{args:?}");
        };
        fails([RW, 5, RW, 0], Error::TooManyTopics);
        fails([RW, u32::MAX.into(), RW, 0], Error::TooManyTopics);
        fails([RW, 0, RW, 65_537], Error::ValueTooLarge);
        // Without topics and data nothing is read, wherever the pointers point.
        output(deploy(&callable(|asm| asm.host("deposit_event", [0x10, 0, 0x10, 0]).end()), 0, b""), b"");
        output(deploy(&callable(|asm| asm.host("deposit_event", [RW, 4, RW, 0x1_0000]).end()), 0, b""), b"");
    });
}

#[test]
fn output_has_a_limit() {
    new_test(|| {
        let dest = deploy(&callable(|asm| asm.ret(0, RW, 131_073).end()), 0, b"");
        assert_eq!(call(dest, b"").result, Err(error(Error::ReturnDataTooLarge)));
        let dest = deploy(&callable(|asm| asm.ret(0, 0x10, 0).end()), 0, b"");
        assert_eq!(output(dest, b""), b"");
    });
}

#[test]
fn a_hundred_thousand_mutated_blobs_pass_the_check_without_a_panic() {
    let mut seeds = vec![
        super::fixtures::echo(),
        super::fixtures::store_word(),
        callable(|asm| {
            asm.host("call", [pack(8, RW), 0.into(), 0.into(), pack(RW, RW), pack(0, RW), pack(RW, NONE)]);
        }),
    ];
    let from_compilers = seeds.len();
    seeds.extend(super::compiled::blobs().into_iter().map(|(_, blob)| blob));
    let mut state = 0xD1B5_4A32_D192_ED03u64;
    let mut random = move |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 16).unwrap() % bound.max(1)
    };
    let (mut accepted, mut refused) = (0u32, 0u32);
    for round in 0..100_000 {
        // Large blobs take longer; every eighth is enough.
        let pick = if round % 8 == 0 { random(seeds.len()) } else { random(from_compilers) };
        let mut blob = seeds[pick].clone();
        for _ in 0..=random(4) {
            let at = random(blob.len());
            match random(6) {
                0 => blob[at] = random(256) as u8,
                1 => blob[at] ^= 1 << random(8),
                2 => blob.truncate(at.max(1)),
                3 => blob.insert(at, random(256) as u8),
                4 => {
                    blob.remove(at);
                    blob.push(0);
                }
                _ => {
                    let end = (at + random(16)).min(blob.len());
                    blob[at..end].fill(0xFF);
                }
            }
        }
        if random(2) == 0 && blob.len() > 13 {
            // Most changes of length would be found out by the header alone.
            let len = (blob.len() as u64).to_le_bytes();
            blob[5..13].copy_from_slice(&len);
        }
        match code::check::<Test>(&blob) {
            Ok(_) => accepted += 1,
            Err(refusal) => {
                assert!(!refusal.detail.is_empty());
                refused += 1;
            }
        }
    }
    assert!(accepted > 1_000 && refused > 1_000, "{accepted} accepted, {refused} refused");
}

#[test]
fn mutated_blobs_that_pass_the_check_run_to_some_end() {
    let seeds = [super::fixtures::echo(), super::fixtures::store_word()];
    let mut state = 0xA076_1D64_78BD_642Fu64;
    let mut random = move |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 16).unwrap() % bound
    };
    new_test(|| {
        let mut run = 0;
        for _ in 0..1_500 {
            let mut blob = seeds[random(seeds.len())].clone();
            for _ in 0..=random(3) {
                let at = 13 + random(blob.len() - 13);
                blob[at] = random(256) as u8;
            }
            let outcome = instantiate_with(&blob, 0, &[1; 64], None);
            if let Ok(created) = outcome.result {
                if created.result.did_revert() {
                    continue;
                }
                let before = state_root();
                let weight = frame_support::weights::Weight::from_parts(3_000_000_000, 1_000_000);
                let outcome = super::call_from(ALICE, created.addr, 0, weight, &[1; 64]);
                assert!(outcome.weight_consumed.all_lte(weight));
                if outcome.result.is_err() {
                    assert_eq!(state_root(), before);
                }
                run += 1;
            }
        }
        assert!(run > 50, "{run} of them ran");
    });
}
