// SPDX-License-Identifier: Apache-2.0
//! Translations kept in a folder, so that a program that starts again need not make them again.
//!
//! Off unless asked for. What is in the folder decides nothing but how long it takes: a file is used only if its checksum is
//! right and all that the translation depends on is what is wanted, the guest's code compared byte by byte (I5). Everything else is
//! as if it were not there, and is written anew.
//!
//! What is kept is machine code, which runs behind the same walls as one just made. Still whoever may write to the folder may
//! change what contracts compute on this node, so folder and files must belong to this process's user, with nobody else
//! allowed to write. Parsing trusts nothing: every length is checked before it is used, and a file is read once, so it does
//! not matter who changes it meanwhile.
//!
//! Files are written under another name and renamed, so nobody ever sees half of one, and several processes can share the folder.

mod checksum;
mod file;
mod folder;
mod key;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use revive_vm_primitives::Code;
use revive_vm_recompiler::{Compiled, Config};

use crate::{config::ArtefactCacheConfig, engine::LOG_TARGET};
use folder::Folder;
use key::Dependencies;

/// How often a translation was there, was not, was there but could not be used, and could not be kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) rejected: u64,
    pub(crate) not_kept: u64,
}

/// See the module.
pub(crate) struct Artefacts {
    folder: Folder,
    hits: AtomicU64,
    misses: AtomicU64,
    rejected: AtomicU64,
    not_kept: AtomicU64,
}

impl Artefacts {
    /// Errors: the folder cannot be used, and why, as a clause.
    pub(crate) fn open(config: &ArtefactCacheConfig) -> Result<Self, String> {
        let folder = Folder::open(&config.folder, config.bytes_max)?;
        let [hits, misses, rejected, not_kept] = [const { AtomicU64::new(0) }; 4];
        Ok(Self { folder, hits, misses, rejected, not_kept })
    }

    /// The translation of `code`, which was parsed from `section`: the one that is kept, or what `make` makes, which is kept
    /// then.
    pub(crate) fn get_or_make(
        &self,
        code: &Code<'_>,
        section: &[u8],
        config: &Config,
        make: impl FnOnce() -> Compiled,
    ) -> Compiled {
        let dependencies = Dependencies::of(code.isa(), config, section);
        let name = dependencies.name();
        let count = match self.folder.read(&name) {
            Ok(None) => &self.misses,
            Ok(Some(bytes)) => match file::parse(&dependencies, code, &bytes) {
                Ok(compiled) => {
                    self.hits.fetch_add(1, Relaxed);
                    return compiled;
                }
                Err(why) => self.reject(&name, why),
            },
            Err(why) => self.reject(&name, &why),
        };
        count.fetch_add(1, Relaxed);
        let compiled = make();
        if let Err(why) = self.folder.write(&name, &file::encode(&dependencies, &compiled.to_bytes())) {
            // Whoever pays for contracts decides how often this comes, so once is loud and the others are counted.
            let level = match self.not_kept.fetch_add(1, Relaxed) {
                0 => log::Level::Warn,
                _ => log::Level::Debug,
            };
            log::log!(
                target: LOG_TARGET,
                level,
                "a translation is not kept on disk, and is made again after the next start: {why}; later failures are only counted"
            );
        }
        compiled
    }

    fn reject(&self, name: &str, why: &str) -> &AtomicU64 {
        log::warn!(target: LOG_TARGET, "the kept translation {name} is not used and is made anew: {why}");
        &self.rejected
    }

    pub(crate) fn counts(&self) -> Counts {
        let [hits, misses, rejected, not_kept] =
            [&self.hits, &self.misses, &self.rejected, &self.not_kept].map(|count| count.load(Relaxed));
        Counts { hits, misses, rejected, not_kept }
    }
}
