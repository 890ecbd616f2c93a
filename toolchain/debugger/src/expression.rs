// SPDX-License-Identifier: Apache-2.0
//! What people ask a session for in words: registers, memory, and sums of them. Memory is written as in assembly.
//!
//! | text | value |
//! |---|---|
//! | `a0`, `sp`, `pc`, `gas`, `time` | a register, the code offset, gas left, steps from the start |
//! | `sp + 8`, `0x20000 - a1` | a sum |
//! | `u64 [sp + 8]`, `i8 [a0]` | memory as a number: `u8 i8 u16 i16 u32 i32 u64` |
//! | `32 bytes [a1]` | memory |

use std::fmt;

use revive_vm_primitives::Reg;

use crate::session::Session;

/// Most bytes of memory that are asked for at a time.
pub const BYTES_MAX: u32 = 64 * 1024;

/// The value of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number, as 64 bits.
    Number(u64),
    /// Bytes of memory.
    Bytes {
        /// The first address.
        address: u32,
        /// What is there.
        bytes: Vec<u8>,
    },
}

/// Hexadecimal, decimal, and with a sign where the highest bit is set; bytes in hexadecimal.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) if number.cast_signed() < 0 => {
                write!(f, "{number:#x} ({number}, {})", number.cast_signed())
            }
            Self::Number(number) => write!(f, "{number:#x} ({number})"),
            Self::Bytes { bytes, .. } => {
                f.write_str("0x")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

/// The value of an expression in an open frame, as of [`StackFrame::contract`](crate::StackFrame::contract).
///
/// # Errors
/// It is none, or memory cannot be read: in words.
pub fn evaluate(session: &Session, contract: usize, text: &str) -> Result<Value, String> {
    let Some((kind, inner)) = bracketed(text)? else {
        return sum(session, contract, text).map(Value::Number);
    };
    let at = address(session, contract, inner)?;
    let read = |count: u32| {
        let bytes = session.memory(contract, at, count);
        match bytes.len() == count as usize {
            true => Ok(bytes),
            false => Err(format!("{count} bytes at {at:#x} cannot be read: {} can", bytes.len())),
        }
    };
    if let Some(count) = kind.strip_suffix("bytes") {
        let count =
            number(count.trim()).ok_or_else(|| format!("`{}` is no number of bytes", shown(count)))?;
        let count = u32::try_from(count).ok().filter(|count| (1..=BYTES_MAX).contains(count));
        let count = count.ok_or_else(|| format!("between 1 and {BYTES_MAX} bytes can be shown"))?;
        return Ok(Value::Bytes { address: at, bytes: read(count)? });
    }
    let (count, is_signed) = match kind {
        "u8" => (1, false),
        "i8" => (1, true),
        "u16" => (2, false),
        "i16" => (2, true),
        "u32" => (4, false),
        "i32" => (4, true),
        "u64" => (8, false),
        _ => return Err(format!("`{}` is none of u8 i8 u16 i16 u32 i32 u64, or `N bytes`", shown(kind))),
    };
    let mut bytes = [0; 8];
    bytes[..count as usize].copy_from_slice(&read(count)?);
    let unused = 64 - 8 * count;
    let number = u64::from_le_bytes(bytes) << unused;
    Ok(Value::Number(match is_signed {
        true => (number.cast_signed() >> unused).cast_unsigned(),
        false => number >> unused,
    }))
}

/// The value of an expression as an address: the lower 32 bits, as the machine has it.
///
/// # Errors
/// As [`evaluate`].
pub fn address(session: &Session, contract: usize, text: &str) -> Result<u32, String> {
    match evaluate(session, contract, text)? {
        Value::Number(number) => Ok(number as u32),
        Value::Bytes { .. } => Err("bytes are no address".into()),
    }
}

/// What is in front of the brackets that a text ends with, and in them.
fn bracketed(text: &str) -> Result<Option<(&str, &str)>, String> {
    let Some((kind, rest)) = text.split_once('[') else { return Ok(None) };
    match rest.trim_end().strip_suffix(']') {
        Some(inner) => Ok(Some((kind.trim(), inner))),
        None => Err(format!("`{}` has no closing bracket", shown(text))),
    }
}

/// A sum of registers and numbers.
fn sum(session: &Session, contract: usize, text: &str) -> Result<u64, String> {
    let mut sum = 0u64;
    let mut rest = text.trim();
    let mut is_added = true;
    loop {
        let end = rest.find(['+', '-']).unwrap_or(rest.len());
        let (term, more) = rest.split_at(end);
        let value = term_value(session, contract, term.trim())?;
        sum = if is_added { sum.wrapping_add(value) } else { sum.wrapping_sub(value) };
        let Some(sign) = more.chars().next() else { return Ok(sum) };
        is_added = sign == '+';
        rest = more[1..].trim();
    }
}

fn term_value(session: &Session, contract: usize, term: &str) -> Result<u64, String> {
    let known = match term {
        "pc" => session.frame_pc(contract).map(u64::from),
        "gas" => session.gas(contract).map(i64::cast_unsigned),
        "time" => Some(session.time()),
        _ => match Reg::from_name(term) {
            Some(reg) => session.register(contract, reg),
            None => number(term),
        },
    };
    known.ok_or_else(|| {
        format!(
            "`{}` is no number, and none of pc, gas, time, ra, sp, t0 to t2, s0, s1, a0 to a5",
            shown(term)
        )
    })
}

/// Decimal, or hexadecimal behind `0x`; `_` may stand between digits.
fn number(text: &str) -> Option<u64> {
    let digits = text.replace('_', "");
    match digits.strip_prefix("0x") {
        Some(digits) if !digits.starts_with('+') => u64::from_str_radix(digits, 16).ok(),
        Some(_) => None,
        None => digits.parse().ok(),
    }
}

/// A part of a text from outside, for a message.
fn shown(text: &str) -> String {
    text.chars().take(60).flat_map(char::escape_debug).collect()
}
