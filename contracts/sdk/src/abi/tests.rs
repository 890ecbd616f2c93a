// SPDX-License-Identifier: Apache-2.0
//! Selectors, words and reasons, against published ones.

use super::*;

#[test]
fn selectors_match_the_published_ones() {
    assert_eq!(selector("transfer(address,uint256)"), [0xa9, 0x05, 0x9c, 0xbb]);
    assert_eq!(selector("Error(string)"), [0x08, 0xc3, 0x79, 0xa0]);
    assert_eq!(selector("Panic(uint256)"), [0x4e, 0x48, 0x7b, 0x71]);
}

#[test]
fn words_keep_values_and_refuse_what_does_not_fit() {
    for value in [0, 1, 255, 256, u64::MAX] {
        assert_eq!(word_to_u64(&word_from_u64(value)), Some(value));
    }
    let mut too_large = word_from_u64(0);
    too_large[23] = 1;
    assert_eq!(word_to_u64(&too_large), None);
    assert_eq!(word_from_address(&[7; 20])[..12], [0; 12]);
}

#[test]
fn addresses_are_not_cut_out_of_longer_words() {
    assert_eq!(word_to_address(&word_from_address(&[7; 20])), Some([7; 20]));
    let mut word = word_from_address(&[7; 20]);
    word[11] = 1;
    assert_eq!(word_to_address(&word), None);
}

#[test]
fn words_are_encoded_one_behind_the_other() {
    let input = Encoded::<100>::call([1, 2, 3, 4]).address(&[7; 20]).number(U256::from(5u64));
    assert_eq!(input.as_bytes()[..4], [1, 2, 3, 4]);
    assert_eq!(input.as_bytes()[4..36], word_from_address(&[7; 20]));
    assert_eq!(input.as_bytes()[36..], word_from_u64(5));
    assert_eq!(Encoded::<32>::new().flag(true).as_bytes(), word_from_u64(1));
}

#[test]
fn error_strings_are_padded_to_words_and_cut() {
    let error = ErrorString::new("no");
    assert_eq!(error.as_bytes().len(), 4 + 3 * 32);
    assert_eq!(error.as_bytes()[..4], [0x08, 0xc3, 0x79, 0xa0]);
    assert_eq!(error.as_bytes()[35], 32);
    assert_eq!(error.as_bytes()[67], 2);
    assert_eq!(&error.as_bytes()[68..71], b"no\0");
    let long = "x".repeat(ERROR_MESSAGE_BYTES_MAX + 1);
    assert_eq!(ErrorString::new(&long).as_bytes().len(), 4 + 2 * 32 + ERROR_MESSAGE_BYTES_MAX);
    assert_eq!(ErrorString::new("").as_bytes().len(), 4 + 2 * 32);
}

/// Tools refuse a text that is no UTF-8, and show nothing of it.
#[test]
fn error_strings_are_cut_between_characters() {
    let long = format!("{}é", "x".repeat(ERROR_MESSAGE_BYTES_MAX - 1));
    let error = ErrorString::new(&long);
    let data = error.as_bytes();
    let length = usize::from(data[67]);
    let message = core::str::from_utf8(&data[68..68 + length]);
    assert_eq!(message, Ok(&long[..ERROR_MESSAGE_BYTES_MAX - 1]));
    assert!(error.as_bytes()[68 + length..].iter().all(|byte| *byte == 0));
}

#[test]
fn lists_hold_what_they_have_room_for() {
    let mut list = List::<u64, 3>::new();
    assert_eq!((list.len(), list.pop(), list), (0, None, List::default()));
    assert_eq!([5, 6, 7, 8].map(|value| list.push(value)), [true, true, true, false]);
    assert_eq!((list.as_slice(), list.iter().rev().copied().collect()), (&[5, 6, 7][..], vec![7u64, 6, 5]));
    assert_eq!((list.pop(), list.len(), format!("{list:?}")), (Some(7), 2, "[5, 6]".into()));
    list[0] = 9;
    list.sort_unstable();
    assert_eq!((&list).into_iter().sum::<u64>(), 15);
    assert_eq!(list, List::from([6, 9]));
    // What was taken off does not count.
    assert_eq!(list, List::copied(&[6, 9]).unwrap());
    assert_ne!(list, List::from([6, 9, 7]));
    assert_eq!(List::<u64, 3>::copied(&[1; 4]), None);
    assert_eq!(List::<u64, 3>::collected(0..4), None);
    assert_eq!(List::collected((0..3).filter(|value| *value > 0)), Some(List::<u64, 3>::from([1, 2])));
    assert!(!List::<u64, 0>::new().push(1));
}

/// Names as long as they get, beyond all that one would have thought of.
#[test]
fn names_of_arrays_are_whole() {
    crate::structure! {
        Five(a: U256, b: U256, c: U256, d: U256, e: U256);
        Five2(a: [Five; 5], b: List<Five, 5>, c: Five, d: Five, e: Five);
        Five3(a: Five2, b: Five2, c: [[Five2; 12]; 12345], d: Five2);
    }
    const FIVE: &str = "(uint256,uint256,uint256,uint256,uint256)";
    let five2 = format!("({FIVE}[5],{FIVE}[],{FIVE},{FIVE},{FIVE})");
    let five3 = format!("({five2},{five2},{five2}[12][12345],{five2})");
    assert_eq!(
        [Five::NAME, <List<Five, 9>>::NAME, <[Five; 10]>::NAME].map(|name| name.replace(FIVE, "")),
        ["", "[]", "[10]"]
    );
    assert_eq!((Five2::NAME, <List<List<Five2, 2>, 7>>::NAME), (&five2[..], &format!("{five2}[][]")[..]));
    assert_eq!((Five3::NAME, <[Five3; 1]>::NAME), (&five3[..], &format!("{five3}[1]")[..]));
    assert_eq!(<[[[bool; 1]; 22]; 333]>::NAME, "bool[1][22][333]");
    assert_eq!(<List<[List<[u8; 32], 1>; 2], 3>>::NAME, "bytes32[][2][]");
}
