// SPDX-License-Identifier: Apache-2.0
//! What clients can ask for by text, in the notation of the assembly language: registers and numbers with their sums, loads, and
//! a few names.

use revive_vm_primitives::Reg;

/// Most bytes that are shown at once.
const BYTES_MAX: u32 = 4096;

/// What people can write, for messages.
const WHAT: &str = "a register (`a0`), `pc`, `gas`, `time`, memory (`u8 [a0 + 4]`, `i32 [0x20000]`, `16 bytes [sp]`), or a sum";

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    /// The code offset.
    Pc,
    /// Gas left.
    Gas,
    /// Steps from the start.
    Time,
    /// A number.
    Sum(Sum),
    /// Memory.
    Load(Load),
}

/// Memory at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) kind: Kind,
    /// How many bytes.
    pub(super) bytes: u32,
    pub(super) address: Sum,
}

/// What bytes are taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Unsigned,
    Signed,
    Bytes,
}

/// Registers and numbers that are added, or taken away where it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sum(Vec<(bool, Term)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Term {
    Register(Reg),
    Number(u64),
}

impl Sum {
    /// Its value, modulo 2^64. `None` if a register has none.
    pub(super) fn value(&self, register: impl Fn(Reg) -> Option<u64>) -> Option<u64> {
        self.0.iter().try_fold(0_u64, |sum, (is_taken_away, term)| {
            let value = match term {
                Term::Register(reg) => register(*reg)?,
                Term::Number(number) => *number,
            };
            Some(if *is_taken_away { sum.wrapping_sub(value) } else { sum.wrapping_add(value) })
        })
    }
}

/// What a text asks for.
pub(super) fn parse(text: &str) -> Result<Expression, String> {
    let text = text.trim();
    match text {
        "pc" => return Ok(Expression::Pc),
        "gas" => return Ok(Expression::Gas),
        "time" => return Ok(Expression::Time),
        "" => return Err(format!("nothing is asked for; expected {WHAT}")),
        _ => {}
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
pub(super) fn sum(text: &str) -> Result<Sum, String> {
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
        sum.value(|reg| Some(1000 * reg.index() as u64)).unwrap()
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
        assert_eq!(error("0 bytes [a0]"), "0 bytes are asked for; 1 to 4096 can be shown");
        assert_eq!(error("5000 bytes [a0]"), "5000 bytes are asked for; 1 to 4096 can be shown");
        assert_eq!(error("0xg"), "`0xg`: invalid digit found in string");
        assert_eq!(error("u8 []"), format!("something is missing: expected {WHAT}"));
    }
}
