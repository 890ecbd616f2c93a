// SPDX-License-Identifier: Apache-2.0
//! What goes over the wire: parameters and results of the pallet's runtime API, in SCALE encoding.
//!
//! The layouts are those of the pallet's interface, section 8: fields may be appended later, so bytes behind the
//! known ones are no error here.

use std::fmt;

use codec::{Decode, Encode};
use serde::Serialize;

use crate::output::grouped;

/// Amounts in the chain's smallest unit.
pub(crate) type Balance = u128;

/// Computation and proof size. Both are compact encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub(crate) struct Weight {
    /// Picoseconds of computation.
    #[codec(compact)]
    pub(crate) ref_time: u64,
    /// Bytes of storage proof.
    #[codec(compact)]
    pub(crate) proof_size: u64,
}

/// For people.
impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ps, {} bytes of proof", grouped(self.ref_time), grouped(self.proof_size))
    }
}

/// What a call pays or gets back for storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum StorageDeposit {
    /// The origin gets this much back.
    Refund(Balance),
    /// The origin pays this much.
    Charge(Balance),
}

/// Result of a dry run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContractResult<T> {
    /// What the call used in the end.
    pub(crate) weight_consumed: Weight,
    /// The most that it needed at any time: the limit to use.
    pub(crate) weight_required: Weight,
    /// Deposit in the end.
    pub(crate) storage_deposit: StorageDeposit,
    /// The highest deposit at any time: the limit to use.
    pub(crate) max_storage_deposit: StorageDeposit,
    /// What it cost in Ethereum's unit of gas.
    pub(crate) gas_consumed: Balance,
    /// What happened.
    pub(crate) result: Result<T, DispatchError>,
    /// What a pallet error does not have room for, such as the name of an unknown import. May be empty.
    pub(crate) debug_message: String,
    /// The events of the run, as the runtime encodes them.
    pub(crate) events: Vec<Vec<u8>>,
    /// What contracts said to the console.
    pub(crate) debug_messages: Vec<DebugMessage>,
}

/// What a contract said to the console: a text, or a call of one of its `log` functions.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct DebugMessage {
    /// Who said it.
    pub(crate) contract: [u8; 20],
    /// What.
    pub(crate) payload: Vec<u8>,
}

impl<T: Decode> ContractResult<T> {
    /// Decodes a result. The message and what is behind it may be missing, as in older versions.
    pub(crate) fn decode(input: &mut &[u8]) -> Result<Self, codec::Error> {
        let weight_consumed = Decode::decode(input)?;
        let weight_required = Decode::decode(input)?;
        let storage_deposit = Decode::decode(input)?;
        let max_storage_deposit = Decode::decode(input)?;
        let gas_consumed = Decode::decode(input)?;
        let result = Decode::decode(input)?;
        let debug_message = trailing_message(input)?;
        let (events, debug_messages) =
            if input.is_empty() { Default::default() } else { Decode::decode(input)? };
        Ok(Self {
            weight_consumed,
            weight_required,
            storage_deposit,
            max_storage_deposit,
            gas_consumed,
            result,
            debug_message,
            events,
            debug_messages,
        })
    }
}

/// A message behind everything else; empty if there is none.
pub(crate) fn trailing_message(input: &mut &[u8]) -> Result<String, codec::Error> {
    if input.is_empty() {
        return Ok(String::new());
    }
    Ok(String::from_utf8_lossy(&Vec::decode(input)?).into_owned())
}

/// What a contract returned.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct ExecReturnValue {
    /// Bit 0: the contract reverted.
    pub(crate) flags: u32,
    /// Its output.
    pub(crate) data: Vec<u8>,
}

impl ExecReturnValue {
    /// Whether the contract asked to undo what it did.
    pub(crate) fn did_revert(&self) -> bool {
        self.flags & 1 != 0
    }
}

/// Result of a dry-run instantiation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct InstantiateReturnValue {
    /// What the constructor returned.
    pub(crate) result: ExecReturnValue,
    /// The new contract's address.
    pub(crate) addr: [u8; 20],
}

/// Result of a dry-run upload.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct CodeUploadReturnValue {
    /// Keccak-256 of the code.
    pub(crate) code_hash: [u8; 32],
    /// What storing it costs as a deposit.
    pub(crate) deposit: Balance,
    /// What the transaction weighs.
    pub(crate) weight: Weight,
    /// The events, as the runtime encodes them.
    pub(crate) events: Vec<Vec<u8>>,
}

/// The code to create a contract from.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Code {
    /// A blob that may have to be uploaded first.
    Upload(Vec<u8>),
    /// Code that is on the chain.
    Existing([u8; 32]),
}

/// What the chain knows about a code.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct CodeDescription {
    /// Who uploaded it.
    pub(crate) owner: [u8; 32],
    /// What the uploader paid.
    pub(crate) deposit: Balance,
    /// Number of contracts with this code.
    pub(crate) contracts: u64,
    /// Size of the blob.
    pub(crate) bytes: u32,
    /// The machine it is for; 0 is this one.
    pub(crate) code_type: u8,
    /// The version of the host functions' behaviour that it was uploaded under.
    pub(crate) behaviour_version: u32,
    /// The id of its gas model.
    pub(crate) gas_model: u32,
    /// The version byte of its instruction set.
    pub(crate) isa: u8,
}

/// What the chain knows about a contract.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct ContractDescription {
    /// Its account.
    pub(crate) account: [u8; 32],
    /// Its code.
    pub(crate) code_hash: [u8; 32],
    /// Bytes of all storage items with their keys.
    pub(crate) storage_bytes: u32,
    /// Number of storage items.
    pub(crate) storage_items: u32,
    /// The deposit that it holds for its storage.
    pub(crate) storage_deposit: Balance,
    /// Bytes of immutable data.
    pub(crate) immutable_data_bytes: u32,
}

/// Why a blob is refused.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct CodeRefusal {
    /// The error that an upload fails with.
    pub(crate) error: DispatchError,
    /// What was found, where, and what the limit is.
    pub(crate) detail: Vec<u8>,
}

/// Why a call was refused or failed, as the runtime encodes it. Names of pallet errors are in the metadata.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum DispatchError {
    /// Some error without a code.
    Other,
    /// An account or other item cannot be found.
    CannotLookup,
    /// The origin may not do this.
    BadOrigin,
    /// An error of a pallet.
    Module {
        /// The pallet's index.
        index: u8,
        /// The error's index, followed by details that nobody uses.
        error: [u8; 4],
    },
    /// The account is still in use.
    ConsumerRemaining,
    /// The account cannot be created: nothing provides for it.
    NoProviders,
    /// Too many things depend on the account.
    TooManyConsumers,
    /// An error of a token.
    Token(TokenError),
    /// An arithmetic error.
    Arithmetic(ArithmeticError),
    /// An error of transactional layers.
    Transactional(TransactionalError),
    /// Resources exhausted, such as too many nested calls.
    Exhausted,
    /// The state is corrupt.
    Corruption,
    /// Something is not available now.
    Unavailable,
    /// The root origin may not do this.
    RootNotAllowed,
    /// An error of a trie, by its number.
    Trie(u8),
}

/// Errors of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum TokenError {
    /// Not enough funds.
    FundsUnavailable,
    /// The rest would not be enough to keep the account.
    OnlyProvider,
    /// Not enough to create the account with.
    BelowMinimum,
    /// The account cannot be created.
    CannotCreate,
    /// No such asset.
    UnknownAsset,
    /// Funds are frozen.
    Frozen,
    /// The asset does not support this.
    Unsupported,
    /// The account cannot be created for a held balance.
    CannotCreateHold,
    /// The withdrawal would end the account.
    NotExpendable,
    /// The account cannot receive.
    Blocked,
}

/// Errors of arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum ArithmeticError {
    /// Below the smallest value.
    Underflow,
    /// Above the largest value.
    Overflow,
    /// Division by zero.
    DivisionByZero,
}

/// Errors of transactional layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum TransactionalError {
    /// Too many layers.
    LimitReached,
    /// No layer where one is needed.
    NoLayer,
}

/// Prefix of the fields of System.ExtrinsicSuccess, and the last field of System.ExtrinsicFailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Decode, Encode)]
pub(crate) struct DispatchInfo {
    /// What the whole transaction used, with the overhead of any transaction.
    pub(crate) weight: Weight,
}

/// Fields of Revive.ContractEmitted.
#[derive(Clone, Debug, PartialEq, Eq, Decode, Encode)]
pub(crate) struct ContractEmitted {
    /// The contract that emitted it.
    pub(crate) contract: [u8; 20],
    /// The part that is not indexed.
    pub(crate) data: Vec<u8>,
    /// The indexed part.
    pub(crate) topics: Vec<[u8; 32]>,
}

/// Fields of Revive.Instantiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Decode, Encode)]
pub(crate) struct Instantiated {
    /// Who created it.
    pub(crate) deployer: [u8; 20],
    /// Its address.
    pub(crate) contract: [u8; 20],
}

/// Prefix of the fields of TransactionPayment.TransactionFeePaid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Decode, Encode)]
pub(crate) struct TransactionFeePaid {
    /// Who paid.
    pub(crate) who: [u8; 32],
    /// How much, with the tip.
    pub(crate) actual_fee: Balance,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A result as bytes, put together by hand from the interface's description.
    fn recorded(result: &[u8], message: &[u8]) -> Vec<u8> {
        let mut bytes = vec![
            0x04, 0x08, // consumed: compact 1, compact 2
            0x91, 0x01, 0x0c, // required: compact 100 (two bytes), compact 3
            0x01, // charge
        ];
        bytes.extend(7u128.to_le_bytes());
        bytes.push(0x00); // refund
        bytes.extend(9u128.to_le_bytes());
        bytes.extend(11u128.to_le_bytes()); // gas consumed
        bytes.extend(result);
        bytes.extend(message);
        bytes
    }

    #[test]
    fn a_recorded_success_decodes() {
        // Ok, flags 1, three bytes; then a message of two bytes.
        let bytes = recorded(&[0x00, 1, 0, 0, 0, 0x0c, 0xaa, 0xbb, 0xcc], &[0x08, b'o', b'k']);
        let result = ContractResult::<ExecReturnValue>::decode(&mut &bytes[..]).unwrap();
        assert_eq!(result.weight_consumed, Weight { ref_time: 1, proof_size: 2 });
        assert_eq!(result.weight_required, Weight { ref_time: 100, proof_size: 3 });
        assert_eq!(result.storage_deposit, StorageDeposit::Charge(7));
        assert_eq!(result.max_storage_deposit, StorageDeposit::Refund(9));
        assert_eq!(result.gas_consumed, 11);
        let value = result.result.unwrap();
        assert!(value.did_revert());
        assert_eq!(value.data, [0xaa, 0xbb, 0xcc]);
        assert_eq!(result.debug_message, "ok");
    }

    #[test]
    fn a_recorded_failure_decodes_with_and_without_message() {
        let error = DispatchError::Module { index: 8, error: [0x0b, 0, 0, 0] };
        for (message, expected) in [(&[][..], ""), (&[0x04, b'x'][..], "x")] {
            let bytes = recorded(&[0x01, 0x03, 8, 0x0b, 0, 0, 0], message);
            let result = ContractResult::<InstantiateReturnValue>::decode(&mut &bytes[..]).unwrap();
            assert_eq!(result.result, Err(error.clone()));
            assert_eq!(result.debug_message, expected);
        }
    }

    #[test]
    fn truncated_results_are_errors() {
        let bytes = recorded(&[0x00, 1, 0, 0, 0, 0x0c, 0xaa, 0xbb, 0xcc], &[0x08, b'o', b'k']);
        let complete_without_message = bytes.len() - 3;
        for len in 0..bytes.len() {
            let result = ContractResult::<ExecReturnValue>::decode(&mut &bytes[..len]);
            assert_eq!(result.is_ok(), len == complete_without_message, "{len}");
        }
    }

    #[test]
    fn instantiation_results_end_with_the_address() {
        let mut value = vec![0x00, 0, 0, 0, 0, 0x00];
        value.extend([0x42; 20]);
        let bytes = recorded(&value, &[0x00]);
        let result = ContractResult::<InstantiateReturnValue>::decode(&mut &bytes[..]).unwrap();
        assert_eq!(result.result.unwrap().addr, [0x42; 20]);
    }

    #[test]
    fn dispatch_errors_have_the_runtimes_numbers() {
        assert_eq!(DispatchError::decode(&mut &[2u8][..]), Ok(DispatchError::BadOrigin));
        assert_eq!(
            DispatchError::decode(&mut &[7u8, 0][..]),
            Ok(DispatchError::Token(TokenError::FundsUnavailable))
        );
        assert_eq!(DispatchError::decode(&mut &[13u8][..]), Ok(DispatchError::RootNotAllowed));
        assert_eq!(DispatchError::decode(&mut &[14u8, 3][..]), Ok(DispatchError::Trie(3)));
        assert!(DispatchError::decode(&mut &[15u8][..]).is_err());
    }
}
