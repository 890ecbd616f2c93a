// SPDX-License-Identifier: Apache-2.0
//! What the benchmarks of the pallet measured. Written by a program: see `docs/decisions/0014-weights.md`.
//!
//! Steps and repeats of what was measured last: 12, 20. Processor: AMD EPYC.
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
        // At least 187_000 ps.
        Weight::from_parts(211_976_000, 18494)
            .saturating_add(T::DbWeight::get().reads_writes(7, 1))
    }
    // `i` was 0 to 16384.
    fn instantiate(i: u32, ) -> Weight {
        // At least 376_000 ps.
        Weight::from_parts(666_557_303, 20832)
            .saturating_add(Weight::from_parts(8_600, 0).saturating_mul(i.into()))
            .saturating_add(T::DbWeight::get().reads_writes(8, 4))
    }
    // `c` was 0 to 256000.
    // `i` was 0 to 16384.
    fn instantiate_with_code(c: u32, i: u32, ) -> Weight {
        // At least 1_225_000 ps.
        Weight::from_parts(2_801_943_215, 23153)
            .saturating_add(Weight::from_parts(118_141, 0).saturating_mul(c.into()))
            .saturating_add(Weight::from_parts(29_364, 0).saturating_mul(i.into()))
            .saturating_add(T::DbWeight::get().reads_writes(9, 7))
    }
    // `c` was 0 to 256000.
    fn upload_code(c: u32, ) -> Weight {
        // At least 149_000 ps.
        Weight::from_parts(182_742_861, 7793)
            .saturating_add(Weight::from_parts(21_629, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(3, 4))
    }
    fn remove_code() -> Weight {
        // At least 200_000 ps.
        Weight::from_parts(215_102_000, 8047)
            .saturating_add(T::DbWeight::get().reads_writes(3, 4))
    }
    fn set_code() -> Weight {
        // At least 124_000 ps.
        Weight::from_parts(137_236_000, 13485)
            .saturating_add(T::DbWeight::get().reads_writes(5, 6))
    }
    fn map_account() -> Weight {
        // At least 90_000 ps.
        Weight::from_parts(150_441_000, 5120)
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
    }
    fn unmap_account() -> Weight {
        // At least 79_000 ps.
        Weight::from_parts(88_485_000, 5233)
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
    }
    // `r` was 0 to 1000.
    fn host_answer(r: u32, ) -> Weight {
        // At least 147_000 ps.
        Weight::from_parts(168_637_692, 13359)
            .saturating_add(Weight::from_parts(14_848, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn host_constant(r: u32, ) -> Weight {
        // At least 97_000 ps.
        Weight::from_parts(109_638_885, 13393)
            .saturating_add(Weight::from_parts(5_543, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn host_input(r: u32, ) -> Weight {
        // At least 98_000 ps.
        Weight::from_parts(101_654_093, 13401)
            .saturating_add(Weight::from_parts(26_007, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_call_data_copy(r: u32, n: u32, ) -> Weight {
        // At least 116_000 ps.
        Weight::from_parts(112_288_319, 13394)
            .saturating_add(Weight::from_parts(216_172, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(5_174, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_keccak_256(r: u32, n: u32, ) -> Weight {
        // At least 164_000 ps.
        Weight::from_parts(167_172_000, 13413)
            .saturating_add(Weight::from_parts(26_659_650, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(162_316, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_call(r: u32, ) -> Weight {
        // At least 123_000 ps.
        Weight::from_parts(278_353_937, 13377)
            .saturating_add(Weight::from_parts(2_805_439, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_balance(r: u32, ) -> Weight {
        // At least 99_000 ps.
        Weight::from_parts(248_276_251, 16046)
            .saturating_add(Weight::from_parts(11_868_934, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `r` was 0 to 100.
    fn host_balance_of(r: u32, ) -> Weight {
        // At least 105_000 ps.
        Weight::from_parts(354_166_376, 13454)
            .saturating_add(Weight::from_parts(13_540_624, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    fn host_code_hash(r: u32, ) -> Weight {
        // At least 145_000 ps.
        Weight::from_parts(163_577_511, 13453)
            .saturating_add(Weight::from_parts(18_120_103, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    fn host_code_size(r: u32, ) -> Weight {
        // At least 136_000 ps.
        Weight::from_parts(351_068_053, 13385)
            .saturating_add(Weight::from_parts(6_160_460, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_block_hash(r: u32, ) -> Weight {
        // At least 98_000 ps.
        Weight::from_parts(171_124_949, 15988)
            .saturating_add(Weight::from_parts(6_664_741, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `r` was 0 to 100.
    fn host_block_author(r: u32, ) -> Weight {
        // At least 99_000 ps.
        Weight::from_parts(181_212_012, 13388)
            .saturating_add(Weight::from_parts(4_398_727, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 1 to 4096.
    fn host_get_immutable(r: u32, n: u32, ) -> Weight {
        // At least 158_000 ps.
        Weight::from_parts(163_886_000, 20170)
            .saturating_add(Weight::from_parts(11_117_363, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(87_260, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `r` was 0 to 100.
    // `n` was 1 to 4096.
    fn host_set_immutable(r: u32, _n: u32, ) -> Weight {
        // At least 457_000 ps.
        Weight::from_parts(1_341_394_142, 18406)
            .saturating_add(Weight::from_parts(11_996_152, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 5))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    fn host_get_storage(r: u32, n: u32, ) -> Weight {
        // At least 98_000 ps.
        Weight::from_parts(99_356_000, 22404)
            .saturating_add(Weight::from_parts(12_333_777, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(233_002, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    // `o` was 0 to 416.
    fn host_set_storage(r: u32, n: u32, _o: u32, ) -> Weight {
        // At least 68_000 ps.
        Weight::from_parts(69_440_000, 27631)
            .saturating_add(Weight::from_parts(17_864_624, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(2_245_311, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 3))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    fn host_get_transient(r: u32, n: u32, ) -> Weight {
        // At least 121_000 ps.
        Weight::from_parts(125_534_000, 13524)
            .saturating_add(Weight::from_parts(8_236_748, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(173_974, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    fn host_set_transient(r: u32, n: u32, ) -> Weight {
        // At least 98_000 ps.
        Weight::from_parts(99_917_000, 13432)
            .saturating_add(Weight::from_parts(6_560_979, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(255_393, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `t` was 0 to 4.
    // `n` was 0 to 16384.
    fn host_deposit_event(r: u32, _t: u32, n: u32, ) -> Weight {
        // At least 141_000 ps.
        Weight::from_parts(28_777_338, 13422)
            .saturating_add(Weight::from_parts(33_674_009, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(11_857, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_call_contract(r: u32, n: u32, ) -> Weight {
        // At least 221_000 ps.
        Weight::from_parts(309_533_000, 18956)
            .saturating_add(Weight::from_parts(81_585_704, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(13_723, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 10.
    fn host_call_value(r: u32, ) -> Weight {
        // At least 104_000 ps.
        Weight::from_parts(117_563_790, 21670)
            .saturating_add(Weight::from_parts(263_961_704, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(8, 1))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_call_cloned(r: u32, n: u32, ) -> Weight {
        // At least 190_000 ps.
        Weight::from_parts(208_188_000, 18956)
            .saturating_add(Weight::from_parts(104_902_756, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(10_929, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 10.
    fn host_call_evicting(r: u32, ) -> Weight {
        // At least 257_000 ps.
        Weight::from_parts(199_090_784, 18972)
            .saturating_add(Weight::from_parts(1_575_199_046, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 10.
    fn host_call_refilling(r: u32, ) -> Weight {
        // At least 136_000 ps.
        Weight::from_parts(147_035_000, 25991)
            .saturating_add(Weight::from_parts(1_590_415_364, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 100.
    fn host_call_and_refilling(r: u32, ) -> Weight {
        // At least 112_000 ps.
        Weight::from_parts(561_580_479, 20396)
            .saturating_add(Weight::from_parts(8_906_310, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn host_delegate_call(r: u32, ) -> Weight {
        // At least 228_000 ps.
        Weight::from_parts(255_461_957, 18954)
            .saturating_add(Weight::from_parts(98_806_014, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_call_precompile(r: u32, n: u32, ) -> Weight {
        // At least 135_000 ps.
        Weight::from_parts(137_437_000, 13462)
            .saturating_add(Weight::from_parts(16_644_994, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(49_493, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_instantiate(r: u32, n: u32, ) -> Weight {
        // At least 175_000 ps.
        Weight::from_parts(292_407_882, 18978)
            .saturating_add(Weight::from_parts(339_243_865, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(23_703, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 1))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1.
    fn host_terminate(r: u32, ) -> Weight {
        // At least 120_000 ps.
        Weight::from_parts(144_009_250, 13830)
            .saturating_add(Weight::from_parts(525_728_500, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(6u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(10u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1.
    fn host_set_code(r: u32, ) -> Weight {
        // At least 107_000 ps.
        Weight::from_parts(150_987_250, 13783)
            .saturating_add(Weight::from_parts(202_310_000, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(6u64.saturating_mul(r.into())))
    }
    // `n` was 0 to 16384.
    fn host_return(_n: u32, ) -> Weight {
        // At least 101_000 ps.
        Weight::from_parts(133_985_465, 13327)
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_ecdsa_to_eth_address(r: u32, ) -> Weight {
        // At least 164_000 ps.
        Weight::from_parts(445_014_048, 13407)
            .saturating_add(Weight::from_parts(16_242_232, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_sr25519_verify(r: u32, n: u32, ) -> Weight {
        // At least 133_000 ps.
        Weight::from_parts(137_376_000, 13423)
            .saturating_add(Weight::from_parts(109_440_223, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(30_976, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_blocks(c: u32, ) -> Weight {
        // At least 219_000 ps.
        Weight::from_parts(1_306_847_127, 301836)
            .saturating_add(Weight::from_parts(90_724, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_divisions(c: u32, ) -> Weight {
        // At least 346_000 ps.
        Weight::from_parts(534_991_354, 301450)
            .saturating_add(Weight::from_parts(79_292, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_host_calls(c: u32, ) -> Weight {
        // At least 264_000 ps.
        Weight::from_parts(388_986_000, 301858)
            .saturating_add(Weight::from_parts(92_622, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_memory(c: u32, ) -> Weight {
        // At least 237_000 ps.
        Weight::from_parts(707_769_205, 301482)
            .saturating_add(Weight::from_parts(20_448, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_units(c: u32, ) -> Weight {
        // At least 184_000 ps.
        Weight::from_parts(691_062_310, 301482)
            .saturating_add(Weight::from_parts(36_530, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_branches(c: u32, ) -> Weight {
        // At least 292_000 ps.
        Weight::from_parts(578_665_182, 292107)
            .saturating_add(Weight::from_parts(25_043, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_data(c: u32, ) -> Weight {
        // At least 180_000 ps.
        Weight::from_parts(228_187_954, 269282)
            .saturating_add(Weight::from_parts(4_972, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `p` was 1 to 28.
    fn touch_few_pages(p: u32, ) -> Weight {
        // At least 96_000 ps.
        Weight::from_parts(135_584_395, 13298)
            .saturating_add(Weight::from_parts(508_742, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `p` was 29 to 350.
    fn touch_many_pages(p: u32, ) -> Weight {
        // At least 99_000 ps.
        Weight::from_parts(39_876_636, 13298)
            .saturating_add(Weight::from_parts(4_911_891, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_again(c: u32, ) -> Weight {
        // At least 120_000 ps.
        Weight::from_parts(183_510_097, 301836)
            .saturating_add(Weight::from_parts(12, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    fn precompile_ecrecover() -> Weight {
        // At least 47_000 ps.
        Weight::from_parts(47_999_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_sha256(n: u32, ) -> Weight {
        // At least 12_000 ps.
        Weight::from_parts(13_103_156, 2617)
            .saturating_add(Weight::from_parts(1_618, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_ripemd160(n: u32, ) -> Weight {
        // At least 27_000 ps.
        Weight::from_parts(27_312_174, 2617)
            .saturating_add(Weight::from_parts(3_990, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_identity(n: u32, ) -> Weight {
        // At least 13_000 ps.
        Weight::from_parts(21_375_698, 2617)
            .saturating_add(Weight::from_parts(138, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_short() -> Weight {
        // At least 307_000 ps.
        Weight::from_parts(345_385_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_long() -> Weight {
        // At least 4_849_000 ps.
        Weight::from_parts(6_784_567_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_even() -> Weight {
        // At least 57_000 ps.
        Weight::from_parts(62_246_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_bn254_add() -> Weight {
        // At least 46_000 ps.
        Weight::from_parts(55_884_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_bn254_mul() -> Weight {
        // At least 531_000 ps.
        Weight::from_parts(564_954_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `p` was 0 to 4.
    fn precompile_bn254_pairing(p: u32, ) -> Weight {
        // At least 2_164_000 ps.
        Weight::from_parts(3_829_706_100, 2617)
            .saturating_add(Weight::from_parts(2_401_416_300, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 1000.
    fn precompile_blake2f(n: u32, ) -> Weight {
        // At least 25_000 ps.
        Weight::from_parts(38_456_566, 2617)
            .saturating_add(Weight::from_parts(12_742, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_p256_verify() -> Weight {
        // At least 1_875_000 ps.
        Weight::from_parts(2_270_178_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_blake2b(n: u32, ) -> Weight {
        // At least 21_000 ps.
        Weight::from_parts(25_347_762, 2617)
            .saturating_add(Weight::from_parts(717, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_system() -> Weight {
        // At least 15_000 ps.
        Weight::from_parts(23_484_000, 5177)
            .saturating_add(T::DbWeight::get().reads_writes(2, 0))
    }
    // `r` was 0 to 200.
    fn instr_additions(r: u32, ) -> Weight {
        // At least 107_000 ps.
        Weight::from_parts(150_579_693, 16405)
            .saturating_add(Weight::from_parts(251_184, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_multiplications(r: u32, ) -> Weight {
        // At least 107_000 ps.
        Weight::from_parts(144_931_677, 16405)
            .saturating_add(Weight::from_parts(1_192_119, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_divisions(r: u32, ) -> Weight {
        // At least 98_000 ps.
        Weight::from_parts(156_926_440, 16405)
            .saturating_add(Weight::from_parts(3_443_004, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_forwarding(r: u32, ) -> Weight {
        // At least 130_000 ps.
        Weight::from_parts(157_918_063, 18420)
            .saturating_add(Weight::from_parts(3_612_662, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_random_branches(r: u32, ) -> Weight {
        // At least 99_000 ps.
        Weight::from_parts(157_036_835, 15629)
            .saturating_add(Weight::from_parts(781_381, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_random_dynamic_jumps(r: u32, ) -> Weight {
        // At least 98_000 ps.
        Weight::from_parts(130_166_453, 16917)
            .saturating_add(Weight::from_parts(351_278, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_blocks(r: u32, ) -> Weight {
        // At least 99_000 ps.
        Weight::from_parts(130_293_191, 17946)
            .saturating_add(Weight::from_parts(1_210_930, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_immediates(r: u32, ) -> Weight {
        // At least 95_000 ps.
        Weight::from_parts(105_101_563, 21389)
            .saturating_add(Weight::from_parts(329_618, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_chased_loads(r: u32, ) -> Weight {
        // At least 102_000 ps.
        Weight::from_parts(137_031_191, 15424)
            .saturating_add(Weight::from_parts(4_477_744, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_scattered_loads(r: u32, ) -> Weight {
        // At least 96_000 ps.
        Weight::from_parts(98_511_925, 17977)
            .saturating_add(Weight::from_parts(3_523_676, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_scattered_stores(r: u32, ) -> Weight {
        // At least 101_000 ps.
        Weight::from_parts(128_538_854, 17800)
            .saturating_add(Weight::from_parts(2_677_200, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_copies(r: u32, ) -> Weight {
        // At least 136_000 ps.
        Weight::from_parts(154_596_461, 17970)
            .saturating_add(Weight::from_parts(3_060_207, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_near_branches(r: u32, ) -> Weight {
        // At least 118_000 ps.
        Weight::from_parts(254_720_894, 21410)
            .saturating_add(Weight::from_parts(778_013, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_near_dynamic_jumps(r: u32, ) -> Weight {
        // At least 103_000 ps.
        Weight::from_parts(195_030_276, 24930)
            .saturating_add(Weight::from_parts(3_098_314, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_wide_chased_pages(r: u32, ) -> Weight {
        // At least 252_000 ps.
        Weight::from_parts(236_193_554, 15423)
            .saturating_add(Weight::from_parts(6_676_092, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_wide_scattered_loads(r: u32, ) -> Weight {
        // At least 138_000 ps.
        Weight::from_parts(435_088_083, 18128)
            .saturating_add(Weight::from_parts(7_662_788, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_wide_scattered_stores(r: u32, ) -> Weight {
        // At least 138_000 ps.
        Weight::from_parts(309_740_270, 18070)
            .saturating_add(Weight::from_parts(3_641_251, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 20.
    fn instr_wide_dynamic_jumps(r: u32, ) -> Weight {
        // At least 125_000 ps.
        Weight::from_parts(263_769_027, 113133)
            .saturating_add(Weight::from_parts(180_993_775, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 20.
    fn instr_wide_branches(r: u32, ) -> Weight {
        // At least 116_000 ps.
        Weight::from_parts(522_407_222, 50221)
            .saturating_add(Weight::from_parts(106_744_747, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 20.
    fn instr_wide_comparisons(r: u32, ) -> Weight {
        // At least 126_000 ps.
        Weight::from_parts(174_852_493, 82477)
            .saturating_add(Weight::from_parts(6_799_729, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_far_chased_loads(r: u32, ) -> Weight {
        // At least 1_243_000 ps.
        Weight::from_parts(1_693_938_140, 15424)
            .saturating_add(Weight::from_parts(25_867_460, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_far_scattered_loads(r: u32, ) -> Weight {
        // At least 114_000 ps.
        Weight::from_parts(1_042_567_705, 17878)
            .saturating_add(Weight::from_parts(14_458_852, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_far_copies(r: u32, ) -> Weight {
        // At least 95_000 ps.
        Weight::from_parts(809_154_463, 17878)
            .saturating_add(Weight::from_parts(11_707_029, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_dynamic_jumps(r: u32, ) -> Weight {
        // At least 165_000 ps.
        Weight::from_parts(253_863_068, 383473)
            .saturating_add(Weight::from_parts(443_744_474, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_branches(r: u32, ) -> Weight {
        // At least 171_000 ps.
        Weight::from_parts(1_929_102_166, 243759)
            .saturating_add(Weight::from_parts(1_113_908_733, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_jumps(r: u32, ) -> Weight {
        // At least 172_000 ps.
        Weight::from_parts(1_885_752_886, 197667)
            .saturating_add(Weight::from_parts(992_011_495, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_comparisons(r: u32, ) -> Weight {
        // At least 276_000 ps.
        Weight::from_parts(621_568_727, 566407)
            .saturating_add(Weight::from_parts(92_784_763, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    fn on_idle_base() -> Weight {
        // At least 2_000 ps.
        Weight::from_parts(2_695_000, 2560)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `r` was 0 to 100.
    fn on_idle_entry(r: u32, ) -> Weight {
        // At least 2_000 ps.
        Weight::from_parts(151_218_604, 4673)
            .saturating_add(Weight::from_parts(12_840_644, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 1))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1000.
    fn on_idle_key(r: u32, ) -> Weight {
        // At least 30_000 ps.
        Weight::from_parts(30_990_799, 91898)
            .saturating_add(Weight::from_parts(1_845_265, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
}
