// SPDX-License-Identifier: Apache-2.0
//! Every host function with arguments that are fine, and which of them are pointers.

use super::{
    fixtures::{contract, Arg, Asm, RW},
    words::hex,
    HostFunction,
};

/// Which halves of which arguments of a host function are pointers, and arguments that are fine.
pub(super) struct Signature {
    pub(super) function: HostFunction,
    pub(super) args: [u64; 6],
    /// Argument and whether its upper half.
    pub(super) pointers: &'static [(usize, bool)],
    /// Those of `pointers` that are written to.
    pub(super) written: &'static [(usize, bool)],
}

pub(super) const fn hi_lo(high: u64, low: u64) -> u64 {
    high << 32 | low
}

const fn signature(
    function: HostFunction,
    args: [u64; 6],
    pointers: &'static [(usize, bool)],
    written: &'static [(usize, bool)],
) -> Signature {
    Signature { function, args, pointers, written }
}

const A0: (usize, bool) = (0, false);
const A1: (usize, bool) = (1, false);
const A2: (usize, bool) = (2, false);
const A3: (usize, bool) = (3, false);
const A4: (usize, bool) = (4, false);
const H2: (usize, bool) = (2, true);
const H3: (usize, bool) = (3, true);
const H4: (usize, bool) = (4, true);
const H5: (usize, bool) = (5, true);
pub(super) const L5: (usize, bool) = (5, false);

/// Every host function.
pub(super) fn signatures() -> Vec<Signature> {
    use HostFunction::*;
    let out = |function| signature(function, [RW, 0, 0, 0, 0, 0], &[A0], &[A0]);
    let none = |function| signature(function, [0; 6], &[], &[]);
    let mut all = vec![
        signature(SetStorage, [0, RW, 32, RW, 32, 0], &[A1, A3], &[]),
        signature(SetStorageOrClear, [0, RW, RW, 0, 0, 0], &[A1, A2], &[]),
        // The item that the fixture stored is there.
        signature(GetStorage, [0, RW, 32, RW + 512, RW + 1024, 0], &[A1, A3, A4], &[A3, A4]),
        signature(GetStorageOrZero, [0, RW, RW + 512, 0, 0, 0], &[A1, A2], &[A2]),
        signature(
            Call,
            [
                hi_lo(8, RW),
                u64::MAX,
                u64::MAX,
                hi_lo(RW + 2048, RW + 2048),
                hi_lo(32, RW),
                hi_lo(RW + 1024, RW + 512),
            ],
            &[A0, A3, H3, A4, H5],
            &[H5],
        ),
        signature(
            CallEvm,
            [8, RW, RW + 2048, u64::MAX, hi_lo(32, RW), hi_lo(RW + 1024, RW + 512)],
            &[A1, A2, A4, H5],
            &[H5],
        ),
        signature(
            DelegateCall,
            [RW, u64::MAX, u64::MAX, RW + 2048, hi_lo(32, RW), hi_lo(RW + 1024, RW + 512)],
            &[A0, A3, A4, H5],
            &[H5],
        ),
        signature(
            DelegateCallEvm,
            [0, RW, u64::MAX, hi_lo(32, RW), hi_lo(RW + 1024, RW + 512), 0],
            &[A1, A3, H4],
            &[H4],
        ),
        signature(
            Instantiate,
            [
                u64::MAX,
                u64::MAX,
                hi_lo(RW + 2048, RW + 2048),
                hi_lo(64, RW),
                hi_lo(RW + 1024, RW + 512),
                hi_lo(RW + 512, RW),
            ],
            &[A2, H2, A3, L5],
            &[],
        ),
        signature(CallDataCopy, [RW, 32, 0, 0, 0, 0], &[A0], &[A0]),
        signature(CallDataLoad, [RW, 0, 0, 0, 0, 0], &[A0], &[A0]),
        signature(SealReturn, [0, RW, 32, 0, 0, 0], &[A1], &[]),
        signature(ReturnDataCopy, [RW, RW + 1024, 0, 0, 0, 0], &[A1], &[A1]),
        signature(BalanceOf, [RW, RW, 0, 0, 0, 0], &[A0, A1], &[A1]),
        signature(CodeHash, [RW, RW, 0, 0, 0, 0], &[A0, A1], &[A1]),
        signature(CodeSize, [RW, 0, 0, 0, 0, 0], &[A0], &[]),
        signature(BlockHash, [RW + 2048, RW, 0, 0, 0, 0], &[A0, A1], &[A1]),
        signature(GetImmutableData, [RW, RW + 1024, 0, 0, 0, 0], &[A0, A1], &[A0, A1]),
        signature(DepositEvent, [RW, 1, RW, 32, 0, 0], &[A0, A2], &[]),
        signature(HashKeccak256, [RW, 32, RW, 0, 0, 0], &[A0, A2], &[A2]),
        signature(Terminate, [RW, 0, 0, 0, 0, 0], &[A0], &[]),
        // There is no code with this hash, which a return code says.
        signature(SetCode, [RW, RW, 32, 0, 0, 0], &[A0, A1], &[]),
        signature(EcdsaToEthAddress, [KEY, RW + 512, 0, 0, 0, 0], &[A0, A1], &[A1]),
        signature(Sr25519Verify, [RW, RW, 32, RW, 0, 0], &[A0, A1, A3], &[]),
        none(ConsumeAllGas),
        signature(SetImmutableData, [RW, 32, 0, 0, 0, 0], &[A0], &[]),
    ];
    all.extend(
        [Address, Caller, Origin, ValueTransferred, Balance, ChainId, BlockNumber, BlockAuthor, Now, BaseFee]
            .map(out),
    );
    all.extend([CallDataSize, ReturnDataSize, GasLimit, GasPrice, RefTimeLeft].map(none));
    all
}

/// Where the contracts below have a compressed key on secp256k1.
const KEY: u64 = RW + 3072;

/// A contract that prepares some memory and an item, then makes the call, in `deploy` or in `call`.
pub(super) fn one_call(function: HostFunction, args: [u64; 6], in_deploy: bool) -> Vec<u8> {
    let body = move |asm: &mut Asm| {
        asm.data(RW, &[5; 64])
            .data(RW + 1024, &64u32.to_le_bytes())
            .data(RW + 2048, &[0; 32])
            .data(KEY, &hex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"))
            .host("set_storage", [0, RW, 32, RW, 32])
            .host(function.symbol(), args.map(Arg::from));
    };
    let immutables = |asm: &mut Asm| {
        asm.data(RW, &[5; 64]).host("set_immutable_data", [RW, 40]);
    };
    if in_deploy {
        contract(body, |_| {})
    } else {
        contract(immutables, body)
    }
}
