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
    pub fn into_return_code<T: Config>(self) -> Result<ReturnCode, DispatchError> {
        let is = |error: Error<T>| self.error == error.into();
        if is(Error::TransferFailed) {
            Ok(ReturnCode::TransferFailed)
        } else if is(Error::DuplicateContract) {
            Ok(ReturnCode::DuplicateContractAddress)
        } else if self.origin == ErrorOrigin::Caller || is(Error::UnsupportedPrecompileAddress) {
            Err(self.error)
        } else if is(Error::OutOfGas) || is(Error::StorageDepositLimitExhausted) {
            Ok(ReturnCode::OutOfResources)
        } else {
            Ok(ReturnCode::CalleeTrapped)
        }
    }
}
