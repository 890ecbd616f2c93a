// SPDX-License-Identifier: Apache-2.0
//! How much comes of an encoding, found before it is decoded.
//!
//! An encoding refers to its parts by offsets, and nothing keeps many of them from leading to the same bytes: a few kilobytes of a
//! hostile contract can stand for gigabytes of values. Encoders never do that, so what would come to much more than its own size is
//! not decoded.

use alloy_dyn_abi::DynSolType;

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
}

/// Whether decoding `data` as values of these types takes time and memory in proportion to its size. Whether it succeeds is another
/// question.
pub(crate) fn is_bounded(types: &[DynSolType], data: &[u8]) -> bool {
    let mut walk = Walk { left: data.len().saturating_mul(TIMES_MAX).max(BYTES_MAX_LEAST) };
    let types: Vec<_> = types.iter().collect();
    !matches!(walk.sequence(types.into_iter(), data, &mut 0, 0), Err(Stop::TooMuch))
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
                if len > bytes.len() {
                    return Err(Stop::Malformed);
                }
                self.pay(len)
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
            _ => number(scope, head).map(drop),
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

/// The word at `head`, `None` inside if it is no size of anything.
fn number(scope: &[u8], head: &mut usize) -> Result<Option<usize>, Stop> {
    let word = scope.get(*head..).and_then(|rest| rest.first_chunk::<WORD>()).ok_or(Stop::Malformed)?;
    *head += WORD;
    let (high, low) = word.split_at(WORD - 4);
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
