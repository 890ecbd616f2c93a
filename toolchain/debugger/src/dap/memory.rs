// SPDX-License-Identifier: Apache-2.0
//! Memory and values that clients ask for by text or by reference.

use serde_json::{json, Value};

use super::{
    frames::Focus,
    protocol::ReadMemory,
    references::{self, MemoryReference},
};
use crate::{
    expression::{self, View},
    Session,
};

/// Most bytes of one answer; clients ask again for more.
const READ_BYTES_MAX: u32 = 1 << 20;

/// Memory is there or not by the page.
const PAGE: u32 = 4096;

/// The answer to `evaluate`.
pub(super) fn evaluate(session: &Session, focus: &Focus, text: &str) -> Result<Value, String> {
    let Focus { contract, pc, .. } = *focus;
    let value = View { session, contract, pc }.evaluate(text)?;
    let mut answer = json!({ "result": value.to_string(), "variablesReference": 0 });
    let reference = match value {
        expression::Value::Number(value) => {
            answer["type"] = "u64".into();
            references::of_pointer(session, contract, value)
        }
        expression::Value::Memory { address, .. } => Some(reference(session, contract, address)?.text()),
    };
    if let Some(reference) = reference {
        answer["memoryReference"] = reference.into();
    }
    Ok(answer)
}

fn reference(session: &Session, contract: usize, address: u32) -> Result<MemoryReference, String> {
    let frame = session.frame(contract).ok_or("no contract runs")?;
    Ok(MemoryReference { frame, address })
}

/// The memory that a text names: `u8 [a0 + 4]`, or an address with a number of bytes.
pub(super) fn operand(
    session: &Session,
    contract: usize,
    text: &str,
    bytes: Option<u32>,
) -> Result<(MemoryReference, u32), String> {
    let (address, bytes) = View { session, contract, pc: None }.memory(text, bytes)?;
    Ok((reference(session, contract, address)?, bytes))
}

/// The answer to `readMemory`.
pub(super) fn read(session: &Session, arguments: &ReadMemory) -> Result<Value, String> {
    let at = MemoryReference::parse(session, &arguments.memory_reference, arguments.offset)?;
    let contract = at.contract(session)?;
    // The last address has none behind it.
    let there = u64::from(u32::MAX - at.address) + 1;
    let wanted = arguments.count.min(there);
    let count = wanted.min(u64::from(READ_BYTES_MAX)) as u32;
    let bytes = session.memory(contract, at.address, count);
    let mut answer = json!({ "address": format!("{:#x}", at.address) });
    if !bytes.is_empty() {
        answer["data"] = base64(&bytes).into();
    }
    // It is at most `count`.
    let read = bytes.len() as u32;
    if read < count {
        answer["unreadableBytes"] = unreadable(session, contract, at.address + read, count - read).into();
    }
    Ok(answer)
}

/// How many bytes from `address` on, where none can be read, have to be passed for one that can, at most `count`.
fn unreadable(session: &Session, contract: usize, address: u32, count: u32) -> u32 {
    let mut passed = PAGE - address % PAGE;
    while passed < count && session.memory(contract, address + passed, 1).is_empty() {
        passed += PAGE;
    }
    passed.min(count)
}

/// The encoding of RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let number =
            (0..3).fold(0_usize, |number, at| number << 8 | usize::from(*group.get(at).unwrap_or(&0)));
        for digit in 0..4 {
            let is_padding = digit > group.len();
            text.push(if is_padding { '=' } else { char::from(DIGITS[number >> (18 - 6 * digit) & 63]) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        let encoded = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        for (len, text) in encoded.iter().enumerate() {
            assert_eq!(base64(&b"foobar"[..len]), *text);
        }
        assert_eq!(base64(&[0xff, 0xfe, 0xfd, 0xfc]), "//79/A==");
    }
}
