// SPDX-License-Identifier: Apache-2.0
//! Transactions of Alice.

use codec::Encode;
use revive_vm_runtime::{signed_payload, Hash, RuntimeCall, Signature, UncheckedExtrinsic};
use serde_json::json;
use sp_core::bytes::{from_hex, to_hex};
use sp_keyring::Sr25519Keyring;
use sp_runtime::generic::Era;

use super::Node;

/// `call`, signed by Alice and ready to submit.
pub(crate) fn signed(call: RuntimeCall, genesis: Hash, nonce: u32) -> String {
    let payload = signed_payload(call, nonce, genesis, Era::Immortal, genesis);
    let signature = payload.using_encoded(|bytes| Sr25519Keyring::Alice.sign(bytes));
    let (call, extension, _) = payload.deconstruct();
    let sender = Sr25519Keyring::Alice.to_account_id().into();
    let extrinsic = UncheckedExtrinsic::new_signed(call, sender, Signature::Sr25519(signature), extension);
    to_hex(&extrinsic.encode(), false)
}

/// The hash of the chain's first block.
pub(crate) fn genesis_hash(node: &Node) -> Hash {
    let hash = node.call("chain_getBlockHash", json!([0]));
    let bytes = from_hex(hash.as_str().expect("a hash is a string")).expect("a hash is hexadecimal");
    Hash::from_slice(&bytes)
}
