// SPDX-License-Identifier: Apache-2.0
//! What the benchmarks of the pallet measured. Written by a program: see `docs/decisions/0014-weights.md`.
//!
//! Steps and repeats of what was measured last: 8, 8. Processor: AMD EPYC.
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
        // At least 165_000 ps.
        Weight::from_parts(310_690_000, 18482)
            .saturating_add(T::DbWeight::get().reads_writes(7, 1))
    }
    // `i` was 0 to 16384.
    fn instantiate(i: u32, ) -> Weight {
        // At least 487_000 ps.
        Weight::from_parts(592_299_002, 20820)
            .saturating_add(Weight::from_parts(6_035, 0).saturating_mul(i.into()))
            .saturating_add(T::DbWeight::get().reads_writes(8, 4))
    }
    // `c` was 0 to 256000.
    // `i` was 0 to 16384.
    fn instantiate_with_code(c: u32, i: u32, ) -> Weight {
        // At least 948_000 ps.
        Weight::from_parts(1_077_041_000, 23153)
            .saturating_add(Weight::from_parts(108_968, 0).saturating_mul(c.into()))
            .saturating_add(Weight::from_parts(43_634, 0).saturating_mul(i.into()))
            .saturating_add(T::DbWeight::get().reads_writes(9, 7))
    }
    // `c` was 0 to 256000.
    fn upload_code(c: u32, ) -> Weight {
        // At least 144_000 ps.
        Weight::from_parts(195_958_899, 7793)
            .saturating_add(Weight::from_parts(20_716, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(3, 4))
    }
    fn remove_code() -> Weight {
        // At least 162_000 ps.
        Weight::from_parts(171_540_000, 8035)
            .saturating_add(T::DbWeight::get().reads_writes(3, 4))
    }
    fn set_code() -> Weight {
        // At least 216_000 ps.
        Weight::from_parts(237_614_000, 13461)
            .saturating_add(T::DbWeight::get().reads_writes(5, 6))
    }
    fn map_account() -> Weight {
        // At least 142_000 ps.
        Weight::from_parts(155_731_000, 5120)
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
    }
    fn unmap_account() -> Weight {
        // At least 140_000 ps.
        Weight::from_parts(157_595_000, 5233)
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
    }
    // `r` was 0 to 1000.
    fn host_answer(r: u32, ) -> Weight {
        // At least 67_000 ps.
        Weight::from_parts(91_179_983, 13347)
            .saturating_add(Weight::from_parts(42_841, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn host_constant(r: u32, ) -> Weight {
        // At least 70_000 ps.
        Weight::from_parts(88_474_895, 13381)
            .saturating_add(Weight::from_parts(24_477, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn host_input(r: u32, ) -> Weight {
        // At least 69_000 ps.
        Weight::from_parts(72_801_331, 13389)
            .saturating_add(Weight::from_parts(57_874, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_call_data_copy(r: u32, n: u32, ) -> Weight {
        // At least 101_000 ps.
        Weight::from_parts(94_559_231, 13382)
            .saturating_add(Weight::from_parts(340_554, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(5_656, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_keccak_256(r: u32, n: u32, ) -> Weight {
        // At least 122_000 ps.
        Weight::from_parts(130_954_000, 13401)
            .saturating_add(Weight::from_parts(34_400_475, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(131_675, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_call(r: u32, ) -> Weight {
        // At least 107_000 ps.
        Weight::from_parts(118_949_397, 13365)
            .saturating_add(Weight::from_parts(7_699_951, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_balance(r: u32, ) -> Weight {
        // At least 66_000 ps.
        Weight::from_parts(280_149_978, 18594)
            .saturating_add(Weight::from_parts(20_782_043, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 100.
    fn host_balance_of(r: u32, ) -> Weight {
        // At least 70_000 ps.
        Weight::from_parts(129_801_184, 13442)
            .saturating_add(Weight::from_parts(16_701_232, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    fn host_code_hash(r: u32, ) -> Weight {
        // At least 105_000 ps.
        Weight::from_parts(293_320_937, 13441)
            .saturating_add(Weight::from_parts(28_185_957, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    fn host_code_size(r: u32, ) -> Weight {
        // At least 78_000 ps.
        Weight::from_parts(250_219_119, 13373)
            .saturating_add(Weight::from_parts(15_127_986, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_block_hash(r: u32, ) -> Weight {
        // At least 113_000 ps.
        Weight::from_parts(204_022_226, 15976)
            .saturating_add(Weight::from_parts(11_800_166, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `r` was 0 to 100.
    fn host_block_author(r: u32, ) -> Weight {
        // At least 103_000 ps.
        Weight::from_parts(144_636_227, 13376)
            .saturating_add(Weight::from_parts(13_747_475, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 1 to 4096.
    fn host_get_immutable(r: u32, n: u32, ) -> Weight {
        // At least 110_000 ps.
        Weight::from_parts(111_077_000, 20158)
            .saturating_add(Weight::from_parts(15_560_839, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(118_283, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `r` was 0 to 100.
    // `n` was 1 to 4096.
    fn host_set_immutable(r: u32, _n: u32, ) -> Weight {
        // At least 359_000 ps.
        Weight::from_parts(376_422_000, 18394)
            .saturating_add(Weight::from_parts(30_375_472, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 5))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    fn host_get_storage(r: u32, n: u32, ) -> Weight {
        // At least 132_000 ps.
        Weight::from_parts(61_251_054, 22392)
            .saturating_add(Weight::from_parts(16_200_784, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(726_591, 0).saturating_mul(n.into()))
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
        // At least 86_000 ps.
        Weight::from_parts(89_427_000, 13512)
            .saturating_add(Weight::from_parts(10_078_493, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(186_597, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    fn host_set_transient(r: u32, n: u32, ) -> Weight {
        // At least 84_000 ps.
        Weight::from_parts(140_531_385, 13420)
            .saturating_add(Weight::from_parts(8_192_018, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(488_645, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `t` was 0 to 4.
    // `n` was 0 to 16384.
    fn host_deposit_event(r: u32, _t: u32, n: u32, ) -> Weight {
        // At least 79_000 ps.
        Weight::from_parts(128_761_000, 13410)
            .saturating_add(Weight::from_parts(35_325_160, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(18_296, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_call_contract(r: u32, n: u32, ) -> Weight {
        // At least 169_000 ps.
        Weight::from_parts(184_545_000, 18932)
            .saturating_add(Weight::from_parts(75_301_704, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(2_634, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 10.
    fn host_call_value(r: u32, ) -> Weight {
        // At least 102_000 ps.
        Weight::from_parts(218_412_780, 21646)
            .saturating_add(Weight::from_parts(211_386_074, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(8, 1))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_call_cloned(r: u32, n: u32, ) -> Weight {
        // At least 179_000 ps.
        Weight::from_parts(190_936_000, 18932)
            .saturating_add(Weight::from_parts(59_509_599, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(20_925, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 10.
    fn host_delegate_call(r: u32, ) -> Weight {
        // At least 107_000 ps.
        Weight::from_parts(197_904_368, 18930)
            .saturating_add(Weight::from_parts(51_571_541, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_call_precompile(r: u32, n: u32, ) -> Weight {
        // At least 101_000 ps.
        Weight::from_parts(104_404_000, 13450)
            .saturating_add(Weight::from_parts(18_232_031, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(86_710, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_instantiate(r: u32, _n: u32, ) -> Weight {
        // At least 135_000 ps.
        Weight::from_parts(1_834_740_781, 16433)
            .saturating_add(Weight::from_parts(247_905_629, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 1))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1.
    fn host_terminate(r: u32, ) -> Weight {
        // At least 73_000 ps.
        Weight::from_parts(89_472_000, 13818)
            .saturating_add(Weight::from_parts(379_112_750, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(6u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(10u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1.
    fn host_set_code(r: u32, ) -> Weight {
        // At least 73_000 ps.
        Weight::from_parts(77_841_666, 13759)
            .saturating_add(Weight::from_parts(327_518_000, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(6u64.saturating_mul(r.into())))
    }
    // `n` was 0 to 16384.
    fn host_return(n: u32, ) -> Weight {
        // At least 65_000 ps.
        Weight::from_parts(78_340_518, 13315)
            .saturating_add(Weight::from_parts(952, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_ecdsa_to_eth_address(r: u32, ) -> Weight {
        // At least 69_000 ps.
        Weight::from_parts(66_400_556, 13395)
            .saturating_add(Weight::from_parts(27_552_547, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_sr25519_verify(r: u32, n: u32, ) -> Weight {
        // At least 103_000 ps.
        Weight::from_parts(107_070_000, 13411)
            .saturating_add(Weight::from_parts(132_461_636, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(18_134, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_blocks(c: u32, ) -> Weight {
        // At least 155_000 ps.
        Weight::from_parts(155_891_000, 301823)
            .saturating_add(Weight::from_parts(45_215, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_divisions(c: u32, ) -> Weight {
        // At least 157_000 ps.
        Weight::from_parts(322_004_500, 301437)
            .saturating_add(Weight::from_parts(54_215, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_host_calls(c: u32, ) -> Weight {
        // At least 155_000 ps.
        Weight::from_parts(503_927_500, 301845)
            .saturating_add(Weight::from_parts(27_265, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_again(c: u32, ) -> Weight {
        // At least 81_000 ps.
        Weight::from_parts(104_269_300, 301823)
            .saturating_add(Weight::from_parts(95, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    fn precompile_ecrecover() -> Weight {
        // At least 73_000 ps.
        Weight::from_parts(85_761_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_sha256(n: u32, ) -> Weight {
        // At least 19_000 ps.
        Weight::from_parts(24_160_134, 2617)
            .saturating_add(Weight::from_parts(1_284, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_ripemd160(n: u32, ) -> Weight {
        // At least 18_000 ps.
        Weight::from_parts(23_844_081, 2617)
            .saturating_add(Weight::from_parts(4_693, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_identity(n: u32, ) -> Weight {
        // At least 16_000 ps.
        Weight::from_parts(24_554_025, 2617)
            .saturating_add(Weight::from_parts(702, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_short() -> Weight {
        // At least 413_000 ps.
        Weight::from_parts(458_536_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_long() -> Weight {
        // At least 6_574_000 ps.
        Weight::from_parts(6_868_815_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_even() -> Weight {
        // At least 50_000 ps.
        Weight::from_parts(59_972_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_bn254_add() -> Weight {
        // At least 42_000 ps.
        Weight::from_parts(45_956_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_bn254_mul() -> Weight {
        // At least 782_000 ps.
        Weight::from_parts(884_461_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `p` was 0 to 4.
    fn precompile_bn254_pairing(p: u32, ) -> Weight {
        // At least 2_338_000 ps.
        Weight::from_parts(3_018_115_900, 2617)
            .saturating_add(Weight::from_parts(3_136_956_616, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 1000.
    fn precompile_blake2f(n: u32, ) -> Weight {
        // At least 25_000 ps.
        Weight::from_parts(27_521_003, 2617)
            .saturating_add(Weight::from_parts(32_459, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_p256_verify() -> Weight {
        // At least 2_220_000 ps.
        Weight::from_parts(2_749_874_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_blake2b(n: u32, ) -> Weight {
        // At least 18_000 ps.
        Weight::from_parts(24_560_944, 2617)
            .saturating_add(Weight::from_parts(1_465, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_system() -> Weight {
        // At least 23_000 ps.
        Weight::from_parts(25_658_000, 5177)
            .saturating_add(T::DbWeight::get().reads_writes(2, 0))
    }
    // `r` was 0 to 1000.
    fn instr_chased_loads(r: u32, ) -> Weight {
        // At least 1_543_000 ps.
        Weight::from_parts(1_727_868_011, 15439)
            .saturating_add(Weight::from_parts(19_787_891, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn instr_scattered_stores(r: u32, ) -> Weight {
        // At least 132_000 ps.
        Weight::from_parts(947_021_059, 17412)
            .saturating_add(Weight::from_parts(1_429_996, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn instr_divisions(r: u32, ) -> Weight {
        // At least 81_000 ps.
        Weight::from_parts(87_826_261, 16422)
            .saturating_add(Weight::from_parts(3_692_149, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn instr_multiplications(r: u32, ) -> Weight {
        // At least 109_000 ps.
        Weight::from_parts(104_809_416, 16422)
            .saturating_add(Weight::from_parts(1_213_051, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 20.
    fn instr_scattered_dynamic_jumps(r: u32, ) -> Weight {
        // At least 309_000 ps.
        Weight::from_parts(337_396_321, 684881)
            .saturating_add(Weight::from_parts(713_140_792, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 20.
    fn instr_scattered_jumps(r: u32, ) -> Weight {
        // At least 319_000 ps.
        Weight::from_parts(1_397_365_464, 463363)
            .saturating_add(Weight::from_parts(1_168_863_503, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 20.
    fn instr_scattered_branches(r: u32, ) -> Weight {
        // At least 289_000 ps.
        Weight::from_parts(2_995_054_000, 485876)
            .saturating_add(Weight::from_parts(1_442_214_375, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn instr_random_branches(r: u32, ) -> Weight {
        // At least 113_000 ps.
        Weight::from_parts(121_203_476, 15645)
            .saturating_add(Weight::from_parts(1_202_313, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn instr_blocks(r: u32, ) -> Weight {
        // At least 92_000 ps.
        Weight::from_parts(98_311_130, 14363)
            .saturating_add(Weight::from_parts(322_441, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn instr_additions(r: u32, ) -> Weight {
        // At least 111_000 ps.
        Weight::from_parts(133_951_595, 16422)
            .saturating_add(Weight::from_parts(307_213, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    fn on_idle_base() -> Weight {
        // At least 2_000 ps.
        Weight::from_parts(2_826_000, 2560)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `r` was 0 to 100.
    fn on_idle_entry(r: u32, ) -> Weight {
        // At least 2_000 ps.
        Weight::from_parts(162_961_053, 4673)
            .saturating_add(Weight::from_parts(9_201_217, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 1))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1000.
    fn on_idle_key(r: u32, ) -> Weight {
        // At least 32_000 ps.
        Weight::from_parts(185_213_869, 91898)
            .saturating_add(Weight::from_parts(1_818_136, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
}
