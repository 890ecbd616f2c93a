// SPDX-License-Identifier: Apache-2.0
//! What the benchmarks of the pallet measured. Written by a program: see `docs/decisions/0014-weights.md`.
//!
//! Steps and repeats of what was measured last: 50, 20. Processor: AMD EPYC.
//!
//! Command:
//! cargo xtask weights generate (runtime)

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(missing_docs, clippy::identity_op)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What was measured, over the database weight of a chain.
pub struct Weights<T>(PhantomData<T>);

impl<T: frame_system::Config> super::Measured for Weights<T> {
    fn call() -> Weight {
        // At least 253_000 ps.
        Weight::from_parts(354_892_000, 18494)
            .saturating_add(T::DbWeight::get().reads_writes(7, 1))
    }
    // `i` was 0 to 16384.
    fn instantiate(i: u32, ) -> Weight {
        // At least 351_000 ps.
        Weight::from_parts(361_416_294, 20832)
            .saturating_add(Weight::from_parts(7_451, 0).saturating_mul(i.into()))
            .saturating_add(T::DbWeight::get().reads_writes(8, 4))
    }
    // `c` was 0 to 256000.
    // `i` was 0 to 16384.
    fn instantiate_with_code(c: u32, _i: u32, ) -> Weight {
        // At least 525_000 ps.
        Weight::from_parts(8_781_360_432, 23153)
            .saturating_add(Weight::from_parts(165_940, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(9, 7))
    }
    // `c` was 0 to 256000.
    fn upload_code(c: u32, ) -> Weight {
        // At least 144_000 ps.
        Weight::from_parts(255_802_176, 7793)
            .saturating_add(Weight::from_parts(22_373, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(3, 4))
    }
    fn remove_code() -> Weight {
        // At least 97_000 ps.
        Weight::from_parts(194_363_000, 8047)
            .saturating_add(T::DbWeight::get().reads_writes(3, 4))
    }
    fn set_code() -> Weight {
        // At least 208_000 ps.
        Weight::from_parts(212_096_000, 13485)
            .saturating_add(T::DbWeight::get().reads_writes(5, 6))
    }
    fn map_account() -> Weight {
        // At least 152_000 ps.
        Weight::from_parts(154_288_000, 5120)
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
    }
    fn unmap_account() -> Weight {
        // At least 134_000 ps.
        Weight::from_parts(138_047_000, 5233)
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
    }
    // `r` was 0 to 1000.
    fn host_answer(r: u32, ) -> Weight {
        // At least 104_000 ps.
        Weight::from_parts(132_547_336, 13359)
            .saturating_add(Weight::from_parts(87_920, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn host_constant(r: u32, ) -> Weight {
        // At least 129_000 ps.
        Weight::from_parts(189_847_940, 13393)
            .saturating_add(Weight::from_parts(29_881, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn host_input(r: u32, ) -> Weight {
        // At least 105_000 ps.
        Weight::from_parts(175_287_497, 13401)
            .saturating_add(Weight::from_parts(132_873, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_call_data_copy(r: u32, n: u32, ) -> Weight {
        // At least 111_000 ps.
        Weight::from_parts(113_702_000, 13394)
            .saturating_add(Weight::from_parts(1_882_767, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(11_562, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_keccak_256(r: u32, n: u32, ) -> Weight {
        // At least 181_000 ps.
        Weight::from_parts(194_043_000, 13413)
            .saturating_add(Weight::from_parts(22_878_535, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(186_376, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_call(r: u32, ) -> Weight {
        // At least 101_000 ps.
        Weight::from_parts(92_837_514, 13377)
            .saturating_add(Weight::from_parts(2_476_026, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_balance(r: u32, ) -> Weight {
        // At least 144_000 ps.
        Weight::from_parts(125_645_074, 18606)
            .saturating_add(Weight::from_parts(9_223_464, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 100.
    fn host_balance_of(r: u32, ) -> Weight {
        // At least 103_000 ps.
        Weight::from_parts(106_649_000, 13454)
            .saturating_add(Weight::from_parts(13_007_996, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    fn host_code_hash(r: u32, ) -> Weight {
        // At least 103_000 ps.
        Weight::from_parts(238_645_231, 13453)
            .saturating_add(Weight::from_parts(8_966_975, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    fn host_code_size(r: u32, ) -> Weight {
        // At least 102_000 ps.
        Weight::from_parts(16_200_476, 13385)
            .saturating_add(Weight::from_parts(9_643_180, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_block_hash(r: u32, ) -> Weight {
        // At least 103_000 ps.
        Weight::from_parts(184_526_470, 15988)
            .saturating_add(Weight::from_parts(6_941_444, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `r` was 0 to 100.
    fn host_block_author(r: u32, ) -> Weight {
        // At least 116_000 ps.
        Weight::from_parts(155_930_521, 13388)
            .saturating_add(Weight::from_parts(1_310_885, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 1 to 4096.
    fn host_get_immutable(r: u32, n: u32, ) -> Weight {
        // At least 108_000 ps.
        Weight::from_parts(113_642_000, 20170)
            .saturating_add(Weight::from_parts(7_498_679, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(105_802, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 0))
    }
    // `r` was 0 to 100.
    // `n` was 1 to 4096.
    fn host_set_immutable(r: u32, n: u32, ) -> Weight {
        // At least 269_000 ps.
        Weight::from_parts(272_399_000, 18406)
            .saturating_add(Weight::from_parts(13_956_568, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(22_469, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 5))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    fn host_get_storage(r: u32, n: u32, ) -> Weight {
        // At least 125_000 ps.
        Weight::from_parts(67_424_046, 22404)
            .saturating_add(Weight::from_parts(7_341_583, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(186_037, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    // `o` was 0 to 416.
    fn host_set_storage(r: u32, _n: u32, o: u32, ) -> Weight {
        // At least 105_000 ps.
        Weight::from_parts(107_741_000, 25134)
            .saturating_add(Weight::from_parts(11_559_623, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(434_503, 0).saturating_mul(o.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 2))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    fn host_get_transient(r: u32, n: u32, ) -> Weight {
        // At least 189_000 ps.
        Weight::from_parts(16_724_049, 13524)
            .saturating_add(Weight::from_parts(7_886_903, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(306_874, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 416.
    fn host_set_transient(r: u32, n: u32, ) -> Weight {
        // At least 121_000 ps.
        Weight::from_parts(138_659_000, 13432)
            .saturating_add(Weight::from_parts(3_900_648, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(158_516, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `t` was 0 to 4.
    // `n` was 0 to 16384.
    fn host_deposit_event(r: u32, _t: u32, n: u32, ) -> Weight {
        // At least 152_000 ps.
        Weight::from_parts(177_371_000, 13422)
            .saturating_add(Weight::from_parts(19_106_394, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(15_885, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_call_contract(r: u32, n: u32, ) -> Weight {
        // At least 156_000 ps.
        Weight::from_parts(157_805_000, 18956)
            .saturating_add(Weight::from_parts(51_824_168, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(12_101, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 10.
    fn host_call_value(r: u32, ) -> Weight {
        // At least 111_000 ps.
        Weight::from_parts(236_115_013, 21670)
            .saturating_add(Weight::from_parts(120_009_748, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(8, 1))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_call_cloned(r: u32, n: u32, ) -> Weight {
        // At least 125_000 ps.
        Weight::from_parts(128_179_000, 18956)
            .saturating_add(Weight::from_parts(62_669_459, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(16_756, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 10.
    fn host_call_evicting(r: u32, ) -> Weight {
        // At least 184_000 ps.
        Weight::from_parts(230_316_022, 18972)
            .saturating_add(Weight::from_parts(623_381_217, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 10.
    fn host_call_refilling(r: u32, ) -> Weight {
        // At least 797_000 ps.
        Weight::from_parts(1_028_274_568, 25991)
            .saturating_add(Weight::from_parts(516_981_575, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 100.
    fn host_call_and_refilling(r: u32, ) -> Weight {
        // At least 596_000 ps.
        Weight::from_parts(865_953_569, 20396)
            .saturating_add(Weight::from_parts(5_761_896, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn host_delegate_call(r: u32, ) -> Weight {
        // At least 168_000 ps.
        Weight::from_parts(179_499_754, 18954)
            .saturating_add(Weight::from_parts(61_196_596, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 0))
    }
    // `r` was 0 to 100.
    // `n` was 0 to 16384.
    fn host_call_precompile(r: u32, n: u32, ) -> Weight {
        // At least 169_000 ps.
        Weight::from_parts(170_428_000, 13462)
            .saturating_add(Weight::from_parts(27_647_165, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(69_899, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_instantiate(r: u32, n: u32, ) -> Weight {
        // At least 107_000 ps.
        Weight::from_parts(108_492_000, 19066)
            .saturating_add(Weight::from_parts(326_890_925, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(9_866, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(7, 1))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(3u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1.
    fn host_terminate(r: u32, ) -> Weight {
        // At least 109_000 ps.
        Weight::from_parts(163_568_400, 13830)
            .saturating_add(Weight::from_parts(576_987_100, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(6u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(10u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1.
    fn host_set_code(r: u32, ) -> Weight {
        // At least 109_000 ps.
        Weight::from_parts(115_901_400, 13783)
            .saturating_add(Weight::from_parts(248_051_200, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
            .saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(6u64.saturating_mul(r.into())))
    }
    // `n` was 0 to 16384.
    fn host_return(n: u32, ) -> Weight {
        // At least 99_000 ps.
        Weight::from_parts(147_924_754, 13327)
            .saturating_add(Weight::from_parts(2_540, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn host_ecdsa_to_eth_address(r: u32, ) -> Weight {
        // At least 134_000 ps.
        Weight::from_parts(153_578_796, 13407)
            .saturating_add(Weight::from_parts(15_232_502, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `n` was 0 to 16384.
    fn host_sr25519_verify(r: u32, n: u32, ) -> Weight {
        // At least 158_000 ps.
        Weight::from_parts(159_417_000, 13423)
            .saturating_add(Weight::from_parts(73_644_975, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(39_647, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_blocks(c: u32, ) -> Weight {
        // At least 96_000 ps.
        Weight::from_parts(100_408_000, 301836)
            .saturating_add(Weight::from_parts(142_115, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_divisions(c: u32, ) -> Weight {
        // At least 95_000 ps.
        Weight::from_parts(96_450_000, 301450)
            .saturating_add(Weight::from_parts(70_135, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_host_calls(c: u32, ) -> Weight {
        // At least 174_000 ps.
        Weight::from_parts(1_155_189_487, 301858)
            .saturating_add(Weight::from_parts(148_232, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_memory(c: u32, ) -> Weight {
        // At least 145_000 ps.
        Weight::from_parts(159_348_000, 301482)
            .saturating_add(Weight::from_parts(53_053, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_units(c: u32, ) -> Weight {
        // At least 140_000 ps.
        Weight::from_parts(236_160_665, 301482)
            .saturating_add(Weight::from_parts(74_256, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_branches(c: u32, ) -> Weight {
        // At least 96_000 ps.
        Weight::from_parts(101_599_000, 292107)
            .saturating_add(Weight::from_parts(38_959, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_data(c: u32, ) -> Weight {
        // At least 148_000 ps.
        Weight::from_parts(147_729_650, 269282)
            .saturating_add(Weight::from_parts(771, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `p` was 1 to 28.
    fn touch_few_pages(_p: u32, ) -> Weight {
        // At least 92_000 ps.
        Weight::from_parts(175_387_734, 13298)
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `p` was 29 to 350.
    fn touch_many_pages(p: u32, ) -> Weight {
        // At least 97_000 ps.
        Weight::from_parts(168_649_822, 13298)
            .saturating_add(Weight::from_parts(135_197, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `c` was 0 to 256000.
    fn load_again(c: u32, ) -> Weight {
        // At least 94_000 ps.
        Weight::from_parts(2_257_571_296, 301836)
            .saturating_add(Weight::from_parts(103_459, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    // `c` was 0 to 28672.
    fn load_warm(r: u32, c: u32, ) -> Weight {
        // At least 7_416_797_000 ps.
        Weight::from_parts(3_809_095_422, 50069 + 2_560 * 53)
            .saturating_add(Weight::from_parts(250_451_726, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(2_537_624, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(53, 0))
    }
    fn precompile_ecrecover() -> Weight {
        // At least 55_000 ps.
        Weight::from_parts(56_706_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_sha256(n: u32, ) -> Weight {
        // At least 15_000 ps.
        Weight::from_parts(26_351_172, 2617)
            .saturating_add(Weight::from_parts(1_134, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_ripemd160(n: u32, ) -> Weight {
        // At least 21_000 ps.
        Weight::from_parts(30_103_333, 2617)
            .saturating_add(Weight::from_parts(3_631, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_identity(n: u32, ) -> Weight {
        // At least 11_000 ps.
        Weight::from_parts(16_052_971, 2617)
            .saturating_add(Weight::from_parts(431, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_short() -> Weight {
        // At least 254_000 ps.
        Weight::from_parts(306_442_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_long() -> Weight {
        // At least 4_862_000 ps.
        Weight::from_parts(5_214_285_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_modexp_even() -> Weight {
        // At least 44_000 ps.
        Weight::from_parts(57_527_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_bn254_add() -> Weight {
        // At least 44_000 ps.
        Weight::from_parts(55_103_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_bn254_mul() -> Weight {
        // At least 653_000 ps.
        Weight::from_parts(839_157_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `p` was 0 to 4.
    fn precompile_bn254_pairing(p: u32, ) -> Weight {
        // At least 1_659_000 ps.
        Weight::from_parts(2_703_532_300, 2617)
            .saturating_add(Weight::from_parts(3_160_610_230, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 1000.
    fn precompile_blake2f(n: u32, ) -> Weight {
        // At least 11_000 ps.
        Weight::from_parts(16_762_500, 2617)
            .saturating_add(Weight::from_parts(28_170, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_p256_verify() -> Weight {
        // At least 1_815_000 ps.
        Weight::from_parts(2_256_313_000, 2617)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `n` was 0 to 16384.
    fn precompile_blake2b(n: u32, ) -> Weight {
        // At least 12_000 ps.
        Weight::from_parts(13_688_620, 2617)
            .saturating_add(Weight::from_parts(1_461, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    fn precompile_system() -> Weight {
        // At least 21_000 ps.
        Weight::from_parts(22_762_000, 5177)
            .saturating_add(T::DbWeight::get().reads_writes(2, 0))
    }
    // `r` was 0 to 2000.
    fn instr_additions(r: u32, ) -> Weight {
        // At least 176_000 ps.
        Weight::from_parts(459_572_121, 16405)
            .saturating_add(Weight::from_parts(1_554_046, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 500.
    fn instr_multiplications(r: u32, ) -> Weight {
        // At least 231_000 ps.
        Weight::from_parts(64_008_136, 16405)
            .saturating_add(Weight::from_parts(9_308_707, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_divisions(r: u32, ) -> Weight {
        // At least 247_000 ps.
        Weight::from_parts(372_235_021, 16405)
            .saturating_add(Weight::from_parts(3_672_455, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_forwarding(r: u32, ) -> Weight {
        // At least 198_000 ps.
        Weight::from_parts(222_865_231, 18420)
            .saturating_add(Weight::from_parts(4_731_288, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_random_branches(r: u32, ) -> Weight {
        // At least 185_000 ps.
        Weight::from_parts(225_650_826, 15629)
            .saturating_add(Weight::from_parts(4_130_563, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_random_dynamic_jumps(r: u32, ) -> Weight {
        // At least 205_000 ps.
        Weight::from_parts(236_024_926, 16917)
            .saturating_add(Weight::from_parts(953_603, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_blocks(r: u32, ) -> Weight {
        // At least 512_000 ps.
        Weight::from_parts(822_706_041, 17946)
            .saturating_add(Weight::from_parts(6_949_049, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 2000.
    fn instr_immediates(r: u32, ) -> Weight {
        // At least 173_000 ps.
        Weight::from_parts(97_615_696, 23414)
            .saturating_add(Weight::from_parts(2_289_600, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_chased_loads(r: u32, ) -> Weight {
        // At least 290_000 ps.
        Weight::from_parts(355_205_815, 15424)
            .saturating_add(Weight::from_parts(5_149_959, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_scattered_loads(r: u32, ) -> Weight {
        // At least 218_000 ps.
        Weight::from_parts(315_165_598, 17977)
            .saturating_add(Weight::from_parts(3_996_198, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_scattered_stores(r: u32, ) -> Weight {
        // At least 209_000 ps.
        Weight::from_parts(186_601_095, 17800)
            .saturating_add(Weight::from_parts(4_696_534, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_near_copies(r: u32, ) -> Weight {
        // At least 217_000 ps.
        Weight::from_parts(213_338_410, 17970)
            .saturating_add(Weight::from_parts(3_638_771, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_near_branches(r: u32, ) -> Weight {
        // At least 466_000 ps.
        Weight::from_parts(455_183_925, 23430)
            .saturating_add(Weight::from_parts(8_344_278, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_near_dynamic_jumps(r: u32, ) -> Weight {
        // At least 387_000 ps.
        Weight::from_parts(494_686_824, 27842)
            .saturating_add(Weight::from_parts(17_551_805, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_near_jumps(r: u32, ) -> Weight {
        // At least 444_000 ps.
        Weight::from_parts(589_632_694, 23414)
            .saturating_add(Weight::from_parts(10_636_293, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 1000.
    fn instr_near_comparisons(r: u32, ) -> Weight {
        // At least 306_000 ps.
        Weight::from_parts(319_072_023, 23413)
            .saturating_add(Weight::from_parts(4_920_000, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_middle_branches(r: u32, ) -> Weight {
        // At least 604_000 ps.
        Weight::from_parts(802_290_260, 26883)
            .saturating_add(Weight::from_parts(12_709_223, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_middle_dynamic_jumps(r: u32, ) -> Weight {
        // At least 483_000 ps.
        Weight::from_parts(661_105_126, 32842)
            .saturating_add(Weight::from_parts(24_225_692, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_middle_jumps(r: u32, ) -> Weight {
        // At least 525_000 ps.
        Weight::from_parts(816_926_602, 26870)
            .saturating_add(Weight::from_parts(10_530_296, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_wide_chased_pages(r: u32, ) -> Weight {
        // At least 290_000 ps.
        Weight::from_parts(298_042_700, 15423)
            .saturating_add(Weight::from_parts(6_016_076, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_wide_scattered_loads(r: u32, ) -> Weight {
        // At least 239_000 ps.
        Weight::from_parts(309_020_658, 18128)
            .saturating_add(Weight::from_parts(2_662_859, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_wide_scattered_stores(r: u32, ) -> Weight {
        // At least 231_000 ps.
        Weight::from_parts(256_584_684, 18070)
            .saturating_add(Weight::from_parts(3_802_795, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 20.
    fn instr_wide_dynamic_jumps(r: u32, ) -> Weight {
        // At least 2_037_000 ps.
        Weight::from_parts(2_081_413_396, 113133)
            .saturating_add(Weight::from_parts(133_644_040, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 20.
    fn instr_wide_branches(r: u32, ) -> Weight {
        // At least 1_437_000 ps.
        Weight::from_parts(1_615_024_729, 50221)
            .saturating_add(Weight::from_parts(25_019_490, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 200.
    fn instr_wide_comparisons(r: u32, ) -> Weight {
        // At least 965_000 ps.
        Weight::from_parts(862_074_063, 82477)
            .saturating_add(Weight::from_parts(31_746_080, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_far_chased_loads(r: u32, ) -> Weight {
        // At least 877_000 ps.
        Weight::from_parts(1_068_013_740, 15424)
            .saturating_add(Weight::from_parts(18_524_521, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_far_scattered_loads(r: u32, ) -> Weight {
        // At least 356_000 ps.
        Weight::from_parts(412_615_951, 17878)
            .saturating_add(Weight::from_parts(2_856_674, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 100.
    fn instr_far_copies(r: u32, ) -> Weight {
        // At least 381_000 ps.
        Weight::from_parts(413_090_063, 17878)
            .saturating_add(Weight::from_parts(3_021_348, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_dynamic_jumps(r: u32, ) -> Weight {
        // At least 5_807_000 ps.
        Weight::from_parts(6_145_811_822, 383473)
            .saturating_add(Weight::from_parts(353_532_190, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_branches(r: u32, ) -> Weight {
        // At least 7_469_000 ps.
        Weight::from_parts(8_346_469_918, 243759)
            .saturating_add(Weight::from_parts(240_480_332, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_jumps(r: u32, ) -> Weight {
        // At least 4_584_000 ps.
        Weight::from_parts(4_990_322_559, 197667)
            .saturating_add(Weight::from_parts(159_510_886, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    // `r` was 0 to 10.
    fn instr_far_comparisons(r: u32, ) -> Weight {
        // At least 7_968_000 ps.
        Weight::from_parts(9_678_785_277, 566407)
            .saturating_add(Weight::from_parts(430_138_240, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(5, 0))
    }
    fn on_idle_base() -> Weight {
        // At least 1_000 ps.
        Weight::from_parts(1_153_000, 2560)
            .saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    // `r` was 0 to 100.
    fn on_idle_entry(r: u32, ) -> Weight {
        // At least 1_000 ps.
        Weight::from_parts(1_132_000, 4673)
            .saturating_add(Weight::from_parts(12_520_532, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 1))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
    // `r` was 0 to 1000.
    fn on_idle_key(r: u32, ) -> Weight {
        // At least 23_000 ps.
        Weight::from_parts(56_028_593, 91898)
            .saturating_add(Weight::from_parts(1_560_880, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
            .saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(r.into())))
    }
}
