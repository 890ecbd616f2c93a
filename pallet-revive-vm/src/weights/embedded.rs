// SPDX-License-Identifier: Apache-2.0
//! What the benchmarks of the pallet measured. Written by a program: see `docs/decisions/0014-weights.md`.
//!
//! Steps and repeats of what was measured last: 8, 8. Processor: AMD EPYC.
//!
//! Command:
//! cargo xtask weights generate (runtime)

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(missing_docs)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What was measured, over the database weight of a chain.
pub struct Weights<T>(PhantomData<T>);

impl<T: frame_system::Config> super::Measured for Weights<T> {
    fn call() -> Weight {
        // At least 330_000 ps.
        Weight::from_parts(399_917_000, 18494)
            .saturating_add(T::DbWeight::get().reads_writes(7, 1))
    }
    // `i` was 0 to 16384.
    fn instantiate(i: u32, ) -> Weight {
        // At least 597_000 ps.
        Weight::from_parts(757_059_266, 20832)
            .saturating_add(Weight::from_parts(10_245, 0).saturating_mul(i.into()))
            .saturating_add(T::DbWeight::get().reads_writes(8, 4))
    }
    // `c` was 0 to 256000.
    // `i` was 0 to 16384.
    fn instantiate_with_code(c: u32, _i: u32, ) -> Weight {
        // At least 993_000 ps.
        Weight::from_parts(15_353_718_975, 23153)
            .saturating_add(Weight::from_parts(147_492, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(9, 7))
    }
    // `c` was 0 to 256000.
    fn upload_code(c: u32, ) -> Weight {
        // At least 149_000 ps.
        Weight::from_parts(352_691_666, 7793)
            .saturating_add(Weight::from_parts(22_659, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(3, 4))
    }
    fn remove_code() -> Weight {
        // At least 98_000 ps.
        Weight::from_parts(100_618_000, 8047)
            .saturating_add(T::DbWeight::get().reads_writes(3, 4))
    }
    fn set_code() -> Weight {
        // At least 127_000 ps.
        Weight::from_parts(129_051_000, 13485)
            .saturating_add(T::DbWeight::get().reads_writes(5, 6))
    }
    fn map_account() -> Weight {
        // At least 90_000 ps.
        Weight::from_parts(91_732_000, 5120)
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
    }
    fn unmap_account() -> Weight {
        // At least 81_000 ps.
        Weight::from_parts(83_596_000, 5233)
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
    }
    // `r` was 0 to 1000.
    fn host_answer(r: u32, ) -> Weight {
        // At least 136_000 ps.
        Weight::from_parts(145_870_266, 13359)
            .saturating_add(Weight::from_parts(54_504, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn host_constant(r: u32, ) -> Weight {
        // At least 138_000 ps.
        Weight::from_parts(158_262_133, 13393)
            .saturating_add(Weight::from_parts(47_762, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn host_input(r: u32, ) -> Weight {
        // At least 134_000 ps.
        Weight::from_parts(144_304_933, 13401)
            .saturating_add(Weight::from_parts(102_136, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_call_data_copy(r: u32, n: u32, ) -> Weight {
        // At least 141_000 ps.
        Weight::from_parts(141_504_000, 13394)
            .saturating_add(Weight::from_parts(936_432, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(7_756, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_keccak_256(r: u32, n: u32, ) -> Weight {
        // At least 137_000 ps.
        Weight::from_parts(137_467_000, 13413)
            .saturating_add(Weight::from_parts(31_038_741, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(158_684, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_call(r: u32, ) -> Weight {
        // At least 192_000 ps.
        Weight::from_parts(182_450_133, 13377)
            .saturating_add(Weight::from_parts(4_403_789, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_balance(r: u32, ) -> Weight {
        // At least 235_000 ps.
        Weight::from_parts(247_568_666, 16046)
            .saturating_add(Weight::from_parts(17_741_113, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `r` was 0 to 100.
    fn host_balance_of(r: u32, ) -> Weight {
        // At least 227_000 ps.
        Weight::from_parts(136_409_933, 13454)
            .saturating_add(Weight::from_parts(20_354_668, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    fn host_code_hash(r: u32, ) -> Weight {
        // At least 138_000 ps.
        Weight::from_parts(6_572_200, 13453)
            .saturating_add(Weight::from_parts(21_059_290, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    fn host_code_size(r: u32, ) -> Weight {
        // At least 260_000 ps.
        Weight::from_parts(247_216_066, 13385)
            .saturating_add(Weight::from_parts(11_114_232, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_block_hash(r: u32, ) -> Weight {
        // At least 203_000 ps.
        Weight::from_parts(213_452_666, 13428)
            .saturating_add(Weight::from_parts(9_945_177, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_block_author(r: u32, ) -> Weight {
        // At least 199_000 ps.
        Weight::from_parts(210_959_533, 13388)
            .saturating_add(Weight::from_parts(4_869_200, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 1 to 4096.
    fn host_get_immutable(r: u32, n: u32, ) -> Weight {
        // At least 235_000 ps.
        Weight::from_parts(235_209_000, 17610)
            .saturating_add(Weight::from_parts(11_420_379, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(86_341, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 1 to 4096.
    fn host_set_immutable(r: u32, _n: u32, ) -> Weight {
        // At least 504_000 ps.
        Weight::from_parts(798_340_427, 18406)
            .saturating_add(Weight::from_parts(16_751_553, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 4))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    fn host_get_storage(r: u32, n: u32, ) -> Weight {
        // At least 137_000 ps.
        Weight::from_parts(137_607_000, 22404)
            .saturating_add(Weight::from_parts(10_646_232, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(532_927, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    // `o` was 0 to 416.
    fn host_set_storage(r: u32, n: u32, _o: u32, ) -> Weight {
        // At least 251_000 ps.
        Weight::from_parts(944_559_604, 27599)
            .saturating_add(Weight::from_parts(10_920_647, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(601_864, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 4))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    fn host_get_transient(r: u32, n: u32, ) -> Weight {
        // At least 149_000 ps.
        Weight::from_parts(149_840_000, 13524)
            .saturating_add(Weight::from_parts(6_853_481, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(86_276, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    fn host_set_transient(r: u32, n: u32, ) -> Weight {
        // At least 145_000 ps.
        Weight::from_parts(46_015_775, 13432)
            .saturating_add(Weight::from_parts(9_088_517, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(405_266, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `t` was 0 to 4.
    // `n` was 0 to 16384.
    fn host_deposit_event(r: u32, _t: u32, n: u32, ) -> Weight {
        // At least 180_000 ps.
        Weight::from_parts(180_887_000, 13422)
            .saturating_add(Weight::from_parts(41_334_191, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(13_043, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_call_contract(r: u32, n: u32, ) -> Weight {
        // At least 228_000 ps.
        Weight::from_parts(228_056_000, 16396)
            .saturating_add(Weight::from_parts(116_773_855, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(9_811, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `r` was 0 to 10.
    fn host_call_value(r: u32, ) -> Weight {
        // At least 227_000 ps.
        Weight::from_parts(320_070_467, 19110)
            .saturating_add(Weight::from_parts(220_013_347, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 1))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_call_cloned(r: u32, n: u32, ) -> Weight {
        // At least 265_000 ps.
        Weight::from_parts(265_245_000, 16396)
            .saturating_add(Weight::from_parts(103_858_874, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(8_452, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `r` was 0 to 10.
    fn host_call_evicting(r: u32, ) -> Weight {
        // At least 220_000 ps.
        Weight::from_parts(239_050_658, 16412)
            .saturating_add(Weight::from_parts(819_725_890, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `r` was 0 to 10.
    fn host_call_refilling(r: u32, ) -> Weight {
        // At least 854_000 ps.
        Weight::from_parts(278_303_148, 23431)
            .saturating_add(Weight::from_parts(833_283_330, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `r` was 0 to 100.
    fn host_call_and_refilling(r: u32, ) -> Weight {
        // At least 812_000 ps.
        Weight::from_parts(707_413_933, 20396)
            .saturating_add(Weight::from_parts(20_008_825, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn host_delegate_call(r: u32, ) -> Weight {
        // At least 226_000 ps.
        Weight::from_parts(384_464_906, 16394)
            .saturating_add(Weight::from_parts(34_018_963, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_call_precompile(r: u32, n: u32, ) -> Weight {
        // At least 223_000 ps.
        Weight::from_parts(223_687_000, 13462)
            .saturating_add(Weight::from_parts(12_030_591, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(67_030, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_instantiate(r: u32, _n: u32, ) -> Weight {
        // At least 140_000 ps.
        Weight::from_parts(1_307_688_405, 16457)
            .saturating_add(Weight::from_parts(224_214_800, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 1))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1.
    fn host_terminate(r: u32, ) -> Weight {
        // At least 144_000 ps.
        Weight::from_parts(165_258_333, 13830)
            .saturating_add(Weight::from_parts(379_659_333, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(6u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(10u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1.
    fn host_set_code(r: u32, ) -> Weight {
        // At least 136_000 ps.
        Weight::from_parts(176_038_666, 13783)
            .saturating_add(Weight::from_parts(138_228_000, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(6u64.saturating_mul(r.into())))
    }
    // `n` was 0 to 16384.
    fn host_return(n: u32, ) -> Weight {
        // At least 128_000 ps.
        Weight::from_parts(143_774_466, 13327)
            .saturating_add(Weight::from_parts(1_940, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_ecdsa_to_eth_address(r: u32, ) -> Weight {
        // At least 135_000 ps.
        Weight::from_parts(57_783_866, 13407)
            .saturating_add(Weight::from_parts(19_129_864, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_sr25519_verify(r: u32, n: u32, ) -> Weight {
        // At least 211_000 ps.
        Weight::from_parts(211_084_000, 13423)
            .saturating_add(Weight::from_parts(95_294_986, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(21_970, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_blocks(c: u32, ) -> Weight {
        // At least 210_000 ps.
        Weight::from_parts(1_866_180_066, 301836)
            .saturating_add(Weight::from_parts(118_190, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_divisions(c: u32, ) -> Weight {
        // At least 184_000 ps.
        Weight::from_parts(177_297_333, 301450)
            .saturating_add(Weight::from_parts(84_422, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_host_calls(c: u32, ) -> Weight {
        // At least 196_000 ps.
        Weight::from_parts(1_594_572_599, 301858)
            .saturating_add(Weight::from_parts(170_993, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_memory(c: u32, ) -> Weight {
        // At least 126_000 ps.
        Weight::from_parts(126_035_000, 301482)
            .saturating_add(Weight::from_parts(77_564, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_units(c: u32, ) -> Weight {
        // At least 209_000 ps.
        Weight::from_parts(209_722_000, 301482)
            .saturating_add(Weight::from_parts(82_877, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_branches(c: u32, ) -> Weight {
        // At least 133_000 ps.
        Weight::from_parts(165_527_000, 292107)
            .saturating_add(Weight::from_parts(37_268, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_data(c: u32, ) -> Weight {
        // At least 221_000 ps.
        Weight::from_parts(235_458_533, 269282)
            .saturating_add(Weight::from_parts(1_006, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `p` was 1 to 28.
    fn touch_few_pages(p: u32, ) -> Weight {
        // At least 168_000 ps.
        Weight::from_parts(175_739_195, 13298)
            .saturating_add(Weight::from_parts(1_434_901, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `p` was 29 to 350.
    fn touch_many_pages(p: u32, ) -> Weight {
        // At least 201_000 ps.
        Weight::from_parts(180_441_136, 13298)
            .saturating_add(Weight::from_parts(1_538_286, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_again(c: u32, ) -> Weight {
        // At least 209_000 ps.
        Weight::from_parts(460_894_666, 301836)
            .saturating_add(Weight::from_parts(155_888, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    fn precompile_ecrecover() -> Weight {
        // At least 67_000 ps.
        Weight::from_parts(72_234_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_sha256(n: u32, ) -> Weight {
        // At least 18_000 ps.
        Weight::from_parts(15_585_933, 2617)
            .saturating_add(Weight::from_parts(3_013, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_ripemd160(n: u32, ) -> Weight {
        // At least 22_000 ps.
        Weight::from_parts(54_411_933, 2617)
            .saturating_add(Weight::from_parts(2_325, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_identity(n: u32, ) -> Weight {
        // At least 15_000 ps.
        Weight::from_parts(19_376_266, 2617)
            .saturating_add(Weight::from_parts(846, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_short() -> Weight {
        // At least 379_000 ps.
        Weight::from_parts(392_042_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_long() -> Weight {
        // At least 5_878_000 ps.
        Weight::from_parts(5_967_461_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_even() -> Weight {
        // At least 54_000 ps.
        Weight::from_parts(54_712_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_bn254_add() -> Weight {
        // At least 46_000 ps.
        Weight::from_parts(51_186_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_bn254_mul() -> Weight {
        // At least 704_000 ps.
        Weight::from_parts(749_650_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `p` was 0 to 4.
    fn precompile_bn254_pairing(p: u32, ) -> Weight {
        // At least 2_149_000 ps.
        Weight::from_parts(2_555_666_266, 2617)
            .saturating_add(Weight::from_parts(3_460_751_133, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 1000.
    fn precompile_blake2f(n: u32, ) -> Weight {
        // At least 24_000 ps.
        Weight::from_parts(51_265_533, 2617)
            .saturating_add(Weight::from_parts(6_047, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_p256_verify() -> Weight {
        // At least 2_972_000 ps.
        Weight::from_parts(2_980_915_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_blake2b(n: u32, ) -> Weight {
        // At least 22_000 ps.
        Weight::from_parts(26_950_200, 2617)
            .saturating_add(Weight::from_parts(1_418, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_system() -> Weight {
        // At least 25_000 ps.
        Weight::from_parts(31_970_000, 5177)
            .saturating_add(T::DbWeight::get().reads_writes(2, 0))
    }
    // `r` was 0 to 200.
    fn instr_additions(r: u32, ) -> Weight {
        // At least 191_000 ps.
        Weight::from_parts(197_742_050, 16405)
            .saturating_add(Weight::from_parts(1_488_494, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_multiplications(r: u32, ) -> Weight {
        // At least 242_000 ps.
        Weight::from_parts(321_996_065, 16405)
            .saturating_add(Weight::from_parts(11_785_180, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_divisions(r: u32, ) -> Weight {
        // At least 261_000 ps.
        Weight::from_parts(259_981_284, 16405)
            .saturating_add(Weight::from_parts(4_382_786, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_forwarding(r: u32, ) -> Weight {
        // At least 230_000 ps.
        Weight::from_parts(262_531_259, 18420)
            .saturating_add(Weight::from_parts(4_932_205, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_random_branches(r: u32, ) -> Weight {
        // At least 182_000 ps.
        Weight::from_parts(192_409_584, 15629)
            .saturating_add(Weight::from_parts(7_246_053, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_random_dynamic_jumps(r: u32, ) -> Weight {
        // At least 221_000 ps.
        Weight::from_parts(264_975_658, 16917)
            .saturating_add(Weight::from_parts(614_676, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_blocks(r: u32, ) -> Weight {
        // At least 518_000 ps.
        Weight::from_parts(576_268_004, 17946)
            .saturating_add(Weight::from_parts(13_556_426, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_immediates(r: u32, ) -> Weight {
        // At least 230_000 ps.
        Weight::from_parts(183_718_599, 21389)
            .saturating_add(Weight::from_parts(3_287_087, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_chased_loads(r: u32, ) -> Weight {
        // At least 315_000 ps.
        Weight::from_parts(365_899_289, 15424)
            .saturating_add(Weight::from_parts(5_192_971, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_scattered_loads(r: u32, ) -> Weight {
        // At least 365_000 ps.
        Weight::from_parts(499_633_350, 17977)
            .saturating_add(Weight::from_parts(1_640_122, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_scattered_stores(r: u32, ) -> Weight {
        // At least 247_000 ps.
        Weight::from_parts(403_879_174, 17800)
            .saturating_add(Weight::from_parts(3_046_183, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_copies(r: u32, ) -> Weight {
        // At least 245_000 ps.
        Weight::from_parts(265_970_330, 17970)
            .saturating_add(Weight::from_parts(3_508_988, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_near_branches(r: u32, ) -> Weight {
        // At least 412_000 ps.
        Weight::from_parts(468_266_810, 21410)
            .saturating_add(Weight::from_parts(6_456_368, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_near_dynamic_jumps(r: u32, ) -> Weight {
        // At least 338_000 ps.
        Weight::from_parts(348_453_260, 24930)
            .saturating_add(Weight::from_parts(13_351_688, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_wide_chased_pages(r: u32, ) -> Weight {
        // At least 311_000 ps.
        Weight::from_parts(317_721_525, 15423)
            .saturating_add(Weight::from_parts(6_258_905, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_wide_scattered_loads(r: u32, ) -> Weight {
        // At least 255_000 ps.
        Weight::from_parts(225_416_615, 18128)
            .saturating_add(Weight::from_parts(4_490_662, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_wide_scattered_stores(r: u32, ) -> Weight {
        // At least 252_000 ps.
        Weight::from_parts(271_367_745, 18070)
            .saturating_add(Weight::from_parts(4_690_452, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 20.
    fn instr_wide_dynamic_jumps(r: u32, ) -> Weight {
        // At least 2_089_000 ps.
        Weight::from_parts(2_356_138_625, 113133)
            .saturating_add(Weight::from_parts(136_380_256, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 20.
    fn instr_wide_branches(r: u32, ) -> Weight {
        // At least 1_432_000 ps.
        Weight::from_parts(1_500_314_268, 50221)
            .saturating_add(Weight::from_parts(51_138_387, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 20.
    fn instr_wide_comparisons(r: u32, ) -> Weight {
        // At least 1_054_000 ps.
        Weight::from_parts(1_385_714_378, 82477)
            .saturating_add(Weight::from_parts(10_697_084, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_far_chased_loads(r: u32, ) -> Weight {
        // At least 910_000 ps.
        Weight::from_parts(1_278_275_250, 15424)
            .saturating_add(Weight::from_parts(13_375_806, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_far_scattered_loads(r: u32, ) -> Weight {
        // At least 379_000 ps.
        Weight::from_parts(443_318_934, 17878)
            .saturating_add(Weight::from_parts(3_144_838, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_far_copies(r: u32, ) -> Weight {
        // At least 407_000 ps.
        Weight::from_parts(665_031_416, 17878)
            .saturating_add(Weight::from_parts(6_622_618, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_dynamic_jumps(r: u32, ) -> Weight {
        // At least 6_764_000 ps.
        Weight::from_parts(9_118_436_776, 383473)
            .saturating_add(Weight::from_parts(458_527_784, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_branches(r: u32, ) -> Weight {
        // At least 7_749_000 ps.
        Weight::from_parts(12_685_694_789, 243759)
            .saturating_add(Weight::from_parts(304_846_450, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_jumps(r: u32, ) -> Weight {
        // At least 4_595_000 ps.
        Weight::from_parts(5_228_090_500, 197667)
            .saturating_add(Weight::from_parts(564_500_398, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_comparisons(r: u32, ) -> Weight {
        // At least 7_696_000 ps.
        Weight::from_parts(13_224_776_197, 566407)
            .saturating_add(Weight::from_parts(115_895_991, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    fn on_idle_base() -> Weight {
        // At least 2_000 ps.
        Weight::from_parts(2_555_000, 2560)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `r` was 0 to 100.
    fn on_idle_entry(r: u32, ) -> Weight {
        // At least 2_000 ps.
        Weight::from_parts(2_794_133, 4673)
            .saturating_add(Weight::from_parts(18_845_777, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1000.
    fn on_idle_key(r: u32, ) -> Weight {
        // At least 19_000 ps.
        Weight::from_parts(19_366_000, 91898)
            .saturating_add(Weight::from_parts(2_445_462, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
}
