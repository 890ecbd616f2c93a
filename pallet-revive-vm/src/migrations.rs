// SPDX-License-Identifier: Apache-2.0
//! From the layout of an earlier version of the pallet to today's.
//!
//! The state of a chain with many contracts does not fit into the block of an upgrade, so migrations go in steps over as many
//! blocks as they need, driven by `pallet-migrations`. Each is a module `vN` that leads to storage version `N`, and knows
//! the old layout by itself: the types of the pallet move on. A runtime lists those that its chain still needs:
//!
//! ```ignore
//! type Migrations = (pallet_revive_vm::migrations::v1::Migration<Runtime>,);
//! ```
//!
//! While they run no transaction does, so that nothing meets records of two layouts. A step is idempotent: a record that is
//! of the new layout already stays as it is.

pub mod v1;

use frame_support::traits::StorageVersion;

/// The layout that the pallet has now. A change of any stored type raises it and comes with a migration; a variant that an enum gets at
/// its end does not, because what is stored reads as before.
pub const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

/// The name of the pallet in the identifiers of its migrations.
pub const PALLET_MIGRATIONS_ID: &[u8; 14] = b"revive-vm-mbms";
