// SPDX-License-Identifier: Apache-2.0
//! Every extrinsic refused for every reason: no trace in the state, no event, and no more weight than was declared.

use super::{
    callable_nothing, deploy, error,
    fixtures::{callable, store_word, RW},
    instantiate_with, state_root,
};
use crate::{mock::*, AccountId32Mapper, AddressMapper, Call, Error};
use codec::Encode;
use frame_support::{dispatch::GetDispatchInfo, weights::Weight};
use scale_info::{TypeDef, TypeInfo};
use sp_core::{H160, H256};
use sp_io::hashing::keccak_256;
use sp_runtime::{traits::Dispatchable, AccountId32, DispatchError};

/// What only a state says that is broken already, or a carrier that does not do what it should.
const DEFENSIVE: &[&str] =
    &["CodeInfoNotFound", "ExecutionFailed", "RefcountOverOrUnderflow", "StorageRefundNotEnoughFunds"];

/// What a contract does wrong, or one that it calls: see `calls`, `hostile`, `lifecycle` and `storage`.
const OF_CONTRACTS: &[&str] = &[
    "InvalidCallFlags",
    "MaxCallDepthReached",
    "OutOfBounds",
    "DecodingFailed",
    "ValueTooLarge",
    "InputForwarded",
    "TooManyTopics",
    "ReentranceDenied",
    "StateChangeDenied",
    "OutOfTransientStorage",
    "InvalidSyscall",
    "InvalidStorageFlags",
    "InvalidImmutableAccess",
    "ReturnDataTooLarge",
    "BalanceConversionFailed",
];

/// What the check of a blob finds: see `upload`.
const OF_THE_CHECK: &[&str] = &[
    "StaticMemoryTooLarge",
    "BasicBlockTooLarge",
    "InvalidInstruction",
    "WrongInstructionSet",
    "TooManyImports",
    "MalformedImport",
    "UnknownImport",
    "MissingExport",
];

/// Who may not, asks for too much, or for what is not there.
fn refusals() -> Vec<(AccountId32, Call<Test>, Error<Test>)> {
    let blob = callable_nothing();
    let code_hash = H256(keccak_256(&blob));
    let salt = Some([1; 32]);
    assert!(instantiate_with(&blob, 0, b"", salt).result.is_ok());
    let store = deploy(&store_word(), 0, b"");
    let reverting = deploy(&callable(|asm| asm.ret(1, RW, 0).end()), 0, b"");
    let trapping = deploy(&callable(|asm| asm.trap().end()), 0, b"");
    let (value, weight_limit, storage_deposit_limit) = (0, WEIGHT, Balance::MAX);
    let call = |dest| Call::call { dest, value, weight_limit, storage_deposit_limit, data: vec![7; 64] };
    let instantiate = |code_hash, salt| {
        let data = Vec::new();
        Call::instantiate { value, weight_limit, storage_deposit_limit, code_hash, data, salt }
    };
    let upload = |code, storage_deposit_limit| Call::upload_code { code, storage_deposit_limit };
    let at = H160::from_low_u64_be;
    let other = callable(|asm| asm.ret(0, RW, 1).end());
    vec![
        (CHARLIE, call(store), Error::AccountUnmapped),
        (CHARLIE, instantiate(code_hash, None), Error::AccountUnmapped),
        (CHARLIE, Call::unmap_account {}, Error::AccountUnmapped),
        (ALICE, Call::map_account {}, Error::AccountAlreadyMapped),
        (ALICE, call(reverting), Error::ContractReverted),
        (ALICE, call(trapping), Error::ContractTrapped),
        (ALICE, call(at(0x0a)), Error::UnsupportedPrecompileAddress),
        (ALICE, call(at(0x09)), Error::InvalidPrecompileInput),
        (
            ALICE,
            Call::call {
                dest: store,
                value,
                weight_limit: Weight::zero(),
                storage_deposit_limit,
                data: Vec::new(),
            },
            Error::OutOfGas,
        ),
        (
            ALICE,
            Call::call { dest: store, value, weight_limit, storage_deposit_limit: 5, data: vec![7; 64] },
            Error::StorageDepositLimitExhausted,
        ),
        (
            ALICE,
            Call::call { dest: store, value: ENDOWMENT, weight_limit, storage_deposit_limit, data: vec![] },
            Error::TransferFailed,
        ),
        (
            ALICE,
            Call::call {
                dest: store,
                value,
                weight_limit,
                storage_deposit_limit,
                data: vec![0; 128 * 1024 + 1],
            },
            Error::CallDataTooLarge,
        ),
        (ALICE, instantiate(H256::zero(), None), Error::CodeNotFound),
        (ALICE, instantiate(H256::zero(), salt), Error::CodeNotFound),
        (ALICE, instantiate(code_hash, salt), Error::DuplicateContract),
        (ALICE, upload(b"no blob".to_vec(), Balance::MAX), Error::CodeRejected),
        (ALICE, upload(vec![0; 1024 * 1024 + 1], Balance::MAX), Error::BlobTooLarge),
        (ALICE, upload(other.clone(), 5), Error::StorageDepositLimitExhausted),
        (AccountId32::new([9; 32]), upload(other.clone(), Balance::MAX), Error::StorageDepositNotEnoughFunds),
        (
            ALICE,
            Call::upload_code_with_behaviour { code: other, storage_deposit_limit, behaviour_version: 9 },
            Error::UnknownBehaviourVersion,
        ),
        (ALICE, Call::remove_code { code_hash: H256::zero() }, Error::CodeNotFound),
        (ALICE, Call::remove_code { code_hash }, Error::CodeInUse),
    ]
}

#[test]
fn refused_extrinsics_leave_no_trace() {
    new_test(|| {
        let mut seen = Vec::new();
        let check = |origin: RuntimeOrigin, call: Call<Test>, expected: DispatchError| {
            let (before, events) = (state_root(), System::event_count());
            let call = RuntimeCall::from(call);
            let declared = call.get_dispatch_info().call_weight;
            let name = format!("{call:?}").chars().take(80).collect::<String>();
            let failure = call.dispatch(origin).expect_err(&name);
            assert_eq!(failure.error, expected, "{name}");
            assert!(failure.post_info.actual_weight.is_none_or(|weight| weight.all_lte(declared)), "{name}");
            assert_eq!(state_root(), before, "{name}");
            assert_eq!(System::event_count(), events, "{name}");
        };
        let all = refusals();
        for (user, call, expected) in all {
            seen.push(expected.encode()[0]);
            check(RuntimeOrigin::signed(user), call, error(expected));
        }
        let known = H256(keccak_256(&callable_nothing()));
        for (dest, code_hash, expected) in [
            (H160([5; 20]), known, Error::ContractNotFound),
            (deploy(&store_word(), 0, b""), H256::zero(), Error::CodeNotFound),
        ] {
            seen.push(expected.encode()[0]);
            check(RuntimeOrigin::root(), Call::set_code { dest, code_hash }, error(expected));
        }
        // Not for everybody, and not for contracts.
        let contract = AccountId32Mapper::<Test>::to_account_id(&deploy(&store_word(), 0, b""));
        let call = |data| Call::call {
            dest: H160([5; 20]),
            value: 0,
            weight_limit: WEIGHT,
            storage_deposit_limit: 0,
            data,
        };
        check(RuntimeOrigin::signed(contract), call(Vec::new()), DispatchError::BadOrigin);
        check(RuntimeOrigin::none(), call(Vec::new()), DispatchError::BadOrigin);
        check(RuntimeOrigin::signed(BOB), Call::remove_code { code_hash: known }, DispatchError::BadOrigin);
        let set_code = Call::set_code { dest: H160([5; 20]), code_hash: known };
        check(RuntimeOrigin::signed(ALICE), set_code, DispatchError::BadOrigin);

        // There is no error that nobody has looked at.
        let TypeDef::Variant(variants) = Error::<Test>::type_info().type_def else { unreachable!() };
        for variant in variants.variants {
            let listed = [DEFENSIVE, OF_CONTRACTS, OF_THE_CHECK].concat().contains(&variant.name);
            let shown = seen.contains(&variant.index);
            assert!(listed != shown, "{}: listed {listed}, shown {shown}", variant.name);
        }
    });
}
