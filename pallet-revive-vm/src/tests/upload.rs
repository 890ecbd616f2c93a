// SPDX-License-Identifier: Apache-2.0
//! What is refused at upload, and what the refusal says.

use super::{
    callable_nothing, error,
    fixtures::{self, builder, callable, Asm, RW_BYTES},
    text,
};
use crate::{
    code, limits, mock::*, primitives::Code, storage::LoadSize, CodeInfoOf, CodeRefusal, Error, Event,
    HoldReason, Pallet, PristineCode,
};
use frame_support::{assert_noop, assert_ok, dispatch::Pays, traits::fungible::InspectHold};
use revive_vm_primitives::{Instruction, InstructionSet, Opcode, Reg};
use sp_core::H256;
use sp_io::hashing::keccak_256;
use sp_runtime::DispatchError;

#[track_caller]
fn refused(blob: &[u8], expected: Error<Test>, words: &[&str]) {
    let CodeRefusal { error: found, detail } = code::check::<Test>(blob).expect_err("must be refused");
    assert_eq!(found, error(expected), "{}", text(&detail));
    for word in words {
        assert!(text(&detail).contains(word), "`{word}` is not in: {}", text(&detail));
    }
}

#[test]
fn an_empty_contract_is_accepted() {
    new_test(|| assert_eq!(code::check::<Test>(&callable_nothing()).map(|_| ()), Ok(())));
}

#[test]
fn a_blob_over_the_limit_is_refused() {
    let blob = vec![0; limits::BLOB_BYTES_MAX as usize + 1];
    refused(&blob, Error::BlobTooLarge, &["1048577", "1048576"]);
}

#[test]
fn what_is_no_blob_is_refused_with_section_and_offset() {
    refused(b"", Error::CodeRejected, &["not a valid blob"]);
    refused(b"hello, world", Error::CodeRejected, &["not a valid blob"]);
    let mut blob = callable_nothing();
    blob.push(0);
    refused(&blob, Error::CodeRejected, &["not a valid blob"]);
    let len = callable_nothing().len();
    refused(&callable_nothing()[..len - 1], Error::CodeRejected, &["not a valid blob"]);
}

#[test]
fn other_instruction_sets_are_refused() {
    for isa in [InstructionSet::Latest32, InstructionSet::Latest64, InstructionSet::JamV1] {
        let mut blob = callable_nothing();
        blob[4] = isa.version_byte();
        refused(&blob, Error::WrongInstructionSet, &[isa.name(), "revive_v1"]);
    }
}

#[test]
fn unknown_imports_are_refused_by_name() {
    for symbol in ["set_code_hash", "weight_to_fee", "noop", "instantiation_nonce", "SET_STORAGE", ""] {
        let blob = callable(|asm| {
            asm.host::<u64>("address", []).host::<u64>(symbol, []);
        });
        refused(&blob, Error::UnknownImport, &["import 1", &format!("`{symbol}`")]);
    }
    let long = "x".repeat(200);
    let blob = callable(|asm| {
        asm.host::<u64>(&long, []);
    });
    refused(&blob, Error::UnknownImport, &["xxx…"]);
    let blob = builder(|_| {}, |_| {}).import(b"\xff\n").build();
    refused(&blob, Error::UnknownImport, &["`\\xff\\n`"]);
}

#[test]
fn malformed_and_too_many_imports_are_refused() {
    let known = crate::host::IMPORTS.0.len();
    let mut many = builder(|_| {}, |_| {});
    for _ in 0..=known {
        many = many.import(b"address");
    }
    refused(&many.build(), Error::TooManyImports, &[&format!("{}", known + 1), &format!("{known}")]);

    // Two imports; the offset of the second symbol is moved behind the section.
    let blob = builder(|_| {}, |_| {}).import(b"address").import(b"caller").build();
    let needle = [&0u32.to_le_bytes()[..], &7u32.to_le_bytes()[..], b"addresscaller"].concat();
    let at = blob.windows(needle.len()).position(|window| window == needle).expect("the import section");
    let mut broken = blob;
    broken[at + 4..at + 8].copy_from_slice(&1000u32.to_le_bytes());
    refused(&broken, Error::MalformedImport, &["import 0"]);
}

#[test]
fn both_exports_are_needed() {
    for (present, missing) in [("deploy", "call"), ("call", "deploy")] {
        let mut asm = Asm::new();
        asm.export(present).done();
        refused(&asm.builder().build(), Error::MissingExport, &[&format!("`{missing}`")]);
    }
}

#[test]
fn invalid_instructions_are_refused_with_their_offset() {
    let blob = callable(|asm| {
        asm.done();
        asm.code.raw(&[0xff], true);
    });
    refused(&blob, Error::InvalidInstruction, &["code offset"]);
    // `sbrk` of the other sets.
    let byte = InstructionSet::Latest64.byte(Opcode::Sbrk).unwrap();
    let blob = callable(|asm| {
        asm.code.raw(&[byte, 0], true);
    });
    refused(&blob, Error::InvalidInstruction, &["code offset"]);
}

#[test]
fn the_reserved_import_number_is_refused() {
    let blob = callable(|asm| {
        asm.push(Instruction::imm(Opcode::Ecalli, -1));
    });
    refused(&blob, Error::InvalidInstruction, &["4294967295"]);
}

#[test]
fn basic_blocks_have_a_limit() {
    let with = |count: usize| {
        callable(|asm| {
            for _ in 0..count {
                asm.push(Instruction::reg_reg(Opcode::MoveReg, Reg::A0, Reg::A1));
            }
            asm.trap();
        })
    };
    assert_eq!(code::check::<Test>(&with(999)).map(|_| ()), Ok(()));
    refused(&with(1000), Error::BasicBlockTooLarge, &["1000"]);
}

#[test]
fn host_calls_do_not_end_a_block() {
    let blob = callable(|asm| {
        for _ in 0..1000 {
            asm.push(Instruction::imm(Opcode::Ecalli, 0));
        }
        asm.trap();
    });
    let blob_with_import = blob;
    refused(&blob_with_import, Error::BasicBlockTooLarge, &["1000"]);
}

#[test]
fn static_memory_has_a_limit() {
    let with = |bytes: u32| builder(|_| {}, |_| {}).rw_data(bytes, &[]).build();
    // What is left beside one page of read-only data, 64 KiB of stack, and the blob without its data.
    let other = 0x1000 + 0x1_0000 + 4096;
    assert_eq!(
        code::check::<Test>(&with(limits::BASELINE_MEMORY_BYTES_MAX as u32 - other)).map(|_| ()),
        Ok(())
    );
    refused(
        &with(limits::BASELINE_MEMORY_BYTES_MAX as u32 - 0x1_0000),
        Error::StaticMemoryTooLarge,
        &["1572864", "read-write"],
    );
    refused(&with(u32::MAX), Error::StaticMemoryTooLarge, &["laid out"]);
    assert!(u64::from(RW_BYTES) < limits::BASELINE_MEMORY_BYTES_MAX);
}

#[test]
fn translated_code_has_a_limit() {
    // Ten bytes for each literal: few instructions in much code, then the address map is what counts.
    let with = |instructions: usize| {
        callable(|asm| {
            for index in 0..instructions {
                asm.load(Reg::A0, u64::MAX / 3);
                if index % 900 == 0 {
                    asm.push(Instruction::new(Opcode::Fallthrough));
                }
            }
        })
    };
    assert_eq!(code::check::<Test>(&with(50_000)).map(|_| ()), Ok(()));
    refused(&with(60_000), Error::StaticMemoryTooLarge, &["3145728", "translating"]);
}

#[test]
fn upload_takes_the_deposit_once_and_removal_returns_it() {
    new_test(|| {
        let blob = callable_nothing();
        let hash = H256(keccak_256(&blob));
        let deposit = PER_BYTE * (blob.len() as Balance + 67) + 2 * PER_ITEM;
        let reason = HoldReason::CodeUploadDepositReserve.into();
        let pallet = Pallet::<Test>::account_id();

        assert_noop!(
            Pallet::<Test>::upload_code(RuntimeOrigin::signed(CHARLIE), blob.clone(), deposit - 1),
            Error::<Test>::StorageDepositLimitExhausted
        );
        // No mapping is needed for an upload.
        assert_ok!(Pallet::<Test>::upload_code(RuntimeOrigin::signed(CHARLIE), blob.clone(), deposit));
        assert_eq!(Balances::free_balance(&CHARLIE), ENDOWMENT - deposit);
        assert_eq!(Balances::balance_on_hold(&reason, &pallet), deposit);
        assert_eq!(PristineCode::<Test>::get(hash).as_deref(), Some(&blob[..]));
        let info = CodeInfoOf::<Test>::get(hash).unwrap();
        assert_eq!((info.owner, info.deposit, info.refcount), (CHARLIE, deposit, 0));
        assert_eq!((info.code_len, info.gas_model, info.behaviour_version), (blob.len() as u32, 4, 0));
        System::assert_last_event(
            Event::<Test>::CodeStored { code_hash: hash, deposit, owner: CHARLIE }.into(),
        );

        assert_ok!(Pallet::<Test>::upload_code(RuntimeOrigin::signed(BOB), blob.clone(), 0));
        assert_eq!(Balances::free_balance(&BOB), ENDOWMENT);
        assert_eq!(Balances::balance_on_hold(&reason, &pallet), deposit);

        assert_noop!(Pallet::<Test>::remove_code(RuntimeOrigin::signed(BOB), hash), DispatchError::BadOrigin);
        let removed = Pallet::<Test>::remove_code(RuntimeOrigin::signed(CHARLIE), hash).unwrap();
        assert_eq!(removed.pays_fee, Pays::No);
        assert_eq!(Balances::free_balance(&CHARLIE), ENDOWMENT);
        assert_eq!(Balances::balance_on_hold(&reason, &pallet), 0);
        assert!(!PristineCode::<Test>::contains_key(hash) && !CodeInfoOf::<Test>::contains_key(hash));
        assert_noop!(
            Pallet::<Test>::remove_code(RuntimeOrigin::signed(CHARLIE), hash),
            Error::<Test>::CodeNotFound
        );
    });
}

#[test]
fn a_refused_upload_changes_nothing_and_a_dry_run_says_why() {
    new_test(|| {
        let blob = callable(|asm| {
            asm.host::<u64>("set_code_hash", []);
        });
        assert_noop!(
            Pallet::<Test>::upload_code(RuntimeOrigin::signed(ALICE), blob.clone(), Balance::MAX),
            Error::<Test>::UnknownImport
        );
        let refusal = Pallet::<Test>::check_code(&blob).unwrap_err();
        assert!(text(&refusal.detail).contains("`set_code_hash`"));
        let code = Code::Upload(blob.clone());
        let dry = Pallet::<Test>::dry_run_instantiate(ALICE, 0, None, None, code, vec![], None);
        assert_eq!(dry.result.unwrap_err(), error(Error::UnknownImport));
        assert!(text(&dry.debug_message).contains("`set_code_hash`"));
        assert_eq!(Pallet::<Test>::dry_run_upload_code(ALICE, blob, None), Err(error(Error::UnknownImport)));
    });
}

#[test]
fn who_cannot_pay_cannot_upload() {
    new_test(|| {
        let poor = sp_runtime::AccountId32::new([9; 32]);
        assert_noop!(
            Pallet::<Test>::upload_code(RuntimeOrigin::signed(poor), callable_nothing(), Balance::MAX),
            Error::<Test>::StorageDepositNotEnoughFunds
        );
    });
}

#[test]
fn error_numbers_are_those_of_the_contract_abi() {
    let number = |error: Error<Test>| codec::Encode::encode(&error)[0];
    for (error, expected) in [
        (Error::InvalidCallFlags, 0x02),
        (Error::OutOfGas, 0x03),
        (Error::ContractNotFound, 0x06),
        (Error::OutOfBounds, 0x09),
        (Error::ContractTrapped, 0x0B),
        (Error::DuplicateContract, 0x12),
        (Error::ReentranceDenied, 0x14),
        (Error::StorageDepositLimitExhausted, 0x18),
        (Error::ContractReverted, 0x1A),
        (Error::InvalidInstruction, 0x1F),
        (Error::InvalidSyscall, 0x25),
        (Error::AccountUnmapped, 0x2B),
        (Error::ReturnDataTooLarge, 0x31),
        (Error::StorageRefundNotEnoughFunds, 0x38),
    ] {
        assert_eq!(number(error), expected);
    }
}

#[test]
fn what_loading_depends_on_is_counted() {
    let load = |blob: &[u8]| code::check::<Test>(blob).unwrap().load;
    let three = |opcode| Instruction::reg_reg_reg(opcode, Reg::A0, Reg::A1, Reg::A2);
    // Two returns; a page of read-only data, 64 KiB of read-write data and as much stack.
    let nothing = load(&callable(|_| {}));
    assert_eq!(nothing, LoadSize { instructions: 2, blocks: 2, pages: 33 });
    let some = load(&callable(|asm| {
        asm.push(three(Opcode::Add64)).push(three(Opcode::DivSigned64)).push(three(Opcode::Mul64));
        asm.push(Instruction::new(Opcode::Fallthrough));
    }));
    assert_eq!(some, LoadSize { instructions: 2 + 2 + 2 * code::HEAVY, blocks: 3, pages: 33 });
    // A call that begins within a block needs a translation of its own.
    let with_export_within = |name| {
        let mut asm = Asm::new();
        asm.export("deploy").done();
        asm.export("call").push(three(Opcode::Add64)).export(name).done();
        load(&asm.builder().build())
    };
    let once = LoadSize { instructions: 3, blocks: 2, pages: 33 };
    let with_another = LoadSize { instructions: once.instructions + code::EXPORT, ..once };
    assert_eq!([with_export_within("other"), with_export_within("migrate")], [with_another, once.twice()]);
    // Nothing that is accepted comes to more than is assumed of what nobody has counted.
    for filling in fixtures::Filling::ALL {
        let blob = fixtures::large(*filling, 100_000, 1);
        let (load, most) = (load(&blob), LoadSize::at_most(blob.len() as u32));
        assert!(
            load.instructions <= most.instructions && load.blocks <= most.blocks && load.pages <= most.pages,
            "{filling:?}: {load:?}, {most:?}"
        );
    }
}

/// When code is loaded, exports are put in order by their names, and it is looked up where the entries of a jump table lead: bytes of
/// a blob of which there are many in little room, and that take a hundred times as long as bytes of data.
#[test]
fn exports_and_jump_tables_pay_for_what_is_made_of_them() {
    const MANY: u32 = 100_000;
    // Nanoseconds that one takes at least, on either carrier.
    const EXPORT: u64 = 500;
    const JUMP: u64 = 40;
    let price = |blob: &[u8]| super::load_weight(blob).ref_time() / 1_000;
    let plain = price(&callable_nothing());
    let exports = (0..MANY).fold(builder(|_| {}, |_| {}), |builder, index| {
        builder.export(&index.wrapping_mul(0x9E37_79B1).to_be_bytes()[..2], 0)
    });
    let taken = price(&exports.build()) - plain;
    assert!(taken >= EXPORT * u64::from(MANY), "{MANY} exports cost {taken} ns");
    let jumps = fixtures::contract(
        |asm| {
            let here = asm.code.label_here();
            for _ in 0..MANY {
                asm.code.jump_table_entry(here);
            }
        },
        |_| {},
    );
    let taken = price(&jumps) - plain;
    assert!(taken >= JUMP * u64::from(MANY), "{MANY} entries of a jump table cost {taken} ns");
}
