// SPDX-License-Identifier: Apache-2.0
//! Transactions of Alice.

use codec::Encode;
use revive_vm_runtime::{
    Hash, RuntimeCall, Signature, SignedPayload, TxExtension, UncheckedExtrinsic, VERSION,
};
use serde_json::json;
use sp_core::bytes::{from_hex, to_hex};
use sp_keyring::Sr25519Keyring;
use sp_runtime::generic::Era;

use super::Node;

/// `call`, signed by Alice and ready to submit.
pub(crate) fn signed(call: RuntimeCall, genesis: Hash, nonce: u32) -> String {
    let extension: TxExtension = (
        frame_system::AuthorizeCall::new(),
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(Era::Immortal),
        frame_system::CheckNonce::from(nonce),
        frame_system::CheckWeight::new(),
        pallet_transaction_payment::ChargeTransactionPayment::from(0),
        frame_metadata_hash_extension::CheckMetadataHash::new(false),
        frame_system::WeightReclaim::new(),
    );
    let versions = (VERSION.spec_version, VERSION.transaction_version);
    let implicit = ((), (), versions.0, versions.1, genesis, genesis, (), (), (), None, ());
    let payload = SignedPayload::from_raw(call.clone(), extension.clone(), implicit);
    let signature = payload.using_encoded(|bytes| Sr25519Keyring::Alice.sign(bytes));
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
