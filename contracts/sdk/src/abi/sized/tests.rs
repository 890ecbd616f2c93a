// SPDX-License-Identifier: Apache-2.0
//! Numbers of odd sizes at their borders, in calls, and in names that others have published.

use super::*;
use crate::{
    abi::{Address, Bytes, List},
    testing::Contract,
};

crate::contract! {
    Sizes {
        pure fn numbers(a: Uint<24>, b: Int<24>, c: Uint<160>, d: Int<256>) -> (a: Uint<24>, b: Int<24>, c: Uint<160>, d: Int<256>);
        pure fn arrays(a: [Uint<8>; 3], b: List<Int<72>, 2>, c: Bytes20) -> (a: [Uint<8>; 3], b: List<Int<72>, 2>, c: Bytes20);
    }
}

crate::interface! {
    /// Of Uniswap, version 3, and of Chainlink.
    Published {
        fn swap(to: Address, zero_for_one: bool, amount: Int<256>, limit: Uint<160>, data: Bytes<32>) -> (a: Int<256>, b: Int<256>);
        view fn ticks(tick: Int<24>);
        view fn get_round_data(id: Uint<80>);
    }
}

type Numbers = (Uint<24>, Int<24>, Uint<160>, Int<256>);
type Arrays = ([Uint<8>; 3], List<Int<72>, 2>, Bytes20);

fn numbers(a: Uint<24>, b: Int<24>, c: Uint<160>, d: Int<256>) -> Numbers {
    (a, b, c, d)
}

fn arrays(a: [Uint<8>; 3], b: List<Int<72>, 2>, c: Bytes20) -> Arrays {
    (a, b, c)
}

fn power(exponent: usize) -> U256 {
    let mut word = [0; 32];
    word[31 - exponent / 8] = 1 << (exponent % 8);
    U256::from_word(&word)
}

fn less(number: U256) -> U256 {
    number.checked_sub(U256::ONE).unwrap()
}

fn at_borders<const BITS: usize>() {
    let highest = (0..BITS - 1).fold(power(BITS - 1), |sum, bit| sum.checked_add(power(bit)).unwrap());
    assert_eq!(Uint::<BITS>::new(highest).map(Uint::number), Some(highest));
    let half = power(BITS - 1);
    let least = Int::<BITS>::new(true, half).unwrap();
    assert_eq!((least.is_negative(), least.magnitude()), (true, half));
    let most = Int::<BITS>::new(false, less(half)).unwrap();
    assert_eq!((most.is_negative(), most.magnitude()), (false, less(half)));
    let minus_one = Int::<BITS>::from_i128(-1).unwrap();
    assert!(least < minus_one && minus_one < Int::ZERO && Int::ZERO < most);
    assert_eq!(format!("{minus_one} {most:?}"), format!("-1 {}", less(half)));
    assert_eq!((Int::<BITS>::new(false, half), Int::<BITS>::new(true, U256::MAX)), (None, None));
    assert_eq!(Int::<BITS>::new(true, U256::ZERO), Some(Int::ZERO));
    if BITS < 256 {
        assert_eq!((Uint::<BITS>::new(power(BITS)), Uint::<BITS>::new(U256::MAX)), (None, None));
        assert_eq!(Int::<BITS>::new(true, half.checked_add(U256::ONE).unwrap()), None);
    }
    let name = format!("uint{BITS} int{BITS}");
    assert_eq!(format!("{} {}", Uint::<BITS>::NAME, Int::<BITS>::NAME), name);
}

#[test]
fn numbers_have_their_bits_and_no_more() {
    at_borders::<8>();
    at_borders::<24>();
    at_borders::<64>();
    at_borders::<72>();
    at_borders::<128>();
    at_borders::<160>();
    at_borders::<192>();
    at_borders::<248>();
    at_borders::<256>();
}

#[test]
fn numbers_of_128_bits_are_those_of_rust() {
    for number in [0, 1, -1, i128::MAX, i128::MIN] {
        assert_eq!(Int::<256>::from_i128(number).and_then(Int::to_i128), Some(number));
    }
    assert_eq!(Int::<256>::new(false, power(127)).unwrap().to_i128(), None);
    assert_eq!(Int::<256>::new(true, power(128)).unwrap().to_i128(), None);
}

#[test]
fn they_are_arguments_and_results() {
    let mut sizes = Contract::new(deploy, call);
    let (a, b) = (Uint::new(0xff_ffffu64).unwrap(), Int::from_i128(-0x80_0000).unwrap());
    let (c, d) = (Uint::new(less(power(160))).unwrap(), Int::new(true, power(255)).unwrap());
    let message = Sizes::numbers(a, b, c, d);
    assert_eq!(message[36..68], [&[0xff; 29][..], &[0x80, 0, 0]].concat(), "the sign goes on");
    assert_eq!(sizes.call(&message).value::<Numbers>(), (a, b, c, d));
    let mut changed = |at: usize, byte: u8| {
        let mut bytes = message.to_vec();
        bytes[at] = byte;
        sizes.call(&bytes).reason()
    };
    assert_eq!(changed(4 + 28, 1), "argument 1 is no uint24");
    assert_eq!(changed(36 + 28, 0xfe), "argument 2 is no int24");
    assert_eq!(changed(36 + 29, 0x7f), "argument 2 is no int24");
    assert_eq!(changed(36, 0), "argument 2 is no int24");
    assert_eq!(changed(68 + 11, 1), "argument 3 is no uint160");
    let (a, c) = ([1u64, 2, 255].map(|number| Uint::new(number).unwrap()), Bytes20([7; 20]));
    let b = List::from([Int::from_i128(-1).unwrap(), Int::from_i128(1 << 70).unwrap()]);
    let message = Sizes::arrays(a, b, c);
    assert_eq!(message[..4], crate::abi::selector("arrays(uint8[3],int72[],bytes20)"));
    assert_eq!(message[132..164], [&[7; 20][..], &[0; 12]].concat());
    assert_eq!(sizes.call(&message).value::<Arrays>(), (a, b, c));
    let mut bytes = message.to_vec();
    bytes[132 + 20] = 1;
    assert_eq!(sizes.call(&bytes).reason(), "argument 3 is no bytes20");
}

#[test]
fn selectors_are_the_published_ones() {
    let amount = Int::from_i128(-1).unwrap();
    let swap = Published::swap([1; 20], true, amount, Uint::default(), Bytes::new());
    assert_eq!(swap[..4], [0x12, 0x8a, 0xcb, 0x08]);
    assert_eq!(Published::ticks(Int::default())[..4], [0xf3, 0x0d, 0xba, 0x93]);
    assert_eq!(Published::get_round_data(Uint::default())[..4], [0x9a, 0x6f, 0xc8, 0xf5]);
}
