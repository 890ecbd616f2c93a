// SPDX-License-Identifier: Apache-2.0
//! Arguments as people write them: to values of Solidity's types, or to an error that says which part is wrong and how to write it.

use alloy_dyn_abi::{DynSolType, DynSolValue, Specifier};
use alloy_json_abi::Param;
use alloy_primitives::{Address, U256};

use super::{name_or_position, AccountLookup};
use crate::error::{Error, Result};

/// Why a text is no value: which part of it, and what to do about it.
struct Wrong {
    /// From the parameter to the part, such as `[2].label`.
    path: String,
    text: String,
    why: String,
    hint: String,
}

impl Wrong {
    fn new(text: &str, why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { path: String::new(), text: text.into(), why: why.into(), hint: hint.into() }
    }

    fn within(mut self, part: &str) -> Self {
        self.path.insert_str(0, part);
        self
    }
}

/// The values of all parameters.
pub(super) fn coerce(
    params: &[Param],
    args: &[String],
    signature: &str,
    accounts: AccountLookup,
) -> Result<Vec<DynSolValue>> {
    if params.len() != args.len() {
        let arguments = if params.len() == 1 { "argument" } else { "arguments" };
        return Err(Error::new(format!(
            "{signature} takes {} {arguments}, found {}",
            params.len(),
            args.len()
        )));
    }
    let coerce_one = |(position, (param, arg)): (usize, (&Param, &String))| {
        let ty: DynSolType = param.resolve().map_err(|error| {
            Error::new(format!("the type of parameter {} of {signature} is not known: {error}", position + 1))
        })?;
        value(&ty, &param.components, arg, false, accounts).map_err(|wrong| {
            let name = name_or_position(&param.name, position);
            let (path, text, why) = (wrong.path, wrong.text, wrong.why);
            Error::new(format!("argument {} of {signature}: `{text}` {why} ({name}{path})", position + 1))
                .hint(wrong.hint)
        })
    };
    params.iter().zip(args).enumerate().map(coerce_one).collect()
}

/// The value of a text. `inner` is a part of a list or a tuple, where text may be in quotes; elsewhere text is what it is, as shells have
/// taken their own quotes off.
fn value(
    ty: &DynSolType,
    components: &[Param],
    text: &str,
    inner: bool,
    accounts: AccountLookup,
) -> Result<DynSolValue, Wrong> {
    let list = |of: &DynSolType, count: Option<usize>| {
        let parts = parts(ty, text, ['[', ']'], count)?;
        let items = parts.iter().enumerate().map(|(index, part)| {
            value(of, components, part, true, accounts).map_err(|wrong| wrong.within(&format!("[{index}]")))
        });
        items.collect::<Result<Vec<_>, _>>()
    };
    match ty {
        DynSolType::Address => address(text, accounts),
        DynSolType::String if !inner => Ok(DynSolValue::String(text.into())),
        DynSolType::String => unquoted(text).map(DynSolValue::String),
        DynSolType::Array(of) => list(of, None).map(DynSolValue::Array),
        DynSolType::FixedArray(of, count) => list(of, Some(*count)).map(DynSolValue::FixedArray),
        DynSolType::Tuple(types) => {
            let parts = parts(ty, text, ['(', ')'], Some(types.len()))?;
            let fields = types.iter().zip(&parts).enumerate().map(|(index, (of, part))| {
                let component = components.get(index);
                let below = component.map_or(&[][..], |component| &component.components);
                let name = name_or_position(component.map_or("", |component| &component.name), index);
                value(of, below, part, true, accounts).map_err(|wrong| wrong.within(&format!(".{name}")))
            });
            fields.collect::<Result<Vec<_>, _>>().map(DynSolValue::Tuple)
        }
        _ if inner => {
            // Other quotes than those of text mean something within a tuple only.
            let whole = DynSolType::Tuple(vec![ty.clone()]).coerce_str(&format!("({text})"));
            match whole {
                Ok(DynSolValue::Tuple(mut values)) if values.len() == 1 => {
                    values.pop().ok_or_else(|| plain(ty, text))
                }
                _ => Err(plain(ty, text)),
            }
        }
        _ => ty.coerce_str(text).map_err(|_| plain(ty, text)),
    }
}

/// A text that is a part of a list or a tuple: as it is, or in quotes with the escapes that [`show`](super::show) writes.
fn unquoted(text: &str) -> Result<String, Wrong> {
    const HINT: &str = "write text in quotes if it has commas, brackets or blanks at its ends, \"\" if it is empty; in quotes \\\" is a quote, \
                        \\\\ a backslash, and there are \\n, \\r, \\t, \\0 and \\u{e9}";
    let mut chars = text.chars();
    let mark = match chars.next() {
        Some(mark @ ('"' | '\'')) => mark,
        Some(_) => return Ok(text.into()),
        None => return Err(Wrong::new(text, "is no string", HINT)),
    };
    let mut value = String::new();
    loop {
        match chars.next() {
            Some('\\') => value.push(
                escaped(&mut chars).ok_or_else(|| Wrong::new(text, "has an escape that is none", HINT))?,
            ),
            Some(c) if c == mark => break,
            Some(c) => value.push(c),
            None => return Err(Wrong::new(text, "has no quote at its end", HINT)),
        }
    }
    match chars.as_str().is_empty() {
        true => Ok(value),
        false => Err(Wrong::new(text, "has something behind its quotes", HINT)),
    }
}

/// The character that an escape stands for, from what is behind the backslash.
fn escaped(chars: &mut std::str::Chars<'_>) -> Option<char> {
    Some(match chars.next()? {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '0' => '\0',
        c @ ('"' | '\'' | '\\') => c,
        'u' => {
            let (digits, rest) = chars.as_str().strip_prefix('{')?.split_once('}')?;
            let is_number = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            *chars = rest.chars();
            u32::from_str_radix(digits, 16).ok().filter(|_| is_number).and_then(char::from_u32)?
        }
        _ => return None,
    })
}

/// The parts of a list or a tuple. Commas in quotes, lists and tuples separate nothing.
fn parts(
    ty: &DynSolType,
    text: &str,
    [open, close]: [char; 2],
    count: Option<usize>,
) -> Result<Vec<String>, Wrong> {
    let hint = || format!("write '{}', in quotes, since it means something to shells", example(ty));
    let inside = text.trim().strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    let Some(inside) = inside else { return Err(Wrong::new(text, format!("is no {ty}"), hint())) };
    // Elsewhere a quote is one: `it's`.
    let begins = |part: &str| matches!(part.trim_end().chars().next_back(), None | Some('[' | '(' | ','));
    let (mut parts, mut part, mut depth) = (Vec::new(), String::new(), 0i32);
    let (mut quote, mut escaped) = (None, false);
    for c in inside.chars() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(mark), _) if mark == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if begins(&part) => quote = Some(c),
            (None, '[' | '(') => depth += 1,
            (None, ']' | ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(std::mem::take(&mut part).trim().to_string());
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    // A comma behind the last part is as good as none.
    if !part.trim().is_empty() {
        parts.push(part.trim().to_string());
    }
    if depth != 0 || quote.is_some() {
        return Err(Wrong::new(text, "does not close what it opens", hint()));
    }
    match count {
        Some(count) if count != parts.len() => {
            let why = format!("is no {ty}: it has {} parts, not {count}", parts.len());
            Err(Wrong::new(text, why, hint()))
        }
        _ => Ok(parts),
    }
}

/// An address: in hexadecimal, or an account that stands for one.
fn address(text: &str, accounts: AccountLookup) -> Result<DynSolValue, Wrong> {
    const HINT: &str =
        "write 0x and 40 hexadecimal digits, a development account such as //Bob, or an account's SS58 address";
    if let Some(address) = accounts(text) {
        return address
            .map(|address| DynSolValue::Address(address.into()))
            .map_err(|error| Wrong::new(text, format!("is no account: {error}"), HINT));
    }
    match DynSolType::Address.coerce_str(text) {
        Ok(DynSolValue::Address(address)) => match checksum_error(text, &address) {
            None => Ok(DynSolValue::Address(address)),
            Some(right) => Err(Wrong::new(text, "has a wrong checksum", checksum_hint(&right))),
        },
        _ => Err(Wrong::new(text, "is no address", HINT)),
    }
}

/// How an address is written that has letters of both cases, if that is not how it is written here (ERC-55).
fn checksum_error(text: &str, address: &Address) -> Option<String> {
    let digits = text.trim().trim_start_matches("0x");
    let mixed = digits.contains(|c: char| c.is_ascii_lowercase())
        && digits.contains(|c: char| c.is_ascii_uppercase());
    let right = address.to_checksum(None);
    (mixed && right.trim_start_matches("0x") != digits).then_some(right)
}

fn checksum_hint(right: &str) -> String {
    format!("a digit or the case of one is mistyped; with these digits it is {right}. In lower case it is not checked")
}

/// Refuses an address in hexadecimal whose checksum is wrong.
pub(crate) fn check_address(text: &str, address: &[u8; 20]) -> Result<(), String> {
    match checksum_error(text, &Address::from(*address)) {
        None => Ok(()),
        Some(right) => Err(format!("wrong checksum: {}", checksum_hint(&right))),
    }
}

/// What is wrong with a text that is no value of a plain type.
fn plain(ty: &DynSolType, text: &str) -> Wrong {
    let why = format!("is no {ty}");
    match ty {
        DynSolType::Bool => Wrong::new(text, why, "write true or false"),
        DynSolType::Int(bits) | DynSolType::Uint(bits) => {
            let signed = matches!(ty, DynSolType::Int(_));
            let power = |bits: usize| U256::from(1) << bits;
            let range = match (signed, *bits) {
                (true, bits @ ..=64) => {
                    format!("from -{0} to {1}", power(bits - 1), power(bits - 1) - U256::from(1))
                }
                (false, bits @ ..=64) => format!("from 0 to {}", power(bits) - U256::from(1)),
                (true, bits) => format!("from -2^{0} to 2^{0} - 1", bits - 1),
                (false, bits) => format!("from 0 to 2^{bits} - 1"),
            };
            let unit = if *bits > 64 { ", or with a unit, \"1 ether\" for 10^18" } else { "" };
            Wrong::new(text, why, format!("write a whole number {range}, decimal or as 0xf4240{unit}"))
        }
        DynSolType::Bytes => Wrong::new(text, why, "write 0x and two hexadecimal digits for each byte"),
        DynSolType::FixedBytes(_) | DynSolType::Function => {
            let size = if let DynSolType::FixedBytes(size) = ty { *size } else { 24 };
            let found = alloy_primitives::hex::decode(text).map(|bytes| bytes.len());
            let why = match found {
                Ok(1) if size != 1 => format!("{why}: it has 1 byte, not {size}"),
                Ok(found) if found != size => format!("{why}: it has {found} bytes, not {size}"),
                _ => why,
            };
            Wrong::new(text, why, format!("write 0x and {} hexadecimal digits", 2 * size))
        }
        _ => Wrong::new(text, why, "see the Solidity documentation for the values of this type"),
    }
}

/// A value of a type, as one would write it.
fn example(ty: &DynSolType) -> String {
    match ty {
        DynSolType::Bool => "true".into(),
        DynSolType::Int(_) => "-1".into(),
        DynSolType::Uint(_) => "1".into(),
        DynSolType::String => "\"text\"".into(),
        DynSolType::Array(of) => format!("[{0},{0}]", example(of)),
        DynSolType::FixedArray(of, count) => {
            let items: Vec<_> = (0..(*count).min(3)).map(|_| example(of)).collect();
            format!("[{}{}]", items.join(","), if *count > 3 { ",…" } else { "" })
        }
        DynSolType::Tuple(types) => format!("({})", types.iter().map(example).collect::<Vec<_>>().join(",")),
        _ => "0x…".into(),
    }
}
