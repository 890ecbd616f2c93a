// SPDX-License-Identifier: Apache-2.0
//! Versions of the host functions' behaviour: what a caller sees of a callee that cannot be entered.

use super::{
    call, call_from, callable_nothing, deploy, error,
    fixtures::{callable, pack, relay, Arg, NONE, RW},
    load_weight, output, relayed, text,
};
use crate::{mock::*, CodeInfoOf, Error, Pallet};
use frame_support::assert_ok;
use revive_vm_primitives::Reg;
use sp_core::{H160, H256};
use sp_io::hashing::keccak_256;

/// Runs `test` where uploaded code is bound to `version`.
fn under(version: u32, mut test: impl FnMut()) {
    new_test(|| {
        BehaviourVersion::set(version);
        test();
        BehaviourVersion::set(0);
    });
}

/// Instantiates the code with the hash in its input and returns the code of that.
fn creator() -> Vec<u8> {
    callable(|asm| {
        asm.take_input()
            .data(RW + 64, &[0; 32])
            .data(RW + 96, &[0xFF; 32])
            .instantiate(RW, RW + 64, RW + 96)
            .store(RW, Reg::A0)
            .ret(0, RW, 8);
    })
}

#[test]
fn unknown_code() {
    let hash = [9; 32];
    under(0, || {
        let outcome = call(deploy(&creator(), 0, b""), &hash);
        assert_eq!(outcome.result, Err(error(Error::CodeNotFound)));
    });
    under(1, || {
        assert_eq!(output(deploy(&creator(), 0, b""), &hash), 14u64.to_le_bytes());
    });
}

#[test]
fn reentrancy() {
    let run = |expected: Result<u64, Error<Test>>| {
        // Locked: calls itself, which it forbids.
        let locked = deploy(&relay(false, 0), 0, b"");
        let input = [locked.as_bytes(), H160([1; 20]).as_bytes()].concat();
        match expected {
            Ok(code) => assert_eq!(output(locked, &input)[..8], code.to_le_bytes()),
            Err(expected) => assert_eq!(call(locked, &input).result, Err(error(expected))),
        }
    };
    under(0, || run(Err(Error::ReentranceDenied)));
    under(1, || run(Ok(13)));
}

#[test]
fn depth() {
    // Calls itself until it cannot, and returns the code that the deepest one got, with the depth.
    let blob = || {
        callable(|asm| {
            asm.host("address", [RW]).data(RW + 64, &[0; 32]).data(RW + 96, &16u32.to_le_bytes()).host(
                "call_evm",
                [
                    Arg::from(8),
                    RW.into(),
                    (RW + 64).into(),
                    u64::MAX.into(),
                    0.into(),
                    pack(RW + 96, RW + 128),
                ],
            );
            // On success the output, in which the depth is counted up; else the code and a depth of 0.
            let done = asm.code.label();
            asm.code.push_to(
                revive_vm_primitives::Instruction::reg_imm_offset(
                    revive_vm_primitives::Opcode::BranchEqImm,
                    Reg::A0,
                    0,
                    0,
                ),
                done,
            );
            asm.store(RW + 128, Reg::A0);
            asm.push(revive_vm_primitives::Instruction::new(revive_vm_primitives::Opcode::Fallthrough));
            asm.code.bind(done);
            asm.fetch(Reg::A0, RW + 136)
                .push(revive_vm_primitives::Instruction::reg_reg_imm(
                    revive_vm_primitives::Opcode::AddImm64,
                    Reg::A0,
                    Reg::A0,
                    1,
                ))
                .store(RW + 136, Reg::A0)
                .ret(0, RW + 128, 16);
        })
    };
    let run = |code: u64, frames: u64| {
        let data = output(deploy(&blob(), 0, b""), b"");
        assert_eq!(data, [code.to_le_bytes(), frames.to_le_bytes()].concat());
    };
    // Under version 0 the deepest frame traps; the one above it sees that.
    under(0, || run(1, 25));
    under(1, || run(12, 26));
}

#[test]
fn functions_that_are_not_offered() {
    under(0, || {
        let relay = deploy(&relay(false, 8), 0, b"");
        let outcome = call(relay, H160::from_low_u64_be(0x0a).as_bytes());
        assert_eq!(outcome.result, Err(error(Error::UnsupportedPrecompileAddress)));
    });
    under(1, || {
        for delegate in [false, true] {
            let relay = deploy(&relay(delegate, if delegate { 0 } else { 8 }), 0, b"");
            assert_eq!(relayed(relay, H160::from_low_u64_be(0x0a), b""), (15, vec![]));
        }
    });
}

#[test]
fn no_budget_for_the_callees_code() {
    // A callee with much code, and so much weight that the caller can run but not load it.
    let large = || {
        callable(|asm| {
            for index in 0..20_000 {
                asm.load(Reg::A0, u64::MAX / 3);
                if index % 900 == 0 {
                    asm.push(revive_vm_primitives::Instruction::new(
                        revive_vm_primitives::Opcode::Fallthrough,
                    ));
                }
            }
        })
    };
    let run = |expected: Result<u64, Error<Test>>| {
        let relay = deploy(&relay(false, 8), 0, b"");
        let callee = deploy(&large(), 0, b"");
        let full = call(relay, callee.as_bytes()).weight_consumed;
        let limit = full - load_weight(&large()) / 2;
        let outcome = call_from(ALICE, relay, 0, limit, callee.as_bytes());
        match expected {
            Ok(code) => assert_eq!(outcome.result.unwrap().data[..8], code.to_le_bytes()),
            Err(expected) => assert_eq!(outcome.result, Err(error(expected))),
        }
    };
    under(0, || run(Err(Error::OutOfGas)));
    under(1, || run(Ok(5)));
}

#[test]
fn the_uploader_may_choose_and_code_keeps_its_version() {
    new_test(|| {
        let blob = callable_nothing();
        let upload = |blob: &[u8], version| {
            Pallet::<Test>::upload_code_with_behaviour(
                RuntimeOrigin::signed(ALICE),
                blob.to_vec(),
                Balance::MAX,
                version,
            )
        };
        assert_ok!(upload(&blob, 1));
        let version = || CodeInfoOf::<Test>::get(H256(keccak_256(&blob))).unwrap().behaviour_version;
        assert_eq!(version(), 1);
        assert_ok!(upload(&blob, 0));
        assert_eq!(version(), 1, "it was there");
        let other = super::fixtures::echo();
        assert_eq!(upload(&other, 2), Err(error(Error::UnknownBehaviourVersion)));
        let refusal = Pallet::<Test>::bare_upload_code(&ALICE, &other, Balance::MAX, 77).unwrap_err();
        assert!(text(&refusal.detail).contains("77"));
    });
}

#[test]
fn what_the_caller_did_wrong_still_traps() {
    under(1, || {
        let paying = callable(|asm| {
            asm.take_input().data(RW + 64, &[1; 32]).data(RW + 96, &[0; 8]).host(
                "call_evm",
                [Arg::from(16), RW.into(), (RW + 64).into(), u64::MAX.into(), 0.into(), pack(RW + 96, NONE)],
            );
        });
        let outcome = call(deploy(&paying, 0, b""), &[7; 20]);
        assert_eq!(outcome.result, Err(error(Error::StateChangeDenied)));
    });
}
