// SPDX-License-Identifier: Apache-2.0
//! A contract with some of everything, and call data that nobody should have sent.

mod composite;
mod names;

use super::*;
use crate::{
    abi::{Address, Bytes, ErrorString, Text, Value, Word},
    host::{CallError, U256},
    testing::{Contract, Event, Outcome},
};

crate::contract! {
    /// Gives back what it gets.
    Echo {
        payable constructor(numbers: [u16; 2], name: Text<8>) => set_up;
        pure fn flag(flag: bool) -> bool;
        pure fn small(a: u8, b: u32, c: u128) -> (u8, u32, u128);
        pure fn signed(a: i8, b: i64, c: i128) -> (i8, i64, i128);
        pure fn fixed(id: [u8; 4], hash: Word, grid: [[u64; 2]; 2]) -> (id: [u8; 4], hash: Word, grid: [[u64; 2]; 2]);
        pure fn long(before: u64, data: Bytes<40>, text: Text<8>) -> (before: u64, data: Bytes<40>, text: Text<8>);
        view fn who_am_i() -> Address => crate::host::caller;
        payable fn pay(r#for: Address) -> (is_paid: bool);
        fn check(wanted_number: U256);
        fn check_text = "check"(text: Text<8>) => refuse_text;
        fn ask(other: Address) -> u64;
        /// Of which the selector ends with a zero, as zeros are what stands for what is not there.
        fn ends_with_zero = "f477"();
        receive();
        payable fallback() => other_call;
        event Paid(#[indexed] for_whom: Address, amount: U256, #[indexed] note: Text<8>, all: [u8; 2]);
        error TooMuch(wanted: U256, most: u64);
    }
}

crate::interface! {
    Other {
        view fn the_answer(question: Text<8>) -> (answer: u64, sure: bool);
    }
}

/// Of OpenZeppelin's ERC-20.
#[allow(dead_code)]
mod token {
    use super::*;

    crate::contract! {
        pub Token {
            event Approval(#[indexed] owner: Address, #[indexed] spender: Address, value: U256);
            error ERC20InsufficientBalance(sender: Address, balance: U256, needed: U256);
        }
    }
}

crate::event! {
    Simple();
    Indexed(#[indexed] a: u8, #[indexed] b: bool, #[indexed] c: [u8; 1]);
}

crate::error! {
    /// Nothing to say.
    Quiet();
}

fn set_up(numbers: [u16; 2], name: Text<8>) -> Result<(), Quiet> {
    require(numbers[0] < numbers[1], "not in order");
    if name.as_str().is_empty() {
        return Err(Quiet {});
    }
    Simple {}.emit();
    Indexed { a: 7, b: true, c: [9] }.emit();
    Ok(())
}

fn flag(flag: bool) -> bool {
    flag
}

fn small(a: u8, b: u32, c: u128) -> (u8, u32, u128) {
    (a, b, c)
}

fn signed(a: i8, b: i64, c: i128) -> (i8, i64, i128) {
    (a, b, c)
}

type Grid = [[u64; 2]; 2];

fn fixed(id: [u8; 4], hash: Word, grid: Grid) -> ([u8; 4], Word, Grid) {
    (id, hash, grid)
}

fn long(before: u64, data: Bytes<40>, text: Text<8>) -> (u64, Bytes<40>, Text<8>) {
    (before, data, text)
}

fn pay(r#for: Address) -> bool {
    Paid { for_whom: r#for, amount: host::value_transferred(), note: Text::of("a note"), all: [1, 2] }.emit();
    true
}

fn check(wanted_number: U256) -> Result<(), TooMuch> {
    match wanted_number.to_u64() {
        Some(0..=9) => Ok(()),
        _ => Err(TooMuch { wanted: wanted_number, most: 9 }),
    }
}

fn refuse_text(text: Text<8>) {
    text.as_str().revert()
}

fn ask(other: Address) -> u64 {
    let (answer, sure) = match Other::the_answer(Text::of("why")).to(&other).ask() {
        Ok(answer) => answer,
        Err(CallError::Malformed) => fail("not understood"),
        Err(_) => Quiet {}.revert(),
    };
    require(sure, "not sure");
    answer
}

fn ends_with_zero() {}

fn receive() {
    host::debug_message("received");
}

fn other_call() {
    host::debug_message("another call");
}

fn echo() -> Contract {
    Contract::new(deploy, call)
}

fn word(number: u64) -> Word {
    U256::from(number).to_word()
}

/// A message in which a byte is another.
fn changed(message: &[u8], at: usize, byte: u8) -> Vec<u8> {
    let mut bytes = message.to_vec();
    bytes[at] = byte;
    bytes
}

#[test]
fn values_come_back_as_they_went() {
    let mut echo = echo();
    for flag in [false, true] {
        assert_eq!(echo.call(&Echo::flag(flag)).value::<bool>(), flag);
    }
    for (a, b, c) in [(0, 0, 0), (1, 2, 3), (u8::MAX, u32::MAX, u128::MAX)] {
        assert_eq!(echo.call(&Echo::small(a, b, c)).value::<(u8, u32, u128)>(), (a, b, c));
    }
    for (a, b, c) in [(0, 0, 0), (-1, -2, -3), (i8::MIN, i64::MIN, i128::MIN), (i8::MAX, i64::MAX, i128::MAX)]
    {
        assert_eq!(echo.call(&Echo::signed(a, b, c)).value::<(i8, i64, i128)>(), (a, b, c));
    }
    let (id, hash, grid) = ([1, 2, 3, 4], [7; 32], [[1, 2], [3, u64::MAX]]);
    assert_eq!(echo.call(&Echo::fixed(id, hash, grid)).value::<([u8; 4], Word, Grid)>(), (id, hash, grid));
    for length in [0, 1, 31, 32, 33, 40] {
        let data = Bytes::copied(&vec![length as u8 + 1; length]).unwrap();
        let text = Text::of("Grüß");
        let found = echo.call(&Echo::long(5, data, text)).value::<(u64, Bytes<40>, Text<8>)>();
        assert_eq!(found, (5, data, text));
    }
    assert_eq!(echo.call(&Echo::who_am_i()).value::<Address>(), [0xa1; 20]);
}

/// From the specification of the ABI, and from what compilers make of the rest.
#[test]
fn encodings_are_those_of_the_specification() {
    crate::interface! {
        Specified {
            fn baz(x: u32, y: bool) -> bool;
            fn bar(data: [[u8; 3]; 2]);
            fn transfer(to: Address, value: U256) -> bool;
            fn token_uri = "tokenURI"(id: U256) -> Text<64>;
        }
    }
    let bytes = |parts: &[&[u8]]| parts.concat();
    assert_eq!(Specified::baz(69, true)[..], bytes(&[&[0xcd, 0xcd, 0x77, 0xc0], &word(69), &word(1)]));
    let pad = [0; 29];
    let bar = bytes(&[&[0xfc, 0xe3, 0x53, 0xf6], b"abc", &pad, b"def", &pad]);
    assert_eq!(Specified::bar([*b"abc", *b"def"])[..], bar);
    assert_eq!(Specified::transfer([0; 20], U256::ZERO)[..4], [0xa9, 0x05, 0x9c, 0xbb]);
    assert_eq!(Specified::token_uri(U256::ZERO)[..4], [0xc8, 0x7b, 0x56, 0xdd]);
    // Words, and behind them what is of no fixed size, each with its length and in whole words.
    let long = Echo::long(5, Bytes::copied(&[6; 33]).unwrap(), Text::of("x"));
    let (mut data, mut text) = ([0; 64], [0; 32]);
    data[..33].fill(6);
    text[0] = b'x';
    let tail = bytes(&[&word(33), &data, &word(1), &text]);
    assert_eq!(long[4..], bytes(&[&word(5), &word(96), &word(192), &tail]));
    assert_eq!(Echo::constructor([1, 2], Text::new())[..], bytes(&[&word(1), &word(2), &word(96), &word(0)]));
}

#[test]
fn what_is_too_large_for_its_type_is_refused() {
    let mut echo = echo();
    let mut reason = |message: &[u8], at: usize, byte: u8| echo.call(&changed(message, at, byte)).reason();
    for at in [4, 20, 34] {
        assert_eq!(reason(&Echo::flag(true), at, 1), "argument 1 is no bool");
    }
    assert_eq!(reason(&Echo::flag(true), 35, 2), "argument 1 is no bool");
    let small = Echo::small(1, 2, 3);
    assert_eq!(reason(&small, 34, 1), "argument 1 is no uint8");
    assert_eq!(reason(&small, 4, 0x80), "argument 1 is no uint8");
    assert_eq!(reason(&small, 36 + 27, 1), "argument 2 is no uint32");
    assert_eq!(reason(&small, 68 + 15, 1), "argument 3 is no uint128");
    let signed = Echo::signed(-1, 2, -3);
    assert_eq!(reason(&signed, 35, 0x7f), "argument 1 is no int8");
    assert_eq!(reason(&signed, 4, 0x7f), "argument 1 is no int8");
    assert_eq!(reason(&signed, 36 + 24, 0x80), "argument 2 is no int64");
    assert_eq!(reason(&signed, 68, 0), "argument 3 is no int128");
    let fixed = Echo::fixed([1; 4], [0xff; 32], [[1; 2]; 2]);
    assert_eq!(reason(&fixed, 4 + 4, 1), "argument 1 is no bytes4");
    assert_eq!(reason(&fixed, 4 + 31, 1), "argument 1 is no bytes4");
    assert_eq!(reason(&fixed, 68 + 96, 1), "argument 3 is no uint64[2][2]");
    for at in [4, 15] {
        assert_eq!(reason(&Echo::ask([0xff; 20]), at, 1), "argument 1 is no address");
    }
}

#[test]
fn call_data_that_is_too_short_is_refused() {
    let mut echo = echo();
    let small = Echo::small(1, 2, 3);
    for (bytes, number) in [(4, 1), (35, 1), (36, 2), (67, 2), (68, 3), (99, 3)] {
        let reason = format!("argument {number} is missing: (uint8,uint32,uint128)");
        assert_eq!(echo.call(&small[..bytes]).reason(), reason);
    }
    let fixed = Echo::fixed([1; 4], [2; 32], [[3; 2]; 2]);
    let reason = "argument is missing: (bytes4,bytes32,uint64[2][2])";
    assert_eq!(echo.call(&fixed[..fixed.len() - 1]).reason(), reason);
    assert_eq!(echo.deploy(&[]).reason(), "argument is missing: (uint16[2],string)");
    // What follows is nobody's business.
    assert!(echo.call(&[&Echo::flag(true)[..], &[1; 7]].concat()).value::<bool>());
}

#[test]
fn places_and_lengths_that_lie_are_refused() {
    let mut echo = echo();
    // Head: 4 before, 36 place of the data, 68 place of the text; 100 length of the data, 164 length of the text.
    let long = Echo::long(5, Bytes::copied(&[6; 32]).unwrap(), Text::of("four"));
    assert_eq!(long.len(), 228);
    let mut reason = |bytes: &[u8]| echo.call(bytes).reason();
    let with = |at: usize, number: u64| [&long[..at], &word(number), &long[at + 32..]].concat();
    let data = "argument 2 is no bytes";
    for place in [193, 194, 224, 225, 1 << 31, 1 << 32, u64::MAX - 31, u64::MAX] {
        assert_eq!(reason(&with(36, place)), data, "{place}");
    }
    assert_eq!(reason(&changed(&long, 36, 1)), data);
    for length in [97, 128, 1 << 32, u64::MAX - 127, u64::MAX] {
        assert_eq!(reason(&with(100, length)), data, "{length}");
    }
    assert_eq!(reason(&changed(&long, 100, 0x80)), data);
    assert_eq!(reason(&with(100, 41)), "argument 2 is too long: bytes");
    let text = "argument 3 is no string";
    assert_eq!(reason(&with(164, 33)), text);
    assert_eq!(reason(&with(164, 9)), "argument 3 is too long: string");
    assert_eq!(reason(&changed(&long, 196, 0xff)), text, "no UTF-8");
    assert_eq!(reason(&long[..199]), text, "cut within the text");
    // The padding is nobody's business, nor is the order, nor is a place that two share.
    assert_eq!(echo.call(&long[..200]).returned()[..], long[4..]);
    let shared = echo.call(&[&with(36, 160)[..], &[0; 0]].concat()).value::<(u64, Bytes<40>, Text<8>)>();
    assert_eq!((shared.1.as_bytes(), shared.2.as_str()), (&b"four"[..], "four"));
}

#[test]
fn values_are_refused_where_nobody_takes_them() {
    let mut echo = echo();
    let mut with_value = |data: &[u8]| {
        echo.value = U256::ONE;
        echo.call(data)
    };
    assert_eq!(with_value(&Echo::flag(true)).reason(), "takes no value");
    assert!(with_value(&Echo::pay([1; 20])).value::<bool>());
    assert_eq!(with_value(&[]).returned(), []);
    assert_eq!(with_value(&[1]).returned(), []);
    echo.value = U256::ONE;
    assert_eq!(echo.deploy(&Echo::constructor([1, 2], Text::of("x"))).returned(), []);
    assert_eq!(echo.messages, ["received", "another call"]);
}

#[test]
fn selectors_are_four_bytes_and_not_less() {
    let mut echo = echo();
    let selector = Echo::ends_with_zero();
    assert_eq!(selector[3], 0, "{:02x?}: choose another name", selector.as_bytes());
    assert_eq!(echo.call(&selector).returned(), []);
    assert!(echo.messages.is_empty());
    assert_eq!(echo.call(&selector[..3]).returned(), []);
    assert_eq!(echo.call(&[1, 2, 3, 4, 5]).returned(), []);
    assert_eq!(echo.messages, ["another call"; 2]);
}

#[test]
fn reasons_are_what_was_declared() {
    let mut echo = echo();
    assert_eq!(echo.call(&Echo::check(9u64.into())).returned(), []);
    let too_much = TooMuch { wanted: 10u64.into(), most: 9 }.encoded();
    assert_eq!(too_much[..4], crate::abi::selector("TooMuch(uint256,uint64)"));
    assert_eq!(echo.call(&Echo::check(10u64.into())), Outcome::Reverted(too_much.to_vec()));
    assert_eq!(echo.call(&Echo::check_text(Text::of("no!"))).reason(), "no!");
    let quiet = echo.deploy(&Echo::constructor([1, 2], Text::new()));
    assert_eq!(quiet, Outcome::Reverted(crate::abi::selector("Quiet()").to_vec()));
    assert_eq!(echo.deploy(&Echo::constructor([2, 2], Text::of("x"))).reason(), "not in order");
}

#[test]
fn events_have_topics_and_data() {
    let mut echo = echo();
    echo.deploy(&Echo::constructor([1, 2], Text::of("x"))).returned();
    echo.value = 6u64.into();
    assert!(echo.call(&Echo::pay([5; 20])).value::<bool>());
    let topic = crate::abi::event_topic;
    let [simple, indexed, paid] = &echo.events[..] else { panic!("{:?}", echo.events) };
    assert_eq!(*simple, Event { topics: vec![topic("Simple()")], data: vec![] });
    let mut front = [0; 32];
    front[0] = 9;
    let topics = vec![topic("Indexed(uint8,bool,bytes1)"), word(7), word(1), front];
    assert_eq!(*indexed, Event { topics, data: vec![] });
    let mut whom = [5; 32];
    whom[..12].fill(0);
    let topics =
        vec![topic("Paid(address,uint256,string,bytes2)"), whom, crate::keccak::keccak_256(b"a note")];
    front[..2].copy_from_slice(&[1, 2]);
    assert_eq!(*paid, Event { topics, data: [word(6), front].concat() });
}

#[test]
fn other_contracts_are_asked_and_not_believed() {
    let mut echo = echo();
    let mut answer = |output: &[u8]| {
        let output = output.to_vec();
        echo.others(move |_| Ok(output.clone()));
        let outcome = echo.call(&Echo::ask([3; 20]));
        let asked = echo.calls.last().unwrap();
        assert_eq!((asked.callee, &asked.input[..]), ([3; 20], &Other::the_answer(Text::of("why"))[..]));
        outcome
    };
    assert_eq!(answer(&[word(42), word(1)].concat()).value::<u64>(), 42);
    assert_eq!(answer(&[word(42), word(0)].concat()).reason(), "not sure");
    for wrong in [&[][..], &word(42), &[word(42), word(2)].concat(), &[[1; 32], word(1)].concat(), &[0; 63]] {
        assert_eq!(answer(wrong).reason(), "not understood");
    }
    echo.others(|_| Err(ErrorString::new("no").as_bytes().to_vec()));
    let quiet = Outcome::Reverted(Quiet {}.encoded().to_vec());
    assert_eq!(echo.call(&Echo::ask([3; 20])), quiet);
}

/// What Solidity's compiler writes for the same declarations.
#[test]
fn the_abi_is_what_a_compiler_of_solidity_writes() {
    assert_eq!(
        token::Token::ABI,
        r#"{"anonymous":false,"inputs":[{"indexed":true,"internalType":"address","name":"owner","type":"address"},{"indexed":true,"internalType":"address","name":"spender","type":"address"},{"indexed":false,"internalType":"uint256","name":"value","type":"uint256"}],"name":"Approval","type":"event"}
{"inputs":[{"internalType":"address","name":"sender","type":"address"},{"internalType":"uint256","name":"balance","type":"uint256"},{"internalType":"uint256","name":"needed","type":"uint256"}],"name":"ERC20InsufficientBalance","type":"error"}
"#
    );
    let lines: Vec<&str> = Echo::ABI.split_inclusive('\n').collect();
    assert!(lines.iter().all(|line| line.starts_with('{') && line.ends_with("}\n")), "{}", Echo::ABI);
    for expected in [
        r#"{"inputs":[{"internalType":"uint16[2]","name":"numbers","type":"uint16[2]"},{"internalType":"string","name":"name","type":"string"}],"stateMutability":"payable","type":"constructor"}"#,
        r#"{"inputs":[],"name":"whoAmI","outputs":[{"internalType":"address","name":"","type":"address"}],"stateMutability":"view","type":"function"}"#,
        r#"{"inputs":[{"internalType":"address","name":"for","type":"address"}],"name":"pay","outputs":[{"internalType":"bool","name":"isPaid","type":"bool"}],"stateMutability":"payable","type":"function"}"#,
        r#"{"inputs":[{"internalType":"uint256","name":"wantedNumber","type":"uint256"}],"name":"check","outputs":[],"stateMutability":"nonpayable","type":"function"}"#,
        r#"{"inputs":[{"internalType":"string","name":"text","type":"string"}],"name":"check","outputs":[],"stateMutability":"nonpayable","type":"function"}"#,
        r#"{"stateMutability":"payable","type":"receive"}"#,
        r#"{"stateMutability":"payable","type":"fallback"}"#,
        r#"{"inputs":[{"internalType":"uint256","name":"wanted","type":"uint256"},{"internalType":"uint64","name":"most","type":"uint64"}],"name":"TooMuch","type":"error"}"#,
    ] {
        let there = lines.iter().filter(|line| line.trim_end() == expected).count();
        assert_eq!(there, 1, "{expected}\nis not in\n{}", Echo::ABI);
    }
    assert_eq!(lines.len(), 16);
}

#[test]
fn names_become_one_word() {
    use crate::abi::describe::{Entry, Kind, Name};
    for (name, expected) in [
        ("get", "get"),
        ("shares_of", "sharesOf"),
        ("r#type", "type"),
        ("_hidden_part", "_hiddenPart"),
        ("token_0", "token0"),
        ("to_", "to_"),
        ("a__b", "a_B"),
    ] {
        let entry = Entry::new(Kind::Function, Name::Snake(name), &[], "view");
        assert_eq!(entry.selector(), crate::abi::selector(&format!("{expected}()")), "{name}");
    }
    assert_eq!(<[[u8; 32]; 3]>::NAME, "bytes32[3]");
}

/// As Solidity's compiler has it: who is asked for something cannot change anything on the way, or come back and do so.
#[test]
fn functions_that_are_declared_to_change_nothing_are_kept_to_it() {
    use crate::host::Call;
    crate::interface! {
        Library {
            view fn seen() -> u64;
            pure fn computed() -> u64;
            fn done();
            payable fn paid();
        }
    }
    const CALLEE: Address = [3; 20];
    let mut contract = Contract::new(
        || {},
        || {
            let results = [
                Library::seen().to(&CALLEE).invoke(),
                Library::computed().to(&CALLEE).invoke(),
                Library::done().to(&CALLEE).invoke(),
                Library::paid().to(&CALLEE).value(U256::ONE).invoke(),
                Call::new(&CALLEE, &Library::seen()).invoke(),
                // The chain refuses delegate calls that are read-only, and views of libraries are called so.
                Library::seen().to(&CALLEE).delegate(),
            ];
            assert!(results.iter().all(Result::is_ok), "{results:?}");
            Library::seen().to(&CALLEE).invoke_and_end();
        },
    );
    contract.set_balance([0xc0; 20], U256::ONE);
    contract.others(|_| Ok(Vec::new()));
    assert_eq!(contract.call(&[]), Outcome::Returned(Vec::new()));
    let read_only: Vec<bool> = contract.calls.iter().map(|called| called.read_only).collect();
    assert_eq!(read_only, [true, true, false, false, false, false, true]);
}

/// The chain ends whoever asks for that with a trap.
#[test]
fn delegate_calls_with_flags_that_the_chain_refuses_are_refused() {
    use crate::host::Call;
    let asks: [fn(); 2] = [
        || assert!(Call::new(&[3; 20], &[]).read_only().delegate().is_ok()),
        || assert!(Call::new(&[3; 20], &[]).allow_reentry().delegate().is_ok()),
    ];
    for ask in asks {
        let outcome = Contract::new(|| {}, ask).call(&[]);
        assert!(matches!(outcome, Outcome::Trapped(_)), "{outcome:?}");
    }
}
