// SPDX-License-Identifier: Apache-2.0
//! What the benchmarks of the pallet measured. Written by a program: see `docs/decisions/0014-weights.md`.
//!
//! Steps and repeats of what was measured last: 6, 5. Processor: AMD EPYC.
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
        // At least 321_000 ps.
        Weight::from_parts(340_526_000, 18482)
            .saturating_add(T::DbWeight::get().reads_writes(7, 1))
    }
    // `i` was 0 to 16384.
    fn instantiate(i: u32, ) -> Weight {
        // At least 358_000 ps.
        Weight::from_parts(462_974_948, 20820)
            .saturating_add(Weight::from_parts(5_017, 0).saturating_mul(i.into()))
            .saturating_add(T::DbWeight::get().reads_writes(8, 4))
    }
    // `c` was 0 to 256000.
    // `i` was 0 to 16384.
    fn instantiate_with_code(c: u32, i: u32, ) -> Weight {
        // At least 585_000 ps.
        Weight::from_parts(585_172_000, 23153)
            .saturating_add(Weight::from_parts(169_106, 0).saturating_mul(c.into()))
            .saturating_add(Weight::from_parts(215_427, 0).saturating_mul(i.into()))
            .saturating_add(T::DbWeight::get().reads_writes(9, 7))
    }
    // `c` was 0 to 256000.
    fn upload_code(c: u32, ) -> Weight {
        // At least 149_000 ps.
        Weight::from_parts(153_006_000, 7793)
            .saturating_add(Weight::from_parts(23_273, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(3, 4))
    }
    fn remove_code() -> Weight {
        // At least 174_000 ps.
        Weight::from_parts(181_870_000, 8035)
            .saturating_add(T::DbWeight::get().reads_writes(3, 4))
    }
    fn set_code() -> Weight {
        // At least 215_000 ps.
        Weight::from_parts(222_285_000, 13461)
            .saturating_add(T::DbWeight::get().reads_writes(5, 6))
    }
    fn map_account() -> Weight {
        // At least 92_000 ps.
        Weight::from_parts(93_635_000, 5120)
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
    }
    fn unmap_account() -> Weight {
        // At least 82_000 ps.
        Weight::from_parts(85_660_000, 5233)
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
    }
    // `r` was 0 to 1000.
    fn host_answer(r: u32, ) -> Weight {
        // At least 108_000 ps.
        Weight::from_parts(105_048_375, 13347)
            .saturating_add(Weight::from_parts(97_965, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn host_constant(r: u32, ) -> Weight {
        // At least 105_000 ps.
        Weight::from_parts(74_702_584, 13381)
            .saturating_add(Weight::from_parts(238_545, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn host_input(r: u32, ) -> Weight {
        // At least 108_000 ps.
        Weight::from_parts(138_520_944, 13389)
            .saturating_add(Weight::from_parts(52_094, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_call_data_copy(r: u32, n: u32, ) -> Weight {
        // At least 114_000 ps.
        Weight::from_parts(116_708_000, 13382)
            .saturating_add(Weight::from_parts(661_100, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(4_403, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_keccak_256(r: u32, n: u32, ) -> Weight {
        // At least 193_000 ps.
        Weight::from_parts(198_321_000, 13401)
            .saturating_add(Weight::from_parts(28_342_465, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(149_923, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_call(r: u32, ) -> Weight {
        // At least 104_000 ps.
        Weight::from_parts(147_021_913, 13365)
            .saturating_add(Weight::from_parts(2_005_996, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_balance(r: u32, ) -> Weight {
        // At least 108_000 ps.
        Weight::from_parts(137_896_793, 16034)
            .saturating_add(Weight::from_parts(9_383_868, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `r` was 0 to 100.
    fn host_balance_of(r: u32, ) -> Weight {
        // At least 108_000 ps.
        Weight::from_parts(46_143_825, 13442)
            .saturating_add(Weight::from_parts(22_153_632, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    fn host_code_hash(r: u32, ) -> Weight {
        // At least 212_000 ps.
        Weight::from_parts(250_352_166, 13441)
            .saturating_add(Weight::from_parts(10_513_115, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    fn host_code_size(r: u32, ) -> Weight {
        // At least 113_000 ps.
        Weight::from_parts(132_416_228, 13373)
            .saturating_add(Weight::from_parts(11_042_816, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_block_hash(r: u32, ) -> Weight {
        // At least 122_000 ps.
        Weight::from_parts(155_257_000, 13416)
            .saturating_add(Weight::from_parts(5_573_896, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_block_author(r: u32, ) -> Weight {
        // At least 109_000 ps.
        Weight::from_parts(160_735_174, 13376)
            .saturating_add(Weight::from_parts(1_790_050, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 1 to 4096.
    fn host_get_immutable(r: u32, n: u32, ) -> Weight {
        // At least 112_000 ps.
        Weight::from_parts(118_390_000, 17598)
            .saturating_add(Weight::from_parts(9_229_104, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(49_177, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 1 to 4096.
    fn host_set_immutable(r: u32, _n: u32, ) -> Weight {
        // At least 482_000 ps.
        Weight::from_parts(629_853_993, 18394)
            .saturating_add(Weight::from_parts(12_136_012, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 4))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    fn host_get_storage(r: u32, _n: u32, ) -> Weight {
        // At least 107_000 ps.
        Weight::from_parts(788_988_851, 22392)
            .saturating_add(Weight::from_parts(7_781_627, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    // `o` was 0 to 416.
    fn host_set_storage(r: u32, n: u32, o: u32, ) -> Weight {
        // At least 113_000 ps.
        Weight::from_parts(187_443_154, 27607)
            .saturating_add(Weight::from_parts(9_344_648, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(22_634, 0).saturating_mul(n.into()))
            .saturating_add(Weight::from_parts(69_544, 0).saturating_mul(o.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 4))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    fn host_get_transient(r: u32, n: u32, ) -> Weight {
        // At least 181_000 ps.
        Weight::from_parts(186_861_813, 13512)
            .saturating_add(Weight::from_parts(3_673_811, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(168_690, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    fn host_set_transient(r: u32, n: u32, ) -> Weight {
        // At least 113_000 ps.
        Weight::from_parts(113_521_111, 13420)
            .saturating_add(Weight::from_parts(4_162_323, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(388_100, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `t` was 0 to 4.
    // `n` was 0 to 16384.
    fn host_deposit_event(r: u32, _t: u32, n: u32, ) -> Weight {
        // At least 109_000 ps.
        Weight::from_parts(110_847_000, 13410)
            .saturating_add(Weight::from_parts(19_222_940, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(11_282, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_call_contract(r: u32, n: u32, ) -> Weight {
        // At least 111_000 ps.
        Weight::from_parts(112_570_000, 18932)
            .saturating_add(Weight::from_parts(68_365_222, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(7_372, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 10.
    fn host_call_value(r: u32, ) -> Weight {
        // At least 124_000 ps.
        Weight::from_parts(208_267_540, 21646)
            .saturating_add(Weight::from_parts(125_817_371, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(8, 1))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_call_cloned(r: u32, n: u32, ) -> Weight {
        // At least 129_000 ps.
        Weight::from_parts(134_531_000, 18932)
            .saturating_add(Weight::from_parts(77_280_626, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(4_553, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 10.
    fn host_delegate_call(r: u32, ) -> Weight {
        // At least 129_000 ps.
        Weight::from_parts(160_089_888, 16370)
            .saturating_add(Weight::from_parts(74_763_866, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_call_precompile(r: u32, n: u32, ) -> Weight {
        // At least 110_000 ps.
        Weight::from_parts(112_319_000, 13450)
            .saturating_add(Weight::from_parts(15_024_866, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(60_565, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_instantiate(r: u32, _n: u32, ) -> Weight {
        // At least 224_000 ps.
        Weight::from_parts(527_665_755, 16394)
            .saturating_add(Weight::from_parts(411_324_680, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1.
    fn host_terminate(r: u32, ) -> Weight {
        // At least 214_000 ps.
        Weight::from_parts(215_291_333, 13818)
            .saturating_add(Weight::from_parts(762_598_000, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(6u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(10u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1.
    fn host_set_code(r: u32, ) -> Weight {
        // At least 179_000 ps.
        Weight::from_parts(185_282_333, 13759)
            .saturating_add(Weight::from_parts(246_189_666, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(6u64.saturating_mul(r.into())))
    }
    // `n` was 0 to 16384.
    fn host_return(n: u32, ) -> Weight {
        // At least 102_000 ps.
        Weight::from_parts(125_460_105, 13315)
            .saturating_add(Weight::from_parts(153, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_ecdsa_to_eth_address(r: u32, ) -> Weight {
        // At least 221_000 ps.
        Weight::from_parts(342_989_809, 13395)
            .saturating_add(Weight::from_parts(17_935_407, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_sr25519_verify(r: u32, n: u32, ) -> Weight {
        // At least 119_000 ps.
        Weight::from_parts(133_139_000, 13411)
            .saturating_add(Weight::from_parts(89_834_230, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(23_910, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_blocks(c: u32, ) -> Weight {
        // At least 172_000 ps.
        Weight::from_parts(10_222_166, 301823)
            .saturating_add(Weight::from_parts(91_981, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_divisions(c: u32, ) -> Weight {
        // At least 102_000 ps.
        Weight::from_parts(100_941_166, 301437)
            .saturating_add(Weight::from_parts(22_890, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_host_calls(c: u32, ) -> Weight {
        // At least 102_000 ps.
        Weight::from_parts(105_025_000, 301845)
            .saturating_add(Weight::from_parts(76_285, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_again(c: u32, ) -> Weight {
        // At least 102_000 ps.
        Weight::from_parts(102_631_000, 301823)
            .saturating_add(Weight::from_parts(96_611, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    fn precompile_ecrecover() -> Weight {
        // At least 80_000 ps.
        Weight::from_parts(83_085_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_sha256(n: u32, ) -> Weight {
        // At least 20_000 ps.
        Weight::from_parts(22_967_724, 2617)
            .saturating_add(Weight::from_parts(953, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_ripemd160(n: u32, ) -> Weight {
        // At least 20_000 ps.
        Weight::from_parts(21_176_395, 2617)
            .saturating_add(Weight::from_parts(4_571, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_identity(n: u32, ) -> Weight {
        // At least 18_000 ps.
        Weight::from_parts(20_252_097, 2617)
            .saturating_add(Weight::from_parts(461, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_short() -> Weight {
        // At least 511_000 ps.
        Weight::from_parts(523_437_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_long() -> Weight {
        // At least 7_078_000 ps.
        Weight::from_parts(7_419_913_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_even() -> Weight {
        // At least 54_000 ps.
        Weight::from_parts(57_086_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_bn254_add() -> Weight {
        // At least 52_000 ps.
        Weight::from_parts(57_177_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_bn254_mul() -> Weight {
        // At least 926_000 ps.
        Weight::from_parts(991_230_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `p` was 0 to 4.
    fn precompile_bn254_pairing(p: u32, ) -> Weight {
        // At least 2_401_000 ps.
        Weight::from_parts(3_692_587_466, 2617)
            .saturating_add(Weight::from_parts(2_568_461_383, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 1000.
    fn precompile_blake2f(n: u32, ) -> Weight {
        // At least 11_000 ps.
        Weight::from_parts(13_409_414, 2617)
            .saturating_add(Weight::from_parts(33_452, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_p256_verify() -> Weight {
        // At least 1_817_000 ps.
        Weight::from_parts(2_022_376_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_blake2b(n: u32, ) -> Weight {
        // At least 11_000 ps.
        Weight::from_parts(12_910_957, 2617)
            .saturating_add(Weight::from_parts(1_125, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_system() -> Weight {
        // At least 13_000 ps.
        Weight::from_parts(14_377_000, 5177)
            .saturating_add(T::DbWeight::get().reads_writes(2, 0))
    }
    // `r` was 0 to 1000.
    fn instr_chased_loads(r: u32, ) -> Weight {
        // At least 1_278_000 ps.
        Weight::from_parts(558_241_590, 15439)
            .saturating_add(Weight::from_parts(20_600_987, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn instr_scattered_stores(r: u32, ) -> Weight {
        // At least 600_000 ps.
        Weight::from_parts(674_899_206, 17412)
            .saturating_add(Weight::from_parts(3_767_856, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn instr_divisions(r: u32, ) -> Weight {
        // At least 262_000 ps.
        Weight::from_parts(300_726_030, 16422)
            .saturating_add(Weight::from_parts(5_672_048, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn instr_multiplications(r: u32, ) -> Weight {
        // At least 260_000 ps.
        Weight::from_parts(454_458_699, 16422)
            .saturating_add(Weight::from_parts(11_840_924, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 20.
    fn instr_scattered_dynamic_jumps(r: u32, ) -> Weight {
        // At least 14_103_000 ps.
        Weight::from_parts(15_188_867_369, 684881)
            .saturating_add(Weight::from_parts(757_743_004, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 20.
    fn instr_scattered_jumps(r: u32, ) -> Weight {
        // At least 11_872_000 ps.
        Weight::from_parts(16_054_687_424, 463363)
            .saturating_add(Weight::from_parts(195_259_546, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 20.
    fn instr_scattered_branches(r: u32, ) -> Weight {
        // At least 12_111_000 ps.
        Weight::from_parts(14_451_412_243, 485876)
            .saturating_add(Weight::from_parts(316_866_556, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn instr_random_branches(r: u32, ) -> Weight {
        // At least 166_000 ps.
        Weight::from_parts(3_766_936, 15645)
            .saturating_add(Weight::from_parts(7_482_719, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn instr_blocks(r: u32, ) -> Weight {
        // At least 191_000 ps.
        Weight::from_parts(19_391_379, 14363)
            .saturating_add(Weight::from_parts(4_596_281, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn instr_additions(r: u32, ) -> Weight {
        // At least 226_000 ps.
        Weight::from_parts(226_974_000, 16422)
            .saturating_add(Weight::from_parts(3_239_351, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    fn on_idle_base() -> Weight {
        // At least 1_000 ps.
        Weight::from_parts(1_162_000, 2560)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `r` was 0 to 100.
    fn on_idle_entry(r: u32, ) -> Weight {
        // At least 2_000 ps.
        Weight::from_parts(2_104_000, 4673)
            .saturating_add(Weight::from_parts(18_231_326, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 1))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1000.
    fn on_idle_key(r: u32, ) -> Weight {
        // At least 27_000 ps.
        Weight::from_parts(212_450_927, 91898)
            .saturating_add(Weight::from_parts(1_408_349, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
}
