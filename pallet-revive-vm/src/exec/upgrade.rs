// SPDX-License-Identifier: Apache-2.0
//! Contracts that replace their own code.
//!
//! The new code takes over storage, balance and immutable data. If it exports `migrate`, that runs first, on behalf of the
//! contract, with the input that the old code gave; if it fails or reverts, the old code stays. The frame that asked for the
//! upgrade goes on in the old code; the next call runs the new one.

use super::{layer::layered, Effects, EntryPoint, ExecResult, Executable, Frame, FrameCode, Origin, Stack};
use crate::{code, metering::CallLimits, primitives::ExecReturnValue, Config, Error};
use alloc::vec::Vec;
use sp_core::{H256, U256};
use sp_runtime::{DispatchResult, TransactionOutcome};

impl<T: Config> Stack<T> {
    /// Gives the contract of the running frame the code `code_hash` and runs its `migrate`, if it has one, with `input`.
    pub(crate) fn set_code(&mut self, code_hash: H256, input: Vec<u8>) -> ExecResult {
        let code = FrameCode::load::<T>(code_hash)?;
        if !code.exports_migrate {
            let address = self.top().address;
            layered(|| match code::replace::<T>(&address, code_hash) {
                Ok(()) => TransactionOutcome::Commit(Ok(())),
                Err(error) => TransactionOutcome::Rollback(Err(error)),
            })?;
            self.top_mut().reprice_base = true;
            return Ok(ExecReturnValue::default());
        }
        let executable = Executable::Code(code);
        let meter = self.nested_meter(CallLimits::Everything, &executable)?;
        let Frame { account, address, trie, .. } = self.top();
        let frame = Frame {
            account: account.clone(),
            address: *address,
            caller: Origin::Signed(account.clone()),
            value: U256::zero(),
            entry: EntryPoint::Migration,
            is_delegate: false,
            executable,
            // Not those of the code that a delegating contract runs.
            immutables_of: *address,
            trie: trie.clone(),
            input: Some(input),
            output: Vec::new(),
            read_only: false,
            allows_reentry: true,
            meter,
            effects: Effects::default(),
            reprice_base: true,
        };
        self.execute(frame)
    }

    /// Makes the code of the migration frame that is about to run the code of its contract.
    pub(super) fn replace_code(&mut self) -> DispatchResult {
        let Frame { address, executable: Executable::Code(code), .. } = self.top() else {
            return Err(Error::<T>::ExecutionFailed.into());
        };
        code::replace::<T>(address, code.hash)
    }
}
