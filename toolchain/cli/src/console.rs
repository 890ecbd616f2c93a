// SPDX-License-Identifier: Apache-2.0
//! Debug messages: what contracts say to the console, as text.
//!
//! Solidity's `console.log` functions encode a call of `log(...)` with one to four arguments of some types; contracts in other
//! languages send plain text.

use alloy_dyn_abi::{DynSolType, DynSolValue};

use crate::{
    abi::show,
    output::{hex, keccak_256},
};

/// The types that the functions with several arguments are made of.
const TYPES: [&str; 4] = ["uint256", "string", "bool", "address"];

/// Types that only functions with one argument have.
const SINGLE_TYPES: [&str; 4] = ["int256", "bytes", "bytes32", "int"];

/// A message as text, as the contract has it; one that is neither encoded nor text in hexadecimal.
pub(crate) fn text(payload: &[u8]) -> String {
    decoded(payload).unwrap_or_else(|| match std::str::from_utf8(payload) {
        Ok(text) if !text.is_empty() && text.chars().all(|c| !c.is_control() || c.is_whitespace()) => {
            text.into()
        }
        _ => hex(payload),
    })
}

fn decoded(payload: &[u8]) -> Option<String> {
    let (selector, body) = payload.split_first_chunk::<4>()?;
    let types = functions().find(|types| {
        let hash = keccak_256(format!("log({})", types.join(",")).as_bytes());
        hash.starts_with(selector)
    })?;
    let tuple = types.iter().map(|ty| ty.parse()).collect::<Result<Vec<DynSolType>, _>>().ok()?;
    match DynSolType::Tuple(tuple).abi_decode_params(body).ok()? {
        DynSolValue::Tuple(values) => {
            let word = |value: &DynSolValue| match value {
                DynSolValue::String(text) => text.clone(),
                other => show(other),
            };
            Some(values.iter().map(word).collect::<Vec<_>>().join(" "))
        }
        _ => None,
    }
}

/// The parameter types of all `log` functions.
fn functions() -> impl Iterator<Item = Vec<&'static str>> {
    let single = SINGLE_TYPES.into_iter().map(|ty| vec![ty]);
    let several = (0..=4u32).flat_map(|count| {
        (0..TYPES.len().pow(count)).map(move |number| {
            (0..count).map(|position| TYPES[number / TYPES.len().pow(position) % TYPES.len()]).collect()
        })
    });
    single.chain(several)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_decoded_where_they_are_encoded() {
        let call = |signature: &str, values: Vec<DynSolValue>| {
            let selector = &keccak_256(signature.as_bytes())[..4];
            [selector, &DynSolValue::Tuple(values).abi_encode_params()].concat()
        };
        let number = DynSolValue::Uint(alloy_primitives::U256::from(7), 256);
        let word = DynSolValue::String("left".into());
        assert_eq!(text(&call("log(string)", vec![word.clone()])), "left");
        assert_eq!(text(&call("log(string,uint256)", vec![word.clone(), number.clone()])), "left 7");
        let four = vec![number.clone(), word, DynSolValue::Bool(true), number];
        assert_eq!(text(&call("log(uint256,string,bool,uint256)", four)), "7 left true 7");
        // Whoever shows it sees to it that it does not steer a terminal.
        let quotes = "it's \"so\"\n\\";
        assert_eq!(text(&call("log(string)", vec![DynSolValue::String(quotes.into())])), quotes);
        assert_eq!(text(quotes.as_bytes()), quotes);
        assert_eq!(text(b"plain"), "plain");
        assert_eq!(text(b"a\x1b[31m"), "0x611b5b33316d");
        assert_eq!(text(&[0xff, 0xfe]), "0xfffe");
        assert_eq!(text(b""), "0x");
    }
}
