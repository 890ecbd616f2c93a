// SPDX-License-Identifier: Apache-2.0
//! Lists and structures, against what a compiler of Solidity makes of the same declarations.

mod strict;

use super::*;
use crate::{abi::List, keccak::keccak_256};

crate::contract! {
    /// Gives back what it gets, emits it or reverts with it.
    Many {
        struct Payment(to: Address, value: U256);
        struct Order(payment: Payment, deadlines: [u64; 2], kind_of: [u8; 4]);
        struct Note(id: u64, text: Text<40>, marks: List<u8, 3>, order: Order);
        struct One(number: U256);

        constructor(order: Order, owners: List<Address, 2>);
        pure fn numbers(before: bool, list: Numbers, after_all: bool) -> (bool, Numbers, bool);
        pure fn small(list: List<u8, 3>) -> List<u8, 3>;
        pure fn order(the_order: Order, last: u64) -> (same: Order, left: u64);
        pure fn payments(all: List<Payment, 20>) -> List<Payment, 20>;
        pure fn note(the_note: Note, last: u8) -> (the_same: Note, next: u8);
        pure fn notes(all: List<Note, 3>, texts: [Text<4>; 2]) -> (List<Note, 3>, [Text<4>; 2]);
        pure fn grid(rows: List<List<U256, 3>, 3>, texts: List<Text<8>, 3>) -> (List<List<U256, 3>, 3>, List<Text<8>, 3>);
        pure fn pairs(two: [Payment; 2], flags: [List<bool, 2>; 2]) -> ([Payment; 2], [List<bool, 2>; 2]);
        fn emit_all(list: List<Payment, 20>, n: Numbers, o: Order, x: Note, texts: [Text<4>; 2], pair: [u64; 2], flags: List<bool, 2>);
        pure fn refuse(list: List<Payment, 20>, x: Note);

        event Paid(#[indexed] who: Address, payments: List<Payment, 20>, #[indexed] numbers: Numbers, #[indexed] order: Order);
        event Noted(#[indexed] note: Note, #[indexed] texts: [Text<4>; 2], #[indexed] one: One, notes: List<Note, 3>);
        event Fixed(#[indexed] pair: [u64; 2], #[indexed] single: [U256; 1], #[indexed] payments: [Payment; 2], flags: List<bool, 2>);
        error Unpaid(payments: List<Payment, 20>, note: Note);
    }
}

crate::interface! {
    /// What others have to offer.
    Shop {
        struct Price(amount: U256, payments: [Payment; 1]);
        fn pay(payments: List<Payment, 2>, note: Note) -> (paid: List<Payment, 2>, note: Note);
        view fn best() -> Order;
        view fn is_fair(price: Price) -> bool;
    }
}

type Numbers = List<u64, 5>;

fn constructor(order: &Order, owners: &List<Address, 2>) {
    require(owners.iter().all(|owner| *owner != order.payment.to), "pays an owner");
    host::set_immutable_data(owners.as_flattened());
}

fn numbers(before: bool, list: Numbers, after_all: bool) -> (bool, Numbers, bool) {
    (before, list, after_all)
}

fn small(list: List<u8, 3>) -> List<u8, 3> {
    list
}

fn order(the_order: &Order, last: u64) -> (Order, u64) {
    (*the_order, last)
}

fn payments(all: &List<Payment, 20>) -> List<Payment, 20> {
    *all
}

fn note(note: &Note, last: u8) -> (Note, u8) {
    (*note, last)
}

type Texts = [Text<4>; 2];

fn notes(all: &List<Note, 3>, texts: &Texts) -> (List<Note, 3>, Texts) {
    (*all, *texts)
}

type Grid = List<List<U256, 3>, 3>;

fn grid(rows: Grid, texts: List<Text<8>, 3>) -> (Grid, List<Text<8>, 3>) {
    (rows, texts)
}

type Flags = [List<bool, 2>; 2];

fn pairs(two: [Payment; 2], flags: Flags) -> ([Payment; 2], Flags) {
    (two, flags)
}

fn emit_all(
    list: &List<Payment, 20>,
    n: Numbers,
    o: &Order,
    x: &Note,
    texts: &Texts,
    pair: [u64; 2],
    flags: List<bool, 2>,
) {
    Paid { who: [7; 20], payments: *list, numbers: n, order: *o }.emit();
    Noted { note: *x, texts: *texts, one: One { number: 7u64.into() }, notes: [*x, *x].into() }.emit();
    Fixed { pair, single: [9u64.into()], payments: [list[0], list[1]], flags }.emit();
}

fn refuse(list: List<Payment, 20>, x: Note) {
    Unpaid { payments: list, note: x }.revert()
}

fn many() -> Contract {
    Contract::new(deploy, call)
}

fn three() -> List<Payment, 20> {
    let payment = |digit, value| Payment { to: [digit; 20], value };
    let most = U256::from_be_limbs([1 << 63, 0, 0, 0]);
    [payment(1, 10u64.into()), payment(2, most), payment(3, U256::ZERO)].into()
}

fn an_order() -> Order {
    let payment = Payment { to: [4; 20], value: 5u64.into() };
    Order { payment, deadlines: [6, 7], kind_of: [1, 2, 3, 4] }
}

fn long() -> Note {
    let text = Text::of("a text that takes more than thirty-two");
    Note { id: 8, text, marks: [1, 2, 255].into(), order: an_order() }
}

fn short() -> Note {
    Note { id: 9, text: Text::new(), marks: List::new(), order: an_order() }
}

fn texts() -> Texts {
    [Text::new(), Text::of("one")]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What an encoder and an EVM that runs the same contract in Solidity make of the same values: hashes of input and output.
#[test]
fn values_are_written_as_solidity_does_and_come_back() {
    let two = |numbers: [u64; 2]| List::<U256, 3>::from(numbers.map(U256::from));
    let rows = Grid::from([two([1, 2]), [3u64.into()].into()]);
    let words = ["one", "two", "three"].map(Text::of).into();
    let flags = [[true].into(), [false, true].into()];
    let [first, second, _] = three()[..] else { panic!() };
    for (message, input, output) in [
        (
            Many::numbers(true, [1, 2, 3].into(), false).to_vec(),
            "248ec7d1c3cf6583b71f32c3cb5a1828e73d9ce837bb6fb1873c255597e1f83e",
            "bfeb7e5c3e262357c64114f0e9a0c45ece7fa8418c8f9411b005e9a6738113c0",
        ),
        (
            Many::small([1, 2, 255].into()).to_vec(),
            "e8410184497098171fe0afed319268fd259cf273b5a031650dbfeed39b9f6c70",
            "95e7df7c082c322bdc0ddd997d3f7c36a0bbd29f17ac9971262ff212e4301a10",
        ),
        (
            Many::order(an_order(), 9).to_vec(),
            "5a381cd1a5dd18813b0a7f34f287eeb3d8aa03a0e2969c464309369ab88e3d62",
            "d1e17a9bba5bf1d686ae5b3a85a67be13650c3abd10b6d083e4d69e8d7199213",
        ),
        (
            Many::payments(three()).to_vec(),
            "d9ce882940980ce3049775df46651959543f8201aa39261b377a77513d49fca3",
            "eb12837a5bab1a81d6d781ab3b18db9f2f8fdc91b805647f6c95d52fa5114a11",
        ),
        (
            Many::note(long(), 9).to_vec(),
            "9fcbb367e64f37d7751facc511792ea9c3a48ae1d5a69b6ba908761280212d5b",
            "89f62e6347cb20dd39a9beb135a6f8878209d2e0184ef4b42dd834b2611a8384",
        ),
        (
            Many::notes([long(), short()].into(), texts()).to_vec(),
            "70ded2a1d615b0ce3b729997db681d1a2ba44444113967bea2c0d30b28608190",
            "1a13ce2049e438880c096a61569532d4d16f2822c05cd78a74c05186d8869150",
        ),
        (
            Many::grid(rows, words).to_vec(),
            "fe678a21469ed0a0fcbeced9e9390b532c30f77d33ea86614d7d6deac66eec8d",
            "2ab88780b44a88709d98e7336171f499644d33bd6c08e278949572e01ec1d2a8",
        ),
        (
            Many::pairs([first, second], flags).to_vec(),
            "9437626879c801c3f7a7229ac49cda53a41ff48a4a25f3d13185f7f968b6883e",
            "5c6b981aa06d09e87f04ae123df097202013fcbcf69dd4dad7908d000a285e31",
        ),
    ] {
        assert_eq!(hex(&keccak_256(&message)), input, "{}", hex(&message));
        let returned = many().call(&message).returned();
        assert_eq!(hex(&keccak_256(&returned)), output, "{}", hex(&returned));
    }
    let returned = many().call(&Many::notes([long(), short()].into(), texts()));
    assert_eq!(returned.value::<(List<Note, 3>, Texts)>(), ([long(), short()].into(), texts()));
    assert_eq!(many().call(&Many::order(an_order(), 9)).value::<(Order, u64)>(), (an_order(), 9));
    assert_eq!(many().call(&Many::grid(rows, words)).value::<(Grid, List<Text<8>, 3>)>(), (rows, words));
}

/// From the specification of the ABI.
#[test]
fn encodings_are_those_of_the_specification() {
    crate::interface! {
        Specified {
            fn sam(name: Bytes<8>, flag: bool, numbers: List<U256, 4>);
            fn f(a: U256, b: List<u32, 2>, c: [u8; 10], d: Bytes<32>);
            fn g(a: List<List<U256, 2>, 2>, b: List<Text<8>, 3>);
        }
    }
    // Words: numbers in hexadecimal, or text in quotes.
    let data = |selector: [u8; 4], words: &str| {
        let words = words.split('|').map(|token| match token.strip_prefix('"') {
            Some(text) => format!("{text:\0<32}").into_bytes(),
            None => word(u64::from_str_radix(token, 16).unwrap()).to_vec(),
        });
        [selector.to_vec(), words.flatten().collect()].concat()
    };
    let bytes = |text: &str| Bytes::copied(text.as_bytes()).unwrap();
    let [one, two, three] = [1u64, 2, 3].map(U256::from);
    assert_eq!(
        Specified::sam(bytes("dave"), true, [one, two, three].into())[..],
        data([0xa5, 0x64, 0x3b, 0xf2], "60|1|a0|4|\"dave|3|1|2|3")
    );
    let hello = Bytes::copied(b"Hello, world!").unwrap();
    assert_eq!(
        Specified::f(0x123u64.into(), [0x456, 0x789].into(), *b"1234567890", hello)[..],
        data([0x8b, 0xe6, 0x52, 0x46], "123|80|\"1234567890|e0|2|456|789|d|\"Hello, world!")
    );
    let texts = ["one", "two", "three"].map(Text::of);
    assert_eq!(
        Specified::g([[one, two].into(), [three].into()].into(), texts.into())[..],
        data([0x22, 0x89, 0xb1, 0x8c], "40|140|2|40|a0|2|1|2|1|3|3|60|a0|e0|3|\"one|3|\"two|5|\"three")
    );
}

#[test]
fn lists_may_be_empty_or_full() {
    let mut many = many();
    for count in 0..=20u8 {
        let all = List::collected((0..count).map(|digit| Payment { to: [digit; 20], value: U256::ONE }));
        let message = Many::payments(all.unwrap());
        assert_eq!(message.len(), 4 + 64 + 64 * usize::from(count));
        assert_eq!(many.call(&message).value::<List<Payment, 20>>(), all.unwrap());
    }
    for count in 0..=5 {
        let list = List::collected(1..=count).unwrap();
        let found = many.call(&Many::numbers(false, list, true)).value::<(bool, Numbers, bool)>();
        assert_eq!(found, (false, list, true));
    }
    let none = Many::notes(List::new(), texts());
    assert_eq!(many.call(&none).value::<(List<Note, 3>, Texts)>(), (List::new(), texts()));
}

/// Topics and data as an EVM has them that runs the same contract in Solidity.
#[test]
fn events_are_those_of_solidity() {
    let mut many = many();
    let flags = [true, false].into();
    let message = Many::emit_all(three(), [1, 2, 3].into(), an_order(), long(), texts(), [3, 4], flags);
    let input = "1df0042616d56de219df277942a2e75d2d0eae01cb6abf1edd9d42efb9539667";
    assert_eq!(hex(&keccak_256(&message)), input);
    assert_eq!(many.call(&message).returned(), []);
    let found: Vec<_> = many
        .events
        .iter()
        .map(|event| (event.topics.iter().map(|topic| hex(topic)).collect(), hex(&keccak_256(&event.data))))
        .collect();
    let expected: [([&str; 4], &str); 3] = [
        (
            [
                "53047d7767160b82bd1e2d1217e9f823eb69a8bb72126f350b8fb94a18e2f21a",
                "0000000000000000000000000707070707070707070707070707070707070707",
                "6e0c627900b24bd432fe7b1f713f1b0744091a646a9fe4a65a18dfed21f2949c",
                "1191c513b3556bce92d861ad3f4335d54d8488f253d6d3d14cc7e6cc3ebaf3ca",
            ],
            "eb12837a5bab1a81d6d781ab3b18db9f2f8fdc91b805647f6c95d52fa5114a11",
        ),
        (
            [
                "3b98676c0dd2f015ac18384257b1d03e714efdee947fa017ad9edbda8e553f72",
                "5564e4e168bf95899f1d2357e9a1c4285c32612b82f6244142c409f5b116c6d9",
                "165b48228a1f426be32c415cc5a5de34b11b0cae59aefd866a8ec9e0a0a57e17",
                "a66cc928b5edb82af9bd49922954155ab7b0942694bea4ce44661d9a8736c688",
            ],
            "26d6706efdac37b4e4c2c0191f5cb11c8d6628e6757b1910338b3e95112e67b3",
        ),
        (
            [
                "efa33bbef5fe97bc4523e181f1829d7c1bf26d4aa2cafa51ee2da5cc399309dd",
                "2e174c10e159ea99b867ce3205125c24a42d128804e4070ed6fcc8cc98166aa0",
                "6e1540171b6c0c960b71a7020d9f60077f6af931a8bbf590da0223dacf75c7af",
                "5699ae878ae7e92c710505c6e4159c2711d9eacaa44273ad009c5415c6a5cf57",
            ],
            "61a10db6caa3bf0b2eca21afe0aa8535f3fac8a60110e923af156fb70a2d3eb8",
        ),
    ];
    assert_eq!(found, expected.map(|(topics, data)| (topics.map(String::from).to_vec(), data.to_string())));
    // In no more room than it takes.
    crate::event! { Alone(#[indexed] note: Note); }
    assert_eq!(Event::from(Alone { note: long() }).topics[1], many.events[1].topics[1]);
}

#[test]
fn errors_and_constructors_take_them_too() {
    let mut many = many();
    let reason = Unpaid { payments: three(), note: long() }.encoded();
    // Of an EVM again.
    let expected = "6e7eafad1ba5deb18dcb32f9b4dbdf0943d06cd931c3aa7382f7d61a4f150f36";
    assert_eq!(hex(&keccak_256(&reason)), expected);
    assert_eq!(many.call(&Many::refuse(three(), long())), Outcome::Reverted(reason.to_vec()));
    let input = Many::constructor(an_order(), [[1; 20], [2; 20]].into());
    let words = [word_of([4; 20]), word(5), word(6), word(7), {
        let mut kind = [0; 32];
        kind[..4].copy_from_slice(&[1, 2, 3, 4]);
        kind
    }];
    let list = [word(192), word(2), word_of([1; 20]), word_of([2; 20])];
    assert_eq!(input[..], [words.as_flattened(), list.as_flattened()].concat());
    assert_eq!(many.deploy(&input).returned(), []);
    let own = Many::constructor(an_order(), [[4; 20]].into());
    assert_eq!(many.deploy(&own).reason(), "pays an owner");
    assert_eq!(many.deploy(&changed(&input, 191, 193)).reason(), "argument 2 is no address[]");
}

fn word_of(address: Address) -> Word {
    crate::abi::word_from_address(&address)
}

/// What Solidity's compiler writes for the same declarations.
#[test]
fn the_abi_has_components() {
    let expected = include_str!("composite.abi.txt");
    for line in expected.lines() {
        assert!(Many::ABI.lines().any(|found| found == line), "{line}\nis not in\n{}", Many::ABI);
    }
    assert_eq!(Many::ABI.lines().count(), expected.lines().count());
}
