// SPDX-License-Identifier: Apache-2.0
//! Minimal proxies (ERC-1167), so that libraries which clone contracts work unchanged.
//!
//! Solidity clones a contract by `create` or `create2` with 55 bytes of Ethereum's machine code, ready made but for one address.
//! Compiled for this machine, those bytes arrive where the hash of a code is expected. They are recognised, and a
//! [contract](BLOB) that does what they would do is made in their place: it delegates every call to that address. Its own
//! address is the one on Ethereum, which libraries compute in advance.
//!
//! The code belongs to the pallet's account, is stored when the first clone is made and goes with the last one. Nobody pays a
//! deposit for it, so that a clone costs no more than its record.

mod blob;

use crate::{
    code::{self, Checked},
    storage::LoadSize,
    CodeInfoOf, Config, Error, Event, Pallet,
};
use alloc::vec::Vec;
use revive_vm_primitives::InstructionSet;
use sp_core::{H160, H256};
use sp_io::hashing::keccak_256;

/// The contract: `minimal_proxy/proxy.txt`, assembled. Its constructor takes the twenty bytes of the address.
pub const BLOB: &[u8] = blob::BLOB;

/// The behaviour version that clones are bound to, whatever the chain or an uploader chooses: the blob was written for it.
const BEHAVIOUR_VERSION: u32 = 1;

/// The behaviour version of `blob`, if it is [`BLOB`]: anybody may upload that before the first clone is made.
pub(crate) fn behaviour_version(blob: &[u8]) -> Option<u32> {
    (blob == BLOB).then_some(BEHAVIOUR_VERSION)
}

/// What Ethereum's code has in front of the address.
const HEAD: &[u8; 20] = &[
    0x3d, 0x60, 0x2d, 0x80, 0x60, 0x0a, 0x3d, 0x39, 0x81, 0xf3, 0x36, 0x3d, 0x3d, 0x37, 0x3d, 0x3d, 0x3d,
    0x36, 0x3d, 0x73,
];

/// What it has behind the address.
const TAIL: &[u8; 15] =
    &[0x5a, 0xf4, 0x3d, 0x82, 0x80, 0x3e, 0x90, 0x3d, 0x91, 0x60, 0x2b, 0x57, 0xfd, 0x5b, 0xf3];

/// The address that a clone delegates to, if `creation_code` is that of a minimal proxy.
pub fn implementation(creation_code: &[u8]) -> Option<H160> {
    let rest = creation_code.strip_prefix(HEAD)?;
    let address = rest.strip_suffix(TAIL)?;
    (address.len() == 20).then(|| H160::from_slice(address))
}

/// The creation code of a minimal proxy that delegates to `implementation`.
pub fn creation_code(implementation: &H160) -> Vec<u8> {
    [HEAD, implementation.as_bytes(), TAIL].concat()
}

/// The hash of [`BLOB`]. Stores it if it is not there, for a weight that `charge` is asked for first.
pub(crate) fn ensure_stored<T: Config>(
    charge: impl FnOnce(u32) -> Result<(), Error<T>>,
) -> Result<H256, Error<T>> {
    let hash = H256(keccak_256(BLOB));
    if !CodeInfoOf::<T>::contains_key(hash) {
        charge(BLOB.len() as u32)?;
        // A test checks it.
        let checked = code::check::<T>(BLOB).unwrap_or(Checked {
            isa: InstructionSet::ReviveV1,
            exports_migrate: false,
            load: LoadSize::at_most(BLOB.len() as u32),
        });
        let (owner, deposit) = (Pallet::<T>::account_id(), Default::default());
        code::keep::<T>(hash, BLOB, checked, owner.clone(), deposit, BEHAVIOUR_VERSION);
        Pallet::<T>::emit(Event::CodeStored { code_hash: hash, deposit, owner });
    }
    Ok(hash)
}
