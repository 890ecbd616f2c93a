// SPDX-License-Identifier: Apache-2.0
//! What the benchmarks of the pallet measured. Written by a program: see `docs/decisions/0014-weights.md`.
//!
//! Steps and repeats of what was measured last: 50, 20. Processor: AMD EPYC.
//!
//! Command:
//! cargo xtask weights generate (node)

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(missing_docs)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What was measured, over the database weight of a chain.
pub struct Weights<T>(PhantomData<T>);

impl<T: frame_system::Config> super::Measured for Weights<T> {
    fn call() -> Weight {
        // At least 162_000 ps.
        Weight::from_parts(299_529_000, 18494)
            .saturating_add(T::DbWeight::get().reads_writes(7, 1))
    }
    // `i` was 0 to 16384.
    fn instantiate(i: u32, ) -> Weight {
        // At least 322_000 ps.
        Weight::from_parts(466_111_297, 20832)
            .saturating_add(Weight::from_parts(10_275, 0).saturating_mul(i.into()))
            .saturating_add(T::DbWeight::get().reads_writes(8, 4))
    }
    // `c` was 0 to 256000.
    // `i` was 0 to 16384.
    fn instantiate_with_code(c: u32, i: u32, ) -> Weight {
        // At least 1_004_000 ps.
        Weight::from_parts(1_226_886_000, 23153)
            .saturating_add(Weight::from_parts(110_397, 0).saturating_mul(c.into()))
            .saturating_add(Weight::from_parts(44_988, 0).saturating_mul(i.into()))
            .saturating_add(T::DbWeight::get().reads_writes(9, 7))
    }
    // `c` was 0 to 256000.
    fn upload_code(c: u32, ) -> Weight {
        // At least 145_000 ps.
        Weight::from_parts(667_133_958, 7793)
            .saturating_add(Weight::from_parts(23_421, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(3, 4))
    }
    fn remove_code() -> Weight {
        // At least 96_000 ps.
        Weight::from_parts(98_344_000, 8047)
            .saturating_add(T::DbWeight::get().reads_writes(3, 4))
    }
    fn set_code() -> Weight {
        // At least 124_000 ps.
        Weight::from_parts(195_375_000, 13485)
            .saturating_add(T::DbWeight::get().reads_writes(5, 6))
    }
    fn map_account() -> Weight {
        // At least 88_000 ps.
        Weight::from_parts(89_668_000, 5120)
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
    }
    fn unmap_account() -> Weight {
        // At least 79_000 ps.
        Weight::from_parts(80_319_000, 5233)
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
    }
    // `r` was 0 to 1000.
    fn host_answer(r: u32, ) -> Weight {
        // At least 67_000 ps.
        Weight::from_parts(89_927_674, 13359)
            .saturating_add(Weight::from_parts(22_661, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn host_constant(_r: u32, ) -> Weight {
        // At least 76_000 ps.
        Weight::from_parts(139_938_848, 13393)
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn host_input(_r: u32, ) -> Weight {
        // At least 80_000 ps.
        Weight::from_parts(157_199_146, 13401)
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_call_data_copy(r: u32, n: u32, ) -> Weight {
        // At least 77_000 ps.
        Weight::from_parts(56_845_288, 13394)
            .saturating_add(Weight::from_parts(215_874, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(4_358, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_keccak_256(r: u32, n: u32, ) -> Weight {
        // At least 100_000 ps.
        Weight::from_parts(104_725_000, 13413)
            .saturating_add(Weight::from_parts(24_856_346, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(148_663, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_call(r: u32, ) -> Weight {
        // At least 74_000 ps.
        Weight::from_parts(192_041_345, 13377)
            .saturating_add(Weight::from_parts(2_173_085, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_balance(r: u32, ) -> Weight {
        // At least 62_000 ps.
        Weight::from_parts(409_138_419, 18606)
            .saturating_add(Weight::from_parts(10_104_284, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 100.
    fn host_balance_of(r: u32, ) -> Weight {
        // At least 57_000 ps.
        Weight::from_parts(72_044_000, 13454)
            .saturating_add(Weight::from_parts(15_623_270, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    fn host_code_hash(r: u32, ) -> Weight {
        // At least 62_000 ps.
        Weight::from_parts(115_389_218, 13453)
            .saturating_add(Weight::from_parts(15_138_444, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    fn host_code_size(r: u32, ) -> Weight {
        // At least 73_000 ps.
        Weight::from_parts(99_321_029, 13385)
            .saturating_add(Weight::from_parts(9_855_045, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_block_hash(r: u32, ) -> Weight {
        // At least 77_000 ps.
        Weight::from_parts(321_467_786, 15988)
            .saturating_add(Weight::from_parts(7_824_187, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `r` was 0 to 100.
    fn host_block_author(r: u32, ) -> Weight {
        // At least 58_000 ps.
        Weight::from_parts(99_894_435, 13388)
            .saturating_add(Weight::from_parts(4_414_000, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 1 to 4096.
    fn host_get_immutable(r: u32, n: u32, ) -> Weight {
        // At least 59_000 ps.
        Weight::from_parts(75_060_000, 20170)
            .saturating_add(Weight::from_parts(13_990_308, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(101_943, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `r` was 0 to 100.
    // `n` was 1 to 4096.
    fn host_set_immutable(r: u32, n: u32, ) -> Weight {
        // At least 430_000 ps.
        Weight::from_parts(37_165_561, 18406)
            .saturating_add(Weight::from_parts(23_536_775, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(114_191, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 5))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    fn host_get_storage(r: u32, n: u32, ) -> Weight {
        // At least 57_000 ps.
        Weight::from_parts(59_501_000, 22404)
            .saturating_add(Weight::from_parts(13_872_836, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(511_774, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    // `o` was 0 to 416.
    fn host_set_storage(r: u32, n: u32, _o: u32, ) -> Weight {
        // At least 109_000 ps.
        Weight::from_parts(531_616_058, 25134)
            .saturating_add(Weight::from_parts(17_101_507, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(371_243, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 2))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    fn host_get_transient(r: u32, n: u32, ) -> Weight {
        // At least 69_000 ps.
        Weight::from_parts(39_576_611, 13524)
            .saturating_add(Weight::from_parts(7_068_029, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(110_461, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    fn host_set_transient(r: u32, n: u32, ) -> Weight {
        // At least 109_000 ps.
        Weight::from_parts(117_719_000, 13432)
            .saturating_add(Weight::from_parts(5_693_261, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(435_878, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `t` was 0 to 4.
    // `n` was 0 to 16384.
    fn host_deposit_event(r: u32, _t: u32, n: u32, ) -> Weight {
        // At least 71_000 ps.
        Weight::from_parts(20_876_695, 13422)
            .saturating_add(Weight::from_parts(40_085_755, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(9_154, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_call_contract(r: u32, n: u32, ) -> Weight {
        // At least 177_000 ps.
        Weight::from_parts(228_036_201, 18956)
            .saturating_add(Weight::from_parts(69_620_009, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(5_730, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 10.
    fn host_call_value(r: u32, ) -> Weight {
        // At least 112_000 ps.
        Weight::from_parts(256_019_590, 21670)
            .saturating_add(Weight::from_parts(118_345_567, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(8, 1))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_call_cloned(r: u32, n: u32, ) -> Weight {
        // At least 114_000 ps.
        Weight::from_parts(122_829_000, 18956)
            .saturating_add(Weight::from_parts(61_416_861, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(16_081, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 10.
    fn host_call_evicting(r: u32, ) -> Weight {
        // At least 160_000 ps.
        Weight::from_parts(169_116_000, 18972)
            .saturating_add(Weight::from_parts(1_614_800_212, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 10.
    fn host_call_refilling(r: u32, ) -> Weight {
        // At least 154_000 ps.
        Weight::from_parts(313_624_540, 25991)
            .saturating_add(Weight::from_parts(1_272_777_688, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 100.
    fn host_call_and_refilling(r: u32, ) -> Weight {
        // At least 79_000 ps.
        Weight::from_parts(443_709_018, 20396)
            .saturating_add(Weight::from_parts(12_488_260, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn host_delegate_call(r: u32, ) -> Weight {
        // At least 138_000 ps.
        Weight::from_parts(71_019_390, 18954)
            .saturating_add(Weight::from_parts(84_563_134, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_call_precompile(r: u32, n: u32, ) -> Weight {
        // At least 108_000 ps.
        Weight::from_parts(140_663_000, 13462)
            .saturating_add(Weight::from_parts(14_907_668, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(58_781, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_instantiate(r: u32, n: u32, ) -> Weight {
        // At least 111_000 ps.
        Weight::from_parts(361_244_197, 19066)
            .saturating_add(Weight::from_parts(292_789_733, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(2_281, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 1))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1.
    fn host_terminate(r: u32, ) -> Weight {
        // At least 79_000 ps.
        Weight::from_parts(89_623_500, 13830)
            .saturating_add(Weight::from_parts(406_779_200, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(6u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(10u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1.
    fn host_set_code(r: u32, ) -> Weight {
        // At least 111_000 ps.
        Weight::from_parts(116_568_600, 13783)
            .saturating_add(Weight::from_parts(254_113_400, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(6u64.saturating_mul(r.into())))
    }
    // `n` was 0 to 16384.
    fn host_return(_n: u32, ) -> Weight {
        // At least 79_000 ps.
        Weight::from_parts(121_455_297, 13327)
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_ecdsa_to_eth_address(r: u32, ) -> Weight {
        // At least 113_000 ps.
        Weight::from_parts(214_100_411, 13407)
            .saturating_add(Weight::from_parts(24_044_770, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_sr25519_verify(r: u32, n: u32, ) -> Weight {
        // At least 82_000 ps.
        Weight::from_parts(133_800_000, 13423)
            .saturating_add(Weight::from_parts(102_385_065, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(32_615, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_blocks(c: u32, ) -> Weight {
        // At least 158_000 ps.
        Weight::from_parts(164_407_000, 301836)
            .saturating_add(Weight::from_parts(85_305, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_divisions(c: u32, ) -> Weight {
        // At least 211_000 ps.
        Weight::from_parts(849_767_108, 301450)
            .saturating_add(Weight::from_parts(83_558, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_host_calls(c: u32, ) -> Weight {
        // At least 242_000 ps.
        Weight::from_parts(386_254_579, 301858)
            .saturating_add(Weight::from_parts(94_428, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_memory(c: u32, ) -> Weight {
        // At least 165_000 ps.
        Weight::from_parts(287_197_357, 301482)
            .saturating_add(Weight::from_parts(26_314, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_units(c: u32, ) -> Weight {
        // At least 215_000 ps.
        Weight::from_parts(125_430_616, 301482)
            .saturating_add(Weight::from_parts(41_206, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_branches(c: u32, ) -> Weight {
        // At least 169_000 ps.
        Weight::from_parts(492_539_385, 292107)
            .saturating_add(Weight::from_parts(26_974, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_data(c: u32, ) -> Weight {
        // At least 226_000 ps.
        Weight::from_parts(324_281_964, 269282)
            .saturating_add(Weight::from_parts(6_045, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `p` was 1 to 28.
    fn touch_few_pages(_p: u32, ) -> Weight {
        // At least 72_000 ps.
        Weight::from_parts(122_226_860, 13298)
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `p` was 29 to 350.
    fn touch_many_pages(p: u32, ) -> Weight {
        // At least 78_000 ps.
        Weight::from_parts(103_089_663, 13298)
            .saturating_add(Weight::from_parts(5_297_970, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_again(c: u32, ) -> Weight {
        // At least 70_000 ps.
        Weight::from_parts(124_645_365, 301836)
            .saturating_add(Weight::from_parts(173, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    fn precompile_ecrecover() -> Weight {
        // At least 46_000 ps.
        Weight::from_parts(47_438_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_sha256(n: u32, ) -> Weight {
        // At least 11_000 ps.
        Weight::from_parts(22_293_283, 2617)
            .saturating_add(Weight::from_parts(1_239, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_ripemd160(n: u32, ) -> Weight {
        // At least 18_000 ps.
        Weight::from_parts(19_999_081, 2617)
            .saturating_add(Weight::from_parts(4_020, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_identity(n: u32, ) -> Weight {
        // At least 15_000 ps.
        Weight::from_parts(23_299_698, 2617)
            .saturating_add(Weight::from_parts(603, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_short() -> Weight {
        // At least 379_000 ps.
        Weight::from_parts(394_306_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_long() -> Weight {
        // At least 5_826_000 ps.
        Weight::from_parts(6_673_439_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_even() -> Weight {
        // At least 56_000 ps.
        Weight::from_parts(61_114_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_bn254_add() -> Weight {
        // At least 39_000 ps.
        Weight::from_parts(42_760_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_bn254_mul() -> Weight {
        // At least 789_000 ps.
        Weight::from_parts(798_511_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `p` was 0 to 4.
    fn precompile_bn254_pairing(p: u32, ) -> Weight {
        // At least 1_962_000 ps.
        Weight::from_parts(3_629_915_620, 2617)
            .saturating_add(Weight::from_parts(2_053_966_720, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 1000.
    fn precompile_blake2f(n: u32, ) -> Weight {
        // At least 12_000 ps.
        Weight::from_parts(11_613_675, 2617)
            .saturating_add(Weight::from_parts(44_162, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_p256_verify() -> Weight {
        // At least 1_823_000 ps.
        Weight::from_parts(2_516_268_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_blake2b(n: u32, ) -> Weight {
        // At least 12_000 ps.
        Weight::from_parts(23_548_336, 2617)
            .saturating_add(Weight::from_parts(1_250, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_system() -> Weight {
        // At least 15_000 ps.
        Weight::from_parts(18_866_000, 5177)
            .saturating_add(T::DbWeight::get().reads_writes(2, 0))
    }
    // `r` was 0 to 2000.
    fn instr_additions(r: u32, ) -> Weight {
        // At least 75_000 ps.
        Weight::from_parts(110_986_108, 16405)
            .saturating_add(Weight::from_parts(293_316, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 500.
    fn instr_multiplications(r: u32, ) -> Weight {
        // At least 71_000 ps.
        Weight::from_parts(104_558_676, 16405)
            .saturating_add(Weight::from_parts(1_262_744, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_divisions(r: u32, ) -> Weight {
        // At least 111_000 ps.
        Weight::from_parts(115_862_399, 16405)
            .saturating_add(Weight::from_parts(3_541_511, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_forwarding(r: u32, ) -> Weight {
        // At least 71_000 ps.
        Weight::from_parts(105_174_942, 18420)
            .saturating_add(Weight::from_parts(3_790_398, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_random_branches(r: u32, ) -> Weight {
        // At least 75_000 ps.
        Weight::from_parts(85_169_890, 15629)
            .saturating_add(Weight::from_parts(1_196_363, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_random_dynamic_jumps(r: u32, ) -> Weight {
        // At least 77_000 ps.
        Weight::from_parts(111_080_531, 16917)
            .saturating_add(Weight::from_parts(497_269, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_blocks(r: u32, ) -> Weight {
        // At least 84_000 ps.
        Weight::from_parts(106_994_506, 17946)
            .saturating_add(Weight::from_parts(1_843_713, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 2000.
    fn instr_immediates(r: u32, ) -> Weight {
        // At least 114_000 ps.
        Weight::from_parts(170_465_894, 23414)
            .saturating_add(Weight::from_parts(273_277, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_chased_loads(r: u32, ) -> Weight {
        // At least 77_000 ps.
        Weight::from_parts(113_298_357, 15424)
            .saturating_add(Weight::from_parts(4_420_146, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_scattered_loads(r: u32, ) -> Weight {
        // At least 63_000 ps.
        Weight::from_parts(68_989_146, 17977)
            .saturating_add(Weight::from_parts(3_509_022, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_scattered_stores(r: u32, ) -> Weight {
        // At least 89_000 ps.
        Weight::from_parts(135_140_651, 17800)
            .saturating_add(Weight::from_parts(2_456_743, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_copies(r: u32, ) -> Weight {
        // At least 78_000 ps.
        Weight::from_parts(115_531_134, 17970)
            .saturating_add(Weight::from_parts(3_053_169, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_near_branches(r: u32, ) -> Weight {
        // At least 114_000 ps.
        Weight::from_parts(167_189_583, 23430)
            .saturating_add(Weight::from_parts(3_315_539, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_near_dynamic_jumps(r: u32, ) -> Weight {
        // At least 92_000 ps.
        Weight::from_parts(125_327_047, 27842)
            .saturating_add(Weight::from_parts(3_752_316, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_near_jumps(r: u32, ) -> Weight {
        // At least 120_000 ps.
        Weight::from_parts(276_777_151, 23414)
            .saturating_add(Weight::from_parts(7_437_992, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn instr_near_comparisons(r: u32, ) -> Weight {
        // At least 73_000 ps.
        Weight::from_parts(135_958_581, 23413)
            .saturating_add(Weight::from_parts(371_453, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_middle_branches(r: u32, ) -> Weight {
        // At least 124_000 ps.
        Weight::from_parts(137_640_783, 26883)
            .saturating_add(Weight::from_parts(7_200_546, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_middle_dynamic_jumps(r: u32, ) -> Weight {
        // At least 80_000 ps.
        Weight::from_parts(228_907_521, 32842)
            .saturating_add(Weight::from_parts(6_975_820, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_middle_jumps(r: u32, ) -> Weight {
        // At least 82_000 ps.
        Weight::from_parts(140_804_664, 26870)
            .saturating_add(Weight::from_parts(22_735_382, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_wide_chased_pages(r: u32, ) -> Weight {
        // At least 257_000 ps.
        Weight::from_parts(275_870_466, 15423)
            .saturating_add(Weight::from_parts(6_130_908, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_wide_scattered_loads(r: u32, ) -> Weight {
        // At least 72_000 ps.
        Weight::from_parts(364_987_072, 18128)
            .saturating_add(Weight::from_parts(7_652_718, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_wide_scattered_stores(r: u32, ) -> Weight {
        // At least 126_000 ps.
        Weight::from_parts(407_586_030, 18070)
            .saturating_add(Weight::from_parts(2_596_975, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 20.
    fn instr_wide_dynamic_jumps(r: u32, ) -> Weight {
        // At least 109_000 ps.
        Weight::from_parts(190_142_047, 113133)
            .saturating_add(Weight::from_parts(197_741_021, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 20.
    fn instr_wide_branches(r: u32, ) -> Weight {
        // At least 118_000 ps.
        Weight::from_parts(591_172_151, 50221)
            .saturating_add(Weight::from_parts(88_412_876, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_wide_comparisons(r: u32, ) -> Weight {
        // At least 135_000 ps.
        Weight::from_parts(213_405_852, 82477)
            .saturating_add(Weight::from_parts(3_479_315, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_far_chased_loads(r: u32, ) -> Weight {
        // At least 1_295_000 ps.
        Weight::from_parts(1_680_276_431, 15424)
            .saturating_add(Weight::from_parts(20_996_767, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_far_scattered_loads(r: u32, ) -> Weight {
        // At least 72_000 ps.
        Weight::from_parts(1_032_075_225, 17878)
            .saturating_add(Weight::from_parts(11_971_894, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_far_copies(r: u32, ) -> Weight {
        // At least 119_000 ps.
        Weight::from_parts(1_115_991_459, 17878)
            .saturating_add(Weight::from_parts(9_127_667, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_dynamic_jumps(r: u32, ) -> Weight {
        // At least 156_000 ps.
        Weight::from_parts(208_414_959, 383473)
            .saturating_add(Weight::from_parts(421_583_522, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_branches(r: u32, ) -> Weight {
        // At least 121_000 ps.
        Weight::from_parts(1_621_952_954, 243759)
            .saturating_add(Weight::from_parts(919_602_252, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_jumps(r: u32, ) -> Weight {
        // At least 107_000 ps.
        Weight::from_parts(1_805_655_509, 197667)
            .saturating_add(Weight::from_parts(671_478_350, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_comparisons(r: u32, ) -> Weight {
        // At least 198_000 ps.
        Weight::from_parts(344_945_390, 566407)
            .saturating_add(Weight::from_parts(41_501_001, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    fn on_idle_base() -> Weight {
        // At least 1_000 ps.
        Weight::from_parts(1_913_000, 2560)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `r` was 0 to 100.
    fn on_idle_entry(r: u32, ) -> Weight {
        // At least 2_000 ps.
        Weight::from_parts(122_455_382, 4673)
            .saturating_add(Weight::from_parts(9_296_072, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 1))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1000.
    fn on_idle_key(r: u32, ) -> Weight {
        // At least 18_000 ps.
        Weight::from_parts(165_101_417, 91898)
            .saturating_add(Weight::from_parts(1_543_130, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
}
