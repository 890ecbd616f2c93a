// SPDX-License-Identifier: Apache-2.0
//! How long a slot of this chain is, decided once, at genesis.
//!
//! Aura gives one block to each slot. The template fixes the slot at six seconds in the runtime's code. A
//! development chain makes a block as soon as there is a transaction; with six-second slots its clock would run
//! away from the real one by six seconds per block. So the duration is a genesis value: a development chain gets
//! slots short enough that the next one has nearly always begun, and no rule of Aura is loosened for it.
//!
//! It has no dispatchables and never changes after genesis, because Aura derives slot numbers from it.

// The pallet's macros write paths in full.
#![allow(unused_qualifications)]

use frame_support::traits::Get;

pub use pallet::*;

/// The pallet that stores the slot duration.
#[frame_support::pallet]
pub mod pallet {
    use frame_support::pallet_prelude::*;

    /// Slot duration of a chain whose genesis names none, in milliseconds.
    pub const DEFAULT_SLOT_DURATION_MS: u64 = 6_000;

    /// The shortest slot, in milliseconds: two, so that half of it, the minimum time between blocks, is not zero.
    pub const SLOT_DURATION_MS_MIN: u64 = 2;

    /// See the module's documentation.
    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// Needs nothing from the runtime.
    #[pallet::config]
    pub trait Config: frame_system::Config {}

    /// [`DEFAULT_SLOT_DURATION_MS`] as the storage's default.
    #[pallet::type_value]
    pub fn DefaultSlotDuration<T: Config>() -> u64 {
        DEFAULT_SLOT_DURATION_MS
    }

    /// Slot duration in milliseconds.
    #[pallet::storage]
    pub type SlotDuration<T: Config> = StorageValue<_, u64, ValueQuery, DefaultSlotDuration<T>>;

    /// The chain specification's part for this pallet.
    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// Slot duration in milliseconds, at least [`SLOT_DURATION_MS_MIN`] and even.
        pub slot_duration_ms: u64,
        #[doc(hidden)]
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            Self { slot_duration_ms: DEFAULT_SLOT_DURATION_MS, _config: Default::default() }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            assert!(
                self.slot_duration_ms >= SLOT_DURATION_MS_MIN && self.slot_duration_ms.is_multiple_of(2),
                "slotTime.slotDurationMs is {}; it must be even and at least {SLOT_DURATION_MS_MIN}",
                self.slot_duration_ms,
            );
            SlotDuration::<T>::put(self.slot_duration_ms);
        }
    }
}

/// Half of a slot, in milliseconds: the least time between the timestamps of two blocks.
///
/// Aura takes twice this as its slot duration (`pallet_aura::MinimumPeriodTimesTwo`), so the two cannot disagree.
pub struct HalfSlot<T>(core::marker::PhantomData<T>);

impl<T: Config> Get<u64> for HalfSlot<T> {
    fn get() -> u64 {
        SlotDuration::<T>::get() / 2
    }
}
