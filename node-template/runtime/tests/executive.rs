// SPDX-License-Identifier: Apache-2.0
//! The runtime as a whole, run natively: metadata, genesis presets, and a block made and then executed again.

use codec::{Decode, Encode};
use frame_support::weights::Weight;
use pallet_revive_vm::{AccountId32Mapper, AddressMapper};
use revive_vm_runtime::{
    genesis_config_presets::{preset_names, well_known_accounts, ENDOWMENT},
    signed_payload, AccountId, Balances, BalancesCall, Block, Executive, Header, Revive, Runtime,
    RuntimeCall, Signature, System, Timestamp, TimestampCall, UncheckedExtrinsic, EXISTENTIAL_DEPOSIT, UNIT,
};
use serde_json::Value;
use sp_consensus_aura::{digests::CompatibleDigestItem, sr25519::AuthoritySignature, Slot};
use sp_core::U256;
use sp_genesis_builder::runtime_decl_for_genesis_builder::GenesisBuilder;
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
    generic::{Digest, DigestItem, Era},
    traits::{Block as BlockT, Header as HeaderT},
};

/// What a preset leaves out comes from the default, as in the chain specification (RFC 7386).
fn merge(base: &mut Value, patch: Value) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, patch) => *base = patch,
    }
}

fn json(bytes: Option<Vec<u8>>) -> Value {
    serde_json::from_slice(&bytes.expect("the preset exists")).expect("a preset is JSON")
}

/// The state at genesis of a chain with this preset.
fn genesis(preset: &str) -> TestExternalities {
    let mut externalities = TestExternalities::default();
    externalities.execute_with(|| {
        let mut config = json(Runtime::get_preset(&None));
        merge(&mut config, json(Runtime::get_preset(&Some(preset.into()))));
        Runtime::build_state(config.to_string().into_bytes()).expect("the preset makes a genesis state");
        // What the client writes: the hash that `CheckGenesis` compares with.
        frame_system::BlockHash::<Runtime>::insert(0, genesis_hash());
    });
    externalities
}

fn genesis_hash() -> sp_core::H256 {
    sp_core::H256::repeat_byte(7)
}

fn header(number: u32, slot: u64) -> Header {
    let slot = <DigestItem as CompatibleDigestItem<AuthoritySignature>>::aura_pre_digest(Slot::from(slot));
    Header::new(number, Default::default(), Default::default(), genesis_hash(), Digest { logs: vec![slot] })
}

/// The inherent that sets the block's time.
fn timestamp(now: u64) -> UncheckedExtrinsic {
    UncheckedExtrinsic::new_bare(RuntimeCall::Timestamp(TimestampCall::set { now }))
}

/// A transaction by one of the well-known accounts.
fn signed(sender: Sr25519Keyring, nonce: u32, call: RuntimeCall) -> UncheckedExtrinsic {
    let payload = signed_payload(call, nonce, genesis_hash(), Era::Immortal, genesis_hash());
    let signature = payload.using_encoded(|bytes| sender.sign(bytes));
    let (call, extension, _) = payload.deconstruct();
    UncheckedExtrinsic::new_signed(
        call,
        sender.to_account_id().into(),
        Signature::Sr25519(signature),
        extension,
    )
}

/// Makes the first block of `preset`'s chain out of `extrinsics`, each of which must succeed.
fn first_block(preset: &str, slot: u64, extrinsics: Vec<UncheckedExtrinsic>) -> (Block, TestExternalities) {
    let mut externalities = genesis(preset);
    let header = externalities.execute_with(|| {
        Executive::initialize_block(&header(1, slot));
        for extrinsic in &extrinsics {
            Executive::apply_extrinsic(extrinsic.clone())
                .expect("the transaction is valid")
                .expect("the call succeeds");
        }
        Executive::finalize_block()
    });
    (Block::new(header, extrinsics), externalities)
}

#[test]
fn metadata_is_served_in_the_versions_that_clients_ask_for() {
    TestExternalities::default().execute_with(|| {
        let versions = Runtime::metadata_versions();
        for version in [14, 15, 16] {
            assert!(versions.contains(&version), "{version} is not in {versions:?}");
            let metadata = Runtime::metadata_at_version(version).expect("an announced version is served");
            assert_eq!(metadata[..5], [b'm', b'e', b't', b'a', version as u8]);
        }
        assert!(Runtime::metadata_at_version(13).is_none());
    });
}

#[test]
fn presets_endow_the_well_known_accounts() {
    let names = preset_names();
    assert_eq!(
        names.iter().map(|name| name.as_ref()).collect::<Vec<&str>>(),
        ["development", "local_testnet"]
    );
    for name in names {
        genesis(name.as_ref()).execute_with(|| {
            assert_eq!(well_known_accounts().len(), 12);
            for account in well_known_accounts() {
                assert_eq!(Balances::free_balance(&account), ENDOWMENT);
                assert!(AccountId32Mapper::<Runtime>::is_mapped(&account), "{account} can use contracts");
            }
            assert_eq!(
                pallet_sudo::Key::<Runtime>::get(),
                Some(Sr25519Keyring::Alice.to_account_id()),
                "Alice is the administrator",
            );
        });
    }
    assert!(Runtime::get_preset(&Some("no such preset".into())).is_none());
}

#[test]
fn slots_are_short_on_a_development_chain_only() {
    let duration = |preset| genesis(preset).execute_with(pallet_aura::Pallet::<Runtime>::slot_duration);
    assert_eq!(duration("development"), 2);
    assert_eq!(duration("local_testnet"), 6_000);
}

#[test]
#[should_panic(expected = "slotTime.slotDurationMs is 3; it must be even and at least 2")]
fn a_genesis_with_an_odd_slot_is_refused() {
    TestExternalities::default().execute_with(|| {
        let mut config = json(Runtime::get_preset(&None));
        merge(&mut config, serde_json::json!({ "slotTime": { "slotDurationMs": 3 } }));
        let _ = Runtime::build_state(config.to_string().into_bytes());
    });
}

#[test]
fn a_block_with_a_transfer_and_a_contracts_call_executes_to_the_same_state() {
    let (alice, dave) = (Sr25519Keyring::Alice, AccountId::new([9; 32]));
    let bob = AccountId32Mapper::<Runtime>::to_address(&Sr25519Keyring::Bob.to_account_id());
    let now = 1_700_000_000_000;
    let transfer = BalancesCall::transfer_keep_alive { dest: dave.clone().into(), value: 5 * UNIT };
    // Nobody has put a contract at Bob's address, so the call is a transfer.
    let call = pallet_revive_vm::Call::call {
        dest: bob,
        value: 3 * UNIT,
        weight_limit: Weight::from_parts(10_000_000_000, 1_000_000),
        storage_deposit_limit: UNIT,
        data: vec![],
    };
    let extrinsics =
        vec![timestamp(now), signed(alice, 0, transfer.into()), signed(alice, 1, RuntimeCall::Revive(call))];
    let (block, mut made) = first_block("development", now / 2, extrinsics);

    made.execute_with(|| {
        assert_eq!(Timestamp::get(), now);
        assert_eq!(Balances::free_balance(&dave), 5 * UNIT);
        let alice_has = Balances::free_balance(alice.to_account_id());
        assert!(alice_has < ENDOWMENT - 8 * UNIT, "the fees were charged");
        assert!(alice_has > ENDOWMENT - 9 * UNIT, "the fees are less than a token");
        assert_eq!(System::account_nonce(alice.to_account_id()), 2);
        assert_eq!(Balances::free_balance(Sr25519Keyring::Bob.to_account_id()), ENDOWMENT + 3 * UNIT);
        assert_eq!(
            Revive::evm_balance(&bob),
            U256::from(ENDOWMENT + 3 * UNIT - EXISTENTIAL_DEPOSIT) * 1_000_000
        );
    });

    // A node that imports the block checks every root in its header.
    let encoded = block.encode();
    let block = <Block as BlockT>::LazyBlock::decode(&mut &encoded[..]).expect("the block decodes");
    genesis("development").execute_with(|| Executive::execute_block(block));
}

#[test]
#[should_panic(expected = "Timestamp slot must match `CurrentSlot`")]
fn a_time_outside_the_slot_is_refused() {
    let now = 1_700_000_000_000;
    first_block("development", now / 2 + 1, vec![timestamp(now)]);
}
