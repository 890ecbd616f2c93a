// SPDX-License-Identifier: Apache-2.0
//! Values and the reasons of reverts, for people and for scripts.
//!
//! Numbers are shown in decimal, and as strings in JSON, since they may have 256 bits; addresses and bytes as `0x…`.

use alloy_dyn_abi::{DynSolType, DynSolValue};
use serde_json::{json, Value};

use super::Abi;
use crate::output::hex;

/// Selector of `Error(string)`, the standard error of `require` and `revert` with a text.
pub(super) const ERROR_STRING: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
/// Selector of `Panic(uint256)`, the standard error of checks that the compiler inserts.
pub(super) const PANIC: [u8; 4] = [0x4e, 0x48, 0x7b, 0x71];

/// A value in one line, for people, who can give it as an argument again.
pub(crate) fn show(value: &DynSolValue) -> String {
    let list = |items: &[DynSolValue]| items.iter().map(show).collect::<Vec<_>>().join(",");
    match value {
        DynSolValue::String(text) => format!("{text:?}"),
        DynSolValue::Array(items) | DynSolValue::FixedArray(items) => format!("[{}]", list(items)),
        DynSolValue::Tuple(items) => format!("({})", list(items)),
        _ => match to_json(value) {
            Value::String(text) => text,
            other => other.to_string(),
        },
    }
}

/// A value as JSON: numbers as decimal strings, bytes and addresses as `0x…`, tuples as lists.
pub(crate) fn to_json(value: &DynSolValue) -> Value {
    match value {
        DynSolValue::Bool(flag) => json!(flag),
        DynSolValue::Int(number, _) => json!(number.to_string()),
        DynSolValue::Uint(number, _) => json!(number.to_string()),
        DynSolValue::FixedBytes(word, len) => json!(hex(word.get(..*len).unwrap_or(word.as_slice()))),
        DynSolValue::Address(address) => json!(hex(address)),
        DynSolValue::Function(function) => json!(hex(function)),
        DynSolValue::Bytes(bytes) => json!(hex(bytes)),
        DynSolValue::String(text) => json!(text),
        DynSolValue::Array(items) | DynSolValue::FixedArray(items) | DynSolValue::Tuple(items) => {
            Value::Array(items.iter().map(to_json).collect())
        }
    }
}

/// Why a contract reverted, from the data that it returned: the text of a `require`, the meaning of a panic code, or
/// a custom error by name. `None` if the data says nothing that is known.
pub(crate) fn revert_reason(abi: Option<&Abi>, data: &[u8]) -> Option<String> {
    if let Some(reason) = abi.and_then(|abi| abi.custom_error(data)) {
        return Some(reason);
    }
    if let Some(body) = data.strip_prefix(&ERROR_STRING) {
        if let Ok(DynSolValue::Tuple(values)) =
            DynSolType::Tuple(vec![DynSolType::String]).abi_decode_params(body)
        {
            if let [DynSolValue::String(text)] = values.as_slice() {
                return Some(text.clone());
            }
        }
    }
    if let Some(body) = data.strip_prefix(&PANIC) {
        if let Ok(DynSolValue::Uint(code, _)) = DynSolType::Uint(256).abi_decode(body) {
            let meaning = u64::try_from(code).map_or("unknown panic", panic_meaning);
            return Some(format!("Panic({code:#x}): {meaning}"));
        }
    }
    None
}

/// The same with several ABIs, of which the first that knows the error is taken.
pub(crate) fn revert_reason_of(abis: &[Abi], data: &[u8]) -> Option<String> {
    abis.iter().find_map(|abi| abi.custom_error(data)).or_else(|| revert_reason(None, data))
}

/// The meanings of panic codes, from the Solidity documentation ("Panic via assert and Error via require").
fn panic_meaning(code: u64) -> &'static str {
    match code {
        0x00 => "generic panic of the compiler",
        0x01 => "an assertion failed",
        0x11 => "arithmetic overflow or underflow",
        0x12 => "division by zero",
        0x21 => "a value is out of range for its enum",
        0x22 => "a byte array in storage is encoded incorrectly",
        0x31 => "pop of an empty array",
        0x32 => "array index out of bounds",
        0x41 => "too much memory was allocated, or an array is too large",
        0x51 => "call of an uninitialised internal function",
        _ => "unknown panic",
    }
}
