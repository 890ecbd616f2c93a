// SPDX-License-Identifier: Apache-2.0
//! Functions of the runtime that contracts call like contracts.
//!
//! | Address | What | Where |
//! |---|---|---|
//! | `0x01`–`0x09`, `0x0100` | Ethereum's: signatures, hashes, big integers, curves | [`ethereum`] |
//! | `0x0a` | KZG point evaluation: refused, see `docs/decisions/0010-cryptography-of-precompiles.md` | |
//! | `0x0900` | what the chain knows about itself and the caller | `system` |
//! | `0x0901` | storage functions that are no host functions; for delegate calls | `items` |
//! | `0x…NNNN0000` | the runtime's own: every type of [`Config::Precompiles`] | the runtime |
//!
//! A precompile is found by its address before any look-up in the state. It runs in a frame, like a contract: with limits,
//! value, roll-back and a place on the stack. Except for Ethereum's, its input is that of Solidity, with a selector in front.

pub mod ethereum;
mod items;
#[cfg(not(any(target_family = "wasm", test)))]
pub mod native;
pub mod solidity;
mod system;

pub use ethereum::eth_address;

use crate::{
    exec::{Frame, OriginOf, Stack},
    limits::CALL_DATA_BYTES_MAX,
    primitives::{ExecReturnValue, ReturnFlags},
    Config, Error, WeightInfo,
};
use alloc::{format, string::String, vec::Vec};
use core::num::NonZeroU16;
use frame_support::weights::Weight;
use sp_core::{H160, U256};
use sp_runtime::DispatchError;

/// Why a precompile has no result. Its changes are undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It reverts with Solidity's `Error(string)`.
    Revert(String),
    /// It reverts with Solidity's `Panic(uint256)`.
    Panic(u8),
    /// It fails; a caller sees a return code.
    Error(DispatchError),
}

impl<E: Into<DispatchError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

impl Failure {
    /// Reverts because the input cannot be decoded.
    pub const UNDECODABLE: Self = Self::Panic(0x41);

    /// Reverts with a message.
    pub fn revert(message: &str) -> Self {
        Self::Revert(message.into())
    }
}

/// What a precompile returns.
pub type PrecompileResult = Result<Vec<u8>, Failure>;

/// The addresses of a precompile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressMatcher {
    /// One address: zeros but for bytes 16 and 17, which are the number, big-endian.
    Fixed(NonZeroU16),
    /// The same, but the first four bytes can be anything.
    Prefix(NonZeroU16),
}

impl AddressMatcher {
    fn number(self) -> NonZeroU16 {
        match self {
            Self::Fixed(number) | Self::Prefix(number) => number,
        }
    }

    /// Whether `address` is one of the addresses.
    pub fn matches(self, address: &H160) -> bool {
        let (prefix, rest) = address.as_bytes().split_at(4);
        let (zeros, low) = rest.split_at(12);
        let free = match self {
            Self::Fixed(_) => prefix == [0; 4],
            Self::Prefix(_) => true,
        };
        let [high, low, last @ ..] = low else { return false };
        free && zeros.iter().all(|byte| *byte == 0)
            && [*high, *low] == self.number().get().to_be_bytes()
            && last == [0, 0]
    }
}

/// A function of the runtime that contracts can call.
pub trait Precompile<T: Config> {
    /// Where it is.
    const MATCHER: AddressMatcher;

    /// Does it. Charge first, then act.
    fn call(env: &mut Environment<'_, T>, input: &[u8]) -> PrecompileResult;
}

/// The precompiles of a runtime: a tuple of types that implement [`Precompile`], or one of them, or `()`.
pub trait Precompiles<T: Config> {
    /// All matchers.
    fn matchers() -> Vec<AddressMatcher>;

    /// Calls the precompile at `env.callee()`, if there is one.
    fn call(env: &mut Environment<'_, T>, input: &[u8]) -> Option<PrecompileResult>;

    /// Whether there is a precompile at `address`.
    fn matches(address: &H160) -> bool {
        Self::matchers().iter().any(|matcher| matcher.matches(address))
    }
}

impl<T: Config> Precompiles<T> for () {
    fn matchers() -> Vec<AddressMatcher> {
        Vec::new()
    }

    fn call(_: &mut Environment<'_, T>, _: &[u8]) -> Option<PrecompileResult> {
        None
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<T: Config, $($name: Precompile<T>),+> Precompiles<T> for ($($name,)+) {
            fn matchers() -> Vec<AddressMatcher> {
                alloc::vec![$($name::MATCHER),+]
            }

            fn call(env: &mut Environment<'_, T>, input: &[u8]) -> Option<PrecompileResult> {
                let address = env.callee();
                $(if $name::MATCHER.matches(&address) {
                    return Some($name::call(env, input));
                })+
                None
            }
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);

/// Where a precompile runs, and what it can do there.
pub struct Environment<'a, T: Config> {
    pub(crate) stack: &'a mut Stack<T>,
    callee: H160,
}

impl<T: Config> Environment<'_, T> {
    /// The address that was called.
    pub fn callee(&self) -> H160 {
        self.callee
    }

    /// Takes `weight` from the budget of the call.
    pub fn charge(&mut self, weight: Weight) -> Result<(), Failure> {
        self.stack.charge(weight).map_err(Into::into)
    }

    /// Gives back what `charged` is over `actual`.
    pub fn adjust(&mut self, charged: Weight, actual: Weight) {
        self.stack.adjust(charged, actual);
    }

    /// What is left of the budget.
    pub fn weight_left(&self) -> Weight {
        self.frame().meter.weight.left()
    }

    /// The account or contract that calls; in a delegate call the one that called the delegating contract.
    pub fn caller(&self) -> &OriginOf<T> {
        &self.frame().caller
    }

    /// Who started the transaction.
    pub fn origin(&self) -> &OriginOf<T> {
        &self.stack.origin
    }

    /// Wei that came with the call.
    pub fn value(&self) -> U256 {
        self.frame().value
    }

    /// Whether the state must not be changed. See [`Self::ensure_writable`].
    pub fn is_read_only(&self) -> bool {
        self.frame().read_only
    }

    /// Fails if the state must not be changed.
    pub fn ensure_writable(&self) -> Result<(), Failure> {
        match self.is_read_only() {
            true => Err(Error::<T>::StateChangeDenied.into()),
            false => Ok(()),
        }
    }

    /// Whether a contract runs this on its own behalf.
    pub fn is_delegate(&self) -> bool {
        self.frame().is_delegate
    }

    /// The frame of the contract that asks, if it is one.
    pub(crate) fn asker(&self) -> Option<&Frame<T>> {
        match self.is_delegate() {
            true => Some(self.frame()),
            false => self.stack.below_top(),
        }
    }

    fn frame(&self) -> &Frame<T> {
        self.stack.top()
    }
}

/// What is at an address that no contract can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    Ethereum(ethereum::Function),
    System,
    Storage,
    Runtime,
}

/// Bytes of the address before the number of a built-in precompile.
const HEAD_BYTES: usize = 16;

/// The precompile at `address`, if there is one. Fails if one belongs there that this chain does not offer: what any other
/// address without code gets, a transfer, would look like success.
pub(crate) fn find<T: Config>(address: &H160) -> Result<Option<Builtin>, Error<T>> {
    let (head, number) = address.as_bytes().split_at(HEAD_BYTES);
    if head.iter().all(|byte| *byte == 0) {
        let number = number.iter().fold(0u32, |number, byte| number << 8 | u32::from(*byte));
        match number {
            0x0a => return Err(Error::<T>::UnsupportedPrecompileAddress),
            0x0900 => return Ok(Some(Builtin::System)),
            0x0901 => return Ok(Some(Builtin::Storage)),
            _ => {
                if let Some(function) = ethereum::Function::at(number) {
                    return Ok(Some(Builtin::Ethereum(function)));
                }
            }
        }
    }
    Ok(T::Precompiles::matches(address).then_some(Builtin::Runtime))
}

/// Whether `address` belongs to a precompile, offered or not.
pub(crate) fn is_precompile<T: Config>(address: &H160) -> bool {
    !matches!(find::<T>(address), Ok(None))
}

/// The code that contracts see at `address`, if it belongs to a precompile. Ethereum's have none; the others have code that
/// reverts, because Solidity refuses to call what has none.
pub(crate) fn code<T: Config>(address: &H160) -> Option<&'static [u8]> {
    match find::<T>(address) {
        Ok(None) => None,
        Ok(Some(Builtin::Ethereum(_))) | Err(_) => Some(&[]),
        Ok(Some(Builtin::System | Builtin::Storage | Builtin::Runtime)) => {
            Some(&[0x60, 0x00, 0x60, 0x00, 0xfd])
        }
    }
}

/// Runs the precompile at `address` in the topmost frame.
pub(crate) fn run<T: Config>(stack: &mut Stack<T>, address: &H160) -> Result<ExecReturnValue, DispatchError> {
    let input = stack.top_mut().input.take().unwrap_or_default();
    let builtin = find::<T>(address)?.ok_or(Error::<T>::ContractNotFound)?;
    let env = &mut Environment { stack, callee: *address };
    let result = match builtin {
        Builtin::Ethereum(function) => function.call(env, &input),
        Builtin::System => decoded(env, &input, system::call),
        Builtin::Storage => decoded(env, &input, items::call),
        Builtin::Runtime => {
            T::Precompiles::call(env, &input).unwrap_or(Err(Error::<T>::ContractNotFound.into()))
        }
    };
    let revert = |data| Ok(ExecReturnValue { flags: ReturnFlags::REVERT, data });
    match result {
        Ok(data) if data.len() > CALL_DATA_BYTES_MAX as usize => {
            stack.note(format!("the output has {} bytes, the limit is {CALL_DATA_BYTES_MAX}", data.len()));
            Err(Error::<T>::ReturnDataTooLarge.into())
        }
        Ok(data) => Ok(ExecReturnValue { flags: ReturnFlags::default(), data }),
        Err(Failure::Revert(message)) => revert(solidity::error(&message)),
        Err(Failure::Panic(code)) => revert(solidity::panic(code)),
        Err(Failure::Error(error)) => Err(error),
    }
}

/// Charges for decoding and splits off the selector.
fn decoded<T: Config>(
    env: &mut Environment<'_, T>,
    input: &[u8],
    call: fn(&mut Environment<'_, T>, [u8; 4], solidity::Arguments<'_>) -> PrecompileResult,
) -> PrecompileResult {
    env.charge(T::WeightInfo::precompile_decode(input.len() as u32))?;
    let (selector, arguments) = input.split_first_chunk().ok_or(Failure::UNDECODABLE)?;
    call(env, *selector, solidity::Arguments::new(arguments))
}

/// Panics if two precompiles of the runtime have the same number: part of the integrity test.
pub(crate) fn assert_no_overlap<T: Config>() {
    let mut numbers: Vec<u16> =
        T::Precompiles::matchers().into_iter().map(|matcher| matcher.number().get()).collect();
    numbers.sort_unstable();
    let all = numbers.len();
    numbers.dedup();
    assert!(numbers.len() == all, "two precompiles have the same number");
}
