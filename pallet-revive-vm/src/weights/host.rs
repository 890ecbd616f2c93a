// SPDX-License-Identifier: Apache-2.0
//! What the benchmarks of the pallet measured. Written by a program: see `docs/decisions/0014-weights.md`.
//! Proofs are what was recorded and 2,560 bytes for each key, the depth that the trie of a chain has.
//!
//! Steps and repeats of what was measured last: 50, 20. Processor: AMD EPYC.
//!
//! Command:
//! revive-vm-node
//! benchmark
//! pallet
//! --runtime
//! target/release/wbuild/revive-vm-runtime/revive_vm_runtime.compact.wasm
//! --genesis-builder
//! none
//! --pallet
//! pallet_revive_vm
//! --extrinsic
//! *
//! --steps
//! 50
//! --repeat
//! 20
//! --template
//! benchmarking/weights/template.hbs
//! --output
//! pallet-revive-vm/src/weights/host.rs
//! --json-input
//! weights.json

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(missing_docs, clippy::identity_op)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What was measured, over the database weight of a chain.
pub struct Weights<T>(PhantomData<T>);

impl<T: frame_system::Config> super::Measured for Weights<T> {
    fn call() -> Weight {
        // At least 169_026_000 ps.
        Weight::from_parts(271_817_000, 6519 + 2_560 * 7)
            .saturating_add(T::DbWeight::get().reads_writes(7, 1))
    }
    // `i` was 0 to 16384.
    fn instantiate(i: u32, ) -> Weight {
        // At least 319_707_000 ps.
        Weight::from_parts(494_494_974, 6297 + 2_560 * 8)
            .saturating_add(Weight::from_parts(4_746, 0).saturating_mul(i.into()))
            .saturating_add(T::DbWeight::get().reads_writes(8, 4))
    }
    // `c` was 0 to 256000.
    // `i` was 0 to 16384.
    fn instantiate_with_code(c: u32, i: u32, ) -> Weight {
        // At least 949_763_000 ps.
        Weight::from_parts(985_631_000, 6053 + 2_560 * 9)
            .saturating_add(Weight::from_parts(116_829, 0).saturating_mul(c.into()))
            .saturating_add(Weight::from_parts(78_947, 0).saturating_mul(i.into()))
            .saturating_add(T::DbWeight::get().reads_writes(9, 7))
    }
    // `c` was 0 to 256000.
    fn upload_code(c: u32, ) -> Weight {
        // At least 148_898_000 ps.
        Weight::from_parts(216_400_029, 3578 + 2_560 * 3)
            .saturating_add(Weight::from_parts(25_571, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(3, 4))
    }
    fn remove_code() -> Weight {
        // At least 100_017_000 ps.
        Weight::from_parts(168_895_000, 3837 + 2_560 * 3)
            .saturating_add(T::DbWeight::get().reads_writes(3, 4))
    }
    fn set_code() -> Weight {
        // At least 130_755_000 ps.
        Weight::from_parts(232_314_000, 6635 + 2_560 * 5)
            .saturating_add(T::DbWeight::get().reads_writes(5, 6))
    }
    fn map_account() -> Weight {
        // At least 88_315_000 ps.
        Weight::from_parts(147_545_000, 3465 + 2_560 * 2)
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
    }
    fn unmap_account() -> Weight {
        // At least 80_410_000 ps.
        Weight::from_parts(144_300_000, 3578 + 2_560 * 2)
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
    }
    // `r` was 0 to 1000.
    fn host_answer(r: u32, ) -> Weight {
        // At least 77_545_000 ps.
        Weight::from_parts(117_147_389, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(16_900, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn host_constant(r: u32, ) -> Weight {
        // At least 80_040_000 ps.
        Weight::from_parts(126_552_425, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(22_770, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn host_input(r: u32, ) -> Weight {
        // At least 75_832_000 ps.
        Weight::from_parts(122_192_419, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(13_798, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_call_data_copy(r: u32, n: u32, ) -> Weight {
        // At least 78_296_000 ps.
        Weight::from_parts(69_176_843, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(223_600, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(5_097, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `n` was 0 to 16384.
    // `r` was 0 to 100.
    fn host_keccak_256(r: u32, n: u32, ) -> Weight {
        // At least 82_955_000 ps.
        Weight::from_parts(83_556_000, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(29_164_388, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(168_537, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_call(r: u32, ) -> Weight {
        // At least 74_288_000 ps.
        Weight::from_parts(246_933_781, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(3_086_342, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_balance(r: u32, ) -> Weight {
        // At least 69_700_000 ps.
        Weight::from_parts(234_053_814, 0 + 2_560 * 7)
            .saturating_add(Weight::from_parts(12_028_965, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 100.
    fn host_balance_of(r: u32, ) -> Weight {
        // At least 69_600_000 ps.
        Weight::from_parts(270_798_197, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(19_547_971, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    fn host_code_hash(r: u32, ) -> Weight {
        // At least 80_661_000 ps.
        Weight::from_parts(323_333_799, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(18_008_034, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    fn host_code_size(r: u32, ) -> Weight {
        // At least 70_741_000 ps.
        Weight::from_parts(235_273_347, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(10_670_888, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_block_hash(r: u32, ) -> Weight {
        // At least 77_074_000 ps.
        Weight::from_parts(329_844_499, 0 + 2_560 * 6)
            .saturating_add(Weight::from_parts(8_459_641, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `r` was 0 to 100.
    fn host_block_author(r: u32, ) -> Weight {
        // At least 67_355_000 ps.
        Weight::from_parts(259_939_490, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(2_528_808, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `n` was 1 to 4096.
    // `r` was 0 to 100.
    fn host_get_immutable(r: u32, n: u32, ) -> Weight {
        // At least 73_637_000 ps.
        Weight::from_parts(86_542_000, 0 + 2_560 * 6)
            .saturating_add(Weight::from_parts(12_017_516, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(133_682, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `n` was 1 to 4096.
    // `r` was 0 to 100.
    fn host_set_immutable(r: u32, n: u32, ) -> Weight {
        // At least 251_419_000 ps.
        Weight::from_parts(257_331_000, 0 + 2_560 * 7)
            .saturating_add(Weight::from_parts(17_348_895, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(133_982, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 5))
    }
    // `n` was 0 to 416.
    // `r` was 0 to 100.
    fn host_get_storage(r: u32, n: u32, ) -> Weight {
        // At least 81_642_000 ps.
        Weight::from_parts(97_784_584, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(12_179_981, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(499_077, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    // `o` was 0 to 416.
    // `n` was 0 to 416.
    fn host_set_storage(r: u32, n: u32, _o: u32, ) -> Weight {
        // At least 71_443_000 ps.
        Weight::from_parts(81_823_000, 0 + 2_560 * 6)
            .saturating_add(Weight::from_parts(18_840_951, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(255_418, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 2))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
    // `n` was 0 to 416.
    // `r` was 0 to 100.
    fn host_get_transient(r: u32, n: u32, ) -> Weight {
        // At least 111_118_000 ps.
        Weight::from_parts(36_186_771, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(7_108_380, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(510_806, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `n` was 0 to 416.
    // `r` was 0 to 100.
    fn host_set_transient(r: u32, n: u32, ) -> Weight {
        // At least 79_879_000 ps.
        Weight::from_parts(104_675_461, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(7_018_418, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(354_166, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `t` was 0 to 4.
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_deposit_event(r: u32, _t: u32, n: u32, ) -> Weight {
        // At least 74_669_000 ps.
        Weight::from_parts(120_181_213, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(28_879_271, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(6_839, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `n` was 0 to 16384.
    // `r` was 0 to 10.
    fn host_call_contract(r: u32, n: u32, ) -> Weight {
        // At least 90_800_000 ps.
        Weight::from_parts(151_763_000, 0 + 2_560 * 7)
            .saturating_add(Weight::from_parts(79_245_307, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(15_231, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 10.
    fn host_call_value(r: u32, ) -> Weight {
        // At least 86_101_000 ps.
        Weight::from_parts(184_913_092, 0 + 2_560 * 8)
            .saturating_add(Weight::from_parts(183_817_994, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(8, 1))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_call_cloned(r: u32, n: u32, ) -> Weight {
        // At least 127_388_000 ps.
        Weight::from_parts(190_425_000, 0 + 2_560 * 7)
            .saturating_add(Weight::from_parts(78_222_125, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(17_789, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 10.
    fn host_call_evicting(r: u32, ) -> Weight {
        // At least 173_013_000 ps.
        Weight::from_parts(276_609_429, 0 + 2_560 * 7)
            .saturating_add(Weight::from_parts(1_840_572_116, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 10.
    fn host_call_refilling(r: u32, ) -> Weight {
        // At least 180_297_000 ps.
        Weight::from_parts(326_278_407, 0 + 2_560 * 7)
            .saturating_add(Weight::from_parts(1_650_302_201, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 100.
    fn host_call_and_refilling(r: u32, ) -> Weight {
        // At least 78_476_000 ps.
        Weight::from_parts(361_571_322, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(14_174_472, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn host_delegate_call(r: u32, ) -> Weight {
        // At least 88_996_000 ps.
        Weight::from_parts(173_628_677, 0 + 2_560 * 7)
            .saturating_add(Weight::from_parts(66_912_414, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_call_precompile(r: u32, n: u32, ) -> Weight {
        // At least 83_086_000 ps.
        Weight::from_parts(97_261_000, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(16_106_563, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(62_310, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `n` was 0 to 16384.
    // `r` was 0 to 10.
    fn host_instantiate(r: u32, n: u32, ) -> Weight {
        // At least 86_521_000 ps.
        Weight::from_parts(89_688_000, 0 + 2_560 * 7)
            .saturating_add(Weight::from_parts(264_198_693, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(8_163, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 1))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1.
    fn host_terminate(r: u32, ) -> Weight {
        // At least 71_774_000 ps.
        Weight::from_parts(118_434_398, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(475_385_039, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(6u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(10u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1.
    fn host_set_code(r: u32, ) -> Weight {
        // At least 84_819_000 ps.
        Weight::from_parts(123_504_156, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(182_892_586, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(6u64.saturating_mul(r.into())))
    }
    // `n` was 0 to 16384.
    fn host_return(n: u32, ) -> Weight {
        // At least 74_930_000 ps.
        Weight::from_parts(124_704_847, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(326, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_ecdsa_to_eth_address(r: u32, ) -> Weight {
        // At least 82_965_000 ps.
        Weight::from_parts(228_503_944, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(21_141_512, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_sr25519_verify(r: u32, n: u32, ) -> Weight {
        // At least 74_519_000 ps.
        Weight::from_parts(84_508_000, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(118_478_856, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(19_003, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_blocks(c: u32, ) -> Weight {
        // At least 171_010_000 ps.
        Weight::from_parts(1_964_239_005, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(65_787, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_divisions(c: u32, ) -> Weight {
        // At least 340_314_000 ps.
        Weight::from_parts(370_405_654, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(103_846, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_host_calls(c: u32, ) -> Weight {
        // At least 178_323_000 ps.
        Weight::from_parts(276_997_000, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(96_124, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_memory(c: u32, ) -> Weight {
        // At least 248_914_000 ps.
        Weight::from_parts(633_877_301, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(24_783, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_units(c: u32, ) -> Weight {
        // At least 189_814_000 ps.
        Weight::from_parts(629_815_930, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(39_064, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_branches(c: u32, ) -> Weight {
        // At least 341_678_000 ps.
        Weight::from_parts(640_460_226, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(24_825, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_data(c: u32, ) -> Weight {
        // At least 170_168_000 ps.
        Weight::from_parts(299_896_928, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(5_602, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `p` was 1 to 27.
    fn touch_few_pages(_p: u32, ) -> Weight {
        // At least 67_776_000 ps.
        Weight::from_parts(100_683_407, 0 + 2_560 * 5)
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `p` was 29 to 350.
    fn touch_many_pages(p: u32, ) -> Weight {
        // At least 81_672_000 ps.
        Weight::from_parts(20_244_682, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(5_093_733, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_again(c: u32, ) -> Weight {
        // At least 75_801_000 ps.
        Weight::from_parts(71_208_053, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(788, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `c` was 0 to 28672.
    fn load_warm(r: u32, c: u32, ) -> Weight {
        // At least 2_358_062_000 ps.
        Weight::from_parts(3_251_600_000, 49942 + 2_560 * 53)
            .saturating_add(Weight::from_parts(2_579_092_860, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(167_998, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(53, 0))
    }
    fn precompile_ecrecover() -> Weight {
        // At least 49_562_000 ps.
        Weight::from_parts(55_834_000, 0 + 2_560 * 1)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_sha256(n: u32, ) -> Weight {
        // At least 14_327_000 ps.
        Weight::from_parts(18_485_954, 0 + 2_560 * 1)
            .saturating_add(Weight::from_parts(1_145, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_ripemd160(n: u32, ) -> Weight {
        // At least 13_776_000 ps.
        Weight::from_parts(17_262_681, 0 + 2_560 * 1)
            .saturating_add(Weight::from_parts(3_974, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_identity(n: u32, ) -> Weight {
        // At least 13_195_000 ps.
        Weight::from_parts(19_345_877, 0 + 2_560 * 1)
            .saturating_add(Weight::from_parts(488, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_short() -> Weight {
        // At least 233_296_000 ps.
        Weight::from_parts(281_416_000, 0 + 2_560 * 1)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_long() -> Weight {
        // At least 4_587_915_000 ps.
        Weight::from_parts(5_825_556_000, 0 + 2_560 * 1)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_even() -> Weight {
        // At least 33_232_000 ps.
        Weight::from_parts(58_399_000, 0 + 2_560 * 1)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_bn254_add() -> Weight {
        // At least 28_102_000 ps.
        Weight::from_parts(33_592_000, 0 + 2_560 * 1)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_bn254_mul() -> Weight {
        // At least 512_947_000 ps.
        Weight::from_parts(620_759_000, 0 + 2_560 * 1)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `p` was 0 to 4.
    fn precompile_bn254_pairing(p: u32, ) -> Weight {
        // At least 1_485_504_000 ps.
        Weight::from_parts(1_875_837_219, 0 + 2_560 * 1)
            .saturating_add(Weight::from_parts(2_684_128_096, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 1000.
    fn precompile_blake2f(n: u32, ) -> Weight {
        // At least 13_746_000 ps.
        Weight::from_parts(18_012_393, 0 + 2_560 * 1)
            .saturating_add(Weight::from_parts(30_056, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_p256_verify() -> Weight {
        // At least 1_796_764_000 ps.
        Weight::from_parts(1_984_074_000, 0 + 2_560 * 1)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_blake2b(n: u32, ) -> Weight {
        // At least 14_867_000 ps.
        Weight::from_parts(19_969_910, 0 + 2_560 * 1)
            .saturating_add(Weight::from_parts(1_341, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_system() -> Weight {
        // At least 17_032_000 ps.
        Weight::from_parts(19_667_000, 0 + 2_560 * 2)
            .saturating_add(T::DbWeight::get().reads_writes(2, 0))
    }
    // `r` was 0 to 2000.
    fn instr_additions(r: u32, ) -> Weight {
        // At least 80_560_000 ps.
        Weight::from_parts(130_974_822, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(282_181, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 500.
    fn instr_multiplications(r: u32, ) -> Weight {
        // At least 79_909_000 ps.
        Weight::from_parts(115_917_837, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(1_264_542, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_divisions(r: u32, ) -> Weight {
        // At least 91_741_000 ps.
        Weight::from_parts(130_609_027, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(3_627_866, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_forwarding(r: u32, ) -> Weight {
        // At least 80_811_000 ps.
        Weight::from_parts(113_857_139, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(3_795_692, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_random_branches(r: u32, ) -> Weight {
        // At least 82_624_000 ps.
        Weight::from_parts(127_983_933, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(1_192_062, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_random_dynamic_jumps(r: u32, ) -> Weight {
        // At least 87_234_000 ps.
        Weight::from_parts(133_488_371, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(477_306, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_blocks(r: u32, ) -> Weight {
        // At least 82_083_000 ps.
        Weight::from_parts(143_317_796, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(1_645_820, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 2000.
    fn instr_immediates(r: u32, ) -> Weight {
        // At least 81_412_000 ps.
        Weight::from_parts(136_698_782, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(261_499, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_chased_loads(r: u32, ) -> Weight {
        // At least 83_916_000 ps.
        Weight::from_parts(110_666_747, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(4_300_704, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_scattered_loads(r: u32, ) -> Weight {
        // At least 82_353_000 ps.
        Weight::from_parts(110_158_692, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(3_464_133, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_scattered_stores(r: u32, ) -> Weight {
        // At least 83_456_000 ps.
        Weight::from_parts(116_056_277, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(2_574_262, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_copies(r: u32, ) -> Weight {
        // At least 83_897_000 ps.
        Weight::from_parts(121_857_005, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(3_076_863, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_near_branches(r: u32, ) -> Weight {
        // At least 92_683_000 ps.
        Weight::from_parts(192_305_411, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(2_645_616, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_near_dynamic_jumps(r: u32, ) -> Weight {
        // At least 86_792_000 ps.
        Weight::from_parts(123_764_602, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(3_812_317, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_near_jumps(r: u32, ) -> Weight {
        // At least 87_944_000 ps.
        Weight::from_parts(234_629_143, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(5_585_290, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn instr_near_comparisons(r: u32, ) -> Weight {
        // At least 87_142_000 ps.
        Weight::from_parts(116_115_618, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(477_257, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_middle_branches(r: u32, ) -> Weight {
        // At least 89_016_000 ps.
        Weight::from_parts(165_279_702, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(6_715_540, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_middle_dynamic_jumps(r: u32, ) -> Weight {
        // At least 87_724_000 ps.
        Weight::from_parts(157_751_940, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(6_460_296, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_middle_jumps(r: u32, ) -> Weight {
        // At least 89_236_000 ps.
        Weight::from_parts(131_290_372, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(21_219_061, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_wide_chased_pages(r: u32, ) -> Weight {
        // At least 226_814_000 ps.
        Weight::from_parts(274_321_885, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(5_802_898, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_wide_scattered_loads(r: u32, ) -> Weight {
        // At least 83_817_000 ps.
        Weight::from_parts(425_443_682, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(7_174_092, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_wide_scattered_stores(r: u32, ) -> Weight {
        // At least 80_941_000 ps.
        Weight::from_parts(306_877_484, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(2_651_305, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 20.
    fn instr_wide_dynamic_jumps(r: u32, ) -> Weight {
        // At least 110_096_000 ps.
        Weight::from_parts(213_926_350, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(178_066_721, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 20.
    fn instr_wide_branches(r: u32, ) -> Weight {
        // At least 109_634_000 ps.
        Weight::from_parts(547_859_149, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(91_622_237, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_wide_comparisons(r: u32, ) -> Weight {
        // At least 132_378_000 ps.
        Weight::from_parts(228_027_683, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(3_785_233, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_far_chased_loads(r: u32, ) -> Weight {
        // At least 1_113_779_000 ps.
        Weight::from_parts(1_616_079_716, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(22_167_565, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_far_scattered_loads(r: u32, ) -> Weight {
        // At least 82_664_000 ps.
        Weight::from_parts(1_106_809_490, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(12_255_102, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_far_copies(r: u32, ) -> Weight {
        // At least 83_856_000 ps.
        Weight::from_parts(1_166_736_822, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(9_397_070, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_dynamic_jumps(r: u32, ) -> Weight {
        // At least 176_599_000 ps.
        Weight::from_parts(225_118_628, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(445_044_702, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_branches(r: u32, ) -> Weight {
        // At least 130_023_000 ps.
        Weight::from_parts(2_360_494_334, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(839_616_872, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_jumps(r: u32, ) -> Weight {
        // At least 138_098_000 ps.
        Weight::from_parts(1_933_797_530, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(759_175_574, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_comparisons(r: u32, ) -> Weight {
        // At least 222_946_000 ps.
        Weight::from_parts(709_008_069, 0 + 2_560 * 5)
            .saturating_add(Weight::from_parts(15_889_836, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    fn on_idle_base() -> Weight {
        // At least 1_303_000 ps.
        Weight::from_parts(1_713_000, 0 + 2_560 * 1)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `r` was 0 to 100.
    fn on_idle_entry(r: u32, ) -> Weight {
        // At least 1_353_000 ps.
        Weight::from_parts(1_502_000, 0 + 2_560 * 1)
            .saturating_add(Weight::from_parts(13_995_082, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 1))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1000.
    fn on_idle_key(r: u32, ) -> Weight {
        // At least 34_324_000 ps.
        Weight::from_parts(47_309_000, 0 + 2_560 * 2)
            .saturating_add(Weight::from_parts(2_183_368, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
}
