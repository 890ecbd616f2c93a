// SPDX-License-Identifier: Apache-2.0
//! Contracts that call and create contracts: codes, output, value, reentrancy, depth, delegation.

use super::{
    call, deploy, error,
    fixtures::{callable, contract, echo, pack, store_word, Arg, Asm, BEHIND_RW, NONE, RW},
    instantiate_with, load_again_weight, load_weight, output, state_root,
};
use crate::{
    address::{create1, create2},
    exec::Origin,
    limits::FRAMES_MAX,
    metering::GasConversion,
    mock::*,
    storage::ContractInfo,
    AccountId32Mapper, AddressMapper, Error, Pallet,
};
use frame_support::assert_ok;
use revive_vm_primitives::{Instruction, Opcode, Reg};
use sp_core::{H160, H256};
use sp_io::hashing::keccak_256;

type Mapper = AccountId32Mapper<Test>;

/// Where the fixtures below keep the callee's address, the value, the length cell and the output.
const CALLEE: u64 = RW + 0x1000;
const VALUE: u64 = RW + 0x1020;
const CELL: u64 = RW + 0x1040;
const OUT: u64 = RW + 0x1048;

/// The code of the last host call and the length cell, then 32 bytes of output and `return_data_size`.
fn report(asm: &mut Asm) {
    asm.store(CELL - 8, Reg::A0).host::<u64>("return_data_size", []).store(OUT + 32, Reg::A0).ret(
        0,
        CELL - 8,
        56,
    );
}

/// What [`report`] returned.
#[derive(Debug, PartialEq)]
struct Report {
    code: u64,
    cell: u32,
    output: Vec<u8>,
    size: u64,
}

fn read(data: &[u8]) -> Report {
    let number = |at: usize| u64::from_le_bytes(data[at..at + 8].try_into().unwrap());
    Report { code: number(0), cell: number(8) as u32, output: data[16..48].to_vec(), size: number(48) }
}

/// `call_evm` of the address in the first 20 bytes of input with `flags` and `value`; the rest of the input is the input.
fn caller(flags: u64, value: u64, gas: u64) -> Vec<u8> {
    callable(|asm| {
        asm.take_input()
            .data(VALUE, &value.to_le_bytes())
            .data(CELL, &20u32.to_le_bytes())
            .data(OUT, &[0xAA; 32])
            .load(Reg::S1, 32)
            // The input behind the address: its length is in the upper half.
            .push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::S0, Reg::S0, -20))
            .push(Instruction::reg_reg_imm(Opcode::ShiftLogicalLeftImm64, Reg::S0, Reg::S0, 32))
            .load(Reg::S1, RW + 20)
            .push(Instruction::reg_reg_reg(Opcode::Or, Reg::S0, Reg::S0, Reg::S1))
            .host(
                "call_evm",
                [Arg::from(flags), RW.into(), VALUE.into(), gas.into(), Reg::S0.into(), pack(CELL, OUT)],
            );
        report(asm);
    })
}

fn call_through(through: H160, callee: H160, data: &[u8]) -> Report {
    read(&output(through, &[callee.as_bytes(), data].concat()))
}

const ALL: u64 = u64::MAX;
const REENTRY: u64 = 8;
const READ_ONLY: u64 = 16;

#[test]
fn output_is_cut_to_the_buffer_and_kept_whole() {
    new_test(|| {
        let through = deploy(&caller(REENTRY, 0, ALL), 0, b"");
        let echo = deploy(&echo(), 0, b"");
        let mut out = [0xAA; 32];
        out[..5].copy_from_slice(b"hello");
        assert_eq!(
            call_through(through, echo, b"hello"),
            Report { code: 0, cell: 5, output: out.to_vec(), size: 5 }
        );
        let long = call_through(through, echo, &[7; 100]);
        assert_eq!((long.code, long.cell, long.size), (0, 20, 100));
        assert_eq!((&long.output[..20], &long.output[20..]), (&[7; 20][..], &[0xAA; 12][..]));
        // An address without code takes the call and says nothing.
        let nobody = call_through(through, H160([99; 20]), b"hello");
        assert_eq!((nobody.code, nobody.cell, nobody.size), (0, 0, 0));
    });
}

#[test]
fn failures_become_the_codes_of_the_abi() {
    new_test(|| {
        let through = deploy(&caller(REENTRY, 0, ALL), 0, b"");
        let reverts = deploy(&callable(|asm| asm.data(RW, b"no").ret(1, RW, 2).end()), 0, b"");
        let traps = deploy(&callable(|asm| asm.trap().end()), 0, b"");
        let burns = deploy(&callable(|asm| asm.spin().end()), 0, b"");
        let consumes = deploy(&callable(|asm| asm.host::<u64>("consume_all_gas", []).end()), 0, b"");

        let reverted = call_through(through, reverts, b"");
        assert_eq!((reverted.code, reverted.cell, reverted.size), (2, 2, 2));
        assert_eq!(&reverted.output[..3], b"no\xaa");
        let trapped = call_through(through, traps, b"");
        assert_eq!(trapped, Report { code: 1, cell: 0, output: vec![0xAA; 32], size: 0 });

        // A callee may use up everything; then there is nothing left to go on with.
        for callee in [burns, consumes] {
            assert_eq!(call(through, callee.as_bytes()).result, Err(error(Error::OutOfGas)));
        }
        // A share of the gas, which counts weight and deposit together: the deposit must not be without limit.
        let limited = deploy(&caller(REENTRY, 0, 500_000_000), 0, b"");
        for (callee, code) in [(burns, 5), (consumes, 2)] {
            let data = callee.as_bytes().to_vec();
            let outcome =
                Pallet::<Test>::bare_call(Origin::Signed(ALICE), limited, 0, WEIGHT, 1_000_000, data);
            assert_eq!(read(&outcome.result.unwrap().data).code, code);
            let share = outcome.weight_consumed.ref_time() as f64 / WEIGHT.ref_time() as f64;
            let expected = 5e8 / GasConversion::<Test>::gas_u64(WEIGHT, 1_000_000) as f64;
            assert!((expected..expected + 0.02).contains(&share), "{share} {expected}");
        }
        // Functions that are not offered trap the caller.
        let reserved = call(through, H160::from_low_u64_be(0x0a).as_bytes());
        assert_eq!(reserved.result, Err(error(Error::UnsupportedPrecompileAddress)));
    });
}

#[test]
fn value_moves_with_the_call_or_the_call_fails_with_its_code() {
    new_test(|| {
        let through = deploy(&caller(REENTRY, 2_500_000, ALL), 4, b"");
        let echo = deploy(&echo(), 0, b"");
        assert_eq!(call_through(through, echo, b"").code, 0);
        assert_eq!(Pallet::<Test>::evm_balance(&echo), 2_500_000.into());
        assert_eq!(Pallet::<Test>::evm_balance(&through), 1_500_000.into());
        assert_eq!(call_through(through, echo, b"").code, 4);
        assert_eq!(Pallet::<Test>::evm_balance(&echo), 2_500_000.into());
        // Two halves of a unit make a unit.
        let half = deploy(&caller(REENTRY, 500_000, ALL), 1, b"half");
        assert_eq!(call_through(half, echo, b"").code, 0);
        assert_eq!(Pallet::<Test>::evm_balance(&echo), 3_000_000.into());
        assert_eq!(Balances::free_balance(Mapper::to_account_id(&echo)), EXISTENTIAL_DEPOSIT + 3);
        assert_eq!(Balances::free_balance(Mapper::to_account_id(&half)), EXISTENTIAL_DEPOSIT);
    });
}

#[test]
fn nobody_sends_more_to_himself_than_he_has() {
    // Its constructor sends that many wei to the contract itself, which has three units and no dust, and returns the code.
    let sent = |wei: u64| {
        let blob = contract(
            move |asm| {
                asm.host("address", [CALLEE])
                    .data(VALUE, &wei.to_le_bytes())
                    .data(VALUE + 8, &[0; 24])
                    .host(
                        "call_evm",
                        [
                            Arg::from(8),
                            CALLEE.into(),
                            VALUE.into(),
                            u64::MAX.into(),
                            0.into(),
                            pack(CELL, NONE),
                        ],
                    )
                    .store(OUT, Reg::A0)
                    .ret(0, OUT, 8);
            },
            |_| {},
        );
        let created = instantiate_with(&blob, 3, b"", Some([wei as u8; 32])).result.unwrap();
        assert_eq!(Pallet::<Test>::evm_balance(&created.addr), 3_000_000.into());
        u64::from_le_bytes(created.result.data[..].try_into().unwrap())
    };
    new_test(|| {
        for (wei, code) in
            [(1, 0), (2_999_999, 0), (3_000_000, 0), (3_000_001, 4), (3_999_999, 4), (4_000_000, 4)]
        {
            assert_eq!(sent(wei), code, "{wei} wei");
        }
    });
}

#[test]
fn a_value_beyond_the_native_balance_traps_the_caller() {
    new_test(|| {
        let blob = callable(|asm| {
            asm.take_input().data(VALUE, &[0xFF; 32]).host(
                "call_evm",
                [Arg::from(REENTRY), RW.into(), VALUE.into(), ALL.into(), 0.into(), pack(CELL, OUT)],
            );
        });
        let through = deploy(&blob, 4, b"");
        assert_eq!(call(through, &[1; 20]).result, Err(error(Error::BalanceConversionFailed)));
    });
}

#[test]
fn reentrancy_has_to_be_allowed_by_the_caller() {
    new_test(|| {
        let strict = deploy(&caller(0, 0, ALL), 0, b"");
        let open = deploy(&caller(REENTRY, 0, ALL), 0, b"");
        let echo = deploy(&echo(), 0, b"");
        // Itself, at once.
        assert_eq!(call(strict, strict.as_bytes()).result, Err(error(Error::ReentranceDenied)));
        let data = [open.as_bytes(), echo.as_bytes(), b"x"].concat();
        assert_eq!(read(&output(open, &data)).code, 0);
        // Over another contract: the frame that attempts it traps, its caller sees that.
        let data = [open.as_bytes(), strict.as_bytes(), echo.as_bytes()].concat();
        assert_eq!(read(&output(strict, &data)).code, 1);
        let data = [strict.as_bytes(), open.as_bytes(), echo.as_bytes()].concat();
        assert_eq!(read(&output(open, &data)).code, 0);
    });
}

#[test]
fn read_only_holds_for_everything_below() {
    new_test(|| {
        let read_only = deploy(&caller(REENTRY | READ_ONLY, 0, ALL), 0, b"");
        let open = deploy(&caller(REENTRY, 0, ALL), 0, b"");
        let paying = deploy(&caller(REENTRY, 1_000_000, ALL), 3, b"");
        let store = deploy(&store_word(), 0, b"");
        let echo = deploy(&echo(), 0, b"");
        let item = [[1; 32], [1; 32]].concat();
        let before = state_root();
        assert_eq!(call_through(read_only, store, &item).code, 1);
        assert_eq!(call_through(read_only, open, &[store.as_bytes(), &item[..]].concat()).output[0], 1);
        assert_eq!(call_through(read_only, paying, echo.as_bytes()).code, 1);
        assert_eq!(call_through(read_only, echo, b"fine").code, 0);
        assert_eq!(state_root(), before);
        let both = deploy(&caller(REENTRY | READ_ONLY, 1, ALL), 3, b"");
        assert_eq!(call(both, echo.as_bytes()).result, Err(error(Error::StateChangeDenied)));
    });
}

#[test]
fn unknown_flags_trap() {
    new_test(|| {
        let echo = deploy(&echo(), 0, b"");
        for flags in [32, 0x8000_0000] {
            let through = deploy(&caller(flags, 0, ALL), 0, b"");
            assert_eq!(call(through, echo.as_bytes()).result, Err(error(Error::InvalidCallFlags)));
        }
    });
}

/// Calls itself for ever with all that is left.
#[test]
fn recursion_over_contracts_ends_at_the_depth_limit() {
    new_test(|| {
        // Returns the number of frames that ran below it: one more than its callee said, 0 if it failed.
        let blob = callable(|asm| {
            asm.host("address", [CALLEE])
                .data(VALUE, &[0; 32])
                .data(CELL, &8u32.to_le_bytes())
                .data(OUT, &[0; 8])
                .host(
                    "call_evm",
                    [Arg::from(REENTRY), CALLEE.into(), VALUE.into(), ALL.into(), 0.into(), pack(CELL, OUT)],
                )
                .fetch(Reg::A0, OUT)
                .push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::A0, Reg::A0, 1))
                .store(OUT, Reg::A0)
                .ret(0, OUT, 8);
        });
        let dest = deploy(&blob, 0, b"");
        // The deepest frame is trapped by its attempt; the one above it sees a failure and counts from 0.
        let frames = u64::from_le_bytes(output(dest, b"").try_into().unwrap());
        assert_eq!(frames, FRAMES_MAX as u64 - 1);
    });
}

#[test]
fn delegate_calls_act_for_the_caller() {
    new_test(|| {
        let library = contract(
            |asm| asm.data(RW, b"library!").host("set_immutable_data", [RW, 8]).end(),
            |asm| {
                asm.data(RW, &[1; 64])
                    .host("set_storage_or_clear", [0, RW, RW + 32])
                    .host("address", [OUT])
                    .host("value_transferred", [RW])
                    .fetch(Reg::S0, RW)
                    .store(OUT + 20, Reg::S0)
                    .data(CELL, &32u32.to_le_bytes())
                    .host("get_immutable_data", [OUT + 28, CELL])
                    .ret(0, OUT, 36);
            },
        );
        let library = deploy(&library, 0, b"");
        let through = callable(|asm| {
            asm.take_input()
                .data(CELL, &36u32.to_le_bytes())
                .host("delegate_call_evm", [Arg::from(0), RW.into(), ALL.into(), 0.into(), pack(CELL, OUT)])
                .ret(0, OUT, 36);
        });
        let through = deploy(&through, 0, b"");
        let outcome = super::call_from(ALICE, through, 6, WEIGHT, library.as_bytes());
        let data = outcome.result.unwrap().data;
        assert_eq!(&data[..20], through.as_bytes());
        assert_eq!(data[20..28], 6_000_000u64.to_le_bytes());
        assert_eq!(&data[28..], b"library!");
        assert_eq!(Pallet::<Test>::get_storage(through, [1; 32]), Ok(Some(vec![1; 32])));
        assert_eq!(Pallet::<Test>::get_storage(library, [1; 32]), Ok(None));
        assert_eq!(Pallet::<Test>::contract_info(through).unwrap().storage_items, 1);
    });
}

#[test]
fn delegate_calls_cannot_change_the_rules() {
    new_test(|| {
        for flags in [REENTRY, READ_ONLY, 64] {
            let blob = callable(|asm| {
                asm.take_input().host(
                    "delegate_call_evm",
                    [Arg::from(flags), RW.into(), ALL.into(), 0.into(), pack(CELL, OUT)],
                );
            });
            let dest = deploy(&blob, 0, b"");
            assert_eq!(call(dest, &[1; 20]).result, Err(error(Error::InvalidCallFlags)));
        }
    });
}

#[test]
fn input_is_forwarded_cloned_and_passed_on_with_tail_calls() {
    new_test(|| {
        let echo = deploy(&echo(), 0, b"");
        let with = |flags: u64, again: bool| {
            deploy(
                &callable(|asm| {
                    asm.data(CALLEE, echo.as_bytes()).data(CELL, &32u32.to_le_bytes()).host(
                        "call_evm",
                        [
                            Arg::from(REENTRY | flags),
                            CALLEE.into(),
                            VALUE.into(),
                            ALL.into(),
                            0.into(),
                            pack(CELL, OUT),
                        ],
                    );
                    if again {
                        asm.host("call_data_load", [OUT, 0]);
                    }
                    asm.host::<u64>("call_data_size", []).store(OUT + 8, Reg::A0).ret(0, OUT, 16);
                }),
                0,
                b"",
            )
        };
        let forward = output(with(1, false), b"12345678");
        assert_eq!(forward, [b"12345678", &0u64.to_le_bytes()[..]].concat());
        assert_eq!(call(with(1, true), b"12345678").result, Err(error(Error::InputForwarded)));
        let clone = output(with(2, false), b"12345678");
        assert_eq!(clone, [b"12345678", &8u64.to_le_bytes()[..]].concat());
        assert_eq!(output(with(1 | 4, false), b"tail"), b"tail");
    });
}

#[test]
fn a_failed_call_writes_the_length_cell_even_without_a_buffer() {
    new_test(|| {
        let traps = deploy(&callable(|asm| asm.trap().end()), 0, b"");
        let with = |cell: u64| {
            let blob = callable(|asm| {
                asm.data(CALLEE, traps.as_bytes()).data(CELL, &[7; 4]).host(
                    "call_evm",
                    [Arg::from(REENTRY), CALLEE.into(), VALUE.into(), ALL.into(), 0.into(), pack(cell, NONE)],
                );
                report(asm);
            });
            call(deploy(&blob, 0, b""), b"").result
        };
        assert_eq!(read(&with(CELL).unwrap().data).cell, 0);
        assert_eq!(with(BEHIND_RW), Err(error(Error::OutOfBounds)));
        assert_eq!(with(NONE), Err(error(Error::OutOfBounds)));
    });
}

/// `instantiate` of the code hash and input in the input; returns the report, whose output is the address.
fn creator(salt: Option<[u8; 32]>, value: u64) -> Vec<u8> {
    callable(|asm| {
        asm.take_input()
            .data(VALUE, &value.to_le_bytes())
            .data(RW + 0x2000, &[0xFF; 32])
            .data(RW + 0x2020, &salt.unwrap_or_default())
            .data(CELL, &0u32.to_le_bytes())
            .data(OUT, &[0; 32])
            .push(Instruction::reg_reg_imm(Opcode::ShiftLogicalLeftImm64, Reg::S0, Reg::S0, 32))
            .load(Reg::S1, RW)
            .push(Instruction::reg_reg_reg(Opcode::Or, Reg::S0, Reg::S0, Reg::S1))
            .host(
                "instantiate",
                [
                    Arg::from(ALL),
                    ALL.into(),
                    pack(RW + 0x2000, VALUE),
                    Reg::S0.into(),
                    Arg::from(ALL),
                    pack(OUT, if salt.is_some() { RW + 0x2020 } else { NONE }),
                ],
            );
        report(asm);
    })
}

#[test]
fn contracts_create_contracts() {
    new_test(|| {
        let child = contract(|asm| asm.take_input().host("set_storage", [0, RW, 0, RW, 4]).end(), |_| {});
        let hash = keccak_256(&child);
        assert_ok!(Pallet::<Test>::upload_code(RuntimeOrigin::signed(BOB), child.clone(), Balance::MAX));
        let data = [&hash[..], b"init"].concat();

        let plain = deploy(&creator(None, 2_000_000), 5, b"");
        for nonce in [1, 2] {
            let made = read(&output(plain, &data));
            assert_eq!(made.code, 0);
            let address = create1(&plain, nonce);
            assert_eq!(&made.output[..20], address.as_bytes());
            assert_eq!(ContractInfo::<Test>::load(&address).unwrap().code_hash, H256(hash));
            assert_eq!(Pallet::<Test>::evm_balance(&address), 2_000_000.into());
            assert_eq!(Pallet::<Test>::get_storage_var_key(address, vec![]), Ok(Some(b"init".to_vec())));
        }
        // The money is gone: the third one fails, and its nonce is not used up.
        assert_eq!(read(&output(plain, &data)).code, 4);
        assert_eq!(System::account_nonce(Mapper::to_account_id(&plain)), 3);

        let salted = deploy(&creator(Some([9; 32]), 0), 0, b"");
        let made = read(&output(salted, &data));
        assert_eq!(&made.output[..20], create2(&salted, &child, b"init", &[9; 32]).as_bytes());
        assert_eq!(read(&output(salted, &data)).code, 11);

        let unknown = [[1u8; 32].as_slice(), b"init"].concat();
        assert_eq!(call(plain, &unknown).result, Err(error(Error::CodeNotFound)));
        assert_eq!(call(plain, &[1; 31]).result, Err(error(Error::OutOfBounds)));
    });
}

#[test]
fn a_contract_under_construction_looks_like_an_account_without_code() {
    new_test(|| {
        // Calls itself, strictly, and asks for its own code.
        let blob = contract(
            |asm| {
                asm.host("address", [CALLEE])
                    .host(
                        "call_evm",
                        [Arg::from(0), CALLEE.into(), VALUE.into(), ALL.into(), 0.into(), pack(CELL, OUT)],
                    )
                    .store(RW + 32, Reg::A0)
                    .host("code_hash", [CALLEE, RW])
                    .host("code_size", [CALLEE])
                    .store(RW + 40, Reg::A0)
                    .host("set_storage", [0, RW, 0, RW, 48]);
            },
            |asm| asm.trap().end(),
        );
        let dest = deploy(&blob, 0, b"");
        let item = Pallet::<Test>::get_storage_var_key(dest, vec![]).unwrap().unwrap();
        assert_eq!(item[..32], keccak_256(b""));
        assert_eq!(item[32..], [0; 16]);
    });
}

#[test]
fn the_stipend_is_enough_for_a_receiver_that_emits_an_event() {
    new_test(|| {
        let event = deploy(&callable(|asm| asm.host("deposit_event", [RW, 4, RW, 64]).end()), 0, b"");
        let stores = deploy(&callable(|asm| asm.host("set_storage", [0, RW, 32, RW, 32]).end()), 0, b"");
        let through = deploy(&caller(REENTRY, 1_000_000, 0), 5, b"");
        assert_eq!(call_through(through, event, b"").code, 0);
        assert_eq!(call_through(through, stores, b"").code, 5);
        // Without value there is none, except for the gas that `transfer` passes on.
        let through = deploy(&caller(REENTRY, 0, 0), 5, b"");
        assert_eq!(call_through(through, event, b"").code, 5);
        let through = deploy(&caller(REENTRY, 0, 2_300), 5, b"");
        assert_eq!(call_through(through, event, b"").code, 0);
    });
}

#[test]
fn code_that_the_transaction_has_loaded_before_is_cheaper_to_load() {
    // Calls the address in the input as often as the word behind it says.
    let repeated = callable(|asm| {
        asm.take_input().data(VALUE, &[0; 32]).push(Instruction::reg_imm(
            Opcode::LoadU64,
            Reg::S1,
            RW as i32 + 32,
        ));
        asm.rounds(|asm| {
            let (input, output) = (pack(0, RW), pack(NONE, NONE));
            asm.host("call_evm", [Arg::from(0), RW.into(), VALUE.into(), u64::MAX.into(), input, output]);
        });
    });
    let reverting = callable(|asm| {
        asm.ret(1, RW, 0);
    });
    new_test(|| {
        let repeated = deploy(&repeated, 0, &[]);
        for blob in [&echo(), &reverting] {
            let (load, again) = (load_weight(blob), load_again_weight(blob));
            assert!(load.all_gt(again), "{load:?} {again:?}");
            let callee = deploy(blob, 0, &[]);
            let weight = |calls: u8| {
                let outcome =
                    call(repeated, &[callee.as_bytes(), &[0; 12], &[calls, 0, 0, 0, 0, 0, 0, 0]].concat());
                assert!(outcome.result.is_ok());
                outcome.weight_consumed.ref_time()
            };
            let [none, one, two, three] = [0, 1, 2, 3].map(weight);
            let saved = load.ref_time() - again.ref_time();
            assert!((one - none).abs_diff(two - one + saved) < saved / 100, "{none} {one} {two}, {saved}");
            assert!((two - one).abs_diff(three - two) < saved / 100, "{one} {two} {three}");
            assert_eq!(weight(1), one, "the next transaction begins anew");
        }
    });
}
