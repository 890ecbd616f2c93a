// SPDX-License-Identifier: Apache-2.0
//! What the pallet hands out: results of calls, codes that contracts see, and the types of the runtime API.
//!
//! The field order of everything that derives `Encode` is part of the interface to client tools; new fields go to the end.

use crate::tracing::{DebugMessage, Trace};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::weights::Weight;
use scale_info::TypeInfo;
use sp_core::{H160, H256};
use sp_runtime::{
    traits::{Saturating, Zero},
    DispatchError,
};

/// The outcome of a call or instantiation that was run by the runtime API or by [`crate::Pallet::bare_call`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ContractResult<R, Balance> {
    /// Weight that was used, without the base weight of the extrinsic.
    pub weight_consumed: Weight,
    /// Weight limit that the same run needs. At least `weight_consumed`: some costs are charged at their maximum first.
    pub weight_required: Weight,
    /// Storage deposit that the origin paid or got back.
    pub storage_deposit: StorageDeposit<Balance>,
    /// The highest storage deposit that was owed at any moment of the run.
    pub max_storage_deposit: StorageDeposit<Balance>,
    /// What the run cost, in units of Ethereum gas.
    pub gas_consumed: Balance,
    /// The result proper.
    pub result: Result<R, DispatchError>,
    /// UTF-8 text with the detail behind an error in `result`: which import, which size and which limit. Empty if there is
    /// nothing to add.
    pub debug_message: Vec<u8>,
    /// The events of the run, of all pallets, in order, each in the encoding of the runtime's event. Only of dry runs.
    pub events: Vec<Vec<u8>>,
    /// What contracts said to [`crate::tracing::CONSOLE`], in order. Only of dry runs.
    pub debug_messages: Vec<DebugMessage>,
}

/// A dry run with its trace.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct TracedResult<R, Balance> {
    /// The result, as without a trace.
    pub outcome: ContractResult<R, Balance>,
    /// What happened.
    pub trace: Trace,
}

/// What a contract returned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ExecReturnValue {
    /// The flags given to `seal_return`.
    pub flags: ReturnFlags,
    /// The data given to `seal_return`.
    pub data: Vec<u8>,
}

impl ExecReturnValue {
    /// Whether the contract asked for its changes to be undone.
    pub fn did_revert(&self) -> bool {
        self.flags.contains_revert()
    }
}

/// What a constructor returned, and where the contract lives.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct InstantiateReturnValue {
    /// What `deploy` returned. After a revert there is no contract at `addr`.
    pub result: ExecReturnValue,
    /// The address of the contract.
    pub addr: H160,
}

/// The outcome of a code upload.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct CodeUploadReturnValue<Balance> {
    /// Keccak-256 of the blob.
    pub code_hash: H256,
    /// The deposit that this upload takes; zero if the code was there already.
    pub deposit: Balance,
    /// What the extrinsic weighs. It uses all of it.
    pub weight: Weight,
    /// The events of the upload, each in the encoding of the runtime's event. Only of dry runs.
    pub events: Vec<Vec<u8>>,
}

/// The flags of `seal_return`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct ReturnFlags(u32);

impl ReturnFlags {
    /// All changes of the frame are undone.
    pub const REVERT: Self = Self(1);

    /// The flags behind `bits`, or `None` if an unknown bit is set.
    pub fn from_bits(bits: u32) -> Option<Self> {
        (bits & !Self::REVERT.0 == 0).then_some(Self(bits))
    }

    /// The bits as the contract gave them.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Whether [`Self::REVERT`] is set.
    pub fn contains_revert(self) -> bool {
        self.0 & Self::REVERT.0 != 0
    }
}

/// An amount of storage deposit and the way it moves.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum StorageDeposit<Balance> {
    /// From the contract to the origin.
    Refund(Balance),
    /// From the origin to the contract.
    Charge(Balance),
}

impl<Balance: Zero> Default for StorageDeposit<Balance> {
    fn default() -> Self {
        Self::Charge(Zero::zero())
    }
}

impl<Balance: Saturating + Zero + Ord + Copy> StorageDeposit<Balance> {
    /// The charged amount, zero for a refund.
    pub fn charge_or_zero(self) -> Balance {
        match self {
            Self::Charge(amount) => amount,
            Self::Refund(_) => Zero::zero(),
        }
    }

    /// Whether nothing moves.
    pub fn is_zero(self) -> bool {
        match self {
            Self::Charge(amount) | Self::Refund(amount) => amount.is_zero(),
        }
    }

    /// The sum of two movements.
    pub fn saturating_add(self, other: Self) -> Self {
        use StorageDeposit::{Charge, Refund};
        match (self, other) {
            (Charge(a), Charge(b)) => Charge(a.saturating_add(b)),
            (Refund(a), Refund(b)) => Refund(a.saturating_add(b)),
            (Charge(charge), Refund(refund)) | (Refund(refund), Charge(charge)) if charge >= refund => {
                Charge(charge.saturating_sub(refund))
            }
            (Charge(charge), Refund(refund)) | (Refund(refund), Charge(charge)) => {
                Refund(refund.saturating_sub(charge))
            }
        }
    }

    /// What can still be charged under `limit` after this movement: a refund makes room.
    pub fn available(self, limit: Balance) -> Balance {
        match self {
            Self::Charge(amount) => limit.saturating_sub(amount),
            Self::Refund(amount) => limit.saturating_add(amount),
        }
    }

    /// The greater charge of the two.
    pub fn max(self, other: Self) -> Self {
        use StorageDeposit::{Charge, Refund};
        match (self, other) {
            (Charge(a), Charge(b)) => Charge(a.max(b)),
            (Refund(a), Refund(b)) => Refund(a.min(b)),
            (Charge(a), Refund(_)) | (Refund(_), Charge(a)) => Charge(a),
        }
    }
}

/// The code of a new contract.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub enum Code {
    /// Upload this blob, unless it is there already.
    Upload(Vec<u8>),
    /// Use the uploaded code with this hash.
    Existing(H256),
}

/// Why the storage of a contract cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub enum ContractAccessError {
    /// There is no contract at the address.
    DoesntExist,
    /// The key is longer than a key may be.
    KeyDecodingFailed,
    /// Writing failed.
    StorageWriteFailed(DispatchError),
}

/// What `get_storage` of the runtime API returns.
pub type GetStorageResult = Result<Option<Vec<u8>>, ContractAccessError>;

/// Why a blob is refused: the error of the extrinsic and the text with the numbers.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct CodeRefusal {
    /// The error that an upload fails with.
    pub error: DispatchError,
    /// UTF-8 text: what was found, where, and what the limit is.
    pub detail: Vec<u8>,
}

/// The code that a sub-call leaves in register a0. Numbers up to 11 are fixed by the contract ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ReturnCode {
    /// It worked.
    Success = 0,
    /// The callee trapped or failed.
    CalleeTrapped = 1,
    /// The callee reverted; its output is available.
    CalleeReverted = 2,
    /// No such storage item.
    KeyNotFound = 3,
    /// The value could not be moved.
    TransferFailed = 4,
    /// The callee ran out of weight or storage deposit.
    OutOfResources = 5,
    /// No key can be recovered from the signature, or the bytes are not a key.
    EcdsaRecoveryFailed = 7,
    /// The signature is not that of the key.
    Sr25519VerifyFailed = 8,
    /// There is a contract at the address already.
    DuplicateContractAddress = 11,
    /// The stack has no room for another frame. From behaviour version 1 on.
    CallDepthExceeded = 12,
    /// The callee, or a contract above it, does not allow to be entered again. From behaviour version 1 on.
    ReentranceDenied = 13,
    /// There is no code with the hash that was asked for. From behaviour version 1 on, and of `set_code`.
    CodeNotFound = 14,
    /// The address belongs to a function that this chain does not offer. From behaviour version 1 on.
    Unsupported = 15,
}

/// Which events of its own the pallet emits. Each level has those of the levels before it.
///
/// Events take room in every block. What a chain leaves out can still be found out: from the state, or from the events of the
/// currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventLevel {
    /// What contracts emit, and the contracts that extrinsics create.
    Contracts,
    /// Code that comes, goes and is replaced; contracts that go.
    Lifecycle,
    /// Every call, and every storage deposit that moves.
    Everything,
}
