// SPDX-License-Identifier: Apache-2.0
//! What is wrong with an encoding that the decoder would take: found before it is decoded.
//!
//! An encoding refers to its parts by offsets, and nothing keeps many of them from leading to the same bytes: a few kilobytes of a
//! hostile contract can stand for gigabytes of values. Encoders never do that, so what would come to much more than its own size is
//! not decoded.
//!
//! The decoder passes over bits that a value of a type does not have, and puts other text in place of what is none: an address would be
//! shown that is another one, and 500 as a `uint8`. Solidity and the guest library refuse such values.

use alloy_dyn_abi::DynSolType;

use crate::output::hex;

/// Bytes of an encoding that may be gone through for each that it has.
const TIMES_MAX: usize = 8;
/// Bytes that may be gone through in any case.
const BYTES_MAX_LEAST: usize = 64 * 1024;
/// Bytes of a word.
const WORD: usize = 32;
/// Levels of types in each other. The decoder refuses those that are deeper.
const DEPTH_MAX: usize = 32;

/// Why nothing more is looked at.
enum Stop {
    /// The decoder will refuse it, too.
    Malformed,
    /// The decoder would go on for long.
    TooMuch,
    /// The decoder would make something else of it, for this reason.
    NoValue(String),
}

/// Whether decoding `data` as values of these types takes time and memory in proportion to its size, and gives what is there. Whether it
/// succeeds is another question.
///
/// # Errors
/// Why not, in words.
pub(crate) fn check(types: &[DynSolType], data: &[u8]) -> Result<(), String> {
    let mut walk = Walk { left: data.len().saturating_mul(TIMES_MAX).max(BYTES_MAX_LEAST) };
    match walk.sequence(types.iter(), data, &mut 0, 0) {
        Ok(()) | Err(Stop::Malformed) => Ok(()),
        Err(Stop::TooMuch) => Err("they stand for far more than they are".into()),
        Err(Stop::NoValue(why)) => Err(why),
    }
}

/// The same of an indexed value of an event, which is a hash for all types but those of a word.
///
/// # Errors
/// As [`check`].
pub(crate) fn check_topic(ty: &DynSolType, topic: &[u8; WORD]) -> Result<(), String> {
    match ty {
        DynSolType::Bytes
        | DynSolType::String
        | DynSolType::Array(_)
        | DynSolType::FixedArray(..)
        | DynSolType::Tuple(_) => Ok(()),
        ty => check(std::slice::from_ref(ty), topic),
    }
}

struct Walk {
    /// Bytes that may still be gone through.
    left: usize,
}

impl Walk {
    fn pay(&mut self, bytes: usize) -> Result<(), Stop> {
        self.left = self.left.checked_sub(bytes).ok_or(Stop::TooMuch)?;
        Ok(())
    }

    /// Values one behind the other, the first at `head`.
    fn sequence<'t>(
        &mut self,
        mut types: impl Iterator<Item = &'t DynSolType>,
        scope: &[u8],
        head: &mut usize,
        depth: usize,
    ) -> Result<(), Stop> {
        if depth > DEPTH_MAX {
            return Err(Stop::Malformed);
        }
        types.try_for_each(|ty| self.value(ty, scope, head, depth))
    }

    fn value(&mut self, ty: &DynSolType, scope: &[u8], head: &mut usize, depth: usize) -> Result<(), Stop> {
        self.pay(WORD)?;
        match ty {
            DynSolType::Bytes | DynSolType::String => {
                let (bytes, len) = counted(scope, head)?;
                let bytes = bytes.get(..len).ok_or(Stop::Malformed)?;
                self.pay(len)?;
                match std::str::from_utf8(bytes) {
                    Err(error) if *ty == DynSolType::String => {
                        let at = error.valid_up_to();
                        Err(Stop::NoValue(format!("a string of {len} bytes is no UTF-8 at byte {at}")))
                    }
                    _ => Ok(()),
                }
            }
            DynSolType::Array(item) => {
                let (items, count) = counted(scope, head)?;
                match item.minimum_words() {
                    0 => Ok(()),
                    words if words.saturating_mul(count) > items.len() / WORD => Err(Stop::Malformed),
                    _ => self.sequence(std::iter::repeat_n(&**item, count), items, &mut 0, depth + 1),
                }
            }
            DynSolType::FixedArray(item, count) => {
                self.parts(std::iter::repeat_n(&**item, *count), is_dynamic(ty), scope, head, depth)
            }
            DynSolType::Tuple(items) => self.parts(items.iter(), is_dynamic(ty), scope, head, depth),
            _ => {
                let word = word(scope, head)?;
                match is_value(ty, word) {
                    true => Ok(()),
                    false => Err(Stop::NoValue(format!("{} is no {ty}", hex(word)))),
                }
            }
        }
    }

    /// The parts of a value, which are where it is or, if they are of different sizes, elsewhere.
    fn parts<'t>(
        &mut self,
        types: impl Iterator<Item = &'t DynSolType>,
        elsewhere: bool,
        scope: &[u8],
        head: &mut usize,
        depth: usize,
    ) -> Result<(), Stop> {
        match elsewhere {
            true => self.sequence(types, referred(scope, head)?, &mut 0, depth + 1),
            false => self.sequence(types, scope, head, depth + 1),
        }
    }
}

/// Whether values of a type are of different sizes.
fn is_dynamic(ty: &DynSolType) -> bool {
    match ty {
        DynSolType::Bytes | DynSolType::String | DynSolType::Array(_) => true,
        DynSolType::FixedArray(item, count) => *count > 0 && is_dynamic(item),
        DynSolType::Tuple(items) => items.iter().any(is_dynamic),
        _ => false,
    }
}

/// Whether a word has no other bits than those that a value of a type of one word has.
fn is_value(ty: &DynSolType, word: &[u8; WORD]) -> bool {
    let is = |bytes: &[u8], filling: u8| bytes.iter().all(|byte| *byte == filling);
    match ty {
        DynSolType::Bool => is(&word[..WORD - 1], 0) && word[WORD - 1] <= 1,
        DynSolType::Uint(bits) => is(&word[..WORD - bits / 8], 0),
        DynSolType::Int(bits) => {
            let (high, low) = word.split_at(WORD - bits / 8);
            is(high, if low.first().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 })
        }
        DynSolType::FixedBytes(len) => is(&word[*len..], 0),
        DynSolType::Address => is(&word[..12], 0),
        DynSolType::Function => is(&word[24..], 0),
        _ => true,
    }
}

/// The word at `head`.
fn word<'d>(scope: &'d [u8], head: &mut usize) -> Result<&'d [u8; WORD], Stop> {
    let word = scope.get(*head..).and_then(|rest| rest.first_chunk::<WORD>()).ok_or(Stop::Malformed)?;
    *head += WORD;
    Ok(word)
}

/// The word at `head` as a number, `None` inside if it is no size of anything.
fn number(scope: &[u8], head: &mut usize) -> Result<Option<usize>, Stop> {
    let (high, low) = word(scope, head)?.split_at(WORD - 4);
    let low = low.iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
    Ok(high.iter().all(|byte| *byte == 0).then_some(low))
}

/// What the offset at `head` leads to.
fn referred<'d>(scope: &'d [u8], head: &mut usize) -> Result<&'d [u8], Stop> {
    number(scope, head)?.and_then(|offset| scope.get(offset..)).ok_or(Stop::Malformed)
}

/// What the offset at `head` leads to: a number, and what is behind it.
fn counted<'d>(scope: &'d [u8], head: &mut usize) -> Result<(&'d [u8], usize), Stop> {
    let scope = referred(scope, head)?;
    let mut at = 0;
    let count = number(scope, &mut at)?.ok_or(Stop::Malformed)?;
    Ok((&scope[at..], count))
}

#[cfg(test)]
#[path = "abi_bounds_tests.rs"]
mod tests;
