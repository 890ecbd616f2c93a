// SPDX-License-Identifier: Apache-2.0
//! What people ask a session for in words, in the notation of the assembly language.
//!
//! | text | value |
//! |---|---|
//! | `a0`, `sp`, `pc`, `gas`, `time` | a register, the code offset, gas left, steps from the start |
//! | `sp + 8`, `0x20000 - a1`, `-1` | a sum |
//! | `u64 [sp + 8]`, `i8 [a0]` | memory as a number: `u8 i8 u16 i16 u32 i32 u64 i64` |
//! | `32 bytes [a1]` | memory |

use std::fmt;

use revive_vm_primitives::Reg;

use crate::session::Session;

/// Most bytes that are shown at once.
pub const BYTES_MAX: u32 = 64 * 1024;

/// What people can write, for messages.
const WHAT: &str = "a register (`a0`), `pc`, `gas`, `time`, memory (`u8 [a0 + 4]`, `i32 [0x20000]`, `16 bytes [sp]`), or a sum";

/// The value of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number, as 64 bits.
    Number(u64),
    /// Memory.
    Memory {
        /// The first address.
        address: u32,
        /// What is there.
        bytes: Vec<u8>,
        /// What it is taken for.
        kind: Kind,
    },
}

/// What bytes of memory are taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number.
    Unsigned,
    /// A number with a sign.
    Signed,
    /// No number.
    Bytes,
}

/// Numbers in hexadecimal and decimal; other bytes in hexadecimal, with the text that they are, if they are one.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Memory { bytes, kind, .. } = self else {
            let Self::Number(number) = self else { return Ok(()) };
            return write!(f, "{number:#x} ({})", number.cast_signed());
        };
        let number = bytes.iter().rev().fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
        match kind {
            Kind::Bytes => f.write_str(&shown_bytes(bytes)),
            Kind::Unsigned => write!(f, "{number:#x} ({number})"),
            Kind::Signed => {
                // At most eight bytes have a sign.
                let shift = u64::BITS.saturating_sub(8 * bytes.len() as u32);
                write!(f, "{number:#x} ({})", (number << shift).cast_signed() >> shift)
            }
        }
    }
}

/// Bytes that are shown of a longer row; a view of memory shows more.
const SHOWN_BYTES_MAX: usize = 64;

/// Bytes as people read them; with the text that they are, if they are one.
pub(crate) fn shown_bytes(bytes: &[u8]) -> String {
    let text =
        bytes.iter().take(SHOWN_BYTES_MAX).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    if bytes.len() > SHOWN_BYTES_MAX {
        return format!("{text} … ({} bytes)", bytes.len());
    }
    let is_text = bytes.len() > 1 && bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    if is_text {
        format!("{text} \"{}\"", String::from_utf8_lossy(bytes))
    } else {
        text
    }
}

/// Where something is looked at: which of the open frames, as of [`StackFrame::contract`](crate::StackFrame::contract), and the code
/// offset there.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The session.
    pub session: &'a Session,
    /// The open frame.
    pub contract: usize,
    /// The code offset that `pc` stands for.
    pub pc: Option<u32>,
}

impl View<'_> {
    /// The value of an expression.
    ///
    /// # Errors
    /// It is none, or memory cannot be read: in words.
    pub fn evaluate(&self, text: &str) -> Result<Value, String> {
        let load = match parse(text)? {
            Expression::Sum(sum) => return Ok(Value::Number(self.value(&sum)?)),
            Expression::Load(load) => load,
        };
        let address = self.address_of(&load.address)?;
        let bytes = self.session.memory(self.contract, address, load.bytes);
        match bytes.len() == load.bytes as usize {
            true => Ok(Value::Memory { address, bytes, kind: load.kind }),
            false => Err(format!("only {} of {} bytes at {address:#x} can be read", bytes.len(), load.bytes)),
        }
    }

    /// The value of an expression as an address.
    ///
    /// # Errors
    /// It is none, or has more than 32 bits.
    pub fn address(&self, text: &str) -> Result<u32, String> {
        match parse(text)? {
            Expression::Sum(sum) => self.address_of(&sum),
            Expression::Load(_) => match self.evaluate(text)? {
                Value::Memory { kind: Kind::Bytes, .. } => Err("bytes are no address".into()),
                Value::Memory { bytes, .. } => {
                    as_address(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
                }
                Value::Number(number) => as_address(number),
            },
        }
    }

    /// The memory that an expression names, with its length: of a load, or of `bytes` at a sum.
    ///
    /// # Errors
    /// It names none.
    pub(crate) fn memory(&self, text: &str, bytes: Option<u32>) -> Result<(u32, u32), String> {
        match (parse(text)?, bytes) {
            (Expression::Load(load), bytes) => {
                Ok((self.address_of(&load.address)?, bytes.unwrap_or(load.bytes)))
            }
            (Expression::Sum(sum), Some(bytes)) => Ok((self.address_of(&sum)?, bytes)),
            (Expression::Sum(_), None) => Err(format!(
                "`{}` is not in memory; only memory can be watched: `u64 [0x20000]`",
                text.escape_debug()
            )),
        }
    }

    fn address_of(&self, sum: &Sum) -> Result<u32, String> {
        as_address(self.value(sum)?)
    }

    fn value(&self, sum: &Sum) -> Result<u64, String> {
        let known = sum.value(|term| match term {
            Term::Number(number) => Some(number),
            Term::Register(reg) => self.session.register(self.contract, reg),
            Term::Pc => self.pc.map(u64::from),
            Term::Gas => self.session.gas(self.contract).map(i64::cast_unsigned),
            Term::Time => Some(self.session.time()),
        });
        known.ok_or_else(|| "no contract runs there".into())
    }
}

/// Addresses have 32 bits, as they have for loads; what is not one is more likely a mistake.
fn as_address(value: u64) -> Result<u32, String> {
    let address = value as u32;
    let with_sign = i64::from(address.cast_signed()).cast_unsigned();
    match value == u64::from(address) || value == with_sign {
        true => Ok(address),
        false => Err(format!("{value:#x} is no address: those have 32 bits")),
    }
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    /// A number.
    Sum(Sum),
    /// Memory.
    Load(Load),
}

/// Memory at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Load {
    kind: Kind,
    /// How many bytes.
    bytes: u32,
    address: Sum,
}

/// What is added, or taken away where it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sum(Vec<(bool, Term)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Term {
    Register(Reg),
    Number(u64),
    Pc,
    Gas,
    Time,
}

impl Sum {
    /// Its value, modulo 2^64. `None` if a part of it has none.
    fn value(&self, value: impl Fn(Term) -> Option<u64>) -> Option<u64> {
        self.0.iter().try_fold(0_u64, |sum, (is_taken_away, term)| {
            let value = value(*term)?;
            Some(if *is_taken_away { sum.wrapping_sub(value) } else { sum.wrapping_add(value) })
        })
    }
}

/// What a text asks for.
fn parse(text: &str) -> Result<Expression, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(format!("nothing is asked for; expected {WHAT}"));
    }
    let Some((kind, rest)) = text.split_once('[') else { return Ok(Expression::Sum(sum(text)?)) };
    let Some(address) = rest.strip_suffix(']') else {
        return Err(format!("`{}` does not end with `]`", text.escape_debug()));
    };
    let (kind, bytes) = kind_of(kind.trim())?;
    Ok(Expression::Load(Load { kind, bytes, address: sum(address)? }))
}

/// What is in front of `[`.
fn kind_of(text: &str) -> Result<(Kind, u32), String> {
    let kind = match text {
        "u8" => (Kind::Unsigned, 1),
        "u16" => (Kind::Unsigned, 2),
        "u32" => (Kind::Unsigned, 4),
        "u64" => (Kind::Unsigned, 8),
        "i8" => (Kind::Signed, 1),
        "i16" => (Kind::Signed, 2),
        "i32" => (Kind::Signed, 4),
        "i64" => (Kind::Signed, 8),
        _ => {
            let count = text.strip_suffix("bytes").or_else(|| text.strip_suffix("byte"));
            let count = count.ok_or_else(|| {
                let text = text.escape_debug();
                format!("`{text}` is no kind of memory: expected u8, i8, u16, i16, u32, i32, u64, i64 or `16 bytes`")
            })?;
            let count = number(count.trim())?;
            let bytes = u32::try_from(count).ok().filter(|bytes| (1..=BYTES_MAX).contains(bytes));
            (
                Kind::Bytes,
                bytes.ok_or_else(|| format!("{count} bytes are asked for; 1 to {BYTES_MAX} can be shown"))?,
            )
        }
    };
    Ok(kind)
}

/// Registers and numbers with `+` and `-` between them.
fn sum(text: &str) -> Result<Sum, String> {
    let mut terms = Vec::new();
    let mut rest = text.trim();
    let mut is_taken_away = false;
    // A sign may stand in front.
    if let Some(behind) = rest.strip_prefix('-') {
        (is_taken_away, rest) = (true, behind);
    }
    loop {
        let end = rest.find(['+', '-']).unwrap_or(rest.len());
        terms.push((is_taken_away, term(rest[..end].trim())?));
        let Some(sign) = rest[end..].chars().next() else { return Ok(Sum(terms)) };
        (is_taken_away, rest) = (sign == '-', &rest[end + 1..]);
    }
}

fn term(text: &str) -> Result<Term, String> {
    match text {
        "pc" => return Ok(Term::Pc),
        "gas" => return Ok(Term::Gas),
        "time" => return Ok(Term::Time),
        _ => {}
    }
    if let Some(reg) = Reg::from_name(text) {
        return Ok(Term::Register(reg));
    }
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return Ok(Term::Number(number(text)?));
    }
    let what =
        if text.is_empty() { "something is missing".into() } else { format!("`{}`", text.escape_debug()) };
    Err(format!("{what}: expected {WHAT}"))
}

fn number(text: &str) -> Result<u64, String> {
    let digits = text.replace('_', "");
    let (digits, radix) = match (digits.strip_prefix("0x"), digits.strip_prefix("0b")) {
        (Some(digits), _) => (digits, 16),
        (_, Some(digits)) => (digits, 2),
        _ => (digits.as_str(), 10),
    };
    u64::from_str_radix(digits, radix).map_err(|error| format!("`{}`: {error}", text.escape_debug()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> u64 {
        let Ok(Expression::Sum(sum)) = parse(text) else { panic!("{text} is a sum") };
        let value = |term| match term {
            Term::Number(number) => Some(number),
            Term::Register(reg) => Some(1000 * reg.index() as u64),
            Term::Pc | Term::Gas | Term::Time => None,
        };
        sum.value(value).unwrap()
    }

    fn error(text: &str) -> String {
        parse(text).expect_err(text)
    }

    #[test]
    fn sums_are_of_registers_and_numbers() {
        assert_eq!(value("a0"), 7000);
        assert_eq!(value(" r7+ 0x10 -0b1 "), 7015);
        assert_eq!(value("-1"), u64::MAX);
        assert_eq!(value("1_000 - a5"), 1000_u64.wrapping_sub(12000));
    }

    #[test]
    fn memory_has_a_kind_and_an_address() {
        let load =
            |kind, bytes, address| Ok(Expression::Load(Load { kind, bytes, address: sum(address).unwrap() }));
        assert_eq!(parse("u8 [a0 + 4]"), load(Kind::Unsigned, 1, "a0 + 4"));
        assert_eq!(parse("i32[0x20000]"), load(Kind::Signed, 4, "0x20000"));
        assert_eq!(parse("16 bytes [sp]"), load(Kind::Bytes, 16, "sp"));
        assert_eq!(parse("1 byte [ sp - 1 ]"), load(Kind::Bytes, 1, "sp - 1"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(error("balance"), format!("`balance`: expected {WHAT}"));
        assert_eq!(error("a0 + "), format!("something is missing: expected {WHAT}"));
        assert_eq!(error(" "), format!("nothing is asked for; expected {WHAT}"));
        assert_eq!(error("u8 [a0"), "`u8 [a0` does not end with `]`");
        assert!(error("u7 [a0]").starts_with("`u7` is no kind of memory: expected u8,"));
        assert_eq!(error("0 bytes [a0]"), "0 bytes are asked for; 1 to 65536 can be shown");
        assert_eq!(error("65537 bytes [a0]"), "65537 bytes are asked for; 1 to 65536 can be shown");
        assert_eq!(error("0xg"), "`0xg`: invalid digit found in string");
        assert_eq!(error("u8 []"), format!("something is missing: expected {WHAT}"));
    }
}
