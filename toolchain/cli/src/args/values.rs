// SPDX-License-Identifier: Apache-2.0
//! The values of options and arguments, from their texts.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use revive_vm_primitives::{GasModel, InstructionSet};

use crate::abi::check_address;

/// Bytes given in hexadecimal. A type of its own, because the argument parser reads a plain vector as a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HexBytes(pub(crate) Vec<u8>);

pub(super) fn hex_bytes(text: &str) -> Result<HexBytes, String> {
    let Some(digits) = text.strip_prefix("0x") else {
        return Err("expected hexadecimal digits after 0x".into());
    };
    alloy_primitives::hex::decode(digits).map(HexBytes).map_err(|error| error.to_string())
}

pub(super) fn hex_array<const N: usize>(text: &str) -> Result<[u8; N], String> {
    let HexBytes(bytes) = hex_bytes(text)?;
    let len = bytes.len();
    bytes.try_into().map_err(|_| format!("expected {N} bytes, found {len}"))
}

/// A contract's address. Letters of both cases are a checksum.
pub(super) fn contract_address(text: &str) -> Result<[u8; 20], String> {
    if !text.starts_with("0x") {
        return Err("a contract's address is 0x and 40 hexadecimal digits".into());
    }
    let address = hex_array(text)?;
    check_address(text, &address)?;
    Ok(address)
}

pub(super) fn hex_32(text: &str) -> Result<[u8; 32], String> {
    hex_array(text)
}

/// A number in decimal or hexadecimal. `_` may stand between digits; so may `,` in decimal, but only in front of groups of three, as
/// this program shows numbers: `1,5` is one and a half to many people.
pub(crate) fn unsigned(text: &str) -> Result<u128, String> {
    let number = match text.strip_prefix("0x") {
        // The parser of digits takes a sign in front of them.
        Some(digits) if digits.starts_with('+') => return Err("a sign stands in front of 0x".into()),
        Some(digits) => u128::from_str_radix(&digits.replace('_', ""), 16),
        None => {
            let mut groups = text.split(',');
            let first = groups.next().unwrap_or_default();
            let is_group = |group: &str| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
            if text.contains(',') && (!(1..=3).contains(&first.len()) || !groups.all(is_group)) {
                return Err("commas stand between groups of three digits only: 1,000,000".into());
            }
            text.replace(['_', ','], "").parse()
        }
    };
    number.map_err(|error| {
        let hint = if text.contains('.') { ", in the smallest unit and without a fraction" } else { "" };
        format!("{error}; expected a whole number, decimal or 0x hexadecimal{hint}")
    })
}

pub(super) fn balance(text: &str) -> Result<u128, String> {
    unsigned(text)
}

pub(super) fn gas_value(text: &str) -> Result<i64, String> {
    let number = unsigned(text)?;
    i64::try_from(number)
        .map_err(|_| format!("{number} is more than the highest amount of gas, {}", i64::MAX))
}

/// The gas models by name. `pipeline` is another name of the one that the public conformance inputs use.
pub(super) fn gas_model() -> impl TypedValueParser<Value = GasModel> {
    let names = GasModel::ALL.iter().map(|model| model.name());
    PossibleValuesParser::new(names.chain(["pipeline"])).map(|name| {
        // The parser lets through what is listed, and what is listed are names of models.
        GasModel::from_name(&name).unwrap_or_default()
    })
}

/// The instruction sets by name.
pub(super) fn instruction_set() -> impl TypedValueParser<Value = InstructionSet> {
    let names = InstructionSet::ALL.map(InstructionSet::name);
    PossibleValuesParser::new(names).map(|name| {
        // The parser lets through what is listed, and what is listed are names of sets.
        InstructionSet::from_name(&name).unwrap_or(InstructionSet::Latest64)
    })
}

pub(super) fn register_value(text: &str) -> Result<u64, String> {
    if let Some(digits) = text.strip_prefix('-') {
        let magnitude = unsigned(digits)?;
        let limit = 1u128 << 63;
        if magnitude > limit {
            return Err(format!("-{magnitude} does not fit into 64 bits"));
        }
        let magnitude = u64::try_from(magnitude).map_err(|error| error.to_string())?;
        return Ok(magnitude.wrapping_neg());
    }
    let number = unsigned(text)?;
    u64::try_from(number).map_err(|_| format!("{number} does not fit into 64 bits"))
}

pub(super) fn weight(text: &str) -> Result<(u64, u64), String> {
    // More commas would have to be of groups of digits, and nobody could tell which is which.
    let Some((ref_time, proof_size)) = text.split_once(',').filter(|(_, rest)| !rest.contains(',')) else {
        return Err("expected two numbers with one comma, such as 500_000_000,100_000".into());
    };
    let part = |text: &str| {
        let number = unsigned(text)?;
        u64::try_from(number).map_err(|_| format!("{number} does not fit into 64 bits"))
    };
    Ok((part(ref_time)?, part(proof_size)?))
}

pub(super) fn host_call_answer(text: &str) -> Result<(String, u64), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE, such as now=1".to_string())?;
    if name.is_empty() {
        return Err("the name before `=` is empty".into());
    }
    Ok((name.into(), register_value(value)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_be_grouped_and_hexadecimal() {
        assert_eq!(unsigned("1_000_000"), Ok(1_000_000));
        assert_eq!(unsigned("0xff"), Ok(255));
        assert_eq!(unsigned("0xff_ff"), Ok(65_535));
        assert!(unsigned("0x+1").is_err());
        assert!(unsigned("ten").is_err());
        assert!(unsigned("").is_err());
        assert_eq!(register_value("-1"), Ok(u64::MAX));
        assert_eq!(register_value("-9223372036854775808"), Ok(1 << 63));
        assert!(register_value("-9223372036854775809").is_err());
        assert!(register_value("18446744073709551616").is_err());
        assert!(gas_value("9223372036854775808").unwrap_err().contains("highest amount"));
    }

    #[test]
    fn commas_stand_in_front_of_groups_of_three() {
        for (text, number) in [("1,000", 1000), ("12,345,678", 12_345_678), ("999", 999), ("0,001", 1)] {
            assert_eq!(unsigned(text), Ok(number), "{text}");
        }
        for text in ["1,5", "1,50", "1000,000", "1,0000", ",000", ",,1", "1,", "1,,000", "1_000,00", "1,+00"]
        {
            assert!(unsigned(text).is_err_and(|error| error.contains("groups of three")), "{text}");
        }
        assert!(unsigned("0x1,000").is_err());
        assert!(unsigned("1.5").unwrap_err().contains("without a fraction"));
    }

    #[test]
    fn a_weight_has_two_parts() {
        assert_eq!(weight("5_000,70"), Ok((5000, 70)));
        assert_eq!(weight("0x10,0x20"), Ok((16, 32)));
        for text in ["5000", "1,000,5", "1,000,5,000", "", ",,"] {
            assert!(weight(text).is_err_and(|error| error.contains("one comma")), "{text}");
        }
        assert!(weight("5,").is_err() && weight(",5").is_err());
    }

    #[test]
    fn hexadecimal_needs_its_prefix_and_its_length() {
        assert_eq!(hex_bytes("0x0aff"), Ok(HexBytes(vec![10, 255])));
        assert!(hex_bytes("0aff").is_err());
        assert!(contract_address("0x00").unwrap_err().contains("expected 20 bytes, found 1"));
        assert!(contract_address("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY")
            .unwrap_err()
            .contains("0x and 40"));
    }
}
