// SPDX-License-Identifier: Apache-2.0
//! Contracts that replace their own code, with and without a migration.

use super::{
    call, deploy, error,
    fixtures::{builder, callable, contract, relay_input, Arg, Asm, RW},
    output, state_root, text,
};
use crate::{
    mock::*, storage::ContractInfo, AccountId32Mapper, AddressMapper, CodeInfoOf, Error, Event, EventLevel,
    HoldReason, Pallet,
};
use frame_support::{assert_ok, traits::fungible::InspectHold};
use revive_vm_primitives::Reg;
use sp_core::{H160, H256};
use sp_io::hashing::keccak_256;

/// Asks for the code whose hash is in the first 32 bytes of input, with the rest as input of its migration. Returns the code of
/// that and the length of the output.
fn old() -> Vec<u8> {
    callable(|asm| {
        asm.take_input()
            .push(revive_vm_primitives::Instruction::reg_reg_imm(
                revive_vm_primitives::Opcode::AddImm64,
                Reg::S0,
                Reg::S0,
                -32,
            ))
            .host("set_code", [Arg::from(RW), (RW + 32).into(), Reg::S0.into()])
            .store(RW, Reg::A0)
            .host::<u64>("return_data_size", [])
            .store(RW + 8, Reg::A0)
            .ret(0, RW, 16);
    })
}

/// Code whose `call` says "new" and whose `migrate`, if any, does `migrate`.
fn new(migrate: Option<fn(&mut Asm)>) -> Vec<u8> {
    let call = |asm: &mut Asm| {
        asm.data(RW, b"new").ret(0, RW, 3);
        if let Some(migrate) = migrate {
            asm.export("migrate");
            migrate(asm);
            asm.done();
        }
    };
    builder(|_| {}, call).build()
}

fn upload(blob: &[u8]) -> H256 {
    assert_ok!(Pallet::<Test>::upload_code(RuntimeOrigin::signed(ALICE), blob.to_vec(), Balance::MAX));
    H256(keccak_256(blob))
}

/// Return code of `set_code` and length of the migration's output.
#[track_caller]
fn upgrade(dest: H160, hash: H256, input: &[u8]) -> (u64, u64) {
    let data = output(dest, &[hash.as_bytes(), input].concat());
    let number = |at: usize| u64::from_le_bytes(data[at..at + 8].try_into().unwrap());
    (number(0), number(8))
}

fn deposit_fits(dest: &H160) {
    let account = AccountId32Mapper::<Test>::to_account_id(dest);
    let held = Balances::balance_on_hold(&HoldReason::StorageDepositReserve.into(), &account);
    assert_eq!(held, Pallet::<Test>::contract_info(*dest).unwrap().storage_deposit);
}

#[test]
fn code_without_a_migration_is_replaced() {
    new_test(|| {
        let dest = deploy(&old(), 0, b"");
        let old_hash = ContractInfo::<Test>::load(&dest).unwrap().code_hash;
        let hash = upload(&new(None));
        assert_eq!(upgrade(dest, hash, b"ignored"), (0, 0));
        assert_eq!(output(dest, b""), b"new");
        assert_eq!(CodeInfoOf::<Test>::get(hash).unwrap().refcount, 1);
        assert!(CodeInfoOf::<Test>::get(old_hash).is_none(), "its last contract has left it");
        System::assert_has_event(
            Event::<Test>::CodeUpdated { contract: dest, code_hash: hash, old_code_hash: old_hash }.into(),
        );
        deposit_fits(&dest);
    });
}

#[test]
fn a_migration_runs_on_behalf_of_the_contract() {
    new_test(|| {
        let dest = deploy(&old(), 500, b"");
        // Stores its input under the address that it sees, and returns who called.
        let migrating = new(Some(|asm| {
            asm.take_input()
                .host("address", [RW + 0x100])
                .host(
                    "set_storage",
                    [Arg::from(0), (RW + 0x100).into(), 20.into(), RW.into(), Reg::S0.into()],
                )
                .data(RW + 0x300, b"immutable")
                .host("set_immutable_data", [RW + 0x300, 9])
                .host("caller", [RW + 0x200])
                .ret(0, RW + 0x200, 20);
        }));
        let hash = upload(&migrating);
        assert_eq!(upgrade(dest, hash, b"moved"), (0, 20));
        assert_eq!(output(dest, b""), b"new");
        let item = Pallet::<Test>::get_storage_var_key(dest, dest.as_bytes().to_vec());
        assert_eq!(item, Ok(Some(b"moved".to_vec())));
        assert_eq!(Pallet::<Test>::contract_info(dest).unwrap().immutable_data_len, 9);
        deposit_fits(&dest);
    });
}

#[test]
fn a_migration_reads_the_immutable_data_of_its_contract() {
    new_test(|| {
        // What an implementation behind a proxy does: it asks on behalf of another contract.
        let library = contract(
            |asm| asm.data(RW, b"library").host("set_immutable_data", [RW, 7]).end(),
            |asm| asm.take_input().host("set_code", [RW, 0, 0]).end(),
        );
        let proxy = contract(
            |asm| asm.data(RW, b"proxy").host("set_immutable_data", [RW, 5]).end(),
            |asm| {
                asm.take_input();
                relay_input(asm, true, 0);
            },
        );
        let (library, proxy) = (deploy(&library, 0, b""), deploy(&proxy, 0, b""));
        let migrating = new(Some(|asm| {
            asm.data(RW, &8u32.to_le_bytes())
                .host("get_immutable_data", [RW + 0x100, RW])
                .host("set_storage", [0, RW, 0, RW + 0x100, 8])
                .end();
        }));
        let hash = upload(&migrating);
        assert_eq!(super::relayed(proxy, library, hash.as_bytes()), (0, vec![]));
        assert_eq!(ContractInfo::<Test>::load(&proxy).unwrap().code_hash, hash);
        let item = Pallet::<Test>::get_storage_var_key(proxy, vec![]);
        assert_eq!(item, Ok(Some(b"proxy\0\0\0".to_vec())));
        deposit_fits(&proxy);
    });
}

#[test]
fn a_failed_migration_leaves_the_old_code() {
    new_test(|| {
        let reverting = upload(&new(Some(|asm| {
            asm.data(RW, b"no").host("set_storage", [0, RW, 2, RW, 2]).ret(1, RW, 2).end()
        })));
        let trapping = upload(&new(Some(|asm| asm.host("set_storage", [0, RW, 2, RW, 2]).trap().end())));
        let dest = deploy(&old(), 0, b"");
        let before = (state_root(), Pallet::<Test>::contract_info(dest));
        assert_eq!(upgrade(dest, reverting, b""), (2, 2));
        assert_eq!(upgrade(dest, trapping, b""), (1, 0));
        assert_eq!(upgrade(dest, H256([9; 32]), b""), (14, 0), "no such code");
        assert_eq!((state_root(), Pallet::<Test>::contract_info(dest)), before);
    });
}

#[test]
fn only_code_that_can_be_called_is_accepted_and_what_it_exports_is_known() {
    new_test(|| {
        let with = upload(&new(Some(|_| {})));
        let without = upload(&new(None));
        let info = |hash| CodeInfoOf::<Test>::get(hash).unwrap();
        assert!(info(with).exports_migrate && !info(without).exports_migrate);
        assert_eq!(info(with).isa, revive_vm_primitives::InstructionSet::ReviveV1.version_byte());
        assert_eq!(info(with).gas_model, crate::code::GAS_MODEL.id());
    });
}

#[test]
fn a_read_only_call_cannot_upgrade() {
    new_test(|| {
        let dest = deploy(&old(), 0, b"");
        let hash = upload(&new(None));
        let read_only = deploy(&super::fixtures::relay(false, 8 + 16), 0, b"");
        assert_eq!(super::relayed(read_only, dest, hash.as_bytes()).0, 1);
        assert_ne!(output(dest, &[&[0; 32][..]].concat()), b"new");
    });
}

#[test]
fn chains_choose_their_events() {
    let count = |level| {
        test_on(Carrier::Host, || {
            Level::set(level);
            let dest = deploy(&old(), 0, b"");
            upgrade(dest, upload(&new(None)), b"");
            let ours =
                System::events().into_iter().filter(|record| matches!(record.event, RuntimeEvent::Revive(_)));
            let count = ours.count();
            Level::set(EventLevel::Lifecycle);
            count
        })
    };
    let [contracts, lifecycle, everything] =
        [EventLevel::Contracts, EventLevel::Lifecycle, EventLevel::Everything].map(count);
    assert_eq!(contracts, 1, "the instantiation");
    // Two codes stored, one updated, one removed.
    assert_eq!(lifecycle, contracts + 4);
    assert!(everything > lifecycle);
}

#[test]
fn refusals_carry_their_numbers() {
    new_test(|| {
        let says = |blob: Vec<u8>, expected: Error<Test>, numbers: &[&str]| {
            let outcome = call(deploy(&blob, 0, b""), b"");
            assert_eq!(outcome.result, Err(error(expected)));
            let message = text(&outcome.debug_message).to_string();
            for number in numbers {
                assert!(message.contains(number), "{message}");
            }
        };
        let with = |symbol: &'static str, args: [u64; 6]| callable(move |asm| asm.host(symbol, args).end());
        says(with("set_storage", [0, RW, 8, RW, 417, 0]), Error::ValueTooLarge, &["417", "416"]);
        says(with("set_storage", [0, RW, 129, RW, 1, 0]), Error::DecodingFailed, &["129", "128"]);
        says(with("deposit_event", [RW, 5, RW, 1, 0, 0]), Error::TooManyTopics, &["5", "4"]);
        says(with("deposit_event", [RW, 1, RW, 65_537, 0, 0]), Error::ValueTooLarge, &["65537", "65536"]);
        says(
            with("seal_return", [0, RW, 131_073, 0, 0, 0]),
            Error::ReturnDataTooLarge,
            &["131073", "131072"],
        );
        let long = with("call_evm", [0, RW, RW, u64::MAX, 131_073 << 32 | RW, RW << 32 | RW]);
        says(long, Error::CallDataTooLarge, &["131073", "131072"]);
        let transient = callable(|asm| {
            for key in 0..40u64 {
                asm.data(RW, &[key as u8 + 1; 32]).host("set_storage_or_clear", [1, RW, RW]);
            }
        });
        says(transient, Error::OutOfTransientStorage, &["4096"]);
        let outcome =
            super::call_from(ALICE, deploy(&super::fixtures::echo(), 0, b""), 0, WEIGHT / 100_000, b"x");
        assert_eq!(outcome.result, Err(error(Error::OutOfGas)));
        assert!(text(&outcome.debug_message).contains(&(WEIGHT / 100_000).ref_time().to_string()));
    });
}
