// SPDX-License-Identifier: Apache-2.0
//! Errors of execution, and whose fault they are.
//!
//! The caller of a contract sees a failure of the callee as a return code. What fails before the callee runs is the fault of the
//! caller and traps it. The distinction is part of the contract ABI, section 9.4.

use crate::{
    primitives::{ExecReturnValue, ReturnCode},
    Config, Error,
};
use sp_runtime::DispatchError;

/// During whose run an error came up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorOrigin {
    /// Before the callee ran.
    Caller,
    /// While the callee ran.
    Callee,
}

/// Why a call or instantiation failed. Its changes are undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExecError {
    /// What went wrong.
    pub error: DispatchError,
    /// Whose fault it is.
    pub origin: ErrorOrigin,
}

impl<E: Into<DispatchError>> From<E> for ExecError {
    /// Errors are the caller's fault unless a callee is known to be running.
    fn from(error: E) -> Self {
        Self { error: error.into(), origin: ErrorOrigin::Caller }
    }
}

/// What came out of a frame.
pub type ExecResult = Result<ExecReturnValue, ExecError>;

impl ExecError {
    /// The code that the calling contract sees, or the error that it fails with itself.
    ///
    /// From behaviour version 1 on, no contract fails because of what it cannot know about a callee: how deep the stack is, who
    /// locked himself, which code is there, how much budget is left.
    pub fn into_return_code<T: Config>(self, behaviour_version: u32) -> Result<ReturnCode, DispatchError> {
        let is = |error: Error<T>| self.error == error.into();
        if is(Error::TransferFailed) {
            return Ok(ReturnCode::TransferFailed);
        }
        if is(Error::DuplicateContract) {
            return Ok(ReturnCode::DuplicateContractAddress);
        }
        if self.origin == ErrorOrigin::Callee && !is(Error::UnsupportedPrecompileAddress) {
            let resources = is(Error::OutOfGas) || is(Error::StorageDepositLimitExhausted);
            return Ok(if resources { ReturnCode::OutOfResources } else { ReturnCode::CalleeTrapped });
        }
        if behaviour_version == 0 {
            return Err(self.error);
        }
        if is(Error::MaxCallDepthReached) {
            Ok(ReturnCode::CallDepthExceeded)
        } else if is(Error::ReentranceDenied) {
            Ok(ReturnCode::ReentranceDenied)
        } else if is(Error::CodeNotFound) {
            Ok(ReturnCode::CodeNotFound)
        } else if is(Error::UnsupportedPrecompileAddress) {
            Ok(ReturnCode::Unsupported)
        } else if is(Error::OutOfGas) || is(Error::StorageDepositLimitExhausted) {
            Ok(ReturnCode::OutOfResources)
        } else if is(Error::StorageDepositNotEnoughFunds) || is(Error::BalanceConversionFailed) {
            Ok(ReturnCode::TransferFailed)
        } else {
            Err(self.error)
        }
    }
}
