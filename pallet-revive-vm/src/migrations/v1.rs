// SPDX-License-Identifier: Apache-2.0
//! Storage version 1: code records say which instruction set their blob was checked against, whether it exports `migrate`,
//! and how much there is to do to load it.
//!
//! All of that is read from the blob once more. A blob that the check refuses by now keeps its contracts running, as code that was
//! accepted always does: it gets the only instruction set that there was, and no migration entry.

use super::{PALLET_MIGRATIONS_ID, STORAGE_VERSION};
use crate::{
    code::{check, Checked},
    storage::{CodeInfo, LoadSize},
    CodeInfoOf, Config, Pallet, PristineCode, WeightInfo, LOG_TARGET,
};
use core::marker::PhantomData;
use frame_support::{
    migrations::{MigrationId, SteppedMigration, SteppedMigrationError},
    traits::{GetStorageVersion, StorageVersion},
    weights::WeightMeter,
};
use revive_vm_primitives::InstructionSet;
use sp_core::H256;

/// The layout of storage version 0.
mod old {
    use crate::{storage::BytecodeType, BalanceOf, Config, Pallet};
    use codec::{Decode, Encode};
    use frame_support::{storage_alias, Identity};
    use sp_core::H256;

    /// The record of a code.
    #[derive(Encode, Decode)]
    pub(super) struct CodeInfo<T: Config> {
        pub(super) owner: T::AccountId,
        #[codec(compact)]
        pub(super) deposit: BalanceOf<T>,
        #[codec(compact)]
        pub(super) refcount: u64,
        pub(super) code_len: u32,
        pub(super) code_type: BytecodeType,
        pub(super) behaviour_version: u32,
        pub(super) gas_model: u32,
    }

    /// The records. What those of the new layout have in addition is at their end, so that they read as old ones.
    #[storage_alias]
    pub(super) type CodeInfoOf<T: Config> = StorageMap<Pallet<T>, Identity, H256, CodeInfo<T>>;
}

/// From storage version 0 to 1.
#[derive(Debug)]
pub struct Migration<T>(PhantomData<T>);

impl<T: Config> SteppedMigration for Migration<T> {
    /// The code whose record was the last to be rewritten.
    type Cursor = H256;
    type Identifier = MigrationId<14>;

    fn id() -> Self::Identifier {
        MigrationId { pallet_id: *PALLET_MIGRATIONS_ID, version_from: 0, version_to: 1 }
    }

    fn step(
        mut cursor: Option<Self::Cursor>,
        meter: &mut WeightMeter,
    ) -> Result<Option<Self::Cursor>, SteppedMigrationError> {
        if Pallet::<T>::on_chain_storage_version() >= 1 {
            return Ok(None);
        }
        let mut first = true;
        loop {
            let mut keys = match cursor {
                None => old::CodeInfoOf::<T>::iter_keys(),
                Some(last) => {
                    old::CodeInfoOf::<T>::iter_keys_from(old::CodeInfoOf::<T>::hashed_key_for(last))
                }
            };
            let Some(code_hash) = keys.next() else {
                StorageVersion::new(1).put::<Pallet<T>>();
                return Ok(None);
            };
            let old = old::CodeInfoOf::<T>::get(code_hash);
            // Reading, checking and writing are what an upload of the same blob does.
            let required = T::WeightInfo::upload_code(old.as_ref().map_or(0, |old| old.code_len));
            if meter.try_consume(required).is_err() {
                return if first {
                    Err(SteppedMigrationError::InsufficientWeight { required })
                } else {
                    Ok(cursor)
                };
            }
            match old {
                Some(old) => CodeInfoOf::<T>::insert(code_hash, old.renewed(code_hash)),
                None => report(code_hash, "its record cannot be decoded and stays"),
            }
            cursor = Some(code_hash);
            first = false;
        }
    }

    #[cfg(feature = "try-runtime")]
    fn pre_upgrade() -> Result<alloc::vec::Vec<u8>, sp_runtime::TryRuntimeError> {
        Ok(codec::Encode::encode(&(old::CodeInfoOf::<T>::iter_keys().count() as u64)))
    }

    #[cfg(feature = "try-runtime")]
    fn post_upgrade(before: alloc::vec::Vec<u8>) -> Result<(), sp_runtime::TryRuntimeError> {
        let before = <u64 as codec::Decode>::decode(&mut &before[..])
            .map_err(|_| "the number of codes must be readable")?;
        frame_support::ensure!(
            CodeInfoOf::<T>::iter().count() as u64 == before,
            "every code record must be readable in the new layout"
        );
        crate::try_state::check::<T>()
    }
}

impl<T: Config> old::CodeInfo<T> {
    /// The record in the new layout, completed from the blob.
    fn renewed(self, code_hash: H256) -> CodeInfo<T> {
        let blob = PristineCode::<T>::get(code_hash).unwrap_or_default();
        let Checked { isa, exports_migrate, load } = check::<T>(&blob).unwrap_or_else(|refusal| {
            report(code_hash, core::str::from_utf8(&refusal.detail).unwrap_or("refused"));
            let load = LoadSize::at_most(self.code_len).twice();
            Checked { isa: InstructionSet::ReviveV1, exports_migrate: false, load }
        });
        let Self { owner, deposit, refcount, code_len, code_type, behaviour_version, gas_model } = self;
        CodeInfo {
            owner,
            deposit,
            refcount,
            code_len,
            code_type,
            behaviour_version,
            gas_model,
            isa: isa.version_byte(),
            exports_migrate,
            load,
        }
    }
}

fn report(code_hash: H256, what: &str) {
    log::error!(
        target: LOG_TARGET,
        "migration to storage version {:?}, code {code_hash:?}: {what}",
        STORAGE_VERSION
    );
}
