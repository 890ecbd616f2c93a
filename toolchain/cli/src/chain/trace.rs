// SPDX-License-Identifier: Apache-2.0
//! Traces and estimates: what the pallet's runtime API says of them, in the layouts of its `tracing` and `estimate` modules.

use codec::{Compact, Decode, Encode};
use sp_crypto_hashing::twox_128;
use subxt::{
    config::RpcConfigFor,
    rpcs::methods::legacy::{Block, NumberOrHex},
    SubstrateConfig,
};

use super::{
    talking,
    types::{
        Balance, Code, ContractResult, DispatchError, ExecReturnValue, InstantiateReturnValue,
        StorageDeposit, Weight,
    },
    undecodable, Account, Address, Chain, PALLET,
};
use crate::error::{Error, Result};

/// What a trace is to have in it.
#[derive(Clone, Copy, Debug, Encode)]
pub(crate) struct TraceOptions {
    pub(crate) host_calls: bool,
    pub(crate) memory: bool,
    pub(crate) bytes_max: Option<u32>,
}

impl TraceOptions {
    /// Everything, as far as there is room.
    pub(crate) const ALL: Self = Self { host_calls: true, memory: true, bytes_max: None };
}

/// What contracts did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Decode)]
pub(crate) struct Trace {
    /// In the order in which they were entered.
    pub(crate) frames: Vec<FrameTrace>,
    /// Picoseconds in a unit of gas.
    pub(crate) gas_price: u64,
    pub(crate) omitted: Option<Omitted>,
}

/// A block as the node hands it out.
pub(crate) type BlockOfChain = Block<RpcConfigFor<SubstrateConfig>>;

/// Frames that are open at a time; the pallet allows far fewer.
const DEPTH_MAX: u32 = 256;

impl Trace {
    /// The trace if its frames are a tree: each comes behind the one that it belongs to, and is entered by one action of that. Whoever
    /// goes through a tree is done after as many steps as it has frames.
    pub(crate) fn checked(self) -> Result<Self, codec::Error> {
        let mut depths: Vec<u32> = Vec::with_capacity(self.frames.len());
        let mut is_entered = vec![false; self.frames.len()];
        for (index, frame) in self.frames.iter().enumerate() {
            let depth = match frame.parent {
                Some(parent) => depths.get(parent as usize).map(|depth| depth + 1),
                None => Some(0),
            };
            depths.push(depth.filter(|depth| *depth < DEPTH_MAX).ok_or("frames are not nested")?);
            for action in &frame.actions {
                let Action::Frame(callee) = action else { continue };
                let callee = *callee as usize;
                let is_child = callee > index
                    && self.frames.get(callee).is_some_and(|frame| frame.parent == Some(index as u32));
                if !is_child || std::mem::replace(&mut is_entered[callee], true) {
                    return Err("frames are no tree".into());
                }
            }
        }
        Ok(self)
    }
}

/// What did not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Decode)]
pub(crate) struct Omitted {
    pub(crate) count: u64,
    pub(crate) bytes_max: u32,
}

/// The kind of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Decode)]
pub(crate) enum FrameKind {
    Call,
    DelegateCall,
    Constructor,
    Migration,
    Transfer,
}

impl FrameKind {
    /// The word for it, in texts and documents.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::DelegateCall => "delegate call",
            Self::Constructor => "constructor",
            Self::Migration => "migration",
            Self::Transfer => "transfer",
        }
    }

    /// The export that is entered.
    pub(crate) fn export(self) -> &'static str {
        match self {
            Self::Constructor => "deploy",
            Self::Migration => "migrate",
            Self::Call | Self::DelegateCall | Self::Transfer => "call",
        }
    }
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq, Decode)]
pub(crate) struct FrameTrace {
    pub(crate) parent: Option<u32>,
    pub(crate) kind: FrameKind,
    pub(crate) from: Option<Address>,
    pub(crate) to: Address,
    pub(crate) code_hash: Option<[u8; 32]>,
    pub(crate) read_only: bool,
    /// Wei, little-endian.
    pub(crate) value: [u8; 32],
    pub(crate) input: Vec<u8>,
    pub(crate) weight_limit: Weight,
    pub(crate) weight_consumed: Weight,
    /// Little-endian.
    pub(crate) deposit_limit: [u8; 32],
    pub(crate) storage_deposit: WideDeposit,
    pub(crate) gas_limit: u64,
    pub(crate) gas_consumed: u64,
    pub(crate) outcome: FrameOutcome,
    pub(crate) actions: Vec<Action>,
}

/// A storage deposit in 256 bits, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Decode)]
pub(crate) enum WideDeposit {
    Refund([u8; 32]),
    Charge([u8; 32]),
}

impl WideDeposit {
    /// In the chain's balance; what does not fit is the highest.
    pub(crate) fn narrow(self) -> StorageDeposit {
        let narrow = |wide: [u8; 32]| {
            let (low, high) = wide.split_at(16);
            match high.iter().all(|byte| *byte == 0) {
                true => low.try_into().map_or(Balance::MAX, Balance::from_le_bytes),
                false => Balance::MAX,
            }
        };
        match self {
            Self::Refund(amount) => StorageDeposit::Refund(narrow(amount)),
            Self::Charge(amount) => StorageDeposit::Charge(narrow(amount)),
        }
    }
}

/// How a frame ended.
#[derive(Clone, Debug, PartialEq, Eq, Decode)]
pub(crate) enum FrameOutcome {
    Open,
    Returned(ExecReturnValue),
    Failed { error: DispatchError, message: String },
}

/// What a frame did. What happens during a host call comes behind it.
#[derive(Clone, Debug, PartialEq, Eq, Decode)]
pub(crate) enum Action {
    HostCall(HostCall),
    Frame(u32),
    Read { transient: bool, key: Vec<u8>, value: Option<Vec<u8>> },
    Write { transient: bool, key: Vec<u8>, old: Option<Vec<u8>>, new: Option<Vec<u8>> },
    Event { contract: Address, topics: Vec<[u8; 32]>, data: Vec<u8> },
}

/// One host call.
#[derive(Clone, Debug, PartialEq, Eq, Decode)]
pub(crate) struct HostCall {
    pub(crate) function: String,
    pub(crate) pc: Option<u32>,
    pub(crate) args: [u64; 6],
    pub(crate) memory: Vec<Option<Vec<u8>>>,
    pub(crate) gas_before: u64,
    pub(crate) gas_after: u64,
    pub(crate) weight: Weight,
    pub(crate) outcome: HostCallOutcome,
}

impl HostCall {
    /// Gas that the answer to it took; zero where it was paid for by weight.
    pub(crate) fn answer_gas(&self) -> u64 {
        match (&self.outcome, self.weight) {
            (HostCallOutcome::Resumed { .. }, Weight { ref_time: 0, proof_size: 0 }) => {
                self.gas_before.saturating_sub(self.gas_after)
            }
            _ => 0,
        }
    }
}

/// What came of a host call.
#[derive(Clone, Debug, PartialEq, Eq, Decode)]
pub(crate) enum HostCallOutcome {
    Open,
    Resumed { result: Option<u64>, writes: Vec<MemoryWrite> },
    Ended,
    Failed(DispatchError),
}

/// Bytes that a host call wrote.
#[derive(Clone, Debug, PartialEq, Eq, Decode)]
pub(crate) struct MemoryWrite {
    pub(crate) address: u32,
    pub(crate) bytes: Vec<u8>,
}

/// A dry run with its trace.
#[derive(Debug)]
pub(crate) struct Traced {
    pub(crate) outcome: ContractResult<ExecReturnValue>,
    pub(crate) trace: Trace,
}

/// Limits that suffice, and the run that showed it.
#[derive(Debug)]
pub(crate) struct Estimate {
    pub(crate) limits: Option<(Weight, Balance)>,
    pub(crate) outcome: ContractResult<ExecReturnValue>,
    pub(crate) searched: bool,
    pub(crate) runs: u32,
}

/// What is run: a call, or an instantiation.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    Call { dest: Address, input: Vec<u8> },
    Instantiation { code: Code, input: Vec<u8>, salt: Option<[u8; 32]> },
}

/// Who runs something, and within which limits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) origin: Account,
    pub(crate) value: Balance,
    pub(crate) weight: Option<Weight>,
    pub(crate) deposit: Option<Balance>,
}

impl<T> ContractResult<T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> ContractResult<U> {
        ContractResult {
            weight_consumed: self.weight_consumed,
            weight_required: self.weight_required,
            storage_deposit: self.storage_deposit,
            max_storage_deposit: self.max_storage_deposit,
            gas_consumed: self.gas_consumed,
            result: self.result.map(change),
            debug_message: self.debug_message,
            events: self.events,
            debug_messages: self.debug_messages,
        }
    }
}

impl Subject {
    fn decode_outcome(&self, input: &mut &[u8]) -> Result<ContractResult<ExecReturnValue>, codec::Error> {
        match self {
            Self::Call { .. } => ContractResult::decode(input),
            Self::Instantiation { .. } => ContractResult::<InstantiateReturnValue>::decode(input)
                .map(|result| result.map(|value| value.result)),
        }
    }

    /// The method of the runtime API for it, and the encoded parameters.
    fn method(&self, verb: &str, terms: &Terms) -> (String, Vec<u8>) {
        let Terms { origin, value, weight, deposit } = terms;
        match self {
            Self::Call { dest, input } => {
                (format!("{verb}_call"), (origin, dest, value, weight, deposit, input).encode())
            }
            Self::Instantiation { code, input, salt } => {
                (format!("{verb}_instantiate"), (origin, value, weight, deposit, code, input, salt).encode())
            }
        }
    }
}

impl Chain {
    /// Runs something dry and traces it.
    pub(crate) async fn trace(
        &self,
        subject: &Subject,
        terms: &Terms,
        options: TraceOptions,
    ) -> Result<Traced> {
        let (method, mut params) = subject.method("trace", terms);
        options.encode_to(&mut params);
        let bytes = self.ask_encoded(&method, &params).await?;
        let mut input = &bytes[..];
        let decoded = subject
            .decode_outcome(&mut input)
            .and_then(|outcome| Ok(Traced { outcome, trace: Trace::decode(&mut input)?.checked()? }));
        decoded.map_err(|error| undecodable(&method, &bytes, &error))
    }

    /// Limits that suffice for something.
    pub(crate) async fn estimate(&self, subject: &Subject, terms: &Terms) -> Result<Estimate> {
        let (method, params) = subject.method("estimate", terms);
        let bytes = self.ask_encoded(&method, &params).await?;
        let mut input = &bytes[..];
        let mut decode = || {
            let limits = Decode::decode(&mut input)?;
            let outcome = subject.decode_outcome(&mut input)?;
            Ok(Estimate {
                limits,
                outcome,
                searched: Decode::decode(&mut input)?,
                runs: Decode::decode(&mut input)?,
            })
        };
        decode().map_err(|error: codec::Error| undecodable(&method, &bytes, &error))
    }

    /// The block with that hash.
    pub(crate) async fn block(&self, hash: [u8; 32]) -> Result<BlockOfChain> {
        let details = self.rpc().chain_get_block(Some(hash.into())).await;
        let details = details.map_err(|error| talking("reading the block", &error))?;
        let details = details
            .ok_or_else(|| Error::new(format!("the node has no block {}", crate::output::hex(hash))))?;
        Ok(details.block)
    }

    /// Executes a block again up to its transaction at `index`, and traces that one.
    pub(crate) async fn trace_transaction(
        &self,
        block: &BlockOfChain,
        index: u32,
        options: TraceOptions,
    ) -> Result<Option<Trace>> {
        let mut params = block.header.encode();
        // A block has at most 2^32 - 1 of them. Each comes with its length in front, as it is in the encoded block.
        Compact(block.extrinsics.len() as u32).encode_to(&mut params);
        block.extrinsics.iter().for_each(|extrinsic| params.extend_from_slice(&extrinsic.0));
        (index, options).encode_to(&mut params);
        let bytes = self.ask_at("trace_tx", &params, block.header.parent_hash).await?;
        Option::<Trace>::decode(&mut &bytes[..])
            .and_then(|trace| trace.map(Trace::checked).transpose())
            .map_err(|error| undecodable("trace_tx", &bytes, &error))
    }

    /// The hash of the block with that number, in the best chain.
    pub(crate) async fn block_hash(&self, number: u64) -> Result<Option<[u8; 32]>> {
        let hash = self.rpc().chain_get_block_hash(Some(NumberOrHex::Number(number))).await;
        Ok(hash.map_err(|error| talking("asking for a block", &error))?.map(|hash| hash.0))
    }

    /// The blob with that hash.
    pub(crate) async fn blob(&self, code_hash: [u8; 32]) -> Result<Option<Vec<u8>>> {
        let mut key = twox_128(PALLET.as_bytes()).to_vec();
        key.extend(twox_128(b"PristineCode"));
        key.extend(code_hash);
        let item = self
            .rpc()
            .state_get_storage(&key, Some(self.at().block_hash()))
            .await
            .map_err(|error| talking("reading code from the chain", &error))?;
        item.map(|bytes| Vec::decode(&mut &bytes[..]))
            .transpose()
            .map_err(|error| undecodable("PristineCode", &[], &error))
    }
}
