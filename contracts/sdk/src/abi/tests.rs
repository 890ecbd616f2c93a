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
