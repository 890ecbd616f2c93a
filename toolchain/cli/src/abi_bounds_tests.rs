// SPDX-License-Identifier: Apache-2.0
//! Tests of the bound on encodings: what encoders make is within it, what stands for more is not decoded.

use super::*;
use alloy_dyn_abi::DynSolValue;
use alloy_primitives::U256;

fn ty(text: &str) -> DynSolType {
    text.parse().unwrap()
}

fn word(number: u64) -> [u8; 32] {
    U256::from(number).to_be_bytes()
}

fn words(numbers: impl IntoIterator<Item = u64>) -> Vec<u8> {
    numbers.into_iter().flat_map(word).collect()
}

/// Arrays in each other of so many levels, every level of `width` offsets to the same next one, the innermost of `width` zeros.
fn nested(levels: usize, width: u64) -> Vec<u8> {
    let mut data = words([WORD as u64]);
    for _ in 1..levels {
        data.extend(words([width]));
        data.extend(words((0..width).map(|_| width * WORD as u64)));
    }
    data.extend(words([width]));
    data.extend(words((0..width).map(|_| 0)));
    data
}

/// As many `bytes` as there are offsets, all of them the same.
fn shared_bytes(count: u64, len: u64) -> Vec<u8> {
    let mut data = words([WORD as u64, count]);
    data.extend(words((0..count).map(|_| count * WORD as u64)));
    data.extend(word(len));
    data.extend(vec![7; len as usize]);
    data
}

#[test]
fn what_stands_for_much_more_is_not_decoded() {
    for (text, data) in [
        ("bytes[]", shared_bytes(4000, 128 * 1024)),
        ("string[]", shared_bytes(4000, 128 * 1024)),
        ("uint256[][]", nested(2, 2000)),
        ("uint256[][][][]", nested(4, 60)),
        ("(uint256[],bytes)[][]", nested(3, 1000)),
    ] {
        assert!(
            check(&[ty(text)], &data).is_err_and(|why| why.contains("far more")),
            "{text}, {} bytes",
            data.len()
        );
    }
}

/// Those that are hostile and small are left to the decoder, which refuses them at once.
#[test]
fn what_the_decoder_refuses_is_left_to_it() {
    let huge = [0xff; 32];
    for (text, data) in [
        ("bytes", [&words([32])[..], &huge].concat()),
        ("bytes", huge.to_vec()),
        ("uint256[]", [&words([32])[..], &huge].concat()),
        ("uint256[]", words([32, 1 << 32])),
        ("uint256[]", words([32, u64::MAX])),
        ("uint256[4294967295][4294967295]", words([1])),
        ("(uint256[1000000000],bytes)", words([1])),
        ("uint256[]", Vec::new()),
        ("(uint256,bytes)[]", words([32, 1, 32, 1, 64, 1 << 20])),
    ] {
        assert_eq!(check(&[ty(text)], &data), Ok(()), "{text}");
        let decoded = DynSolType::Tuple(vec![ty(text)]).abi_decode_params(&data);
        assert!(decoded.is_err(), "{text}: {decoded:?}");
    }
    let deep = ty(&format!("uint256{}", "[]".repeat(1000)));
    assert_eq!(check(std::slice::from_ref(&deep), &nested(1000, 1)), Ok(()));
    assert!(DynSolType::Tuple(vec![deep]).abi_decode_params(&nested(1000, 1)).is_err());
}

#[test]
fn what_encoders_make_is_bounded() {
    let uint = |number: u64| DynSolValue::Uint(U256::from(number), 256);
    let many = DynSolValue::Array((0..5000).map(uint).collect());
    let empty = DynSolValue::Array(vec![DynSolValue::Array(Vec::new()); 5000]);
    let strings = DynSolValue::Array(vec![DynSolValue::String("word".repeat(50)); 1000]);
    let mixed = DynSolValue::Tuple(vec![many.clone(), strings.clone(), uint(1), empty.clone()]);
    let fixed = DynSolValue::FixedArray(vec![mixed.clone(), mixed.clone()]);
    for (text, value) in [
        ("uint256[]", &many),
        ("uint256[][]", &empty),
        ("string[]", &strings),
        ("(uint256[],string[],uint256,uint256[][])", &mixed),
        ("(uint256[],string[],uint256,uint256[][])[2]", &fixed),
    ] {
        let data = DynSolValue::Tuple(vec![value.clone()]).abi_encode_params();
        assert_eq!(check(&[ty(text)], &data), Ok(()), "{text}");
        assert_eq!(check(&[ty(text)], &data[..data.len() / 2]), Ok(()), "{text}");
    }
}

/// Bits that a type does not have would be cut off or shown as its value's.
#[test]
fn what_is_no_value_of_its_type_is_not_decoded() {
    let filled = |filling: u8, at: usize, byte: u8| {
        let mut word = [filling; WORD];
        word[at] = byte;
        word
    };
    for (text, good, bad) in [
        ("bool", filled(0, 31, 1), filled(0, 31, 2)),
        ("uint8", filled(0, 31, 255), filled(0, 30, 1)),
        ("uint248", filled(0, 1, 255), filled(0, 0, 1)),
        ("int8", filled(255, 31, 0x80), filled(255, 31, 0x7f)),
        ("int8", filled(0, 31, 0x7f), filled(0, 31, 0x80)),
        ("int16", filled(255, 31, 0), filled(255, 0, 0)),
        ("address", filled(0, 12, 1), filled(0, 11, 1)),
        ("bytes4", filled(0, 3, 1), filled(0, 4, 1)),
        ("function", filled(0, 23, 1), filled(0, 24, 1)),
    ] {
        let list = ty(&format!("({text},uint256)[1]"));
        assert_eq!(check(std::slice::from_ref(&list), &[good, word(1)].concat()), Ok(()), "{text}");
        assert_eq!(check_topic(&ty(text), &good), Ok(()), "{text}");
        let why = format!("{} is no {text}", hex(bad));
        assert_eq!(check(&[list], &[bad, word(1)].concat()), Err(why.clone()));
        assert_eq!(check_topic(&ty(text), &bad), Err(why));
    }
    for whole in ["uint256", "int256", "bytes32"] {
        assert_eq!(check(&[ty(whole)], &[255; WORD]), Ok(()), "{whole}");
    }
    // The topic of anything longer is a hash.
    for text in ["string", "uint8[]", "bool[1]", "(address)"] {
        assert_eq!(check_topic(&ty(text), &[255; WORD]), Ok(()));
    }
    let text = [&words([32, 3])[..], b"a\xffb", &[0; 29]].concat();
    assert_eq!(check(&[ty("string")], &text), Err("a string of 3 bytes is no UTF-8 at byte 1".into()));
    assert_eq!(check(&[ty("bytes")], &text), Ok(()));
}

/// Of random offsets, whatever is called bounded is decoded or refused with that much memory: the decoder goes no other way.
#[test]
fn the_decoder_goes_the_same_way() {
    let mut seed = 1u64;
    let mut below = |bound: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % bound
    };
    let types =
        ["bytes[]", "uint256[][][]", "(string,uint8[])[]", "(bytes,bytes)[2][]", "bool[3][][]"].map(ty);
    let mut decoded = 0;
    for round in 0..20_000 {
        let count = 1 + below(40);
        let data: Vec<u8> = (0..count)
            .flat_map(|at| match below(3) {
                0 => word(below(4)),
                1 => word(WORD as u64 * below(count)),
                _ => word(WORD as u64 * (at + 1)),
            })
            .collect();
        let ty = &types[round % types.len()];
        if check(std::slice::from_ref(ty), &data).is_err() {
            continue;
        }
        if let Ok(value) = DynSolType::Tuple(vec![ty.clone()]).abi_decode_params(&data) {
            decoded += 1;
            let size = size(&value);
            assert!(size <= data.len() * TIMES_MAX + BYTES_MAX_LEAST, "{ty}: {size} of {}", data.len());
        }
    }
    assert!(decoded > 1000, "{decoded} were decoded: this shows nothing");
}

/// Bytes that a value stands for.
fn size(value: &DynSolValue) -> usize {
    match value {
        DynSolValue::Bytes(bytes) => WORD + bytes.len(),
        DynSolValue::String(text) => WORD + text.len(),
        DynSolValue::Array(items) | DynSolValue::FixedArray(items) | DynSolValue::Tuple(items) => {
            WORD + items.iter().map(size).sum::<usize>()
        }
        _ => WORD,
    }
}
