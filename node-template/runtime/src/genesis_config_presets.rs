// SPDX-License-Identifier: Apache-2.0
//! The genesis states that come with the runtime: `development` and `local_testnet`.

use alloc::{vec, vec::Vec};

use frame_support::build_struct_json_patch;
use serde_json::Value;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_consensus_grandpa::AuthorityId as GrandpaId;
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

use crate::{
    slot_time::{
        pallet::DEFAULT_SLOT_DURATION_MS, pallet::SLOT_DURATION_MS_MIN, GenesisConfig as SlotTimeConfig,
    },
    AccountId, Balance, BalancesConfig, ReviveConfig, RuntimeGenesisConfig, SudoConfig, UNIT,
};

/// What each well-known account owns at genesis: a million tokens.
pub const ENDOWMENT: Balance = 1_000_000 * UNIT;

/// The accounts whose keys everybody knows: //Alice to //Ferdie and the stash of each.
pub fn well_known_accounts() -> Vec<AccountId> {
    Sr25519Keyring::well_known().map(|key| key.to_account_id()).collect()
}

/// The genesis of a chain whose authorities are `authorities` and where the well-known accounts are endowed
/// and mapped, so that they can use contracts at once.
fn testnet_genesis(authorities: Vec<(AuraId, GrandpaId)>, slot_duration_ms: u64) -> Value {
    let endowed = well_known_accounts();
    build_struct_json_patch!(RuntimeGenesisConfig {
        balances: BalancesConfig {
            balances: endowed.iter().cloned().map(|account| (account, ENDOWMENT)).collect::<Vec<_>>(),
        },
        aura: pallet_aura::GenesisConfig {
            authorities: authorities.iter().map(|(aura, _)| aura.clone()).collect::<Vec<_>>(),
        },
        grandpa: pallet_grandpa::GenesisConfig {
            authorities: authorities.iter().map(|(_, grandpa)| (grandpa.clone(), 1)).collect::<Vec<_>>(),
        },
        sudo: SudoConfig { key: Some(Sr25519Keyring::Alice.to_account_id()) },
        revive: ReviveConfig { mapped_accounts: endowed.clone() },
        slot_time: SlotTimeConfig { slot_duration_ms },
    })
}

/// The authority keys of a well-known account.
fn authority(aura: Sr25519Keyring, grandpa: Ed25519Keyring) -> (AuraId, GrandpaId) {
    (aura.public().into(), grandpa.public().into())
}

/// A chain for one developer: one authority, and slots as short as they may be because the node seals a block
/// whenever there is a transaction.
pub fn development_config_genesis() -> Value {
    testnet_genesis(vec![authority(Sr25519Keyring::Alice, Ed25519Keyring::Alice)], SLOT_DURATION_MS_MIN)
}

/// A chain of two validators on one machine, with the template's slots.
pub fn local_config_genesis() -> Value {
    testnet_genesis(
        vec![
            authority(Sr25519Keyring::Alice, Ed25519Keyring::Alice),
            authority(Sr25519Keyring::Bob, Ed25519Keyring::Bob),
        ],
        DEFAULT_SLOT_DURATION_MS,
    )
}

/// The preset called `id` as JSON, or `None` where there is none of that name.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
    let patch = match id.as_ref() {
        DEV_RUNTIME_PRESET => development_config_genesis(),
        LOCAL_TESTNET_RUNTIME_PRESET => local_config_genesis(),
        _ => return None,
    };
    serde_json::to_vec(&patch).ok()
}

/// The names that [`get_preset`] knows.
pub fn preset_names() -> Vec<PresetId> {
    vec![PresetId::from(DEV_RUNTIME_PRESET), PresetId::from(LOCAL_TESTNET_RUNTIME_PRESET)]
}
