// SPDX-License-Identifier: Apache-2.0
//! Call data with lists and structures that nobody should have sent, and answers that nobody should have given.

use super::*;

/// A message in which a word is another.
fn with(message: &[u8], at: usize, number: u64) -> Vec<u8> {
    [&message[..at], &word(number), &message[at + 32..]].concat()
}

#[test]
fn lists_are_within_the_call_data_and_not_too_long() {
    let mut many = many();
    let mut reason = |data: &[u8]| many.call(data).reason();
    // Words: a flag, the place, a flag, the number of elements, and three of them.
    let message = Many::numbers(true, [1, 2, 3].into(), true);
    assert_eq!(message.len(), 4 + 7 * 32);
    let no_list = "argument 2 is no uint64[]";
    for place in [97, 193, 194, 224, 225, 1 << 31, 1 << 32, u64::MAX - 31, u64::MAX] {
        assert_eq!(reason(&with(&message, 36, place)), no_list, "{place}");
    }
    for at in [36, 36 + 23, 100, 100 + 23] {
        assert_eq!(reason(&changed(&message, at, 1)), no_list, "{at}");
    }
    for length in [4, 5, 6, 7, 1 << 31, 1 << 32, 1 << 59, u64::MAX / 32 + 1, u64::MAX] {
        assert_eq!(reason(&with(&message, 100, length)), no_list, "{length}");
    }
    assert_eq!(reason(&message[..message.len() - 1]), no_list);
    assert_eq!(reason(&message[..100 + 31]), no_list);
    // An element has something in front.
    for at in [132, 132 + 23, 164, 196 + 23] {
        assert_eq!(reason(&changed(&message, at, 1)), no_list, "{at}");
    }
    let more = [&with(&message, 100, 6)[..], &[0; 96]].concat();
    assert_eq!(reason(&more), "argument 2 is too long: uint64[]");
    assert_eq!(reason(&message[..99]), "argument 3 is missing: (bool,uint64[],bool)");
    assert_eq!(reason(&changed(&Many::small([1].into()), 4 + 64 + 30, 1)), "argument 1 is no uint8[]");
    // Elsewhere, with a hole in front of it, and nothing where no element is.
    let moved = [&with(&message, 36, 128)[..100], &[9; 32], &message[100..]].concat();
    assert_eq!(many.call(&moved).value::<(bool, Numbers, bool)>(), (true, [1, 2, 3].into(), true));
    let empty = with(&message, 100, 0);
    assert_eq!(many.call(&empty[..132]).value::<(bool, Numbers, bool)>(), (true, List::new(), true));
}

#[test]
fn structures_are_as_strict_as_their_fields() {
    let mut many = many();
    let mut reason = |data: &[u8]| many.call(data).reason();
    let order = Many::order(an_order(), 9);
    let no_order = "argument 1 is no ((address,uint256),uint64[2],bytes4)";
    for at in [4, 4 + 11, 68 + 23, 100 + 23, 132 + 4, 132 + 31] {
        assert_eq!(reason(&changed(&order, at, 1)), no_order, "{at}");
    }
    assert_eq!(reason(&changed(&order, 164, 1)), "argument 2 is no uint64");
    // There is room for 64 bytes.
    let missing = "argument is missing: (((address,uint256),uint64[2],bytes4),uint6";
    assert_eq!(reason(&order[..order.len() - 1]), missing);
    let payments = Many::payments(three());
    let no_payments = "argument 1 is no (address,uint256)[]";
    for at in [68, 68 + 11, 68 + 64, 68 + 128 + 11] {
        assert_eq!(reason(&changed(&payments, at, 1)), no_payments, "{at}");
    }
    assert_eq!(reason(&payments[..payments.len() - 1]), no_payments);
    assert_eq!(reason(&with(&payments, 36, 4)), no_payments, "half of the words are not enough");
    let more = [&with(&payments, 36, 21)[..], &[0; 18 * 64]].concat();
    assert_eq!(reason(&more), "argument 1 is too long: (address,uint256)[]");
}

#[test]
fn what_has_no_fixed_size_is_within_what_it_is_part_of() {
    let mut many = many();
    let mut reason = |data: &[u8]| many.call(data).reason();
    // Words: the place of the note, the other argument; then of the note its number, the places of text and marks, the order.
    let note = Many::note(long(), 9);
    let no_note = "argument 1 is no (uint64,string,uint8[],((address,uint256),uint6";
    let (text, marks) = (4 + 64 + 256, 4 + 64 + 256 + 96);
    assert_eq!(note[text..text + 32], word(38));
    assert_eq!(note[marks..marks + 32], word(3));
    for (at, number) in [
        (4, 512 - 224),
        (4, 1 << 32),
        (4, u64::MAX),
        (100, 480),
        (100, u64::MAX),
        (132, 449),
        (132, 480),
        (132, u64::MAX - 31),
        (text, 200),
        (marks, 4),
        (marks + 32, 256),
    ] {
        assert_eq!(reason(&with(&note, at, number)), no_note, "{at}: {number}");
    }
    assert_eq!(reason(&changed(&note, text + 32, 0xff)), no_note, "no UTF-8");
    assert_eq!(reason(&changed(&note, 164, 1)), no_note, "no address");
    assert_eq!(reason(&note[..note.len() - 1]), no_note);
    let too_long = "argument 1 is too long: (uint64,string,uint8[],((address,uint256";
    assert_eq!(reason(&with(&note, text, 41)), too_long);
    assert_eq!(reason(&[&with(&note, marks, 4)[..], &word(0)].concat()), too_long);
    // A note of zeros is one: text and marks are where its number is, which is that of their bytes. Its words are all there.
    let zeros = [&Many::note(short(), 9)[..68], &[0; 256]].concat();
    assert!(many.call(&zeros).value::<(Note, u8)>().0.marks.is_empty());
    let no_note = "argument 1 is no (uint64,string,uint8[],((address,uint256),uint6";
    for size in [68, 68 + 31, 68 + 255] {
        assert_eq!(many.call(&zeros[..size]).reason(), no_note, "{size}");
    }
    let zeros = [&Many::notes(List::new(), texts())[..68], &[0; 63]].concat();
    let no_texts = many.call(&with(&zeros, 36, 64)).reason();
    assert_eq!(no_texts, "argument 2 is no string[2]", "two places take two words");
    let mut reason = |data: &[u8]| many.call(data).reason();
    // What the second of two notes says counts as what the first does; the one that is read last is no better.
    let notes = Many::notes([long(), short()].into(), texts());
    let first = 4 + 64 + 32 + 64;
    let no_notes = "argument 1 is no (uint64,string,uint8[],((address,uint256),uint6";
    for at in [first, first + 480] {
        assert_eq!(reason(&changed(&notes, at, 1)), no_notes, "{at}");
    }
    assert_eq!(reason(&with(&notes, 4 + 64 + 32, 1 << 20)), no_notes);
    assert_eq!(reason(&with(&notes, 36, 1 << 20)), "argument 2 is no string[2]");
    let texts = notes.len() - 96 - 64;
    assert_eq!(notes[texts..texts + 32], word(64));
    assert_eq!(reason(&with(&notes, texts, 1 << 20)), "argument 2 is no string[2]");
    assert_eq!(reason(&with(&notes, texts + 64, 5)), "argument 2 is too long: string[2]");
    // Rows of a grid may be the same one.
    let rows = Grid::from([[U256::ONE].into(), [U256::ONE].into()]);
    let grid = Many::grid(rows, List::new());
    let shared = with(&grid, 4 + 64 + 64, 64);
    assert_eq!(many.call(&shared).value::<(Grid, List<Text<8>, 3>)>(), (rows, List::new()));
}

#[test]
fn others_are_asked_for_them_and_not_believed() {
    let mut many = Contract::new(
        || {},
        || {
            let payments = List::from([three()[0], three()[1]]);
            match Shop::pay(payments, long()).to(&[3; 20]).ask() {
                Ok((paid, note)) => require(paid == payments && note == long(), "something else"),
                Err(error) => require(error != CallError::Malformed, "not understood"),
            }
            match Shop::best().to(&[3; 20]).ask() {
                Ok(order) => require(order == an_order(), "another order"),
                Err(_) => fail("no order"),
            }
        },
    );
    let [first, second, _] = three()[..] else { panic!() };
    let pay = Shop::pay([first, second].into(), long());
    let fair = Shop::is_fair(Price { amount: U256::ONE, payments: [first] });
    let selector = crate::abi::selector("isFair((uint256,(address,uint256)[1]))");
    assert_eq!(fair[..], [&selector[..], &word(1), &word_of([1; 20]), &word(10)].concat());
    let best: Vec<u8> = Many::order(an_order(), 0)[4..164].to_vec();
    let mut answer = |paid: &[u8], best: &[u8]| {
        let answers = [paid.to_vec(), best.to_vec()];
        many.others(move |called| Ok(answers[usize::from(called.input.len() == 4)].clone()));
        many.call(&[])
    };
    assert_eq!(answer(&pay[4..], &best).returned(), []);
    assert_eq!(answer(&pay[4..], &best[..159]).reason(), "no order");
    assert_eq!(answer(&pay[4..], &changed(&best, 0, 1)).reason(), "no order");
    let one = Shop::pay([first].into(), long());
    assert_eq!(answer(&one[4..], &best).reason(), "something else");
    let mut wrong: Vec<Vec<u8>> =
        [0, 31, 63, 64, 95, 159, pay.len() - 5].map(|size| pay[4..4 + size].to_vec()).into();
    for (at, number) in [(4, 1 << 20), (36, 1 << 20), (68, 3), (68, 1 << 40), (100, u64::MAX)] {
        wrong.push(changed(&with(&pay, at, number), at, u8::from(number == u64::MAX))[4..].to_vec());
    }
    for wrong in wrong {
        assert_eq!(answer(&wrong, &best).reason(), "not understood", "{}", hex(&wrong));
    }
}
