// SPDX-License-Identifier: Apache-2.0
//! Where things are.

use std::{
    env,
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    // Asked when it runs: checkouts that share a target folder share executables too. The manifest of this crate lies
    // one folder below the root.
    ROOT.get_or_init(|| {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let parent = Path::new(&manifest).parent().map(Path::to_path_buf);
        parent.expect("the crate is in a folder of the workspace")
    })
}

/// Where cargo builds: `CARGO_TARGET_DIR`, else `target` in the root.
pub(crate) fn target_dir() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// The binaries of the release profile.
pub(crate) fn release_binary(name: &str) -> PathBuf {
    target_dir().join("release").join(name)
}

/// Where `cargo xtask contracts` puts blobs and ABI files.
pub(crate) fn contracts_build() -> PathBuf {
    root().join("contracts/build")
}
