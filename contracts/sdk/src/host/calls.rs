// SPDX-License-Identifier: Apache-2.0
//! Calls of other contracts, creation of contracts, and change of code.

#[cfg(target_env = "polkavm")]
use super::SENTINEL;
use super::{at, given, U256};
use core::marker::PhantomData;

use crate::abi::{Address, Outputs};

pub(crate) const CLONE_INPUT: u64 = 2;
pub(crate) const TAIL_CALL: u64 = 4;
pub(crate) const ALLOW_REENTRY: u64 = 8;
pub(crate) const READ_ONLY: u64 = 16;

/// The limit that takes nothing away from what there is.
const NO_LIMIT: U256 = U256::MAX;

/// Why a call, an instantiation or a change of code came to nothing. What the callee did is undone, and the value is back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallError {
    /// The callee trapped or failed.
    Trapped,
    /// The callee reverted; [`return_data`](super::return_data) has its reason.
    Reverted,
    /// The value could not be moved.
    TransferFailed,
    /// The callee ran out of weight or storage deposit.
    OutOfResources,
    /// There is a contract at the address already.
    DuplicateAddress,
    /// Too many calls are within each other.
    TooDeep,
    /// The callee, or one that called it, may not be entered again; see [`Call::allow_reentry`].
    ReentryDenied,
    /// There is no code with this hash.
    CodeNotFound,
    /// The address belongs to a function that the chain does not offer.
    Unsupported,
    /// What came back is not what the function gives; see [`Call::ask`].
    Malformed,
    /// A code that this version of the SDK does not know.
    Other(u32),
}

/// What a code of the host says.
pub(crate) fn result(code: u64) -> Result<(), CallError> {
    Err(match code {
        0 => return Ok(()),
        1 => CallError::Trapped,
        2 => CallError::Reverted,
        4 => CallError::TransferFailed,
        5 => CallError::OutOfResources,
        11 => CallError::DuplicateAddress,
        12 => CallError::TooDeep,
        13 => CallError::ReentryDenied,
        14 => CallError::CodeNotFound,
        15 => CallError::Unsupported,
        other => CallError::Other(other as u32),
    })
}

/// A call of another contract. It has all the gas that there is, and the callee, with all that it calls, may not come back
/// into this contract, unless the call says otherwise.
///
/// What [`interface!`](crate::interface!) declares makes calls that know what they give:
///
/// ```ignore
/// match Token::transfer(to, amount).to(&token).ask() {
///     Ok(true) => {}
///     _ => "the transfer failed".revert(),
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a call does nothing before it is invoked"]
pub struct Call<'a, R = ()> {
    callee: &'a Address,
    input: &'a [u8],
    value: U256,
    flags: u64,
    /// Whether the function is declared to change nothing.
    only_reads: bool,
    weight: (u64, u64),
    deposit: U256,
    gives: PhantomData<fn() -> R>,
}

impl<'a> Call<'a> {
    /// A call with this input: selector and arguments.
    pub fn new(callee: &'a Address, input: &'a [u8]) -> Self {
        Self::of(callee, input, false)
    }

    /// A call with the input that this contract has.
    pub fn with_own_input(callee: &'a Address) -> Self {
        Self { flags: CLONE_INPUT, ..Self::new(callee, &[]) }
    }
}

impl<R: Outputs> Call<'_, R> {
    /// Makes the call and reads what came back, as the function was declared.
    ///
    /// An account without code takes every call well and gives nothing back. Of a function that gives something that is
    /// [`Malformed`](CallError::Malformed), but one that gives nothing seems to have run: look at
    /// [`code_size`](super::code_size) first where that matters.
    pub fn ask(self) -> Result<R, CallError> {
        self.invoke()?;
        super::returned().ok_or(CallError::Malformed)
    }
}

impl<'a, R> Call<'a, R> {
    /// A call with this input, of which somebody knows what it gives, and whether it is declared to change nothing.
    pub(crate) fn of(callee: &'a Address, input: &'a [u8], only_reads: bool) -> Self {
        Self {
            callee,
            input,
            value: U256::ZERO,
            flags: 0,
            only_reads,
            weight: (u64::MAX, u64::MAX),
            deposit: NO_LIMIT,
            gives: PhantomData,
        }
    }

    /// Sends an amount along. A delegate call has the value of the frame and does not look at this.
    pub fn value(self, value: U256) -> Self {
        Self { value, ..self }
    }

    /// Limits what the callee may use: picoseconds, and bytes of proof.
    pub fn weight_limit(self, ref_time: u64, proof_size: u64) -> Self {
        Self { weight: (ref_time, proof_size), ..self }
    }

    /// Limits the storage deposit that the callee may cause.
    pub fn deposit_limit(self, deposit: U256) -> Self {
        Self { deposit, ..self }
    }

    /// The callee and all that it calls may change nothing. So it is with functions that are declared `view` or `pure`.
    pub fn read_only(self) -> Self {
        Self { flags: self.flags | READ_ONLY, ..self }
    }

    /// The callee and all that it calls may come back into this contract.
    pub fn allow_reentry(self) -> Self {
        Self { flags: self.flags | ALLOW_REENTRY, ..self }
    }

    /// As a delegate call cannot be read-only this is not one of the flags from the beginning.
    fn kept_to_its_word(self) -> Self {
        if self.only_reads {
            self.read_only()
        } else {
            self
        }
    }

    /// Makes the call. [`return_data`](super::return_data) has what came back, after a revert too.
    pub fn invoke(self) -> Result<(), CallError> {
        result(call(&self.kept_to_its_word()))
    }

    /// Makes the call, and ends this frame with what comes of it: output or revert. Comes back only if it came to neither.
    pub fn invoke_and_end(self) -> CallError {
        let kept = self.kept_to_its_word();
        ended(call(&Self { flags: kept.flags | TAIL_CALL, ..kept }))
    }

    /// Runs the code of the other contract on the storage, the balance and the caller of this one. That can neither be
    /// [read-only](Self::read_only) nor [allow reentry](Self::allow_reentry): the chain ends whoever asks for it.
    pub fn delegate(self) -> Result<(), CallError> {
        result(delegate_call(&self))
    }

    /// [`Self::delegate`], and ends this frame with what comes of it: output or revert. Comes back only if it came to neither.
    pub fn delegate_and_end(self) -> CallError {
        ended(delegate_call(&Self { flags: self.flags | TAIL_CALL, ..self }))
    }
}

/// What a call that should have ended the frame came back with.
fn ended(code: u64) -> CallError {
    result(code).err().unwrap_or(CallError::Other(0))
}

/// Creates a contract from code that is on the chain, and gives its address. `code_and_input` is the hash of the code and, right
/// behind it, the constructor's input. With a salt the address follows from creator, code, input and salt, else from a counter.
pub fn instantiate(
    code_and_input: &[u8],
    value: U256,
    salt: Option<&[u8; 32]>,
) -> Result<Address, CallError> {
    let mut address = [0; 20];
    let code = create(code_and_input, value, salt, &mut address);
    core::hint::black_box(&mut address);
    result(code).map(|()| address)
}

/// Gives this contract other code, which is on the chain, from the next call on, and runs that code's export `migrate`, if it has
/// one, with this input.
pub fn set_code(hash: &[u8; 32], input: &[u8]) -> Result<(), CallError> {
    // SAFETY: both ranges are valid for reads.
    result(unsafe { given::set_code(at(hash), at(input), input.len() as u64) })
}

/// Two values that share a register.
#[cfg(target_env = "polkavm")]
fn pair(high: u64, low: u64) -> u64 {
    high << 32 | low & SENTINEL
}

#[cfg(target_env = "polkavm")]
fn call<R>(call: &Call<'_, R>) -> u64 {
    let (value, deposit, mut bytes) = (call.value.to_le_limbs(), call.deposit.to_le_limbs(), 0u32);
    // SAFETY: all ranges are valid for reads, and the cell for writes; no output is asked for.
    unsafe {
        given::call(
            pair(call.flags, at(call.callee)),
            call.weight.0,
            call.weight.1,
            pair(at(&deposit), at(&value)),
            pair(call.input.len() as u64, at(call.input)),
            pair(at(&raw mut bytes), SENTINEL),
        )
    }
}

#[cfg(target_env = "polkavm")]
fn delegate_call<R>(call: &Call<'_, R>) -> u64 {
    let (deposit, mut bytes) = (call.deposit.to_le_limbs(), 0u32);
    // SAFETY: as for `call`.
    unsafe {
        given::delegate_call(
            pair(call.flags, at(call.callee)),
            call.weight.0,
            call.weight.1,
            at(&deposit),
            pair(call.input.len() as u64, at(call.input)),
            pair(at(&raw mut bytes), SENTINEL),
        )
    }
}

#[cfg(target_env = "polkavm")]
fn create(input: &[u8], value: U256, salt: Option<&[u8; 32]>, address: &mut Address) -> u64 {
    let (value, deposit) = (value.to_le_limbs(), NO_LIMIT.to_le_limbs());
    let salt = salt.map_or(SENTINEL, |salt| at(salt));
    // SAFETY: all ranges are valid for reads, the address for writes; no output is asked for.
    unsafe {
        given::instantiate(
            u64::MAX,
            u64::MAX,
            pair(at(&deposit), at(&value)),
            pair(input.len() as u64, at(input)),
            u64::MAX,
            pair(at(&raw mut *address), salt),
        )
    }
}

// The addresses of this machine do not fit into halves of registers.

#[cfg(not(target_env = "polkavm"))]
fn call<R>(call: &Call<'_, R>) -> u64 {
    crate::testing::raw::call(call.called(crate::testing::CalledHow::Call, call.value), call.flags)
}

#[cfg(not(target_env = "polkavm"))]
fn delegate_call<R>(call: &Call<'_, R>) -> u64 {
    let how = crate::testing::CalledHow::Delegate;
    crate::testing::raw::call(call.called(how, super::value_transferred()), call.flags)
}

#[cfg(not(target_env = "polkavm"))]
impl<R> Call<'_, R> {
    fn called(&self, how: crate::testing::CalledHow, value: U256) -> crate::testing::Called {
        crate::testing::Called {
            how,
            callee: *self.callee,
            value,
            input: self.input.to_vec(),
            read_only: self.flags & READ_ONLY != 0,
            weight_limit: self.weight,
            deposit_limit: self.deposit,
        }
    }
}

#[cfg(not(target_env = "polkavm"))]
fn create(input: &[u8], value: U256, salt: Option<&[u8; 32]>, address: &mut Address) -> u64 {
    crate::testing::raw::instantiate(input, value, salt, address)
}
